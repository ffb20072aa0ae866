"""The command that builds published reports again and reports every difference."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from salesperf.cli.ending import ended_in_order
from salesperf.cli.options import CORES, MEMORY, TIMEOUT, Memory, Timeout, Workers, checked_company, limits_of
from salesperf.errors import Differences, RequestError, SalesperfError, counted, one_line

if TYPE_CHECKING:
    from salesperf.reports.result import Limits, Result
    from salesperf.reports.verifying.difference import Difference
    from salesperf.reports.verifying.published import Published
    from salesperf.reports.verifying.verify import Findings

    Done = Callable[[Result], None]

_ENDED = "verify: ended before all reports were built again; nothing was changed, run again"


def verify(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Reports, such as reports/demo/2025Q4, or a page of weights."),
    ],
    params: Annotated[Path | None, typer.Option(help="The client file; default: the one they came from.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Verify this region alone; may be given again.")] = None,
    workers: Workers = CORES,
    timeout: Timeout = TIMEOUT,
    memory: Memory = MEMORY,
    form: Annotated[Literal["table", "json"], typer.Option("--format", help="json is for programs.")] = "table",
) -> None:
    """Build published reports again and compare every byte; the folder is only read."""
    from salesperf.cli.verify_page import verify_page
    from salesperf.reports.verifying.published import read_published

    if re.match(r"\w\w+:/", folder.as_posix()):  # as a path, s3://bucket/reports has lost a slash
        raise RequestError(f"verify: expected a folder of this machine, got {folder.as_posix()!r}; copy it here first")
    if folder.is_file():
        verify_page(folder, params, form)
        return
    published = read_published(folder)
    with ended_in_order(_ENDED), _progress() as done:
        limits = limits_of(timeout, memory)
        findings = _findings(published, only or [], params, workers=workers, limits=limits, done=done)
    if read_published(folder).manifest != published.manifest:
        raise RequestError(f"{folder}: expected reports that stay as they are, got new ones meanwhile; verify again")
    _print(published, findings, form)
    if differences := findings.differences:
        raise Differences(
            f"{folder}: expected what the manifest says, got {counted(len(differences), 'difference')} "
            f"({_causes(differences)}); "
            "find out why before anybody relies on these reports"
        )


def _findings(
    published: Published, only: list[str], params: Path | None, *, workers: int, limits: Limits, done: Done
) -> Findings:
    """The findings of verifying the published reports of the regions ``only``, all if it is empty.

    Where the reports cannot be built again, the files that were altered are the findings, and the error is printed to
    standard error; it is raised where no file was altered. Raises RequestError where nothing is published.
    """
    from salesperf.params import read_client
    from salesperf.reports.building.local import LocalExecutor
    from salesperf.reports.publishing.batch import batch_of
    from salesperf.reports.publishing.order import order_for
    from salesperf.reports.verifying.difference import altered
    from salesperf.reports.verifying.published import client_file
    from salesperf.reports.verifying.verify import Findings, verify

    entries = published.chosen(only)
    published_entries = [entry for entry in entries if entry.status == "published"]
    if not published_entries:
        raise RequestError(f"{published.folder}: expected published reports to verify, got none; see its index.html")
    try:
        client = read_client(params or client_file(published), published.period, published.manifest.as_of)
        with_sheets = any(entry.kind == "sheet" for entry in published_entries)
        order = order_for(client, out=str(published.folder), with_sheets=with_sheets)
        with LocalExecutor(min(workers, len(published_entries)), order.notebooks.values()) as executor:
            batch = batch_of(order, checked_company(client).tables)
            return verify(published, entries, batch, executor=executor, limits=limits, done=done)
    except SalesperfError as error:
        altered_files = altered(published, entries)
        if not altered_files:
            raise
        print(f"salesperf: nothing could be built again: {error}", file=sys.stderr)
        return Findings(tuple(altered_files))


def _print(published: Published, findings: Findings, form: str) -> None:
    if form == "json":
        print(json.dumps(_record(published, findings), ensure_ascii=False, indent=1))
    elif not findings.differences:
        print(_all_well(findings))
    elif sys.stdout.isatty():
        _print_table(findings)
    else:
        for difference in findings.differences:
            print(_line(difference))


def _all_well(findings: Findings) -> str:
    """The line printed where nothing differs, and what it does not hold for: changed inputs, reports left out."""
    are = "is" if len(findings.same) == 1 else "are"
    parts = [f"{counted(len(findings.same), 'report')} {are} what the manifest says"]
    if findings.changed:
        parts.append(f"the same bytes, though made from another {' and '.join(findings.changed)} now")
    if findings.left_out:
        statuses = sorted({difference.status for difference in findings.left_out})
        parts.append(f"{len(findings.left_out)} not verified: {' or '.join(statuses)} in the last run")
    return "; ".join(parts)


def _print_table(findings: Findings) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("report", "file", "cell", "what", "published", "built again", show_lines=True)
    for difference in findings.differences:
        cells = [
            _title(difference),
            difference.output,
            _cell(difference),
            f"{difference.cause}: {difference.reason}",
            *_sides(difference),
        ]
        table.add_row(*(Text(one_line(text)) for text in cells))
    Console().print(table)


def _line(difference: Difference) -> str:
    """A difference in one line of plain text."""
    where = ": ".join(part for part in (_title(difference), difference.output) if part)
    cell = f" in cell {_cell(difference)}" if _cell(difference) else ""
    published, rebuilt = _sides(difference)
    sides = f": published {published!r}, built again {rebuilt!r}" if difference.location else ""
    return one_line(f"{where}: {difference.cause}{cell}{sides} ({difference.reason})")


def _record(published: Published, findings: Findings) -> dict[str, object]:
    """The findings as one JSON object."""
    return {
        "folder": str(published.folder),
        "client": published.manifest.client,
        "period": published.period,
        "same": len(findings.same),
        "changed": list(findings.changed),
        "not_verified": [
            {"region": difference.region, "rep": difference.rep, "status": difference.status}
            for difference in findings.left_out
        ],
        "differences": [_of_difference(difference) for difference in findings.differences],
    }


def _of_difference(difference: Difference) -> dict[str, object]:
    report, location = difference.report, difference.location
    return {
        "region": report.region if report else None,
        "rep": report.rep if report else None,
        "output": difference.output,
        "cause": difference.cause,
        "reason": difference.reason,
        "cell": location.cell if location else None,
        "number": location.number if location else None,
        "published": location.published if location else None,
        "rebuilt": location.rebuilt if location else None,
    }


def _title(difference: Difference) -> str:
    return difference.report.title if difference.report else ""


def _cell(difference: Difference) -> str:
    """Number and id of the first cell that differs; "" where there is none."""
    if not difference.location or difference.location.number is None:
        return ""
    return (
        f"{difference.location.number} ({difference.location.cell})"
        if difference.location.cell
        else str(difference.location.number)
    )


def _sides(difference: Difference) -> tuple[str, str]:
    """The text at the first difference, as published and as built again; "" where there is nothing to compare."""
    return (difference.location.published, difference.location.rebuilt) if difference.location else ("", "")


def _causes(differences: tuple[Difference, ...]) -> str:
    return ", ".join(dict.fromkeys(difference.cause for difference in differences))


@contextmanager
def _progress() -> Iterator[Done]:
    """A spinner on a terminal with the number of reports built again; yields the function to call with each result."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.completed:.0f} reports built again, {task.fields[last]}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None, last="reading the export")
        yield lambda result: bar.update(task, advance=1, last=f"last {one_line(result.report.title)}")
