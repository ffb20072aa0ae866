"""Indicators of groups: for many samples of the same people at once, who is in which group, and the groups' means.

Samples are the first axis, so that a hundred bootstrap samples cost little more than one. Labels are of shape samples ×
people: the group of each person, counted from 0, and -1 for who is not in the sample.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


def indicators(labels: Labels, count: int) -> Array:
    """Samples × groups × people: 1 where the person is in the group, else 0.

    >>> indicators(np.array([[0, 1, -1, 1]]), 2).tolist()
    [[[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0]]]
    """
    return np.asarray(labels[:, None, :] == np.arange(count)[:, None], dtype=np.float64)


def group_means(rows: Array, weights: Array) -> Array:
    """Samples × groups × features: the weighted means of the rows, 0 for a group without weight.

    ``rows``: people × features, the same for all samples, or samples × people × features; ``weights``: samples × groups
    × people, such as `indicators` or the chances of a mixture.
    """
    sums, sizes = weights @ rows, weights.sum(axis=2)[..., None]
    return np.asarray(np.divide(sums, sizes, out=np.zeros_like(sums), where=sizes > 0))


def rows_of(rows: Array, samples: Labels) -> Array:
    """The rows of some samples, where samples have rows of their own; else the rows that all have."""
    return rows[samples] if rows.ndim == 3 else rows
