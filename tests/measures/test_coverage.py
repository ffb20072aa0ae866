"""A period is whole where the export reaches its last day; days without a row at its end may be a pause."""

from datetime import date, timedelta

import pytest

from salesperf.errors import RequestError
from salesperf.measures.coverage import as_of, is_whole, last_day, reaches_end
from salesperf.measures.planning.pacing import elapsed
from salesperf.periods import parse_period

REPS = "rep_id,rep,region\nr1,Ann,East\n"
Q4 = parse_period("2025Q4")


def orders(*days: str) -> str:
    rows = [f"o{number},r1,a,{day},10" for number, day in enumerate(days)]
    return "\n".join(["order_id,rep_id,account_id,date,amount", *rows])


def daily(first: str, last: str, *, without: int = 0) -> list[str]:
    """Every day from the first to the last, but for so many before the last week."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    days = [begin + timedelta(days=number) for number in range((end - begin).days + 1)]
    pause = [end - timedelta(days=7 + number) for number in range(without)]
    return [str(day) for day in days if day not in pause]


@pytest.mark.parametrize(
    ("last", "pause", "is_reached"),
    [
        ("2025-12-31", 0, True),
        ("2026-01-02", 0, True),
        ("2025-12-30", 0, False),  # sells every day
        ("2025-12-30", 1, True),
        ("2025-12-29", 1, False),
        ("2025-12-29", 2, True),  # a weekend
        ("2025-12-24", 7, True),
        ("2025-12-24", 30, True),  # 7 days lack, which is the most
        ("2025-12-23", 30, False),
    ],
)
def test_days_that_lack_at_the_end_are_no_more_than_the_longest_pause(company_of, last, pause, is_reached):
    company = company_of({"reps": REPS, "orders": orders(*daily("2025-01-01", last, without=pause))})
    assert last_day(company) == date.fromisoformat(last)
    assert (reaches_end(company, Q4), is_whole(company, Q4)) == (is_reached, is_reached)
    assert as_of(company, Q4) == (Q4.end if is_reached else date.fromisoformat(last))
    days = 92 if is_reached else 92 - (Q4.end - date.fromisoformat(last)).days
    assert elapsed(company, Q4).share == days / 92


def test_a_pause_of_more_than_a_year_ago_is_none(company_of):
    long_ago = ["2024-10-01", "2024-10-05"]
    company = company_of({"reps": REPS, "orders": orders(*long_ago, *daily("2024-11-01", "2025-12-29"))})
    assert not reaches_end(company, Q4)


@pytest.mark.parametrize(
    ("table", "rows", "is_reached"),
    [
        ("activities", "rep_id,date,kind\nr1,2025-12-31,call\n", True),
        ("surveys", "date,score\n2025-12-31,\n", True),
        ("opportunities", "opportunity_id,rep_id,status,created,closed\nd1,r1,open,2025-12-31,2026-02-01\n", True),
        ("opportunities", "opportunity_id,rep_id,status,created,closed\nd1,r1,open,2025-11-01,2026-02-01\n", False),
        ("actions", "rep_id,date,action,due\nr1,2025-11-01,call,2026-01-31\n", False),
        ("targets", "level,name,period,kpi,target\ncompany,,2026,revenue,5\n", False),
    ],
    ids=["activity", "survey", "deal", "due date", "due action", "target"],
)
def test_any_dated_table_tells_how_far_the_export_reaches_but_no_plan_does(company_of, table, rows, is_reached):
    company = company_of({"reps": REPS, "orders": orders(*daily("2025-09-01", "2025-12-02")), table: rows})
    assert reaches_end(company, Q4) is is_reached


def test_as_of_of_the_client_file_rules(company_of):
    tables = {"reps": REPS, "orders": orders("2025-01-05", "2025-10-05", "2025-11-05", "2025-12-05")}
    assert elapsed(company_of(tables), Q4).share == 66 / 92
    over = company_of(tables, as_of="2025-12-31")
    assert (is_whole(over, Q4), elapsed(over, Q4).share, as_of(over, Q4)) == (True, 1, Q4.end)
    nearly = company_of(tables, as_of="2025-12-30")  # a pause is none where the day is said
    assert (is_whole(nearly, Q4), as_of(nearly, Q4)) == (False, date(2025, 12, 30))
    with pytest.raises(RequestError, match=r"as_of: expected a day from 2025-12-05 on, .* got 2025-12-04; correct it"):
        last_day(company_of(tables, as_of="2025-12-04"))


@pytest.mark.parametrize(
    ("period", "whole"),
    [("2024-02", True), ("2024Q1", False), ("2024Q2", True), ("2025-11", True), ("2025Q4", False), ("2024", False)],
)
def test_a_period_is_whole_from_the_export_s_first_month_to_a_day_that_it_reaches(company_of, period, whole):
    company = company_of({"reps": REPS, "orders": orders("2024-02-10", "2025-11-29", "2025-11-27")})
    assert is_whole(company, parse_period(period)) is whole


def test_without_a_day_nothing_is_whole(company_of):
    company = company_of({"reps": REPS, "orders": orders("2024-02-10", "2025-11-30")})
    assert not is_whole(company, parse_period("2025Q3"), "surveys.date")
    undated = company_of({"reps": REPS, "opportunities": "opportunity_id,rep_id,status\nd1,r1,won\n"})
    assert not is_whole(undated, Q4)
    assert elapsed(undated, Q4).day is None
