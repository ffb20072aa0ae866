"""A plan month by month: what each entity's target is made of, whole before part and year before month alike."""

from dataclasses import dataclass

import numpy as np

from salesperf.measures.planning.cascade import Cascade
from salesperf.measures.planning.months import flags_of, months_in
from salesperf.measures.planning.spreading import Flags, Ints, divided, over_months
from salesperf.measures.planning.tree import Segment, Tree


@dataclass(frozen=True)
class Months:
    """Entities × months. ``amounts``: targets; ``given``: where there is one; ``missing``: where one is lacking.

    Where there is neither, nobody is there who could have one.
    """

    amounts: Ints
    given: Flags
    missing: Flags


def monthly(tree: Tree, plan: Cascade, present: Flags) -> Months:
    """The targets of every month. Those of reps lie by their shape; a whole's are its parts' and what is left of it."""
    amounts, covered = plan.shares.copy(), plan.shared.copy()
    for row, segments in plan.segments.items():
        if segments:
            covered[row] |= flags_of([segment.months for segment in segments], present.shape[1]).any(axis=0)
    _add_segments(tree, plan, amounts)
    known, missing = covered.copy(), present & ~covered
    for row in reversed(tree.groups):
        parts = list(tree.parts[row])
        if parts:
            amounts[row] = np.where(plan.shared[row], plan.shares[row], amounts[parts].sum(axis=0))
            lacking = missing[parts].any(axis=0)
            known[row] |= known[parts].any(axis=0) & ~lacking
            missing[row] = (lacking | present[row]) & ~known[row]
        missing[row] |= covered[row].any() & ~known[row]
        for segment in plan.segments.get(row, []):
            _add_left(tree, amounts, row, segment)
    return Months(amounts, known, missing)


def _add_segments(tree: Tree, plan: Cascade, amounts: Ints) -> None:
    """The given amounts of reps over their months, those of one team together."""
    groups = set(tree.groups)
    given = [(row, segment) for row, segments in plan.segments.items() if row not in groups for segment in segments]
    if given:
        rows = [row for row, _ in given]
        inside = flags_of([segment.months for _, segment in given], amounts.shape[1])
        sizes = np.array([segment.amount for _, segment in given], dtype=np.int64)
        np.add.at(amounts, rows, over_months(sizes, inside, tree.shape[rows], tree.unit, tree.wholes[rows]))


def _add_left(tree: Tree, amounts: Ints, row: int, whole: Segment) -> None:
    """Adds to a whole's months what no part of it has; takes from them what is assigned beyond it."""
    places = months_in(whole.months)
    rest = whole.amount - int(amounts[row, places].sum())
    if rest < 0:
        amounts[row, places] -= divided(-rest, amounts[row, places].tolist())
    elif rest > 0:
        inside = flags_of([whole.months], amounts.shape[1])
        amounts[row] += over_months(np.array([rest]), inside, tree.shape[[row]], tree.unit)[0]
