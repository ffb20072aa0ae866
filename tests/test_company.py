"""A company at a prompt: its verbs on tables worked out by hand, and the session in the docs."""

import doctest
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import salesperf
from salesperf.company import Company
from salesperf.errors import RequestError, SalesperfError
from salesperf.params import Client
from salesperf.people.incentives.accounts import Unpaid
from salesperf.people.incentives.payouts import Payouts
from salesperf.periods import Period, parse_period
from salesperf.scoring.model import Model

DOCS = Path(__file__).parents[1] / "docs"
REPS = "rep_id,rep,region,team\na,Ann,East,One\nb,Bo,East,One\nc,Cy,West,Two\n"
ORDERS = """order_id,rep_id,account_id,date,amount
1,a,x,2025-07-15,100
2,c,z,2025-09-30,20
3,a,x,2025-10-01,300
4,b,y,2025-12-31,100
5,c,z,2025-11-11,50
"""
# Won and lost in the fourth quarter: Ann 2 of 3, Bo 0 of 1, Cy 1 of 1; the deal of 2025-09-30 is Cy's too.
DEALS = """opportunity_id,rep_id,status,account_id,created,closed,amount
1,a,won,x,2025-09-01,2025-10-05,10
2,a,won,x,2025-09-01,2025-11-05,10
3,a,lost,x,2025-09-01,2025-12-01,10
4,b,lost,y,2025-09-01,2025-10-10,10
5,c,won,z,2025-09-01,2025-11-30,10
6,c,lost,z,2025-09-01,2025-09-30,10
"""
TARGETS = "level,name,period,kpi,target\n" + "".join(
    f"rep,{rep},2025Q4,revenue,{target}\n" for rep, target in (("a", 250), ("b", 200), ("c", 100))
)
ACTIVITIES = "rep_id,date,kind,count\na,2025-10-02,Visit,3\n"
TABLES = {"reps": REPS, "orders": ORDERS, "opportunities": DEALS, "targets": TARGETS, "activities": ACTIVITIES}
ATTAINED = {"kpi": "revenue_attainment", "weight": 1, "anchors": {"threshold": 0.5, "target": 1, "excellent": 1.5}}
MODEL = {"perspectives": [{"name": "results", "weight": 1, "kpis": [ATTAINED]}]}
PLAN = {"commission": {"by": "amount", "tiers": [{"from": 0, "rate": 0.1}]}}
Q3, Q4 = parse_period("2025Q3"), parse_period("2025Q4")


@pytest.fixture(scope="module")
def company(company_of: Callable[..., Company]) -> Company:
    """Two regions, three reps, a model of one KPI and a commission of a tenth."""
    kpis = {"large": {"name": "Large orders", "count": "rows", "where": {"account_id": "x"}}}
    return company_of(TABLES, model=MODEL, incentives=PLAN, kpis=kpis)


def told(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of a frame, row by row."""
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_kpis_have_a_row_for_each_entity_in_the_companys_own_period(company: Company) -> None:
    assert told(company.kpis(), "period", "region", "revenue") == [("2025Q4", "East", 400), ("2025Q4", "West", 50)]
    assert told(company.kpis("company"), "revenue", "win_rate_n") == [(450, 5)]
    assert told(company.kpis(by="team"), "region", "team", "revenue") == [("East", "One", 400), ("West", "Two", 50)]
    reps = company.kpis(by="rep")
    assert told(reps, "rep_id", "rep", "revenue", "revenue_attainment") == [
        ("a", "Ann", 300, 300 / 250),
        ("b", "Bo", 100, 100 / 200),
        ("c", "Cy", 50, 50 / 100),
    ]


def test_kpis_asked_for_alone_are_those_of_the_whole_table(company: Company) -> None:
    whole, alone = company.kpis("rep"), company.kpis("rep", only=["win_rate"])
    assert list(alone) == ["period", "region", "team", "rep_id", "rep", "win_rate", "win_rate_n", "won"]
    pd.testing.assert_frame_equal(alone, whole[list(alone)])


@pytest.mark.parametrize(
    ("asked", "labels"),
    [
        (None, ["2025Q4"]),
        ("2025-11", ["2025-11"]),
        ("2025Q1:2025Q4", ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]),
        (Q3, ["2025Q3"]),
        (["2025Q3", Q4], ["2025Q3", "2025Q4"]),
        (["2025Q4", "2025Q3:2025Q4", "2025"], ["2025Q4", "2025Q3", "2025"]),
    ],
)
def test_periods_are_a_text_a_run_a_period_or_a_list_each_once_as_asked(
    company: Company, asked: str | Period | Sequence[str | Period] | None, labels: list[str]
) -> None:
    assert [one.label for one in company.periods(asked)] == labels


def test_periods_follow_the_fiscal_year_of_the_client_file(company_of: Callable[..., Company]) -> None:
    april = company_of(TABLES, fiscal_year_start=4, period="2025Q3")
    assert [str(one.start) for one in april.periods("2025Q2:2025Q3")] == ["2025-07-01", "2025-10-01"]
    assert told(april.kpis("company", "2025Q2:2025Q3"), "period", "revenue") == [("2025Q2", 120), ("2025Q3", 450)]


def test_several_periods_are_those_of_each_one_below_the_other(company: Company) -> None:
    both = company.kpis("region", [Q3, Q4])
    assert told(both, "period", "region", "revenue") == [
        ("2025Q3", "East", 100), ("2025Q3", "West", 20), ("2025Q4", "East", 400), ("2025Q4", "West", 50),
    ]  # fmt: skip
    pd.testing.assert_frame_equal(both, company.kpis("region", "2025Q3:2025Q4"))
    pd.testing.assert_frame_equal(both[both["period"] == "2025Q4"].reset_index(drop=True), company.kpis())


def test_statistics_are_what_a_rate_is_computed_from(company: Company) -> None:
    found = company.statistics("win_rate")
    assert told(found, "period", "region", "cases", "total") == [("2025Q4", "East", 4, 2), ("2025Q4", "West", 1, 1)]
    assert company.kpis()["win_rate"].tolist() == [2 / 4, 1 / 1]
    sold = company.statistics("revenue", by="rep", periods="2025Q3:2025Q4")
    assert told(sold, "period", "rep_id", "cases", "total", "squares") == [
        ("2025Q3", "a", 1, 100, 100**2),
        ("2025Q3", "b", 0, 0, 0),
        ("2025Q3", "c", 1, 20, 20**2),
        ("2025Q4", "a", 1, 300, 300**2),
        ("2025Q4", "b", 1, 100, 100**2),
        ("2025Q4", "c", 1, 50, 50**2),
    ]


def test_targets_stand_whole_before_part_or_at_one_level(company: Company) -> None:
    tree = company.targets()
    assert told(tree, "level", "target", "result") == [
        ("company", 550, 450), ("region", 450, 400), ("team", 450, 400), ("rep", 250, 300), ("rep", 200, 100),
        ("region", 100, 50), ("team", 100, 50), ("rep", 100, 50),
    ]  # fmt: skip
    assert told(company.targets(by="region"), "region", "attainment") == [("East", 400 / 450), ("West", 50 / 100)]
    assert company.plan.target((), "revenue", Q4) == 550
    assert company.targets("company", kpi="new_customers")["target"].isna().all()


def test_the_scorecard_is_that_of_the_clients_model_or_of_another_one(company: Company) -> None:
    # 120 % lies two fifths between target and excellent, 50 % is the threshold.
    summary = company.scorecard().summary
    assert summary["score"].to_dict() == pytest.approx({"a": 100 + 20 * 2 / 5, "b": 60, "c": 60})
    assert summary["grade"].to_dict() == {"a": "A", "b": "C", "c": "C"}
    easy = {"threshold": 0.25, "target": 0.5, "excellent": 1.5}
    other = Model.model_validate(
        {"perspectives": [{**MODEL["perspectives"][0], "kpis": [{**ATTAINED, "anchors": easy}]}]}
    )
    assert company.scorecard(model=other).summary.at["b", "score"] == 100
    assert company.model.kpi_ids == other.kpi_ids == ["revenue_attainment"]


def test_regions_and_teams_have_scores_by_their_keys_and_no_grades_by_force(company_of: Callable[..., Company]) -> None:
    shares = {"S": 0.5, "A": 0, "B": 0, "C": 0, "D": 0.5}
    company = company_of(TABLES, model={**MODEL, "forced": shares})
    # 400 of 450 lies seven ninths between threshold and target.
    east = 60 + 40 * (400 / 450 - 0.5) / 0.5
    regions = company.scorecard("region").summary
    assert regions["score"].to_dict() == pytest.approx({"East": east, "West": 60})
    assert list(company.scorecard("team").summary.index) == [("East", "One"), ("West", "Two")]
    assert "forced_grade" in company.scorecard().summary and "forced_grade" not in regions


def test_payouts_follow_the_clients_plan_or_another_one_or_say_why_there_are_none(
    company: Company, company_of: Callable[..., Company]
) -> None:
    paid = company.payouts()
    assert isinstance(paid, Payouts)
    assert paid.people["payout"].to_dict() == {"a": D(30), "b": D(10), "c": D(5)}  # a tenth
    other = company.payouts("commission_marginal")
    assert isinstance(other, Payouts) and not other.people["payout"].equals(paid.people["payout"])
    assert company_of(TABLES, model=MODEL).payouts() == Unpaid("no_plan")


def test_potential_is_told_for_everyone_and_where_there_are_too_few_no_groups_are(company: Company) -> None:
    found = company.potential()
    assert found.groups == 0 and found.why_none
    assert not found.people["named"].any()


def test_the_registry_has_the_kpis_of_export_and_client_file_and_the_voice_their_names(company: Company) -> None:
    assert {"revenue", "win_rate", "visit", "large"} <= company.registry.keys()
    assert [company.voice.kpi(one) for one in ("win_rate", "visit", "large")] == ["Win rate", "Visit", "Large orders"]
    assert told(company.kpis("company"), "visit", "large") == [(3, 1)]
    company.registry.clear()
    assert "revenue" in company.registry


def test_another_period_goes_before_the_client_files_own(company: Company) -> None:
    opened = salesperf.open_company(company.client.path, period="2025Q3")
    assert (opened.period, opened.settings.period, company.period) == (Q3, "2025Q4", Q4)
    assert told(opened.kpis(), "period", "revenue") == told(company.kpis(periods="2025Q3"), "period", "revenue")
    assert told(company.at(Q3).kpis(), "period", "revenue") == [("2025Q3", 100), ("2025Q3", 20)]


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        (lambda company: company.kpis(only=["revenu"]), "kpi: 'revenu' is not a KPI; did you mean 'revenue'?"),
        (lambda company: company.statistics("win_rat"), "kpi: 'win_rat' is not a KPI; did you mean 'win_rate'?"),
        (lambda company: company.targets(kpi="revenu"), "kpi: 'revenu' is not a KPI; did you mean 'revenue'?"),
        (lambda company: company.kpis(periods="2025Q5"), "period: expected a form such as 2025Q4"),
        (lambda company: company.statistics("win_rate", periods=["2025Q4", "Q3"]), "period: expected a form such as"),
        (lambda company: company.kpis(periods="2025Q4:2025Q1"), "period: expected a run of equal periods"),
        (lambda company: company.kpis(periods="2025Q1:2025-12"), "period: expected a run of equal periods"),
        (lambda company: company.payouts("usal"), "plan: 'usal' is not a preset"),
        (lambda company: salesperf.open_company("nobody.yml"), "nobody.yml: expected a file, found none"),
        (lambda company: salesperf.open_company(company.client.path, "2025Q5"), "period: expected a form such as"),
    ],
)
def test_what_is_misspelt_is_refused_in_one_line(company: Company, verb: Callable[[Company], Any], said: str) -> None:
    with pytest.raises(RequestError) as raised:
        verb(company)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_export_that_cannot_be_used_is_refused_when_it_is_opened(client_of: Callable[..., Client]) -> None:
    client = client_of({**TABLES, "orders": ORDERS.replace("2025-07-15", "soon")})
    with pytest.raises(SalesperfError, match=r"orders\.csv.*soon"):
        salesperf.open_company(client.path)


def test_nothing_heavy_is_imported_before_a_company_is_opened() -> None:
    script = "import sys, salesperf; print({'pandas', 'ibis', 'duckdb', 'sklearn'} & sys.modules.keys() or 'none')"
    assert subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout == "none\n"


@pytest.mark.parametrize(("page", "least"), [("company.md", 15), ("weights.md", 15)])
def test_the_session_in_the_docs_gives_what_stands_there(
    demo_client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, least: int
) -> None:
    shutil.copytree(demo_client.folder, tmp_path / "params")
    monkeypatch.chdir(tmp_path)
    text = (DOCS / page).read_text(encoding="utf-8")
    for judgements in re.findall(r"```yaml\n(pairs:.*?)```", text, re.DOTALL):
        (tmp_path / "params" / "judgements.yml").write_text(judgements, encoding="utf-8")
    session = text.replace("```", "")  # an empty line ends what is expected
    test = doctest.DocTestParser().get_doctest(session, {}, page, page, 0)
    assert len(test.examples) > least
    said: list[str] = []
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    doctest.DocTestRunner(optionflags=flags).run(test, out=said.append)
    assert not said, "".join(said)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda company: company.kpis(by="planet"), "by: 'planet' is not a level"),
        (lambda company: company.scorecard("company"), "by: expected 'region', 'team', 'rep', got 'company'"),
        (lambda company: company.kpis(periods=[]), "period: expected at least one"),
        (lambda company: company.targets("teem"), "did you mean 'team'?"),
    ],
)
def test_what_there_is_not_is_refused_in_one_line(
    company: Company, ask: Callable[[Company], object], said: str
) -> None:
    with pytest.raises(RequestError) as error:
        ask(company)
    assert said in str(error.value)


def test_one_kpi_and_a_year_as_a_number_are_understood(company: Company) -> None:
    frame = company.kpis(periods=2025, only="revenue")
    assert told(frame, "period", "region", "revenue") == [("2025", "East", 500), ("2025", "West", 70)]


def test_a_company_says_whose_it_is_in_one_line(company: Company) -> None:
    assert repr(company) == "<Company 'Test' in 2025Q4>"


def test_under_a_forced_distribution_nobody_who_is_not_in_the_list_takes_a_grade(
    company_of: Callable[..., Company],
) -> None:
    forced = MODEL | {"forced": {"S": 0.25, "A": 0.25, "B": 0.25, "C": 0.25, "D": 0}}
    orders = ORDERS + "9,zz,x,2025-10-05,9000\n"
    card = company_of(TABLES | {"orders": orders}, model=forced).scorecard()
    assert sorted(card.summary.index) == ["a", "b", "c"]
