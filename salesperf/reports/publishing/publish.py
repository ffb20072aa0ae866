"""Builds and publishes the reports of a batch that are not current."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from salesperf.data.loading import dataset_file, write_dataset
from salesperf.errors import ReportsFailed, RequestError
from salesperf.reports.building.job import Job
from salesperf.reports.building.local import Executor
from salesperf.reports.keys import seed_of
from salesperf.reports.publishing.batch import Batch
from salesperf.reports.publishing.publication import Publication
from salesperf.reports.publishing.watch import Watch
from salesperf.reports.report import Report
from salesperf.reports.result import Built, Limits, Result
from salesperf.reports.stores.store import Store

_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.ENAMETOOLONG,
    errno.EXDEV,  # the folder is a mount point, so that no file can be renamed into it
)


def publish(
    batch: Batch,
    executor: Executor,
    done: Callable[[Result], None],
    *,
    limits: Limits,
    force: bool = False,
    interrupted: Callable[[], None] = lambda: None,
) -> list[Result]:
    """Builds and publishes the wanted reports that are not current, with ``force`` all; returns results in their order.

    ``done`` is called with each result as its report ends, ``interrupted`` where Ctrl-C ends the batch: it is to end
    what the executor still runs. A report that fails keeps its last good page; a report whose export, client file or
    notebook changes while it is built fails. What an interrupted batch left unfinished is completed. Raises
    RequestError where another batch publishes on the store, where it has another client's reports or nothing may be
    written there; ReportsFailed where the disk is full or the cluster is lost.
    """
    store = batch.order.store
    with _room(store):
        littered = store.is_littered()  # asked first, as `locked` clears the building folder
    with _room(store), store.locked() as scratch:
        publication = Publication(batch)
        stale = [report for report in batch.wanted if force or not publication.is_current(report)]
        results = {report.identity: Result(report, "unchanged") for report in batch.wanted if report not in stale}
        for result in results.values():
            done(result)
        try:
            with publication.finished(results) if stale or littered or not publication.is_finished else nullcontext():
                for built in _built(batch, stale, executor, limits=limits, scratch=scratch):
                    results[built.result.report.identity] = built.result
                    publication.take(built)
                    done(built.result)
        except KeyboardInterrupt:
            interrupted()  # before the scratch folder goes: a kernel that starts without it makes one elsewhere
            raise
    return [results[report.identity] for report in batch.wanted]


def _built(batch: Batch, stale: list[Report], executor: Executor, *, limits: Limits, scratch: Path) -> Iterator[Built]:
    """The results of the stale reports, with their files, as they end."""
    if not stale:
        return
    dataset, watch = scratch / "dataset", Watch(batch.order, batch.tables.inputs)
    try:
        write_dataset(batch.tables, batch.order.client, dataset)
    except Exception:  # of a type that depends on the engine, where a file changes while it is read
        if not all(watch.change(report) for report in stale):
            raise
        yield from (_overtaken(report, watch.change(report)) for report in stale)
        return
    changes = {report.identity: watch.change(report) for report in stale}
    yield from (_overtaken(report, line) for report in stale if (line := changes[report.identity]))
    jobs = [_job(batch, report, dataset, limits=limits) for report in stale if not changes[report.identity]]
    for built in executor.run(jobs):
        line = "" if built.result.error else watch.change(built.result.report)
        yield _overtaken(built.result.report, line, built.result.seconds) if line else built


def _overtaken(report: Report, line: str, seconds: float = 0.0) -> Built:
    """The failed result of a report whose files changed meanwhile, so that it would not be what its key says."""
    text, _ = report.failure_files
    return Built(Result(report, "failed", seconds, line, line), {text: f"{line}\n".encode()})


def _job(batch: Batch, report: Report, dataset: Path, *, limits: Limits) -> Job:
    client = batch.order.client
    parameters = {"client": client.path.name, **report.parameters, "period": client.period.label, **client.options}
    return Job(
        report,
        batch.order.notebooks[report.kind].resolve(),
        parameters,
        client.folder.resolve(),
        seed_of(batch.key(report)),
        dataset_file(dataset),
        limits,
    )


@contextmanager
def _room(store: Store) -> Iterator[None]:
    """Turns the OSError of a full disk into ReportsFailed, that of a folder not writable into RequestError."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise ReportsFailed(
                f"{store.address}: expected room for the reports, got a full disk; make room and run again: "
                "what was published before is as it was"
            ) from None
        if error.errno in _CLOSED:
            raise RequestError(
                f"{store.address}: expected a folder to publish in, got {error.strerror!r} at {error.filename}; "
                "make it writable, or publish elsewhere with --out"
            ) from None
        raise
