"""Limits of a funnel plot: how far chance alone takes entities from a common rate, by their number of cases."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincc, gammaincc

from salesperf.inference.intervals import two_sided_quantile

Array = NDArray[np.float64]
Cumulative = Callable[[Array], Array]  # the probability of no more than so many, for each entity


def funnel_limits(centre: float, cases: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """The limits that a rate lies within by chance, if the true one is ``centre`` (Spiegelhalter 2005, appendix A.1.1).

    ``centre``: the common or target rate, 0 to 1; ``cases``: whole numbers of cases, an array; ``level``: probability
    within the limits. Returns lower and upper limits as shares, 0 to 1; NaN where there are no cases, or NaN of them.
    They are exact and binomial, interpolated between whole numbers of successes with a correction for continuity of
    half a case, which the printed formula lacks: with it, the limits of a rate and those of its complement mirror each
    other, and a rate is outside exactly where its one-sided mid-p-value (Lancaster 1961) is under (1 − level) ÷ 2.
    Raises ValueError for another centre or level, and for cases that are negative or not whole.

    >>> lower, upper = funnel_limits(0.6, [10, 100])
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.28, 0.503], [0.903, 0.695])
    """
    if not 0 <= centre <= 1:
        raise ValueError(f"centre must be a share from 0 to 1, got {centre}")
    total = np.asarray(cases, np.float64)
    if not (np.isnan(total) | ((total >= 0) & (total == np.floor(total)) & np.isfinite(total))).all():
        raise ValueError("cases must be whole numbers of at least 0")
    n = np.where(total > 0, total, np.nan)

    def cumulative(most: Array) -> Array:
        within = np.clip(most, 0, n - 1)
        return np.where(most < 0, 0.0, np.where(most >= n, 1.0, betaincc(within + 1, n - within, centre)))

    lower, upper = _limits(cumulative, n, level)
    return np.clip(lower / n, 0, 1), np.clip(upper / n, 0, 1)


def count_funnel_limits(centre: float, exposure: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """The limits that a count per unit of exposure lies within by chance, if the true one is ``centre``.

    As `funnel_limits`, for Poisson counts, such as new customers per month of a person. ``centre``: the expected count
    per unit, at least 0; ``exposure``: units of each entity, such as months, an array. Returns lower and upper limits
    per unit, at least 0; NaN where the exposure is 0 or NaN. Raises ValueError where either is negative or infinite.

    >>> lower, upper = count_funnel_limits(2.0, [3, 12])
    >>> lower.round(2).tolist(), upper.round(2).tolist()
    ([0.56, 1.24], [3.76, 2.84])
    """
    units = np.asarray(exposure, np.float64)
    if not 0 <= centre < np.inf or (units < 0).any() or np.isinf(units).any():
        raise ValueError("centre and exposure must be finite and at least 0")
    units = np.where(units > 0, units, np.nan)
    expected = centre * units

    def cumulative(most: Array) -> Array:
        return np.where(most < 0, 0.0, gammaincc(np.maximum(most, 0) + 1, expected))

    # Bernstein's inequality: with z of 9 and more, beyond this lies less than any level that a float can hold.
    lower, upper = _limits(cumulative, np.ceil(expected + 9 * np.sqrt(expected) + 81), level)
    return np.maximum(lower / units, 0), upper / units


def _limits(cumulative: Cumulative, most: Array, level: float) -> tuple[Array, Array]:
    """The interpolated quantiles of a count at both ends; ``most``: a count that it never or hardly exceeds."""
    two_sided_quantile(level)  # refuses what is no level
    tail = (1 - level) / 2
    return _quantile(cumulative, most, tail), _quantile(cumulative, most, 1 - tail)


def _quantile(cumulative: Cumulative, most: Array, probability: float) -> Array:
    """The count up to which a distribution has that probability, interpolated, counts being rounded values."""
    below, reaches = np.full(most.shape, -1.0), most.copy()
    while (reaches - below > 1).any():
        middle = np.floor((below + reaches) / 2)
        enough = cumulative(middle) >= probability
        below, reaches = np.where(enough, below, middle), np.where(enough, middle, reaches)
    at, under = cumulative(reaches), cumulative(reaches - 1)
    return np.asarray(reaches + 0.5 - (at - probability) / (at - under))
