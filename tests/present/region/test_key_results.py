"""Key results as printed: the way, the score and the state in words."""

import re
from html import unescape

import pandas as pd

from salesperf.language import Voice
from salesperf.periods import parse_period
from salesperf.present.exhibit import Exhibit
from salesperf.present.region.key_results import key_results_table

NAN = float("nan")
Q4 = parse_period("2025Q4")
NAMES = pd.Series({"r1": "Ann", "r2": "Bo"})
COLUMNS = ["rep_id", "period", "objective", "key_result", "start", "target", "actual", "score", "colour"]
ROWS = pd.DataFrame(
    [
        ("r2", "2025Q4", "Win <i>new</i>", "Visits", NAN, 1200.5, NAN, NAN, ""),
        ("r1", "2025Q4", "Win", "Margin", -5.0, 10.0, 4.0, 0.6, "yellow"),
        ("r1", "2025Q4", "Grow", "Demos", 0.0, 10.0, 7.0, 0.7, "green"),
        ("r9", "2025Q4", "Grow", "Demos", 0.0, 10.0, 1.0, 0.1, "red"),
    ],
    columns=COLUMNS,
)


def cells(shown: Exhibit) -> list[list[str]]:
    rows = re.findall(r"<tr.*?</tr>", shown.html.replace("<wbr>", ""), flags=re.DOTALL)
    return [[unescape(one).strip() for one in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def test_key_results_are_shown_by_rep_and_objective_with_their_state_in_words() -> None:
    assert cells(key_results_table(Voice(), NAMES, ROWS, period=Q4)) == [
        ["Rep", "Objective", "Key result", "Start → target", "Actual", "Score", "State"],
        ["Ann", "Grow", "Demos", "0 → 10", "7", "70%", "● green"],
        ["Ann", "Win", "Margin", "−5 → 10", "4", "60%", "◐ yellow"],
        ["Bo", "Win <i>new</i>", "Visits", "0 → 1,200.5", "n/a", "n/a", "n/a"],
    ]


def test_a_hostile_objective_is_text_and_nobody_else_is_shown() -> None:
    shown = key_results_table(Voice(), NAMES, ROWS, period=Q4)
    assert "<i>" not in shown.html and "r9" not in shown.html and "red" not in shown.plain.split("Green from")[0]


def test_without_key_results_that_is_said() -> None:
    assert (
        key_results_table(Voice(), NAMES, ROWS.iloc[:0], period=Q4).plain == "No key results in the export for 2025Q4."
    )
    assert key_results_table(Voice("zh"), NAMES, ROWS.iloc[:0], period=Q4).plain == "导出数据中没有 2025Q4 的关键结果。"
