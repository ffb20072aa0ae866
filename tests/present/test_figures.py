"""Figures: words that can be read aloud, the same bytes each time, parts that add up."""

import os
import re
import subprocess
import sys
from html import unescape
from typing import Any

import pandas as pd
import pytest

from salesperf.language import Voice
from salesperf.people.features import features
from salesperf.people.potential import Potential, potential
from salesperf.present.exhibit import Exhibit
from salesperf.present.figures import moved, nine_box, revenue_trend

EN = Voice()
NAN = float("nan")


def history(**revenue: float) -> pd.DataFrame:
    rows = [{"period": name, "revenue": value, "revenue_target": NAN} for name, value in revenue.items()]
    return pd.DataFrame(rows)


def words(figure: Exhibit) -> list[str]:
    return [one.strip() for one in re.findall(r"<text[^>]*>(.*?)</text>", figure.html, flags=re.DOTALL)]


def alternative(figure: Exhibit) -> str:
    return re.findall(r'role="img" aria-label="(.*?)"', figure.html)[0]


def test_the_trend_writes_every_value_at_its_bar_and_tells_them_in_its_alternative() -> None:
    figure = revenue_trend(EN, history(Q1=1_000_000, Q2=2_500_000), "East", [])
    assert {"Q1", "Q2", "1.00 M", "2.50 M"} <= set(words(figure))
    assert alternative(figure) == "Revenue of East by period: Q1 1.00 M, Q2 2.50 M."


def test_the_trend_begins_where_the_export_begins_and_names_later_gaps() -> None:
    figure = revenue_trend(EN, history(Q1=NAN, Q2=5.0, Q3=NAN, Q4=7.0), "East", [])
    assert "Q1" not in words(figure)
    assert words(figure).count("n/a") == 1
    assert {"Q2", "Q3", "Q4"} <= set(words(figure))


def test_a_trend_of_nothing_says_so() -> None:
    figure = revenue_trend(EN, history(Q1=NAN, Q2=NAN), "East", [])
    assert words(figure).count("n/a") == 2


def test_periods_that_the_export_covers_in_part_are_hatched_and_explained() -> None:
    figure = revenue_trend(EN, history(Q1=3.0, Q2=5.0), "East", ["Q1"])
    assert "pattern" in figure.html
    assert "covers only a part" in figure.html
    assert "pattern" not in revenue_trend(EN, history(Q1=3.0, Q2=5.0), "East", []).html


def test_targets_are_explained_only_where_there_are_some() -> None:
    rows = history(Q1=3.0, Q2=5.0)
    assert "Dashes" not in revenue_trend(EN, rows, "East", []).html
    assert "Dashes" in revenue_trend(EN, rows.assign(revenue_target=[NAN, 4.0]), "East", []).html


def test_what_moved_prints_every_part_and_their_sum() -> None:
    figure = moved(EN, pd.Series({"Ann": 300.0, "Bo": -100.0}), "2025Q3")
    assert {"Ann", "+300", "Bo", "−100"} <= set(words(figure))
    assert "The bars add up to the change of +200." in figure.html


@pytest.mark.parametrize("name", ["<script>", 'a"b', "$x^2$", "R&D", "王伟"])
def test_a_name_in_a_figure_is_text(name: str) -> None:
    figure = moved(EN, pd.Series({name: 1.0, "other": 2.0}), "2025Q3")
    assert "<script" not in figure.html
    shown = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert shown in words(figure)


@pytest.mark.parametrize("name", ["n" * 80, "\u202edrow", "a\x07b", "} body{display:none}", "*md*", "tab\there"])
def test_a_strange_name_is_drawn_and_told(name: str) -> None:
    figure = moved(EN, pd.Series({name: 1.0, "other": 2.0}), "2025Q3")
    shown = name if len(name) <= 24 else name[:23] + "…"
    assert unescape(alternative(figure)).count(name) == 1
    assert shown in [unescape(one) for one in re.findall(r"<text[^>]*>(.*?)</text>", figure.html, flags=re.DOTALL)]


def test_two_parts_may_bear_one_name() -> None:
    figure = moved(EN, pd.Series([0.5, 0.5], index=["all others", "all others"]), "2025Q3")
    assert words(figure).count("all others") == 2
    assert {"+1", "±0"} <= set(words(figure))


def test_figures_of_one_page_share_no_ids() -> None:
    figures = [revenue_trend(EN, history(Q1=3.0), "East", ["Q1"]), moved(EN, pd.Series({"Ann": 1.0}), "Q0")]
    ids = [set(re.findall(r'\bid="(.*?)"', one.html)) for one in figures]
    assert ids[0].isdisjoint(ids[1])
    for one in figures:
        wanted = set(re.findall(r'(?:xlink:href="#|url\(#)(.*?)["\)]', one.html))
        assert wanted <= set(re.findall(r'\bid="(.*?)"', one.html))


SCRIPT = """
import pandas as pd
from salesperf.language import Voice
from salesperf.present.figures import moved, revenue_trend
rows = pd.DataFrame({"period": ["Q1", "Q2"], "revenue": [3.0, 5.0], "revenue_target": [4.0, 4.0]})
print(revenue_trend(Voice("zh"), rows, "华东", ["Q1"]).html)
print(moved(Voice(), pd.Series({"a": 1.0, "b": -1.0}), "Q1").html)
"""


def test_the_same_figure_gives_the_same_bytes_anywhere() -> None:
    def made(**place: str) -> bytes:
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **place}
        return subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, env=environment).stdout

    here = made(TZ="UTC", LANG="C.UTF-8", PYTHONHASHSEED="1")
    assert here == made(TZ="Asia/Shanghai", LANG="de_DE.UTF-8", LC_ALL="de_DE.UTF-8", PYTHONHASHSEED="2")
    assert b"2026-" not in here


@pytest.fixture(scope="session")
def found(east: Any) -> Potential:
    return potential(features(east.tables, east.client), east.card.summary["score"])


def test_the_nine_box_names_the_regions_people_and_nobody_elses(east: Any, found: Potential) -> None:
    figure = nine_box(east.voice, found, "East")
    own = set(found.people.loc[found.people["region"] == "East", "rep"])
    others = set(found.people.loc[found.people["region"] != "East", "rep"])
    assert own <= set(words(figure))
    assert not others & set(words(figure))
    for name in own:
        assert name in alternative(figure)
