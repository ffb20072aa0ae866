"""Groups of people on which k-means, Gaussian mixtures and Ward's tree agree, also when people are drawn at random."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from salesperf.inference.indicators import indicators
from salesperf.inference.kmeans import kmeans, scattered
from salesperf.inference.linkage import average_linkage, ward
from salesperf.inference.many_people import MOST_CLUSTERED, joined, some_people
from salesperf.inference.mixtures import mixtures
from salesperf.inference.one_kind import FEWEST_PEOPLE
from salesperf.inference.stability import DOUBTFUL, bootstrap_draws, bootstrap_jaccard, found_again

FEWEST_OF_A_GROUP = 3  # people in the best group; one or two who differ are no group
MOST_GROUPS = 8
_PEOPLE_PER_GROUP = 5  # so that 20 people are divided into at most 4 groups
_STARTS = 2  # random starts of k-means, beside that from Ward's groups
_AT_ONCE = 20  # samples; their arrays then fit into a processor's cache
Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class ConsensusGroups:
    """Groups of people; its arrays of people are in the order of the rows given to `consensus_groups`.

    ``count``: the number of groups, 0 where none count; ``labels``: the group of each person, 0 being the one with the
    highest mean of all features, -1 without groups; ``membership``: the share of clusterings (three methods, many
    bootstrap samples) that put the person into the best group, 0 to 1, NaN without groups.

    ``silhouette`` (-1 to 1; Rousseeuw 1987) and ``stability`` (by group, from 0; see `band`) are of the clearest
    division, also where it does not count; NaN and empty where none was tried.
    """

    count: int
    labels: Labels
    membership: Array
    silhouette: float
    stability: Array


@dataclass(frozen=True)
class _Division:
    """A division of people into groups, 0 the highest, with the clusterings of samples that it was made from."""

    labels: Labels
    membership: Array
    silhouette: float
    stability: Array
    clusterings: Labels

    @property
    def best(self) -> int:
        """The number of people in the best group."""
        return int((self.labels == 0).sum())


def consensus_groups(
    rows: Array, *, draws: int = 100, seed: int = 0, least_stability: float = DOUBTFUL, most: int = MOST_CLUSTERED
) -> ConsensusGroups:
    """The groups on which three methods agree over bootstrap samples of the people, or none.

    ``rows``: people × features, all on one scale and better when higher. Each of ``draws`` samples is clustered into
    k = 2 … 8 groups by k-means, a Gaussian mixture and Ward's tree. For each k the people are divided by how often they
    are grouped together (Monti et al. 2003). Those k count whose best group has three people and a stability of
    ``least_stability`` (Hennig 2007) or more; of them the one with the largest mean silhouette (Rousseeuw 1987), of
    equals the smallest. If none counts, or if that best group has more than half of the people (then it is
    the lower end that stands apart), there are no groups. Neither are there with fewer than FEWEST_PEOPLE.

    Of more than ``most`` people, so many drawn at random (`some_people`) are clustered, since time and memory grow with
    the square of people. Silhouette and stability are theirs, and everybody joins their groups (`joined`); membership
    is then the share of all clusterings, each of which says of everybody where they most likely belong.

    Groups can be stable without being apart: k-means divides a single elongated heap again and again at the same place.
    So ask `chance_of_one_kind` too. The order of rows changes nothing, and people with equal rows have equal results.
    Raises ValueError for values that are not finite (the caller decides what stands in for a missing one) and for
    fewer than one draw.
    """
    if not np.isfinite(rows).all():
        raise ValueError("rows: expected finite values, got NaN or infinity")
    if draws < 1:
        raise ValueError(f"draws: expected 1 or more, got {draws}")
    some = some_people(rows, most, seed=seed)
    spots, spot, times = np.unique(some, axis=0, return_inverse=True, return_counts=True)
    ordered = np.repeat(spots, times, axis=0)
    place = (times.cumsum() - times)[spot.reshape(-1)]  # of each person, or of the first one with an equal row
    drawn = bootstrap_draws(len(some), draws, seed=seed)
    # On so few rows, threads wait for each other longer than they work, and checks take longer than what they check.
    with threadpool_limits(1), config_context(assume_finite=True, skip_parameter_validation=True):
        divisions = list(_divisions(ordered, len(spots), drawn, seed))
    stable = [each for each in divisions if each.stability[0] >= least_stability and each.best >= FEWEST_OF_A_GROUP]
    best = max(stable or divisions, key=lambda division: division.silhouette, default=None)
    silhouette, stability = (best.silhouette, best.stability) if best else (float("nan"), np.empty(0))
    if not best or not stable or 2 * best.best > len(some):
        unknown = np.full(len(rows), np.nan)
        return ConsensusGroups(0, np.full(len(rows), -1), unknown, silhouette, stability)
    if len(some) < len(rows):
        labels, membership = joined(rows, ordered, best.labels, best.clusterings)
    else:
        labels, membership = best.labels[place], best.membership[place]
    return ConsensusGroups(len(stability), labels, membership, silhouette, stability)


def consensus(clusterings: Labels) -> Array:
    """People × people: the share of clusterings that put two people into one group (Monti et al. 2003).

    ``clusterings``: clusterings × people, labels from 0, -1 for who is not in the sample that was clustered. Only
    clusterings of samples with both people count; 0 where there are none, and 1 of a person with themselves.
    """
    # Counts of up to 2²⁴ are exact in single precision, which is twice as fast.
    members = indicators(clusterings, clusterings.max(initial=0) + 1).astype(np.float32)
    flat, there = members.reshape(-1, members.shape[2]), (clusterings >= 0).astype(np.float32)
    together, both = flat.T @ flat, there.T @ there
    shares = np.divide(together, both, out=np.zeros_like(both), where=both > 0).astype(np.float64)
    np.fill_diagonal(shares, 1.0)
    return np.asarray(shares)


def _divisions(rows: Array, spots: int, drawn: Mask, seed: int) -> Iterator[_Division]:
    """The divisions into 2 and more groups; ``spots``: the number of distinct rows; ``drawn``: draws × people."""
    most = min(MOST_GROUPS, len(rows) // _PEOPLE_PER_GROUP, spots - 1)
    counts = range(2, most + 1) if len(rows) >= FEWEST_PEOPLE and rows.shape[1] else range(0)
    trees = ward(rows, drawn, counts)
    for count, from_tree in zip(counts, trees, strict=True):
        clusterings = np.concatenate([from_tree, *_refined(rows, from_tree, count, seed)])
        shares = consensus(clusterings)
        labels = _by_height(rows, average_linkage(1 - shares, count))
        if labels.any():  # else the samples' groups do not tell anybody apart
            yield _Division(
                labels=labels,
                membership=_membership(labels, clusterings),
                silhouette=float(silhouette_score(rows, labels)),
                stability=bootstrap_jaccard(labels, clusterings),
                clusterings=clusterings,
            )


def _refined(rows: Array, trees: Labels, count: int, seed: int) -> tuple[Labels, Labels]:
    """The labels of k-means and of mixtures, both also started from Ward's groups; samples × people."""
    by_kmeans, by_mixture = np.full_like(trees, -1), np.full_like(trees, -1)
    for first in range(0, len(trees), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        there = trees[some] >= 0
        # The people of each sample move to the front, so that nothing is computed for those who are in none.
        who = np.argsort(~there, axis=1, kind="stable")[:, : there.sum(axis=1).max()]
        starts, stack = np.take_along_axis(trees[some], who, axis=1), rows[who]
        random = [scattered(stack, starts >= 0, count, seed=seed + start) for start in range(_STARTS)]
        np.put_along_axis(by_kmeans[some], who, kmeans(stack, [starts, *random], count), axis=1)
        np.put_along_axis(by_mixture[some], who, mixtures(stack, starts, count).labels, axis=1)
    return by_kmeans, by_mixture


def _by_height(rows: Array, labels: Labels) -> Labels:
    """The same groups, numbered from the highest mean of all features to the lowest."""
    height = np.bincount(labels, rows.mean(axis=1)) / np.bincount(labels)
    return np.asarray(np.argsort(np.argsort(-height, kind="stable"), kind="stable")[labels])


def _membership(labels: Labels, clusterings: Labels) -> Array:
    """The share of each person's clusterings whose group most similar to group 0 has the person; 0 without any."""
    _, which = found_again(labels, clusterings)
    there = clusterings >= 0
    inside = there & (clusterings == which[:, :1])
    return np.asarray(inside.sum(axis=0) / there.sum(axis=0).clip(1))
