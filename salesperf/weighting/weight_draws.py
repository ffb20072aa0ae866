"""Weights drawn at random, uniformly from all weights that are not ruled out. See docs/methods.md §5.

All results are draws × KPIs; each draw is 0 or more and sums to 1. The same arguments give the same draws.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from salesperf.weighting.importance_order import Places, in_places

DRAWS = 10_000  # errs by less than 0.01 in a rank acceptability, with 95 % (Tervonen & Lahdelma 2007)
_ATTEMPTS = 1 << 16  # drawn at a time until enough are accepted
_SLACK = 1e-12  # by which bounds may miss a sum of 1, as that of ten times 0.1 does
Array = NDArray[np.float64]


def any_weights(kpis: int, *, draws: int = DRAWS, seed: int = 0) -> Array:
    """Weights drawn uniformly from all weights: a Dirichlet distribution whose parameters are all 1.

    Raises ValueError for fewer than one of ``kpis`` or ``draws``.
    """
    if kpis < 1:
        raise ValueError(f"kpis must be 1 or more; got {kpis}")
    _check_draws(draws)
    drawn = np.random.default_rng(seed).standard_exponential((draws, kpis))
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))


def weights_in_order(importance: Places, *, draws: int = DRAWS, seed: int = 0) -> Array:
    """Weights drawn uniformly from those that agree with an order of importance.

    ``importance``: 1 for the most important KPI, equal numbers for KPIs of one class (see `importance_order`). A draw
    from all weights is sorted; within a class any KPI may have any of the places, so that their weights are equal on
    average and not in each draw. The mean of many draws is the `rank_order_centroid`. Raises ValueError for no KPIs and
    for fewer than one of ``draws``.
    """
    places = in_places(importance)
    falling = -np.sort(-any_weights(len(places), draws=draws, seed=seed), axis=1)
    weights = falling[:, places]
    shuffle = np.random.default_rng([seed, 1])
    for one in np.unique(importance):
        members = np.flatnonzero(importance == one)
        if len(members) > 1:
            weights[:, members] = shuffle.permuted(weights[:, members], axis=1)
    return np.asarray(weights)


def weights_within(low: Array, high: Array, *, draws: int = DRAWS, seed: int = 0) -> Array:
    """Weights drawn uniformly from those with ``low`` ≤ weight ≤ ``high`` for each KPI.

    Exact and independent draws, also where so little of the simplex lies within the bounds that hardly any draw from
    all of it would. Put v = weight − low, of width u = high − low, and s = 1 − Σ low. Uniform weights are independent
    uniform v on [0, u] given Σ v = s. They are as well independent v with densities ∝ exp(−θv) on [0, u] given
    Σ v = s, whatever θ is: the joint density exp(−θ Σ v) is then the same everywhere. So θ is chosen such that the
    mean of Σ v is s; all v but the widest are drawn, the widest one is what is left of s, and the draw is accepted if
    that lies in [0, u], with a probability in proportion to its density exp(−θv). Of n KPIs a share in the order of
    1 ÷ √n is accepted.

    Raises ValueError for bounds of different lengths, where one is not from 0 to 1 or ``low`` is above ``high``, and
    where no weights within them sum to 1; the message names the sums.
    """
    _check_bounds(low, high)
    _check_draws(draws)
    width, rest = high - low, 1.0 - float(low.sum())
    weights = np.tile(low, (draws, 1))
    if rest <= _SLACK or float(width.sum()) - rest <= _SLACK:
        return weights if rest <= _SLACK else np.tile(high, (draws, 1))
    free = np.flatnonzero(width > 0)
    widest = int(free[width[free].argmax()])
    others = free[free != widest]
    rate = _rate(width[free], rest)
    rng, count = np.random.default_rng(seed), 0
    while count < draws:
        drawn = _truncated_exponential(rng.random((_ATTEMPTS // len(free), len(others))), width[others], rate)
        left = rest - drawn.sum(axis=1)
        # The density of what is left, relative to its largest value: at 0 where it falls, at the width where it rises.
        density = np.exp(-rate * (left if rate > 0 else left - width[widest]))
        accepted = (left >= 0) & (left <= width[widest]) & (rng.random(len(left)) < density)
        block = np.flatnonzero(accepted)[: draws - count]
        rows = slice(count, count + len(block))
        weights[rows, others] += drawn[block]
        weights[rows, widest] += left[block]
        count += len(block)
    return weights


def _rate(width: Array, rest: float) -> float:
    """The rate of truncated exponential distributions on widths whose means sum to ``rest``.

    A mean is at most 1 ÷ rate, and for a negative rate at least width − 1 ÷ |rate|, which bounds the rate; twice that
    keeps rounding from putting it outside.
    """
    bounds = -2 * len(width) / (float(width.sum()) - rest), 2 * len(width) / rest
    return float(brentq(lambda rate: _means(width, rate).sum() - rest, *bounds))


def _means(width: Array, rate: float) -> Array:
    """The mean of each truncated exponential distribution."""
    scaled = np.abs(rate * width)
    small = scaled < 1e-3  # where the two terms of the formula cancel
    safe = np.where(small, 1.0, scaled)
    share = np.where(small, 0.5 - scaled / 12, 1 / safe - np.exp(-safe) / -np.expm1(-safe))
    return np.asarray(width * (share if rate >= 0 else 1 - share))


def _truncated_exponential(uniform: Array, width: Array, rate: float) -> Array:
    """Draws with densities ∝ exp(−rate × v) on [0, width], from uniform ones."""
    scaled = np.abs(rate * width)
    safe = np.where(scaled > 1e-12, scaled, 1.0)
    share = np.where(scaled > 1e-12, -np.log1p(uniform * np.expm1(-safe)) / safe, uniform)
    return np.asarray(width * (share if rate >= 0 else 1 - share))


def _check_draws(draws: int) -> None:
    if draws < 1:
        raise ValueError(f"draws must be 1 or more; got {draws}")


def _check_bounds(low: Array, high: Array) -> None:
    if low.ndim != 1 or low.shape != high.shape or not len(low):
        raise ValueError(f"low and high must have a bound for each KPI; got {low.shape} and {high.shape}")
    for kpi in np.flatnonzero(~((low >= 0) & (low <= high) & (high <= 1)))[:1]:
        raise ValueError(f"KPI {kpi}: expected 0 <= low <= high <= 1; got {low[kpi]:g} and {high[kpi]:g}")
    if low.sum() > 1 + _SLACK or high.sum() < 1 - _SLACK:
        raise ValueError(f"bounds must let weights sum to 1; got sums of {low.sum():g} (low) and {high.sum():g} (high)")
