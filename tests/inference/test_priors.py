"""Priors of rates and values, against likelihoods written out, planted companies and James & Stein's estimates."""

import csv
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import betabinom, multivariate_normal

from salesperf.inference.beta_binomial import MOST_STRENGTH, Likelihood
from salesperf.inference.priors import FEWEST_FOR_VOLUME, BetaPrior, NormalPrior, beta_prior, normal_prior
from salesperf.inference.shrinkage import posterior_means

Array = NDArray[np.float64]
BATTING = Path(__file__).parents[3] / "shared" / "oracles" / "batting_1970.csv"
WON, CASES = np.array([12, 30, 22, 41, 18, 3]), np.array([40, 60, 50, 70, 30, 9])


def company(seed: int, *, entities: int = 30, mean: float = 0.6, strength: float = 40) -> tuple[Array, Array]:
    """Successes and cases of entities whose true rates are beta distributed."""
    draw = np.random.default_rng(seed)
    cases = draw.integers(10, 120, entities)
    return draw.binomial(cases, draw.beta(mean * strength, (1 - mean) * strength, entities)), cases


def surface(won: Array, cases: Array, mean: float, strength: float) -> float:
    """The logarithm of what `beta_prior` maximises, by scipy's beta-binomial distribution."""
    counts = betabinom.logpmf(won, cases, mean * strength, (1 - mean) * strength).sum()
    rate = (won.sum() + 0.5) / (cases.sum() + 1)
    half_a_case_each = (log(mean) + log(1 - mean)) / 2
    return float(counts + half_a_case_each + log(strength) - 2 * log(strength + 1 / (4 * rate * (1 - rate))))


@pytest.mark.parametrize("seed", range(6))
def test_a_prior_of_rates_is_the_peak_that_a_general_optimiser_finds(seed: int) -> None:
    won, cases = company(seed, strength=[3, 40, 4000][seed % 3], mean=[0.6, 0.05][seed % 2])
    found = minimize(
        lambda place: -surface(won, cases, float(expit(place[0])), float(np.exp(place[1]))),
        [0.0, 3.0],
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-10, "maxiter": 5000},
    )
    prior = beta_prior(won, cases)
    assert prior.mean == pytest.approx(expit(found.x[0]), rel=1e-4)
    assert prior.strength == pytest.approx(np.exp(found.x[1]), rel=1e-3)


def test_the_gradient_is_that_of_the_likelihood() -> None:
    terms = np.column_stack([np.ones(6), np.linspace(-1.5, 1.5, 6)])
    likelihood, place, near = (
        Likelihood(WON.astype(float), CASES.astype(float), terms),
        np.array([0.3, -0.4, 2.0]),
        1e-6,
    )
    slopes = [
        (likelihood.height(place + step) - likelihood.height(place - step)) / (2 * near) for step in near * np.eye(3)
    ]
    assert likelihood.slope(place) == pytest.approx(slopes, rel=1e-6)


def test_the_spread_of_a_large_company_is_found() -> None:
    prior = beta_prior(*company(3, entities=2000))
    assert prior.mean == pytest.approx(0.6, abs=0.01)
    assert prior.strength == pytest.approx(40, rel=0.15)


def test_where_all_have_one_true_rate_the_strength_is_finite_and_exceeds_the_cases() -> None:
    draw, cases = np.random.default_rng(0), np.full(200, 50)
    prior = beta_prior(draw.binomial(cases, 0.4), cases)
    assert 50 * 3 < prior.strength < MOST_STRENGTH


def test_equal_rates_of_many_cases_are_hardly_spread() -> None:
    # Sampling alone would spread them by 0.0005, so they differ even less than chance has them.
    prior = beta_prior([600_000] * 5, [1_000_000] * 5)
    assert prior.mean == pytest.approx(0.6, abs=1e-4)
    assert 1e5 < prior.strength < MOST_STRENGTH


@pytest.mark.parametrize(("won", "low", "high"), [(0, 0.001, 0.05), (20, 0.95, 0.999)])
def test_where_nobody_or_everybody_succeeds_the_mean_is_not_0_or_1(won: int, low: float, high: float) -> None:
    prior = beta_prior([won] * 10, [20] * 10)
    assert low < prior.mean < high and 0 < prior.strength < MOST_STRENGTH


def test_single_cases_do_not_tell_how_rates_spread_and_weigh_little() -> None:
    # The likelihood does not depend on the strength s: the peak is that of s ÷ (s + 1 ÷ 4r(1 − r))², with r of 3.5 ÷ 5.
    prior = beta_prior([0, 1, 1, 1], [1, 1, 1, 1])
    assert prior.strength == pytest.approx(1 / (4 * 0.7 * 0.3))
    assert prior.mean == pytest.approx(0.7)


def test_one_entity_alone_has_a_prior_that_weighs_little() -> None:
    prior = beta_prior([3], [10])
    assert 0.3 < prior.mean < 0.5 and prior.strength < 5


@pytest.mark.parametrize("counts", [([], []), ([0, 0], [0, 0]), ([np.nan], [5])], ids=["nobody", "no cases", "unknown"])
def test_without_cases_there_is_no_prior(counts: tuple[list[float], list[float]]) -> None:
    prior = beta_prior(*counts)
    assert np.isnan(prior.mean) and np.isnan(prior.strength)


def test_entities_without_cases_or_counts_are_left_out() -> None:
    with_others = beta_prior([*WON, 0, np.nan, 3], [*CASES, 0, 5, np.nan])
    assert with_others == beta_prior(WON, CASES)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_entities_changes_not_even_the_last_digit(seed: int) -> None:
    draw = np.random.default_rng(seed)
    order = draw.permutation(30)
    won, cases = company(7)
    volume = cases * draw.uniform(1, 2, 30)
    assert beta_prior(won[order], cases[order], volume[order]) == beta_prior(won, cases, volume)
    values, errors = won / cases, 1 / cases
    assert normal_prior(values[order], errors[order]) == normal_prior(values, errors)
    again = normal_prior(values[order], errors[order], adjusted=False)
    assert again == normal_prior(values, errors, adjusted=False)


def dependent(slope: float, seed: int, entities: int = 200) -> tuple[Array, Array]:
    """Successes and cases; the logit of the mean rate changes by ``slope`` per unit of log(1 + cases) around 40."""
    draw = np.random.default_rng(seed)
    cases = np.exp(draw.uniform(np.log(8), np.log(200), entities)).astype(int)
    means = expit(0.2 + slope * (np.log1p(cases) - np.log(41)))
    return draw.binomial(cases, draw.beta(50 * means, 50 * (1 - means))), cases


def test_a_mean_that_goes_with_volume_is_found() -> None:
    won, cases = dependent(0.5, 1)
    prior = beta_prior(won, cases, cases)
    assert prior.slope == pytest.approx(0.5, abs=0.08)
    assert prior.centre == pytest.approx(np.log1p(cases).mean())
    assert prior.means([40, 160]) == pytest.approx(expit([0.2, 0.2 + 0.5 * np.log(161 / 41)]), abs=0.03)
    assert prior.strength == pytest.approx(50, rel=0.3)


def test_a_mean_that_does_not_go_with_volume_is_one_for_all_in_most_companies() -> None:
    # At a level of 5 %, more than 6 of 40 companies by chance have a probability under 1 %.
    sloping = [beta_prior(*counts, counts[1]).slope != 0 for counts in (dependent(0, seed, 40) for seed in range(40))]
    assert sum(sloping) <= 6
    won, cases = dependent(0, sloping.index(False), 40)
    without = beta_prior(won, cases)
    with_volume = beta_prior(won, cases, cases)
    assert [with_volume.mean, with_volume.strength] == pytest.approx([without.mean, without.strength], rel=1e-6)
    assert without.means() == without.mean and without.means([1, 2]) == without.mean


def test_the_mean_goes_with_volume_where_the_likelihood_ratio_exceeds_the_chi_square_of_5_percent() -> None:
    ratios, sloping = [], []
    for seed in range(24):
        won, cases = dependent(0.25, seed, 30)
        size = np.log1p(cases)
        terms = np.column_stack([np.ones(30), (size - size.mean()) / size.std()])
        heights = [
            Likelihood(won.astype(float), cases.astype(float), terms[:, :count]).peak().height for count in (1, 2)
        ]
        ratios.append(2 * (heights[1] - heights[0]))
        sloping.append(beta_prior(won, cases, cases).slope != 0)
    assert sloping == [ratio > 3.841459 for ratio in ratios]
    assert any(2 < ratio < 3.8 for ratio in ratios) and any(3.9 < ratio < 6 for ratio in ratios)


def test_the_unit_of_volume_hardly_matters_where_volumes_are_large() -> None:
    won, cases = dependent(0.5, 1)
    thousands, units = beta_prior(won, cases, cases * 1e6), beta_prior(won, cases, cases * 1e9)
    assert thousands.slope == pytest.approx(units.slope, rel=1e-4)
    assert thousands.means(cases * 1e6) == pytest.approx(units.means(cases * 1e9), rel=1e-4)


def test_few_entities_or_equal_volumes_tell_no_dependence_on_volume() -> None:
    cases = np.full(FEWEST_FOR_VOLUME, 50)
    won = np.arange(5, 5 + 4 * FEWEST_FOR_VOLUME, 4)
    assert FEWEST_FOR_VOLUME == 10
    assert beta_prior(won, cases, won).slope > 0
    assert beta_prior(won[1:], cases[1:], won[1:]).slope == 0
    assert beta_prior(won, cases, cases).slope == 0


def test_volume_that_tells_all_successes_from_all_failures_has_a_finite_slope() -> None:
    prior = beta_prior([0] * 10 + [50] * 10, [50] * 20, np.repeat([1.0, 1000.0], 10))
    assert 0.5 < prior.slope < 10
    assert 0 < prior.means(1)[()] < 0.2 and 0.8 < prior.means(1000)[()] < 1


def test_entities_of_unknown_volume_are_left_out_and_have_no_mean() -> None:
    won, cases = dependent(0.5, 1)
    prior = beta_prior([*won, 7], [*cases, 9], [*cases, np.nan])
    assert prior == beta_prior(won, cases, cases)
    assert np.isnan(prior.means([np.nan, 5])).tolist() == [True, False]


def test_a_mean_stays_between_0_and_1_at_any_volume() -> None:
    means = BetaPrior(0.5, 10, slope=30, centre=1).means([0, 1e300])
    assert (means > 0).all() and (means < 1).all()


@pytest.mark.parametrize("volume", [None, [-1.0], [np.inf]])
def test_a_mean_that_depends_on_volume_needs_one(volume: list[float] | None) -> None:
    with pytest.raises(ValueError, match="volume"):
        BetaPrior(0.5, 10, slope=1).means(volume)


def test_counts_and_volumes_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="counts"):
        beta_prior([5], [4])
    with pytest.raises(ValueError, match="volume"):
        beta_prior([3], [4], [-1])


@pytest.mark.parametrize("fields", [(0, 5), (1, 5), (0.5, 0), (0.5, -1), (0.5, 5, np.nan), (0.5, 5, 1, np.inf)])
def test_what_is_no_prior_of_rates_is_refused(fields: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="a prior's"):
        BetaPrior(*fields)


def test_a_negative_variance_is_refused() -> None:
    with pytest.raises(ValueError, match="variance"):
        NormalPrior(5, -1)


def adjusted_surface(values: Array, errors: Array, variance: float) -> float:
    """Residual likelihood × variance: contrasts of the values have their own normal distribution."""
    contrasts = np.eye(len(values))[1:] - np.eye(len(values))[0]
    spread = contrasts @ np.diag(variance + errors) @ contrasts.T
    return float(multivariate_normal.logpdf(contrasts @ values, cov=spread) + np.log(variance))


@pytest.mark.parametrize("seed", range(5))
def test_the_variance_of_values_is_the_peak_of_the_residual_likelihood_times_itself(seed: int) -> None:
    draw = np.random.default_rng(seed)
    errors = draw.uniform(0.2, 3, 12)
    values = draw.normal(10, np.sqrt(errors + seed / 2))
    prior = normal_prior(values, errors)
    at = adjusted_surface(values, errors, prior.variance)
    for factor in (0.01, 0.5, 0.999, 1.001, 2, 100):
        assert adjusted_surface(values, errors, prior.variance * factor) < at
    weights = 1 / (prior.variance + errors)
    assert prior.mean == pytest.approx((weights @ values) / weights.sum())


def test_with_equal_errors_the_adjusted_variance_solves_a_quadratic_equation() -> None:
    # T = variance + error: (k − 3)T² − ((k − 1)V + S)T + SV = 0, here 2T² − 14T + 10 = 0 with S = 10, V = 1, k = 5.
    prior = normal_prior([3, 4, 5, 6, 7], [1] * 5)
    assert prior.mean == pytest.approx(5)
    assert prior.variance + 1 == pytest.approx((14 + np.sqrt(14**2 - 4 * 2 * 10)) / 4, rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_without_adjustment_the_squares_of_unequal_errors_sum_to_three_less_than_entities(seed: int) -> None:
    draw = np.random.default_rng(seed)
    errors = draw.uniform(0.2, 3, 15)
    values = draw.normal(10, np.sqrt(errors + 2))
    prior = normal_prior(values, errors, adjusted=False)
    assert ((values - prior.mean) ** 2 / (prior.variance + errors)).sum() == pytest.approx(15 - 3)


def test_values_that_differ_less_than_their_errors_have_no_variance_but_an_adjusted_one() -> None:
    values, errors = [9.9, 10.0, 10.1, 10.0, 10.05], [1.0] * 5
    assert normal_prior(values, errors, adjusted=False).variance == 0
    assert normal_prior(values, errors, adjusted=False).mean == pytest.approx(10.01)
    assert normal_prior(values, errors).variance > 0.1


def test_squares_between_k_minus_3_and_k_minus_1_leave_a_variance_without_adjustment() -> None:
    # Around the mean of 5 values, squares of 3 with errors of 1: 3 ÷ (5 − 3) − 1.
    values = 7 + np.array([1, -1, 0, 0.5**0.5, -(0.5**0.5)])
    assert normal_prior(values, [1] * 5, adjusted=False).variance == pytest.approx(0.5)


def test_james_and_steins_estimates_of_batting_averages_are_efron_and_morriss() -> None:
    if not BATTING.exists():
        pytest.skip("the batting averages of 1970 are not here")
    with BATTING.open(encoding="utf-8") as lines:
        players = [(int(row["hits_in_45"]) / 45, float(row["rest_of_season"])) for row in csv.DictReader(lines)]
    averages, season = np.array(players).T
    error = averages.mean() * (1 - averages.mean()) / 45
    prior = normal_prior(averages, np.full(18, error), adjusted=False)
    estimates = posterior_means(averages, np.full(18, error), prior).estimate
    assert prior.mean == pytest.approx(0.265, abs=5e-4)
    assert prior.variance / (prior.variance + error) == pytest.approx(0.212, abs=5e-4)
    assert prior.variance / (prior.variance + error) == pytest.approx(
        1 - 15 * error / ((averages - averages.mean()) ** 2).sum()
    )
    assert estimates[[0, -1]] == pytest.approx([0.294, 0.242], abs=5e-4)
    assert ((averages - season) ** 2).sum() == pytest.approx(0.0753, abs=5e-5)
    assert ((estimates - season) ** 2).sum() == pytest.approx(0.0213, abs=5e-5)


@pytest.mark.parametrize("values", [[4.0], [4.0, 6.0], [4.0, 6.0, 5.0]])
@pytest.mark.parametrize("adjusted", [True, False])
def test_up_to_three_values_keep_what_they_are(values: list[float], adjusted: bool) -> None:
    prior = normal_prior(values, [1.0] * len(values), adjusted=adjusted)
    assert prior.mean == pytest.approx(np.mean(values)) and prior.variance == np.inf


@pytest.mark.parametrize("adjusted", [True, False])
def test_values_without_error_have_their_own_spread_and_equal_ones_none(adjusted: bool) -> None:
    # Without errors both are the sum of squares ÷ (k − 3), 5 ÷ 1.
    prior = normal_prior([1, 2, 3, 4], [0] * 4, adjusted=adjusted)
    assert [prior.mean, prior.variance] == pytest.approx([2.5, 5], rel=1e-6)
    assert normal_prior([2.0] * 5, [0.0] * 5, adjusted=adjusted) == NormalPrior(2.0, 0.0)


def test_equal_values_some_without_error_have_their_mean() -> None:
    assert normal_prior([1, 1, 1, 1], [0, 0, 1, 1], adjusted=False) == NormalPrior(1.0, 0.0)
    assert normal_prior([1, 1, 1, 1], [0, 0, 1, 1]).mean == 1


def test_without_values_there_is_no_prior() -> None:
    for values in ([], [np.nan]):
        prior = normal_prior(values, np.ones(len(values)))
        assert np.isnan(prior.mean) and np.isnan(prior.variance)


@pytest.mark.parametrize("adjusted", [True, False])
def test_values_without_error_or_of_an_infinite_one_are_left_out(adjusted: bool) -> None:
    some = normal_prior([3, 4, 5, 9, np.nan, 7, 8], [1, 1, 1, 1, 1, np.nan, np.inf], adjusted=adjusted)
    assert some == normal_prior([3, 4, 5, 9], [1, 1, 1, 1], adjusted=adjusted)


@given(st.integers(0, 10_000), st.floats(1e-6, 1e6), st.booleans())
@settings(max_examples=30)
def test_the_unit_of_values_does_not_matter(seed: int, unit: float, adjusted: bool) -> None:
    draw = np.random.default_rng(seed)
    values, errors = draw.normal(3, 2, 8), draw.uniform(0, 4, 8)
    prior = normal_prior(values, errors, adjusted=adjusted)
    other = normal_prior(values * unit, errors * unit**2, adjusted=adjusted)
    assert other.mean == pytest.approx(prior.mean * unit, rel=1e-5)
    assert other.variance == pytest.approx(prior.variance * unit**2, rel=1e-5, abs=1e-12 * unit**2)


@pytest.mark.parametrize(("values", "errors"), [([1, 2], [1, -1]), ([1, np.inf], [1, 1])])
def test_values_and_errors_that_are_none_are_refused(values: list[float], errors: list[float]) -> None:
    with pytest.raises(ValueError, match="values must"):
        normal_prior(values, errors)
