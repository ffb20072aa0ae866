"""Reliability, heterogeneity and regression to the mean: by hand, in planted companies and on a public export."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, chi2_contingency

from salesperf.inference.reliability import (
    expected_regression,
    heterogeneity,
    heterogeneity_of_values,
    rate_reliability,
    reliability,
)

CRM = Path(__file__).parents[3] / "shared" / "data" / "crm" / "sales_pipeline.csv"


@pytest.fixture(scope="module")
def agents() -> pd.DataFrame:
    """Won and closed deals of every agent of the public CRM export."""
    if not CRM.exists():
        pytest.skip("the CRM export is not here")
    deals = pd.read_csv(CRM, usecols=["sales_agent", "deal_stage"])
    closed = deals[deals["deal_stage"].isin(["Won", "Lost"])]
    return closed.assign(won=closed["deal_stage"] == "Won").groupby("sales_agent")["won"].agg(["sum", "size"])


def test_reliability_is_the_share_of_variance_that_is_no_error() -> None:
    # The variance of 1, 2, 3 is 1; a mean error of (0.1 + 0.2 + 0.6) ÷ 3 = 0.3 leaves 0.7.
    assert reliability([1, 2, 3], [0.1, 0.2, 0.6]) == pytest.approx(0.7)


def test_values_without_error_are_reliable_and_those_that_differ_by_error_alone_are_not() -> None:
    assert reliability([1, 2, 3], [0, 0, 0]) == 1
    assert reliability([1, 2, 3], [2, 2, 2]) == 0
    assert reliability([2, 2, 2], [0, 0, 0]) == 0


@pytest.mark.parametrize("values", [[], [1.5], [1.5, np.nan], [np.nan, np.nan]])
def test_fewer_than_two_values_tell_no_reliability(values: list[float]) -> None:
    assert np.isnan(reliability(values, [0.1] * len(values)))


def test_values_that_were_not_measured_are_left_out() -> None:
    assert reliability([1, 2, 3, 9, 9, np.nan], [0.1, 0.2, 0.6, np.inf, np.nan, 1]) == pytest.approx(0.7)


def test_the_reliability_of_rates_solves_the_equations_of_moments() -> None:
    # Rates of 0.2, 0.5, 0.8 of 10 cases each: variance 0.09, mean 0.5; (0.09 − 0.1 · (0.25 + 0.03)) ÷ 0.9 ÷ 0.09.
    assert rate_reliability([2, 5, 8], [10, 10, 10]) == pytest.approx(0.062 / 0.9 / 0.09)


def test_the_moments_between_entities_are_unbiased() -> None:
    # Beta(6, 4) has a variance of 0.24 ÷ 11; chance adds E(p(1 − p)) ÷ n = 0.24 · 10/11 · mean(1/n).
    draw, cases = np.random.default_rng(1), np.array([3, 5, 10, 20, 60] * 400)
    found = rate_reliability(draw.binomial(cases, draw.beta(6, 4, len(cases))), cases)
    between, within = 0.24 / 11, 0.24 * 10 / 11 * (1 / cases).mean()
    assert found == pytest.approx(between / (between + within), abs=0.04)


def test_of_the_crm_export_win_rates_are_hardly_reliable(agents: pd.DataFrame) -> None:
    assert len(agents) == 30
    assert rate_reliability(agents["sum"], agents["size"]) == pytest.approx(0.09, abs=0.015)


def test_of_the_crm_export_win_rates_differ_no_more_than_by_chance(agents: pd.DataFrame) -> None:
    assert heterogeneity(agents["sum"], agents["size"]) == pytest.approx(0.26, abs=0.005)


def test_rates_that_chance_explains_have_no_reliability_and_opposite_ones_a_whole_one() -> None:
    assert rate_reliability([5, 5, 6], [10, 10, 10]) == 0
    assert rate_reliability([5, 5], [10, 10]) == 0
    assert rate_reliability([0, 100], [100, 100]) == pytest.approx(1)


@pytest.mark.parametrize("counts", [([], []), ([3], [9]), ([3, 0], [9, 0]), ([3, np.nan], [9, 5]), ([0, 1], [1, 1])])
def test_one_entity_or_single_cases_tell_no_reliability(counts: tuple[list[float], list[float]]) -> None:
    assert np.isnan(rate_reliability(*counts))


def test_entities_without_cases_change_nothing() -> None:
    assert rate_reliability([2, 5, 8, 0, np.nan], [10, 10, 10, 0, 3]) == rate_reliability([2, 5, 8], [10, 10, 10])
    assert heterogeneity([2, 5, 8, 0, np.nan], [10, 10, 10, 0, 3]) == heterogeneity([2, 5, 8], [10, 10, 10])


def test_the_p_value_of_heterogeneity_is_that_of_scipys_contingency_table() -> None:
    won, cases = np.array([30, 45, 12, 3]), np.array([100, 100, 40, 5])
    expected = chi2_contingency(np.array([won, cases - won]), correction=False).pvalue
    assert heterogeneity(won, cases) == pytest.approx(expected)


def test_p_values_of_companies_without_differences_are_uniform() -> None:
    draw, cases = np.random.default_rng(2), np.random.default_rng(3).integers(20, 100, (2000, 12))
    found = np.array([heterogeneity(won, row) for won, row in zip(draw.binomial(cases, 0.4), cases, strict=True)])
    for level in (0.05, 0.5):
        assert abs((found < level).mean() - level) < 2.576 * np.sqrt(level * (1 - level) / 2000)


@pytest.mark.parametrize("won", [0, 7])
def test_where_nobody_or_everybody_succeeds_there_is_no_difference(won: int) -> None:
    assert heterogeneity([won] * 3, [7] * 3) == 1
    assert rate_reliability([won] * 3, [7] * 3) == 0


@pytest.mark.parametrize("counts", [([], []), ([3], [9]), ([3, 0], [9, 0])])
def test_fewer_than_two_entities_cannot_differ(counts: tuple[list[float], list[float]]) -> None:
    assert np.isnan(heterogeneity(*counts))


def test_who_stands_out_is_expected_to_come_back_by_what_is_not_reliable() -> None:
    # 0.75 of the 20 above the mean; √(400 · (1 − 0.25²)).
    change, deviation = expected_regression([120, 100, 90], 100, 0.25, variance=400)
    assert change == pytest.approx([-15, 0, 7.5])
    assert deviation == pytest.approx([np.sqrt(375)] * 3)


def test_what_is_reliable_stays_and_what_is_chance_returns_to_the_mean() -> None:
    change, deviation = expected_regression([120, 120], 100, [1, 0], variance=400)
    assert change.tolist() == [0, -20]
    assert deviation.tolist() == [0, 20]


def test_the_best_of_a_planted_company_come_back_as_expected() -> None:
    draw = np.random.default_rng(4)
    true = draw.normal(100, 3, 40_000)
    now, then = draw.normal(true, 4), draw.normal(true, 4)
    share = reliability(now, np.full(40_000, 16.0))
    assert share == pytest.approx(9 / 25, abs=0.01)
    change, deviation = expected_regression(now, now.mean(), share, variance=now.var())
    best = now > 107
    assert (then - now)[best].mean() == pytest.approx(change[best].mean(), abs=0.2)
    assert (then - now - change)[best].std() == pytest.approx(deviation[0], rel=0.03)


def test_what_is_missing_is_expected_to_do_nothing_known() -> None:
    for missing in ((np.nan, 100, 0.5, 4), (120, np.nan, 0.5, 4), (120, 100, np.nan, 4), (120, 100, 0.5, np.nan)):
        value, mean, share, variance = missing
        change, deviation = expected_regression([value], mean, share, variance=variance)
        assert np.isnan(change).all() and np.isnan(deviation).all()


@pytest.mark.parametrize(("share", "variance"), [(-0.1, 4), (1.1, 4), (0.5, -1)])
def test_what_is_no_reliability_or_variance_is_refused(share: float, variance: float) -> None:
    with pytest.raises(ValueError, match="reliability lies between 0 and 1"):
        expected_regression([1], 0, share, variance=variance)


def test_counts_and_errors_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="values must"):
        reliability([1, 2], [1, -1])
    with pytest.raises(ValueError, match="counts"):
        rate_reliability([2, 3], [1, 4])
    with pytest.raises(ValueError, match="counts"):
        heterogeneity([2, 3], [1, 4])


def test_values_that_differ_by_no_more_than_their_errors_could_be_alike() -> None:
    # Around a mean of 2 the squares ÷ error are 1, 0 and 1: χ² of 2 on two degrees of freedom is e⁻¹.
    assert heterogeneity_of_values([1.0, 2.0, 3.0], [1.0, 1.0, 1.0]) == pytest.approx(np.exp(-1))
    assert heterogeneity_of_values([1.0, 2.0, 3.0], [0.01, 0.01, 0.01]) < 1e-9
    # A value of a quarter of the error weighs four times: the mean is 1.2, the squares 0.16 and 0.64.
    assert heterogeneity_of_values([1.0, 2.0], [0.25, 1.0]) == pytest.approx(chi2.sf(0.8, 1))


def test_values_without_an_error_tell_nothing_of_differences() -> None:
    assert np.isnan(heterogeneity_of_values([1.0, 2.0], [0.0, 1.0]))
    assert np.isnan(heterogeneity_of_values([1.0, np.nan, 3.0], [np.inf, 1.0, 1.0]))
    assert heterogeneity_of_values([1.0, 2.0, 9.0], [1.0, 1.0, np.nan]) == heterogeneity_of_values([1.0, 2.0], [1, 1])
