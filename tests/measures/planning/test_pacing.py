"""Attainment, pace and pipeline coverage, worked out by hand on a small company."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from salesperf.measures.planning.hit_rates import hit_rates, past_attainment, past_hit_rates
from salesperf.measures.planning.pacing import elapsed, fiscal_year, progress, whole_tree
from salesperf.periods import parse_period

REPS = """rep_id,rep,region,team,start_date,end_date
r1,Ann,East,One,,
r2,Bo,East,One,2025-02-01,
r3,Cy,West,,,
r4,Di,West,,,2024-03-31
"""
ORDERS = """order_id,rep_id,account_id,date,amount
a,r1,a,2024-01-01,100
b,r1,a,2024-11-05,50
c,r3,b,2024-12-31,80
d,r1,a,2025-01-10,60
e,r2,c,2025-02-10,30
f,r3,b,2025-02-14,200
"""
RULES = {"seasonality": [0.2, 0.1, 0.1, *[0.6 / 9] * 9], "split": "equal"}


@pytest.fixture(scope="module")
def desk(company_of):
    """The small company in a period, and its plan with a target of 1200 for Ann's team's year."""

    def of(period="2025Q1", deals="", **rules):
        given = [{"level": "region", "name": name, "period": 2025, "target": 1200} for name in ("East", "West")]
        tables = {"reps": REPS, "orders": ORDERS} | ({"opportunities": deals} if deals else {})
        company = company_of(tables, period=period, targets=RULES | {"given": given} | rules)
        return company, company.plan

    return of


def row(desk, by, name, key="region"):
    return progress(*desk, by).set_index(key).loc[name]


def test_a_month_begun_counts_by_its_days(desk):
    company, _ = desk()
    # 31 + 14 of 90 days of the quarter by 14 February.
    assert elapsed(company, company.period).day == date(2025, 2, 14)
    assert elapsed(company, company.period).share == pytest.approx(45 / 90)
    assert elapsed(company, parse_period("2024Q1")).share == 1
    assert elapsed(company, parse_period("2025Q2")).share == 0
    assert elapsed(company, parse_period("2025Q2")).day is None


def test_pace_is_the_result_over_what_was_due_by_now(desk):
    east = row(desk(), "region", "East")
    # Due: 20 % of 1200 in January and half of 10 % in February, 240 + 60; sold: 60 + 30.
    assert (east["target"], east["result"]) == (480, 90)
    assert east["attainment"] == pytest.approx(90 / 480)
    assert east["pacing"] == pytest.approx(90 / 300)
    assert east["projection"] == pytest.approx(480 * 90 / 300)
    assert (east["year_target"], east["year_result"]) == (1200, 90)
    assert east["year_pacing"] == pytest.approx(90 / 300)


def test_a_period_that_is_over_is_paced_by_the_whole_of_it(desk):
    east = row(desk("2025-01"), "region", "East")
    assert (east["target"], east["result"], east["attainment"], east["pacing"]) == (240, 60, 0.25, 0.25)


def test_a_period_to_come_has_a_target_and_no_result(desk):
    east = row(desk("2025Q2"), "region", "East")
    assert east["target"] == 240
    assert np.isnan(east["result"]) and np.isnan(east["attainment"]) and np.isnan(east["pacing"])
    assert east["year_result"] == 90


def test_without_a_target_nothing_is_paced(desk):
    cy = row(desk("2024Q4"), "rep", "Cy", "rep")
    assert cy["result"] == 80
    assert np.isnan(cy["target"]) and np.isnan(cy["attainment"]) and np.isnan(cy["pacing"])
    assert cy["coverage_state"] == "no_target"


def test_change_is_the_target_against_the_year_befores_result(desk):
    ann = row(desk(), "rep", "Ann", "rep")
    # All of East's 240 in January, half of 120 each in February and March.
    assert (ann["target"], ann["last_year"]) == (360, 100)
    assert ann["change"] == pytest.approx(2.6)
    assert np.isnan(row(desk(), "rep", "Bo", "rep")["change"])  # sold nothing a year before


def test_whoever_left_before_the_period_is_no_part_of_it(desk):
    assert progress(*desk(), "rep")["rep"].tolist() == ["Ann", "Bo", "Cy"]


def test_the_tree_stands_whole_before_part(desk):
    tree = whole_tree(*desk())
    names = [next(filter(None, (one.rep, one.team, one.region)), "") for one in tree.itertuples()]
    assert names == ["", "East", "One", "Ann", "Bo", "West", "West", "Cy"]
    assert tree["target"].tolist()[:3] == [960, 480, 480]


OPEN = "opportunity_id,rep_id,status,account_id,created,closed,amount\n"


def test_coverage_is_the_pipeline_due_over_what_the_target_lacks(desk):
    deals = OPEN + (
        "1,r1,open,a,2025-01-05,2025-03-20,400\n2,r2,open,a,2025-01-05,2025-03-30,185\n"
        "3,r1,open,a,2025-01-05,2025-04-02,999\n4,r1,won,a,2025-01-05,2025-01-10,60\n5,r3,open,a,2025-02-01,,70\n"
    )
    found = desk(deals=deals)
    east = row(found, "region", "East")
    # 400 + 185 due in the quarter; 480 − 90 still lacking.
    assert (east["pipeline"], east["coverage_state"]) == (585, "open")
    assert east["coverage"] == pytest.approx(585 / 390)
    assert row(found, "rep", "Ann", "rep")["coverage"] == pytest.approx(400 / 300)
    # Open deals without a due date are due in no period.
    assert (row(found, "region", "West")["pipeline"], row(found, "region", "West")["coverage"]) == (0, 0)


def test_a_target_that_is_reached_has_no_coverage(desk):
    deals = OPEN + "1,r3,open,a,2025-01-05,2025-03-20,400\n"
    given = [{"level": "region", "name": "West", "period": "2025Q1", "target": 150}]
    west = row(desk(deals=deals, given=given), "region", "West")
    assert (west["coverage_state"], west["pipeline"]) == ("reached", 400)
    assert np.isnan(west["coverage"])


@pytest.mark.parametrize(
    ("deals", "period", "state"),
    [
        ("", "2025Q1", "no_due_dates"),
        (OPEN + "1,r1,open,a,2025-01-05,,400\n", "2025Q1", "no_due_dates"),
        (OPEN + "1,r1,open,a,2025-01-05,2025-01-20,400\n", "2025-01", "over"),
    ],
)
def test_why_there_is_no_coverage_is_said(desk, deals, period, state):
    east = row(desk(period, deals), "region", "East")
    assert east["coverage_state"] == state
    assert np.isnan(east["coverage"]) and np.isnan(east["pipeline"])


def test_the_fiscal_year_of_a_period_begins_with_its_month():
    assert fiscal_year(parse_period("2025-03", 4)).label == "2024"
    assert fiscal_year(parse_period("2025Q1", 4)).start == date(2025, 4, 1)


def test_past_results_are_set_against_targets_of_the_same_months(desk):
    found = past_attainment(*desk())
    # Ann sold 100 a year before, of 360 now; Cy nothing of 480; Bo was not there.
    assert found["r1"] == pytest.approx(100 / 360)
    assert found["r3"] == 0
    assert np.isnan(found["r2"])
    rates = past_hit_rates(*desk())
    assert (rates.n, rates.left_out, rates.shares["threshold"]) == (2, 1, 0)


def test_a_mark_is_reached_at_its_very_value_and_what_rounding_took_does_not_count():
    rates = hit_rates(pd.Series([0.5999, 0.6, 0.9999, 1 - 1e-12, 1.1999, 1.2, 2.5, np.nan]))
    assert (rates.n, rates.left_out) == (7, 0)
    assert rates.shares == {"threshold": 6 / 7, "target": 4 / 7, "excellent": 2 / 7}


def test_who_began_in_the_very_months_of_the_year_before_is_compared(company_of):
    reps = REPS.replace("2025-02-01", "2024-01-31")  # Bo's first day is in the first of the months compared
    given = [{"level": "region", "name": name, "period": 2025, "target": 1200} for name in ("East", "West")]
    company = company_of({"reps": reps, "orders": ORDERS}, period="2025Q1", targets=RULES | {"given": given})
    assert past_attainment(company, company.plan)["r2"] == 0


def test_nobody_with_a_target_gives_no_rate():
    rates = hit_rates(pd.Series([np.nan], dtype="float64"))
    assert rates.n == 0
    assert np.isnan(list(rates.shares.values())).all()
