"""Overrides: a target set by hand, whose difference the siblings bear (docs/methods.md §1)."""

from collections.abc import Sequence

import numpy as np

from salesperf.measures.planning.monthly import Months
from salesperf.measures.planning.spreading import Flags, Floats, Ints, shared_by_month, within_bounds
from salesperf.measures.planning.tree import Tree


class CannotBe(Exception):
    """An override is not possible.

    ``expected``: what would be, in words, with ``{limit}`` in the place of the amount; ``limit``: that amount, None
    where the words need none.
    """

    def __init__(self, expected: str, limit: int | None = None) -> None:
        super().__init__(expected)
        self.expected, self.limit = expected, limit


def override(
    tree: Tree, plan: Months, present: Flags, fixed: Flags, *, row: int, months: Sequence[int], amount: int
) -> None:
    """Sets the target of a row over some months, in ``plan``; its siblings and all parts below them and it follow.

    The months of their whole do not change. ``present`` and ``fixed``: rows × months; ``fixed`` flags what overrides
    have set, which later ones do not change, and is updated. ``months``: counted from the plan's first. Raises CannotBe
    where nobody is employed there, the whole has no target, or the siblings cannot make up for the difference; the plan
    is then as it was.
    """
    parent = next(whole for whole in tree.groups if row in tree.parts[whole])
    places = np.array(months)
    others = np.array([part for part in tree.parts[parent] if part != row], dtype=np.int64)
    employed = present[row, places]
    if not employed.any():
        raise CannotBe("a period in which somebody is employed there")
    if not plan.has_target[parent, places].all():
        raise CannotBe("a period in which the whole has a target; write this one under 'given'")
    free = present[np.ix_(others, places)] & ~fixed[np.ix_(others, places)]
    current = np.where(free, plan.amounts[np.ix_(others, places)], 0)
    room = np.where(employed, plan.amounts[row, places], 0) + current.sum(axis=0)
    now = _override_months(
        tree, plan, row, places, amount=amount, high=np.where(employed, room, 0), alone=np.asarray(~free.any(axis=0))
    )
    shape = np.where(free, tree.shape[np.ix_(others, places)], 0.0)
    shares = shared_by_month(room - now, _wanted(current, shape), tree.unit)
    _set(tree, plan, row, places, now)
    for place, other in enumerate(others.tolist()):
        if free[place].any():
            _set(tree, plan, other, places, np.where(free[place], shares[place], plan.amounts[other, places]))
    fixed[row, places] = True


def _override_months(
    tree: Tree, plan: Months, row: int, places: Ints, *, amount: int, high: Ints, alone: Flags
) -> Ints:
    """The amount of an override over its months: in each at most ``high``, and exactly that where ``alone`` is true.

    ``alone``: whether no sibling can take a part of the month. The amount lies in proportion to what the row had, or by
    its shape where it had nothing. Raises CannotBe where the months allow no such amount.
    """
    low = np.where(alone, high, 0)
    if amount > high.sum():
        raise CannotBe("at most {limit}, which is what it and its siblings have", int(high.sum()))
    if amount < low.sum():
        raise CannotBe("at least {limit}, as no sibling is there to take the rest", int(low.sum()))
    before = plan.amounts[row, places]
    weights = before.astype(np.float64) if before.any() else tree.shape[row, places]
    return within_bounds(amount, weights, low, high)


def _set(tree: Tree, plan: Months, row: int, places: Ints, now: Ints) -> None:
    """Sets a row's amounts of some months; its parts that have a target follow in proportion, down to the reps."""
    before = plan.amounts[row, places].copy()
    if (before == now).all():
        return
    plan.amounts[row, places] = now
    with_target = [part for part in tree.parts[row] if plan.has_target[part, places].any()]
    if not with_target:
        return
    parts = np.array(with_target, dtype=np.int64)
    current = plan.amounts[np.ix_(parts, places)]
    sums = current.sum(axis=0)
    # Parts that sum to more or less than their whole keep that ratio, rounded to whole units.
    scaled = np.floor(now * (sums / np.maximum(before, 1)) / tree.unit + 0.5) * tree.unit
    totals = np.where((before > 0) & (sums != before), scaled, now).astype(np.int64)
    targeted = plan.has_target[np.ix_(parts, places)]
    totals = np.where(targeted.any(axis=0), totals, 0)
    shares = shared_by_month(
        totals, _wanted(current, np.where(targeted, tree.shape[np.ix_(parts, places)], 0.0)), tree.unit
    )
    for place, part in enumerate(with_target):
        _set(tree, plan, part, places, shares[place])


def _wanted(amounts: Ints, shape: Floats) -> Floats:
    """Rows × months: the weights to share a month by: the amounts, or the shapes where all amounts of it are 0."""
    return np.where(amounts.sum(axis=0) > 0, amounts.astype(np.float64), shape)
