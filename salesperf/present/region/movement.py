"""What moved: the change of revenue by cause and by rep."""

import numpy as np
import pandas as pd

from salesperf.data.export import Export
from salesperf.language import Voice
from salesperf.measures.change import largest, revenue_change
from salesperf.measures.coverage import is_whole, last_day, reaches_end
from salesperf.present.exhibit import Exhibit, notes, paragraph, together
from salesperf.present.figure import bars, drawn
from salesperf.rounding import adding_up

MOST_BARS = 12


def what_moved(voice: Voice, export: Export, *, region: pd.DataFrame, reps: pd.DataFrame) -> Exhibit:
    """The change of revenue against the period before, in a sentence by cause and in a figure by rep.

    ``region``: the region's KPI rows; ``reps``: those of its reps (see `score_basis`); each with the rows of at least
    both periods. Whoever is too new to be judged is one bar, with the names below. A sentence says so where the export
    does not cover both periods whole.
    """
    before, now = export.period.before(), export.period
    if not reaches_end(export, now):
        return paragraph(voice("moved_running", period=now, last=last_day(export)))
    if not (is_whole(export, before) and is_whole(export, now)):
        return paragraph(voice("moved_none", period=before))
    change = revenue_change(region, reps, before.label, now.label)
    if np.isnan(change.from_count):
        whole = adding_up(np.array([[change.total]]))[0]
        sentence = voice("moved_sentence_plain", moved=_moved(voice, float(whole[0])), period=before)
    else:
        whole = adding_up(np.array([[change.from_count, change.from_size]]))[0]
        of_count, of_size = (voice.full_change(float(amount)) for amount in whole)
        moved_by = _moved(voice, float(whole.sum()))
        sentence = voice("moved_sentence", moved=moved_by, period=before, count_part=of_count, size_part=of_size)
    names = dict(zip(reps["rep_id"], reps["rep"], strict=True))
    newcomers = reps.loc[reps["too_new"] & (reps["period"] == now.label), "rep_id"]
    new = change.by_rep[change.by_rep.index.isin(newcomers) & (change.by_rep != 0)]
    parts = change.by_rep.drop(new.index).rename(names)
    parts = parts[parts != 0]
    if not new.empty:
        parts[voice("moved_newcomers", n=len(new))] = new.sum()
    if abs(change.borders) >= 0.5:  # less rounds to 0 in print
        parts[voice("moved_borders")] = change.borders
    if parts.empty:
        return paragraph(sentence)
    figure = moved(voice, largest(parts, MOST_BARS, voice("others")), voice.period(before))
    who_is_new = voice("moved_too_new", names=voice.listed(sorted(names[rep] for rep in new.index)))
    return together(paragraph(sentence), figure, notes([who_is_new] if len(new) else []))


def _moved(voice: Voice, change: float) -> str:
    """A whole change of money in words: by how much it rose or fell."""
    if not change:
        return voice("moved_not")
    return voice("moved_up" if change > 0 else "moved_down", size=voice.money(abs(change)))


def moved(voice: Voice, changes: pd.Series, before: str) -> Exhibit:
    """A change of revenue as bars by rep, in the order given; the bars, and the numbers printed at them, add up to it.

    ``changes``: name → change in money; ``before``: the label of the period compared with.
    """
    whole = adding_up(changes.to_numpy(np.float64)[None])[0]
    total, parts = voice.full_change(float(whole.sum())), [voice.full_change(float(amount)) for amount in whole]
    names = [str(name) for name in changes.index]
    figure = bars(names, changes.to_numpy(np.float64), parts, left=0.34, right=0.8, labels_end=1.22)
    points = voice.listed([f"{name} {part}" for name, part in zip(names, parts, strict=True)])
    alternative = voice("moved_alt", period=before, points=points, total=total)
    title, caption = voice("moved_title", period=before), voice("moved_caption", total=total)
    return drawn(figure, "moved", title, alternative=alternative, caption=caption)
