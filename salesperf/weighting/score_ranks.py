"""Ranks of scores: rank 1 is the highest, and equal scores share the better rank.

Scores count as equal where they agree to about 11 digits of the largest possible one. What is equal on paper then is
so here, in whatever order a sum was computed: 0.5 × 80 + 0.5 × 100 and 0.5 × 100 + 0.5 × 80.
"""

import numpy as np
from numpy.typing import NDArray

_LARGEST = 2.0**40  # of the whole numbers that scores are turned into; leaves 22 bits for the index of a person
_MOST_COUNTED = 1 << 14  # different numbers that are counted one by one
Array = NDArray[np.float64]
Ranks = NDArray[np.int64]


def ranks(scores: Array) -> Ranks:
    """The rank of each score within its row; any shape, people last. Scores must be finite.

    >>> ranks(np.array([90.0, 80.0, 90.0, 70.0])).tolist()
    [1, 3, 1, 4]
    """
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite")
    rows = scores.reshape(-1, scores.shape[-1])
    order, place = in_order(rows, unit(float(np.abs(scores).max(initial=0.0))))
    result = np.empty_like(order)
    np.put_along_axis(result, order, np.broadcast_to(place + 1, order.shape), axis=1)
    return result.reshape(scores.shape)


def ranks_of_counts(numbers: Ranks) -> Ranks:
    """The rank of each whole number within its row, as `ranks`; rows × people.

    By counting, which is faster than sorting where numbers are many and differ little, as printed scores do.

    >>> ranks_of_counts(np.array([[900, 800, 900, 700]])).tolist()
    [[1, 3, 1, 4]]
    """
    if not numbers.size:
        return np.zeros(numbers.shape, dtype=np.int64)
    low = numbers - numbers.min()
    if int(low.max()) > _MOST_COUNTED:
        low = np.unique(low, return_inverse=True)[1].reshape(numbers.shape)
    width = int(low.max()) + 1
    at = low + np.arange(len(low))[:, None] * width
    count = np.bincount(at.ravel(), minlength=len(low) * width).reshape(len(low), width)
    above = numbers.shape[1] - count.cumsum(axis=1)
    return np.asarray(above.ravel()[at] + 1)


def unit(largest: float) -> float:
    """By what scores are multiplied before they are compared as whole numbers: a power of 10.

    ``largest``: the largest absolute score that there can be.
    """
    return float(10.0 ** np.floor(np.log10(_LARGEST / largest))) if largest > 0 else 1.0


def in_order(scores: Array, scale: float) -> tuple[Ranks, Ranks]:
    """Who is in which place of each row, the highest score first, and the rank of each place, counted from 0.

    ``scores``: rows × people; ``scale``: their `unit`. The first result is rows × people. The second is the rank that
    the person in that place has, which is that of the first one with an equal score; it has one row for all where no
    two scores of any row are equal.
    """
    people = scores.shape[1]
    bits = max(1, int(people - 1).bit_length())
    # Score and index in one number: to sort these is three times as fast as to sort indices by scores.
    keys = np.rint(scores * -scale).astype(np.int64)
    keys <<= bits
    keys |= np.arange(people)
    keys.sort(axis=1)
    order = keys & ((1 << bits) - 1)
    keys >>= bits
    tied = keys[:, 1:] == keys[:, :-1]
    place = np.arange(people)[None]
    if tied.any():
        place = np.repeat(place, len(scores), axis=0)
        place[:, 1:][tied] = 0
        np.maximum.accumulate(place, axis=1, out=place)
    return order, place
