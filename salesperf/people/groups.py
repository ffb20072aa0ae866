"""Groups of people by k-means, and a test that the best group is apart from the others by more than chance.

The method stands in docs/methods.md §6.
"""

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
DRAWS = 99  # simulated companies without groups, which the people are compared with
LEVEL = 0.05  # probability of finding groups where there are none
STARTS = 4  # random starts of k-means, of which the best result counts
Array = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """Groups of people; its arrays are in the order of the rows given to `find_groups`.

    ``labels``: the group of each person, 0 being the one with the highest mean of all features, -1 where there are no
    groups; ``chance``: each person's probability of belonging to group 0, NaN without groups; ``count``: the number of
    groups, 0 without; ``silhouette``: mean silhouette of the clustering, -1 to 1 (Rousseeuw 1987), NaN where there are
    too few people, features or distinct rows to cluster.
    """

    labels: Labels
    chance: Array
    count: int
    silhouette: float


def find_groups(growth: pd.DataFrame) -> Groups:
    """The groups of people by their features, or none (docs/methods.md §6, *Groups*).

    ``growth``: one row per person, one column per feature without NaN, all on one scale and better when higher. The
    features are reduced to two principal components and grouped by k-means, with the k of the highest silhouette.
    k-means finds groups in any data. They count only if, on the line from the mean of the others to that of the best
    group, two normal distributions fit better than one by more than in 95 % of simulated companies without groups. A
    best group of more than half of the people does not count: then it is the lower end that stands apart. Fewer than
    FEWEST_PEOPLE people or 2 features give no groups. The order of rows changes nothing.
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
    """The highest silhouette over k, its grouping, and k; of equals the fewest groups. k is 1 where there is none."""
    tried = [(-1.0, -1, np.zeros(len(plane), dtype=np.int64))]
    distinct = len(np.unique(plane.round(9), axis=0))
    for k in range(2, min(MOST_GROUPS, distinct - 1) + 1):
        labels = _grouped(plane, k)
        tried.append((float(silhouette_score(plane, labels)), -k, labels))
    silhouette, k, labels = max(tried, key=lambda grouping: grouping[:2])
    return silhouette, labels, -k


def _grouped(plane: Array, k: int) -> Labels:
    return np.asarray(KMeans(k, n_init=STARTS, random_state=0).fit_predict(plane), dtype=np.int64)


def _line(rows: Array, plane: Array, labels: Labels) -> Array:
    """Each person's place on the line from the mean of the others to that of the group with the highest features."""
    best = labels == _by_height(rows, labels)[0]
    return np.asarray(plane @ (plane[best].mean(axis=0) - plane[~best].mean(axis=0)))


def _by_height(rows: Array, labels: Labels) -> list[int]:
    """The groups from the highest to the lowest mean of all features."""
    height = rows.mean(axis=1)
    return sorted(set(labels.tolist()), key=lambda group: -float(height[labels == group].mean()))


def _share_of_chance(rows: Array, k: int, fit: float) -> float:
    """The p-value of a fit: the share of companies without groups that fit at least as well, this one counted in."""
    lines = []
    for drawn in _without_groups(rows):
        plane = _plane(drawn)
        lines.append(_line(drawn, plane, _grouped(plane, k)))
    return float((1 + (two_groups_fit(np.array(lines))[0] >= fit).sum()) / (DRAWS + 1))


def _without_groups(rows: Array) -> Iterator[Array]:
    """DRAWS simulated companies of as many people, with the features' distributions and correlations but no groups.

    By a normal copula with the margins of the data, so that skewed or long-tailed features are not taken for groups.
    The seed is fixed: the same rows give the same companies.
    """
    draw, spread = np.random.default_rng(0), np.sort(rows, axis=0)
    normal = NormalDist()
    scores = np.array([normal.inv_cdf((place + 0.5) / len(rows)) for place in range(len(rows))])
    together = np.corrcoef(scores[_ranks(rows)].T)
    for _ in range(DRAWS):
        drawn = draw.multivariate_normal(np.zeros(rows.shape[1]), together, len(rows))
        yield np.take_along_axis(spread, _ranks(drawn), axis=0)


def _ranks(rows: Array) -> Labels:
    """The rank of each value within its column, from 0; ties in the order of rows."""
    return rows.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
