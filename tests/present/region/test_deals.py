"""Where deals are won, in print."""

import re
from html import unescape
from typing import Any

from salesperf.present.exhibit import Exhibit
from salesperf.present.region.deals import deal_table


def cells(shown: Exhibit) -> list[list[str]]:
    """The rows of a table, heading first."""
    rows = re.findall(r"<tr.*?</tr>", shown.html.replace("<wbr>", ""), flags=re.DOTALL)
    return [[unescape(one).strip() for one in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def test_deals_of_the_region_stand_above_those_of_its_teams(small: Any, small_east: Any) -> None:
    rows = cells(deal_table(small.voice, small_east.teams, small_east.history.iloc[-1]))
    assert rows[0] == ["Team", "Closed deals", "Won", "Win rate", "Sales cycle", "Average deal"]
    # The region's sales are those made in it (Ann's and Cy's), the team's those of its people (Ann's and Bo's).
    assert [row[:3] for row in rows[1:]] == [["East", "2", "2"], ["One", "2", "2"]]


def test_without_closed_deals_a_sentence_says_so(company_of: Any, frames_of: Any) -> None:
    reps, orders = "rep_id,rep,region\nr1,Ann,East\n", "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-10,1\n"
    company = company_of({"reps": reps, "orders": orders})
    east = frames_of(company, "East")
    shown = deal_table(company.voice, east.teams, east.history.iloc[-1])
    assert shown.plain == "The export tells of no deal that was closed in the period."
    assert "<table" not in shown.html
