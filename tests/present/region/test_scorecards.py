"""Scorecards by KPI or by perspective, in print that adds up, and who needs help."""

import re
from html import unescape
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesperf.data.quality import reps_without_deals
from salesperf.documents import checked, read_document
from salesperf.inference.priors import BetaPrior
from salesperf.language import Voice
from salesperf.measures.kpi import Kpi, Measure, Unit
from salesperf.measures.kpis import KPIS
from salesperf.params import preset_names
from salesperf.present.exhibit import NOTHING, Exhibit
from salesperf.present.region.forced import forced_distribution
from salesperf.present.region.scorecards import (
    MOST_COLUMNS,
    above_on_average,
    not_scored,
    priors_told,
    rep_scorecard,
    team_scorecard,
)
from salesperf.scoring.model import MODELS, Model
from salesperf.scoring.scorecard import scorecard

NAN = float("nan")
PERCENT = {"threshold": 60, "target": 100, "excellent": 120}  # a value is its own points


def tables_of(shown: Exhibit) -> list[list[list[str]]]:
    """The rows of each table of an exhibit, heading first."""
    tables = re.findall(r"<table.*?</table>", shown.html.replace("<wbr>", ""), flags=re.DOTALL)
    rows = [re.findall(r"<tr.*?</tr>", one, flags=re.DOTALL) for one in tables]
    return [
        [[unescape(cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in one]
        for one in rows
    ]


def cells(shown: Exhibit) -> list[list[str]]:
    """The rows of an exhibit's first table, heading first."""
    return tables_of(shown)[0]


def model_of(*sides: dict[str, Any], **settings: Any) -> Model:
    """A model of perspectives whose KPIs all weigh the same."""
    perspectives = []
    for side in sides:
        names = side.pop("kpis")
        kpis = [{"kpi": name, "weight": 1 / len(names), "anchors": PERCENT} for name in names]
        perspectives.append({**side, "kpis": kpis})
    return Model.model_validate({"perspectives": perspectives, **settings})


def people(**kpis: list[float]) -> pd.DataFrame:
    """KPI rows of people named by their place, with a revenue and a win rate."""
    size = len(next(iter(kpis.values())))
    names = [f"Rep {place + 1}" for place in range(size)]
    told = {"rep": names, "team": "One", "revenue": 1000.0, "win_rate": 0.5, "win_rate_n": 4.0}
    return pd.DataFrame({**told, **kpis}, index=pd.Index([f"r{one + 1}" for one in range(size)], name="rep_id"))


def known_of(*names: str, unit: Unit = "points") -> dict[str, Kpi]:
    """KPIs of a client's own, in points unless said otherwise, beside the registered ones."""
    rows = Measure("sales", "date", "count")
    return dict(KPIS) | {name: Kpi(name, name, "", unit, (), "sales.date", rows) for name in names}


def number(cell: str) -> float:
    return float(re.split(r"[ （]", cell)[0])


def has_points(cell: str) -> bool:
    """Whether a cell has points with their value behind them, in the brackets of either language."""
    return bool(re.search(r"[(（]", cell))


def test_printed_points_add_up_to_the_printed_score(demo: Any, east: Any) -> None:
    rows = cells(rep_scorecard(demo.voice, east.now, east.card))
    assert rows[0][2:7] == ["Score", "Grade", "Revenue attainment", "Satisfaction", "New-customer attainment"]
    scored = [row for row in rows[1:] if row[2] != "n/a"]
    assert len(scored) > 5
    for row in scored:
        points = [re.match(r"([\d.]+) \(", one) for one in row[4:7]]
        assert round(sum(float(one[1]) for one in points if one), 1) == float(row[2])


def test_scores_stand_with_the_value_they_are_for(small: Any, small_east: Any) -> None:
    rows = cells(rep_scorecard(small.voice, small_east.now, small_east.card))
    ann = next(row for row in rows if row[0] == "Ann")
    # 300 of 250 is 120 %: 120 points; margin and new customers are not available, so the weight moves to revenue.
    assert ann == ["Ann", "One", "120.0", "S", "120.0 (120%)", "n/a", "n/a", "70%", "300", "100%, n 1"]


def test_reps_without_any_deal_are_named_apart_and_not_scored(small: Any, small_east: Any) -> None:
    idle = reps_without_deals(small.tables, "East")
    assert idle == ["Di"]
    shown = rep_scorecard(small.voice, small_east.now, small_east.card, without_deals=idle)
    assert "Without any deal in the export: Di." in shown.plain
    assert "Di" not in [row[0] for row in cells(shown)]


def test_nobody_is_judged_by_a_win_rate(demo: Any, east: Any) -> None:
    shown = rep_scorecard(demo.voice, east.now, east.card).html
    assert "none is judged by it" in shown
    for row in cells(rep_scorecard(demo.voice, east.now, east.card)):
        assert row[-1] == "Win rate" or row[-1] == "n/a" or re.fullmatch(r"\d+%, n \d+", row[-1])


def test_a_model_that_cannot_be_measured_gives_no_score_and_says_what_is_missing(
    company_of: Any, frames_of: Any, small_tables: Any
) -> None:
    company = company_of(small_tables)
    voice, east = company.voice, frames_of(company, "East")
    assert "Missing: Revenue attainment, Satisfaction, New-customer attainment." in not_scored(voice, east.card).plain
    assert "Score" not in cells(team_scorecard(voice, east.teams, east.team_card))[0]


def test_a_client_s_own_kpi_reads_in_its_unit() -> None:
    rows = people(margin=[0.25])
    card = scorecard(rows, model_of({"name": "all", "weight": 1, "kpis": ["margin"]}))
    assert cells(rep_scorecard(Voice(), rows, card, known=known_of("margin", unit="share")))[1][4] == "0.3 (25%)"


SIDES = (
    {"name": "financial", "weight": 0.5, "kpis": ["a", "b", "c"]},
    {"name": "ours", "weight": 0.5, "kpis": ["d", "e"]},
)


def test_a_model_of_many_kpis_shows_its_perspectives_and_then_a_table_for_each() -> None:
    rows = people(a=[90.0, 60], b=[100.0, 60], c=[110.0, 60], d=[80.0, 70], e=[NAN, 90])
    card = scorecard(rows, model_of(*(dict(one) for one in SIDES)))
    shown = rep_scorecard(Voice(), rows, card, known=known_of(*"abcde"))
    first, financial, ours = tables_of(shown)
    assert first[0] == ["Rep", "Team", "Score", "Grade", "Financial", "ours", "Measured", "Revenue", "Win rate"]
    # Half of 100 and half of 80: e is not available, so d stands for its perspective. Measured: all but 0.25.
    assert first[1] == ["Rep 1", "One", "90.0", "B", "50.0 (100.0)", "40.0 (80.0)", "75%", "1,000", "50%, n 4"]
    assert financial[:2] == [
        ["Rep", "By itself", "a", "b", "c"],
        ["Rep 1", "100.0", "15.0 (90.0)", "16.7 (100.0)", "18.3 (110.0)"],
    ]
    assert ours[1] == ["Rep 1", "80.0", "40.0 (80.0)", "n/a"]
    assert "Financial, 50% of the score" in shown.plain


def test_a_perspective_shown_apart_has_a_block_of_its_own_and_pay_is_told() -> None:
    sides = (
        {"name": "kpis", "weight": 0.7, "kpis": ["a"]},
        {"name": "key_results", "weight": 0.3, "kpis": ["b"], "apart": True, "pay_weight": 0},
    )
    rows = people(a=[100.0], b=[60.0])
    card = scorecard(rows, model_of(*sides))
    shown = rep_scorecard(Voice(), rows, card, known=known_of("a", "b"))
    first, apart = tables_of(shown)
    assert first[0][2:8] == ["Score", "Grade", "a", "Key results", "Pay score", "Measured"]
    # 0.7 × 100 + 0.3 × 60 = 88; pay follows the 100 alone.
    assert first[1][2:8] == ["88.0", "B", "70.0 (100.0)", "18.0 (60.0)", "100.0", "100%"]
    assert apart == [["Rep", "By itself", "b"], ["Rep 1", "60.0", "18.0 (60.0)"]]
    assert "Key results, shown apart: 30% of the score, 0% of the pay score" in shown.plain
    assert "with weights of its own: KPIs 100%, Key results 0%." in shown.plain


def test_a_forced_grade_stands_beside_the_one_earned_and_its_consequences_are_told() -> None:
    shares = {"S": 0.5, "A": 0, "B": 0, "C": 0, "D": 0.5}
    model = model_of({"name": "all", "weight": 1, "kpis": ["a"]}, forced=shares)
    rows = people(a=[100.0, 90])
    card = scorecard(rows, model)
    first = cells(rep_scorecard(Voice(), rows, card, known=known_of("a")))
    assert [row[3:5] for row in first] == [["Grade", "Forced grade"], ["A", "S"], ["B", "D"]]
    shown = forced_distribution(Voice(), card)
    # A → S is better, B → D worse; 1.2 + 1.0 became 1.5 + 0.
    assert "By this force alone 1 of 2 people get a better grade than they earned and 1 a worse one." in shown.plain
    assert "sum to 1.50 instead of 2.20" in shown.plain
    assert cells(shown)[1] == ["S", "50%", "0", "1"]
    assert "Rep" not in shown.plain
    assert "Forced grade" not in team_scorecard(Voice(), rows, card, known=known_of("a")).plain
    assert forced_distribution(Voice(), scorecard(rows, model.as_earned())).html == ""


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", preset_names(MODELS))
def test_every_preset_makes_a_scorecard_of_few_columns_that_adds_up(demo: Any, name: str, language: Any) -> None:
    model = preset(name)
    known, voice = demo.registry, Voice(language)
    rows = demo.kpis("rep").set_index("rep_id")
    card = scorecard(rows, model)
    rows = rows[rows["region"] == "East"]
    shown = tables_of(rep_scorecard(voice, rows, card.only(rows.index), known=known))
    assert all(len(one[0]) <= MOST_COLUMNS for one in shown)
    start, end = 4, len(shown[0][0])
    parts = [place for place in range(start, end) if re.match(r"[\d.]+ ?[(（]", shown[0][1][place])]
    scored = [row for row in shown[0][1:] if re.match(r"\d", row[2])]
    assert len(scored) > 5 and len(parts) > 1
    for row in scored:
        assert round(sum(number(row[place]) for place in parts if has_points(row[place])), 1) == float(row[2])
    for side in shown[1:]:  # the points of a perspective's KPIs add up to the perspective's in the first table
        sums = {row[0]: round(sum(number(cell) for cell in row[2:] if has_points(cell)), 1) for row in side[1:]}
        assert any(
            all(number(row[place]) == sums[row[0]] for row in shown[0][1:] if has_points(row[place])) for place in parts
        )


@pytest.mark.parametrize("name", preset_names(MODELS))
def test_every_preset_gives_the_demo_company_a_spread_of_grades(demo: Any, name: str) -> None:
    grades = demo.scorecard(model=preset(name)).summary["grade"].value_counts(normalize=True)
    assert {"A", "B", "C"} <= set(grades.index) and grades.max() < 0.65  # a D would have to be earned
    assert "S" in grades or name == "balanced_scorecard"  # in which rates of few cases weigh most: drawn, none excels


def test_a_hostile_name_of_a_perspective_is_text() -> None:
    rows = people(a=[100.0, 90], b=[1.0, 2], c=[1.0, 2], d=[1.0, 2], e=[1.0, 2])
    side = {"name": "<script>x</script>", "weight": 1, "kpis": list("abcde")}
    shown = rep_scorecard(Voice(), rows, scorecard(rows, model_of(side)), known=known_of(*"abcde"))
    assert "<script>" not in shown.html and "&lt;script&gt;x" in shown.html


def preset(name: str) -> Model:
    return checked(read_document(MODELS / f"{name}.yml"), Model)


@pytest.mark.parametrize(
    ("what", "scores", "parts", "said"),
    [
        ("teams", [100.0, 90.0], [80.0, 90.0, 85.0], "10.0 points above its people's on average"),
        ("teams", [80.0], [90.0, 95.0], "12.5 points below its people's on average"),
        ("whole", [100.0, float("nan")], [90.0], "10.0 points above its parts on average"),
        ("whole", [80.0], [90.0], "10.0 points below its parts on average"),
        ("teams", [80.0], [80.04], ""),
        ("teams", [float("nan")], [80.0], ""),
        ("teams", [80.0], [], ""),
    ],
)
def test_two_scales_side_by_side_say_how_far_they_are_apart(
    what: Any, scores: list[float], parts: list[float], said: str
) -> None:
    text = above_on_average(Voice(), what, pd.Series(scores, dtype=float), pd.Series(parts, dtype=float))
    assert (said in text) if said else text == ""


def test_priors_are_told_on_the_page_and_to_the_manifest() -> None:
    told = priors_told(Voice(), {"satisfaction": BetaPrior(0.58, 8.24), "win_rate": BetaPrior(0.4, np.inf)})
    assert "Satisfaction 58.0%, which counts as 8.2 cases, Win rate 40.0%, whatever the own cases" in told.plain
    priors = {"satisfaction": {"mean": 0.58, "strength": 8.24}, "win_rate": {"mean": 0.4, "strength": None}}
    assert told.cover == {"priors": priors}
    assert priors_told(Voice(), {}) is NOTHING
