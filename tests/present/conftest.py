"""The demo company, and what the region report makes of one of its regions."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from salesperf.data.demo import write_demo
from salesperf.data.tables import Tables, load_tables
from salesperf.language import Voice
from salesperf.measures.kpis import registry
from salesperf.measures.table import kpi_table
from salesperf.params import Client, read_client
from salesperf.scoring.model import read_model
from salesperf.scoring.scorecard import Scorecard, scorecard

ROOT = Path(__file__).parents[2]


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
def east(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The desk for the region East of the demo company."""
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder / "demo")
    (folder / "demo.yml").write_text((ROOT / "params" / "demo.yml").read_text("utf-8"), "utf-8")
    return _desk(read_client(folder / "demo.yml"), "East")


@pytest.fixture(scope="session")
def desk_of() -> DeskOf:
    """Makes the desk for a region of a client."""
    return _desk


def _desk(client: Client, region: str) -> Desk:
    tables, now = load_tables(client), client.period
    history = kpi_table(tables, client, now.history(), "region").query("region == @region")
    teams = kpi_table(tables, client, [now], "team").query("region == @region")
    reps = kpi_table(tables, client, [now.before(), now], "rep").query("region == @region")
    model = read_model(client, registry(tables, client))
    card = scorecard(reps[reps["period"] == now.label].set_index("rep_id"), model)
    voice = client.voice
    return Desk(client, tables, voice, history, teams, reps, card, scorecard(teams, model))
