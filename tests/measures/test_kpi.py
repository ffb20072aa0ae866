"""What a KPI says of itself: what is counted, what is a proportion, and how many cases are behind it."""

from dataclasses import replace

import numpy as np
import pytest

from salesperf.measures.kpi import Filter, Kpi, Measure, Statistic, Target, added_up, counted, ratio, squares
from salesperf.measures.kpis import KPIS

SOLD = Measure("sales", "date", "sum", "amount")
ORDERED = Measure("sales", "date", "count")
CLOSED = Measure("opportunities", "closed", "count")
WON = replace(CLOSED, where=(Filter("status", ("won",)),))


def kpi(numerator, denominator=None, unit="count", **more):
    return Kpi("mine", "Mine", "", unit, (), "sales.date", numerator, denominator, **more)


def test_shares_of_cases_are_proportions_and_nothing_else_is():
    assert [name for name, one in KPIS.items() if one.is_proportion] == ["repeat_rate", "win_rate", "satisfaction"]


@pytest.mark.parametrize(
    ("part", "whole", "is_one"),
    [
        (WON, CLOSED, True),
        (replace(WON, column="product"), replace(CLOSED, column="amount"), True),
        (CLOSED, CLOSED, True),
        (CLOSED, WON, False),  # the part is more than the whole
        (replace(WON, where=(Filter("status", ("won",)), Filter("product", ("a",)))), WON, True),
        (replace(WON, where=(Filter("product", ("a",)),)), WON, False),  # some of them are none of the whole
        (replace(WON, day="created"), CLOSED, False),
        (replace(WON, how="distinct", column="account_id"), CLOSED, False),
        (SOLD, replace(SOLD, where=(Filter("product", ("a",)),)), False),
        (SOLD, ORDERED, False),
        (ORDERED, replace(ORDERED, orders_only=True), False),
        (ORDERED, replace(ORDERED, months_before=12), False),
        (Statistic("first_orders", "again"), Statistic("first_orders", "first"), True),
        (Statistic("employment", "leavers"), Statistic("employment", "headcount", adds=False), False),
        (SOLD, Target("revenue"), False),
        (CLOSED, None, False),
    ],
)
def test_a_proportion_is_so_many_of_its_cases(part, whole, is_one):
    assert kpi(part, whole, "share").is_proportion is is_one


def test_of_what_comes_one_by_one_chance_carries_the_number():
    assert KPIS["customers"].comes_singly and KPIS["new_customers"].comes_singly
    assert not KPIS["revenue"].comes_singly and not KPIS["activities"].comes_singly
    assert kpi(ORDERED).comes_singly and kpi(replace(SOLD, how="distinct", column="product")).comes_singly
    assert not kpi(replace(SOLD, column="count")).comes_singly  # a visit counted four times came as one
    assert not kpi(ORDERED, unit="money").comes_singly
    assert not kpi(WON, CLOSED).comes_singly


def test_what_is_counted_is_0_where_there_is_nothing():
    assert kpi(SOLD).counted and kpi(ORDERED).counted and kpi(Statistic("first_orders", "new")).counted
    assert not kpi(Statistic("cohorts", "cycle_days", adds=False)).counted
    assert not kpi(WON, CLOSED).counted
    assert not kpi(SOLD, formula=lambda of: of["numerator"]).counted


def test_behind_a_rate_are_its_cases_and_behind_a_sum_or_an_attainment_none():
    assert kpi(WON, CLOSED).n == CLOSED
    assert kpi(SOLD, ORDERED, cases=CLOSED).n == CLOSED
    assert kpi(Statistic("cohorts", "cycle_days", adds=False), cases=CLOSED).n == CLOSED
    assert kpi(SOLD).n is None and kpi(SOLD, Target("revenue")).n is None
    assert (kpi(SOLD).columns, kpi(WON, CLOSED).columns) == (("mine",), ("mine", "mine_n"))


def test_the_cases_of_every_registered_kpi():
    behind = {name: one.n for name, one in KPIS.items()}
    for name in ("revenue", "revenue_attainment", "customers", "new_customers", "activities"):
        assert behind[name] is None
    shares = [name for name, one in KPIS.items() if one.unit == "share" and not isinstance(one.denominator, Target)]
    assert all(behind[name] for name in shares)
    assert behind["average_deal"] == KPIS["average_deal"].denominator
    assert behind["gross_margin"] == Measure("sales", "date", "count", "credited_margin")
    assert behind["revenue_growth"].months_before == 12 and behind["revenue_growth"].how == "count"


def test_the_terms_of_a_kpi_come_once_each():
    assert kpi(WON, CLOSED, cases=CLOSED).terms == (WON, CLOSED)
    assert kpi(SOLD).terms == (SOLD,)


def test_a_ratio_to_nothing_and_to_less_is_none():
    whole = np.array([2.0, 0.0, -1.0, np.nan, 4.0])
    found = ratio(np.array([1.0, 1.0, 1.0, 1.0, np.nan]), whole)
    np.testing.assert_array_equal(found, [0.5, np.nan, np.nan, np.nan, np.nan])


def test_a_ratio_to_1_and_to_less_than_1_is_one():
    np.testing.assert_array_equal(ratio(np.array([3.0, 3.0]), np.array([1.0, 0.5])), [3.0, 6.0])


def test_a_mean_is_a_sum_and_a_number_of_cases_and_only_a_sum_has_squares():
    mean = replace(SOLD, how="mean")
    assert added_up(mean) == (SOLD, replace(SOLD, how="count")) and added_up(SOLD) == (SOLD,)
    assert (squares(SOLD), counted(SOLD)) == (replace(SOLD, how="squares"), replace(SOLD, how="count"))
    for term in (ORDERED, replace(SOLD, how="distinct"), Statistic("cohorts", "deals"), Target("revenue")):
        assert squares(term) is None and counted(term) is None
