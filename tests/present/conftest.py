"""The demo company, and what the region report makes of one of its regions."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

import pandas as pd
import pytest

from salesperf import open_company
from salesperf.company import Company
from salesperf.params import Client
from salesperf.present.exhibit import Exhibit
from salesperf.scoring.scorecard import Scorecard, scorecard

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


@dataclass(frozen=True)
class Frames:
    """The KPI rows and scorecards of a region, as the region report makes them of its company."""

    history: pd.DataFrame
    teams: pd.DataFrame
    reps: pd.DataFrame
    now: pd.DataFrame
    card: Scorecard
    team_card: Scorecard


FramesOf = Callable[[Company, str], Frames]


@pytest.fixture(scope="session")
def demo(demo_client: Client) -> Company:
    """The demo company, opened."""
    return open_company(demo_client.path)


@pytest.fixture(scope="session")
def east(demo: Company) -> Frames:
    """The frames of the region East of the demo company."""
    return _frames(demo, "East")


@pytest.fixture(scope="session")
def small_tables() -> dict[str, Any]:
    """Two regions, four reps and seven deals."""
    return {"reps": REPS, "opportunities": DEALS}


@pytest.fixture(scope="session")
def small(company_of: Callable[..., Company], small_tables: dict[str, Any]) -> Company:
    """A small company whose answers can be worked out by hand."""
    return company_of(small_tables | {"targets": TARGETS}, model="goal_oriented", credit="deal")


@pytest.fixture(scope="session")
def small_east(small: Company) -> Frames:
    """The frames of the region East of the small company."""
    return _frames(small, "East")


@pytest.fixture(scope="session")
def frames_of() -> FramesOf:
    """Makes the frames of a region of a company."""
    return _frames


@pytest.fixture(scope="session")
def words() -> Callable[[Exhibit], list[str]]:
    """Reads the words that are written in a figure."""
    return lambda figure: [one.strip() for one in re.findall(r"<text[^>]*>(.*?)</text>", figure.html, flags=re.DOTALL)]


@pytest.fixture(scope="session")
def tables_of() -> Callable[[Exhibit], list[list[list[str]]]]:
    """Reads the rows of each table of an exhibit, heading first."""

    def tables(shown: Exhibit) -> list[list[list[str]]]:
        found = re.findall(r"<table.*?</table>", shown.html.replace("<wbr>", ""), flags=re.DOTALL)
        rows = [re.findall(r"<tr.*?</tr>", table, flags=re.DOTALL) for table in found]
        return [
            [[unescape(cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in of_table]
            for of_table in rows
        ]

    return tables


@pytest.fixture(scope="session")
def alternative() -> Callable[[Exhibit], str]:
    """Reads the text alternative of a figure."""
    return lambda figure: str(re.findall(r'role="img" aria-label="(.*?)"', figure.html)[0])


def _frames(company: Company, region: str) -> Frames:
    period = company.period
    history = company.kpis("region", period.history()).query("region == @region")
    teams = company.score_basis("team").query("region == @region")
    reps = company.score_basis("rep", [period.before(), period]).query("region == @region")
    now = reps.query("period == @period.label").set_index("rep_id")
    card, team_card = scorecard(now, company.model), scorecard(teams, company.model.as_earned())
    return Frames(history, teams, reps, now, card, team_card)
