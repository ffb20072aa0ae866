"""Scores over time as printed: what made a change, and periods side by side."""

import re
from html import unescape
from typing import Any

import pandas as pd
import pytest

from salesperf.language import Voice
from salesperf.periods import parse_period
from salesperf.present.exhibit import Exhibit
from salesperf.present.region.score_changes import change_table, period_scores_table
from salesperf.scoring.change import score_change
from salesperf.scoring.model import Model
from salesperf.scoring.period_scores import parts_of, period_scores
from salesperf.scoring.scorecard import Scorecard, scorecard

NAN = float("nan")
PERCENT = {"threshold": 60, "target": 100, "excellent": 120}  # a value is its own points
KPIS = [{"kpi": name, "weight": 0.5, "anchors": PERCENT} for name in ("revenue", "win_rate")]
MODEL = Model.model_validate({"perspectives": [{"name": "all", "weight": 1, "kpis": KPIS}], "measured_at_least": 0.5})
Q4 = parse_period("2025Q4")
NAMES = pd.Series({"r1": "Ann", "r2": "Bo <b>", "r3": "Cy"})


def cells(shown: Exhibit) -> list[list[str]]:
    """The rows of a table, heading first."""
    rows = re.findall(r"<tr.*?</tr>", shown.html.replace("<wbr>", ""), flags=re.DOTALL)
    return [[unescape(one).strip() for one in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def card(rows: dict[str, list[float]]) -> Scorecard:
    return scorecard(pd.DataFrame(rows, index=["revenue", "win_rate"]).T, MODEL)


def test_a_change_is_told_with_its_largest_parts_first() -> None:
    before = card({"r1": [80, 100], "r2": [100, NAN], "r3": [NAN, NAN]})
    now = card({"r1": [85, 90], "r2": [100, 60], "r3": [90, 90]})
    shown = change_table(Voice(), NAMES, score_change(before, now), now=Q4)
    assert cells(shown) == [
        ["Rep", "2025Q3", "2025Q4", "Change against 2025Q3", "What made it"],
        # 0.5 × 5 and 0.5 × −10; 100 → 80 because the win rate weighs now.
        ["Ann", "90.0", "87.5", "−2.5", "Win rate −5.0, Revenue +2.5"],
        ["Bo <b>", "100.0", "80.0", "−20.0", "moved weight −20.0"],
    ]
    assert "Without a score in 2025Q3 or in 2025Q4, so that no change can be told: Cy." in shown.plain
    assert "<b>" not in shown.html


def test_whoever_is_not_asked_for_is_not_shown() -> None:
    change = score_change(card({"r1": [80, 80], "r2": [90, 90]}), card({"r1": [90, 80], "r2": [90, 90]}))
    assert [row[0] for row in cells(change_table(Voice(), NAMES[["r2"]], change, now=Q4))] == ["Rep", "Bo <b>"]


def test_where_nobody_has_both_scores_that_is_said() -> None:
    change = score_change(card({"r1": [NAN, NAN]}), card({"r1": [90, 80]}))
    shown = change_table(Voice("zh"), NAMES[["r1"]], change, now=Q4)
    assert shown.plain == "没有人在 2025Q3 和 2025Q4 都有得分。"


def test_periods_stand_side_by_side_with_what_was_measured_and_the_smallest_n() -> None:
    rows = [
        ("2025-10", "r1", 100.0, 80.0, 2), ("2025-11", "r1", 100.0, NAN, 0), ("2025-12", "r1", NAN, NAN, 0),
        ("2025Q3", "r1", 85.0, 85.0, 9), ("2025Q4", "r1", 90.0, 110.1, 5), ("2025Q4", "r2", 110.0, 110.0, 3),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["period", "rep_id", "revenue", "win_rate", "win_rate_n"]).set_index("rep_id")
    found = period_scores(table, [*parts_of(Q4), Q4.before(), Q4], MODEL)
    shown = period_scores_table(Voice(), NAMES[["r1", "r2"]], found, model=MODEL, before=Q4.before())
    missing = ["n/a"] * 3
    assert cells(shown) == [
        ["Rep", "2025-10", "2025-11", "2025-12", "2025Q4", "Change against 2025Q3"],
        ["Bo <b>", *missing, "110.0 (n 3)", "n/a"],
        # 100.05 is printed 100.1, a half up, and stands 15.1 above 85.0.
        ["Ann", "90.0 (n 2)", "100.0 (50%)", "n/a (0%)", "100.1 (n 5)", "+15.1"],
    ]
    assert "A period with less than 50% measured has no score." in shown.plain


@pytest.mark.parametrize("language", ["en", "zh"])
def test_printed_parts_of_every_rep_of_the_demo_company_add_up_to_the_printed_change(demo: Any, language: Any) -> None:
    now = demo.period
    frame = demo.kpis("rep", [now.before(), now]).set_index("rep_id")
    cards = [scorecard(frame[frame["period"] == one.label], demo.model) for one in (now.before(), now)]
    names = frame.loc[frame["period"] == now.label, "rep"]
    rows = cells(change_table(Voice(language), names, score_change(*cards), now=now))[1:]
    assert len(rows) > 50
    for _, before, after, change, parts in rows:
        moved = [float(one.replace("−", "-").replace("±", "")) for one in re.findall(r"[−+±][\d.]+", parts)]
        told = float(change.replace("−", "-").replace("±", ""))
        assert round(float(after) - float(before), 1) == told == round(sum(moved), 1)
