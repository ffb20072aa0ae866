"""What several commands take, and the client file and tables that they open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from salesperf.data.tables import Tables
    from salesperf.params import Client

ClientFile = Annotated[Path, typer.Argument(metavar="PARAMS", help="The client file, such as params/demo.yml.")]
PeriodOption = Annotated[str | None, typer.Option("--period", help="Such as 2025Q4, 2025-11, 2025H2, 2025.")]
RegionOption = Annotated[str | None, typer.Option("--region", help="Only this region.")]
Format = Annotated[Literal["table", "csv", "json"], typer.Option("--format", help="csv and json are for programs.")]


def opened(params: Path, period: str | None, *, model: bool = False) -> tuple[Client, Tables]:
    """The client file and its checked tables; with ``model``, all that reports ask of them, too."""
    from salesperf.params import read_client

    client = read_client(params, period)
    if model:
        return client, checked_tables(client)
    from salesperf.data.tables import load_tables

    return client, load_tables(client)


def checked_tables(client: Client) -> Tables:
    """The tables, with all that reports ask of them checked: nothing starts that is bound to fail for everybody."""
    from salesperf.data.tables import load_tables
    from salesperf.measures.key_results import key_result_scores
    from salesperf.measures.kpis import registry
    from salesperf.measures.targets import read_plan
    from salesperf.people.credits import check_splits
    from salesperf.people.incentive_plan import read_incentives
    from salesperf.scoring.model import read_model

    tables = load_tables(client)
    known = registry(tables, client)
    read_model(client, known)
    read_plan(tables, client)
    key_result_scores(tables, client.period)
    if read_incentives(client, tables, known):
        check_splits(tables)
    return tables
