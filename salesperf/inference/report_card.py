"""Grades with a promise: as many groups as the data can tell apart (Kline, Rose & Walters 2024, AER 114)."""

from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from salesperf.inference.ordered_groups import group_ends

LIMIT = 0.05  # the default share of all pairs that may be expected in the wrong order
Array = NDArray[np.float64]
_FEW = 255  # draws whose counts fit into a byte


@dataclass(frozen=True)
class ReportCard:
    """The groups of some entities, and what is promised of them.

    ``groups``: the group of each entity, 1 being the best, 0 where nothing is known of it; ``count``: the number of
    groups; ``misordered``: the expected share of all pairs that are in different groups and in the wrong order, the
    discordance rate of Kline, Rose & Walters 2024; ``tau``: the expected Kendall's τ between the groups and the truth,
    the share of pairs that are in the right order less that of those in the wrong one, where a pair of one group counts
    as neither. Both are NaN where fewer than two entities are known.
    """

    groups: NDArray[np.int64]
    count: int
    misordered: float
    tau: float


def report_card(above: Array, *, limit: float = LIMIT) -> ReportCard:
    """The groups of the highest expected τ of which at most a share ``limit`` of pairs is expected misordered.

    ``above``: the probability, given the data, that the entity of the row is above that of the column (of equals one
    half), from one of the functions below; rows and columns of NaN where nothing is known of an entity. The share is of
    all pairs, also those within a group: it is the chance that of two entities drawn at random the better one has the
    worse grade. Groups are ranges in the order of the expected rank; entities of equal expected rank are in one group,
    so that the order of rows changes nothing. Of all such groupings the best is found, of more than about a hundred
    entities nearly the best (`ordered_groups.group_ends`), where Kline, Rose & Walters 2024 solve an integer program
    over all orders. The promise holds as far as the posterior does: in simulations of 40 people whose true values are
    two distinct heaps, 6.6 % of pairs were misordered under a normal distribution fitted to them, 4.9 % under that of
    `deconvolution`.

    Raises ValueError for an array that is not square, for probabilities of a pair that do not add up to 1, and for a
    ``limit`` outside 0 to 1.

    >>> card = report_card(normal_order(np.array([9.0, 8.8, 5.0, 4.7]), np.array([0.5, 0.5, 0.5, 0.5])))
    >>> card.groups.tolist(), round(card.tau, 2)
    ([1, 1, 2, 2], 0.67)
    """
    known = _known(above, limit)
    count = len(known)
    groups = np.zeros(len(above), dtype=np.int64)
    if count < 2:
        groups[known] = 1
        return ReportCard(groups, count, float("nan"), float("nan"))
    wins = above[np.ix_(known, known)].sum(axis=1)
    order = np.argsort(-wins, kind="stable")
    below = above[np.ix_(known[order], known[order])].T
    units = np.r_[0, 1 + np.flatnonzero(-np.diff(wins[order]) > 1e-9 * count), count]
    ends = group_ends(below, units, limit)
    labels = np.searchsorted(ends, np.arange(count), side="right") + 1
    groups[known[order]] = labels
    apart = np.triu(labels[:, None] != labels, 1)
    pairs = count * (count - 1) / 2
    misordered = float(below[apart].sum()) / pairs
    return ReportCard(groups, len(ends), misordered, float(apart.sum()) / pairs - 2 * misordered)


def order_in_draws(draws: Array) -> Array:
    """The probability that one entity is above another, from draws of all of them together.

    ``draws``: one row per draw from the posterior, one column per entity. Equal values count one half. An entity with a
    NaN among its draws is not known: NaN throughout. Raises ValueError where there is no draw.
    """
    if draws.ndim != 2 or not len(draws):
        raise ValueError(f"draws must have a row per draw and a column per entity; got {draws.shape}")
    unknown = np.asarray(np.isnan(draws).any(axis=0))
    higher = np.zeros((draws.shape[1],) * 2, dtype=np.int64)
    for first in range(0, len(draws), _FEW):
        few = np.zeros(higher.shape, dtype=np.uint8)
        for draw in draws[first : first + _FEW]:  # all draws at once would take draws × entities² of memory
            few += (draw[:, None] > draw).view(np.uint8)
        higher += few
    above = 0.5 + (higher - higher.T) / (2 * len(draws))
    return _without(above, unknown)


def normal_order(means: Array, errors: Array) -> Array:
    """The probability that one entity is above another, from independent normal posteriors.

    ``means``: their means; ``errors``: their standard deviations, where 0 is exact knowledge. NaN in either: not known.
    Accurate to 1e-7. Raises ValueError for other shapes and for a negative deviation.
    """
    if means.ndim != 1 or means.shape != errors.shape or (errors < 0).any():
        raise ValueError(f"means and errors must be of one length, errors 0 or more; got {means.shape}, {errors.shape}")
    unknown = ~(np.isfinite(means) & np.isfinite(errors))
    mean, variance = np.where(unknown, 0.0, means), np.where(unknown, 0.0, errors) ** 2
    apart, spread = mean[:, None] - mean, np.sqrt(variance[:, None] + variance)
    exact = np.where(apart == 0, 0.0, np.copysign(np.inf, apart))
    above = np.interp(np.divide(apart, spread, out=exact, where=spread > 0), *_normal())
    return _without((above + 1 - above.T) / 2, unknown)


def grid_order(masses: Array) -> Array:
    """The probability that one entity is above another, from independent posteriors on a common ascending grid.

    ``masses``: one row per entity, one column per point of the grid, as `deconvolution.posterior_masses` returns them.
    Two entities on one point count one half. A row of NaN: not known.
    """
    unknown = np.asarray(np.isnan(masses).any(axis=1))
    known = np.where(unknown[:, None], 0.0, masses)
    above = known @ known.cumsum(axis=1).T  # not below: of the equal ones, half go next
    return _without((above + 1 - above.T) / 2, unknown)


@cache
def _normal() -> tuple[Array, Array]:
    """Places on a line and the standard normal distribution function there, to be interpolated."""
    at = np.linspace(-9.0, 9.0, 18433)
    return at, np.array([NormalDist().cdf(place) for place in at])


def _without(above: Array, unknown: NDArray[np.bool_]) -> Array:
    """The probabilities with NaN in the rows and columns of who is not known."""
    return np.where(unknown[:, None] | unknown, np.nan, above)


def _known(above: Array, limit: float) -> NDArray[np.int64]:
    """The indices of the entities of which something is known; checks the arguments."""
    if above.ndim != 2 or above.shape[0] != above.shape[1]:
        raise ValueError(f"above must have a row and a column per entity; got {above.shape}")
    if not 0 <= limit <= 1:
        raise ValueError(f"limit must lie between 0 and 1; got {limit}")
    known = np.flatnonzero(~np.isnan(np.diag(above)))
    square = above[np.ix_(known, known)]
    if not np.allclose(square + square.T, 1, rtol=0, atol=1e-6):
        raise ValueError("the probabilities of a pair must add up to 1")
    return known
