"""Where there are too many people to compare each with each: some are clustered, and everybody joins their groups."""

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from salesperf.inference.indicators import indicators
from salesperf.inference.mixtures import likeliest
from salesperf.inference.stability import found_again

MOST_CLUSTERED = 1000  # people; time and memory of a consensus grow with their square
_AT_ONCE = 1000  # people who join, so that memory does not grow with them
Array = NDArray[np.float64]
Labels = NDArray[np.int64]


def some_people(rows: Array, most: int, *, seed: int = 0) -> Array:
    """The rows of ``most`` people drawn at random, each at most once; the same ``rows`` where there are no more.

    ``rows``: people × features. The draw is made among the rows in the order of their values, so that the order in
    which they are given changes nothing. A random sample of people of one kind is of one kind, and one of two kinds
    has both in the same shares but for chance.
    """
    if len(rows) <= most:
        return rows
    drawn = np.random.default_rng([seed, most]).choice(len(rows), most, replace=False)
    return rows[np.lexsort(rows.T)][np.sort(drawn)]


def joined(rows: Array, some: Array, labels: Labels, clusterings: Labels) -> tuple[Labels, Array]:
    """The group of each person, and the share of clusterings that put the person into group 0.

    CLARA (Kaufman & Rousseeuw 1990) divides a sample of people and has everybody join its groups; here so does each of
    many clusterings. ``rows``: everybody, people × features; ``some``: the rows of those who were clustered;
    ``labels``: their groups; ``clusterings``: clusterings × people, of samples of them, -1 for who is not in one.

    A clustering puts everybody into the likeliest of its groups (`likeliest`), also who was in its sample: the nearest
    mean would give too many people to a small group. A person's group is the one with whose people the person is
    together most often, as in average linkage. Equal rows have equal results.
    """
    spots, spot = np.unique(rows, axis=0, return_inverse=True)
    with threadpool_limits(1):  # on so few rows, threads wait for each other longer than they work
        parts = [
            _joined(spots[first : first + _AT_ONCE], some, labels, clusterings)
            for first in range(0, len(spots), _AT_ONCE)
        ]
    groups, membership = (np.concatenate(values)[spot.reshape(-1)] for values in zip(*parts, strict=True))
    return groups, membership


def _joined(rows: Array, some: Array, labels: Labels, clusterings: Labels) -> tuple[Labels, Array]:
    here = indicators(labels[None], int(labels.max()) + 1) * (clusterings >= 0)[:, None]
    shared = here @ indicators(clusterings, int(clusterings.max()) + 1).swapaxes(1, 2)
    put = likeliest(rows, some, clusterings, shared.shape[2])
    together = np.take_along_axis(shared, put[:, None], axis=2).sum(axis=0)
    _, best = found_again(labels, clusterings)
    sizes = here.sum(axis=(0, 2)).clip(1)[:, None]
    return (together / sizes).argmax(axis=0), (put == best[:, :1]).mean(axis=0)
