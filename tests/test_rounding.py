"""Parts add up to their whole, whatever the weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.rounding import adding_up, apportioned, half_up, spread

weights = st.lists(st.floats(0, 1e12), min_size=1, max_size=20)
units = st.integers(-(10**15), 10**15)


@given(units, weights)
def test_apportioned_parts_sum_to_the_whole_and_miss_their_share_by_less_than_one(whole, shares):
    parts = apportioned(whole, shares)
    assert sum(parts) == whole
    total = sum(shares)
    if total > 0 and abs(whole) < 10**9 and min(one for one in shares if one > 0) > total * 1e-9:
        assert all(abs(part - whole * share / total) < 1 + 1e-6 for part, share in zip(parts, shares, strict=True))


@given(units, weights)
def test_spread_parts_sum_to_the_whole(whole, shares):
    assert sum(spread(whole, shares)) == whole


@given(st.integers(0, 10**6), weights)
def test_nobody_gets_less_than_nothing(whole, shares):
    assert min(spread(whole, shares)) >= 0
    assert min(apportioned(whole, shares)) >= 0


def test_a_weight_of_nothing_gets_nothing():
    assert apportioned(7, [0, 1, 0]) == [0, 7, 0]
    assert spread(7, [0, 1, 0]) == [0, 7, 0]


def test_parts_by_hand():
    # 10 by 5 : 3 : 1 is 5.55…, 3.33…, 1.11…: 5, 3, 1, and the one that is left goes to the largest remainder.
    assert apportioned(10, [5, 3, 1]) == [6, 3, 1]
    assert apportioned(-10, [5, 3, 1]) == [-6, -3, -1]
    # 7 in quarters of a year by months: sums up to each quarter 1.75, 3.5, 5.25, 7, rounded up.
    assert spread(7, [1, 1, 1, 1]) == [2, 2, 2, 1]


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=12), st.sampled_from([0, 1]))
def test_printed_parts_add_up_to_the_printed_whole(parts, decimals):
    rounded = adding_up(np.array([parts]), decimals)[0]
    assert rounded.sum() == pytest.approx(half_up(np.array([np.sum(parts)]), decimals)[0], abs=1e-5)
    assert (abs(rounded - parts) <= 1.001 / 10**decimals).all()


def test_what_is_not_there_stays_away():
    assert adding_up(np.array([[1.26, np.nan, 2.26]]), 1).tolist()[0][0] == 1.3
    assert np.isnan(adding_up(np.array([[1.26, np.nan, 2.26]]), 1)[0][1])


def test_a_half_goes_up_also_where_binary_numbers_miss_it():
    assert half_up(np.array([0.25, 1.15, -0.25, 59.949]), 1).tolist() == [0.3, 1.2, -0.2, 59.9]
