"""Rounding of parts that must add up to a whole, by largest remainder (Hamilton's method)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def apportioned(units: int, weights: Sequence[float]) -> list[int]:
    """Whole units shared out in proportion to weights of 0 or more: a whole part for each; they sum to ``units``.

    By largest remainder, ties to the first; equal shares where all weights are 0. Negative units are shared out like
    positive ones, with the sign turned.

    >>> apportioned(10, [1, 1, 1])
    [4, 3, 3]
    """
    if units < 0:
        return [-part for part in apportioned(-units, weights)]
    exact = _integers(weights)
    total = sum(exact)
    split = [divmod(units * weight, total) for weight in exact]
    parts = [part for part, _ in split]
    by_remainder = sorted(range(len(parts)), key=lambda place: -split[place][1])
    for place in by_remainder[: units - sum(parts)]:
        parts[place] += 1
    return parts


def spread(units: int, weights: Sequence[float]) -> list[int]:
    """Whole units shared out over a sequence, such as months, in proportion to weights; the parts sum to ``units``.

    Not the parts but their running sums are rounded, up, so that a few units are spread evenly over the sequence.

    >>> spread(2, [1, 1, 1, 1])
    [1, 0, 1, 0]
    """
    exact = _integers(weights)
    total, sums = sum(exact), [0]
    for weight in exact:
        sums.append(sums[-1] + weight)
    rounded = [-(-units * running // total) for running in sums]
    return [after - before for before, after in pairwise(rounded)]


def adding_up(parts: Array, decimals: int = 0, wholes: Array | None = None) -> Array:
    """Parts rounded so that those of each row add up to the row's rounded sum exactly, by largest remainder.

    ``parts``: array of rows × parts; NaN stays NaN and counts as 0 in the sum. ``wholes``: the sums of the rows, where
    the caller has them more exactly. Sums are rounded by `half_up`. Ties go to the first part.

    >>> adding_up(np.array([[1.5, -0.25, -0.25]])).tolist()
    [[1.0, 0.0, 0.0]]
    """
    unit = 10**decimals
    scaled = (np.asarray(parts, dtype=np.float64) * unit).round(6)
    floors = np.floor(scaled)
    sums = np.nansum(parts, axis=1) if wholes is None else wholes
    missing = (half_up(sums, decimals) * unit).round() - np.nansum(floors, axis=1)
    order = np.argsort(-np.nan_to_num((scaled - floors).round(6), nan=-1.0), axis=1, kind="stable")
    place = np.argsort(order, axis=1, kind="stable")
    return np.asarray((floors + (place < missing[:, None])) / unit)


def half_up(values: Array, decimals: int = 1) -> Array:
    """Values rounded, a half upwards; also where only the binary form of a number puts it just below the half."""
    unit = 10**decimals
    return np.asarray(np.floor((values * unit).round(6) + 0.5) / unit)


def _integers(weights: Sequence[float]) -> list[int]:
    """Weights as integers in nearly the same proportion, the largest 2**52, so that shares are computed without error.

    Negative weights count as 0; all are 1 where none is above 0.
    """
    largest = max(weights, default=0.0)
    if largest <= 0:
        return [1] * len(weights)
    return [int(max(weight, 0.0) / largest * 2**52) for weight in weights]
