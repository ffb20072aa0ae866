"""The printed tables and remarks of a report."""

import re
from html import unescape
from typing import Any

import pytest

from salesperf.data.quality import reps_without_deals
from salesperf.people.features import features
from salesperf.people.potential import Potential, potential
from salesperf.present import figures, headline, remarks, tables
from salesperf.present.exhibit import Exhibit
from salesperf.present.tables import deal_table, help_table, not_scored, potential_table, rep_scorecard, team_scorecard

REPS = [
    {"rep_id": "r1", "rep": "Ann", "region": "East", "team": "One"},
    {"rep_id": "r2", "rep": "Bo", "region": "East", "team": "One"},
    {"rep_id": "r3", "rep": "Cy", "region": "West", "team": "Two"},
    {"rep_id": "r4", "rep": "Di", "region": "East", "team": "One"},
]
OPEN = "opportunity_id,rep_id,status,account_id,created,closed,amount,region\n"
DEALS = OPEN + (
    "1,r1,won,a,2025-07-01,2025-07-20,100,\n2,r1,lost,b,2025-07-02,2025-08-01,50,\n"
    "3,r1,won,a,2025-10-01,2025-10-11,300,\n4,r2,won,c,2025-10-01,2025-12-31,200,West\n"
    "5,r3,won,d,2025-10-01,2025-11-30,70,East\n6,r9,won,e,2025-10-01,2025-11-30,1,\n7,r2,open,c,2025-12-01,,900,\n"
)
TARGETS = (
    "level,name,period,kpi,target\nrep,r1,2025Q4,revenue,250\nrep,r2,2025Q4,revenue,500\nrep,r3,2025Q4,revenue,1\n"
)


def cells(shown: Exhibit) -> list[list[str]]:
    """The rows of a table, heading first."""
    rows = re.findall(r"<tr.*?</tr>", shown.html, flags=re.DOTALL)
    return [[unescape(one).strip() for one in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


@pytest.fixture(scope="module")
def small(client_of: Any, desk_of: Any) -> Any:
    client = client_of({"reps": REPS, "opportunities": DEALS, "targets": TARGETS}, model="goal_oriented")
    return desk_of(client, "East")


def test_printed_points_add_up_to_the_printed_score(east: Any) -> None:
    rows = cells(rep_scorecard(east.voice, east.now, east.card, []))
    assert rows[0][2:7] == ["Score", "Grade", "Revenue attainment", "Satisfaction", "New-customer attainment"]
    scored = [row for row in rows[1:] if row[2] != "n/a"]
    assert len(scored) > 5
    for row in scored:
        points = [re.match(r"([\d.]+) \(", one) for one in row[4:7]]
        assert round(sum(float(one[1]) for one in points if one), 1) == float(row[2])


def test_scores_stand_with_the_value_they_are_for(small: Any) -> None:
    rows = cells(rep_scorecard(small.voice, small.now, small.card, []))
    ann = next(row for row in rows if row[0] == "Ann")
    # 300 of 250 is 120 %: 120 points; margin and new customers are not available, so the weight moves to revenue.
    assert ann == ["Ann", "One", "120.0", "S", "120.0 (120%)", "n/a", "n/a", "70%", "300", "100%, n 1"]


def test_reps_without_any_deal_are_named_apart_and_not_scored(small: Any) -> None:
    idle = reps_without_deals(small.tables, "East")
    assert idle == ["Di"]
    shown = rep_scorecard(small.voice, small.now, small.card, idle)
    assert "Without any deal in the export: Di." in shown.plain
    assert "Di" not in [row[0] for row in cells(shown)]


def test_nobody_is_judged_by_a_win_rate(east: Any) -> None:
    shown = rep_scorecard(east.voice, east.now, east.card, []).html
    assert "none is judged by it" in shown
    for row in cells(rep_scorecard(east.voice, east.now, east.card, [])):
        assert row[-1] == "Win rate" or row[-1] == "n/a" or re.fullmatch(r"\d+%, n \d+", row[-1])


def test_a_model_that_cannot_be_measured_gives_no_score_and_says_what_is_missing(client_of: Any, desk_of: Any) -> None:
    desk = desk_of(client_of({"reps": REPS, "opportunities": DEALS}), "East")
    assert (
        "Missing: Revenue attainment, Satisfaction, New-customer attainment." in not_scored(desk.voice, desk.card).plain
    )
    assert "Score" not in cells(team_scorecard(desk.voice, desk.teams, desk.team_card))[0]
    assert help_table(desk.voice, desk.now, desk.card, "East").plain == (
        "Without scores nobody can be said to need help by the numbers."
    )


def test_whoever_scores_low_is_shown_with_the_largest_gap(small: Any) -> None:
    (row,) = cells(help_table(small.voice, small.now, small.card, "East"))[1:]
    # Bo sold 200 of 500: 40 % are 40 points, 60 under the target's 100, and the whole weight lies on them.
    assert row == ["Bo", "40.0", "70%", "Revenue attainment: 40%, costs 60.0 points"]


def test_deals_of_the_region_stand_above_those_of_its_teams(small: Any) -> None:
    rows = cells(deal_table(small.voice, small.teams, small.history.iloc[-1]))
    assert rows[0] == ["Team", "Closed deals", "Won", "Win rate", "Sales cycle", "Average deal"]
    # The region's sales are those made in it (Ann's and Cy's), the team's those of its people (Ann's and Bo's).
    assert [row[:3] for row in rows[1:]] == [["East", "2", "2"], ["One", "2", "2"]]


def test_sales_across_borders_reconcile_reps_and_region(small: Any) -> None:
    shown = remarks.across_borders(small.voice, small.tables, small.client, small.history.iloc[-1], small.now)
    assert shown.plain == (
        "Sales of its reps in other regions: 200. Sales made here by others: 70. "
        "Reps' revenue 500 − 200 + 70 = region's revenue 370."
    )


def test_what_moved_adds_up_over_reps_and_borders(small: Any) -> None:
    shown = remarks.what_moved(small.voice, small.tables, small.client, small.history, small.reps)
    # East: 1 deal of 100 in 2025Q3, 2 of 185 in 2025Q4. Number: 1 × 142.5, size: 85 × 1.5; in print they add up.
    assert shown.plain.startswith(
        "Revenue moved by +270 against 2025Q3: +143 from the number of won deals, +127 from the revenue per won deal."
    )
    assert "Ann +200, Bo +200, across region borders −130. Together +270." in shown.plain


def test_the_data_notes_name_what_is_missing_and_what_is_wrong(small: Any) -> None:
    said = remarks.data_notes(small.voice, small.tables, small.client, "East").plain
    for words in (
        "won opportunities stand in for orders",
        "1 opportunities belong to a rep who is not in the list of reps (r9)",
        "Not available: Satisfaction: the export has no surveys.",
        "1 reps have no deal in the export: Di.",
    ):
        assert words in said


def test_the_page_says_how_to_rebuild_it(east: Any) -> None:
    said = remarks.rebuild(east.voice, east.tables, east.client, "East & Co's").plain
    assert "demo.yml --only 'East & Co'\"'\"'s' --period 2025Q4" in said
    for one in east.tables.inputs:
        assert one.sha256 in said


@pytest.fixture(scope="module")
def found(east: Any) -> Potential:
    return potential(features(east.tables, east.client), east.card.summary["score"])


def test_the_exhibits_of_a_region_name_nobody_of_another(east: Any, found: Potential) -> None:
    shown = [
        headline.masthead(east.voice, east.client, "East"),
        headline.headline(east.voice, east.tables, east.client, "East", east.history),
        figures.revenue_trend(east.voice, east.history, "East", []),
        tables.team_scorecard(east.voice, east.teams, east.team_card),
        tables.rep_scorecard(east.voice, east.now, east.card, []),
        remarks.across_borders(east.voice, east.tables, east.client, east.history.iloc[-1], east.now),
        remarks.what_moved(east.voice, east.tables, east.client, east.history, east.reps),
        tables.deal_table(east.voice, east.teams, east.history.iloc[-1]),
        potential_table(east.voice, found, "East"),
        figures.nine_box(east.voice, found, "East"),
        help_table(east.voice, east.now, east.card, "East"),
        remarks.data_notes(east.voice, east.tables, east.client, "East"),
        remarks.rebuild(east.voice, east.tables, east.client, "East"),
    ]
    text = unescape("".join(one.html + one.plain + str(one.cover) for one in shown))
    staff = east.tables.staff()
    assert all(one["rep"] in text for one in staff if one["rep_id"] in east.now.index)
    assert not [one["rep"] for one in staff if one["region"] != "East" and one["rep"] in text]
