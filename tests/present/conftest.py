"""The demo company, and what the region report makes of one of its regions."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest

from salesperf.data.loading import load_tables
from salesperf.data.tables import Tables
from salesperf.language import Voice
from salesperf.measures.kpis import registry
from salesperf.measures.table import kpi_table
from salesperf.params import Client
from salesperf.present.exhibit import Exhibit
from salesperf.scoring.model import read_model
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
class Desk:
    """What the notebook has at hand when it makes its exhibits."""

    client: Client
    tables: Tables
    voice: Voice
    history: pd.DataFrame
    teams: pd.DataFrame
    reps: pd.DataFrame
    card: Scorecard
    team_card: Scorecard

    @property
    def now(self) -> pd.DataFrame:
        """The reps' rows of the period, by id."""
        return self.reps[self.reps["period"] == self.client.period.label].set_index("rep_id")


DeskOf = Callable[[Client, str], Desk]


@pytest.fixture(scope="session")
def east(demo_client: Client) -> Desk:
    """The desk for the region East of the demo company."""
    return _desk(demo_client, "East")


@pytest.fixture(scope="session")
def small_tables() -> dict[str, Any]:
    """Two regions, four reps and seven deals."""
    return {"reps": REPS, "opportunities": DEALS}


@pytest.fixture(scope="session")
def small(client_of: Any, small_tables: dict[str, Any]) -> Desk:
    """The desk for the region East of a small company whose answers can be worked out by hand."""
    return _desk(client_of(small_tables | {"targets": TARGETS}, model="goal_oriented"), "East")


@pytest.fixture(scope="session")
def desk_of() -> DeskOf:
    """Makes the desk for a region of a client."""
    return _desk


@pytest.fixture(scope="session")
def words() -> Callable[[Exhibit], list[str]]:
    """Reads the words that are written in a figure."""
    return lambda figure: [one.strip() for one in re.findall(r"<text[^>]*>(.*?)</text>", figure.html, flags=re.DOTALL)]


@pytest.fixture(scope="session")
def alternative() -> Callable[[Exhibit], str]:
    """Reads the text alternative of a figure."""
    return lambda figure: str(re.findall(r'role="img" aria-label="(.*?)"', figure.html)[0])


def _desk(client: Client, region: str) -> Desk:
    tables, now = load_tables(client), client.period
    history = kpi_table(tables, client, now.history(), "region").query("region == @region")
    teams = kpi_table(tables, client, [now], "team").query("region == @region")
    reps = kpi_table(tables, client, [now.before(), now], "rep").query("region == @region")
    model = read_model(client, registry(tables, client))
    card = scorecard(reps[reps["period"] == now.label].set_index("rep_id"), model)
    voice = client.voice
    return Desk(client, tables, voice, history, teams, reps, card, scorecard(teams, model))
