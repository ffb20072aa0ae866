"""Posteriors of rates and values, worked out by hand, and what their intervals hold."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import beta, norm

from salesperf.inference.priors import BetaPrior, NormalPrior, beta_prior, normal_prior
from salesperf.inference.shrinkage import (
    Posterior,
    posterior_mean_draws,
    posterior_means,
    posterior_rate_draws,
    posterior_rates,
)

Array = NDArray[np.float64]


def near_95_percent(held: NDArray[np.bool_]) -> bool:
    """Whether the share that intervals hold is within the binomial 99 % of 95 %."""
    return bool(abs(held.mean() - 0.95) < 2.576 * np.sqrt(0.95 * 0.05 / held.size))


def holds(posterior: Posterior, true: Array) -> NDArray[np.bool_]:
    return np.asarray((posterior.lower <= true) & (true <= posterior.upper))


def test_a_posterior_rate_adds_the_cases_of_the_prior_to_ones_own() -> None:
    # 6 of 10, and a prior of 12 of 20: 18 of 30; 0 of 10: 12 of 30.
    posterior = posterior_rates([6, 0], [10, 10], BetaPrior(0.6, 20))
    assert posterior.estimate == pytest.approx([18 / 30, 12 / 30])
    assert posterior.lower == pytest.approx(beta.ppf(0.025, [18, 12], [12, 18]))
    assert posterior.upper == pytest.approx(beta.ppf(0.975, [18, 12], [12, 18]))


def test_an_interval_has_the_level_that_is_asked_for() -> None:
    posterior = posterior_rates([6], [10], BetaPrior(0.6, 20), level=0.5)
    assert [*posterior.lower, *posterior.upper] == pytest.approx(beta.ppf([0.25, 0.75], 18, 12))
    values = posterior_means([6], [10], NormalPrior(0, 10), level=0.5)
    assert [*values.lower, *values.upper] == pytest.approx(norm.ppf([0.25, 0.75], 3, np.sqrt(5)))


def test_an_entity_without_cases_has_the_prior_and_one_of_unknown_counts_has_nothing() -> None:
    posterior = posterior_rates([0, np.nan, 1], [0, 5, np.nan], BetaPrior(0.25, 8))
    assert posterior.estimate == pytest.approx([0.25, np.nan, np.nan], nan_ok=True)
    assert posterior.lower == pytest.approx([beta.ppf(0.025, 2, 6), np.nan, np.nan], nan_ok=True)
    assert posterior.upper == pytest.approx([beta.ppf(0.975, 2, 6), np.nan, np.nan], nan_ok=True)


def test_a_prior_of_infinite_strength_leaves_one_rate_for_all() -> None:
    prior = BetaPrior(0.25, np.inf)
    posterior = posterior_rates([9, 0, np.nan], [10, 0, 5], prior)
    for column in (posterior.estimate, posterior.lower, posterior.upper):
        assert column == pytest.approx([0.25, 0.25, np.nan], nan_ok=True)
    drawn = posterior_rate_draws([9, np.nan], [10, 5], prior, draws=3)
    assert (drawn[:, 0] == 0.25).all() and np.isnan(drawn[:, 1]).all()


def test_without_a_prior_nothing_is_available() -> None:
    posterior = posterior_rates([9, 0], [10, 0], beta_prior([], []))
    assert np.isnan([posterior.estimate, posterior.lower, posterior.upper]).all()
    assert np.isnan(posterior_rate_draws([9], [10], beta_prior([], []), draws=2)).all()
    values = posterior_means([9, 0], [10, np.inf], normal_prior([], []))
    assert np.isnan([values.estimate, values.lower, values.upper]).all()
    assert np.isnan(posterior_mean_draws([9], [10], normal_prior([], []), draws=2)).all()


def test_nobody_has_no_posterior() -> None:
    assert posterior_rates([], [], BetaPrior(0.5, 4)).estimate.shape == (0,)
    assert posterior_means([], [], NormalPrior(0, 1)).lower.shape == (0,)
    assert posterior_rate_draws([], [], BetaPrior(0.5, 4), draws=7).shape == (7, 0)
    assert posterior_mean_draws([], [], NormalPrior(0, 1), draws=7).shape == (7, 0)


def test_where_the_prior_depends_on_volume_each_is_drawn_to_the_mean_of_its_volume() -> None:
    # log(1 + e − 1) = 1 and log(1 + 0) = 0: logits of 1 · (1 − 0.5) and 1 · (0 − 0.5).
    prior = BetaPrior(0.5, 10, slope=1.0, centre=0.5)
    posterior = posterior_rates([5, 5], [10, 10], prior, volume=[np.e - 1, 0])
    mean = 1 / (1 + np.exp(-0.5))
    assert posterior.estimate == pytest.approx([(10 * mean + 5) / 20, (10 * (1 - mean) + 5) / 20])
    drawn = posterior_rate_draws([5, 5], [10, 10], prior, volume=[np.e - 1, 0], draws=4000)
    assert drawn.mean(axis=0) == pytest.approx(posterior.estimate, abs=0.006)
    with pytest.raises(ValueError, match="volume"):
        posterior_rates([5], [10], prior)


@given(st.floats(0.01, 0.99), st.floats(1, 1e8), st.integers(0, 50), st.integers(0, 1_000_000))
@settings(max_examples=40)
def test_a_posterior_rate_lies_between_the_prior_and_the_raw_rate(
    mean: float, strength: float, won: int, lost: int
) -> None:
    posterior = posterior_rates(won, won + lost, BetaPrior(mean, strength))
    raw = won / (won + lost) if won + lost else mean
    assert min(mean, raw) - 1e-12 <= posterior.estimate <= max(mean, raw) + 1e-12
    assert 0 <= posterior.lower <= posterior.upper <= 1


def test_intervals_of_rates_under_the_true_prior_hold_95_percent_of_true_rates() -> None:
    draw = np.random.default_rng(11)
    cases, true = draw.integers(0, 40, 20_000), draw.beta(6, 4, 20_000)
    assert near_95_percent(holds(posterior_rates(draw.binomial(cases, true), cases, BetaPrior(0.6, 10)), true))


@pytest.mark.parametrize(("mean", "strength"), [(0.6, 60), (0.25, 40)])
def test_intervals_of_rates_under_an_estimated_prior_hold_93_to_97_percent_of_true_rates(
    mean: float, strength: float
) -> None:
    draw, held = np.random.default_rng(12), []
    for _ in range(60):
        cases, true = draw.integers(10, 60, 40), draw.beta(mean * strength, (1 - mean) * strength, 40)
        won = draw.binomial(cases, true)
        held.append(holds(posterior_rates(won, cases, beta_prior(won, cases)), true))
    assert 0.93 < np.mean(held) < 0.97


@pytest.mark.parametrize("strength", [400, np.inf])
def test_intervals_of_rates_that_differ_little_or_not_at_all_hold_no_less(strength: float) -> None:
    draw, held = np.random.default_rng(13), []
    for _ in range(40):
        cases = draw.integers(10, 60, 30)
        true = draw.beta(0.6 * strength, 0.4 * strength, 30) if np.isfinite(strength) else np.full(30, 0.6)
        won = draw.binomial(cases, true)
        held.append(holds(posterior_rates(won, cases, beta_prior(won, cases)), true))
    assert np.mean(held) > 0.95


def test_intervals_of_rare_successes_hold_no_less_where_there_happen_to_be_none() -> None:
    draw, held, none = np.random.default_rng(17), [], []
    for _ in range(80):
        cases, true = draw.integers(3, 10, 12), draw.beta(2, 98, 12)
        won = draw.binomial(cases, true)
        held.append(holds(posterior_rates(won, cases, beta_prior(won, cases)), true).mean())
        none.append(not won.any())
    assert np.mean(held) > 0.93 and np.mean(np.array(held)[none]) > 0.6 and sum(none) > 9


def test_a_frozen_prior_holds_as_much_of_the_next_period() -> None:
    draw, held = np.random.default_rng(14), []
    for _ in range(60):
        cases, true = draw.integers(10, 60, (2, 40)), draw.beta(24, 16, 40)
        before, now = draw.binomial(cases, true)
        held.append(holds(posterior_rates(now, cases[1], beta_prior(before, cases[0])), true))
    assert 0.93 < np.mean(held) < 0.97


def test_a_posterior_value_weighs_the_prior_and_the_value_by_their_precision() -> None:
    # Weights of 100 ÷ (100 + 300) and 100 ÷ (100 + 100); variances of 75 and 50.
    posterior = posterior_means([120, 80], [300, 100], NormalPrior(100, 100))
    assert posterior.estimate == pytest.approx([105, 90])
    half = 1.959964 * np.sqrt([75, 50])
    assert posterior.lower == pytest.approx(posterior.estimate - half)
    assert posterior.upper == pytest.approx(posterior.estimate + half)


@pytest.mark.parametrize(
    ("variance", "error", "estimate", "spread"),
    [
        (4.0, 0.0, 8.0, 0.0),  # measured exactly
        (4.0, np.inf, 5.0, 4.0),  # not measured
        (0.0, 2.0, 5.0, 0.0),  # all are alike
        (0.0, 0.0, 8.0, 0.0),  # all are alike, and yet this one is measured exactly
        (np.inf, 2.0, 8.0, 2.0),  # nothing is known of all
        (np.inf, 0.0, 8.0, 0.0),
        (np.inf, np.inf, 5.0, np.inf),
        (0.0, np.inf, 5.0, 0.0),
    ],
)
def test_posterior_values_at_the_limits(variance: float, error: float, estimate: float, spread: float) -> None:
    posterior = posterior_means([8.0], [error], NormalPrior(5.0, variance))
    assert posterior.estimate.tolist() == [estimate]
    assert posterior.upper - estimate == pytest.approx(1.959964 * np.sqrt([spread]))
    assert estimate - posterior.lower == pytest.approx(1.959964 * np.sqrt([spread]))


def test_a_value_that_is_missing_stays_missing() -> None:
    posterior = posterior_means([np.nan, 1, 2], [1, np.nan, 1], NormalPrior(0, 1))
    for column in (posterior.estimate, posterior.lower, posterior.upper):
        assert np.isnan(column).tolist() == [True, True, False]


@pytest.mark.parametrize("variance", [0.4, 2.0])
def test_intervals_of_values_under_an_estimated_prior_hold_93_to_97_percent_of_true_values(variance: float) -> None:
    draw, held = np.random.default_rng(15), []
    for _ in range(120):
        errors, true = draw.uniform(0.3, 2, 40), draw.normal(50, np.sqrt(variance), 40)
        values = draw.normal(true, np.sqrt(errors))
        held.append(holds(posterior_means(values, errors, normal_prior(values, errors)), true))
    assert 0.93 < np.mean(held) < 0.97


def test_intervals_of_values_that_do_not_differ_hold_them() -> None:
    draw, held = np.random.default_rng(16), []
    for _ in range(60):
        errors = draw.uniform(0.3, 2, 30)
        values = draw.normal(50, np.sqrt(errors))
        held.append(holds(posterior_means(values, errors, normal_prior(values, errors)), np.full(30, 50.0)))
    assert np.mean(held) > 0.97


def test_drawn_rates_have_the_posterior_distribution() -> None:
    drawn = posterior_rate_draws([6, 0], [10, 10], BetaPrior(0.6, 20), draws=40_000)
    assert drawn.shape == (40_000, 2)
    for column, (won, lost) in zip(drawn.T, [(18, 12), (12, 18)], strict=True):
        assert column.mean() == pytest.approx(won / 30, abs=0.003)
        assert np.quantile(column, [0.025, 0.975]) == pytest.approx(beta.ppf([0.025, 0.975], won, lost), abs=0.006)
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.02


def test_drawn_values_have_the_posterior_distribution() -> None:
    drawn = posterior_mean_draws([120, 80], [300, 100], NormalPrior(100, 100), draws=40_000)
    assert drawn.mean(axis=0) == pytest.approx([105, 90], abs=0.2)
    assert drawn.var(axis=0) == pytest.approx([75, 50], rel=0.03)
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.02


def rates(order: NDArray[np.int64], seed: int) -> Array:
    won, cases = np.array([5.0, 1, 9, 0, np.nan, 5]), np.array([9.0, 7, 9, 0, 4, 12])
    return posterior_rate_draws(won[order], cases[order], BetaPrior(0.4, 9), draws=20, seed=seed)


def values(order: NDArray[np.int64], seed: int) -> Array:
    measured, errors = np.array([5.0, 1, 9, 0, np.nan, 3]), np.array([1.0, 2, 0, np.inf, 4, 3])
    return posterior_mean_draws(measured[order], errors[order], NormalPrior(4, 9), draws=20, seed=seed)


@pytest.mark.parametrize("drawn", [rates, values])
@given(st.permutations(range(6)))
@settings(max_examples=30)
def test_everybody_has_the_same_draws_in_whatever_order_they_are(
    drawn: Callable[[NDArray[np.int64], int], Array], order: list[int]
) -> None:
    there, back = drawn(np.array(order), 1), drawn(np.arange(6), 1)
    assert there.tobytes() == back[:, order].tobytes()


@pytest.mark.parametrize("drawn", [rates, values])
def test_another_seed_gives_other_draws(drawn: Callable[[NDArray[np.int64], int], Array]) -> None:
    assert not (drawn(np.arange(6), 1) == drawn(np.arange(6), 2)).any(axis=0)[[0, 1, 5]].any()


def test_draws_of_a_table_are_refused() -> None:
    with pytest.raises(ValueError, match="2 dimensions"):
        posterior_rate_draws([[1, 2]], [[3, 4]], BetaPrior(0.5, 4))
    with pytest.raises(ValueError, match="2 dimensions"):
        posterior_mean_draws([[1, 2]], [[3, 4]], NormalPrior(0, 1))


def test_counts_errors_and_levels_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="counts"):
        posterior_rates([2], [1], BetaPrior(0.5, 4))
    with pytest.raises(ValueError, match="values must"):
        posterior_means([2], [-1], NormalPrior(0, 1))
    with pytest.raises(ValueError, match="level"):
        posterior_rates([1], [2], BetaPrior(0.5, 4), level=95)
    with pytest.raises(ValueError, match="level"):
        posterior_means([2], [1], NormalPrior(0, 1), level=0)
