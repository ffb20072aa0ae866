"""Calendars of a client's own: which days a month has, and what rows of a table of periods may not say."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.calendars import USUAL, Calendar
from salesperf.errors import RequestError
from salesperf.params import read_client
from salesperf.periods import parse_period

WEEKS = (4, 4, 5) * 3 + (4, 4, 6)  # 2025 has 53 weeks


def retail(first_day, *weeks):
    """Months from 2025-01 on, each of so many weeks."""
    starts = [first_day]
    for week in weeks:
        starts.append(starts[-1] + timedelta(weeks=week))
    return Calendar(2025 * 12, tuple(starts))


CALENDARS = [USUAL, retail(date(2024, 12, 29), *WEEKS), retail(date(2025, 2, 2), *WEEKS), retail(date(2025, 1, 5), 4)]
DAYS = st.dates(date(2023, 1, 1), date(2028, 12, 31))


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)))
def test_a_day_lies_in_the_month_that_its_period_counts(day):
    assert USUAL.month_of(day) == parse_period(f"{day:%Y-%m}").first


@given(st.sampled_from(CALENDARS), DAYS)
def test_every_day_lies_in_one_month_from_its_first_day_on(calendar, day):
    month = calendar.month_of(day)
    assert calendar.first_day(month) <= day < calendar.first_day(month + 1)


@given(st.sampled_from(CALENDARS), st.lists(DAYS, min_size=1))
def test_the_engine_counts_months_as_python_does(calendar, days):
    rows = ", ".join(f"(DATE '{day}')" for day in days)
    with duckdb.connect() as con:
        told = con.execute(f"SELECT {calendar.month_sql('day')} FROM (VALUES {rows}, (NULL)) AS of (day)").fetchall()
    assert [month for (month,) in told] == [*map(calendar.month_of, days), None]


def test_a_year_of_53_weeks_is_all_its_months():
    calendar = CALENDARS[1]
    year = parse_period("2025", 1, calendar)
    assert (year.start, year.end, year.days) == (date(2024, 12, 29), date(2026, 1, 3), 53 * 7)
    assert sum(month.days for month in year.months()) == year.days
    assert [parse_period(f"2025Q{number}", 1, calendar).days // 7 for number in (1, 2, 3, 4)] == [13, 13, 13, 14]
    assert (year.before().end, year.before(-1).start) == (date(2024, 12, 28), date(2026, 1, 4))


CLIENT = "client: Weeks\nsource: {reps: reps.csv, orders: orders.csv}\n"


@pytest.fixture
def client_with(tmp_path):
    def written(calendar, **settings):
        settings = {"period": "2025Q4"} | settings
        (tmp_path / "calendar.csv").write_text(calendar, "utf-8")
        text = CLIENT + "calendar: calendar.csv\n" + "".join(f"{key}: {value}\n" for key, value in settings.items())
        (tmp_path / "client.yml").write_text(text, "utf-8")
        return read_client(tmp_path / "client.yml")

    return written


def test_own_names_are_understood_and_printed_while_labels_stay(client_with):
    client = client_with("Name, First ,last,period\nHerbst <b>,2025-09-28,2025-12-27,2025Q4\n", period="Herbst <b>")
    assert (client.period.label, client.period.start) == ("2025Q4", date(2025, 9, 28))
    assert client.voice("headline_sold", region="East", revenue="1", period=client.period) == (
        "East sold 1 in Herbst <b>"
    )
    assert client.voice.span(client.period.before(), client.period) == "2025Q3 – Herbst <b>"


def test_months_of_a_fiscal_year_are_those_of_its_labels(client_with):
    """With years that start in February and are named by their end, 2026Q1 is February to April 2025."""
    settings = {"fiscal_year_start": 2, "fiscal_year_named": "end", "period": "2026Q1"}
    client = client_with("name,first,last\n2026Q1,2025-02-02,2025-05-03\n", **settings)
    assert (client.period.start, client.period.end) == (date(2025, 2, 2), date(2025, 5, 3))
    assert [str(month) for month in client.period.months()] == ["2025-02", "2025-03", "2025-04"]
    assert [month.days for month in client.period.months()] == [28, 28, 35]


OCTOBER = "2025-10,2025-09-28,2025-10-25\n"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (f"{OCTOBER}2025-11,2025-10-27,2025-11-22", "2025-11 to begin on the day after 2025-10 ends, 2025-10-25, got"),
        (f"{OCTOBER}2025-11,2025-10-25,2025-11-22", "got 2025-10-25; correct the rows"),
        (f"{OCTOBER}2025-12,2025-10-26,2025-11-22", "every month from 2025-10 to 2025-12, got none of 1 between"),
        (f"{OCTOBER}2025Q4,2025-09-28,2025-12-27", "the days of its three months for 2025Q4, or none of these"),
        ("2025Q4,2025-09-28,2025-11-01", "at least 9 weeks, got 2025-09-28 to 2025-11-01"),
        ("2025,2024-12-29,2025-12-27", ":2: calendar: expected a month or a quarter from its first to its last day"),
        ("2025-10,2025-10-25,2025-09-28", "got 2025-10 from 2025-10-25 to 2025-09-28"),
        ("P10,2025-09-28,2025-10-25", ":2: calendar: period: expected a form such as 2025Q4"),
        (f"{OCTOBER}2025-10,2025-10-26,2025-11-22", ":3: calendar: expected 2025-10 once, got it twice"),
        ("2025-10,28/09/2025,2025-10-25", ":2: first: expected"),
        ("2025-10,2025-09-28,2025-10-25,x", ":2: expected 3 values, got more"),
        ("", "expected rows with name, first and last, got none"),
    ],
)  # fmt: skip
def test_what_rows_may_not_say_is_told_with_its_line(client_with, rows, told):
    with pytest.raises(RequestError) as error:
        client_with(f"name,first,last\n{rows}\n")
    assert told in str(error.value) and "calendar" in str(error.value)


def test_a_calendar_that_is_not_there_is_named(tmp_path):
    (tmp_path / "client.yml").write_text(CLIENT + "period: 2025Q4\ncalendar: weeks.csv\n", "utf-8")
    with pytest.raises(RequestError, match=r"client.yml:4: calendar: expected a CSV file at .*weeks.csv"):
        read_client(tmp_path / "client.yml")


def test_the_calendar_in_the_docs_is_a_quarter_of_thirteen_weeks(client_with):
    page = (Path(__file__).parents[1] / "docs" / "client_file.md").read_text(encoding="utf-8")
    client = client_with(page.partition("```csv\n")[2].partition("```")[0], period="Q4 FY25")
    assert (client.period.days, [client.voice.period(one) for one in client.period.months()]) == (
        91,
        ["P10", "P11", "P12"],
    )


def test_targets_and_reviews_may_bear_the_client_s_names_for_periods(company_of):
    calendar = [
        {"name": f"P{place}", "first": first, "last": last, "period": f"2025-{place}"}
        for place, first, last in [
            (10, date(2025, 9, 28), date(2025, 10, 25)),
            (11, date(2025, 10, 26), date(2025, 11, 22)),
            (12, date(2025, 11, 23), date(2025, 12, 27)),
        ]
    ]
    company = company_of(
        {
            "reps": "rep_id,rep,region\nr1,Ann,East\n",
            "orders": "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-09-28,50\no2,r1,b,2025-12-27,20\n",
            "targets": "level,name,period,kpi,target\nrep,r1,P10,revenue,100\nrep,r1,2025-11,revenue,10\n"
            "rep,r1,P12,revenue,10\n",
            "key_results": "rep_id,period,objective,key_result,target,actual\nr1,P12,o,k,10,5\n",
        },
        calendar=calendar,
    )
    rows = company.kpis("rep", ["2025-10", "2025-12", "2025Q4"]).set_index("period")
    assert rows["revenue_attainment"].to_dict() == {"2025-10": 0.5, "2025-12": 2.0, "2025Q4": 70 / 120}
    assert rows.loc["2025-12", "key_results"] == 0.5
