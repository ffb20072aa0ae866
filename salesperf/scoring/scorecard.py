"""Scores: points on fixed anchors, weighted, with contributions that add up to the score (docs/methods.md §3)."""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.rounding import adding_up, half_up
from salesperf.scoring.forced import forced_places
from salesperf.scoring.model import Anchors, Model, Points

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scorecard:
    """The scores of some entities under a model; all frames have the index of the KPI table they come from.

    ``points``, ``weights`` and ``contributions`` have one column per KPI of the model: points and contributions are
    NaN where it is not available, weights sum to 1. ``perspective_scores``: the score within each perspective, by name.
    ``summary`` has score, measured (the share of weight that was measured, 0–1), grade, coefficient, pay_score and
    pay_grade, NaN or "" where too little was measured for a score. The coefficient is that of the pay score's grade;
    the pay score differs from the score where a perspective has a ``pay_weight`` of its own. Under a model with a
    forced distribution there are ``forced_grade``, which the coefficient then follows, and ``earned_coefficient``.
    """

    model: Model
    points: pd.DataFrame
    weights: pd.DataFrame
    contributions: pd.DataFrame
    perspective_scores: pd.DataFrame
    summary: pd.DataFrame

    def only(self, rows: pd.Index | pd.Series) -> "Scorecard":
        """The scorecard of some of its entities, in that order; ``rows``: their labels, or a mask of them."""
        frames = {field.name: getattr(self, field.name).loc[rows] for field in fields(self) if field.name != "model"}
        return Scorecard(self.model, **frames)


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


def effective_weights(available: NDArray[np.bool_], model: Model, *, pay: bool = False) -> tuple[Array, Array]:
    """The weight of each KPI for each entity, and the share of the model's weight that was measured.

    ``available``: entities × KPIs; ``pay``: the weights of the score that pay follows. The weight of a KPI that is
    not available moves to the others of its perspective; that of a perspective with none moves to the other
    perspectives in proportion. Rows sum to 1, or to 0 where nothing is available.
    """
    perspective_of_kpi = _perspective_of_kpi(model)
    inner = np.array([kpi.weight for _, kpi in model.kpis()])
    outer = np.array([perspective.pays if pay else perspective.weight for perspective in model.perspectives])
    kept = available * inner
    of_perspective = _per_perspective(kept, perspective_of_kpi)
    alive = (of_perspective > 0) * outer
    shares = _divided(alive, _across(alive)[:, None])
    weights = _divided(kept, of_perspective[:, perspective_of_kpi]) * shares[:, perspective_of_kpi]
    whole = inner * outer[perspective_of_kpi]
    measured = _across(available * whole) / _across(whole[None, :])
    return weights, measured


def scorecard(kpis: pd.DataFrame, model: Model) -> Scorecard:
    """The scores of every row of a KPI table under a model.

    A forced distribution needs everybody: give it the whole company and then take `Scorecard.only` a region. Rows of
    several periods (in a column ``period``) are graded by force within each of them.
    """
    names = model.kpi_ids
    earned = np.column_stack(
        [points(kpis[kpi.kpi].to_numpy(np.float64), kpi.anchors, model.points) for _, kpi in model.kpis()]
    )
    weights, measured = effective_weights(~np.isnan(earned), model)
    contributions = earned * weights * np.where(_enough(measured, model), 1.0, np.nan)[:, None]
    summary = _summary(_sums(contributions), measured, model).set_axis(kpis.index)
    if model.pays_otherwise:
        pay_weights, pay_measured = effective_weights(~np.isnan(earned), model, pay=True)
        # What the model has no weight for in pay may be missing without harm, so the pay score asks for its own.
        paid = _summary(_sums(earned * pay_weights), pay_measured, model).set_axis(kpis.index)
        summary[["pay_score", "pay_grade", "coefficient"]] = paid[["pay_score", "pay_grade", "coefficient"]]
    if model.forced:
        summary = _by_force(summary, kpis.get("period"), model)

    def frame(values: Array) -> pd.DataFrame:
        return pd.DataFrame(values, index=kpis.index, columns=names)

    return Scorecard(model, frame(earned), frame(weights), frame(contributions), _sides(earned, model, kpis), summary)


def printed(contributions: pd.DataFrame, decimals: int = 1) -> tuple[pd.DataFrame, pd.Series]:
    """Contributions and scores as printed: rounded so that in every row they add up to the rounded score exactly.

    By largest remainder; ties go to the first KPI. What is not available stays NaN.
    """
    values = contributions.to_numpy(np.float64)
    sums = _sums(values)
    rounded = adding_up(values, decimals, sums)
    return (
        pd.DataFrame(rounded, index=contributions.index, columns=contributions.columns),
        pd.Series(half_up(sums, decimals), index=contributions.index),
    )


def _summary(scores: Array, measured: Array, model: Model) -> pd.DataFrame:
    """The summary of scores whose pay follows them; NaN or "" where too little was measured."""
    score = np.where(_enough(measured, model), scores, np.nan)
    grade, coefficient = _graded(_places(score, model), model)
    columns = {"score": score, "measured": measured, "grade": grade, "coefficient": coefficient}
    return pd.DataFrame({**columns, "pay_score": score, "pay_grade": grade})


def _by_force(summary: pd.DataFrame, periods: pd.Series | None, model: Model) -> pd.DataFrame:
    """The summary with the forced grades, within each period where rows are of several."""
    seen = half_up(summary["pay_score"].to_numpy(np.float64))
    groups = np.zeros(len(seen), dtype=int) if periods is None else pd.factorize(periods)[0]
    places = np.full(len(seen), -1)
    for group in np.unique(groups):
        places[groups == group] = forced_places(seen[groups == group], model)
    grade, coefficient = _graded(places, model)
    return summary.assign(coefficient=coefficient, forced_grade=grade, earned_coefficient=summary["coefficient"])


def _enough(measured: Array, model: Model) -> NDArray[np.bool_]:
    return np.asarray((measured >= model.measured_at_least - 1e-9) & (measured > 0))


def _places(scores: Array, model: Model) -> NDArray[np.int64]:
    """The place of each score's grade, the best first; −1 where there is no score.

    A score counts as printed (one decimal), so that nobody sees 100.0 and grade B.
    """
    limits = np.array([grade.at_least for grade in reversed(model.grades)])
    places = len(limits) - np.searchsorted(limits, half_up(scores), side="right")
    return np.where(np.isnan(scores), -1, places)


def _graded(places: NDArray[np.int64], model: Model) -> tuple[NDArray[np.object_], Array]:
    """The grades and coefficients at their places; "" and NaN at −1, which is the last."""
    names = np.array([*(grade.grade for grade in model.grades), ""], dtype=object)
    coefficients = np.array([*(grade.coefficient for grade in model.grades), np.nan])
    return names[places], coefficients[places]


def _sides(earned: Array, model: Model, kpis: pd.DataFrame) -> pd.DataFrame:
    """The score within each perspective; NaN where nothing of it was measured."""
    perspective_of_kpi = _perspective_of_kpi(model)
    kept = ~np.isnan(earned) * np.array([kpi.weight for _, kpi in model.kpis()])
    of_perspective = _per_perspective(kept, perspective_of_kpi)
    scores = _per_perspective(np.nan_to_num(earned) * kept, perspective_of_kpi) / np.where(
        of_perspective > 0, of_perspective, np.nan
    )
    return pd.DataFrame(scores, index=kpis.index, columns=[perspective.name for perspective in model.perspectives])


def _perspective_of_kpi(model: Model) -> NDArray[np.int64]:
    return np.array([index for index, perspective in enumerate(model.perspectives) for _ in perspective.kpis])


def _per_perspective(parts: Array, perspective_of_kpi: NDArray[np.int64]) -> Array:
    return np.stack(
        [_across(parts[:, perspective_of_kpi == perspective]) for perspective in range(perspective_of_kpi[-1] + 1)],
        axis=1,
    )


def _across(parts: Array) -> Array:
    """The sum of every row from left to right, so that not even its last digit depends on how many rows there are."""
    return np.asarray(np.cumsum(parts, axis=1)[:, -1])


def _sums(parts: Array) -> Array:
    """The sum of every row, without what is not available; NaN where nothing is."""
    sums = _across(np.nan_to_num(parts))
    return np.where(np.isnan(parts).all(axis=1), np.nan, sums)


def _divided(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.zeros(np.broadcast_shapes(above.shape, below.shape)), where=below > 0)
