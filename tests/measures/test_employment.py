"""Who is there in a period, for how many weeks, and how many of them leave."""

import numpy as np
import pytest

from salesperf.measures.employment import employed, employment
from salesperf.periods import parse_period

REPS = """rep_id,rep,region,team,start_date,end_date
r1,Ann,East,One,,
r2,Bo,East,One,2025-11-10,
r3,Cy,West,,2024-01-01,2025-10-07
"""
ORDERS = "order_id,rep_id,account_id,date,amount,region\no1,r1,a,2025-10-01,5,North\n"
DONE = "rep_id,date,kind\nr1,2025-10-01,visit\nr1,2025-12-20,visit\n"
PERIODS = [parse_period("2025Q4"), parse_period("2025-10")]


@pytest.fixture(scope="module")
def company(company_of):
    return company_of({"reps": REPS, "orders": ORDERS, "activities": DONE})


def told(counts, name):
    """Period and last key of an entity → what is counted there."""
    rows = zip(map(str, PERIODS), counts.values[name], strict=True)
    return {(period, key[-1]): n for period, row in rows for key, n in zip(counts.keys, row.tolist(), strict=True)}


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
def test_everyone_is_there_in_each_period_of_employment(company, by, rows):
    found = employed(company, PERIODS, by)
    assert list(found.keys) == sorted(set(found.keys))
    assert {(str(PERIODS[row]), *found.keys[entity]) for row, entity in np.argwhere(found.there).tolist()} == rows


def test_weeks_are_those_of_employment_up_to_the_last_day_told(company):
    """October to December 20: r1 81 days, r2 from November 10 on 41, r3 the first 7 of October."""
    weeks = told(employment(company, PERIODS, "rep"), "weeks")
    assert {key: round(7 * one, 9) for key, one in weeks.items()} == {
        ("2025-10", "r1"): 31,
        ("2025-10", "r2"): 0,
        ("2025-10", "r3"): 7,
        ("2025Q4", "r1"): 81,
        ("2025Q4", "r2"): 41,
        ("2025Q4", "r3"): 7,
    }


def test_weeks_of_a_group_are_those_of_its_reps_together(company):
    weeks = told(employment(company, PERIODS, "region"), "weeks")
    assert {key: one for key, one in weeks.items() if key[0] == "2025Q4"} == pytest.approx(
        {("2025Q4", "East"): (81 + 41) / 7, ("2025Q4", "West"): 1}
    )


def test_a_period_after_the_last_day_has_no_weeks(company_of):
    early = company_of({"reps": REPS, "orders": ORDERS, "activities": "rep_id,date,kind\nr1,2025-09-30,visit\n"})
    assert employment(early, PERIODS, "company").values["weeks"].tolist() == [[0], [0]]


# Staff turnover: leavers ÷ the mean of those there on the first and on the last day.


@pytest.fixture(scope="module")
def turnover(kpis_of):
    """Turnover and mean headcount by region, team or company, of reps given as (region, first day, last day)."""

    def of(*rows, by="company", period="2025Q4"):
        reps = [
            {"rep_id": f"r{place}", "rep": f"R{place}", "region": region, "start_date": first, "end_date": last}
            for place, (region, first, last) in enumerate(rows)
        ]
        orders = "order_id,rep_id,account_id,date,amount\no1,r0,a,2025-01-01,5\no2,r0,a,2025-12-31,5\n"
        found = kpis_of({"reps": reps, "orders": orders}, by, period).set_index({"company": "period"}.get(by, by))
        return {key: tuple(row) for key, row in found[["staff_turnover", "staff_turnover_n"]].iterrows()}

    return of


def test_turnover_is_who_left_over_the_mean_of_the_first_and_the_last_day(turnover):
    """Four on October 1; one leaves in November, two come: five on December 31. 1 ÷ 4.5."""
    rows = [("East", "", "")] * 3 + [("East", "", "2025-11-15")] + [("East", "2025-12-01", "")] * 2
    assert turnover(*rows) == {"2025Q4": (pytest.approx(1 / 4.5), 4.5)}


@pytest.mark.parametrize(
    ("first", "last", "leavers", "there"),
    [
        ("", "2025-09-30", 0, 0),  # the day before
        ("", "2025-10-01", 1, 0.5),  # the first day is the last
        ("", "2025-12-30", 1, 0.5),
        ("", "2025-12-31", 1, 1),  # there all the time
        ("", "2026-01-01", 0, 1),
        ("2025-10-01", "", 0, 1),
        ("2025-10-02", "", 0, 0.5),
        ("2025-12-31", "", 0, 0.5),
        ("2026-01-01", "", 0, 0),
        ("2025-10-02", "2025-12-30", 1, 0),  # came and went in between
    ],
)
def test_the_first_and_the_last_day_of_a_period_and_of_a_person_are_days_of_both(turnover, first, last, leavers, there):
    """Beside one who stays and one who left long ago."""
    found = turnover(("East", "", ""), ("East", "", "2024-01-01"), ("East", first, last))
    assert found == {"2025Q4": (pytest.approx(leavers / (1 + there)), 1 + there)}


def test_where_nobody_was_there_on_either_day_there_is_no_turnover(turnover):
    """Of West nobody is left; in the South one came and went in between."""
    rows = ("East", "", ""), ("West", "", "2025-06-30"), ("South", "2025-11-01", "2025-11-30")
    found = turnover(*rows, by="region")
    assert found["East"] == (0, 1)
    for region in ("West", "South"):
        assert found[region] == (pytest.approx(np.nan, nan_ok=True), 0)


def test_the_company_is_its_people_together_and_no_mean_of_its_regions(turnover):
    rows = ("East", "", "2025-11-01"), ("East", "", ""), ("West", "", ""), ("West", "", ""), ("West", "", "")
    assert turnover(*rows, by="region") == {"East": (1 / 1.5, 1.5), "West": (0, 3)}
    assert turnover(*rows) == {"2025Q4": (1 / 4.5, 4.5)}


def test_a_single_rep_has_no_turnover(kpis_of):
    reps = "rep_id,rep,region,end_date\nr1,Ann,East,2025-11-01\nr2,Bo,East,\n"
    rows = kpis_of({"reps": reps, "orders": ORDERS}, "rep")
    assert rows["staff_turnover"].isna().all() and (rows["staff_turnover_n"] == 0).all()


def test_where_no_last_day_is_told_nothing_is_known_of_who_left(kpis_of):
    reps = "rep_id,rep,region,start_date\nr1,Ann,East,2025-11-01\n"
    row = kpis_of({"reps": reps, "orders": ORDERS}).iloc[0]
    assert row[["staff_turnover", "staff_turnover_n"]].isna().all()
