"""k-means of many samples of the same people at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from salesperf.inference.indicators import group_means, indicators, rows_of

_MOST_PASSES = 60  # samples mostly settle within 20
Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Mask = NDArray[np.bool_]


def kmeans(rows: Array, starts: Sequence[Labels], count: int) -> Labels:
    """k-means by Lloyd's (1982) algorithm; of several starts the one that ends with the least sum of squares counts.

    ``rows``: people × features, the same for all samples, or samples × people × features. ``starts``: labels to start
    from (samples × people, -1 for who is not in the sample), such as those of `scattered`. Returns labels of the same
    shape. A person equally near to two groups joins the first, and a group that nobody is nearest to stays empty.
    """
    rows = rows - rows.mean(axis=-2, keepdims=True)
    ends = np.array([_settled(rows, start, count) for start in starts])
    best = np.argmax([_between(rows, labels, count) for labels in ends], axis=0)
    return np.asarray(ends[best, np.arange(ends.shape[1])])


def scattered(rows: Array, present: Mask, count: int, *, seed: int = 0) -> Labels:
    """Labels to start k-means from: everybody joins the nearest of ``count`` people drawn far from each other.

    By k-means++ (Arthur & Vassilvitskii 2007). ``rows``: as of `kmeans`; ``present``: samples × people. Returns labels,
    samples × people, -1 for who is not present.
    """
    rng = np.random.default_rng(seed)
    rows = np.broadcast_to(rows, (*present.shape, rows.shape[-1]))
    labels = np.where(present, 0, -1)
    squares = np.where(present, np.inf, 0.0)
    chances = present.astype(np.float64)
    for group in range(count):
        sums = chances.cumsum(axis=1)
        drawn = (sums <= rng.random((len(sums), 1)) * sums[:, -1:]).sum(axis=1).clip(max=sums.shape[1] - 1)
        distances = ((rows - np.take_along_axis(rows, drawn[:, None, None], axis=1)) ** 2).sum(axis=2)
        closer = distances < squares
        labels[closer], squares[closer] = group, distances[closer]
        chances = squares
    return labels


def _settled(rows: Array, start: Labels, count: int) -> Labels:
    """The labels of each sample once nobody changes groups."""
    labels, left = start.copy(), np.arange(len(start))
    for _ in range(_MOST_PASSES):
        before = labels[left]
        labels[left] = np.where(before < 0, -1, _nearest(rows_of(rows, left), before, count))
        left = left[(labels[left] != before).any(axis=1)]
        if not len(left):
            break
    return labels


def _nearest(rows: Array, labels: Labels, count: int) -> Labels:
    """The group whose mean is nearest to each person, present or not."""
    members = indicators(labels, count)
    means = group_means(rows, members)
    # Squared distances, less the square of the person's own row, which is the same for all groups.
    distances = (means**2).sum(axis=2)[..., None] - 2 * (means @ rows.swapaxes(-1, -2))
    distances[members.sum(axis=2) == 0] = np.inf
    return np.asarray(distances.argmin(axis=1))


def _between(rows: Array, labels: Labels, count: int) -> Array:
    """Per sample the sum of squares between groups; with the one within groups it makes up the same whole for all."""
    members = indicators(labels, count)
    return np.asarray((members.sum(axis=2) * (group_means(rows, members) ** 2).sum(axis=2)).sum(axis=1))
