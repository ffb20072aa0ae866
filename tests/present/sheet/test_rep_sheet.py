"""A rep's sheet: what it says, what it keeps to itself, and names that stay text."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from salesperf.language import Voice
from salesperf.measures.kpis import KPIS
from salesperf.params import Client, read_client
from salesperf.people.person import Person
from salesperf.people.readings import Reading, RepReadings
from salesperf.periods import parse_period
from salesperf.present.exhibit import NOTHING
from salesperf.present.sheet import rep_sheet
from salesperf.present.sheet.spread import against_peers
from salesperf.scoring.change import WEIGHTS, ScoreChange
from salesperf.scoring.model import Model

NAN = float("nan")
EN, ZH = Voice(), Voice("zh")
Q4 = parse_period("2025Q4")
ANN = Person("r1", "Ann", "East", "One", "Max", None, None)
ANCHORS = {"threshold": 0.6, "target": 1.0, "excellent": 1.2}
HOSTILE = ["<script>alert(1)</script>", 'x" onload="alert(1)', "*bold* [a](b) `c`", "$a^2$ & {b}", "‮evil"]


def reading(kpi: str, now: float, **rest: object) -> Reading:
    plain = Reading(
        KPIS[kpi], now, n=NAN, before=NAN, change=NAN, average=NAN, periods=0, lower=NAN, upper=NAN,
        position="", among=NAN, course="", off=NAN, error=10.0, returning=False,
    )  # fmt: skip
    return replace(plain, **rest)  # type: ignore[arg-type]


REVENUE = reading("revenue", 80.0, before=100.0, change=-20.0, average=95.0, periods=4, course="usual")
QUALITY = reading(
    "activity_quality", 2.8, n=4, average=3.1, periods=8, lower=3.2, upper=3.8, position="gap", among=-3.5
)
ATTAINMENT = reading("revenue_attainment", 0.8)
STAND = RepReadings({one.kpi.id: one for one in (REVENUE, ATTAINMENT, QUALITY)}, "team", True)


@pytest.fixture
def client(tmp_path: Path) -> Client:
    (tmp_path / "params").mkdir()
    path = tmp_path / "params" / "small.yml"
    path.write_text("client: Small\nperiod: 2025Q4\nsource: {reps: r.csv, orders: o.csv}\n", encoding="utf-8")
    return read_client(path)


def change(now: float, before: float, parts: dict[str, float]) -> ScoreChange:
    scores = pd.DataFrame({"before": [before], "now": [now], "change": [now - before]}, index=["r1"])
    return ScoreChange(scores, pd.DataFrame([parts], index=["r1"]))


def test_the_opening_says_what_was_sold_and_what_moved_the_score(client: Client) -> None:
    moved = change(73.3, 90.0, {"revenue_attainment": -25.0, "satisfaction": 8.3, "new_customers": 0.0, WEIGHTS: NAN})
    found = rep_sheet.opening(EN, client, ANN, stand=STAND, grade="C", standing="below_target", change=moved)
    assert found.plain.split("\n\n") == [
        "Ann sold 80 in 2025Q4, 80.0% of the target.",
        "Score 73.3, grade C: below target; −16.7 against 2025Q3 (Revenue attainment −25.0, Satisfaction +8.3).",
    ]
    assert found.cover == {"sentence": "Ann sold 80 in 2025Q4, 80.0% of the target."}


def to_settle(periods: float, likeliest: str = "C", **cases: float) -> pd.Series:
    told = {"grade_chance": 0.42, "likeliest": likeliest, "likeliest_chance": 0.5, "periods": periods}
    return pd.Series({**told, **{f"{kpi}_n": number for kpi, number in cases.items()}})


def test_a_sheet_says_how_many_more_periods_and_cases_would_settle_the_grade() -> None:
    told = rep_sheet.how_sure(EN, "C", to_settle(2, satisfaction=14.0, win_rate=0.0)).plain
    assert told == (
        "One period is partly luck: by what can be expected from results like these, this grade has a probability of "
        "42%. "
        "About 2 more periods like this one would settle the grade, with a certainty of 90% "
        "(further cases: Satisfaction 14)."
    )
    assert (
        "About 1 more period like this one would settle the grade, with a certainty of 90%."
        in rep_sheet.how_sure(EN, "C", to_settle(1)).plain
    )
    assert "That is sure enough." in rep_sheet.how_sure(EN, "C", to_settle(0)).plain
    unsettled = rep_sheet.how_sure(EN, "C", to_settle(float("inf"), satisfaction=NAN)).plain
    assert "Even 20 more periods like this one would not settle" in unsettled and "further cases" not in unsettled


def test_it_names_the_grade_that_is_likelier() -> None:
    told = rep_sheet.how_sure(EN, "B", to_settle(2)).plain
    assert "this grade has a probability of 42%; C is likelier (50%)" in told


def test_without_a_grade_nothing_is_said_of_how_sure_it_is() -> None:
    nothing = to_settle(NAN, "")
    nothing["grade_chance"] = NAN
    assert rep_sheet.how_sure(EN, "", nothing) is NOTHING


def test_without_a_target_or_a_score_the_opening_says_so(client: Client) -> None:
    stand = RepReadings({"revenue": REVENUE, "revenue_attainment": replace(ATTAINMENT, now=NAN)}, "team", True)
    found = rep_sheet.opening(
        EN, client, ANN, stand=stand, grade="", standing="", change=change(NAN, NAN, {"satisfaction": NAN})
    )
    assert "there is no target" in found.plain
    assert "No score: the export can tell too little" in found.plain


def test_a_score_without_one_before_has_no_change() -> None:
    first = change(100.0, NAN, {"satisfaction": NAN})
    said = rep_sheet.score_sentence(EN, Q4, first, rep="r1", grade="A", standing="on_target")
    assert said == "Score 100.0, grade A: on target."


def test_a_newcomer_has_a_score_and_is_said_to_be_too_new_for_a_grade() -> None:
    first = change(40.0, NAN, {"satisfaction": NAN})
    said = rep_sheet.score_sentence(EN, Q4, first, rep="r1", grade="", standing="too_new")
    assert said == "Score 40.0; too new to say, so there is no grade."


def test_the_table_shows_now_before_change_average_and_the_middle_half(client: Client) -> None:
    found = rep_sheet.moved_table(EN, client, ANN, stand=STAND, names=["revenue", "activity_quality"])
    rows = re.findall(r"<tr.*?</tr>", found.html.replace("<wbr>", ""), flags=re.DOTALL)
    head, revenue, quality = (re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in rows)
    assert head == ["KPI", "2025Q4", "2025Q3", "Change", "Own average", "Against own past", "Middle half"]
    assert revenue == ["Revenue", "80", "100", "−20", "95", "as usual (±20)", "n/a"]
    assert quality == ["Activity quality", "2.8, n 4", "n/a", "n/a", "3.1", "not judged", "3.2 – 3.8"]


def test_a_change_after_an_unusual_period_is_said_to_be_expected_in_part(client: Client) -> None:
    back, unusual = replace(REVENUE, returning=True), replace(QUALITY, course="worse")
    stand = replace(STAND, readings={"revenue": back, "activity_quality": unusual})
    found = rep_sheet.moved_table(EN, client, ANN, stand=stand, names=list(stand.readings))
    assert "2025Q3 was unusual in: Revenue. A part of the change since then was to be expected." in found.plain
    assert (
        "2025Q4 is unusual in: Activity quality. A part of that will probably return to the usual by itself."
        in found.plain
    )
    assert "unusual" not in rep_sheet.moved_table(EN, client, ANN, stand=STAND, names=["revenue"]).plain


def test_a_part_of_a_period_is_said_to_be_compared_with_nothing(client: Client) -> None:
    found = rep_sheet.moved_table(EN, client, ANN, stand=replace(STAND, whole=False), names=["revenue"])
    assert "compared with nothing" in found.plain


def test_strengths_and_gaps_come_with_n_and_the_middle_half() -> None:
    found = rep_sheet.standing_out(EN, ANN, STAND, names=list(STAND.readings))
    assert found.plain == "Gap: Activity quality 2.8, n 4 (middle half 3.2 – 3.8)."


def test_with_few_people_nobody_is_compared_and_it_is_said(client: Client) -> None:
    alone = replace(STAND, level="nobody")
    assert "fewer than 5 people" in rep_sheet.standing_out(EN, ANN, alone, names=list(STAND.readings)).plain
    assert "middle half" not in rep_sheet.moved_table(EN, client, ANN, stand=alone, names=["revenue"]).plain.lower()
    small = replace(STAND, level="region")
    assert (
        "Compared with the region East: fewer than 5 people of the team"
        in rep_sheet.standing_out(EN, ANN, small, names=list(STAND.readings)).plain
    )


def test_where_nothing_stands_out_it_is_said() -> None:
    calm = replace(STAND, readings={"revenue": replace(REVENUE, position="in_line", among=0.3)})
    assert rep_sheet.standing_out(EN, ANN, calm, names=["revenue"]).plain.startswith(
        "Nothing stands out from the team One"
    )


def test_where_nothing_can_be_judged_nothing_is_called_in_line() -> None:
    assert rep_sheet.standing_out(EN, ANN, STAND, names=["revenue"]).plain.startswith(
        "Nothing can be compared with the team One"
    )


def test_the_models_kpis_have_their_place_when_space_is_short() -> None:
    usual = [*KPIS][:20]
    stand = replace(STAND, readings={name: reading(name, 1.0) for name in usual})
    side = {"name": "s", "weight": 1, "kpis": [{"kpi": "new_customers_attainment", "weight": 1, "anchors": ANCHORS}]}
    found = rep_sheet.talked_about(stand, Model.model_validate({"perspectives": [side]}))
    assert len(found) == 13
    assert found[0] == "revenue"
    assert "new_customers_attainment" in found


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_everywhere(name: str, client: Client) -> None:
    who = Person("r1", name, name, name, name, None, None)
    shown = [
        rep_sheet.sheet_masthead(EN, client, who),
        rep_sheet.opening(
            EN,
            client,
            who,
            stand=STAND,
            grade=name,
            standing="on_target",
            change=change(1.0, 2.0, {"satisfaction": -1.0}),
        ),
        rep_sheet.moved_table(EN, client, who, stand=STAND, names=["activity_quality"]),
        rep_sheet.standing_out(EN, who, replace(STAND, level="region"), names=["revenue"]),
        against_peers(EN, [QUALITY], name),
    ]
    for one in shown:
        assert "<script" not in one.html
        assert 'onload="' not in one.html
        assert name in unescape(one.html)


def test_the_masthead_names_the_manager_and_nobody_else(client: Client) -> None:
    found = rep_sheet.sheet_masthead(EN, client, ANN)
    assert found.plain.splitlines()[1] == "One · manager Max · Small · 2025-10-01 to 2025-12-31"
    assert found.cover is not None
    assert (found.cover["rep"], found.cover["title"]) == ("r1", "Ann, 2025Q4 · Small")
    without = rep_sheet.sheet_masthead(EN, client, replace(ANN, manager="", team=""))
    assert without.plain.splitlines()[1].startswith("East · Small")
    named_after = rep_sheet.sheet_masthead(EN, client, replace(ANN, team="Max"))
    assert named_after.plain.splitlines()[1].startswith("East · manager Max · Small")


def test_a_chinese_sheet_has_no_english_word(client: Client) -> None:
    shown = [
        rep_sheet.moved_table(ZH, client, ANN, stand=STAND, names=list(STAND.readings)),
        rep_sheet.standing_out(ZH, ANN, STAND, names=list(STAND.readings)),
        against_peers(ZH, [QUALITY], "One"),
    ]
    for one in shown:
        assert not set(one.plain.split()) & {"Gap:", "Evidence:", "usual", "judged", "What", "half"}
        assert any("一" <= letter <= "鿿" for letter in one.plain)
