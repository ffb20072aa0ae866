"""The smallest change of weights that changes a decision, and rankings without one KPI. See docs/methods.md §5.

A change is measured by the sum of its absolute values: from 50, 30, 20 % to 45, 35, 20 % it is 10 points of a hundred.
What is sought is always of one form. Weights w sum to 1 and lie between ``low`` and ``high``; a locked weight has both
bounds where it is. Of all such weights with Σ w·d ≥ goal, those nearest to the present ones are found:

1. Whatever changes, what some weights gain the others lose; call that mass m, so that the change is 2m.
2. For a given m, Σ w·d is largest if the gains go to the KPIs with the highest d, each up to ``high``, and the losses
   come from those with the lowest d, each down to ``low``: gains and losses are limited one by one and cost the same,
   as in a fractional knapsack whose items all weigh the same, so that any other choice is improved by an exchange.
3. So growing m moves mass from the lowest d that can still lose to the highest d that can still gain. Each step brings
   the difference of these two, and that only falls; where it is not above 0 any more, Σ w·d is as large as it can be.
4. The first m that reaches the goal is therefore the smallest, and where the largest Σ w·d is below the goal nothing
   reaches it. If the unlocked KPIs all have d ≤ 0, for example, Σ w·d is at most what the locked ones give: no weights
   bring a person ahead of another who is better in everything that may be weighted.

`_moved` does this in O(n log n) for n KPIs with plain numbers and lists.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesperf.weighting.score_ranks import Ranks, ranks

_SLACK = 1e-9  # by how much weights or a goal may be missed, for rounding
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Bounds:
    """Between what weights may change: KPIs, 0 ≤ ``low`` ≤ ``high`` ≤ 1."""

    low: Array
    high: Array


@dataclass(frozen=True)
class WeightChange:
    """New weights that reach what was asked for, and how far they are from the present ones.

    ``weights``: KPIs, summing to 1; ``size``: the sum of absolute changes, from 0 to 2; ``reached``: the difference of
    scores or the score under the new weights.
    """

    weights: Array
    size: float
    reached: float


def any_bounds(weights: Array, locked: NDArray[np.bool_] | None = None) -> Bounds:
    """Bounds from 0 to 1 for each weight, but for those ``locked``, which stay as they are."""
    keep = np.zeros(len(weights), dtype=np.bool_) if locked is None else locked
    return Bounds(np.where(keep, weights, 0.0), np.where(keep, weights, 1.0))


def change_to_overtake(behind: Array, ahead: Array, weights: Array, *, bounds: Bounds) -> WeightChange | None:
    """The smallest change of weights under which one person's score is no lower than another's; None where none does.

    ``behind``, ``ahead``: the points of the two, by KPI; ``weights``: the present ones, summing to 1, within
    ``bounds``. ``reached`` is the difference of both scores, 0 but for rounding where anything had to change. Several
    changes may be equally small. Raises ValueError for arrays of different lengths, numbers that are not finite,
    weights that do not sum to 1, and weights outside their bounds.

    >>> weights = np.array([0.5, 0.3, 0.2])
    >>> change = change_to_overtake(
    ...     np.array([80.0, 100.0, 90.0]), np.array([100.0, 80.0, 90.0]), weights, bounds=any_bounds(weights)
    ... )
    >>> change.weights.round(3).tolist(), round(change.size, 3)
    ([0.4, 0.4, 0.2], 0.2)
    """
    _check_points(ahead, weights)
    return _change(behind - ahead, weights, bounds, 0.0)


def change_to_reach(points: Array, limit: float, weights: Array, *, bounds: Bounds) -> WeightChange | None:
    """The smallest change of weights under which a person's score is at least ``limit``; None where none does.

    Arguments and errors as those of `change_to_overtake`.
    """
    return _change(points, weights, bounds, limit)


def change_to_fall(points: Array, limit: float, weights: Array, *, bounds: Bounds) -> WeightChange | None:
    """The smallest change of weights under which a person's score is at most ``limit``; None where none does.

    Arguments and errors as those of `change_to_overtake`.
    """
    change = _change(-points, weights, bounds, -limit)
    return None if change is None else WeightChange(change.weights, change.size, -change.reached)


def without_each(weights: Array) -> Array:
    """KPIs × KPIs: in each row the weight of one KPI is 0 and the others are scaled to sum to 1.

    NaN in the row of a KPI that has all the weight. Raises ValueError for weights that do not sum to 1.

    >>> without_each(np.array([0.5, 0.3, 0.2])).round(3).tolist()
    [[0.0, 0.6, 0.4], [0.714, 0.0, 0.286], [0.625, 0.375, 0.0]]
    """
    _check_sum(weights)
    others = np.where(np.eye(len(weights), dtype=np.bool_), 0.0, weights)
    total = others.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(others, total, out=np.full_like(others, np.nan), where=total > _SLACK))


def ranks_without_each(points: Array, weights: Array) -> Ranks:
    """KPIs × people: the ranks without each of the KPIs, the other weights in proportion (`without_each`).

    ``points``: people × KPIs. Equal scores share the better rank (`score_ranks`); 0 in the row of a KPI that has all
    the weight. Raises ValueError for weights that do not sum to 1, and for points that are not finite.
    """
    if points.ndim != 2 or points.shape[1:] != weights.shape or not np.isfinite(points).all():
        raise ValueError(f"points must be people × {len(weights)} KPIs and finite; got {points.shape}")
    others = without_each(weights)
    told = np.isfinite(others[:, 0])
    result = np.zeros((len(weights), len(points)), dtype=np.int64)
    result[told] = ranks(others[told] @ points.T)
    return result


def _change(d: Array, weights: Array, bounds: Bounds, goal: float) -> WeightChange | None:
    _check_points(d, weights)
    _check_sum(weights)
    _check_bounds(weights, bounds)
    new = _moved(d.tolist(), weights.tolist(), bounds.low.tolist(), bounds.high.tolist(), goal)
    if new is None:
        return None
    changed = np.array(new)
    return WeightChange(changed, float(np.abs(changed - weights).sum()), float(changed @ d))


def _moved(d: list[float], now: list[float], low: list[float], high: list[float], goal: float) -> list[float] | None:
    """The weights nearest to those of ``now`` with Σ weight × d ≥ goal, by the steps of the module's head."""
    count, new = len(d), list(now)
    missing = goal - sum(now[k] * d[k] for k in range(count))
    tolerance = _SLACK * max(1.0, abs(goal), *(abs(value) for value in d))
    falling = sorted(range(count), key=lambda k: (-d[k], k))
    gains, losses = 0, count - 1  # places in that order: who gains next, and who loses next
    while missing > 0:
        while gains < count and high[falling[gains]] - new[falling[gains]] <= 0:
            gains += 1
        while losses >= 0 and new[falling[losses]] - low[falling[losses]] <= 0:
            losses -= 1
        # Where they meet, the highest that can gain is no higher than the lowest that can lose.
        if gains >= losses or d[falling[gains]] <= d[falling[losses]]:
            return new if missing <= tolerance else None
        up, down = falling[gains], falling[losses]
        per_unit = d[up] - d[down]
        free = min(high[up] - new[up], new[down] - low[down])
        if free * per_unit >= missing:
            mass = missing / per_unit
            new[up], new[down], missing = new[up] + mass, new[down] - mass, 0.0
        else:
            full, empty = free == high[up] - new[up], free == new[down] - low[down]
            new[up] = high[up] if full else new[up] + free
            new[down] = low[down] if empty else new[down] - free
            missing -= free * per_unit
    return new


def _check_points(points: Array, weights: Array) -> None:
    if weights.ndim != 1 or not len(weights) or points.shape != weights.shape:
        raise ValueError(f"points and weights must have one number per KPI; got {points.shape} and {weights.shape}")
    if not np.isfinite(points).all():
        raise ValueError("points must be finite")


def _check_sum(weights: Array) -> None:
    if not (np.isfinite(weights).all() and abs(weights.sum() - 1) <= _SLACK):
        raise ValueError(f"weights must sum to 1; got {weights.sum():g}")


def _check_bounds(weights: Array, bounds: Bounds) -> None:
    if not weights.shape == bounds.low.shape == bounds.high.shape:
        raise ValueError(f"bounds must be two for each weight; got {bounds.low.shape} and {bounds.high.shape}")
    inside = (bounds.low >= 0) & (bounds.low <= weights) & (weights <= bounds.high) & (bounds.high <= 1)
    for kpi in np.flatnonzero(~inside)[:1]:
        between = f"{bounds.low[kpi]:g} and {bounds.high[kpi]:g}"
        raise ValueError(f"weight {kpi}: expected between {between}, which lie from 0 to 1; got {weights[kpi]:g}")
