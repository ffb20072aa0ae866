"""Limits of funnel plots, against scipy's binomial and Poisson distributions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, poisson

from salesperf.inference.funnel_plot import count_funnel_limits, funnel_limits

LEVELS = st.sampled_from([0.8, 0.95, 0.998])


def spiegelhalters(rate: float, cases: int, probability: float) -> float:
    """The limit by the formula as printed (2005, appendix A.1.1), from scipy's distribution."""
    count = int(binom.ppf(probability, cases, rate))
    at, under = binom.cdf([count, count - 1], cases, rate)
    return float((count - (at - probability) / (at - under)) / cases)


def test_limits_are_worked_out_by_hand() -> None:
    # Of 10 cases at 0.5: P(R ≤ 1) = 11/1024, P(R ≤ 2) = 56/1024. α = (56/1024 − 0.025) ÷ (45/1024) = 0.6756.
    lower, upper = funnel_limits(0.5, [10])
    assert lower == pytest.approx([(2 + 0.5 - (56 / 1024 - 0.025) / (45 / 1024)) / 10])
    assert upper == pytest.approx(1 - lower)


@given(st.floats(0.02, 0.98), st.integers(1, 3000), LEVELS)
@settings(max_examples=40)
def test_limits_are_spiegelhalters_corrected_by_half_a_case(rate: float, cases: int, level: float) -> None:
    lower, upper = funnel_limits(rate, cases, level)
    tail = (1 - level) / 2
    half = 0.5 / cases
    assert float(lower) == pytest.approx(max(0, spiegelhalters(rate, cases, tail) + half), abs=1e-7)
    assert float(upper) == pytest.approx(min(1, spiegelhalters(rate, cases, 1 - tail) + half), abs=1e-7)


@given(st.floats(0.02, 0.98), st.integers(1, 300), LEVELS)
@settings(max_examples=40)
def test_a_rate_is_outside_where_its_mid_p_value_is_under_half_of_what_the_level_leaves(
    rate: float, cases: int, level: float
) -> None:
    counts = np.arange(cases + 1)
    lower, upper = funnel_limits(rate, np.full(cases + 1, cases), level)
    at = binom.pmf(counts, cases, rate) / 2
    low, high = binom.cdf(counts, cases, rate) - at, binom.sf(counts, cases, rate) + at
    clear = (np.abs(low - (1 - level) / 2) > 1e-9) & (np.abs(high - (1 - level) / 2) > 1e-9)
    assert (counts / cases < lower)[clear].tolist() == (low < (1 - level) / 2)[clear].tolist()
    assert (counts / cases > upper)[clear].tolist() == (high < (1 - level) / 2)[clear].tolist()


@given(st.floats(0, 1), st.integers(1, 500))
@settings(max_examples=40)
def test_the_limits_of_a_rate_and_of_its_complement_mirror_each_other(rate: float, cases: int) -> None:
    lower, upper = funnel_limits(rate, cases)
    mirrored_lower, mirrored_upper = funnel_limits(1 - rate, cases)
    assert float(lower) == pytest.approx(1 - float(mirrored_upper), abs=1e-6)
    assert float(upper) == pytest.approx(1 - float(mirrored_lower), abs=1e-6)


def test_with_many_cases_limits_are_those_of_the_normal_distribution() -> None:
    lower, upper = funnel_limits(0.3, [10**9])
    assert lower == pytest.approx(0.3 - 1.959964 * np.sqrt(0.21 / 1e9), abs=1e-9)
    assert upper == pytest.approx(0.3 + 1.959964 * np.sqrt(0.21 / 1e9), abs=1e-9)


def test_chance_alone_takes_about_1_of_20_outside() -> None:
    cases = np.random.default_rng(4).integers(30, 300, 5_000)
    rates = np.random.default_rng(5).binomial(cases, 0.6) / cases
    lower, upper = funnel_limits(0.6, cases)
    outside = ((rates < lower) | (rates > upper)).mean()
    assert abs(outside - 0.05) < 2.576 * np.sqrt(0.05 * 0.95 / 5_000)


def test_of_one_case_nothing_is_outside() -> None:
    lower, upper = funnel_limits(0.6, [1])
    assert (lower[0], upper[0]) == (0, 1)


def test_where_nobody_succeeds_by_chance_a_single_success_is_outside() -> None:
    lower, upper = funnel_limits(0.0, [10])
    assert lower[0] == 0 and upper[0] < 0.1
    lower, upper = funnel_limits(1.0, [10])
    assert lower[0] > 0.9 and upper[0] == 1


def test_without_cases_there_are_no_limits() -> None:
    for limits in (*funnel_limits(0.6, [0, np.nan]), *count_funnel_limits(2.0, [0, np.nan])):
        assert np.isnan(limits).all()
    assert funnel_limits(0.6, [])[0].shape == count_funnel_limits(2.0, [])[0].shape == (0,)


@given(st.floats(0.01, 50), st.floats(0.1, 100), LEVELS)
@settings(max_examples=40)
def test_limits_of_counts_are_those_of_scipys_poisson_distribution(
    centre: float, exposure: float, level: float
) -> None:
    lower, upper = count_funnel_limits(centre, exposure, level)
    for limit, probability in ((lower, (1 - level) / 2), (upper, 1 - (1 - level) / 2)):
        count = poisson.ppf(probability, centre * exposure)
        at, under = poisson.cdf([count, count - 1], centre * exposure)
        expected = (count + 0.5 - (at - probability) / (at - under)) / exposure
        assert float(limit) == pytest.approx(max(0, expected), rel=1e-6, abs=1e-9)


def test_where_nothing_is_expected_a_single_count_is_outside() -> None:
    lower, upper = count_funnel_limits(0.0, [3])
    assert lower[0] == 0 and upper[0] < 1 / 3


@pytest.mark.parametrize(
    ("centre", "cases"), [(-0.1, [5]), (1.1, [5]), (np.nan, [5]), (0.5, [-1]), (0.5, [2.5]), (0.5, [np.inf])]
)
def test_what_is_no_rate_or_no_whole_number_of_cases_is_refused(centre: float, cases: list[float]) -> None:
    with pytest.raises(ValueError, match=r"centre must|cases must"):
        funnel_limits(centre, cases)


@pytest.mark.parametrize(("centre", "exposure"), [(-1, [5]), (np.inf, [5]), (np.nan, [5]), (2, [-1]), (2, [np.inf])])
def test_what_is_no_expected_count_or_exposure_is_refused(centre: float, exposure: list[float]) -> None:
    with pytest.raises(ValueError, match="centre and exposure must"):
        count_funnel_limits(centre, exposure)


def test_a_level_that_is_no_probability_is_refused() -> None:
    with pytest.raises(ValueError, match="level must"):
        funnel_limits(0.5, [5], 95)
    with pytest.raises(ValueError, match="level must"):
        count_funnel_limits(0.5, [5], 0)
