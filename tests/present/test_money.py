"""Shares near a limit: nothing is printed as if it had reached what it missed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.language import Voice, decimals_apart
from salesperf.present.money import attained

LIMITS = [Decimal("0.5"), Decimal("0.75"), Decimal(1)]


@pytest.mark.parametrize(
    ("attainment", "printed"),
    [
        ("0.74976", "74.98%"),
        ("0.7499996", "74.99996%"),
        ("0.75", "75.0%"),
        ("0.75049", "75.0%"),
        ("0.49951", "49.95%"),
        ("0.9994", "99.9%"),
        ("0.4", "40.0%"),
        ("-0.1", "−10.0%"),
    ],
)
def test_an_attainment_just_below_a_limit_of_pay_has_more_decimals(attainment, printed):
    assert attained(Voice(), Decimal(attainment), LIMITS) == printed
    assert attained(Voice(), None, LIMITS) == "n/a" and attained(Voice(), "", LIMITS) == ""


@given(st.decimals(0, 2, places=6))
def test_what_is_printed_is_on_the_same_side_of_every_limit(value):
    shown = Decimal(attained(Voice(), value, LIMITS).rstrip("%").replace(",", "")) / 100
    assert [shown >= limit for limit in LIMITS] == [value >= limit for limit in LIMITS]


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [(0.9996, 1, "99.96%"), (0.996, 0, "99.6%"), (1.0, 0, "100%"), (1.0004, 1, "100.0%"), (float("nan"), 1, "n/a")],
)
def test_a_target_that_was_missed_is_not_printed_as_reached(value, decimals, printed):
    assert Voice().of_target(value, decimals) == printed


def test_so_many_decimals_as_no_reader_needs_are_not_printed():
    assert decimals_apart(Decimal("0.99999999999"), [1], least=1) == 6
