"""The figure of a rep's sheet: on the scale of each band, better to the right, nobody else in it."""

from dataclasses import replace

import pytest

from salesperf.language import Voice
from salesperf.measures.kpis import KPIS
from salesperf.people.readings import Reading
from salesperf.present.sheet.spread import against_peers, offset

NAN = float("nan")
EN = Voice()
# The band 10 to 20 is -1 to 1: 15 is its middle, 25 a whole width of it above that.
UP = Reading(
    KPIS["activities"], 25.0, n=NAN, before=NAN, change=NAN, average=NAN, periods=0, lower=10.0, upper=20.0,
    position="strength", among=3.0, course="", off=NAN, error=NAN, returning=False,
)  # fmt: skip


@pytest.mark.parametrize(("now", "place"), [(25.0, 2), (15.0, 0), (10.0, -1), (20.0, 1)])
def test_a_value_stands_on_the_scale_of_its_band(now: float, place: float) -> None:
    assert offset(replace(UP, now=now)) == place


def test_where_lower_is_better_the_scale_is_turned_round() -> None:
    assert offset(replace(UP, kpi=KPIS["cycle_days"])) == -2


def test_the_figure_tells_every_value_and_leaves_out_what_is_not_judged() -> None:
    gap = replace(UP, kpi=KPIS["satisfaction"], now=0.4, n=7.0, lower=0.5, upper=0.7, position="gap")
    rate = replace(UP, kpi=KPIS["win_rate"], now=0.9, n=50.0, lower=0.5, upper=0.7, position="")
    figure = against_peers(EN, [UP, gap, rate], "the team One")
    told = "Activities 25 (better; 10 – 20), Satisfaction 40%, n 7 (weaker; 50% – 70%)."
    assert f'aria-label="Each KPI against the middle half: {told}"' in figure.html
    assert "Win rate" not in figure.html
    assert "Against the middle half of the team One" in figure.html


def test_without_anything_judged_there_is_no_figure() -> None:
    assert against_peers(EN, [replace(UP, position="")], "the team One").html == ""
    assert against_peers(EN, [replace(UP, lower=20.0)], "the team One").html == ""


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "$a^2$ & {b}", "王伟"])
def test_a_name_in_the_figure_is_text(name: str) -> None:
    assert "<script" not in against_peers(EN, [UP], name).html
