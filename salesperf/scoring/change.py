"""Why a score changed: parts by KPI that add up to the change."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.rounding import adding_up, half_up
from salesperf.scoring.scorecard import Scorecard

Array = NDArray[np.float64]
WEIGHTS = "moved weight"  # the part that moved because a KPI became available, or no longer was


@dataclass(frozen=True)
class ScoreChange:
    """What made the scores of some people change between two periods.

    ``scores``: before, now and change. ``parts``: points by which each KPI moved the score, in the order of the model,
    and in the last column, `WEIGHTS`, what came of weight that moved because a KPI became available or no longer
    was. The parts of a row add up to its change. A KPI that was not available both times has no part (NaN); who has
    no score both times has none at all.
    """

    scores: pd.DataFrame
    parts: pd.DataFrame


def score_change(before: Scorecard, now: Scorecard) -> ScoreChange:
    """Why each score of ``now`` differs from that of ``before``, under one model; rows are matched by their labels.

    The score is Σ w·p, so a KPI's own part is w̄·Δp, with the mean of its two weights; Σ p̄·Δw, and all of a KPI that
    came or went, is the part of weights. Together they are the change, exactly.
    """
    index = now.summary.index
    shown = {name: card.summary["score"].reindex(index) for name, card in (("before", before), ("now", now))}
    scores = pd.DataFrame(shown).assign(change=shown["now"] - shown["before"])
    p0, w0 = _arrays(before, index)
    p1, w1 = _arrays(now, index)
    known = scores["change"].notna().to_numpy()[:, None]
    own = np.where(known, (w0 + w1) / 2 * (p1 - p0), np.nan)
    whole = np.nan_to_num(w1 * p1) - np.nan_to_num(w0 * p0)
    rest = np.cumsum(whole - np.nan_to_num(own), axis=1)[:, -1:]
    moved = np.where((w0 == w1).all(axis=1)[:, None], 0.0, rest)
    parts = np.hstack([own, np.where(known, moved, np.nan)])
    return ScoreChange(scores, pd.DataFrame(parts, index=index, columns=[*now.points.columns, WEIGHTS]))


def printed_change(change: ScoreChange, decimals: int = 1) -> ScoreChange:
    """The change as printed: its rounded parts add up to the difference of the two rounded scores, exactly.

    What rounding the scores adds or takes (under one unit) goes with the largest part, where it matters least.
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
    """Points and weights of a card for the rows of an index."""
    return card.points.reindex(index).to_numpy(np.float64), card.weights.reindex(index).fillna(0.0).to_numpy(np.float64)
