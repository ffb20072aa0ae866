"""Intervals of rates that hold for few cases too."""

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesperf.inference.measurements import checked_counts

Array = NDArray[np.float64]


def wilson(successes: ArrayLike, cases: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """The lower and upper limits of rates, from their counts (Wilson 1927).

    ``successes``, ``cases``: counts, arrays of one shape or numbers; ``level``: the probability that an interval holds
    the rate, above 0 and below 1. Limits are shares, 0 to 1; NaN where there are no cases, or a count is NaN. Raises
    ValueError for counts that are none, and for other levels.

    >>> lower, upper = wilson([6, 50], [10, 79])
    >>> lower.round(2).tolist(), upper.round(2).tolist()
    ([0.31, 0.52], [0.83, 0.73])
    """
    won, total = checked_counts(successes, cases)
    z = two_sided_quantile(level)
    return _lower(won, total, z), 1 - _lower(total - won, total, z)


def rate_error(successes: ArrayLike, cases: ArrayLike) -> Array:
    """The standard error of rates, of which one of no or all successes has some, too.

    ``successes``, ``cases``: counts, arrays, or successes as expected by a rate. It is √(q(1 − q) ÷ n) for n cases,
    with one success and one failure added to q. NaN without cases. Raises ValueError for counts that are none.

    >>> rate_error([0, 5], [8, 10]).round(3).tolist()
    [0.106, 0.158]
    """
    won, total = checked_counts(successes, cases)
    share, n = (won + 1) / (total + 2), np.where(total > 0, total, np.nan)
    return np.asarray(np.sqrt(share * (1 - share) / n))


def two_sided_quantile(level: float) -> float:
    """The z that a standard normal variable lies within, −z to z, with the probability ``level``.

    Raises ValueError unless 0 < level < 1.

    >>> round(two_sided_quantile(0.95), 4)
    1.96
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be above 0 and below 1, got {level}")
    return NormalDist().inv_cdf((1 + level) / 2)


def _lower(won: Array, total: Array, z: float) -> Array:
    """The smaller root of Wilson's quadratic, in the form that is exactly 0 without successes."""
    n = np.where(total > 0, total, np.nan)
    root = z * np.sqrt(z**2 + 4 * won * (total - won) / n)
    return np.asarray(2 * won**2 / n / (2 * won + z**2 + root))
