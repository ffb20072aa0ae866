"""The command line: one verb per thing a person wants. Commands import what they need, so that --help is instant."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from salesperf.errors import ReportsFailed, SalesperfError

if TYPE_CHECKING:
    from salesperf.data.tables import Tables
    from salesperf.params import Client

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Sales-performance management with reproducible reports.",
)

ClientFile = Annotated[Path, typer.Argument(metavar="PARAMS", help="The client file, such as params/demo.yml.")]
PeriodOption = Annotated[str | None, typer.Option("--period", help="Such as 2025Q4, 2025-11, 2025H2, 2025.")]
RegionOption = Annotated[str | None, typer.Option("--region", help="Only this region.")]
Format = Annotated[Literal["table", "csv", "json"], typer.Option("--format", help="csv and json are for programs.")]


def main() -> None:
    """Runs the command line; a user's mistake ends in one line and its exit code, a bug keeps its traceback."""
    try:
        app()
    except SalesperfError as error:
        print(f"salesperf: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


@app.command()
def run(
    params: ClientFile,
    only: Annotated[list[str] | None, typer.Option(help="Build this region alone; may be given again.")] = None,
    period: PeriodOption = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Reports at a time; default: one per core.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to publish; default: the workbench's reports/.")] = None,
) -> None:
    """Publish every region's report."""
    import os

    from salesperf.cli_output import progress, results_table
    from salesperf.reports.batch import plan, publish

    client, tables = _opened(params, period, model=True)
    wanted = [tables.check_region(region) for region in dict.fromkeys(only or [])]
    batch = plan(client, tables.regions(), tables.inputs, wanted, out)
    with progress(len(batch.wanted)) as done:
        results = publish(batch, workers or os.cpu_count() or 1, done)
    results_table(results)
    print(batch.folder / "index.html")
    if failed := [one.region for one in results if one.error]:
        raise ReportsFailed(
            f"{batch.folder}: expected {len(results)} reports, {len(failed)} failed ({', '.join(failed)}); "
            f"run-log.json there has the tracebacks"
        )


@app.command()
def kpis(
    params: ClientFile,
    by: Annotated[Literal["company", "region", "team", "rep"], typer.Option(help="One row per what.")] = "region",
    period: PeriodOption = None,
    region: RegionOption = None,
    kpi: Annotated[list[str] | None, typer.Option(help="Only this KPI, by its id; may be given again.")] = None,
    form: Format = "table",
) -> None:
    """The numbers."""
    from salesperf.cli_output import print_frame
    from salesperf.measures.kpis import check_kpi, registry
    from salesperf.measures.table import kpi_table

    client, tables = _opened(params, period)
    known = registry(tables)
    wanted = [check_kpi(name, known).id for name in dict.fromkeys(kpi or known)]
    frame = kpi_table(tables, client, [client.period], by)
    if region is not None and by != "company":
        frame = frame[frame["region"] == tables.check_region(region)]
    keys = [name for name in ("region", "team", "rep") if name in frame]
    behind = [name for one in wanted for name in (one, f"{one}_n") if name in frame]
    print_frame(frame[keys + behind], {name: one.unit for name, one in known.items()}, form, client)


@app.command()
def score(
    params: ClientFile,
    by: Annotated[Literal["region", "team", "rep"], typer.Option(help="One row per what.")] = "rep",
    period: PeriodOption = None,
    region: RegionOption = None,
    form: Format = "table",
) -> None:
    """Points and grades under the client's model, with what made them."""
    from salesperf.cli_output import print_frame
    from salesperf.measures.kpis import registry
    from salesperf.measures.table import kpi_table
    from salesperf.scoring.model import read_model
    from salesperf.scoring.scorecard import printed, scorecard

    client, tables = _opened(params, period)
    frame = kpi_table(tables, client, [client.period], by)
    if region is not None:
        frame = frame[frame["region"] == tables.check_region(region)]
    card = scorecard(frame, read_model(client, registry(tables)))
    parts, scores = printed(card.contributions)
    keys = [name for name in ("region", "team", "rep") if name in frame]
    shown = frame[keys].assign(**{**card.summary, "score": scores}).join(parts.add_suffix("_points"))
    units = dict.fromkeys(["score", *(f"{name}_points" for name in parts)], "points") | {"measured": "share"}
    print_frame(shown, units, form, client)


@app.command()
def potential(
    params: ClientFile, period: PeriodOption = None, region: RegionOption = None, form: Format = "table"
) -> None:
    """Who could be more than the present role asks, and why."""
    from salesperf.cli_output import print_frame
    from salesperf.measures.kpis import registry
    from salesperf.measures.table import kpi_table
    from salesperf.people.features import features
    from salesperf.people.potential import potential as found_in
    from salesperf.scoring.model import read_model
    from salesperf.scoring.scorecard import scorecard

    client, tables = _opened(params, period)
    reps = kpi_table(tables, client, [client.period], "rep").set_index("rep_id")
    scores = scorecard(reps, read_model(client, registry(tables))).summary["score"]
    found = found_in(features(tables, client), scores)
    people = found.people.sort_values(["potential", "rep"], ascending=[False, True])
    if region is not None:
        people = people[people["region"] == tables.check_region(region)]
    if found.why_none:
        print(f"no groups in this data ({found.why_none}): the ranking stands alone", file=sys.stderr)
    reasons = people.assign(reasons=[", ".join(one) for one in people["reasons"]])
    columns = ["region", "team", "rep", "potential", "performance", "named", "reasons"]
    print_frame(reasons[columns], {"potential": "points", "performance": "points"}, form, client)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the export files go.")] = Path("params/demo"),
    language: Annotated[Literal["en", "zh"], typer.Option(help="The language of names.")] = "en",
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another company.")] = 7,
) -> None:
    """Write the demo company's export files."""
    from salesperf.data.demo import write_demo

    print(write_demo(folder, seed=seed, language=language))


@app.command()
def lab(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The workbench.")] = Path()) -> None:
    """Open JupyterLab on the workbench."""
    import subprocess

    start = folder / "notebooks" if (folder / "notebooks").is_dir() else folder
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"]
    default = f"--LabApp.default_url=/lab/tree/{start.name}" if start != folder else "--LabApp.default_url=/lab"
    sys.exit(subprocess.call([*command, default]))


def _opened(params: Path, period: str | None, *, model: bool = False) -> tuple[Client, Tables]:
    """The client file and its checked tables; with ``model``, the scoring model is checked too."""
    from salesperf.data.tables import load_tables
    from salesperf.params import read_client

    client = read_client(params, period)
    tables = load_tables(client)
    if model:
        from salesperf.measures.kpis import registry
        from salesperf.scoring.model import read_model

        read_model(client, registry(tables))
    return client, tables
