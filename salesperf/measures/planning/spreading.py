"""Whole amounts divided over parts and over months, in multiples of a unit, so that nothing is lost or made up."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from salesperf.rounding import apportioned

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def divided(amount: int, weights: Sequence[float], unit: int = 1) -> list[int]:
    """An amount of 0 or more as parts in proportion to weights, in whole units by largest remainder.

    What is less than a unit goes to the first part of the largest weight.

    >>> divided(1050, [1, 1, 2], 100)
    [300, 200, 550]
    """
    units, rest = divmod(amount, unit)
    parts = [part * unit for part in apportioned(units, weights)]
    parts[max(range(len(parts)), key=lambda place: (weights[place], -place))] += rest
    return parts


def spread_jointly(amounts: Ints, weights: Floats, unit: int = 1, groups: Ints | None = None) -> Ints:
    """Each amount over its columns, such as months, in proportion to its row of weights; rows sum to their amounts.

    Rows of a group (default: all) are rounded together: in each column the sum of what they reached is rounded up, so
    that small amounts of many rows do not fall into the same columns. What is less than a unit goes to a row's first
    column with weight. A row without any weight lies equally.

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
    """What each row gets next: its way to the ideal rounded down, or up where its group's sum asks and it may."""
    due = np.maximum(ideal - reached, 0.0)
    down = np.floor(due).astype(np.int64)
    over: Floats = np.where(may, due - down, 0.0)
    asked = np.ceil(np.round(np.bincount(groups, ideal), 3)).astype(np.int64)
    missing = asked - np.bincount(groups, reached + down).astype(np.int64)
    place = _place_in_group(-over, groups)
    up: Ints = down + ((place < missing[groups]) & (over > 0))
    return up


def over_months(amounts: Ints, inside: Flags, shape: Floats, unit: int = 1, groups: Ints | None = None) -> Ints:
    """Each amount over the months inside, by their shape, or equally where that has no weight there."""
    weights = np.where(inside, shape, 0.0)
    empty = weights.sum(axis=1) <= 0
    weights[empty] = inside[empty]
    return spread_jointly(amounts, weights, unit, groups)


def shared_by_month(totals: Ints, wanted: Floats, unit: int = 1, groups: Ints | None = None) -> Ints:
    """Totals of months over rows: each month sums to its total exactly, and rows to theirs by largest remainder.

    ``totals``: groups × months; ``wanted``: rows × months, in any proportion; ``groups``: the group of each row, by
    default one for all. A month in which nobody of a group wants anything is divided equally.
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
    """Each group's amount over its rows, as by `divided`; ``groups``: the group of each row."""
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
    """The place of each row in its group, by its key, ties to the first."""
    order = np.lexsort((keys, groups))
    ordered = groups[order]
    starts = np.searchsorted(ordered, ordered)
    place = np.empty(len(groups), dtype=np.int64)
    place[order] = np.arange(len(groups)) - starts
    return place


def summed(rows: NDArray[np.generic], groups: Ints) -> Floats:
    """Rows × columns: for each row, the sums of its group."""
    sums = np.zeros((int(groups.max(initial=0)) + 1, rows.shape[1]))
    np.add.at(sums, groups, rows)
    return sums[groups]


def within_bounds(amount: int, weights: Floats, low: Ints, high: Ints) -> Ints:
    """An amount over places in proportion to weights, each between its bounds; it must lie between their sums."""
    parts, rest = low.copy(), amount - int(low.sum())
    open_places = high > parts
    while rest > 0:
        wanted = np.where(open_places, np.maximum(weights, 0.0), 0.0)
        wanted = wanted if wanted.sum() > 0 else open_places.astype(np.float64)
        parts = parts + np.minimum(np.array(divided(rest, wanted.tolist())), high - parts)
        rest = amount - int(parts.sum())
        open_places = high > parts
    return parts
