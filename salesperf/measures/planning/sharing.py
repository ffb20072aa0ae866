"""What a whole leaves to its parts without a target, shared out month by month (docs/methods.md §1)."""

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
    """What of a row's whole its parts without a target share, and which of them in which months."""

    row: int
    months: int
    amount: int
    free: Mapping[int, int]


def share_out(tree: Tree, rests: Sequence[Rest], whole_rows: Ints, shares: Ints, *, shared: Flags) -> None:
    """Gives the parts without a target their shares, of what is left for them or of a whole row's months."""
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
    """Rows × months: what each row has left to share, over the months in which somebody takes a share.

    ``weights``: parts × months, what all parts of the same whole weigh.
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
    """The months of whole rows as their parts get them together: more than they have where reps are over-assigned."""
    if not len(rows) or tree.over == 1 or int(rows[0]) not in tree.levels[-1]:
        return shares
    years = shares.reshape(-1, 12)
    amounts = np.array([tree.to_assign(int(rows[0]), int(amount)) for amount in years.sum(axis=1)], dtype=np.int64)
    spread = spread_jointly(amounts, years.astype(np.float64), tree.unit, np.arange(len(years)))
    return np.where(years.sum(axis=1)[:, None] > 0, spread, 0).reshape(shares.shape)
