"""Builds and publishes the reports that are out of date."""

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
    errno.EXDEV,  # the folder is a disk of its own
)


def publish(
    batch: Batch, executor: Executor, done: Callable[[Result], None], *, limits: Limits, force: bool = False
) -> list[Result]:
    """Builds and publishes what is asked for and not current; ``done`` is called as each report ends.

    A report that fails keeps its last good page; one whose export, client file or notebook changes meanwhile fails.
    What a batch that broke off has not finished is finished. The results are in the order of the wanted reports. Raises
    RequestError where another batch publishes on the same store or nothing may be written there, ReportsFailed where
    the disk is full.
    """
    store = batch.order.store
    with _room(store):
        littered = store.is_littered()  # before that is cleared away
    with _room(store), store.locked() as scratch:
        publication = Publication(batch)
        stale = [report for report in batch.wanted if force or not publication.is_current(report)]
        results = {report.identity: Result(report, "unchanged") for report in batch.wanted if report not in stale}
        for result in results.values():
            done(result)
        with publication.finished(results) if stale or littered or not publication.is_finished else nullcontext():
            for built in _built(batch, stale, executor, limits=limits, scratch=scratch):
                results[built.result.report.identity] = built.result
                publication.take(built)
                done(built.result)
    return [results[report.identity] for report in batch.wanted]


def _built(batch: Batch, stale: list[Report], executor: Executor, *, limits: Limits, scratch: Path) -> Iterator[Built]:
    """What comes of each report."""
    if not stale:
        return
    dataset, watch = scratch / "dataset", Watch(batch.order, batch.tables.inputs)
    try:
        write_dataset(batch.tables, batch.order.client, dataset)
    except Exception:  # what an engine says of a file that is overwritten while it reads depends on the engine
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
    """The failure of a report that would not be what its key says."""
    text, _ = report.failure_files
    return Built(Result(report, "failed", seconds, line, line), {text: f"{line}\n".encode()})


def _job(batch: Batch, report: Report, dataset: Path, *, limits: Limits) -> Job:
    client = batch.order.client
    parameters = {"client": client.path.name, **report.parameters, "period": client.period.label}
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
    """Says in one line that the disk is full, or that nothing may be written, whatever wanted to write."""
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
