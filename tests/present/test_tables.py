"""The printed tables and remarks of a report."""

import re
from html import unescape
from typing import Any

import pytest

from salesperf.people.features import features
from salesperf.people.potential import Potential, potential
from salesperf.present import figures, headline, remarks
from salesperf.present.exhibit import Exhibit
from salesperf.present.scorecards import help_table, rep_scorecard, team_scorecard
from salesperf.present.tables import deal_table, potential_table


def cells(shown: Exhibit) -> list[list[str]]:
    """The rows of a table, heading first."""
    rows = re.findall(r"<tr.*?</tr>", shown.html, flags=re.DOTALL)
    return [[unescape(one).strip() for one in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


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
        team_scorecard(east.voice, east.teams, east.team_card),
        rep_scorecard(east.voice, east.now, east.card),
        remarks.across_borders(east.voice, east.tables, east.client, east.history.iloc[-1], east.now),
        remarks.what_moved(east.voice, east.tables, east.client, east.history, east.reps),
        deal_table(east.voice, east.teams, east.history.iloc[-1]),
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
