"""One row a person: standing, largest gap, potential and suggestion, worked out by hand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from salesperf.company import Company
from salesperf.language import Voice
from salesperf.people.incentives.period_incentives import incentives
from salesperf.people.potential import Potential
from salesperf.present.exhibit import Exhibit
from salesperf.present.region.people import people_table

NAN = float("nan")
REPS = """\
rep_id,rep,region,start_date
r1,Ann,East,2020-01-01
r2,Bo,East,2020-01-01
r3,Cy,East,2020-01-01
r4,Di,East,2025-11-01
r5,Ed,West,2020-01-01
"""
ORDERS = "order_id,rep_id,account_id,date,amount\n" + "".join(
    f"o{n},{rep},{rep},{day},{amount}\n"
    for n, (rep, day, amount) in enumerate(
        [
            ("r1", "2025-01-02", 1),
            ("r1", "2025-12-31", 120),
            ("r2", "2025-12-01", 40),
            ("r3", "2025-12-01", 90),
            ("r4", "2025-12-01", 10),
            ("r5", "2025-12-01", 100),
        ]
    )
)
TARGETS = "level,name,period,kpi,target\n" + "".join(f"rep,r{n},2025Q4,revenue,100\n" for n in range(1, 6))
ATTAINED = {"kpi": "revenue_attainment", "weight": 1, "anchors": {"threshold": 0.6, "target": 1, "excellent": 1.2}}
MODEL = {"perspectives": [{"name": "all", "weight": 1, "kpis": [ATTAINED]}]}
PLAN = {
    "every": "quarter",
    "target_incentive": 100,
    "bonus": {"share": 1},
    "suggestions": {"support": {}, "training": {"gap": 5, "topics": {"revenue_attainment": "pipeline"}}},
}


@pytest.fixture
def company(company_of: Callable[..., Company]) -> Company:
    tables = {"reps": REPS, "orders": ORDERS, "targets": TARGETS}
    return company_of(tables, model=MODEL, incentives=PLAN)


@pytest.fixture
def rows_of(tables_of: Callable[[Exhibit], Any]) -> Callable[[Exhibit], Any]:
    return lambda shown: tables_of(shown)[0]


def shown(company: Company, voice: Voice, potential: Potential | None = None, **settings: Any) -> Exhibit:
    rows = company.score_basis("rep").query("region == 'East'").set_index("rep_id")
    card = company.scorecard().only(rows.index)
    found = potential or company.potential()
    return people_table(voice, rows, card, region="East", potential=found, incentives=incentives(company), **settings)


def test_each_person_has_one_row_who_needs_help_first(company: Company, rows_of: Any) -> None:
    head, *rows = rows_of(shown(company, company.voice))
    assert head == ["Rep", "Standing", "Score", "Largest gap", "Potential", "Suggestion"]
    nothing = "–"
    gap = "Revenue attainment: {}, costs {} points"
    assert [row[:4] + row[5:] for row in rows] == [
        ["Bo", "needs help", "40.0", gap.format("40%", "60.0"), "Plan of support, with training: building a pipeline"],
        ["Cy", "below target", "90.0", gap.format("90%", "10.0"), "Training: building a pipeline"],
        ["Ann", "on target", "120.0", "no target missed", nothing],
    ]


def test_who_is_too_new_is_named_apart(company: Company) -> None:
    assert "Too new to be judged, so without a standing: Di." in shown(company, company.voice).plain


def test_the_sentence_counts_the_standings(company: Company) -> None:
    sentence = shown(company, company.voice).plain.splitlines()[0]
    assert sentence.startswith("In East 1 needs help, 1 is below target, 1 is on target, 1 is too new to say, by")


def test_who_has_no_deal_is_left_out_as_in_the_scorecard(company: Company, rows_of: Any) -> None:
    rows = rows_of(shown(company, company.voice, without_deals=["Cy"]))
    assert [row[0] for row in rows[1:]] == ["Bo", "Ann"]


def test_a_period_that_is_not_over_has_no_standings_and_tells_of_potential_alone(
    company_of: Callable[..., Company], rows_of: Any
) -> None:
    tables = {"reps": REPS, "orders": ORDERS.replace("12-31", "12-01"), "targets": TARGETS}
    company = company_of(tables, model=MODEL, incentives=PLAN)
    found = shown(company, company.voice)
    assert found.plain.startswith("The period is not over: nobody's standing is told by the score so far.")
    assert rows_of(found)[0] == ["Rep", "Potential"] and len(rows_of(found)) == 5
    assert "without a standing" not in found.plain


def test_potential_is_told_with_its_chance_and_of_who_is_named_with_the_reasons(company: Company, rows_of: Any) -> None:
    potential = company.potential()
    looked_at = pd.DataFrame(
        {
            "region": "East", "team": "", "rep": ["Ann", "Bo", "Cy"], "quarters": 8, "potential": [1.9, -0.9, NAN],
            "performance": 0.0, "potential_third": [2, 0, -1], "potential_chance": [0.83, NAN, NAN],
            "named": [True, False, False], "chance": [0.71, 0.4, NAN], "reasons": [("trend",), ("trend",), ()],
        },
        index=pd.Index(["r1", "r2", "r3"], name="rep_id"),
    )  # fmt: skip
    z = pd.DataFrame({"trend": [1.4, 0.6, NAN]}, index=looked_at.index)
    told = replace(potential, people=looked_at, z=z, groups=2, why_none="")
    cells = {row[0]: row[4] for row in rows_of(shown(company, company.voice, told))}
    assert cells["Ann"] == "upper third (83%), named; outgrows peers with 71%; growing results +1.4"
    assert cells["Bo"] == "–" and cells["Cy"] == "–"
    ranked = replace(told, groups=0, why_none="unclear", people=looked_at.assign(named=False, chance=NAN))
    cells = {row[0]: row[4] for row in rows_of(shown(company, company.voice, ranked))}
    assert cells["Ann"] == "upper third (83%); growing results +1.4" and cells["Bo"] == "low; growing results +0.6"
    third = replace(told, people=looked_at.assign(named=False))
    assert rows_of(shown(company, company.voice, third))[3][4] == "upper third (83%)"


def test_who_has_left_by_the_end_of_the_period_is_left_out(company_of: Callable[..., Company], rows_of: Any) -> None:
    left = REPS.replace("start_date", "start_date,end_date").replace("-01\n", "-01,\n")
    left = left.replace("r2,Bo,East,2020-01-01,", "r2,Bo,East,2020-01-01,2025-12-15")
    company = company_of({"reps": left, "orders": ORDERS, "targets": TARGETS}, model=MODEL, incentives=PLAN)
    assert [row[0] for row in rows_of(shown(company, company.voice))[1:]] == ["Cy", "Ann"]


def test_a_rate_of_few_cases_is_no_gap(company: Company, rows_of: Any) -> None:
    rows = company.score_basis("rep").query("region == 'East'").set_index("rep_id")
    card = company.scorecard().only(rows.index)
    few = replace(card, drawn=card.drawn.assign(revenue_attainment=0.5))
    words = {"region": "East", "potential": company.potential(), "incentives": incentives(company)}
    cells = {row[0]: row[3] for row in rows_of(people_table(company.voice, rows, few, **words))}
    assert cells["Bo"] == "few cases only" and cells["Ann"] == "no target missed"


def test_low_performance_with_high_potential_is_said_by_name(demo: Company) -> None:
    rows = demo.score_basis("rep").set_index("rep_id")
    card, potential = demo.scorecard(), demo.potential()
    low = card.summary.index[card.summary["score"] < 60].intersection(potential.people.index)
    people = potential.people.assign(named=False, potential_third=0)
    people.loc[low[:1], "potential_third"] = 2
    changed = Potential(**{**vars(potential), "people": people})
    words = {"region": "East", "potential": changed, "incentives": incentives(demo)}
    name = rows.at[low[0], "rep"]
    assert f"Low performance with high potential, which the nine-box shows apart: {name}." in (
        people_table(demo.voice, rows, card, **words).plain
    )
    words["potential"] = Potential(**{**vars(potential), "people": people.assign(potential_third=0)})
    assert "Low performance with high potential" not in people_table(demo.voice, rows, card, **words).plain
