"""The command that publishes reports: made for a terminal, and for cron with nobody watching."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from salesperf.cli.ending import ended_in_order
from salesperf.cli.options import ClientFile, PeriodOption, checked_tables
from salesperf.errors import ReportsFailed, RequestError, SalesperfError

if TYPE_CHECKING:
    from salesperf.cli.progress import BatchLog
    from salesperf.reports.cluster import DaskExecutor
    from salesperf.reports.local import LocalExecutor
    from salesperf.reports.order import Order
    from salesperf.reports.result import Result

_NOTIFY = "SALESPERF_NOTIFY"
_ENDED = "run: ended before all reports were built; what is published is whole, run again for the rest"


@dataclass(frozen=True)
class _Means:
    """By what means reports are built: how many at a time or on which cluster, and what each may take."""

    workers: int
    scheduler: str | None
    seconds: float
    memory: float


def run(
    params: ClientFile,
    only: Annotated[list[str] | None, typer.Option(help="Build this region alone; may be given again.")] = None,
    period: PeriodOption = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Reports at a time; default: one per core.")] = None,
    executor: Annotated[
        Literal["local", "dask"], typer.Option(help="dask: on a cluster, see --scheduler; --workers is its own affair.")
    ] = "local",
    scheduler: Annotated[
        str | None, typer.Option(metavar="URL", help="Address of a Dask scheduler, such as tcp://host:8786.")
    ] = None,
    out: Annotated[str | None, typer.Option(help="Folder or URL to publish in; default: the workbench's.")] = None,
    sheets: Annotated[bool, typer.Option("--sheets", help="Also a sheet for each rep, for the monthly talk.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Build also what is current.")] = False,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that one report may take.")] = 600,
    memory: Annotated[float, typer.Option(min=0.1, help="Gigabytes that one report may take.")] = 4,
    log_format: Annotated[Literal["text", "json"], typer.Option("--log-format", help="json: a line each.")] = "text",
    notify: Annotated[
        list[str] | None, typer.Option(envvar=_NOTIFY, help="Apprise URL to tell how it ended; repeatable.")
    ] = None,
) -> None:
    """Publish every region's report, and the sheets of its reps if asked for; what is current stays as it is."""
    from salesperf.cli.progress import batch_log
    from salesperf.params import read_client
    from salesperf.reports.order import ordered

    means = _Means(workers or os.cpu_count() or 1, scheduler, timeout, memory)
    with batch_log(log_format) as log, _telling(notify or [], params, log) as tell, ended_in_order(_ENDED):
        if (executor == "dask") != bool(scheduler):
            raise RequestError("run: expected --executor dask and --scheduler URL together, got one of them; give both")
        client = read_client(params, period)
        order = ordered(client, only or [], out, with_sheets=sheets)
        os.environ.pop(_NOTIFY, None)  # may hold passwords, which no notebook needs
        results = (None if force else _nothing_to_do(order, log)) or _published(order, means, log, force=force)
        folder = order.shelf.place("").rstrip("/")
        log.finished(results, folder)
        tell(order, results)
        if failed := [one.report.title for one in results if one.state == "failed"]:
            raise ReportsFailed(
                f"{folder}: expected {len(results)} reports, {len(failed)} failed ({_listed(failed)}); failed/ there "
                "has the notebooks as far as they came, run-log.json the tracebacks"
            )


def _nothing_to_do(order: Order, log: BatchLog) -> list[Result] | None:
    """The reports where all of them are current, found without reading the export; else None."""
    from salesperf.cli.progress import Facts
    from salesperf.reports.order import all_current
    from salesperf.reports.result import Result

    current = all_current(order)
    if current is None:
        return None
    results = [Result(one, "unchanged") for one in current]
    log.started(Facts(order.client.name, order.period, len(results)))
    for one in results:
        log.done(one)
    return results


def _published(order: Order, means: _Means, log: BatchLog, *, force: bool) -> list[Result]:
    from salesperf.cli.progress import Facts
    from salesperf.reports.batch import publish
    from salesperf.reports.local import LocalExecutor
    from salesperf.reports.plan import plan
    from salesperf.reports.result import GIGABYTE, Limits

    limits = Limits(means.seconds, int(means.memory * GIGABYTE))
    with _executor(order, means) as executor:
        batch = plan(order, checked_tables(order.client))
        log.started(Facts(order.client.name, order.period, len(batch.wanted)))
        results = publish(batch, executor, log.done, limits=limits, force=force)
        if isinstance(executor, LocalExecutor) and executor.obstacle:
            log.note(f"each kernel was an ordinary one, started anew: {executor.obstacle}")
        return results


def _executor(order: Order, means: _Means) -> LocalExecutor | DaskExecutor:
    if means.scheduler is None:
        from salesperf.reports.local import LocalExecutor

        return LocalExecutor(means.workers, order.notebooks.values())
    try:
        from salesperf.reports.cluster import DaskExecutor
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("dask", "distributed"):
            raise
        raise RequestError(
            f"run: --executor dask: expected the package {error.name}, found none; pip install 'salesperf[cluster]'"
        ) from None
    return DaskExecutor(means.scheduler, order.client, order.notebooks.values())


@contextmanager
def _telling(urls: Sequence[str], params: Path, log: BatchLog) -> Iterator[Callable[[Order, Sequence[Result]], None]]:
    """Tells the addresses how a batch ended, or that it did not run."""
    if not urls:
        yield lambda order, results: None
        return
    from salesperf.reports.notice import Notice, check_addresses, notice_of_batch, notice_of_error, send

    told = False

    def deliver(notice: Notice) -> None:
        nonlocal told
        told = True
        for address in send(notice, urls):
            log.warning(f"{address} could not be told; the reports do not depend on it")

    check_addresses(urls)
    try:
        yield lambda order, results: deliver(
            notice_of_batch(order.client.name, order.period, results, order.shelf.place("").rstrip("/"))
        )
    except SalesperfError as error:
        if not told:
            deliver(notice_of_error(params, error))
        raise


def _listed(titles: list[str], most: int = 8) -> str:
    """The titles as a short list; what is cut off is counted."""
    rest = f" and {len(titles) - most} more" if len(titles) > most else ""
    return ", ".join(titles[:most]) + rest
