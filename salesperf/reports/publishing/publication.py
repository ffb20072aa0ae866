"""Publication on a store: after each report, files and manifest agree, so that a kill leaves nothing half done."""

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
    """Writes a batch to its store: each report as it ends, then index, log and manifest, and removes stale files.

    Used while the store is locked. ``is_finished``: whether the last batch came to its end and left no stale files.
    Methods raise OSError or RequestError where the store cannot be written.
    """

    def __init__(self, batch: Batch) -> None:
        """Reads what the store has. Raises RequestError where the reports of another client are there."""
        self._batch, self._store = batch, batch.order.store
        self._started = time.time()
        runs = earlier_runs(self._store)
        _check_client(batch.order, runs)
        self._sources = dict(sorted({**runs.sources, **_sources(batch.order)}.items()))
        earlier = {entry.report.identity: entry for entry in runs.reports}
        # A sheet that no run has made gets no entry: sheets may not have been asked for.
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
        """Whether a report is current on the store."""
        return is_current(self._entries.get(report.identity), self._batch.key(report), self._store)

    def take(self, built: Built) -> None:
        """Writes the files of a report, or those that its failure left, together with the manifest that names them.

        Where that raises OSError, the manifest's entries stay as they were.
        """
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
        """Writes index, log and manifest when the block ends, also by an exception, unless that is an OSError.

        ``results``: those of the reports that have ended; the block may add to them.
        """
        try:
            yield
        except OSError:
            raise
        except BaseException:
            self._finish(results)
            raise
        self._finish(results)

    def _finish(self, results: Mapping[Identity, Result]) -> None:
        """Writes index and log, and last the manifest with the index: until then the batch counts as unfinished."""
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
        """The files of earlier runs that no entry names any more: of a renamed region, a rep who left, a failure."""
        named = {name.casefold() for entry in self._entries.values() for name in entry.files} | {NAME, INDEX, LOG}
        # Without case: on a file system that ignores case, a region whose name changed only in case has the same file.
        return {name for name in self._earlier_files if name.casefold() not in named}

    def _remove(self, name: str) -> None:
        self._store.remove(name)
        self._earlier_files.discard(name)

    def _kept(self, report: Report) -> ReportEntry | None:
        """The entry of a report if something of it is published."""
        entry = self._entries.get(report.identity)
        return entry if entry and entry.outputs else None

    def _listed(self) -> list[ReportEntry]:
        """The entries in the order of the batch."""
        return [self._entries[report.identity] for report in self._batch.reports if report.identity in self._entries]

    def _manifest(self, index: bytes | None = None) -> bytes:
        batch = self._batch
        content = Manifest(
            client=batch.order.client.name,
            period=batch.order.period,
            **batch.order.client.options,
            sources=self._sources,
            inputs=[InputFile(path=file.path, sha256=file.sha256, rows=file.rows) for file in batch.tables.inputs],
            environment=environment(),
            regions=sum(report.kind == "region" for report in batch.reports),
            sheets=sum(report.kind == "sheet" for report in batch.reports),
            index=None if index is None else output(INDEX, index),
            leaving=sorted(self._leaving()),
            reports=self._listed(),
        )
        return as_json(content.parts())


def _check_client(order: Order, runs: EarlierRuns) -> None:
    """Raises RequestError where the store has the reports of another client: another name and another client file."""
    known = runs.client_file == str(order.client.path.resolve()) or runs.client in ("", order.client.name)
    if not known:
        raise RequestError(
            f"{order.store.address}: expected the reports of {order.client.name!r}, got those of {runs.client!r}; "
            "rename the client file or publish elsewhere with --out, or delete them if it is the same client"
        )


def _sources(order: Order) -> dict[str, Source]:
    """What a batch is made from besides the export: client file, notebooks, package, each with its hash."""
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
