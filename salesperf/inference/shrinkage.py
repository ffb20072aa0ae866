"""Estimates that a prior draws towards the mean, the more the less an entity's own results tell (Morris 1983)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from salesperf.inference.intervals import two_sided_quantile
from salesperf.inference.measurements import checked_counts, checked_errors, raw_rates
from salesperf.inference.priors import BetaPrior, NormalPrior

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Posterior:
    """What is known of entities' true values: arrays of posterior means and the limits of equal-tailed intervals.

    All three are NaN where an entity's data or the prior are. The prior is taken as known, so that what its estimation
    leaves unsure is not in the intervals.
    """

    estimate: Array
    lower: Array
    upper: Array


def posterior_rates(
    successes: ArrayLike,
    cases: ArrayLike,
    prior: BetaPrior,
    *,
    volume: ArrayLike | None = None,
    level: float = 0.95,
) -> Posterior:
    """The posterior of each entity's true rate, as shares.

    ``successes``, ``cases``: counts, arrays; ``prior``: estimated (`beta_prior`), or given, such as that of the periods
    before; ``volume``: where the prior's mean depends on it, in the unit that it was estimated in; ``level``: the
    probability within the interval. Of an entity without cases the posterior is the prior. Raises ValueError for counts
    that are none, other levels, and a volume that the prior needs and lacks.

    >>> posterior = posterior_rates([6, 0], [10, 0], BetaPrior(0.5, 20.0))
    >>> posterior.estimate.round(3).tolist(), posterior.lower.round(3).tolist(), posterior.upper.round(3).tolist()
    ([0.533, 0.5], [0.357, 0.289], [0.706, 0.711])
    """
    two_sided_quantile(level)  # refuses what is no level
    mean, won, lost = _beta(successes, cases, prior, volume)
    tail = (1 - level) / 2
    return Posterior(mean, _beta_quantile(mean, won, lost, tail), _beta_quantile(mean, won, lost, 1 - tail))


def posterior_rate_draws(
    successes: ArrayLike,
    cases: ArrayLike,
    prior: BetaPrior,
    *,
    volume: ArrayLike | None = None,
    draws: int = 1000,
    seed: int | Sequence[int] = 0,
) -> Array:
    """Draws × entities: true rates drawn from the posterior of each (`posterior_rates`).

    ``draws``: their number; ``seed``: an integer or several, another one for every KPI, as the draws of two from one
    seed depend on each other. The same seed gives the same draws, in whatever order the entities are, except that those
    with equal posteriors may exchange theirs. NaN and errors as in `posterior_rates`; ValueError also for arrays of
    more than one dimension.
    """
    mean, won, lost = _beta(successes, cases, prior, volume)
    order = _order(won, lost)
    drawable = np.isfinite(won[order])
    first, second = np.where(drawable, won[order], 1.0), np.where(drawable, lost[order], 1.0)
    drawn = np.random.default_rng(seed).beta(first, second, (draws, len(order)))
    return _in_place(np.where(drawable, drawn, mean[order]), order)


def posterior_means(values: ArrayLike, errors: ArrayLike, prior: NormalPrior, *, level: float = 0.95) -> Posterior:
    """The posterior of each entity's true value, in the unit of the values.

    ``values``: measured values, an array; ``errors``: their error variances, infinite where nothing was measured, of
    which the posterior is the prior; ``prior``: estimated (`normal_prior`) or given; ``level``: the probability within
    the interval. NaN where a value, its error or the prior is. Raises ValueError for negative errors and other levels.

    >>> posterior = posterior_means([120.0, 80.0], [300.0, 100.0], NormalPrior(100.0, 100.0))
    >>> posterior.estimate.tolist(), posterior.lower.round(1).tolist(), posterior.upper.round(1).tolist()
    ([105.0, 90.0], [88.0, 76.1], [122.0, 103.9])
    """
    mean, variance = _normal(values, errors, prior)
    half = two_sided_quantile(level) * np.sqrt(variance)
    return Posterior(mean, mean - half, mean + half)


def posterior_mean_draws(
    values: ArrayLike, errors: ArrayLike, prior: NormalPrior, *, draws: int = 1000, seed: int | Sequence[int] = 0
) -> Array:
    """Draws × entities: true values drawn from the posterior of each (`posterior_means`).

    ``draws`` and ``seed``: as in `posterior_rate_draws`.
    """
    mean, variance = _normal(values, errors, prior)
    order = _order(mean, variance)
    drawn = np.random.default_rng(seed).standard_normal((draws, len(order)))
    return _in_place(mean[order] + np.sqrt(variance[order]) * drawn, order)


def _beta(
    successes: ArrayLike, cases: ArrayLike, prior: BetaPrior, volume: ArrayLike | None
) -> tuple[Array, Array, Array]:
    """The mean and the two parameters of each posterior beta distribution; these are infinite where the prior is."""
    won, total = checked_counts(successes, cases)
    centre, strength = prior.means(volume), prior.strength
    mean = centre + (np.nan_to_num(raw_rates(won, total)) - centre) * (total / (strength + total))
    return mean, strength * centre + won, strength * (1 - centre) + total - won


def _beta_quantile(mean: Array, won: Array, lost: Array, probability: float) -> Array:
    """The quantiles of beta distributions of these parameters; their mean where the parameters are infinite, or NaN."""
    spread = np.isfinite(won)
    return np.where(spread, betaincinv(np.where(spread, won, 1.0), np.where(spread, lost, 1.0), probability), mean)


def _normal(values: ArrayLike, errors: ArrayLike, prior: NormalPrior) -> tuple[Array, Array]:
    """The mean and variance of each posterior normal distribution."""
    value, error = checked_errors(values, errors)
    measured = np.isfinite(error)
    if prior.variance == 0:
        weight = (error == 0).astype(np.float64)
    elif np.isinf(prior.variance):
        weight = measured.astype(np.float64)
    else:
        weight = prior.variance / (prior.variance + error)
    variance = np.where(measured, weight * np.where(measured, error, 0.0), prior.variance)
    return prior.mean + (value - prior.mean) * weight, variance


def _order(first: Array, second: Array) -> NDArray[np.int64]:
    """The order in which draws are given to entities: that of their posteriors."""
    if first.ndim != 1:
        raise ValueError(f"draws are of a list of entities, got an array of {first.ndim} dimensions")
    return np.lexsort((second, first))


def _in_place(drawn: Array, order: NDArray[np.int64]) -> Array:
    """Draws whose columns are in ``order``, with the columns back in their places."""
    placed = np.empty_like(drawn)
    placed[:, order] = drawn
    return placed
