"""Wilson's intervals of rates, against published limits."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from salesperf.inference.intervals import rate_error, two_sided_quantile, wilson

COUNTS = st.integers(1, 10_000).flatmap(lambda cases: st.tuples(st.integers(0, cases), st.just(cases)))


def test_limits_are_those_of_newcombes_table() -> None:
    # Newcombe (1998), table I, method 3.
    lower, upper = wilson([81, 15, 0, 1], [263, 148, 20, 29])
    assert lower == pytest.approx([0.2553, 0.0624, 0.0000, 0.0061], abs=5e-5)
    assert upper == pytest.approx([0.3662, 0.1605, 0.1611, 0.1718], abs=5e-5)


@given(COUNTS, st.sampled_from([0.5, 0.9, 0.95, 0.998]))
@settings(max_examples=40)
def test_limits_are_those_of_scipy(counts: tuple[int, int], level: float) -> None:
    lower, upper = wilson(*counts, level)
    expected = binomtest(*counts).proportion_ci(level, "wilson")
    assert float(lower) == pytest.approx(expected.low, rel=1e-9, abs=1e-12)
    assert float(upper) == pytest.approx(expected.high, rel=1e-9, abs=1e-12)


@given(COUNTS)
@settings(max_examples=40)
def test_the_limits_of_failures_mirror_those_of_successes(counts: tuple[int, int]) -> None:
    won, cases = counts
    lower, upper = wilson([won, cases - won], [cases, cases])
    assert lower[0] == pytest.approx(1 - upper[1], abs=1e-15)


def test_no_success_has_a_lower_limit_of_exactly_0_and_no_failure_an_upper_one_of_1() -> None:
    lower, upper = wilson([0, 7, 0], [7, 7, 123_457])
    assert lower[[0, 2]].tolist() == [0, 0]
    assert upper[1] == 1


def test_a_rate_of_no_cases_or_of_unknown_counts_is_not_available() -> None:
    lower, upper = wilson([0, np.nan, 1], [0, 5, np.nan])
    assert np.isnan(lower).all() and np.isnan(upper).all()


def test_nobody_has_no_limits() -> None:
    lower, upper = wilson([], [])
    assert lower.shape == upper.shape == (0,)


def test_counts_keep_the_shape_of_their_table() -> None:
    lower, _ = wilson(np.ones((2, 3)), 4)
    assert lower.shape == (2, 3)


@pytest.mark.parametrize("counts", [(-1, 5), (6, 5), (1, np.inf), ([1, 2], [3, 4, 5])])
def test_counts_that_are_none_are_refused(counts: tuple[object, object]) -> None:
    with pytest.raises(ValueError, match=r"counts|broadcast"):
        wilson(*counts)  # type: ignore[arg-type]


@pytest.mark.parametrize("of", [lambda level: wilson(1, 2, level), two_sided_quantile])
@pytest.mark.parametrize("level", [0, 1, 95, -0.5, np.nan])
def test_a_level_that_is_no_probability_is_refused(of: Callable[[float], object], level: float) -> None:
    with pytest.raises(ValueError, match="level must be above 0 and below 1"):
        of(level)


def test_the_error_of_a_rate_has_a_success_and_a_failure_more() -> None:
    # Of 8 cases none: q = 1/10, and √(0.09 ÷ 8); of 10 the half: √(0.25 ÷ 10). A rate of 62 % expects 6.2 of 10.
    assert rate_error([0, 5], [8, 10]) == pytest.approx([(0.09 / 8) ** 0.5, 0.025**0.5])
    assert rate_error(6.2, 10) == pytest.approx((7.2 / 12 * 4.8 / 12 / 10) ** 0.5)
    assert np.isnan(rate_error([0, np.nan], [0, 5])).all()
