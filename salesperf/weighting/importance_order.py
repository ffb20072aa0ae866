"""Weights from an order of importance, and from points for swings. See docs/methods.md §5.

``importance`` is a number for each KPI, 1 for the most important; KPIs with the same number are of one class, of which
nothing is said which is the more important. The numbers need not follow each other: 1, 5, 5 is 1, 2, 2.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.int64]


def rank_order_centroid(importance: Places) -> Array:
    """The mean of all weights that agree with an order of importance (Edwards & Barron 1994; Barron & Barrett 1996).

    KPIs, summing to 1. Of n KPIs the one in place j has Σ 1 ÷ i over i = j … n, ÷ n. KPIs of one class share the
    weights of the places that they hold, which is the mean of all weights that agree with an order of classes. Raises
    ValueError for no KPIs.

    >>> rank_order_centroid(np.array([2, 1, 3])).round(4).tolist()
    [0.2778, 0.6111, 0.1111]
    """
    places = in_places(importance)
    by_place = np.cumsum(1 / np.arange(len(places), 0, -1))[::-1] / len(places)
    _, classes = np.unique(importance, return_inverse=True)
    weight = np.bincount(classes, weights=by_place[places]) / np.bincount(classes)
    return np.asarray(weight[classes])


def swing_weights(swings: Array) -> Array:
    """Weights in proportion to what a swing from the worst to the best of each KPI is worth (von Winterfeldt &
    Edwards 1986).

    ``swings``: KPIs, usually 100 for the swing that one would choose first and the others in proportion. Weights sum to
    1. Raises ValueError for a swing below 0, and where none is above 0.

    >>> swing_weights(np.array([100.0, 60.0, 40.0])).tolist()
    [0.5, 0.3, 0.2]
    """
    if swings.ndim != 1 or not (np.isfinite(swings).all() and (swings >= 0).all() and swings.sum() > 0):
        raise ValueError(f"swings must be 0 or more, one of them above 0; got {swings}")
    return np.asarray(swings / swings.sum())


def in_places(importance: Places) -> Places:
    """The place of each KPI in the order of importance, from 0; those of one class follow each other by index."""
    if importance.ndim != 1 or not len(importance):
        raise ValueError(f"importance must be a number for each KPI; got {importance.shape}")
    places = np.empty(len(importance), dtype=np.int64)
    places[np.argsort(importance, kind="stable")] = np.arange(len(importance))
    return places
