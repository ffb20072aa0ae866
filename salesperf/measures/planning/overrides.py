"""Targets set by hand: what an override changes is taken from or spread over its siblings (docs/methods.md §1)."""

from collections.abc import Sequence

import numpy as np

from salesperf.measures.planning.monthly import Months
from salesperf.measures.planning.spreading import Flags, Floats, Ints, shared_by_month, within_bounds
from salesperf.measures.planning.tree import Tree


class CannotBe(Exception):
    """An override that its siblings cannot make up for: ``expected``: what could be, ``limit``: how much."""

    def __init__(self, expected: str, limit: int | None = None) -> None:
        super().__init__(expected)
        self.expected, self.limit = expected, limit


def override(
    tree: Tree, plan: Months, present: Flags, fixed: Flags, *, row: int, months: Sequence[int], amount: int
) -> None:
    """Sets the target of a row for some months; its siblings, and all that they and it are made of, follow in place.

    No month of their whole moves. ``fixed``: entities × months that overrides have set, which stay. Raises CannotBe.
    """
    parent = next(whole for whole in tree.groups if row in tree.parts[whole])
    places = np.array(months)
    others = np.array([part for part in tree.parts[parent] if part != row], dtype=np.int64)
    there = present[row, places]
    if not there.any():
        raise CannotBe("a period in which somebody is employed there")
    if not plan.has_target[parent, places].all():
        raise CannotBe("a period in which the whole has a target; write this one under 'given'")
    free = present[np.ix_(others, places)] & ~fixed[np.ix_(others, places)]
    held = np.where(free, plan.amounts[np.ix_(others, places)], 0)
    room = np.where(there, plan.amounts[row, places], 0) + held.sum(axis=0)
    now = _own_months(
        tree, plan, row, places, amount=amount, high=np.where(there, room, 0), alone=np.asarray(~free.any(axis=0))
    )
    shape = np.where(free, tree.shape[np.ix_(others, places)], 0.0)
    shares = shared_by_month(room - now, _wanted(held, shape), tree.unit)
    _set(tree, plan, row, places, now)
    for place, other in enumerate(others.tolist()):
        if free[place].any():
            _set(tree, plan, other, places, np.where(free[place], shares[place], plan.amounts[other, places]))
    fixed[row, places] = True


def _own_months(tree: Tree, plan: Months, row: int, places: Ints, *, amount: int, high: Ints, alone: Flags) -> Ints:
    """The amount over its months, none with more than there is to take; ``alone``: where no sibling can take any."""
    low = np.where(alone, high, 0)
    if amount > high.sum():
        raise CannotBe("at most {limit}, which is what it and its siblings have", int(high.sum()))
    if amount < low.sum():
        raise CannotBe("at least {limit}, as no sibling is there to take the rest", int(low.sum()))
    before = plan.amounts[row, places]
    weights = before.astype(np.float64) if before.any() else tree.shape[row, places]
    return within_bounds(amount, weights, low, high)


def _set(tree: Tree, plan: Months, row: int, places: Ints, now: Ints) -> None:
    """Gives a row new amounts; its parts follow in proportion."""
    before = plan.amounts[row, places].copy()
    if (before == now).all():
        return
    plan.amounts[row, places] = now
    given = [part for part in tree.parts[row] if plan.has_target[part, places].any()]
    if not given:
        return
    parts = np.array(given, dtype=np.int64)
    held = plan.amounts[np.ix_(parts, places)]
    sums = held.sum(axis=0)
    # Parts that are more or less than their whole stay so, in whole units.
    scaled = np.floor(now * (sums / np.maximum(before, 1)) / tree.unit + 0.5) * tree.unit
    totals = np.where((before > 0) & (sums != before), scaled, now).astype(np.int64)
    there = plan.has_target[np.ix_(parts, places)]
    totals = np.where(there.any(axis=0), totals, 0)
    shares = shared_by_month(totals, _wanted(held, np.where(there, tree.shape[np.ix_(parts, places)], 0.0)), tree.unit)
    for place, part in enumerate(given):
        _set(tree, plan, part, places, shares[place])


def _wanted(held: Ints, shape: Floats) -> Floats:
    """What each row wants of a month: as much as it has, or where none has anything, by its shape."""
    return np.where(held.sum(axis=0) > 0, held.astype(np.float64), shape)
