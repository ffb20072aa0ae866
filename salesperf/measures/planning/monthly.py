"""The targets of every row and month, worked out from a cascade."""

from dataclasses import dataclass

import numpy as np

from salesperf.measures.planning.cascade import Cascade
from salesperf.measures.planning.months import flags_of, months_in
from salesperf.measures.planning.spreading import Flags, Ints, divided, over_months
from salesperf.measures.planning.tree import Segment, Tree


@dataclass(frozen=True)
class Months:
    """Targets by month; every array is rows × months, the rows as in `Organisation.entities`.

    ``amounts``: the targets. ``has_target``: where there is one, given or worked out. ``missing``: where one is needed
    and there is none, so that a sum over that month would be incomplete. Where neither is true, nobody is employed who
    could have a target.
    """

    amounts: Ints
    has_target: Flags
    missing: Flags


def monthly(tree: Tree, plan: Cascade, present: Flags) -> Months:
    """The targets of every month.

    A rep's amounts are laid over their months by the rep's shape. A whole's month is the sum of its parts plus what is
    unassigned of the whole. ``present``: rows × months, whether somebody is employed.
    """
    amounts, covered = plan.shares.copy(), plan.shared.copy()
    for row, segments in plan.segments.items():
        if segments:
            covered[row] |= flags_of([segment.months for segment in segments], present.shape[1]).any(axis=0)
    _add_segments(tree, plan, amounts)
    has_target, missing = covered.copy(), present & ~covered
    for row in reversed(tree.groups):
        parts = list(tree.parts[row])
        if parts:
            amounts[row] = np.where(plan.shared[row], plan.shares[row], amounts[parts].sum(axis=0))
            lacking = missing[parts].any(axis=0)
            has_target[row] |= has_target[parts].any(axis=0) & ~lacking
            missing[row] = (lacking | present[row]) & ~has_target[row]
        missing[row] |= covered[row].any() & ~has_target[row]
        for segment in plan.segments.get(row, []):
            _add_unassigned(tree, amounts, row, segment)
    return Months(amounts, has_target, missing)


def _add_segments(tree: Tree, plan: Cascade, amounts: Ints) -> None:
    """Adds the given amounts of reps to their months in ``amounts``; those of one team are rounded together."""
    groups = set(tree.groups)
    given = [(row, segment) for row, segments in plan.segments.items() if row not in groups for segment in segments]
    if given:
        rows = [row for row, _ in given]
        inside = flags_of([segment.months for _, segment in given], amounts.shape[1])
        sizes = np.array([segment.amount for _, segment in given], dtype=np.int64)
        np.add.at(amounts, rows, over_months(sizes, inside, tree.shape[rows], tree.unit, tree.wholes[rows]))


def _add_unassigned(tree: Tree, amounts: Ints, row: int, whole: Segment) -> None:
    """Adds what no part has of a whole to the whole's months, or takes from them what the parts have beyond it."""
    places = months_in(whole.months)
    rest = whole.amount - int(amounts[row, places].sum())
    if rest < 0:
        amounts[row, places] -= divided(-rest, amounts[row, places].tolist())
    elif rest > 0:
        inside = flags_of([whole.months], amounts.shape[1])
        amounts[row] += over_months(np.array([rest]), inside, tree.shape[[row]], tree.unit)[0]
