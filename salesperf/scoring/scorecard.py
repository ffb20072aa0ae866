"""Scores: points on fixed anchors, weighted, with contributions that add up to the score (docs/methods.md §3)."""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.rounding import adding_up, half_up
from salesperf.schemas import BY_KPI, BY_PERSPECTIVE, SCORES
from salesperf.scoring.forced import forced_places
from salesperf.scoring.model import MEASURED_TOLERANCE, Anchors, Model, Points

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scorecard:
    """The scores of some entities under a model; all frames have the index of the KPI table that they come from.

    ``points``, ``weights`` and ``contributions`` (weight × points) have a column per KPI of the model, by id. Points
    are NaN where the KPI is not available and nothing stands in for it, and contributions also where there is no score;
    the weights of a row sum to 1, or are all 0 where nothing is available. ``neutral``: a column per KPI, the value
    that stands in for it where it has no case, NaN elsewhere; ``drawn``: likewise the value that counts in place of one
    of few cases. ``perspective_scores``: a column per perspective, by name, with the score within it, NaN where nothing
    of it is available.

    ``summary`` has the columns score (points), measured (share of the model's weight, 0 to 1), grade, coefficient,
    pay_score, pay_grade and too_new; without a score, numbers but measured are NaN and grades are "". Who is too new
    (bool) has a score, but no grade and coefficient, and no seat in a forced distribution. The pay score differs from
    the score where a perspective has a ``pay_weight``, and the coefficient is that of the pay grade. Under a forced
    distribution there are also forced_grade, which the coefficient then follows, and earned_coefficient.
    """

    model: Model
    points: pd.DataFrame
    weights: pd.DataFrame
    contributions: pd.DataFrame
    neutral: pd.DataFrame
    drawn: pd.DataFrame
    perspective_scores: pd.DataFrame
    summary: pd.DataFrame

    def only(self, rows: pd.Index | pd.Series) -> "Scorecard":
        """The scorecard of some of its entities. ``rows``: their index labels, in the order wanted, or a mask."""
        frames = {field.name: getattr(self, field.name).loc[rows] for field in fields(self) if field.name != "model"}
        return Scorecard(self.model, **frames)


def points(values: Array, anchors: Anchors, scale: Points) -> Array:
    """The points of values on their anchors, from 0 to those at excellent (docs/methods.md §3).

    Points are linear between the anchors and the same from excellent on. Below the threshold the line from target to
    threshold goes on down to 0, so that a near miss costs little. NaN stays NaN. Each value is judged by itself: points
    do not depend on other people.
    """
    x = np.array([anchors.threshold, anchors.target, anchors.excellent])
    y = np.array([scale.threshold, scale.target, scale.excellent])
    if not anchors.rising:
        x, values = -x, -values
    below = y[0] + (values - x[0]) * (y[1] - y[0]) / (x[1] - x[0])
    return np.asarray(np.where(values < x[0], np.maximum(below, 0.0), np.interp(values, x, y)))


def effective_weights(available: NDArray[np.bool_], model: Model, *, pay: bool = False) -> Array:
    """The weights, entities × KPIs, where some KPIs are available.

    ``available``: entities × KPIs; ``pay``: whether to use the weights of the pay score. The weight of a KPI that is
    not available moves to the others of its perspective, that of a perspective without any to the other perspectives,
    each in proportion (docs/methods.md §3). The weights of an entity sum to 1, or to 0 where nothing is available.
    """
    return moved_weights(available, *_own_weights(model, pay=pay), _perspective_of_kpi(model))


def moved_weights(
    available: NDArray[np.bool_], inner: Array, outer: Array, perspective_of_kpi: NDArray[np.int64]
) -> Array:
    """The weights where some KPIs are available, as `effective_weights`, for weights that need not be those of a model.

    ``inner``: weights of the KPIs in proportion within their perspectives, of one row or of as many as ``available``;
    ``outer``: likewise those of the perspectives; ``perspective_of_kpi``: the index of each KPI's perspective.
    """
    kept = available * inner
    of_perspective = _per_perspective(kept, perspective_of_kpi)
    alive = (of_perspective > 0) * outer
    shares = _divided(alive, _across(alive)[:, None])
    return _divided(kept, of_perspective[:, perspective_of_kpi]) * shares[:, perspective_of_kpi]


def measured_share(measured: NDArray[np.bool_], model: Model, *, pay: bool = False) -> Array:
    """Per entity the share of the model's weight that was measured, 0 to 1; ``measured``: entities × KPIs."""
    inner, outer = _own_weights(model, pay=pay)
    whole = inner * outer[_perspective_of_kpi(model)]
    return np.asarray(_across(measured * whole) / _across(whole[None, :]))


def scorecard(kpis: pd.DataFrame, model: Model) -> Scorecard:
    """The scores of every row of a KPI table under a model.

    ``kpis``: a column per KPI of the model, by id, NaN where it is not available; with the further columns of
    `score_basis`, what stands in for a KPI and who is too new. Under a forced distribution it must have everybody in
    the company, with a column ``period`` where rows are of several periods, as the distribution applies within each;
    take a region's rows by `Scorecard.only` afterwards.
    """
    names = model.kpi_ids
    values = kpis[names].to_numpy(np.float64)
    neutral = kpis.reindex(columns=[f"{name}_neutral" for name in names]).to_numpy(np.float64)
    drawn = kpis.reindex(columns=[f"{name}_drawn" for name in names]).to_numpy(np.float64)
    known = ~np.isnan(values)
    judged = np.where(known, np.where(np.isnan(drawn), values, drawn), neutral)
    earned = np.column_stack(
        [points(judged[:, place], kpi.anchors, model.points) for place, (_, kpi) in enumerate(model.kpis())]
    )
    weights, measured = effective_weights(~np.isnan(earned), model), measured_share(known, model)
    contributions = earned * weights * np.where(enough_measured(measured, model), 1.0, np.nan)[:, None]
    too_new = kpis["too_new"].to_numpy(bool) if "too_new" in kpis else np.zeros(len(kpis), dtype=bool)
    summary = _summary(_sums(contributions), measured, too_new, model).set_axis(kpis.index)
    if model.pays_otherwise:
        pay_weights = effective_weights(~np.isnan(earned), model, pay=True)
        # A KPI without weight in pay may be missing, so the measured share is checked by the pay weights.
        pay_measured = measured_share(known, model, pay=True)
        paid = _summary(_sums(earned * pay_weights), pay_measured, too_new, model).set_axis(kpis.index)
        summary[["pay_score", "pay_grade", "coefficient"]] = paid[["pay_score", "pay_grade", "coefficient"]]
    if model.forced:
        summary = _by_force(summary, kpis.get("period"), model)

    def by_kpi(values: Array) -> pd.DataFrame:
        return BY_KPI.checked(pd.DataFrame(values, index=kpis.index, columns=names))

    return Scorecard(
        model,
        points=by_kpi(earned),
        weights=by_kpi(weights),
        contributions=by_kpi(contributions),
        neutral=by_kpi(np.where(known, np.nan, neutral)),
        drawn=by_kpi(np.where(known, drawn, np.nan)),
        perspective_scores=BY_PERSPECTIVE.checked(_perspective_scores(earned, model, kpis)),
        summary=SCORES.checked(summary),
    )


def printed(contributions: pd.DataFrame, decimals: int = 1) -> tuple[pd.DataFrame, pd.Series]:
    """Contributions and scores rounded for print: in every row the contributions add up to the score exactly.

    ``contributions``: `Scorecard.contributions`. They are rounded by largest remainder, ties to the first KPI. What is
    not available stays NaN.
    """
    values = contributions.to_numpy(np.float64)
    sums = _sums(values)
    rounded = adding_up(values, decimals, sums)
    return (
        pd.DataFrame(rounded, index=contributions.index, columns=contributions.columns),
        pd.Series(half_up(sums, decimals), index=contributions.index),
    )


def _summary(scores: Array, measured: Array, too_new: NDArray[np.bool_], model: Model) -> pd.DataFrame:
    """The columns of `Scorecard.summary` for scores that are also the pay scores."""
    score = np.where(enough_measured(measured, model), scores, np.nan)
    grade, coefficient = _graded(np.where(too_new, -1, grade_places(score, model)), model)
    columns = {"score": score, "measured": measured, "grade": grade, "coefficient": coefficient}
    return pd.DataFrame({**columns, "pay_score": score, "pay_grade": grade, "too_new": too_new})


def _by_force(summary: pd.DataFrame, periods: pd.Series | None, model: Model) -> pd.DataFrame:
    """The summary with forced_grade and earned_coefficient, by the forced distribution within each period."""
    seen = half_up(summary["pay_score"].where(~summary["too_new"]).to_numpy(np.float64))
    groups = np.zeros(len(seen), dtype=int) if periods is None else pd.factorize(periods)[0]
    places = np.empty(len(seen), dtype=int)
    for group in np.unique(groups):
        places[groups == group] = forced_places(seen[groups == group], model)
    grade, coefficient = _graded(places, model)
    return summary.assign(coefficient=coefficient, forced_grade=grade, earned_coefficient=summary["coefficient"])


def enough_measured(measured: Array, model: Model) -> NDArray[np.bool_]:
    """Whether a measured share suffices for a score, as exactly as weights are written."""
    return np.asarray((measured >= model.measured_at_least - MEASURED_TOLERANCE) & (measured > 0))


def grade_places(scores: Array, model: Model) -> NDArray[np.int64]:
    """The index of each score's grade in ``model.grades``, 0 for the best; −1 where there is no score.

    A score counts as printed, with one decimal, so that nobody sees 100.0 and grade B.
    """
    limits = np.array([grade.at_least for grade in reversed(model.grades)])
    places = len(limits) - np.searchsorted(limits, half_up(scores), side="right")
    return np.where(np.isnan(scores), -1, places)


def _graded(places: NDArray[np.int64], model: Model) -> tuple[NDArray[np.object_], Array]:
    """The names and coefficients of the grades at these indices; "" and NaN for −1."""
    names = np.array([*(grade.grade for grade in model.grades), ""], dtype=object)
    coefficients = np.array([*(grade.coefficient for grade in model.grades), np.nan])
    return names[places], coefficients[places]


def _perspective_scores(earned: Array, model: Model, kpis: pd.DataFrame) -> pd.DataFrame:
    """`Scorecard.perspective_scores`."""
    perspective_of_kpi = _perspective_of_kpi(model)
    kept = ~np.isnan(earned) * np.array([kpi.weight for _, kpi in model.kpis()])
    of_perspective = _per_perspective(kept, perspective_of_kpi)
    scores = _per_perspective(np.nan_to_num(earned) * kept, perspective_of_kpi) / np.where(
        of_perspective > 0, of_perspective, np.nan
    )
    return pd.DataFrame(scores, index=kpis.index, columns=[perspective.name for perspective in model.perspectives])


def _own_weights(model: Model, *, pay: bool) -> tuple[Array, Array]:
    """The weights of the KPIs within their perspectives, and those of the perspectives, in the score or in pay."""
    inner = np.array([kpi.weight for _, kpi in model.kpis()])
    return inner, np.array([perspective.pays if pay else perspective.weight for perspective in model.perspectives])


def _perspective_of_kpi(model: Model) -> NDArray[np.int64]:
    """For each KPI of a model, the index of its perspective."""
    return np.array([index for index, perspective in enumerate(model.perspectives) for _ in perspective.kpis])


def _per_perspective(parts: Array, perspective_of_kpi: NDArray[np.int64]) -> Array:
    """Entities × perspectives: the sums of the columns of each perspective (``parts``: entities × KPIs)."""
    return np.stack(
        [_across(parts[:, perspective_of_kpi == perspective]) for perspective in range(perspective_of_kpi[-1] + 1)],
        axis=1,
    )


def _across(parts: Array) -> Array:
    """The sum of every row from left to right, so that not even its last digit depends on how many rows there are."""
    return np.asarray(np.cumsum(parts, axis=1)[:, -1])


def _sums(parts: Array) -> Array:
    """The sum of every row without its NaN; NaN where the row has nothing else."""
    sums = _across(np.nan_to_num(parts))
    return np.where(np.isnan(parts).all(axis=1), np.nan, sums)


def _divided(above: Array, below: Array) -> Array:
    """above ÷ below; 0 where below is 0."""
    return np.divide(above, below, out=np.zeros(np.broadcast_shapes(above.shape, below.shape)), where=below > 0)
