"""Scores over time: several periods side by side, and what made each rep's score change."""

import numpy as np
import pandas as pd

from salesperf.language import Voice
from salesperf.periods import Period
from salesperf.present.exhibit import NOTHING, Exhibit, paragraph, table, together
from salesperf.present.region.scorecards import above_on_average
from salesperf.rounding import half_up
from salesperf.scoring.change import WEIGHTS, ScoreChange, printed_change
from salesperf.scoring.model import Model
from salesperf.scoring.period_scores import PeriodScores


def change_table(voice: Voice, names: pd.Series, change: ScoreChange, *, now: Period, is_over: bool = True) -> Exhibit:
    """The change of each rep's score against the period before, largest rise first, with the parts that made it.

    ``names``: rep id → name, in any order; others are not shown. ``change``: has all these ids in its index; it is
    rounded here. Reps without a score in one of the periods, or in both, are named below. A sentence says so where the
    period is not over (``is_over``).
    """
    if not is_over:
        return paragraph(voice("change_running", period=now))
    shown = printed_change(change)
    scores = shown.scores.loc[names.index].assign(rep=names)
    with_change = scores.dropna(subset="change").sort_values(["change", "rep"], ascending=[False, True])
    without = sorted(scores.loc[scores["change"].isna(), "rep"])
    words = {"before": now.before(), "now": now}
    if scores.empty:
        return NOTHING
    if with_change.empty:
        return paragraph(voice("change_none", **words))
    frame = pd.DataFrame(
        {
            voice("rep"): with_change["rep"],
            voice.period(now.before()): [voice.points(score) for score in with_change["before"]],
            voice.period(now): [voice.points(score) for score in with_change["now"]],
            voice("change_against", period=now.before()): [
                voice.change("points", points) for points in with_change["change"]
            ],
            voice("change_parts"): [change_parts(voice, shown.parts.loc[rep]) for rep in with_change.index],
        }
    )
    listed = table(frame, "score-changes", left=(voice("change_parts"),), caption=voice("change_caption"))
    unscored = paragraph(voice("change_not_told", **words, names=voice.listed(without)), "sp-caption")
    return together(listed, unscored if without else NOTHING)


def change_parts(voice: Voice, parts: pd.Series) -> str:
    """The parts of one change, as `printed_change` gives them, in words, largest first; those of 0 are left out."""
    moved = parts[parts.fillna(0.0) != 0]
    ordered = moved.reindex(moved.abs().sort_values(ascending=False, kind="stable").index)
    return voice.listed(
        [
            voice(
                "change_part",
                name=voice("change_moved_weight") if name == WEIGHTS else voice.kpi(str(name)),
                change=voice.change("points", float(points)),
            )
            for name, points in ordered.items()
        ]
    )


def period_scores_table(
    voice: Voice, names: pd.Series, period_scores: PeriodScores, *, model: Model, before: Period, is_over: bool = True
) -> Exhibit:
    """The scores of the parts of a period beside its own, and its change against the period before; best score first.

    ``names``: rep id → name; ``period_scores``: columns are labels of the parts, of the period ``before`` and, last, of
    the period. ``is_over``: whether the period is, and so is compared. In brackets stand the measured share of the
    weight, where not all was measured, and the smallest n of a rate, as a month tells less than a quarter.
    """
    if period_scores.scores.reindex(names.index).isna().all(axis=None):
        return NOTHING  # that there are no scores is said above
    now = str(period_scores.scores.columns[-1])
    rows = period_scores.scores.reindex(names.index).assign(rep=names)
    order = rows.sort_values([now, "rep"], ascending=[False, True], na_position="last").index
    shown = PeriodScores(
        *(frame.reindex(order) for frame in (period_scores.scores, period_scores.measured, period_scores.cases))
    )
    columns = {voice("rep"): names.loc[order].tolist()}
    begun = (shown.measured > 0).any() | is_over  # parts of a running period that have not begun tell nothing
    for label in (str(column) for column in shown.scores.columns[begun] if column != before.label):
        columns[voice.period(label)] = period_scores_cells(voice, shown, label)
    seen = half_up(shown.scores[[before.label, now]].to_numpy(np.float64))
    change = (seen[:, 1] - seen[:, 0]).round(1)
    if is_over:
        columns[voice("change_against", period=before)] = [voice.change("points", float(points)) for points in change]
    caption = voice("period_scores_caption", share=voice.share(model.measured_at_least, 0))
    parts = shown.scores[[label for label in shown.scores if label not in (before.label, now)]].melt()["value"]
    caption = voice.sentences(filter(None, [caption, above_on_average(voice, "whole", shown.scores[now], parts)]))
    return table(pd.DataFrame(columns), "score-trail", caption=caption)


def period_scores_cells(voice: Voice, period_scores: PeriodScores, period: str) -> list[str]:
    """The scores of a period as printed: with how much was measured, where not all, and the smallest n."""
    cells = zip(period_scores.scores[period], period_scores.measured[period], period_scores.cases[period], strict=True)
    return [_cell(voice, score, measured=measured, cases=cases) for score, measured, cases in cells]


def _cell(voice: Voice, score: float, *, measured: float, cases: float) -> str:
    """A score and, in brackets, the share of weight that was measured, where not all, and the smallest n of a rate."""
    about = [voice.share(measured, 0)] if measured < 1 - 1e-9 else []
    about += [voice("n", n=voice.count(cases))] if not np.isnan(cases) else []
    return (
        voice("period_scores_cell", score=voice.points(score), about=voice.listed(about))
        if about
        else voice.points(score)
    )
