"""What has changed since a report was built: the parts of its key then and now, compared and put into words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from salesperf.data.sources import fingerprint
from salesperf.errors import listed
from salesperf.reports.keys import PARTS, environment
from salesperf.reports.publishing.batch import Batch
from salesperf.reports.publishing.manifest import Manifest, ReportEntry
from salesperf.reports.publishing.order import NOTEBOOK_SETTINGS
from salesperf.reports.report import Report

Cause = Literal[
    "tampered output",
    "unfinished batch",
    "input changed",
    "client file changed",
    "notebook changed",
    "code changed",
    "environment changed",
    "randomness",
    "time",
    "cannot be rebuilt",
]
CAUSES: Mapping[str, Cause] = {  # part of a key → the cause of a difference where that part has changed
    "dataset": "input changed",
    "client": "client file changed",
    "notebook": "notebook changed",
    "code": "code changed",
    "environment": "environment changed",
    # Region, rep and period follow from which report it is: only an edit of the manifest changes them.
    "parameters": "tampered output",
}


@dataclass(frozen=True)
class Change:
    """A part of a key that has changed: the cause that it stands for, and a line that says what is known of it."""

    cause: Cause
    reason: str


def changed_parts(entry: ReportEntry, batch: Batch) -> list[str]:
    """The parts of a report's key that have changed, in the order of `PARTS`."""
    before, now = entry.key or {}, batch.key(entry.report)
    return [part for part in PARTS if before.get(part) != now[part]]


def changes(manifest: Manifest, entry: ReportEntry, batch: Batch) -> list[Change]:
    """What has changed since a report was built, in the order of `PARTS`; empty where its key is the same.

    The manifest names files and packages as they were in the last run. Where an earlier run built this report, the
    reason may only say that something has changed.
    """
    parts = changed_parts(entry, batch)
    return [Change(CAUSES[part], _reason(part, manifest, entry.report, batch=batch)) for part in parts]


def _reason(part: str, manifest: Manifest, report: Report, *, batch: Batch) -> str:
    match part:
        case "dataset":
            return _inputs(manifest, batch)
        case "client":
            return _client_file(manifest, batch)
        case "notebook":
            return _notebook(manifest, report, batch)
        case "code":
            return _code(manifest)
        case "environment":
            return _packages(manifest)
    return "the manifest's key is not that of this report"


def _inputs(manifest: Manifest, batch: Batch) -> str:
    before = {file.path: file.sha256 for file in manifest.inputs}
    now = {file.path: file.sha256 for file in batch.tables.inputs}
    lines = [f"{path} is gone" for path in before if path not in now]
    lines += [f"{path} is new" for path in now if path not in before]
    lines += [_replaced(path, before[path], now[path]) for path in now if path in before and before[path] != now[path]]
    return _joined(lines) or "the export is not the one that this report was built from"


def _client_file(manifest: Manifest, batch: Batch) -> str:
    client_file, *parts = batch.order.client.files()
    before, now = _hash_then(manifest, "client_file"), fingerprint(client_file)
    if before and before != now:
        return _replaced(client_file.name, before, now)
    named = f", or what it refers to ({', '.join(path.name for path in parts)})," if parts else ""
    return f"{client_file.name}{named} is not the one that this report was built from"


def _notebook(manifest: Manifest, report: Report, batch: Batch) -> str:
    path = batch.order.notebooks[report.kind]
    before, now = _hash_then(manifest, NOTEBOOK_SETTINGS[report.kind]), fingerprint(path)
    if before != now:
        return _replaced(path.name, before, now)
    return f"a module that {path.name} imports is another one now"


def _code(manifest: Manifest) -> str:
    before, now = manifest.environment.get("salesperf"), environment().get("salesperf")
    versions = f"version {before} then, {now} now" if before != now else f"version {now}, but other files"
    return f"the package salesperf is not the one that built this report ({versions})"


def _packages(manifest: Manifest) -> str:
    before, now = manifest.environment, environment()
    names = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    lines = [f"{name} {before.get(name, 'not there')} then, {now.get(name, 'not there')} now" for name in names]
    return _joined(lines) or "its packages are not those that built this report"


def _hash_then(manifest: Manifest, source: str) -> str:
    """The hash of a source in the last run; "" where the manifest does not name it."""
    return manifest.sources[source].sha256 if source in manifest.sources else ""


def _replaced(name: str, before: str, now: str) -> str:
    return f"{name} is not as it was (SHA-256 {before[:8]}… then, {now[:8]}… now)" if before else f"{name} is new"


def _joined(changes: list[str]) -> str:
    return listed(changes, most=5, separator="; ")
