"""The weights of a scoring model as each KPI's share of the score, and the same model with other shares."""

from collections.abc import Mapping, Sequence

import numpy as np

from salesperf.errors import RequestError, did_you_mean
from salesperf.rounding import adding_up
from salesperf.scoring.model import Model, Perspective, WeightedKpi

DECIMALS = 9  # of weights in a model


def shares_of_score(model: Model) -> dict[str, float]:
    """KPI id → its share of the score where every KPI is available, 0 to 1; they sum to 1."""
    return {kpi.kpi: perspective.weight * kpi.weight for perspective, kpi in model.kpis()}


def reweighted(model: Model, wished: Mapping[str, float]) -> Model:
    """The model with other shares of the score for some KPIs, and the others in proportion to their present ones.

    ``wished``: KPI id → share of the score, 0 to 1. A KPI whose share is 0 to DECIMALS digits is left out, and so is a
    perspective of which nothing is left. Anchors, grades and ``pay_weight`` stay as they are. Raises RequestError for
    what is not a KPI of the model, a share that is not from 0 to 1, shares that do not sum to 1 or cannot, one outside
    the model's ``between``, and where nothing is left that counts for pay.
    """
    present = shares_of_score(model)
    for name, share in wished.items():
        if name not in present:
            raise RequestError(f"weights: {name!r} is not a KPI of the model; {did_you_mean(name, present)}")
        if not 0 <= share <= 1:
            raise RequestError(f"weights: expected a share of the score from 0 to 1 for {name!r}, got {share:g}")
    total, others = sum(wished.values()), sum(share for name, share in present.items() if name not in wished)
    if total > 1 + 1e-9 or (not others and total < 1 - 1e-9):
        limit = "at most 1" if others else "1"
        raise RequestError(f"weights: expected shares that sum to {limit}, got {total:g}; correct them")
    left = max(1 - total, 0.0)
    shares = {name: wished.get(name, share * left / (others or 1)) for name, share in present.items()}
    for _, kpi in model.kpis():
        least, most = kpi.between or (0.0, 1.0)
        if not least - 1e-9 <= shares[kpi.kpi] <= most + 1e-9:
            bounds, got = f"{least:g} to {most:g} of the score for {kpi.kpi!r}", f"{shares[kpi.kpi]:g}"
            raise RequestError(f"weights: expected {bounds}, as the model says, got {got}; choose other weights")
    return _of_shares(model, shares)


def _of_shares(model: Model, shares: Mapping[str, float]) -> Model:
    """The model with these shares of the score, of every KPI, summing to 1."""
    least = 10**-DECIMALS
    kept = [(one, [kpi for kpi in one.kpis if shares[kpi.kpi] >= least]) for one in model.perspectives]
    kept = [(perspective, kpis) for perspective, kpis in kept if kpis]
    if not any(perspective.pay_weight != 0 for perspective, _ in kept):
        paid = [kpi.kpi for one in model.perspectives if one.pay_weight != 0 for kpi in one.kpis]
        raise RequestError(f"weights: expected a share for a KPI that counts for pay, such as {paid[0]!r}, got none")
    weights = _adding_up_to_one([sum(shares[kpi.kpi] for kpi in kpis) for _, kpis in kept])
    perspectives = [
        _with_kpis(perspective, weight, kpis, shares) for (perspective, kpis), weight in zip(kept, weights, strict=True)
    ]
    # What was not written stays unwritten, as a model file may not state ``least_cases`` of what has no cases.
    whole = model.model_copy(update={"perspectives": perspectives}).model_dump(
        exclude_unset=True, exclude={"starts", "adopted"}
    )
    return Model.model_validate(whole)


def _with_kpis(
    perspective: Perspective, weight: float, kpis: Sequence[WeightedKpi], shares: Mapping[str, float]
) -> Perspective:
    inner = _adding_up_to_one([shares[kpi.kpi] for kpi in kpis])
    weighted = [kpi.model_copy(update={"weight": share}) for kpi, share in zip(kpis, inner, strict=True)]
    return perspective.model_copy(update={"weight": weight, "kpis": weighted})


def _adding_up_to_one(parts: Sequence[float]) -> list[float]:
    """Parts in the same proportion that add up to 1 as they are written, with DECIMALS digits."""
    whole = np.array([parts], dtype=np.float64)
    return [float(part) for part in adding_up(whole / whole.sum(), DECIMALS, np.ones(1))[0]]
