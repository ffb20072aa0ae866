"""What it takes to change the order: without each KPI, in other periods, and the smallest change of weights that does.

See docs/methods.md §5.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.data.export import Export
from salesperf.errors import RequestError, did_you_mean
from salesperf.people.weights.comparison import ModelComparison, compared
from salesperf.people.weights.experiment import Experiment
from salesperf.people.weights.robustness import policy_bounds
from salesperf.periods import Period
from salesperf.rounding import half_up
from salesperf.schemas import BY_PERIOD, DECIDES, ORDER_BY_PERIOD, SMALLEST_CHANGE
from salesperf.scoring.model import Model
from salesperf.scoring.reweighting import reweighted, shares_of_score
from salesperf.scoring.score_basis import score_basis
from salesperf.scoring.scorecard import Scorecard, scorecard
from salesperf.weighting.data_weights import correlations, effective_weights
from salesperf.weighting.smallest_change import (
    Bounds,
    WeightChange,
    change_to_fall,
    change_to_overtake,
    change_to_reach,
)

PERIODS = 4  # periods whose orders are compared, the present one among them
SEEN = 0.1  # points that scores differ by as printed
_BELOW = 1e-5  # points under a limit, more than weights of 9 digits may miss
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SmallestChange:
    """The smallest change of weights that does what was asked for.

    ``weights``: one row per KPI (index kpi). Columns: present and other, shares of the score, 0 to 1, and change.
    ``size``: the sum of absolute changes, 0 to 2; 0 where it is so already. ``model``: the model with these weights.
    """

    weights: pd.DataFrame
    size: float
    model: Model


@dataclass(frozen=True, eq=False)
class Decides:
    """What the weights of a model come to among people.

    ``kpis``: one row per KPI (index kpi). Columns: nominal, its share of the score, and effective, the share of the
    variance of scores that it decides; both sum to 1. ``correlations``: KPIs × KPIs. ``people``: of how many all KPIs
    are available; the others are left out. NaN where fewer than two people have all, or all have the same.
    """

    kpis: pd.DataFrame
    correlations: pd.DataFrame
    people: int


def without_each(tried: Experiment) -> dict[str, ModelComparison]:
    """The people of an experiment under its model without each of its KPIs, by id; the others keep their proportions.

    Policy's bounds are not looked at. Left out are KPIs without which nothing is left, or nothing that counts for pay.
    """
    model = without_policy(tried.model)
    perspectives = model.perspectives
    paying = [kpi.kpi for one in perspectives if one.pays for kpi in one.kpis]
    names = [kpi for kpi in model.kpi_ids if len(model.kpi_ids) > 1 and paying != [kpi]]
    return {kpi: compared(tried, reweighted(model, {kpi: 0.0})) for kpi in names}


def decides(card: Scorecard) -> Decides:
    """The nominal and effective weights of a scorecard's model, and how its KPIs go together, of who has a score."""
    shares = shares_of_score(card.model)
    points = card.points[card.summary["score"].notna()].to_numpy(np.float64)
    nominal, names = np.array(list(shares.values())), pd.Index(shares, name="kpi")
    kpis = pd.DataFrame({"nominal": nominal, "effective": effective_weights(points, nominal)}, index=names)
    together = pd.DataFrame(correlations(points), index=names, columns=list(shares))
    return Decides(DECIDES.checked(kpis), together, int(np.isfinite(points).all(axis=1).sum()))


def scores_by_period(export: Export, model: Model, count: int = PERIODS) -> pd.DataFrame:
    """The scores of the people of the export's period in its last periods, oldest first, each under the model.

    Index rep_id; a column per period, by its label; NaN where there is no score, or the person was too new.
    """
    periods = export.period.trailing(count)
    rows = _basis(export, periods, model)
    by_period = {}
    for period in periods:
        summary = scorecard(rows[rows["period"] == period.label].set_index("rep_id"), model.as_earned()).summary
        by_period[period.label] = summary["score"].where(~summary["too_new"])
    frame = pd.DataFrame(by_period)
    now = frame[export.period.label].notna()
    return BY_PERIOD.checked(frame[now].rename_axis("rep_id"))


def _basis(export: Export, periods: Sequence[Period], model: Model) -> pd.DataFrame:
    """The rows of `score_basis`, kept in this process: they do not depend on weights, which move often."""
    judged = tuple((kpi.kpi, kpi.least_cases) for _, kpi in model.kpis())
    key = (score_basis, tuple(periods), judged, model.without_cases)
    if key not in export.kept:
        export.kept[key] = score_basis(export, periods, "rep", model.kpi_ids, model)
    rows: pd.DataFrame = export.kept[key]
    return rows


def order_by_period(scores: pd.DataFrame) -> pd.DataFrame:
    """How alike the orders of several periods are. ``scores``: see `scores_by_period`; the last period is the present.

    One row per period (index period). Columns: people, who has a score in it and in the present one; tau, Kendall's
    τ-b of both orders by printed scores; tau_mean, of its order and that by the mean of each person's scores over all
    periods. NaN for fewer than two people.
    """
    printed = pd.DataFrame(half_up(scores.to_numpy(np.float64)), scores.index, scores.columns)
    now, mean = printed.iloc[:, -1], scores.mean(axis=1)
    columns = {
        "people": (printed.notna() & now.notna().to_numpy()[:, None]).sum().astype(float),
        "tau": printed.apply(lambda one: one.corr(now, method="kendall")),
        "tau_mean": printed.apply(lambda one: one.corr(mean, method="kendall")),
    }
    return ORDER_BY_PERIOD.checked(pd.DataFrame(columns).rename_axis("period"))


def overtaking(tried: Experiment, behind: str, ahead: str, locked: Collection[str] = ()) -> SmallestChange | None:
    """The smallest change of weights that puts one person's printed score above another's; None where none does.

    ``behind``, ``ahead``: ids of reps; ``locked``: KPIs whose weights stay. Policy's bounds are kept. Raises
    RequestError for a person or KPI that there is not, and for a person of whom a KPI is not available, as its weight
    moves.
    """
    points = [_points_of(tried.card, rep) for rep in (behind, ahead)]
    # One ahead by SEEN is ahead in print, whatever the digits.
    gain = points[0] - points[1]
    present, bounds = _present_and_bounds(tried.model, locked)
    zero = np.zeros(len(gain))
    if half_up(present @ points[0]) > half_up(present @ points[1]):
        return _change(tried.model, WeightChange(present, 0.0, 0.0))
    return _change(tried.model, change_to_overtake(gain - SEEN, zero, present, bounds=bounds))


def leaving_grade(tried: Experiment, rep: str, locked: Collection[str] = ()) -> SmallestChange | None:
    """The smallest change of weights that gives a person another grade, by the score as earned; None where none does.

    Arguments and errors as those of `overtaking`; raises RequestError also where the person has no grade.
    """
    points, model = _points_of(tried.card, rep), tried.model
    grade = tried.card.summary.loc[rep, "grade"]
    if not grade:
        raise RequestError(f"rep: expected somebody with a grade, got {rep!r}; choose another")
    present, bounds = _present_and_bounds(model, locked)
    place = [one.grade for one in model.grades].index(str(grade))
    # A score counts as printed, so that half a tenth below a limit is rounded up to it.
    limits = [one.at_least - SEEN / 2 for one in model.grades]
    up = change_to_reach(points, limits[place - 1], present, bounds=bounds) if place else None
    lowest = place == len(limits) - 1
    down = None if lowest else change_to_fall(points, limits[place] - _BELOW, present, bounds=bounds)
    changes = [change for change in (up, down) if change is not None]
    return _change(model, min(changes, key=lambda change: change.size, default=None))


def without_policy(model: Model) -> Model:
    """The model without ``between`` of its KPIs."""
    sides = [
        one.model_copy(update={"kpis": [kpi.model_copy(update={"between": None}) for kpi in one.kpis]})
        for one in model.perspectives
    ]
    return model.model_copy(update={"perspectives": sides})


def _points_of(card: Scorecard, rep: str) -> Array:
    """The points of a person by KPI, of whom all have to be available."""
    if rep not in card.points.index:
        raise RequestError(f"rep: {rep!r} is nobody of the period; {did_you_mean(rep, map(str, card.points.index))}")
    points = card.points.loc[rep]
    if missing := [str(kpi) for kpi, value in points.items() if np.isnan(value)]:
        got = f"no {missing[0]!r}, whose weight moves"
        raise RequestError(f"rep: expected every KPI of {rep!r}, got {got}; choose another")
    return points.to_numpy(np.float64)


def _present_and_bounds(model: Model, locked: Collection[str]) -> tuple[Array, Bounds]:
    shares = shares_of_score(model)
    for kpi in locked:
        if kpi not in shares:
            raise RequestError(f"locked: {kpi!r} is not a KPI of the model; {did_you_mean(kpi, shares)}")
    present = np.array(list(shares.values()))
    present = present / present.sum()
    keep = np.array([kpi in locked for kpi in shares])
    low, high = policy_bounds(model)
    # Weights that are written with few digits may miss their bounds by the last one.
    low, high = np.minimum(low, present), np.maximum(high, present)
    return present, Bounds(np.where(keep, present, low), np.where(keep, present, high))


def _change(model: Model, change: WeightChange | None) -> SmallestChange | None:
    if change is None:
        return None
    shares = shares_of_score(model)
    columns = {"present": list(shares.values()), "other": change.weights}
    weights = pd.DataFrame(columns, index=pd.Index(shares, name="kpi"))
    weights["change"] = weights["other"] - weights["present"]
    changed = dict(zip(shares, map(float, change.weights), strict=True))
    return SmallestChange(SMALLEST_CHANGE.checked(weights), change.size, reweighted(without_policy(model), changed))
