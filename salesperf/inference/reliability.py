"""How much of the differences between entities is their own, and what is expected of those who stand out."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincc

from salesperf.inference.measurements import checked_counts, checked_errors, raw_rates

Array = NDArray[np.float64]
RELIABLE_FROM = 0.3  # reliability under which differences between entities are mostly chance [B]


class ExpectedChange(NamedTuple):
    """The change of each entity's value that is expected of chance alone, and the standard deviation around it."""

    change: Array
    deviation: Array


def reliability(values: ArrayLike, errors: ArrayLike) -> float:
    """The share of the variance of measured values that is between entities, 0 to 1 (docs/methods.md §4).

    ``values``, ``errors``: arrays, one per entity, of the values and their error variances; those of which either is
    NaN, or the error infinite, are left out. It is 1 − mean error ÷ variance, and 0 where that is negative, or all
    values are equal. NaN for fewer than two entities. Raises ValueError for infinite values and negative errors.

    >>> reliability([1.0, 2.0, 3.0], [0.1, 0.2, 0.6])
    0.7
    """
    value, error = checked_errors(values, errors)
    used = np.isfinite(error)
    if used.sum() < 2:
        return float("nan")
    variance = float(value[used].var(ddof=1))
    return max(0.0, 1 - float(error[used].mean()) / variance) if variance > 0 else 0.0


def rate_reliability(successes: ArrayLike, cases: ArrayLike) -> float:
    """The share of the variance of raw rates that is between entities, 0 to 1 (docs/methods.md §4).

    ``successes``, ``cases``: arrays, one count per entity; those without cases, or NaN, are left out. The variance
    between entities solves the two equations of moments without weights (Kleinman 1973): with m the mean of the raw
    rates, V their variance and h the mean of 1 ÷ cases over k entities, it is (V − h · (m(1 − m) + V ÷ k)) ÷ (1 − h),
    at least 0. NaN for fewer than two entities, and where none has more than one case; 0 where all rates are equal.
    Raises ValueError for counts that are none.

    >>> round(rate_reliability([2, 5, 8], [10, 10, 10]), 3)
    0.765
    """
    won, total = checked_counts(successes, cases)
    rates = raw_rates(won, total)[total > 0]
    if len(rates) < 2 or total[total > 0].max() <= 1:
        return float("nan")
    mean, variance = float(rates.mean()), float(rates.var(ddof=1))
    if variance == 0:
        return 0.0
    of_chance = float((1 / total[total > 0]).mean())
    between = (variance - of_chance * (mean * (1 - mean) + variance / len(rates))) / (1 - of_chance)
    return min(1.0, max(0.0, between / variance))


def heterogeneity(successes: ArrayLike, cases: ArrayLike) -> float:
    """The p-value of rates that differ so much or more, if all entities have one true rate (Pearson 1900).

    ``successes``, ``cases``: arrays, one count per entity; those without cases, or NaN, are left out. χ² on one degree
    of freedom less than entities, which is exact only for many cases: about 5 expected successes and failures each
    (Cochran 1954). NaN for fewer than two entities; 1 where nobody or everybody succeeds. Raises ValueError for counts
    that are none.

    >>> round(heterogeneity([30, 45], [100, 100]), 4)
    0.0285
    """
    won, total = checked_counts(successes, cases)
    won, total = won[total > 0], total[total > 0]
    if len(total) < 2:
        return float("nan")
    common = won.sum() / total.sum()
    if common in (0, 1):
        return 1.0
    squares = ((won - total * common) ** 2 / (total * common * (1 - common))).sum()
    return float(gammaincc((len(total) - 1) / 2, squares / 2))


def heterogeneity_of_values(values: ArrayLike, errors: ArrayLike) -> float:
    """The p-value of measured values that differ so much or more, if all entities have one true value (Cochran 1954).

    ``values``, ``errors``: arrays, one per entity, of the values and their error variances; those of which either is
    NaN, or the error 0 or infinite, are left out. χ² of the squares around the mean, each ÷ error, on one degree of
    freedom less than entities. NaN for fewer than two entities. Raises ValueError for infinite values and negative
    errors.

    >>> round(heterogeneity_of_values([1.0, 3.0], [1.0, 1.0]), 4)
    0.1573
    """
    value, error = checked_errors(values, errors)
    used = np.isfinite(error) & (error > 0)
    value, precision = value[used], 1 / error[used]
    if len(value) < 2:
        return float("nan")
    mean = (value * precision).sum() / precision.sum()
    return float(gammaincc((len(value) - 1) / 2, (precision * (value - mean) ** 2).sum() / 2))


def expected_regression(
    values: ArrayLike, mean: ArrayLike, reliability: ArrayLike, *, variance: ArrayLike
) -> ExpectedChange:
    """By how much next values are expected to differ from these, if only chance changes (Galton 1886; James 1973).

    ``values``: measured now; ``mean`` and ``variance``: of such values over entities; ``reliability``: the share of
    that variance between entities, 0 to 1; arrays or numbers. Next values are taken to be measured as exactly as these.
    The change is (1 − reliability) · (mean − value), in the unit of the values; the standard deviation of the next
    value around value + change is √(variance · (1 − reliability²)). NaN where anything is NaN. Raises ValueError for a
    reliability outside 0 to 1, and negative variances.

    >>> change, deviation = expected_regression([120.0, 100.0], 100.0, 0.25, variance=400.0)
    >>> change.tolist(), deviation.round(2).tolist()
    ([-15.0, 0.0], [19.36, 19.36])
    """
    value, centre, share, total = np.broadcast_arrays(
        *(np.asarray(given, np.float64) for given in (values, mean, reliability, variance))
    )
    if (share < 0).any() or (share > 1).any() or (total < 0).any():
        raise ValueError("reliability lies between 0 and 1, and variance is at least 0")
    change = (1 - share) * (centre - value)
    deviation = np.sqrt(total * (1 - share**2))
    known = ~np.isnan(change + deviation)
    return ExpectedChange(np.where(known, change, np.nan), np.where(known, deviation, np.nan))
