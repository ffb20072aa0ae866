"""The options that several commands have, and how they open a client file with its export."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from pandas import DataFrame

    from salesperf.company import Company
    from salesperf.params import Client
    from salesperf.reports.result import Limits

ClientFile = Annotated[Path, typer.Argument(metavar="PARAMS", help="The client file, such as params/demo.yml.")]
PeriodOption = Annotated[str | None, typer.Option("--period", help="Such as 2025Q4, 2025-11, 2025H2, 2025.")]
PeriodsOption = Annotated[
    list[str] | None,
    typer.Option("--period", help="Such as 2025Q4, or a run such as 2024Q1:2025Q4; may be given again."),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="The day up to which the export tells, such as 2025-12-31; for nightly runs."),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Read the export anew, and keep nothing of it.")]
RegionOption = Annotated[str | None, typer.Option("--region", help="Only this region.")]
Format = Annotated[Literal["table", "csv", "json"], typer.Option("--format", help="csv and json are for programs.")]

CORES = os.cpu_count() or 1
Workers = Annotated[int, typer.Option(min=1, help="Reports at a time.", show_default="one per core")]
TIMEOUT = 600  # seconds
Timeout = Annotated[float, typer.Option(min=1, max=1_000_000, help="Seconds that one report may take.")]
MEMORY = 4  # gigabytes
Memory = Annotated[
    float,
    typer.Option(min=0.1, max=1_000_000, help="Gigabytes that one report may take, its libraries aside."),
]


def limits_of(seconds: float, gigabytes: float) -> Limits:
    """The limits of a report: ``gigabytes`` are of 10⁹ bytes."""
    from salesperf.reports.result import GIGABYTE, Limits

    return Limits(seconds, int(gigabytes * GIGABYTE))


def opened(params: Path, periods: list[str] | None, *, no_cache: bool, as_of: str | None = None) -> list[Company]:
    """The company of a client file in each of ``periods``, or in the client's own; at least one.

    All share the tables of one reading of the export, from the cache unless ``no_cache``. ``as_of``: the day up to
    which the export tells, in place of the file's own. Raises RequestError for the client file and for what is not a
    period or a day, DataError for the export.
    """
    from salesperf.company import Company, periods_asked
    from salesperf.data.cache import cached_tables
    from salesperf.data.loading import load_tables
    from salesperf.params import read_client

    client = read_client(params, as_of=as_of)
    asked = periods_asked(client, periods or None)
    company = Company(client, load_tables(client) if no_cache else cached_tables(client, load_tables))
    return [company.at(period) for period in asked]


def warn_of_running(companies: Sequence[Company]) -> None:
    """Says on standard error which of the companies' periods have not begun, or are not over, by the export's end."""
    from salesperf.measures.coverage import last_day, reaches_end

    for company in companies:
        voice, last, period = company.voice, last_day(company), company.period
        if not reaches_end(company, period):
            has_begun = period.start <= last
            print(voice("partial" if has_begun else "not_begun", last=last, period=period), file=sys.stderr)


def warn_of_strangers(company: Company) -> None:
    """Says on standard error how many sales are of whom who is not in the list of reps."""
    from salesperf.data.quality import findings
    from salesperf.present.region.data_notes import finding_text

    for finding in findings(company.tables):
        if finding.name in ("unknown_rep", "unknown_seller"):
            print(finding_text(company.voice, finding), file=sys.stderr)


def of_each(companies: Sequence[Company], work: Callable[[Company], DataFrame]) -> DataFrame:
    """The frames that ``work`` returns for each company, one below the other.

    With several companies, the column period (label) is inserted before all others, into the frames themselves.
    """
    import pandas as pd

    frames = [work(company) for company in companies]
    if len(frames) == 1:
        return frames[0]
    for company, frame in zip(companies, frames, strict=True):
        frame.insert(0, "period", company.period.label)
    return pd.concat(frames)


def checked_company(client: Client) -> Company:
    """The company of a client, with everything checked that would fail in every report.

    Raises RequestError for the client file, model and plans, DataError for the tables of the export.
    """
    from salesperf.company import Company
    from salesperf.data.loading import load_tables
    from salesperf.measures.coverage import last_day
    from salesperf.measures.key_results import key_result_scores
    from salesperf.people.incentives.incentive_plan import read_incentives

    company = Company(client, load_tables(client))
    _ = company.model, company.plan, last_day(company)
    key_result_scores(company, client.period)
    read_incentives(company)
    return company
