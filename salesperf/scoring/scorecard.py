"""Scores: points on fixed anchors, weighted, with contributions that add up to the score (METHODS.md §3)."""

from dataclasses import dataclass
from math import fsum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.rounding import adding_up, half_up
from salesperf.scoring.model import Anchors, Model, Points

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scorecard:
    """The scores of some entities under a model; all frames have the index of the KPI table they come from.

    ``points`` and ``contributions`` have one column per KPI of the model (NaN where it is not available);
    ``summary`` has score, measured (the share of weight that was measured, 0–1), grade and coefficient, NaN or ""
    where too little was measured for a score.
    """

    model: Model
    points: pd.DataFrame
    contributions: pd.DataFrame
    summary: pd.DataFrame


def points(values: Array, anchors: Anchors, scale: Points) -> Array:
    """The points of values on their anchors: linear between, capped at excellent, and floored at 0.

    Below the threshold the line from target to threshold goes on, so that a near miss is not a fall. NaN stays NaN.
    Peers play no part: a person's points do not depend on who else is there.
    """
    x = np.array([anchors.threshold, anchors.target, anchors.excellent])
    y = np.array([scale.threshold, scale.target, scale.excellent])
    if not anchors.rising:
        x, values = -x, -values
    below = y[0] + (values - x[0]) * (y[1] - y[0]) / (x[1] - x[0])
    return np.asarray(np.where(values < x[0], np.maximum(below, 0.0), np.interp(values, x, y)))


def effective_weights(available: NDArray[np.bool_], model: Model) -> tuple[Array, Array]:
    """The weight of each KPI for each entity, and the share of the model's weight that was measured.

    ``available``: entities × KPIs. The weight of a KPI that is not available moves to the others of its perspective;
    that of a perspective with none moves to the other perspectives in proportion. Rows sum to 1, or to 0 where
    nothing is available.
    """
    sides = np.array([index for index, side in enumerate(model.perspectives) for _ in side.kpis])
    outer = np.array([side.weight for side in model.perspectives])
    inner = np.array([one.weight for _, one in model.kpis()])
    kept = available * inner
    of_side = np.stack([_across(kept[:, sides == side]) for side in range(len(outer))], axis=1)
    alive = (of_side > 0) * outer
    shares = _divided(alive, _across(alive)[:, None])
    weights = _divided(kept, of_side[:, sides]) * shares[:, sides]
    whole = inner * outer[sides]
    measured = _across(available * whole) / _across(whole[None, :])
    return weights, measured


def scorecard(kpis: pd.DataFrame, model: Model) -> Scorecard:
    """The scores of every row of a KPI table under a model."""
    names = [one.kpi for _, one in model.kpis()]
    earned = pd.DataFrame(
        {one.kpi: points(kpis[one.kpi].to_numpy(np.float64), one.anchors, model.points) for _, one in model.kpis()},
        index=kpis.index,
        columns=names,
    )
    weights, measured = effective_weights(earned.notna().to_numpy(), model)
    enough = (measured >= model.measured_at_least - 1e-9) & (measured > 0)
    contributions = earned * np.where(enough, 1.0, np.nan)[:, None] * weights
    score = pd.Series(_sums(contributions), index=kpis.index).where(enough)
    summary = pd.DataFrame({"score": score, "measured": measured}, index=kpis.index)
    summary["grade"] = [_grade(one, model)[0] for one in score]
    summary["coefficient"] = [_grade(one, model)[1] for one in score]
    return Scorecard(model, earned, contributions, summary)


def printed(contributions: pd.DataFrame, decimals: int = 1) -> tuple[pd.DataFrame, pd.Series]:
    """Contributions and scores as printed: rounded so that in every row they add up to the rounded score exactly.

    By largest remainder; ties go to the first KPI. What is not available stays NaN.
    """
    sums = _sums(contributions)
    rounded = adding_up(contributions.to_numpy(np.float64), decimals, sums)
    scores = pd.Series(half_up(sums, decimals), index=contributions.index)
    scores = scores.where(contributions.notna().any(axis=1))
    return pd.DataFrame(rounded, index=contributions.index, columns=contributions.columns), scores


def _across(parts: Array) -> Array:
    """The sum of every row from left to right, so that not even its last digit depends on how many rows there are."""
    return np.asarray(np.cumsum(parts, axis=1)[:, -1])


def _sums(contributions: pd.DataFrame) -> Array:
    """The exact sum of every row, whatever the order of its parts; 0 where there is none."""
    return np.array([fsum(row[~np.isnan(row)]) for row in contributions.to_numpy(np.float64)], dtype=np.float64)


def _divided(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.zeros(np.broadcast_shapes(above.shape, below.shape)), where=below > 0)


def _grade(score: float, model: Model) -> tuple[str, float]:
    """The grade of a score as printed (one decimal), so that nobody sees 100.0 and grade B."""
    if np.isnan(score):
        return "", float("nan")
    seen = float(half_up(np.array([score]))[0])
    reached = next(grade for grade in model.grades if seen >= grade.at_least)
    return reached.grade, reached.coefficient
