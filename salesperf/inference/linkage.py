"""Agglomerative clustering: trees of people, cut into groups."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import linkage_tree, ward_tree

_ONE_SPOT = 1e-9  # merges below this share of the highest one are of people who stand on one spot
Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Mask = NDArray[np.bool_]


def ward(rows: Array, present: Mask, counts: Sequence[int]) -> Labels:
    """The trees of Ward's (1963) criterion, one per sample of people, each cut into these numbers of groups.

    ``rows``: people × features; ``present``: samples × people. Returns labels, counts × samples × people, -1 for who
    is not present. People on one spot stay together, so that there are no more groups than spots.
    """
    labels = np.full((len(counts), *present.shape), -1, dtype=np.int64)
    for sample, there in enumerate(present):
        labels[:, sample, there] = 0
        if counts and there.sum() > 1:
            tree = ward_tree(rows[there], return_distance=True)
            labels[:, sample, there] = [_cut(tree[0], tree[-1], count) for count in counts]
    return labels


def average_linkage(distances: Array, count: int) -> Labels:
    """The tree of average linkage (Sokal & Michener 1958), cut into ``count`` groups: the label of each person.

    ``distances``: people × people, symmetric. People at distance 0 stay together.
    """
    if len(distances) < 2:
        return np.zeros(len(distances), dtype=np.int64)
    tree = linkage_tree(distances, linkage="average", affinity="precomputed", return_distance=True)
    return _cut(tree[0], tree[-1], count)


def _cut(merges: Labels, heights: Array, count: int) -> Labels:
    """The labels of ``count`` groups; ``merges``: the two nodes of each merge, lowest first, leaves before merges."""
    people = len(merges) + 1
    made = max(people - count, int((heights <= _ONE_SPOT * heights[-1]).sum()))
    ancestors = np.arange(2 * people - 1)
    ancestors[merges[:made]] = (people + np.arange(made))[:, None]
    above = ancestors[ancestors]
    while (above != ancestors).any():  # each round doubles the number of merges looked past
        ancestors, above = above, above[above]
    return np.asarray(np.unique(ancestors[:people], return_inverse=True)[1], dtype=np.int64)
