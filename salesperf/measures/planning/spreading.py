"""Integer amounts divided over parts and months in multiples of a unit; the parts sum to the amounts exactly."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from salesperf.rounding import apportioned

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def divided(amount: int, weights: Sequence[float], unit: int = 1) -> list[int]:
    """An amount of 0 or more as parts in proportion to weights, in multiples of a unit by largest remainder.

    The parts are equal where all weights are 0. A remainder of less than a unit goes to the first part of the largest
    weight.

    >>> divided(1050, [1, 1, 2], 100)
    [300, 200, 550]
    """
    units, rest = divmod(amount, unit)
    parts = [part * unit for part in apportioned(units, weights)]
    parts[max(range(len(parts)), key=lambda place: (weights[place], -place))] += rest
    return parts


def spread_jointly(amounts: Ints, weights: Floats, unit: int = 1, groups: Ints | None = None) -> Ints:
    """Each amount over columns, such as months, in proportion to its row of weights; every row sums to its amount.

    ``weights``: amounts × columns; ``groups``: the group of each amount, by default one for all. The rows of a group
    are rounded together: up to each column, the sum of what they have got is rounded up, so that small amounts of many
    rows do not all fall into the same columns. A remainder of less than a unit goes to a row's first column with
    weight. A row without any weight is divided equally.

    >>> spread_jointly(np.array([2, 2]), np.ones((2, 4))).tolist()
    [[1, 0, 1, 0], [0, 1, 0, 1]]
    """
    of_group = np.zeros(len(amounts), dtype=np.int64) if groups is None else groups
    weights = np.where((weights.sum(axis=1) > 0)[:, None], weights, 1.0)
    units, rest = np.divmod(amounts, unit)
    shares = np.cumsum(weights, axis=1)
    ideal = np.round(units[:, None] * (shares / shares[:, -1:]), 6)
    parts = np.zeros(weights.shape, dtype=np.int64)
    reached = np.zeros(len(amounts), dtype=np.int64)
    for column in range(weights.shape[1]):
        parts[:, column] = _next_column(ideal[:, column], reached, weights[:, column] > 0, of_group)
        reached += parts[:, column]
    parts *= unit
    parts[np.arange(len(amounts)), (weights > 0).argmax(axis=1)] += rest
    return parts


def _next_column(ideal: Floats, reached: Ints, may: Flags, groups: Ints) -> Ints:
    """What each row gets in the next column: what is due up to it rounded down, or up until the group's sum is reached.

    ``ideal``: the exact sums up to this column; ``reached``: what each row has got so far; ``may``: whether it has
    weight in this column.
    """
    due = np.maximum(ideal - reached, 0.0)
    down = np.floor(due).astype(np.int64)
    over: Floats = np.where(may, due - down, 0.0)
    asked = np.ceil(np.round(np.bincount(groups, ideal), 3)).astype(np.int64)
    missing = asked - np.bincount(groups, reached + down).astype(np.int64)
    place = _place_in_group(-over, groups)
    up: Ints = down + ((place < missing[groups]) & (over > 0))
    return up


def over_months(amounts: Ints, inside: Flags, shape: Floats, unit: int = 1, groups: Ints | None = None) -> Ints:
    """Each amount over the months flagged in ``inside``, by its row of ``shape``, or equally where that sums to 0."""
    weights = np.where(inside, shape, 0.0)
    empty = weights.sum(axis=1) <= 0
    weights[empty] = inside[empty]
    return spread_jointly(amounts, weights, unit, groups)


def shared_by_month(totals: Ints, wanted: Floats, unit: int = 1, groups: Ints | None = None) -> Ints:
    """The totals of months shared among rows: every month sums to its total, every row to its part of the whole.

    ``totals``: groups × months, or months where there is one group; ``wanted``: rows × months, weights of any size;
    ``groups``: the group of each row, by default one for all. The parts of the rows in the whole are by largest
    remainder (docs/methods.md §1). A month in which all weights of a group are 0 is divided equally.
    """
    of_group = np.zeros(len(wanted), dtype=np.int64) if groups is None else groups
    wholes = np.atleast_2d(totals)
    wanted = np.where(summed(wanted, of_group) > 0, wanted, 1.0)
    ideal = wholes[of_group] * (wanted / summed(wanted, of_group))
    rows = divided_in_groups(wholes.sum(axis=1), ideal.sum(axis=1), of_group, unit)
    reach = np.cumsum(ideal, axis=1)
    reach *= (rows / np.where(reach[:, -1] > 0, reach[:, -1], 1.0))[:, None]
    parts = np.zeros(wanted.shape, dtype=np.int64)
    reached = np.zeros(len(wanted))
    for month in range(wanted.shape[1]):
        due = np.where(wanted[:, month] > 0, np.maximum(reach[:, month] - reached, 0.0), 0.0)
        any_due = np.bincount(of_group, due, len(wholes))[of_group] > 0
        parts[:, month] = divided_in_groups(wholes[:, month], np.where(any_due, due, wanted[:, month]), of_group, unit)
        reached += parts[:, month]
    return parts


def divided_in_groups(amounts: Ints, weights: Floats, groups: Ints, unit: int = 1) -> Ints:
    """Each group's amount over its rows, as by `divided`. ``amounts``: per group; ``groups``: the group of each row."""
    units, rest = np.divmod(amounts, unit)
    sums = np.bincount(groups, weights, len(amounts))
    weights = np.where(sums[groups] > 0, weights, 1.0)
    sums = np.bincount(groups, weights, len(amounts))
    exact = np.round(units[groups] * (weights / sums[groups]), 6)
    down = np.floor(exact).astype(np.int64)
    missing = units - np.bincount(groups, down, len(amounts)).astype(np.int64)
    place = _place_in_group(-(exact - down) - (weights > 0), groups)
    parts = (down + (place < missing[groups])) * unit
    if rest.any():
        parts += np.where(_place_in_group(-weights, groups) == 0, rest[groups], 0)
    return parts


def _place_in_group(keys: Floats, groups: Ints) -> Ints:
    """The place of each row in its group, from 0, in ascending order of keys; equal keys in the order of rows."""
    order = np.lexsort((keys, groups))
    ordered = groups[order]
    starts = np.searchsorted(ordered, ordered)
    place = np.empty(len(groups), dtype=np.int64)
    place[order] = np.arange(len(groups)) - starts
    return place


def summed(rows: NDArray[np.generic], groups: Ints) -> Floats:
    """Rows × columns: for each row the sums over all rows of its group."""
    sums = np.zeros((int(groups.max(initial=0)) + 1, rows.shape[1]))
    np.add.at(sums, groups, rows)
    return sums[groups]


def within_bounds(amount: int, weights: Floats, low: Ints, high: Ints) -> Ints:
    """An amount divided in proportion to weights, with every part between ``low`` and ``high``.

    The amount must lie between the sums of the bounds.
    """
    parts, rest = low.copy(), amount - int(low.sum())
    open_places = high > parts
    while rest > 0:
        wanted = np.where(open_places, np.maximum(weights, 0.0), 0.0)
        wanted = wanted if wanted.sum() > 0 else open_places.astype(np.float64)
        parts = parts + np.minimum(np.array(divided(rest, wanted.tolist())), high - parts)
        rest = amount - int(parts.sum())
        open_places = high > parts
    return parts
