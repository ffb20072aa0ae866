"""Amounts divided over parts and months: nothing is lost or made up, nobody gets less than nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.measures.planning.spreading import (
    divided,
    divided_in_groups,
    over_months,
    shared_by_month,
    spread_jointly,
    within_bounds,
)

weights = st.lists(st.floats(0, 1000) | st.just(0.0), min_size=1, max_size=12)
units = st.sampled_from([1, 7, 100, 1000])


def test_parts_are_in_whole_units_and_the_rest_goes_to_the_largest():
    # 10 units of 100 in 1:1:2 are 2.5, 2.5 and 5: 3, 2 and 5, ties to the first; 50 are less than a unit.
    assert divided(1050, [1, 1, 2], 100) == [300, 200, 550]


@given(st.integers(0, 10**12), weights, units)
def test_parts_sum_to_the_whole_and_none_is_below_zero(amount, weights, unit):
    parts = divided(amount, weights, unit)
    assert sum(parts) == amount
    assert min(parts) >= 0


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5), st.data())
def test_dividing_group_by_group_is_dividing_each(amounts, data):
    sizes = [data.draw(st.lists(st.integers(0, 50), min_size=1, max_size=6)) for _ in amounts]
    groups = np.repeat(np.arange(len(amounts)), [len(one) for one in sizes])
    flat = np.array([one for size in sizes for one in size], dtype=np.float64)
    found = divided_in_groups(np.array(amounts), flat, groups)
    assert np.bincount(groups, found).tolist() == amounts
    for group, (amount, size) in enumerate(zip(amounts, sizes, strict=True)):
        # Alike to a unit: where remainders tie, the error of binary numbers may choose.
        assert np.abs(found[groups == group] - np.array(divided(amount, size))).max() <= 1


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6), st.integers(1, 24), units, st.data())
def test_rows_spread_jointly_keep_their_sums(amounts, columns, unit, data):
    shape = np.array([data.draw(st.lists(st.floats(0, 10), min_size=columns, max_size=columns)) for _ in amounts])
    spread = spread_jointly(np.array(amounts), shape, unit)
    assert spread.sum(axis=1).tolist() == amounts
    assert spread.min() >= 0
    told = shape.sum(axis=1) > 0
    assert (spread[told][shape[told] == 0] == 0).all()


def test_small_amounts_of_many_people_do_not_fall_into_the_same_months():
    # 12 people with 6 each over 12 months are 6 a month together, and each has 6.
    spread = spread_jointly(np.full(12, 6), np.ones((12, 12)))
    assert spread.sum(axis=0).tolist() == [6] * 12
    assert spread.sum(axis=1).tolist() == [6] * 12


def test_quarters_of_one_row_are_as_equal_as_months():
    # 14 over 12 months, sums rounded up: 1.17, 2.33, 3.5 → 2, 3, 4; quarters 4, 3, 4, 3.
    months = spread_jointly(np.array([14]), np.ones((1, 12)))[0]
    assert months.reshape(4, 3).sum(axis=1).tolist() == [4, 3, 4, 3]


def test_an_amount_lies_over_its_own_months_alone_and_equally_where_they_have_no_weight():
    inside = np.array([[True, True, False, False], [False, False, True, True]])
    shape = np.array([[1.0, 3.0, 5.0, 5.0], [1.0, 1.0, 0.0, 0.0]])
    assert over_months(np.array([8, 8]), inside, shape).tolist() == [[2, 6, 0, 0], [0, 0, 4, 4]]


@given(st.lists(st.integers(0, 10**6), min_size=12, max_size=12), st.integers(1, 6), units, st.data())
def test_months_shared_sum_to_their_totals_exactly(totals, rows, unit, data):
    wanted = np.array([data.draw(st.lists(st.floats(0, 10), min_size=12, max_size=12)) for _ in range(rows)])
    parts = shared_by_month(np.array(totals), wanted, unit)
    assert parts.sum(axis=0).tolist() == totals
    assert parts.min() >= 0


def test_shared_months_give_rows_their_largest_remainders():
    # 100 over 3 equal people: 33.3 each, so 34, 33 and 33, whatever the months.
    totals = spread_jointly(np.array([100]), np.ones((1, 12)))[0]
    parts = shared_by_month(totals, np.ones((3, 12)))
    assert parts.sum(axis=1).tolist() == [34, 33, 33]
    assert (parts.sum(axis=0) == totals).all()


@given(st.data(), st.integers(1, 8))
def test_an_amount_within_bounds_keeps_its_sum_and_its_bounds(data, size):
    low = np.array(data.draw(st.lists(st.integers(0, 50), min_size=size, max_size=size)))
    high = low + np.array(data.draw(st.lists(st.integers(0, 50), min_size=size, max_size=size)))
    amount = data.draw(st.integers(int(low.sum()), int(high.sum())))
    parts = within_bounds(
        amount, np.array(data.draw(st.lists(st.floats(0, 9), min_size=size, max_size=size))), low, high
    )
    assert parts.sum() == amount
    assert (low <= parts).all() and (parts <= high).all()


@pytest.mark.parametrize("amount", [0, 5, 10])
def test_an_amount_within_bounds_follows_its_weights_until_a_bound_stops_it(amount):
    # Weights 3:1, at most 6 and 4: 10 × 3/4 would be 7.5, so 6 and 4; 5 are 3.75 and 1.25, so 4 and 1.
    expected = {0: [0, 0], 5: [4, 1], 10: [6, 4]}[amount]
    assert within_bounds(amount, np.array([3.0, 1.0]), np.array([0, 0]), np.array([6, 4])).tolist() == expected
