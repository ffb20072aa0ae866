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
