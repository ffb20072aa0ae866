"""Publishing into a store: after each report, files and manifest agree, so that a kill leaves nothing half done."""

import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from salesperf.data.sources import fingerprint
from salesperf.errors import RequestError
from salesperf.reports.keys import environment
from salesperf.reports.publishing.batch import Batch
from salesperf.reports.publishing.index import index_page
from salesperf.reports.publishing.manifest import (
    INDEX,
    LOG,
    NAME,
    EarlierRuns,
    InputFile,
    Manifest,
    ReportEntry,
    Source,
    as_json,
    earlier_runs,
    failed_entry,
    is_current,
    is_finished,
    missing_entry,
    output,
    published_entry,
)
from salesperf.reports.publishing.order import NOTEBOOK_SETTINGS, Order
from salesperf.reports.publishing.unbroken import unbroken
from salesperf.reports.report import FAILED, Identity, Report
from salesperf.reports.result import Built, Result


class Publication:
    """A store while a batch publishes: what lies there, each report as it ends, then index, log and manifest."""

    def __init__(self, batch: Batch) -> None:
        self._batch, self._store = batch, batch.order.store
        self._started = time.time()
        runs = earlier_runs(self._store)
        _check_client(batch.order, runs)
        self._sources = dict(sorted({**runs.sources, **_sources(batch.order)}.items()))
        earlier = {report.report.identity: report for report in runs.reports}
        # A sheet that no run has made has no entry, as nobody asked for it.
        self._entries = {
            report.identity: earlier.get(report.identity) or missing_entry(report)
            for report in batch.reports
            if report.kind == "region" or report.identity in earlier
        }
        failures = {name for report in batch.reports for name in report.failure_files}
        self._earlier_files = {name for entry in earlier.values() for name in entry.files} | set(runs.leaving)
        self._earlier_files |= failures & set(self._store.names(FAILED))
        self.is_finished = is_finished(runs, self._store) and not self._leaving()

    def is_current(self, report: Report) -> bool:
        """Whether there is nothing to do for a report."""
        return is_current(self._entries.get(report.identity), self._batch.key(report), self._store)

    def take(self, built: Built) -> None:
        """Publishes a report, or keeps what is left of a failure for whoever looks into it."""
        report, failure = built.result.report, built.result.error
        if failure:
            entry = failed_entry(report, failure, self._kept(report), built.files)
        else:
            entry = published_entry(report, self._batch.key(report), built.files)
        earlier, self._entries = self._entries, {**self._entries, report.identity: entry}
        try:
            with unbroken():
                self._store.write_all({**built.files, NAME: self._manifest()})
        except OSError:
            self._entries = earlier
            raise
        for name in self._leaving().intersection(report.failure_files):
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
        self._store.write(NAME, self._manifest())
        reports, current = self._listed(), {report.identity: self._batch.key(report) for report in self._batch.reports}
        index = index_page(self._batch.order.client, self._store, reports, current=current).encode()
        self._store.write(INDEX, index)
        for name in self._leaving():
            self._remove(name)
        ended = [results[report.identity] for report in self._batch.wanted if report.identity in results]
        self._store.write(LOG, as_json(_log(self._batch.order, ended, self._started)))
        self._store.write(NAME, self._manifest(index))

    def _leaving(self) -> set[str]:
        """The files of earlier runs that no report has any more: of a region renamed, a rep who left, a failure."""
        own = {name.casefold() for entry in self._entries.values() for name in entry.files} | {NAME, INDEX, LOG}
        # Where case does not count, the file of a region that is written otherwise now is that of the region.
        return {name for name in self._earlier_files if name.casefold() not in own}

    def _remove(self, name: str) -> None:
        self._store.remove(name)
        self._earlier_files.discard(name)

    def _kept(self, report: Report) -> ReportEntry | None:
        entry = self._entries.get(report.identity)
        return entry if entry and entry.outputs else None

    def _listed(self) -> list[ReportEntry]:
        return [self._entries[report.identity] for report in self._batch.reports if report.identity in self._entries]

    def _manifest(self, index: bytes | None = None) -> bytes:
        batch = self._batch
        content = Manifest(
            client=batch.order.client.name,
            period=batch.order.period,
            sources=self._sources,
            inputs=[
                InputFile(path=source.path, sha256=source.sha256, rows=source.rows) for source in batch.tables.inputs
            ],
            environment=environment(),
            regions=sum(report.kind == "region" for report in batch.reports),
            sheets=sum(report.kind == "sheet" for report in batch.reports),
            index=None if index is None else output(INDEX, index),
            leaving=sorted(self._leaving()),
            reports=self._listed(),
        )
        return as_json(content.parts())


def _check_client(order: Order, runs: EarlierRuns) -> None:
    """Raises RequestError where the reports of another client lie; a client whose name has changed is the same one."""
    known = runs.client_file == str(order.client.path.resolve()) or runs.client in ("", order.client.name)
    if not known:
        raise RequestError(
            f"{order.store.address}: expected the reports of {order.client.name!r}, got those of {runs.client!r}; "
            "rename the client file or publish elsewhere with --out, or delete them if it is the same client"
        )


def _sources(order: Order) -> dict[str, Source]:
    """What goes into a batch besides the export, each with its hash."""
    notebooks = {NOTEBOOK_SETTINGS[kind]: path for kind, path in order.notebooks.items()}
    named = {"client_file": order.client.path, **notebooks}
    files = {name: Source(path=path.name, sha256=fingerprint(path)) for name, path in named.items()}
    return files | {"code": Source(path="salesperf", sha256=order.shared_key.code)}


def _log(order: Order, results: Iterable[Result], started: float) -> dict[str, object]:
    return {
        "client_file": str(order.client.path.resolve()),
        "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        "seconds": round(time.time() - started, 3),
        "host": platform.node(),
        "process": os.getpid(),
        "reports": [_logged(result) for result in results],
    }


def _logged(result: Result) -> dict[str, object]:
    rep = {"rep": result.report.rep} if result.report.rep else {}
    outcome = {
        "state": result.status,
        "seconds": round(result.seconds, 3),
        "error": result.error,
        "details": result.details,
    }
    return {"region": result.report.region, **rep, **outcome}
