"""The batch: builds those reports of a client that are not there as they would be made again, and publishes them."""

import errno
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from salesperf.data.sources import fingerprint
from salesperf.data.tables import Tables, keep, slice_file
from salesperf.errors import ReportsFailed, RequestError
from salesperf.reports.execute import Job
from salesperf.reports.index import index_page
from salesperf.reports.keys import Key, environment, seed_of
from salesperf.reports.local import Executor
from salesperf.reports.manifest import (
    FAILED,
    INDEX,
    LOG,
    NAME,
    Entry,
    as_json,
    entries,
    failed_entry,
    failures_of,
    files_of,
    is_current,
    is_finished,
    manifest,
    missing_entry,
    published_entry,
    read_manifest,
)
from salesperf.reports.order import SOURCES, Order
from salesperf.reports.report import Identity, Report, region_reports, sheets
from salesperf.reports.result import Built, Limits, Result
from salesperf.reports.shelf import Shelf
from salesperf.reports.watch import Watch

_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG)


@dataclass(frozen=True)
class Batch:
    """All reports of a client, and those asked for; ``tables``: what they are made from."""

    order: Order
    tables: Tables
    reports: tuple[Report, ...]
    wanted: tuple[Report, ...]

    def key(self, report: Report) -> Key:
        """What a report is made from."""
        return self.order.grounds.key(report, self.order.period)


def plan(order: Order, tables: Tables) -> Batch:
    """The batch for an order. Raises RequestError for a region that the export does not have."""
    regions = [tables.check_region(region) for region in order.only] or tables.regions()
    known = [*region_reports(tables.regions()), *sheets(tables.staff(), order.client.period)]
    wanted = [one for one in known if one.kind in order.kinds and one.region in regions]
    return Batch(order, tables, tuple(known), tuple(wanted))


def publish(
    batch: Batch, executor: Executor, done: Callable[[Result], None], *, limits: Limits, force: bool = False
) -> list[Result]:
    """Builds and publishes what is asked for and not current; ``done`` is called as each report ends.

    A report that fails keeps its last good page; one whose export, client file or notebook changes meanwhile fails.
    What a batch that broke off has not finished is finished. The results are in the order of the wanted reports. Raises
    RequestError where another batch publishes on the same shelf or nothing may be written there, ReportsFailed where
    the disk is full.
    """
    shelf = batch.order.shelf
    with _room(shelf):
        littered = shelf.is_littered()  # before that is cleared away
    with _room(shelf), shelf.kept() as scratch:
        site = _Site(batch)
        stale = [one for one in batch.wanted if force or not site.is_current(one)]
        results = {one.identity: Result(one, "unchanged") for one in batch.wanted if one not in stale}
        for result in results.values():
            done(result)
        with site.finished(results) if stale or littered or not site.is_finished else nullcontext():
            for built in _built(batch, stale, executor, limits, scratch):
                results[built.result.report.identity] = built.result
                site.take(built)
                done(built.result)
    return [results[one.identity] for one in batch.wanted]


def _built(batch: Batch, stale: list[Report], executor: Executor, limits: Limits, scratch: Path) -> Iterator[Built]:
    """What comes of each report. The first of each kind works out for all others what concerns the whole company."""
    if not stale:
        return
    dataset, watch = scratch / "dataset", Watch(batch.order, batch.tables.inputs)
    try:
        keep(batch.tables, batch.order.client, dataset)
    except Exception:  # what an engine says of a file that is overwritten while it reads depends on the engine
        if not all(watch.change(one) for one in stale):
            raise
        yield from (_overtaken(one, watch.change(one)) for one in stale)
        return
    jobs = [_job(batch, report, limits, dataset) for report in stale]
    firsts = list({job.notebook: job for job in reversed(jobs)}.values())
    for phase in [*([job] for job in firsts), [job for job in jobs if job not in firsts]]:
        changes = {job.report.identity: watch.change(job.report) for job in phase}
        yield from (_overtaken(job.report, line) for job in phase if (line := changes[job.report.identity]))
        for built in executor.run(job for job in phase if not changes[job.report.identity]):
            line = "" if built.result.error else watch.change(built.result.report)
            yield _overtaken(built.result.report, line, built.result.seconds) if line else built


def _overtaken(report: Report, line: str, seconds: float = 0.0) -> Built:
    """The failure of a report that would not be what its key says."""
    return Built(Result(report, "failed", seconds, line, line), {f"{report.failed}.txt": f"{line}\n".encode()})


def _job(batch: Batch, report: Report, limits: Limits, dataset: Path) -> Job:
    client = batch.order.client
    parameters = {"client": client.path.name, **report.parameters, "period": client.period.label}
    return Job(
        report,
        batch.order.notebooks[report.kind].resolve(),
        parameters,
        client.folder.resolve(),
        seed_of(batch.key(report)),
        slice_file(dataset, report.region),
        limits,
    )


class _Site:
    """The shelf while a batch publishes: every report that ends leaves it whole, with a manifest that is true."""

    def __init__(self, batch: Batch) -> None:
        self._batch, self._shelf = batch, batch.order.shelf
        self._started = time.time()
        found = read_manifest(self._shelf)
        self._sources = dict(sorted({**found["sources"], **_sources(batch.order)}.items()))
        earlier = entries(found)
        # A sheet that no run has made has no entry, as nobody asked for it.
        self._entries = {
            one.identity: earlier.get(one.identity) or missing_entry(one)
            for one in batch.reports
            if one.kind == "region" or one.identity in earlier
        }
        failures = {name for one in batch.reports for name in failures_of(one.file)}
        self._were = {name for one in earlier.values() for name in files_of(one)} | set(found["leaving"])
        self._were |= failures & set(self._shelf.names(FAILED))
        self.is_finished = is_finished(found, self._shelf) and not self._leaving()

    def is_current(self, report: Report) -> bool:
        """Whether there is nothing to do for a report."""
        return is_current(self._entries.get(report.identity), self._batch.key(report), self._shelf)

    def take(self, built: Built) -> None:
        """Publishes a report, or keeps what is left of a failure for whoever looks into it."""
        report, failure = built.result.report, built.result.error
        if failure:
            entry = failed_entry(report, failure, self._kept(report), built.files)
        else:
            entry = published_entry(report, self._batch.key(report), built.files)
        self._entries[report.identity] = entry
        self._shelf.write_all({**built.files, NAME: self._manifest()})
        for name in failures_of(report.file) & self._leaving():
            self._remove(name)

    @contextmanager
    def finished(self, results: Mapping[Identity, Result]) -> Iterator[None]:
        """Writes index and log at the end, also at one before its time, unless nothing more can be written."""
        try:
            yield
        except OSError:
            raise
        except BaseException:
            self._finish(results)
            raise
        self._finish(results)

    def _finish(self, results: Mapping[Identity, Result]) -> None:
        """The manifest names the index last of all: until then, the next run knows that there is something to do."""
        self._shelf.write(NAME, self._manifest())
        reports, current = self._listed(), {one.identity: self._batch.key(one) for one in self._batch.reports}
        index = index_page(self._batch.order.client, self._shelf, reports, current).encode()
        self._shelf.write(INDEX, index)
        for name in self._leaving():
            self._remove(name)
        ended = [results[one.identity] for one in self._batch.wanted if one.identity in results]
        self._shelf.write(LOG, as_json(_log(self._batch.order, ended, self._started)))
        self._shelf.write(NAME, self._manifest(index))

    def _leaving(self) -> set[str]:
        """The files of earlier runs that no report has any more: of a region renamed, a rep who left, a failure."""
        own = {name.casefold() for one in self._entries.values() for name in files_of(one)} | {NAME, INDEX, LOG}
        # Where case does not count, the file of a region that is written otherwise now is that of the region.
        return {name for name in self._were if name.casefold() not in own}

    def _remove(self, name: str) -> None:
        self._shelf.remove(name)
        self._were.discard(name)

    def _kept(self, report: Report) -> Entry | None:
        entry = self._entries.get(report.identity)
        return entry if entry and entry["outputs"] else None

    def _listed(self) -> list[Entry]:
        return [self._entries[one.identity] for one in self._batch.reports if one.identity in self._entries]

    def _manifest(self, index: bytes | None = None) -> bytes:
        client = self._batch.order.client
        content = manifest(
            client.name,
            client.period.label,
            sources=self._sources,
            inputs=self._batch.tables.inputs,
            environment=environment(),
            sheets=sum(one.kind == "sheet" for one in self._batch.reports),
            reports=self._listed(),
            index=index,
            leaving=self._leaving(),
        )
        return as_json(content)


def _sources(order: Order) -> dict[str, dict[str, str]]:
    """What goes into a batch besides the export, each with its hash."""
    named = {"client_file": order.client.path, **{SOURCES[kind]: path for kind, path in order.notebooks.items()}}
    files = {name: {"path": path.name, "sha256": fingerprint(path)} for name, path in named.items()}
    return files | {"code": {"path": "salesperf", "sha256": order.grounds.code}}


@contextmanager
def _room(shelf: Shelf) -> Iterator[None]:
    """Says in one line that the disk is full, or that nothing may be written, whatever wanted to write."""
    try:
        yield
    except OSError as error:
        place = shelf.place("").rstrip("/")
        if error.errno in _FULL:
            raise ReportsFailed(
                f"{place}: expected room for the reports, got a full disk; make room and run again: "
                "what was published before is as it was"
            ) from None
        if error.errno in _CLOSED:
            raise RequestError(
                f"{place}: expected a folder to publish in, got {error.strerror!r} at {error.filename}; "
                "make it writable, or publish elsewhere with --out"
            ) from None
        raise


def _log(order: Order, results: Iterable[Result], started: float) -> dict[str, object]:
    return {
        "client_file": str(order.client.path.resolve()),
        "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        "seconds": round(time.time() - started, 3),
        "host": platform.node(),
        "process": os.getpid(),
        "reports": [_logged(one) for one in results],
    }


def _logged(one: Result) -> dict[str, object]:
    rep = {"rep": one.report.rep} if one.report.rep else {}
    told = {"state": one.state, "seconds": round(one.seconds, 3), "error": one.error, "details": one.details}
    return {"region": one.report.region, **rep, **told}
