"""Groups of people by k-means, and whether the best of them stands apart from the others more than chance has it."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from salesperf.people.mixture import two_groups_fit
from salesperf.people.potential import FEWEST_PEOPLE

MOST_GROUPS = 6
DRAWS = 99  # companies without groups to compare with
LEVEL = 0.05  # chance of finding groups where there are none
STARTS = 4  # of k-means, the best of which counts
Array = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """Groups of people; ``count`` is 0 where there are none.

    ``labels``: the group of each person, 0 the one with the highest potential (-1 for none); ``chance``: the
    probability that a person belongs with the best group (NaN for none); ``silhouette``: how clear the groups are,
    -1 to 1 (Rousseeuw 1987).
    """

    labels: Labels
    chance: Array
    count: int
    silhouette: float


def find_groups(growth: pd.DataFrame) -> Groups:
    """The groups in features of people, one row each, all of one scale and better when higher.

    Correlated features are reduced to two principal components, k is the one with the highest silhouette. k-means
    finds groups in anything, so they count only if, on the line from the others to the best group, two heaps fit
    better than one, and more so than in 95 % of companies without groups, grouped in the same way. A best group of
    more than half of the people is no group of high potential: what stands apart then is the lower end. The order of
    rows changes nothing.
    """
    none = Groups(np.full(len(growth), -1), np.full(len(growth), np.nan), 0, float("nan"))
    if len(growth) < FEWEST_PEOPLE or growth.shape[1] < 2:
        return none
    order = np.argsort(growth.index.to_numpy(), kind="stable")
    rows = growth.to_numpy(np.float64)[order]
    # On so few rows, threads wait for each other longer than they work, and checks take longer than what they check.
    with threadpool_limits(1), config_context(assume_finite=True, skip_parameter_validation=True):
        plane = _plane(rows)
        silhouette, labels, k = _clearest(plane)
        if k < 2:
            return none
        fit, chance = two_groups_fit(_line(rows, plane, labels)[None])
        best = labels == _by_height(rows, labels)[0]
        if best.mean() > 0.5 or _share_of_chance(rows, k, float(fit[0])) > LEVEL:
            return Groups(none.labels, none.chance, 0, silhouette)
    ranks = np.argsort(_by_height(rows, labels))
    back = np.argsort(order, kind="stable")
    return Groups(ranks[labels][back], chance[0][back], k, silhouette)


def _plane(rows: Array) -> Array:
    """The first two principal components of the rows."""
    around, heights, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    return np.asarray(around[:, :2] * heights[:2])


def _clearest(plane: Array) -> tuple[float, Labels, int]:
    """The grouping with the highest silhouette over k, that silhouette, and k; of equals the fewest groups."""
    tried = [(-1.0, -1, np.zeros(len(plane), dtype=np.int64))]
    distinct = len(np.unique(plane.round(9), axis=0))
    for k in range(2, min(MOST_GROUPS, distinct - 1) + 1):
        labels = _grouped(plane, k)
        tried.append((float(silhouette_score(plane, labels)), -k, labels))
    silhouette, k, labels = max(tried, key=lambda one: one[:2])
    return silhouette, labels, -k


def _grouped(plane: Array, k: int) -> Labels:
    return np.asarray(KMeans(k, n_init=STARTS, random_state=0).fit_predict(plane), dtype=np.int64)


def _line(rows: Array, plane: Array, labels: Labels) -> Array:
    """The people on the line from the middle of the others to that of the group with the highest mean."""
    best = labels == _by_height(rows, labels)[0]
    return np.asarray(plane @ (plane[best].mean(axis=0) - plane[~best].mean(axis=0)))


def _by_height(rows: Array, labels: Labels) -> list[int]:
    """The groups from the highest to the lowest mean of all features."""
    height = rows.mean(axis=1)
    return sorted(set(labels.tolist()), key=lambda group: -float(height[labels == group].mean()))


def _share_of_chance(rows: Array, k: int, fit: float) -> float:
    """How often people without groups look at least as well separated, the present ones counted in."""
    lines = []
    for drawn in _without_groups(rows):
        plane = _plane(drawn)
        lines.append(_line(drawn, plane, _grouped(plane, k)))
    return float((1 + (two_groups_fit(np.array(lines))[0] >= fit).sum()) / (DRAWS + 1))


def _without_groups(rows: Array) -> Iterator[Array]:
    """Companies of as many people, each feature spread as here and as correlated as here, but all of one kind.

    By a normal copula, so that skewed or long-tailed features do not pass for groups.
    """
    draw, spread = np.random.default_rng(0), np.sort(rows, axis=0)
    normal = NormalDist()
    scores = np.array([normal.inv_cdf((place + 0.5) / len(rows)) for place in range(len(rows))])
    together = np.corrcoef(scores[_ranks(rows)].T)
    for _ in range(DRAWS):
        drawn = draw.multivariate_normal(np.zeros(rows.shape[1]), together, len(rows))
        yield np.take_along_axis(spread, _ranks(drawn), axis=0)


def _ranks(rows: Array) -> Labels:
    return rows.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
