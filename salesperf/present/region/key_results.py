"""Key results shown apart from KPIs: from start to target, with the actual value, the score and the state in words."""

import pandas as pd

from salesperf.language import Voice
from salesperf.periods import Period
from salesperf.present.exhibit import Exhibit, paragraph, table


def key_results_table(voice: Voice, names: pd.Series, rows: pd.DataFrame, *, period: Period) -> Exhibit:
    """A row per key result, by rep and objective; a sentence says so where there is none.

    ``names``: rep id → name; key results of others are left out. ``rows``: as `key_result_scores` gives them, with
    rep_id, objective, key_result, start, target, actual, score (0–1) and colour. The state is given as a word with a
    mark, never by colour alone.
    """
    shown = rows[rows["rep_id"].isin(names.index)]
    shown = shown.assign(rep=shown["rep_id"].map(names)).sort_values(
        ["rep", "rep_id", "objective", "key_result"], kind="stable"
    )
    if shown.empty:
        return paragraph(voice("key_results_none", period=period))
    frame = pd.DataFrame(
        {
            voice("rep"): shown["rep"],
            voice("objective"): shown["objective"],
            voice("key_result"): shown["key_result"],
            voice("key_result_way"): [
                f"{_number(voice, start if pd.notna(start) else 0.0)} → {_number(voice, target)}"
                for start, target in zip(shown["start"], shown["target"], strict=True)
            ],
            voice("key_result_actual"): [_number(voice, number) for number in shown["actual"]],
            voice("score"): [voice.share(score, 0) for score in shown["score"]],
            voice("key_result_state"): [_state(voice, colour) for colour in shown["colour"]],
        }
    )
    left = (voice("objective"), voice("key_result"), voice("key_result_state"))
    return table(frame, "key-results", left=left, caption=voice("key_results_caption"))


def _state(voice: Voice, colour: str) -> str:
    return voice(f"key_result_{colour}") if colour else voice.missing


def _number(voice: Voice, value: float) -> str:
    """A number in whatever unit a key result has, without zeros at its end."""
    return voice.missing if pd.isna(value) else f"{value:,.10g}".replace("-", "−")
