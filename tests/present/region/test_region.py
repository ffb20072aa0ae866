"""What holds of a region's exhibits as a whole."""

from html import unescape
from typing import Any

import pytest

from salesperf.people.features import features
from salesperf.people.incentives.period_incentives import incentives
from salesperf.people.potential import Potential
from salesperf.people.potential_ranking import potential
from salesperf.present.potential.nine_box import nine_box
from salesperf.present.rebuilding import command_of, rebuilding
from salesperf.present.region.credit import whose_sales
from salesperf.present.region.data_notes import data_notes
from salesperf.present.region.deals import deal_table
from salesperf.present.region.headline import headline, report_masthead
from salesperf.present.region.movement import what_moved
from salesperf.present.region.people import people_table
from salesperf.present.region.potential import who_is_named
from salesperf.present.region.scorecards import rep_scorecard, team_scorecard
from salesperf.present.region.trend import revenue_trend


@pytest.fixture(scope="module")
def found(demo: Any, east: Any) -> Potential:
    return potential(features(demo), east.card.summary["score"])


def test_the_exhibits_of_a_region_name_nobody_of_another(demo: Any, east: Any, found: Potential) -> None:
    shown = [
        report_masthead(demo.voice, demo.client, "East"),
        headline(demo.voice, demo, region="East", history=east.history),
        revenue_trend(demo.voice, east.history, "East", incomplete=[]),
        team_scorecard(demo.voice, east.teams, east.team_card),
        rep_scorecard(demo.voice, east.now, east.card),
        whose_sales(demo.voice, demo, region="East"),
        what_moved(demo.voice, demo, region=east.history, reps=east.reps),
        deal_table(demo.voice, east.teams, east.history.iloc[-1]),
        who_is_named(demo.voice, found, "East"),
        nine_box(demo.voice, found, "East"),
        people_table(demo.voice, east.now, east.card, region="East", potential=found, incentives=incentives(demo)),
        data_notes(demo.voice, demo, region="East"),
        rebuilding(demo.voice, demo, command_of(demo.client, "run", "--only", "East")),
    ]
    text = unescape("".join(one.html + one.plain + str(one.cover) for one in shown))
    staff = demo.tables.staff()
    assert all(one["rep"] in text for one in staff if one["rep_id"] in east.now.index)
    assert not [one["rep"] for one in staff if one["region"] != "East" and one["rep"] in text]
