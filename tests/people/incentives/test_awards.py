"""Awards: ranks, ties, prizes and how sure a rate is."""

from decimal import Decimal as D
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesperf.measures.kpis import KPIS
from salesperf.people.incentives.awards import AwardResult, award_periods, award_results, prizes
from salesperf.people.incentives.incentive_plan import IncentivePlan
from salesperf.people.scores import RepScores
from salesperf.periods import parse_period
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import scorecard

Q4 = parse_period("2025Q4")
MODEL = Model.model_validate(
    {
        "perspectives": [
            {
                "name": "results",
                "weight": 1,
                "kpis": [
                    {
                        "kpi": "revenue_attainment",
                        "weight": 1,
                        "anchors": {"threshold": 0.6, "target": 1, "excellent": 1.2},
                    }
                ],
            }
        ]
    }
)


def scores(**kpis: list[float]) -> RepScores:
    """Four people, two in each region."""
    frame = pd.DataFrame(
        {"region": ["East", "East", "West", "West"], "team": "One", "rep": ["Ann", "Bo", "Cy", "Di"], **kpis},
        index=["r1", "r2", "r3", "r4"],
    )
    frame["revenue_attainment"] = frame.get("revenue_attainment", np.nan)
    return RepScores({"2025Q4": frame}, {"2025Q4": scorecard(frame, MODEL)})


def results(found: RepScores, **award: Any) -> list[AwardResult]:
    plan = IncentivePlan.model_validate({"awards": [{"name": "Star", "prize": 100, **award}]})
    return award_results(plan, found, [Q4], dict(KPIS))


def test_the_best_of_every_region_wins_with_the_lead_on_the_next() -> None:
    east, west = results(scores(revenue=[10.0, 7.0, 3.0, 5.0]), kpi="revenue")
    assert [(one.rep_id, one.value, one.prize) for one in east.winners] == [("r1", 10, D(100))]
    assert (east.area, west.area, east.lead, west.lead) == (("East",), ("West",), 3, 2)


@pytest.mark.parametrize(("ties", "paid"), [("each", [D(100)] * 3), ("shared", [D("33.34"), D("33.33"), D("33.33")])])
def test_all_who_tie_win(ties: str, paid: list[D]) -> None:
    (result,) = results(scores(revenue=[7.0, 7.0, 3.0, 7.0]), kpi="revenue", within="company", ties=ties)
    assert [one.rep for one in result.winners] == ["Ann", "Bo", "Di"]
    assert [one.prize for one in result.winners] == paid
    assert prizes([result]) == dict(zip(["r1", "r2", "r4"], paid, strict=True))


def test_those_who_tie_for_the_last_place_share_it() -> None:
    (result,) = results(scores(revenue=[7.0, 9.0, 7.0, 1.0]), kpi="revenue", within="company", ties="shared", winners=2)
    assert [(one.rep, one.prize) for one in result.winners] == [("Bo", D(100)), ("Ann", D(50)), ("Cy", D(50))]
    assert result.lead == 6


def test_nobody_wins_under_the_least_and_who_has_no_value_does_not_run() -> None:
    found = scores(revenue_attainment=[0.99, np.nan, 1.0, np.nan])
    east, west = results(found, kpi="revenue_attainment", at_least=1)
    assert (east.winners, [one.rep for one in west.winners]) == ((), ["Cy"])
    assert np.isnan(west.lead)


def test_a_score_is_compared_as_printed() -> None:
    # 100 % is 100 points; 100.008 % is 100.04, printed 100.0: a tie.
    found = scores(revenue_attainment=[1.0, 1.00008, 0.5, 0.5])
    (result,) = results(found, kpi="score", within="company")
    assert [one.rep for one in result.winners] == ["Ann", "Bo"]


def test_where_lower_is_better_the_lowest_wins() -> None:
    (result,) = results(scores(cycle_days=[30.0, 20.0, 25.0, 40.0]), kpi="cycle_days", within="company", at_least=28)
    assert [one.rep for one in result.winners] == ["Bo"] and result.lead == 5


def test_a_rate_comes_with_its_n_and_interval() -> None:
    found = scores(win_rate=[0.6, 0.5, 0.2, 0.1], win_rate_n=[10.0, 20.0, 20.0, 20.0])
    (result,) = results(found, kpi="win_rate", within="company")
    # Wilson 95 % of 6 in 10 is 31–83 % (docs/methods.md §4).
    assert result.winners[0].n == 10 and result.interval == pytest.approx((0.31, 0.83), abs=0.005)
    assert results(scores(revenue=[1.0, 2.0, 3.0, 4.0]), kpi="revenue")[0].interval is None


@pytest.mark.parametrize(
    ("every", "settled", "ending"),
    [
        ("quarter", "2025Q4", ["2025Q4"]),
        ("quarter", "2025-12", ["2025Q4"]),
        ("quarter", "2025-11", []),
        ("month", "2025Q4", ["2025-10", "2025-11", "2025-12"]),
        ("year", "2025Q4", ["2025"]),
    ],
)
def test_an_award_is_paid_in_the_settlement_in_which_its_period_ends(
    every: str, settled: str, ending: list[str]
) -> None:
    plan = IncentivePlan.model_validate({"awards": [{"name": "Star", "prize": 1, "every": every}]})
    assert [one.label for one in award_periods(plan, [parse_period(settled)])] == ending
