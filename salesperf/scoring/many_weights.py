"""Scores of the same people under many weights at once, each as the scorecard would have it (docs/methods.md §5)."""

import numpy as np
from numpy.typing import NDArray

from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import Scorecard, enough_measured, moved_weights

Array = NDArray[np.float64]


def scores_under(card: Scorecard, shares: Array, *, pay: bool = False) -> Array:
    """The scores of a scorecard's entities under other shares of the score; draws × entities, NaN without a score.

    ``shares``: draws × KPIs of the model, 0 or more, each row summing to 1; ``pay``: whether pay scores are meant, in
    which a perspective with a ``pay_weight`` keeps it. A KPI that is not available moves its weight, and too little
    that is measured gives no score, under each draw anew: `scorecard` of the `reweighted` model.
    """
    points = card.points.to_numpy(np.float64)
    available = ~np.isnan(points)
    measured = available & card.neutral.isna().to_numpy()
    patterns, pattern_of = np.unique(np.column_stack([available, measured]), axis=0, return_inverse=True)
    scores = np.full((len(shares), len(points)), np.nan)
    for place, pattern in enumerate(patterns):
        people = np.flatnonzero(pattern_of.reshape(-1) == place)
        there, known = np.split(pattern, 2)
        weights, enough = _weights(card.model, shares, there, known, pay=pay)
        scores[:, people] = weights @ np.nan_to_num(points[people]).T
        scores[np.ix_(~enough, people)] = np.nan
    return scores


def weights_of_each(card: Scorecard, shares: Array) -> Array:
    """Entities × KPIs: the weights that one row of shares of the score comes to, by what of each is available."""
    available = card.points.notna().to_numpy()
    outer = _of_perspectives(card.model, shares[None], pay=False)
    return moved_weights(available, shares[None], outer, _perspective_of_kpi(card.model))


def _weights(
    model: Model, shares: Array, available: NDArray[np.bool_], known: NDArray[np.bool_], *, pay: bool
) -> tuple[Array, NDArray[np.bool_]]:
    """Draws × KPIs: the weights of who has these KPIs; and in which draws enough of them is measured."""
    perspective_of_kpi, outer = _perspective_of_kpi(model), _of_perspectives(model, shares, pay=pay)
    whole = moved_weights(np.ones((1, len(known)), dtype=np.bool_), shares, outer, perspective_of_kpi)
    enough = enough_measured((whole * known).sum(axis=1), model)
    return moved_weights(available[None], shares, outer, perspective_of_kpi), enough


def _perspective_of_kpi(model: Model) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(model.perspectives)), [len(one.kpis) for one in model.perspectives])


def _of_perspectives(model: Model, shares: Array, *, pay: bool) -> Array:
    """Draws × perspectives: what the shares of their KPIs sum to, or the weight in pay that a perspective has."""
    firsts = np.cumsum([0, *(len(one.kpis) for one in model.perspectives[:-1])])
    sums = np.add.reduceat(shares, firsts, axis=1)
    fixed = [one.pay_weight if pay else None for one in model.perspectives]
    given = np.array([np.nan if weight is None else weight for weight in fixed])
    return np.where(np.isnan(given), sums, given)
