from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.errors import DataError, RequestError
from salesperf.periods import Period, parse_period, parse_periods

YEARS = st.integers(1000, 2999)
LABELS = st.one_of(
    YEARS.map(str),
    st.builds("{}H{}".format, YEARS, st.integers(1, 2)),
    st.builds("{}Q{}".format, YEARS, st.integers(1, 4)),
    st.builds("{}-{:02}".format, YEARS, st.integers(1, 12)),
)
FISCAL_STARTS = st.integers(-10, 12)
PERIODS = st.builds(parse_period, LABELS, FISCAL_STARTS)
RECENT = st.builds(parse_period, st.sampled_from(["2024", "2023H2", "2024Q1", "2024-02", "2023-12"]), FISCAL_STARTS)


@pytest.mark.parametrize(
    ("text", "fiscal_year_start", "first_day", "last_day"),
    [
        ("2025-11", 1, date(2025, 11, 1), date(2025, 11, 30)),
        ("2025-12", 1, date(2025, 12, 1), date(2025, 12, 31)),
        ("2024-02", 1, date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-02", 1, date(2025, 2, 1), date(2025, 2, 28)),
        ("2025Q1", 1, date(2025, 1, 1), date(2025, 3, 31)),
        ("2025Q4", 1, date(2025, 10, 1), date(2025, 12, 31)),
        ("2025H1", 1, date(2025, 1, 1), date(2025, 6, 30)),
        ("2025H2", 1, date(2025, 7, 1), date(2025, 12, 31)),
        ("2025", 1, date(2025, 1, 1), date(2025, 12, 31)),
        ("2025-11", 4, date(2025, 11, 1), date(2025, 11, 30)),
        ("2025Q1", 4, date(2025, 4, 1), date(2025, 6, 30)),
        ("2025Q4", 4, date(2026, 1, 1), date(2026, 3, 31)),
        ("2025H2", 4, date(2025, 10, 1), date(2026, 3, 31)),
        ("2025", 4, date(2025, 4, 1), date(2026, 3, 31)),
        ("2023Q1", 12, date(2023, 12, 1), date(2024, 2, 29)),
        ("2023", 12, date(2023, 12, 1), date(2024, 11, 30)),
        ("2026Q1", -10, date(2025, 2, 1), date(2025, 4, 30)),
        ("2026H2", -10, date(2025, 8, 1), date(2026, 1, 31)),
        ("2026", -10, date(2025, 2, 1), date(2026, 1, 31)),
        ("2024", 0, date(2023, 12, 1), date(2024, 11, 30)),
        ("2026-02", -10, date(2026, 2, 1), date(2026, 2, 28)),
    ],
)
def test_a_period_runs_from_its_first_to_its_last_day(text, fiscal_year_start, first_day, last_day):
    period = parse_period(text, fiscal_year_start)
    assert (period.start, period.end) == (first_day, last_day)


@pytest.mark.parametrize("text", ["2025Q4", "2025-11", "2025H2", "2025"])
def test_a_period_is_printed_as_it_was_written(text):
    assert str(parse_period(text)) == parse_period(text).label == text


def test_a_year_read_as_a_number_is_a_year():
    assert parse_period(2025) == parse_period("2025")


def test_space_around_a_period_does_not_matter():
    assert parse_period(" 2025Q4\n") == parse_period("2025Q4")


REFUSED = "period: expected a form such as 2025Q4, 2025-11, 2025H2 or 2025, got"

# fmt: off
NOT_PERIODS = [
    "", "0", "0000", "0000Q1", "0999", "3025Q1", "25Q1",
    "202", "20251", "2025Q", "2025Q0", "2025Q5", "2025Q11", "2025q1",
    "2025 Q1", "Q1 2025", "2025-Q1", "2025H0", "2025H3", "2025-0", "2025-1",
    "2025-00", "2025-13", "2025-11-01", "2025/11", "-2025", "2025.0", "2025M1",
    "2025Y", "２０２５Q1", "2025Q１", "2025-１１", "٢٠٢٥", "2025年", "2025Q1\n2025Q2",
    "latest", "None",
]
# fmt: on


@pytest.mark.parametrize("text", NOT_PERIODS)
def test_what_is_not_a_period_is_refused_with_the_forms_that_are(text):
    with pytest.raises(RequestError) as caught:
        parse_period(text)
    assert str(caught.value) == f"{REFUSED} {text!r}"
    assert caught.value.exit_code == 2


@given(st.text() | st.text("0129QH- ", max_size=9))
def test_any_text_is_a_period_or_refused(text):
    try:
        said = parse_period(text).label
    except RequestError as error:
        said = str(error)
    assert said in (text.strip(), f"{REFUSED} {text!r}")


def test_a_bad_period_in_the_data_is_an_error_of_the_data():
    with pytest.raises(DataError) as caught:
        parse_period("2025Q5", error=DataError)
    assert caught.value.exit_code == 3


@given(LABELS, FISCAL_STARTS)
def test_every_period_reads_back_from_its_label(label, fiscal_year_start):
    period = parse_period(label, fiscal_year_start)
    assert period.label == label
    assert parse_period(period.label, fiscal_year_start) == period


@given(PERIODS)
def test_the_months_tile_the_period(period):
    months = period.months()
    assert len(months) == period.length
    assert (months[0].start, months[-1].end) == (period.start, period.end)
    assert all(later.start == month.end + timedelta(days=1) for month, later in pairwise(months))


@pytest.mark.parametrize(("part", "parts"), [("{}Q{}", 4), ("{}H{}", 2)])
@given(year=YEARS, fiscal_year_start=FISCAL_STARTS)
def test_quarters_and_halves_tile_the_fiscal_year(part, parts, year, fiscal_year_start):
    whole = parse_period(year, fiscal_year_start)
    pieces = [parse_period(part.format(year, number), fiscal_year_start) for number in range(1, parts + 1)]
    assert [month for piece in pieces for month in piece.months()] == whole.months()


@given(PERIODS)
def test_the_period_before_ends_the_day_before(period):
    assert period.before().end == period.start - timedelta(days=1)
    assert period.before().length == period.length


@given(PERIODS, st.integers(0, 50), st.integers(0, 50))
def test_steps_back_add_up(period, some, more):
    assert period.before(some).before(more) == period.before(some + more)
    assert period.before(0) == period


@given(PERIODS)
def test_the_year_before_starts_in_the_same_month_one_year_earlier(period):
    before = period.year_before
    assert (before.start.year, before.start.month) == (period.start.year - 1, period.start.month)
    assert before.length == period.length


@pytest.mark.parametrize(
    ("label", "before"),
    [("2025Q1", "2024Q1"), ("2025-01", "2024-01"), ("2025H2", "2024H2"), ("2025", "2024")],
)
def test_the_year_before_has_the_same_name_with_the_year_before(label, before):
    assert parse_period(label, 4).year_before.label == before


@given(RECENT, st.integers(1, 30))
def test_a_trail_is_contiguous_and_ends_with_the_period(period, count):
    trail = period.trailing(count)
    assert len(trail) == count
    assert trail[-1] == period
    assert all(earlier.end + timedelta(days=1) == later.start for earlier, later in pairwise(trail))
    assert trail == sorted(trail)


def test_a_trail_crosses_the_turn_of_the_fiscal_year():
    labels = [period.label for period in parse_period("2025Q2", 4).trailing(4)]
    assert labels == ["2024Q3", "2024Q4", "2025Q1", "2025Q2"]


def test_a_trail_of_none_is_empty():
    assert parse_period("2025Q2").trailing(0) == []


@given(RECENT)
def test_the_history_of_a_period_ends_with_it_and_holds_its_year_before(period):
    history = period.history()
    assert history == period.trailing(len(history))
    assert period.year_before in history


@given(RECENT, RECENT)
def test_a_period_contains_another_when_all_its_days_are_in_it(one, other):
    assert one.contains(other) == (one.start <= other.start and other.end <= one.end)


def test_a_quarter_contains_its_months_and_itself_but_not_the_next_month():
    quarter = parse_period("2025Q1", 4)
    contained = [month for month in range(1, 13) if quarter.contains(parse_period(f"2025-{month:02}"))]
    assert contained == [4, 5, 6]
    assert quarter.contains(quarter)
    assert not quarter.contains(parse_period("2025", 4))


def test_january_2025_is_the_24300th_month():
    assert parse_period("2025-01") == Period(first=24300, length=1)


def test_periods_sort_by_time():
    labels = ["2025-02", "2024Q4", "2025-01", "2023"]
    assert [str(period) for period in sorted(map(parse_period, labels))] == [
        "2023",
        "2024Q4",
        "2025-01",
        "2025-02",
    ]


@pytest.mark.parametrize(
    ("text", "start", "labels"),
    [
        ("2025Q4", 1, ["2025Q4"]),
        ("2025Q3:2026Q1", 1, ["2025Q3", "2025Q4", "2026Q1"]),
        (" 2025-11 : 2026-01 ", 1, ["2025-11", "2025-12", "2026-01"]),
        ("2024H2:2025H1", 4, ["2024H2", "2025H1"]),
        ("2023:2025", 1, ["2023", "2024", "2025"]),
        ("2025Q1:2025Q1", 1, ["2025Q1"]),
    ],
)
def test_a_run_names_its_periods_from_the_first_to_the_last(text, start, labels):
    periods = parse_periods(text, start)
    assert [one.label for one in periods] == labels
    assert {one.fiscal_year_start for one in periods} == {start}


@pytest.mark.parametrize("text", ["2025Q4:2025Q3", "2025Q1:2025-12", "2024:2025H2"])
def test_a_run_of_unequal_periods_or_backwards_is_refused(text):
    with pytest.raises(RequestError) as caught:
        parse_periods(text)
    assert str(caught.value) == (
        f"period: expected a run of equal periods, the earlier first, such as 2024Q1:2025Q4, got {text!r}"
    )


@pytest.mark.parametrize("text", ["2025Q5", ":2025Q4", "2025Q4:", "2025Q1:2025Q2:2025Q3", "", ":", "2025Q1-2025Q4"])
def test_what_is_neither_a_period_nor_a_run_is_refused(text):
    with pytest.raises(RequestError, match=REFUSED):
        parse_periods(text)


@given(RECENT, st.integers(1, 30))
def test_a_run_is_the_trail_of_its_last_period(period, count):
    trail = period.trailing(count)
    assert parse_periods(f"{trail[0]}:{trail[-1]}", period.fiscal_year_start) == trail
