"""Rounding of parts that must add up to a whole, by largest remainder (Hamilton's method)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def apportioned(units: int, weights: Sequence[float]) -> list[int]:
    """A whole number of units as whole parts in proportion to weights of 0 or more; they sum to the whole exactly.

    By largest remainder, ties to the first; equal parts where all weights are 0. A whole below 0 is shared out like
    the same one above 0.

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
    """A whole number of units over a run of places, such as months, in proportion to weights; exact, as above.

    The sums up to each place are rounded up, not the parts, so that small wholes lie evenly along the run.

    >>> spread(2, [1, 1, 1, 1])
    [1, 0, 1, 0]
    """
    exact = _integers(weights)
    total, reached = sum(exact), [0]
    for weight in exact:
        reached.append(reached[-1] + weight)
    ups = [-(-units * running // total) for running in reached]
    return [after - before for before, after in pairwise(ups)]


def adding_up(parts: Array, decimals: int = 0, wholes: Array | None = None) -> Array:
    """Rows of parts rounded so that in every row they add up to the rounded sum exactly.

    ``parts``: rows × parts, NaN where there is none, which stays; NaN counts as nothing. ``wholes``: the sums of the
    rows, where they are known more exactly. A half is rounded up, as by `half_up`. Ties go to the first.

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
    """Values rounded; a half goes up, also one that the error of binary numbers alone keeps from it."""
    unit = 10**decimals
    return np.asarray(np.floor((values * unit).round(6) + 0.5) / unit)


def _integers(weights: Sequence[float]) -> list[int]:
    """Weights as integers in nearly the same proportion, so that shares of any size are computed exactly."""
    largest = max(weights, default=0.0)
    if largest <= 0:
        return [1] * len(weights)
    return [int(max(weight, 0.0) / largest * 2**52) for weight in weights]
