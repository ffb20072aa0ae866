"""What moved: parts that add up in print, over reps and across the region's borders."""

import re
from html import unescape
from typing import Any

import pandas as pd
import pytest

from salesperf.language import Voice
from salesperf.present.region.movement import moved, what_moved

EN = Voice()


def test_what_moved_prints_every_part_and_their_sum(words: Any) -> None:
    figure = moved(EN, pd.Series({"Ann": 300.0, "Bo": -100.0}), "2025Q3")
    assert {"Ann", "+300", "Bo", "−100"} <= set(words(figure))
    assert "The bars add up to the change of +200." in figure.html


@pytest.mark.parametrize("name", ["<script>", 'a"b', "$x^2$", "R&D", "王伟"])
def test_a_name_in_a_figure_is_text(name: str, words: Any) -> None:
    figure = moved(EN, pd.Series({name: 1.0, "other": 2.0}), "2025Q3")
    assert "<script" not in figure.html
    shown = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert shown in words(figure)


@pytest.mark.parametrize("name", ["n" * 80, "\u202edrow", "a\x07b", "} body{display:none}", "*md*", "tab\there"])
def test_a_strange_name_is_drawn_and_told(name: str, alternative: Any) -> None:
    figure = moved(EN, pd.Series({name: 1.0, "other": 2.0}), "2025Q3")
    shown = name if len(name) <= 24 else name[:23] + "…"
    assert unescape(alternative(figure)).count(name) == 1
    assert shown in [unescape(one) for one in re.findall(r"<text[^>]*>(.*?)</text>", figure.html, flags=re.DOTALL)]


def test_two_parts_may_bear_one_name(words: Any) -> None:
    figure = moved(EN, pd.Series([0.5, 0.5], index=["all others", "all others"]), "2025Q3")
    assert words(figure).count("all others") == 2
    assert {"+1", "±0"} <= set(words(figure))


def test_what_moved_adds_up_over_reps_and_borders(small: Any, small_east: Any) -> None:
    shown = what_moved(small.voice, small, region=small_east.history, reps=small_east.reps)
    # East: 1 deal of 100 in 2025Q3, 2 of 185 in 2025Q4. Number: 1 × 142.5, size: 85 × 1.5; in print they add up.
    assert shown.plain.startswith(
        "Revenue rose by 270 against 2025Q3: +143 from the number of won deals, +127 from the revenue per won deal."
    )
    assert "Ann +200, Bo +200, across region borders −130. Together +270." in shown.plain
