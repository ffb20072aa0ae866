"""The command that publishes reports, at a terminal or by a scheduler."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from salesperf.cli.ending import ended_in_order, tried
from salesperf.cli.options import (
    CORES,
    MEMORY,
    TIMEOUT,
    AsOf,
    ClientFile,
    Memory,
    PeriodOption,
    Timeout,
    Workers,
    checked_company,
    limits_of,
)
from salesperf.errors import ReportsFailed, RequestError, SalesperfError, counted, listed

if TYPE_CHECKING:
    from salesperf.cli.progress import BatchLog
    from salesperf.reports.building.local import LocalExecutor
    from salesperf.reports.cluster.executor import DaskExecutor
    from salesperf.reports.publishing.order import Order
    from salesperf.reports.result import Limits, Result

_NOTIFY = "SALESPERF_NOTIFY"
_ENDED = "run: ended before all reports were built; what is published is whole, run again for the rest"


@dataclass(frozen=True)
class _Means:
    """How reports are built.

    ``workers``: reports at a time on this machine; ``scheduler``: URL of a cluster's Dask scheduler, None to build on
    this machine.
    """

    workers: int
    scheduler: str | None
    limits: Limits


def run(
    params: ClientFile,
    only: Annotated[list[str] | None, typer.Option(help="Build this region alone; may be given again.")] = None,
    period: PeriodOption = None,
    as_of: AsOf = None,
    workers: Workers = CORES,
    executor: Annotated[
        Literal["local", "dask"], typer.Option(help="dask: on a cluster, see --scheduler; --workers is its own affair.")
    ] = "local",
    scheduler: Annotated[
        str | None, typer.Option(metavar="URL", help="Address of a Dask scheduler, such as tcp://host:8786.")
    ] = None,
    out: Annotated[str | None, typer.Option(help="Folder or URL to publish in; default: the workbench's.")] = None,
    sheets: Annotated[bool, typer.Option("--sheets", help="Also a sheet for each rep, for the monthly talk.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Build also what is current.")] = False,
    timeout: Timeout = TIMEOUT,
    memory: Memory = MEMORY,
    log_format: Annotated[Literal["text", "json"], typer.Option("--log-format", help="json: a line each.")] = "text",
    notify: Annotated[
        list[str] | None, typer.Option(envvar=_NOTIFY, help="Apprise URL to tell how it ended; repeatable.")
    ] = None,
) -> None:
    """Publish every region's report, and the sheets of its reps if asked for; what is current stays as it is."""
    from salesperf.cli.batch_log import batch_log
    from salesperf.params import read_client
    from salesperf.reports.publishing.order import order_for

    means = _Means(workers, scheduler, limits_of(timeout, memory))
    with batch_log(log_format) as log, _notifying(notify or [], params, log) as notify_of, ended_in_order(_ENDED):
        if (executor == "dask") != bool(scheduler):
            raise RequestError("run: expected --executor dask and --scheduler URL together, got one of them; give both")
        client = read_client(params, period, as_of)
        order = order_for(client, only or [], out, with_sheets=sheets)
        os.environ.pop(_NOTIFY, None)  # may hold passwords, which no notebook needs
        results = (None if force else _nothing_to_do(order, log)) or _published(order, means, log, force=force)
        folder = order.store.address
        log.finished(results, folder)
        notify_of(order, results)
        if failed := [result.report.title for result in results if result.status == "failed"]:
            raise ReportsFailed(
                f"{folder}: expected {counted(len(results), 'report')}, {len(failed)} failed ({listed(failed)}); "
                "failed/ there has the notebooks as far as they came, run-log.json the tracebacks"
            )


def _nothing_to_do(order: Order, log: BatchLog) -> list[Result] | None:
    """The results "unchanged" of all reports, logged, if all are current; else None. The export is not read."""
    from salesperf.cli.progress import BatchStart
    from salesperf.reports.publishing.order import all_current
    from salesperf.reports.result import Result

    current = None
    with suppress(OSError):  # the batch itself reports what cannot be read
        current = all_current(order)
    if current is None:
        return None
    results = [Result(report, "unchanged") for report in current]
    log.started(BatchStart(order.client.name, order.period, len(results)))
    for result in results:
        log.done(result)
    return results


def _published(order: Order, means: _Means, log: BatchLog, *, force: bool) -> list[Result]:
    """Reads the export, builds and publishes the reports of an order; ``force``: also those that are current."""
    from salesperf.cli.progress import BatchStart
    from salesperf.company import work_out_shared
    from salesperf.kernels.imports import modules_of, use_analysis
    from salesperf.reports.building.local import LocalExecutor
    from salesperf.reports.publishing.batch import batch_of
    from salesperf.reports.publishing.publish import publish

    with _executor(order, means) as executor:
        company = checked_company(order.client)
        if use_analysis(modules_of(order.notebooks.values())):
            with tried():  # a report that needs what cannot be worked out fails itself, with the reason
                work_out_shared(company)  # while the kernels' parent starts
        batch = batch_of(order, company.tables)
        log.started(BatchStart(order.client.name, order.period, len(batch.wanted)))
        results = publish(batch, executor, log.done, limits=means.limits, force=force, interrupted=executor.close)
        if isinstance(executor, LocalExecutor) and executor.obstacle:
            log.note(f"each kernel was an ordinary one, started anew: {executor.obstacle}")
        return results


def _executor(order: Order, means: _Means) -> LocalExecutor | DaskExecutor:
    """The executor for an order. Raises RequestError where one for a cluster is wanted and Dask is not installed."""
    if means.scheduler is None:
        from salesperf.reports.building.local import LocalExecutor

        return LocalExecutor(means.workers, order.notebooks.values())
    try:
        from salesperf.reports.cluster.executor import DaskExecutor
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("dask", "distributed"):
            raise
        raise RequestError(
            f"run: --executor dask: expected the package {error.name}, found none; pip install 'salesperf[cluster]'"
        ) from None
    return DaskExecutor(means.scheduler, order.client, order.notebooks.values())


@contextmanager
def _notifying(urls: Sequence[str], params: Path, log: BatchLog) -> Iterator[Callable[[Order, Sequence[Result]], None]]:
    """Yields the function that sends the notice of a batch that ended to the addresses.

    A `SalesperfError` that leaves the block before it was called is sent in its place, and raised again. An address
    that cannot be reached is a warning in the log. Raises RequestError for an address that cannot be used.
    """
    if not urls:
        yield lambda order, results: None
        return
    from salesperf.reports.notice import Notice, check_addresses, notice_of_batch, notice_of_error, send

    is_sent = False

    def deliver(notice: Notice) -> None:
        nonlocal is_sent
        is_sent = True
        for address in send(notice, urls):
            log.warning(f"{address} could not be told; the reports do not depend on it")

    check_addresses(urls)
    try:
        yield lambda order, results: deliver(
            notice_of_batch(order.client.name, order.period, results, order.store.address)
        )
    except SalesperfError as error:
        if not is_sent:
            deliver(notice_of_error(params, error))
        raise
