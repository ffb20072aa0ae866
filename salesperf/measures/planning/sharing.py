"""Shares of parts without a target in what their whole leaves them, month by month (docs/methods.md §1)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from salesperf.measures.planning.months import flags_of
from salesperf.measures.planning.spreading import (
    Flags,
    Floats,
    Ints,
    over_months,
    shared_by_month,
    spread_jointly,
    summed,
)
from salesperf.measures.planning.tree import Tree


class Rest(NamedTuple):
    """What a segment of a whole leaves to its parts without a target.

    ``row``: the row of the whole; ``months``: mask of the segment; ``amount``: what is left; ``free``: part → mask of
    the months in which it takes a share.
    """

    row: int
    months: int
    amount: int
    free: Mapping[int, int]


def share_out(tree: Tree, rests: Sequence[Rest], whole_rows: Ints, shares: Ints, *, shared: Flags) -> None:
    """Adds to ``shares`` what parts without a target get, and flags their months in ``shared``; both rows × months.

    They share the ``rests`` of their wholes and, where none of the siblings has a target, all that the rows
    ``whole_rows`` got as shares themselves.
    """
    months = shared.shape[1]
    takes = np.zeros(shared.shape, dtype=bool)
    for rest in rests:
        takes[list(rest.free)] |= flags_of(list(rest.free.values()), months)
    below = np.flatnonzero(np.isin(tree.wholes, whole_rows)) if len(whole_rows) else np.array([], dtype=np.int64)
    below = below[below > 0]
    takes[below] |= tree.present[below] & shared[tree.wholes[below]]
    parts = np.flatnonzero(takes.any(axis=1))
    if not len(parts):
        return
    weights = tree.weights(parts, tree.wholes[parts], takes[parts])
    sums = summed(weights, tree.wholes[parts])
    totals = _to_share(tree, rests, parts, takes, sums)
    totals[whole_rows] += _assigned(tree, whole_rows, shares[whole_rows])
    rows, groups = np.unique(tree.wholes[parts], return_inverse=True)
    wanted = np.where(sums > 0, weights, takes[parts])
    for start in range(0, months, 12):
        year = slice(start, start + 12)
        shares[parts, year] += shared_by_month(totals[rows, year], wanted[:, year], tree.unit, groups)
    shared |= takes


def _to_share(tree: Tree, rests: Sequence[Rest], parts: Ints, takes: Flags, weights: Floats) -> Ints:
    """Rows × months: what each row leaves to share, laid by its shape over the months in which a part takes a share.

    ``takes``: rows × months, whether a row takes a share; ``weights``: parts × months, the sum of the weights of all
    parts of the same whole. Months in which
    nobody has weight get something only where no month of the segment has any.
    """
    totals, taken, weighed = (np.zeros(takes.shape, dtype=kind) for kind in (np.int64, bool, bool))
    np.logical_or.at(taken, tree.wholes[parts], takes[parts])
    np.logical_or.at(weighed, tree.wholes[parts], weights > 0)
    if rests:
        rows = np.array([rest.row for rest in rests], dtype=np.int64)
        inside = flags_of([rest.months for rest in rests], takes.shape[1]) & taken[rows]
        amounts = np.array([rest.amount for rest in rests], dtype=np.int64)
        shape = np.where(weighed[rows], tree.shape[rows], 0.0)
        np.add.at(totals, rows, over_months(amounts, inside, shape, tree.unit, np.unique(rows, return_inverse=True)[1]))
    return totals


def _assigned(tree: Tree, rows: Ints, shares: Ints) -> Ints:
    """The shares of whole rows as their parts get them together: ``over`` times as much where the parts are reps.

    Each fiscal year is multiplied and rounded as a whole and then laid over its months as before. ``rows`` are of one
    level.
    """
    if not len(rows) or tree.over == 1 or int(rows[0]) not in tree.levels[-1]:
        return shares
    years = shares.reshape(-1, 12)
    amounts = np.array([tree.to_assign(int(rows[0]), int(amount)) for amount in years.sum(axis=1)], dtype=np.int64)
    spread = spread_jointly(amounts, years.astype(np.float64), tree.unit, np.arange(len(years)))
    return np.where(years.sum(axis=1)[:, None] > 0, spread, 0).reshape(shares.shape)
