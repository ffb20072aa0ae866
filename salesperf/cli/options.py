"""What several commands take, and the client file and tables that they open."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from salesperf.data.tables import Tables
    from salesperf.params import Client
    from salesperf.reports.result import Limits

ClientFile = Annotated[Path, typer.Argument(metavar="PARAMS", help="The client file, such as params/demo.yml.")]
PeriodOption = Annotated[str | None, typer.Option("--period", help="Such as 2025Q4, 2025-11, 2025H2, 2025.")]
RegionOption = Annotated[str | None, typer.Option("--region", help="Only this region.")]
Format = Annotated[Literal["table", "csv", "json"], typer.Option("--format", help="csv and json are for programs.")]

CORES = os.cpu_count() or 1
Workers = Annotated[int, typer.Option(min=1, help="Reports at a time.", show_default="one per core")]
TIMEOUT = 600
Timeout = Annotated[float, typer.Option(min=1, max=1_000_000, help="Seconds that one report may take.")]
MEMORY = 4
Memory = Annotated[
    float,
    typer.Option(min=0.1, max=1_000_000, help="Gigabytes that one report may take, its libraries aside."),
]


def limits_of(seconds: float, gigabytes: float) -> Limits:
    """What one report may take."""
    from salesperf.reports.result import GIGABYTE, Limits

    return Limits(seconds, int(gigabytes * GIGABYTE))


def opened(params: Path, period: str | None) -> tuple[Client, Tables]:
    """The client file and its checked tables."""
    from salesperf.data.tables import load_tables
    from salesperf.params import read_client

    client = read_client(params, period)
    return client, load_tables(client)


def checked_tables(client: Client) -> Tables:
    """The tables, with all that reports ask of them checked: nothing starts that is bound to fail for everybody."""
    from salesperf.data.tables import load_tables
    from salesperf.measures.key_results import key_result_scores
    from salesperf.measures.kpis import registry
    from salesperf.measures.planning.targets import read_plan
    from salesperf.people.incentives.credits import check_splits
    from salesperf.people.incentives.incentive_plan import read_incentives
    from salesperf.scoring.model import read_model

    tables = load_tables(client)
    known = registry(tables, client)
    read_model(client, known)
    read_plan(tables, client)
    key_result_scores(tables, client.period)
    if read_incentives(client, tables, known):
        check_splits(tables)
    return tables
