"""Why a score changed between two periods: a part per KPI, adding up to the change (docs/methods.md §3)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.rounding import adding_up, half_up
from salesperf.schemas import BY_KPI, SCORE_CHANGE
from salesperf.scoring.scorecard import Scorecard

Array = NDArray[np.float64]
WEIGHTS = "moved weight"  # column of the part that came of KPIs that became available, or no longer were


@dataclass(frozen=True)
class ScoreChange:
    """What made scores change between two periods, one row per entity; both frames have the same index.

    ``scores``: columns before, now and change, in points. ``parts``: a column per KPI of the model, in its order, with
    the points by which it moved the score, and last the column `WEIGHTS`, with what came of weight that moved because a
    KPI became available or no longer was. The parts of a row add up to its change. The part of a KPI is NaN unless it
    was available both times; all parts are NaN where a score is missing in either period.
    """

    scores: pd.DataFrame
    parts: pd.DataFrame


def score_change(before: Scorecard, now: Scorecard) -> ScoreChange:
    """Why each score of ``now`` differs from that of ``before``, under one model (docs/methods.md §3).

    Rows are those of ``now``, matched by index label. The score is Σ w·p, so the part of a KPI is w̄·Δp, with the mean w̄
    of its two weights. Σ p̄·Δw, and all of a KPI that became available or no longer was, is the part `WEIGHTS`.
    Together they are the change, exactly.
    """
    index = now.summary.index
    shown = {name: card.summary["score"].reindex(index) for name, card in (("before", before), ("now", now))}
    scores = pd.DataFrame(shown).assign(change=shown["now"] - shown["before"])
    p0, w0 = _arrays(before, index)
    p1, w1 = _arrays(now, index)
    known = scores["change"].notna().to_numpy()[:, None]
    of_kpis = np.where(known, (w0 + w1) / 2 * (p1 - p0), np.nan)
    whole = np.nan_to_num(w1 * p1) - np.nan_to_num(w0 * p0)
    rest = np.cumsum(whole - np.nan_to_num(of_kpis), axis=1)[:, -1:]
    moved = np.where((w0 == w1).all(axis=1)[:, None], 0.0, rest)
    parts = np.hstack([of_kpis, np.where(known, moved, np.nan)])
    by_kpi = pd.DataFrame(parts, index=index, columns=[*now.points.columns, WEIGHTS])
    return ScoreChange(SCORE_CHANGE.checked(scores), BY_KPI.checked(by_kpi))


def printed_change(change: ScoreChange, decimals: int = 1) -> ScoreChange:
    """The change rounded for print: the parts add up to the difference of the two rounded scores exactly.

    The difference that rounding the two scores makes, less than one unit of the last decimal, goes to the largest part,
    where it matters least.
    """
    rounded = {name: half_up(change.scores[name].to_numpy(np.float64), decimals) for name in ("before", "now")}
    whole = (rounded["now"] - rounded["before"]).round(decimals)
    parts = change.parts.to_numpy(np.float64)
    largest = np.nan_to_num(np.abs(parts), nan=-1.0).argmax(axis=1)
    fitted = parts.copy()
    fitted[np.arange(len(parts)), largest] += whole - np.nansum(parts, axis=1)
    shown = pd.DataFrame(
        adding_up(fitted, decimals, whole), index=change.parts.index, columns=change.parts.columns
    ).round(decimals)
    return ScoreChange(pd.DataFrame({**rounded, "change": whole}, index=change.scores.index), shown)


def _arrays(card: Scorecard, index: pd.Index) -> tuple[Array, Array]:
    """Points and weights of a scorecard, index × KPIs; NaN for a label that it lacks."""
    return card.points.reindex(index).to_numpy(np.float64), card.weights.reindex(index).to_numpy(np.float64)
