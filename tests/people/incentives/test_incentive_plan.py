"""Incentive plans as data: every preset holds, and what is wrong is refused in one line with file and line."""

from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
import yaml

from salesperf import open_company
from salesperf.errors import RequestError
from salesperf.params import preset_names
from salesperf.people.incentives.incentive_plan import PRESETS, IncentivePlan, periods_of, plan_at, read_incentives
from salesperf.people.incentives.suggestions import TOPICS
from salesperf.periods import Period, parse_period

REPS = "rep_id,rep,region\nr1,Ann,East\nr2,Bo,West\n"
ORDERS = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-10,100\n"
TIERS = "commission: {tiers: [{from: 0, rate: 0.02}]}\n"


@pytest.fixture
def read(client_of: Any) -> Any:
    """Reads a plan written as YAML in a file of its own."""

    def plan(text: str) -> IncentivePlan:
        client = client_of({"reps": REPS, "orders": ORDERS}, incentives="plan.yml")
        (client.folder / "plan.yml").write_text(text, encoding="utf-8")
        found = read_incentives(open_company(client.path))
        assert found is not None
        return found

    return plan


def refused(read: Any, text: str) -> str:
    with pytest.raises(RequestError) as caught:
        read(text)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message.partition("plan.yml:")[2]


@pytest.mark.parametrize("name", preset_names(PRESETS))
def test_every_preset_holds_and_names_topics_and_kpis_that_there_are(name: str, company_of: Any) -> None:
    plan = read_incentives(company_of({"reps": REPS, "orders": ORDERS}, incentives=name))
    assert plan is not None
    training = plan.suggestions.training
    assert training and set(training.topics.values()) <= set(TOPICS)
    again = IncentivePlan.model_validate(yaml.safe_load((PRESETS / f"{name}.yml").read_text("utf-8")))
    assert again == plan


def test_a_client_without_incentives_has_no_plan(company_of: Any) -> None:
    assert read_incentives(company_of({"reps": REPS, "orders": ORDERS})) is None


def test_numbers_are_decimals_as_written(read: Any) -> None:
    plan = read("target_incentive: 6000.1\ncurve: {}\n" + TIERS)
    assert plan.target_incentive == D("6000.1") and plan.commission.tiers[0].rate == D("0.02")
    # docs/methods.md §8: 75 % pays 50 %, 100 % pays 100 %, 150 % pays 300 %.
    assert plan.curve.points == [(D("0.75"), D("0.5")), (D(1), D(1)), (D("1.5"), D(3))]


def test_somebody_may_have_other_terms(read: Any) -> None:
    plan = read(f"base: 100\ntarget_incentive: 50\npeople:\n  - {{rep: r2, target_incentive: 0}}\n{TIERS}")
    assert (plan.base_of("r2"), plan.incentive_of("r2"), plan.incentive_of("r1")) == (D(100), D(0), D(50))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("every: quater\n" + TIERS, "1: every: expected 'month', 'quarter', 'half' or 'year', got 'quater'"),
        ("bonsu: {share: 1}\n" + TIERS, "1: 'bonsu' is not a setting; did you mean 'bonus'?"),
        (
            "commission:\n  tiers: [{from: 0, to: 1, rate: 0.1}, {from: 1.2, rate: 0.2}]\n",
            "2: tiers: expected each tier to begin where the one below ends, got a gap between a tier to 1 and the "
            "next from 1.2; join them",
        ),
        (
            "commission:\n  tiers: [{from: 0, to: 1, rate: 0.1}, {from: 0.8, rate: 0.2}]\n",
            "2: tiers: expected each tier to begin where the one below ends, got an overlap between a tier to 1 and "
            "the next from 0.8; join them",
        ),
        (
            "commission:\n  tiers: [{from: 0.1, rate: 0.1}]\n",
            "2: tiers: expected a first tier from 0, got one from 0.1",
        ),
        (
            "commission:\n  tiers: [{from: 0, to: 1, rate: 0.1}]\n",
            "2: tiers: expected no end of the highest tier, got 1",
        ),
        ("commission:\n  tiers: [{from: 0, rate: -0.1}]\n", "2: rate: expected greater than or equal to 0, got -0.1"),
        ("commission:\n  tiers: [{from: 0, rate: 2}]\n", "2: rate: expected less than or equal to 1, got 2"),
        (
            "target_incentive: 1\ncurve:\n  points: [[0.75, 0.5], [0.7, 1]]\n",
            "3: points: expected points that rise, got [0.75, 0.5] before [0.7, 1]; put them in order",
        ),
        (
            "target_incentive: 1\ncurve:\n  points: [[0.75, 0.5], [1, 0.4]]\n",
            "3: points: expected points that rise, got [0.75, 0.5] before [1, 0.4]; put them in order",
        ),
        ("awards:\n  - {name: Star, winners: 0, prize: 5}\n", "2: winners: expected greater than or equal to 1, got 0"),
        (
            "awards:\n  - {name: Star, kpi: revenu, prize: 5}\n",
            "2: kpi: 'revenu' is not a KPI; did you mean 'revenue'?",
        ),
        ("target_incentive: 0.005\n" + TIERS, "1: target_incentive: expected whole cents, got 0.005; round it"),
        ("target_incentive: 1\nbonus: {}\n", "2: bonus: expected either share or amount, got none"),
        ("curve: {}\n", "1: curve: expected a target_incentive to take a share of, got none; add it"),
        ("every: month\n", "1: expected a bonus, curve, commission or award, got none; add one"),
        ("people:\n  - {rep: r9}\n" + TIERS, "2: rep: 'r9' is not in the list of reps; known are 'r1', 'r2'"),
        ("people: [{rep: r1}, {rep: r1}]\n" + TIERS, "1: people: expected every rep once, got 'r1' twice"),
        ("since: soon\n" + TIERS, "1: since: expected a form such as 2025Q4"),
        (
            TIERS + "suggestions: {training: {topics: {revenu: pipeline}}}\n",
            "2: kpi: 'revenu' is not a KPI; did you mean 'revenue'?",
        ),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(read: Any, text: str, said: str) -> None:
    message = refused(read, text)
    assert message.replace("file: ", "").startswith(said)


def test_another_plan_is_named_by_preset_or_file(company_of: Any, tmp_path: Path, monkeypatch: Any) -> None:
    company = company_of({"reps": REPS, "orders": ORDERS})
    (tmp_path / "mine.yml").write_text(TIERS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert plan_at("mine.yml", company).commission is not None
    with pytest.raises(RequestError, match=r"plan: 'usal' is not a preset .* did you mean 'usual'\?"):
        plan_at("usal", company)


def test_a_period_falls_into_whole_settlement_periods() -> None:
    assert [one.label for one in periods_of(3, parse_period("2025H2"))] == ["2025Q3", "2025Q4"]
    assert periods_of(3, parse_period("2025-11")) == []
    april = periods_of(6, Period(2025 * 12 + 3, 12, 4))
    assert [one.label for one in april] == ["2025H1", "2025H2"]


def test_the_plan_in_the_docs_is_accepted(company_of: Any) -> None:
    page = (Path(__file__).parents[3] / "docs" / "incentives.md").read_text("utf-8")
    text = page.partition("```yaml\n")[2].partition("```")[0]
    reps = REPS.replace("r1", "R001")
    assert read_incentives(company_of({"reps": reps, "orders": ORDERS}, incentives=yaml.safe_load(text)))
