"""Where weights may come from: those of a model beside weights by judgements, by data and by what predicts results.

See docs/methods.md §5.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.data.export import Export
from salesperf.errors import RequestError, did_you_mean
from salesperf.measures.kpis import registry
from salesperf.measures.table import kpi_table
from salesperf.people.weights.comparison import ModelComparison, compared
from salesperf.people.weights.experiment import Experiment
from salesperf.people.weights.judgements import Judged, Judgements, matrix_of, read_judgements
from salesperf.people.weights.robustness import importance
from salesperf.people.weights.sensitivity import without_policy
from salesperf.schemas import WEIGHT_EFFECTS, WEIGHT_ORIGINS
from salesperf.scoring.model import Model
from salesperf.scoring.reweighting import reweighted, shares_of_score
from salesperf.scoring.score_basis import score_basis
from salesperf.scoring.scorecard import scorecard
from salesperf.weighting.ahp import Ahp, ahp, combined_judgements
from salesperf.weighting.best_worst import BestWorst, best_worst
from salesperf.weighting.data_weights import critic_weights, entropy_weights, equal_weights
from salesperf.weighting.importance_order import rank_order_centroid, swing_weights
from salesperf.weighting.learned import LEAST, LearnedWeights, learned_weights

OUTCOMES = ("revenue_attainment", "revenue")  # what weights are learned from, the first that is available
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WeightOrigins:
    """Weights by where they may come from, and what each does to the present order.

    ``weights``: one row per KPI (index kpi), a column per origin, shares of the score that sum to 1; NaN where the data
    give none. Origins: present, equal, order (rank-order centroid), entropy, critic, learned, and by judgements pairs,
    best_worst and swings. ``effects``: one row per origin (index origin) with tau, Kendall's τ-b to the present order,
    and regraded, raised and lowered, how many grades change; NaN without weights. ``outcome``: the KPI that was to be
    predicted, "" where none is available, and ``learned`` how well it is; None where too few people are known.
    ``pairs``, ``best_worst``: how consistent the judgements are, None where there are none.
    """

    weights: pd.DataFrame
    effects: pd.DataFrame
    outcome: str
    learned: LearnedWeights | None
    pairs: Ahp | None
    best_worst: BestWorst | None


def weight_origins(
    export: Export, tried: Experiment, judgements: Judged | Sequence[Judged] = (), outcome: str = ""
) -> WeightOrigins:
    """Weights of the KPIs of the model in force by where they may come from.

    ``judgements``: of one person or several, whose pairs are combined by the geometric mean, and whose other weights by
    the arithmetic one; an order of importance comes from the first who gives one, else from the present weights.
    ``outcome``: the id of the KPI that the period before is to predict; by default the first of OUTCOMES. Policy's
    bounds are not looked at. Raises RequestError for wrong judgements (`read_judgements`) and an unknown KPI.
    """
    model, kpis, shares = tried.model, tried.model.kpi_ids, shares_of_score(tried.model)
    given = [judgements] if isinstance(judgements, str) or not isinstance(judgements, Sequence) else judgements
    judged = [read_judgements(one, kpis) for one in given]
    points = tried.card.points[~tried.card.summary["too_new"]].to_numpy(np.float64)
    used, learned = _learned(export, model, outcome)
    pairs, by_best = _pairs(judged, kpis), [_best_worst(one, kpis) for one in judged if one.best_worst]
    swings = [swing_weights(np.array([one.swings[kpi] for kpi in kpis])) for one in judged if one.swings]
    columns = {
        "present": np.array(list(shares.values())),
        "equal": equal_weights(len(kpis)),
        "order": rank_order_centroid(importance(shares, next((one.order for one in judged if one.order), ()))),
        "entropy": entropy_weights(points),
        "critic": critic_weights(points),
        "learned": np.full(len(kpis), np.nan) if learned is None else learned.weights,
        **({"pairs": pairs.weights} if pairs else {}),
        **({"best_worst": np.mean([one.weights for one in by_best], axis=0)} if by_best else {}),
        **({"swings": np.mean(swings, axis=0)} if swings else {}),
    }
    weights = WEIGHT_ORIGINS.checked(pd.DataFrame(columns, index=pd.Index(kpis, name="kpi")))
    rows = {origin: _effects(tried, weights[origin]) for origin in columns}
    effects = pd.DataFrame.from_dict(rows, orient="index").rename_axis("origin").astype("float64")
    worst = max(by_best, key=lambda one: one.ratio, default=None)
    return WeightOrigins(weights, WEIGHT_EFFECTS.checked(effects), used, learned, pairs, worst)


def with_shares(tried: Experiment, shares: pd.Series) -> ModelComparison | None:
    """The people of an experiment under other shares of the score; None where nothing of them counts for pay.

    ``shares``: KPI id → share of the score, of every KPI of the model in force.
    """
    model = without_policy(tried.model)
    if not any(shares[kpi.kpi] > 0 for one in model.perspectives if one.pay_weight != 0 for kpi in one.kpis):
        return None
    whole = shares / shares.sum()
    return compared(tried, reweighted(model, {str(kpi): float(share) for kpi, share in whole.items()}))


def _effects(tried: Experiment, shares: pd.Series) -> dict[str, float]:
    comparison = None if shares.isna().any() else with_shares(tried, shares)
    if comparison is None:
        return dict.fromkeys(("tau", "regraded", "raised", "lowered"), np.nan)
    counts = {"regraded": len(comparison.regraded), "raised": comparison.raised, "lowered": comparison.lowered}
    return {"tau": comparison.tau, **counts}


def _pairs(judged: Sequence[Judgements], kpis: Sequence[str]) -> Ahp | None:
    matrices = [matrix_of(one.pairs, kpis) for one in judged if one.pairs]
    return ahp(combined_judgements(np.array(matrices))) if matrices else None


def _best_worst(judged: Judgements, kpis: Sequence[str]) -> BestWorst:
    said = judged.best_worst
    assert said is not None
    to_others = np.array([said.best_to_others.get(kpi, 1.0) for kpi in kpis])
    to_worst = np.array([said.others_to_worst.get(kpi, 1.0) for kpi in kpis])
    return best_worst(to_others, to_worst, best=kpis.index(said.best), worst=kpis.index(said.worst))


def _learned(export: Export, model: Model, outcome: str) -> tuple[str, LearnedWeights | None]:
    """Which KPI was to be predicted, and the weights by which points of the period before predict it in this one."""
    known, now = registry(export), export.period
    if outcome and outcome not in known:
        raise RequestError(f"outcome: {outcome!r} is not a KPI; {did_you_mean(outcome, known)}")
    before = now.before()
    rows = score_basis(export, [before], "rep", model.kpi_ids, model).set_index("rep_id")
    points = scorecard(rows, model.as_earned()).points[~rows["too_new"]]
    for name in [outcome] if outcome else [one for one in OUTCOMES if one in known]:
        values = kpi_table(export, [now], "rep", [name]).set_index("rep_id")[name].reindex(points.index)
        if values.notna().any():
            sign = 1.0 if known[name].better == "higher" else -1.0
            return name, _from(points.to_numpy(np.float64), sign * values.to_numpy(np.float64))
    return outcome, None


def _from(points: Array, outcomes: Array) -> LearnedWeights | None:
    known = np.isfinite(points).all(axis=1) & np.isfinite(outcomes)
    return learned_weights(points, outcomes) if known.sum() >= LEAST else None
