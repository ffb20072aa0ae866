"""What all figures share: ids of their own, and the same bytes anywhere."""

import os
import re
import subprocess
import sys

import pandas as pd

from salesperf.language import Voice
from salesperf.present.figure import short_name
from salesperf.present.region.movement import moved
from salesperf.present.region.trend import revenue_trend

EN = Voice()
NAN = float("nan")
SCRIPT = """
import pandas as pd
from salesperf.language import Voice
from salesperf.present.region.movement import moved
from salesperf.present.region.trend import revenue_trend
rows = pd.DataFrame({"period": ["Q1", "Q2"], "revenue": [3.0, 5.0], "revenue_target": [4.0, 4.0]})
print(revenue_trend(Voice("zh"), rows, "华东", incomplete=["Q1"]).html)
print(moved(Voice(), pd.Series({"a": 1.0, "b": -1.0}), "Q1").html)
"""


def test_figures_of_one_page_share_no_ids() -> None:
    rows = pd.DataFrame({"period": ["Q1"], "revenue": [3.0], "revenue_target": [NAN]})
    figures = [revenue_trend(EN, rows, "East", incomplete=["Q1"]), moved(EN, pd.Series({"Ann": 1.0}), "Q0")]
    ids = [set(re.findall(r'\bid="(.*?)"', one.html)) for one in figures]
    assert ids[0].isdisjoint(ids[1])
    for one in figures:
        wanted = set(re.findall(r'(?:xlink:href="#|url\(#)(.*?)["\)]', one.html))
        assert wanted <= set(re.findall(r'\bid="(.*?)"', one.html))


def test_the_same_figure_gives_the_same_bytes_anywhere() -> None:
    def made(**place: str) -> bytes:
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **place}
        return subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, env=environment).stdout

    here = made(TZ="UTC", LANG="C.UTF-8", PYTHONHASHSEED="1")
    assert here == made(TZ="Asia/Shanghai", LANG="de_DE.UTF-8", LC_ALL="de_DE.UTF-8", PYTHONHASHSEED="2")
    assert b"2026-" not in here


def test_a_name_is_cut_where_there_is_no_room_for_it() -> None:
    assert [short_name("n" * 24), short_name("n" * 25), short_name("Annabel", 4)] == ["n" * 24, "n" * 23 + "…", "Ann…"]
