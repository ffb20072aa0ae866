"""Who is there in a period, and for how many weeks."""

from datetime import date

import pytest

from salesperf.data.loading import load_tables
from salesperf.measures.employment import employed, weeks_employed
from salesperf.periods import parse_period

REPS = """rep_id,rep,region,team,start_date,end_date
r1,Ann,East,One,,
r2,Bo,East,One,2025-11-10,
r3,Cy,West,,2024-01-01,2025-10-07
"""
ORDERS = "order_id,rep_id,account_id,date,amount,region\no1,r1,a,2025-10-01,5,North\n"
PERIODS = [parse_period("2025Q4"), parse_period("2025-10")]


@pytest.fixture(scope="module")
def tables(client_of):
    return load_tables(client_of({"reps": REPS, "orders": ORDERS}))


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("company", {("2025Q4",), ("2025-10",)}),
        ("region", {(period, region) for period in ("2025Q4", "2025-10") for region in ("East", "North", "West")}),
        ("team", {(period, *team) for period in ("2025Q4", "2025-10") for team in (("East", "One"), ("West", ""))}),
        (
            "rep",
            {
                ("2025Q4", "East", "One", "r1"),
                ("2025Q4", "East", "One", "r2"),
                ("2025Q4", "West", "", "r3"),
                ("2025-10", "East", "One", "r1"),
                ("2025-10", "West", "", "r3"),
            },
        ),
    ],
)
def test_everyone_is_there_once_in_each_period_of_employment(tables, by, rows):
    found = list(employed(tables, PERIODS, by).itertuples(index=False, name=None))
    assert set(found) == rows and len(found) == len(rows)


def test_weeks_are_those_of_employment_up_to_the_last_day_told(tables):
    """October to December 20: r1 81 days, r2 from November 10 on 41, r3 the first 7 of October."""
    days = weeks_employed(tables, PERIODS, "rep", date(2025, 12, 20))["weeks"] * 7
    assert days.droplevel(["region", "team"]).round(9).to_dict() == {
        ("2025-10", "r1"): 31,
        ("2025-10", "r2"): 0,
        ("2025-10", "r3"): 7,
        ("2025Q4", "r1"): 81,
        ("2025Q4", "r2"): 41,
        ("2025Q4", "r3"): 7,
    }


def test_weeks_of_a_group_are_those_of_its_reps_together(tables):
    weeks = weeks_employed(tables, PERIODS[:1], "region", date(2025, 12, 20))["weeks"]
    assert weeks.to_dict() == pytest.approx({("2025Q4", "East"): (81 + 41) / 7, ("2025Q4", "West"): 1})


def test_a_period_after_the_last_day_has_no_weeks(tables):
    assert weeks_employed(tables, PERIODS, "company", date(2025, 9, 30))["weeks"].to_dict() == {
        "2025Q4": 0,
        "2025-10": 0,
    }
