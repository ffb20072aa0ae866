"""What estimates are made of, checked: counts of successes among cases, and values with their errors."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def checked_counts(successes: ArrayLike, cases: ArrayLike) -> tuple[Array, Array]:
    """The two as arrays of one shape, both NaN wherever either is.

    Raises ValueError where a count is negative or infinite, where there are more successes than cases, or where the
    shapes do not fit each other.
    """
    won, total = np.broadcast_arrays(np.asarray(successes, np.float64), np.asarray(cases, np.float64))
    if np.isinf(total).any() or (won < 0).any() or (total < 0).any() or (won > total).any():
        raise ValueError("successes and cases must be finite counts of at least 0, and successes no more than cases")
    missing = np.isnan(won) | np.isnan(total)
    return np.where(missing, np.nan, won), np.where(missing, np.nan, total)


def raw_rates(successes: Array, cases: Array) -> Array:
    """successes ÷ cases; NaN where there are no cases, or no counts."""
    return np.asarray(np.divide(successes, cases, out=np.full(cases.shape, np.nan), where=cases > 0))


def checked_errors(values: ArrayLike, errors: ArrayLike) -> tuple[Array, Array]:
    """Measured values and their error variances as arrays of one shape, both NaN wherever either is.

    An infinite error is one of a value that was not measured. Raises ValueError where a value is infinite, an error is
    negative, or the shapes do not fit each other.
    """
    value, error = np.broadcast_arrays(np.asarray(values, np.float64), np.asarray(errors, np.float64))
    if np.isinf(value).any() or (error < 0).any():
        raise ValueError("values must be finite, and errors, which are variances, at least 0")
    missing = np.isnan(value) | np.isnan(error)
    return np.where(missing, np.nan, value), np.where(missing, np.nan, error)
