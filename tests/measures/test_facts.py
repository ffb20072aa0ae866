"""Facts: whom and when a row counts for, sums that are exact, and distinct values over any run of months."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from salesperf.calendars import USUAL
from salesperf.measures import table_facts
from salesperf.measures.facts import (
    WORD,
    Bits,
    Cells,
    Staff,
    bits,
    cells,
    months,
    staff_of,
    whole_numbers,
)
from salesperf.measures.kpi import Filter, Measure
from salesperf.periods import parse_period

REPS = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,West,\n"
ORDERS = """order_id,rep_id,account_id,date,amount,region
o1,r1,a,2025-10-01,5,
o2,r1,a,2025-12-31,7,West
o3,who,b,2025-12-31,11,
o4,who,b,2025-09-30,13,North
o5,r2,b,2026-01-01,17,
"""
DEALS = """opportunity_id,rep_id,status,account_id,created,closed,amount
d1,r1,won,a,2025-01-01,2025-10-05,100
d2,r1,won,a,2025-01-01,,200
d3,r2,lost,b,2025-01-01,2025-12-05,300
d4,r2,open,b,2025-01-01,2026-03-31,400
"""
REVIEWS = """rep_id,period,criterion,rating,rater
r1,2025Q1,p,1,A
r1,2025Q2,p,2,A
r1,2025Q3,p,4,A
r2,2025Q3,p,8,B
"""
SOLD = Measure("sales", "date", "sum", "credited")
ORDERED = Measure("sales", "date", "count")
BOUGHT = Measure("sales", "date", "distinct", "account_id", orders_only=True)
PERIODS = [parse_period(text) for text in ("2025Q3", "2025Q4", "2025-12", "2026-01")]


@pytest.fixture(scope="module")
def tables(company_of):
    written = {"reps": REPS, "orders": ORDERS, "opportunities": DEALS, "assessments": REVIEWS}
    return company_of(written, definitions={"rating_scale": [1, 10]}, credit="deal").tables


def told(counts, measure):
    """For each window what an entity has of a measure, without those who have nothing."""
    rows = counts.values[measure].tolist()
    return [{key: value for key, value in zip(counts.keys, row, strict=True) if value} for row in rows]


@pytest.mark.parametrize(
    ("by", "sold"),
    [
        ("company", [{(): 13}, {(): 23}, {(): 18}, {(): 17}]),
        (
            "region",
            [{("North",): 13}, {("",): 11, ("East",): 5, ("West",): 7}, {("",): 11, ("West",): 7}, {("West",): 17}],
        ),
        (
            "team",
            [
                {("", ""): 13},
                {("", ""): 11, ("East", "One"): 12},
                {("", ""): 11, ("East", "One"): 7},
                {("West", ""): 17},
            ],
        ),
        (
            "rep",
            [
                {("", "", "who"): 13},
                {("", "", "who"): 11, ("East", "One", "r1"): 12},
                {("", "", "who"): 11, ("East", "One", "r1"): 7},
                {("West", "", "r2"): 17},
            ],
        ),
    ],
)
def test_a_region_has_what_is_written_on_it_and_a_team_and_a_rep_all_that_is_theirs(tables, by, sold):
    """The first and the last day of a period belong to it: o1 on October 1, o2 and o3 on December 31."""
    found = cells(tables, "sales", "rep", {"date": [SOLD]})["date"]
    assert told(found.over(staff_of(tables), by, months(PERIODS), [SOLD]), SOLD) == sold


def test_facts_without_reps_are_the_same_for_regions_and_the_company(tables):
    fine, coarse = (cells(tables, "sales", grain, {"date": [SOLD]})["date"] for grain in ("rep", "region"))
    assert {rep for _, rep in coarse.places} == {""}
    for by in ("company", "region"):
        parts = [one.over(staff_of(tables), by, months(PERIODS), [SOLD]) for one in (fine, coarse)]
        assert told(parts[0], SOLD) == told(parts[1], SOLD)


def test_who_has_a_row_in_a_window_is_there_though_its_sum_is_none(company_of):
    orders = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,5\no2,r1,a,2025-10-02,-5\n"
    orders += "o3,r2,a,2025-11-01,0\n"
    tables = company_of({"reps": REPS, "orders": orders}).tables
    found = cells(tables, "sales", "rep", {"date": [SOLD, ORDERED]})["date"]
    asked = found.over(staff_of(tables), "rep", months([parse_period("2025-10"), parse_period("2025-11")]), [SOLD])
    assert asked.there.tolist() == [[True, False], [False, True]]
    assert asked.values[SOLD].tolist() == [[0, 0], [0, 0]]


def test_a_measure_that_was_not_asked_for_is_not_told(tables):
    found = cells(tables, "sales", "rep", {"date": [SOLD]})["date"]
    assert list(found.over(staff_of(tables), "company", months(PERIODS), [SOLD, ORDERED]).values) == [SOLD]


def test_a_row_is_placed_by_each_of_its_days_and_where_it_has_none_nowhere(tables):
    """d2 has no close, d4 an expected one; all were created in January."""
    days = {day: [Measure("opportunities", day, "sum", "amount")] for day in ("created", "closed", "due")}
    found = cells(tables, "opportunities", "rep", days)
    year = months([parse_period("2025"), parse_period("2026")])
    sums = {
        day: found[day].over(staff_of(tables), "company", year, measures).values[measures[0]].ravel().tolist()
        for day, measures in days.items()
    }
    assert sums == {"created": [1000, 0], "closed": [400, 0], "due": [0, 400]}


def test_what_lies_before_a_period_is_that_of_so_many_months_earlier():
    assert months([parse_period("2025Q1")], before=12) == [[(24288, 24290)]]
    assert months([parse_period("2025Q1")]) == [[(24300, 24302)]]


def test_rows_that_bear_a_period_have_their_cells_among_those_borne(tables):
    """2025Q1 and 2025Q3 without the quarter in between: 1 and 4 of r1, 8 of r2."""
    rated = Measure("assessments", "period", "sum", "rating")
    assert tables.texts("assessments", "period") == ["2025Q1", "2025Q2", "2025Q3"]
    found = cells(tables, "assessments", "rep", {"period": [rated]})["period"]
    windows = [[(0, 0), (2, 2)], [(1, 1)], [], [(0, 2)]]
    assert told(found.over(staff_of(tables), "rep", windows, [rated]), rated) == [
        {("East", "One", "r1"): 5, ("West", "", "r2"): 8},
        {("East", "One", "r1"): 2},
        {},
        {("East", "One", "r1"): 7, ("West", "", "r2"): 8},
    ]


# Sums by arithmetic on cells: what must hold whatever the cells.

HOMES = Staff({"r1": ("East", "One"), "r2": ("East", "One"), "r3": ("West", "")})
PLACES = [("East", "r1"), ("East", "r2"), ("West", "r1"), ("West", "r3"), ("", "who"), ("North", "who")]
ROW = st.tuples(st.integers(0, 5), st.integers(90, 110), st.integers(-(2**40), 2**40))
WINDOW = st.lists(st.integers(85, 115), max_size=4, unique=True).map(
    lambda ends: [(first, first + 2) for first in sorted(ends)[::3]]
)


def cells_of(rows, dtype=np.int64):
    place, cell, amount = (np.array(column) for column in zip(*rows, strict=True))
    return Cells(PLACES, place, cell, {SOLD: amount.astype(dtype)}, {SOLD: 100})


@given(
    st.lists(ROW, min_size=1, max_size=40),
    st.lists(WINDOW, min_size=1, max_size=4),
    st.sampled_from(["company", "region", "team", "rep"]),
    st.randoms(use_true_random=False),
)
@settings(deadline=None)
def test_a_window_has_the_sum_of_its_cells_however_the_rows_are_ordered(rows, windows, by, chance):
    mixed = chance.sample(rows, len(rows))
    found, other = (cells_of(one).over(HOMES, by, windows, [SOLD]) for one in (rows, mixed))
    np.testing.assert_array_equal(found.values[SOLD], other.values[SOLD])
    for number, window in enumerate(windows):
        for place, key in enumerate(found.keys):
            mine = [
                amount
                for one, cell, amount in rows
                if HOMES.entity(by, *PLACES[one]) == key and any(first <= cell <= last for first, last in window)
            ]
            assert found.values[SOLD][number, place] == sum(mine) / 100
            assert found.there[number, place] == bool(mine)


def test_cells_of_some_places_alone_are_those():
    found = cells_of([(0, 100, 500), (2, 100, 700), (3, 101, 1100)]).only([place == "West" for place, _ in PLACES])
    assert told(found.over(HOMES, "rep", [[(90, 110)]], [SOLD]), SOLD) == [
        {("East", "One", "r1"): 7, ("West", "", "r3"): 11}
    ]
    nothing = found.only([False] * 6).over(HOMES, "region", [[(90, 110)]], [SOLD])
    assert told(nothing, SOLD) == [{}] and not nothing.there.any()


@given(st.lists(st.integers(-(2**60), 2**60), min_size=1, max_size=6), st.sampled_from([1, 100, 10_000]))
@example([2**53 + 1, 2**55], 10_000)
def test_a_sum_is_rounded_once_however_large_it_is(amounts, scale):
    """Beyond 2⁵³ not every whole number is a float, so that dividing one that was rounded would round twice."""
    exact = np.array(amounts, dtype=object)
    found = Cells([("", "")], np.zeros(len(exact), int), np.full(len(exact), 7), {SOLD: exact}, {SOLD: scale})
    sums = [found.over(HOMES, "company", [[(7, 7)]], [SOLD]).values[SOLD][0, 0]]
    if abs(sum(amounts)) < 2**62 and sum(map(abs, amounts)) < 2**62:
        small = Cells(found.places, found.place, found.cell, {SOLD: exact.astype(np.int64)}, {SOLD: scale})
        sums.append(small.over(HOMES, "company", [[(7, 7)]], [SOLD]).values[SOLD][0, 0])
    assert sums == [float(Fraction(sum(amounts), scale))] * len(sums)


# Whole numbers of the engine's answer.

DECIMALS = st.lists(st.one_of(st.none(), st.decimals(-(10**13), 10**13, places=4)), min_size=1, max_size=20)


@given(DECIMALS, st.integers(0, 5))
def test_decimals_are_whole_multiples_of_their_last_place_and_none_is_0(amounts, cut):
    column = pa.chunked_array([pa.array(amounts, pa.decimal128(38, 4))]).slice(min(cut, len(amounts) - 1))
    values, scale = whole_numbers(column)
    assert scale == 10_000
    assert values.tolist() == [int((one or 0) * 10_000) for one in amounts[min(cut, len(amounts) - 1) :]]


def test_where_all_of_them_fit_into_64_bits_they_are_such_and_else_they_are_pythons_integers():
    small, large = ([Decimal(one)] * 3 for one in (2**60, 2**62))
    for amounts, dtype in ((small, np.int64), (large, object)):
        values, _ = whole_numbers(pa.chunked_array([pa.array(amounts, pa.decimal128(38, 0))]))
        assert values.dtype == dtype and sum(values.tolist()) == sum(amounts)
    huge = [Decimal(10**30), Decimal(-(10**30)), Decimal(-1), None]
    values, scale = whole_numbers(pa.chunked_array([pa.array(huge, pa.decimal128(38, 4))]))
    assert (values.tolist(), scale) == ([10**34, -(10**34), -(10**4), 0], 10_000)


def test_integers_are_themselves_and_none_is_0():
    values, scale = whole_numbers(pa.chunked_array([pa.array([3, None, -1])]))
    assert (values.tolist(), scale) == ([3, 0, -1], 1)


def test_an_amount_that_no_64_bits_hold_together_leaves_no_rest(kpis_of):
    """20 sales of 99,999,999,999,999.99 are 2 · 10¹⁹ ten-thousandths; all but a cent is paid back."""
    amounts = ["99999999999999.99"] * 20 + ["-99999999999999.99"] * 19 + ["-99999999999999.98"]
    orders = [
        {"order_id": place, "rep_id": "r1", "account_id": "a", "date": f"2025-{10 + place // 20}-01", "amount": one}
        for place, one in enumerate(amounts)
    ]
    for rows in (orders, Random(0).sample(orders, 40)):
        told = kpis_of({"reps": REPS, "orders": rows}, periods=["2025-10", "2025Q4"]).set_index("period")["revenue"]
        assert told.to_dict() == {"2025-10": float(20 * Decimal("99999999999999.99")), "2025Q4": 0.01}


# Distinct values over runs of months: a bit for each month, in words of 62.

MONTHS = 2 * WORD + 17
FIRST = date(2015, 1, 1)
VISITS = [
    {
        "rep_id": chance.choice(["r1", "r2", "who"]),
        "account_id": chance.choice(["", *"abcdef"]),
        "date": (pd.Timestamp(FIRST) + pd.DateOffset(months=chance.choice([0, 61, 62, 123, 124, MONTHS - 1]))).date(),
        "amount": chance.choice([-1, 5]),
        "region": chance.choice(["", "East", "North"]),
    }
    for chance in [Random(7)]
    for _ in range(60)
] + [{"rep_id": "r1", "account_id": "z", "date": pd.Timestamp(FIRST) + pd.DateOffset(months=MONTHS - 1), "amount": 1}]


@pytest.fixture(scope="module")
def long(company_of):
    """The facts of more months than two words hold, with sales on both sides of every seam."""
    rows = [one | {"order_id": place, "date": str(one["date"])[:10]} for place, one in enumerate(VISITS)]
    tables = company_of({"reps": REPS, "orders": rows}, credit="deal").tables
    found = bits(tables, BOUGHT, ["company", "region", "team", "rep"], staff_of(tables))
    assert found["company"].words.shape[1] == 3
    return lambda: (tables, found)  # a fixture that says little of itself where Hypothesis shows it


SEAMS = [0, 1, 60, 61, 62, 63, 122, 123, 124, 125, MONTHS - 2, MONTHS - 1, MONTHS, -3, 150]
RUN = st.tuples(st.sampled_from(SEAMS), st.sampled_from(SEAMS)).map(sorted).map(tuple)


@given(st.lists(RUN, max_size=2))
@settings(max_examples=60, deadline=None)
def test_pandas_agrees_on_the_distinct_customers_of_any_runs_of_months(long, runs):
    tables, found = long()
    begin, staff = USUAL.month_of(FIRST), staff_of(tables)
    frame = pd.DataFrame(VISITS)
    cell = pd.to_datetime(frame["date"]).map(USUAL.month_of) - begin
    inside = np.array([any(first <= one <= last for first, last in runs) for one in cell], dtype=bool)
    bought = frame[inside & (frame["amount"] > 0) & (frame["account_id"] != "")]
    written = bought["region"].fillna("")
    region = [one or staff.home_of(rep) for one, rep in zip(written, bought["rep_id"], strict=True)]
    for by, one in found.items():
        keys = [staff.entity(by, *place) for place in zip(region, bought["rep_id"], strict=True)]
        expected = bought["account_id"].groupby(pd.Series(keys, bought.index, dtype=object)).nunique().to_dict()
        values = one.over([[(begin + first, begin + last) for first, last in runs]])[0]
        assert {key: n for key, n in zip(one.keys, values.tolist(), strict=True) if n} == expected


def test_values_of_the_same_months_are_counted_together_and_a_window_counts_each_once():
    """Two values with sales in cells 5 and 70, three in 70 alone, one in 6."""
    words = np.array([[1 << 0, 1 << 3], [0, 1 << 3], [1 << 1, 0]])
    one = Bits([()], np.zeros(3, int), np.array([2, 3, 1]), words, first=5)
    windows = [[(5, 5)], [(70, 70)], [(5, 70)], [(6, 6), (70, 70)], [(7, 69)], [(0, 4)], []]
    assert one.over(windows)[:, 0].tolist() == [2, 5, 6, 6, 0, 0, 0]


def test_a_filter_says_of_whom_values_are_counted(long):
    tables, _ = long()
    of_two = Measure("sales", "date", "distinct", "account_id", where=(Filter("account_id", ("a", "B")),))
    found = bits(tables, of_two, ["company"], staff_of(tables))["company"]
    assert found.over([[(0, 40_000)]])[0].tolist() == [2]


# A huge table is asked as coarsely, and for as little, as a question needs.


@pytest.mark.parametrize("by", ["company", "region", "team", "rep"])
def test_a_huge_table_is_counted_as_any_other(company_of, monkeypatch, by):
    written = {"reps": REPS, "orders": ORDERS, "opportunities": DEALS, "assessments": REVIEWS}
    settings_of = {"definitions": {"rating_scale": [1, 10]}, "kpis": {"mine": {"distinct": "account_id"}}}
    asked = ["2025Q3", "2025Q4", "2025-12", "2026-01"]
    usual = company_of(written, **settings_of).kpis(by, asked)
    monkeypatch.setattr(table_facts, "MANY", 1)
    huge = company_of(written, client=f"Huge, by {by}", **settings_of)  # another, whose facts are not yet known
    pd.testing.assert_frame_equal(huge.kpis(by, asked), usual)
