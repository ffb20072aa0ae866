"""Commands that make something: reports, the demo company's export, a running workbench."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from salesperf.cli.options import ClientFile, PeriodOption, opened
from salesperf.errors import ReportsFailed


def run(
    params: ClientFile,
    only: Annotated[list[str] | None, typer.Option(help="Build this region alone; may be given again.")] = None,
    period: PeriodOption = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Reports at a time; default: one per core.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to publish; default: the workbench's reports/.")] = None,
    sheets: Annotated[bool, typer.Option("--sheets", help="Also a sheet for each rep, for the monthly talk.")] = False,
) -> None:
    """Publish every region's report, and the sheets of its reps if asked for."""
    import os

    from salesperf.cli.output import progress, results_table
    from salesperf.reports.batch import plan, publish

    client, tables = opened(params, period, model=True)
    wanted = [tables.check_region(region) for region in dict.fromkeys(only or [])]
    staff = tables.staff()
    batch = plan(client, tables.regions(), tables.inputs, wanted, out, staff=staff, with_sheets=sheets)
    with progress(len(batch.wanted)) as done:
        results = publish(batch, workers or os.cpu_count() or 1, done)
    results_table(results)
    print(batch.folder / "index.html")
    if failed := [one.report.title for one in results if one.error]:
        raise ReportsFailed(
            f"{batch.folder}: expected {len(results)} reports, {len(failed)} failed ({_listed(failed)}); "
            f"run-log.json there has the tracebacks"
        )


def _listed(titles: list[str], most: int = 8) -> str:
    """The titles as a short list; what is cut off is counted."""
    rest = f" and {len(titles) - most} more" if len(titles) > most else ""
    return ", ".join(titles[:most]) + rest


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the export files go.")] = Path("params/demo"),
    language: Annotated[Literal["en", "zh"], typer.Option(help="The language of names.")] = "en",
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another company.")] = 7,
) -> None:
    """Write the demo company's export files."""
    from salesperf.data.demo import write_demo

    print(write_demo(folder, seed=seed, language=language))


def lab(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The workbench.")] = Path()) -> None:
    """Open JupyterLab on the workbench."""
    import subprocess

    start = folder / "notebooks" if (folder / "notebooks").is_dir() else folder
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"]
    default = f"--LabApp.default_url=/lab/tree/{start.name}" if start != folder else "--LabApp.default_url=/lab"
    sys.exit(subprocess.call([*command, default]))
