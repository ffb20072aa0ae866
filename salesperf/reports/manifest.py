"""The manifest of a batch: what was made of what, byte-stable; all that changes from run to run goes to the log."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from salesperf.data.sources import Input
from salesperf.reports.keys import Key
from salesperf.reports.report import Identity, Report
from salesperf.reports.shelf import Shelf

Entry = dict[str, Any]
NAME = "manifest.json"


def as_json(content: Any) -> bytes:
    """JSON with a fixed layout."""
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def read_manifest(shelf: Shelf) -> Entry:
    """The manifest on a shelf; empty where there is none that can be read."""
    try:
        found = json.loads(shelf.read(NAME) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def entries(manifest: Entry) -> dict[Identity, Entry]:
    """The entries of a manifest's reports."""
    return {(one["region"], one.get("rep", "")): one for one in manifest.get("reports", []) if "key" in one}


def published_entry(report: Report, key: Key, files: Mapping[str, bytes]) -> Entry:
    """The entry of a report that was published."""
    hashes = [{"path": name, "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()]
    return _identity(report) | {"status": "published", "key": dict(key), "outputs": hashes, "error": None}


def failed_entry(report: Report, error: str, kept: Entry | None) -> Entry:
    """The entry of a report that failed; what an earlier run published of it stays."""
    outputs, key = (kept["outputs"], kept["key"]) if kept else ([], None)
    return _identity(report) | {"status": "failed", "key": key, "outputs": outputs, "error": error}


def missing_entry(report: Report) -> Entry:
    """The entry of a report that no run has made yet."""
    return _identity(report) | {"status": "missing", "key": None, "outputs": [], "error": None}


def is_current(entry: Entry | None, key: Key, shelf: Shelf) -> bool:
    """Whether a report lies on the shelf as it would be made again."""
    return bool(entry and entry["status"] == "published" and entry["key"] == key and is_intact(entry, shelf))


def is_intact(entry: Entry, shelf: Shelf) -> bool:
    """Whether the outputs of an entry lie on the shelf as they were published."""
    return all(hash_of(shelf.read(one["path"])) == one["sha256"] for one in entry["outputs"])


def hash_of(content: bytes | None) -> str | None:
    """The SHA-256 of a file's content, None for no file."""
    return None if content is None else hashlib.sha256(content).hexdigest()


def manifest(
    client: str,
    period: str,
    *,
    sources: Mapping[str, Mapping[str, str]],
    inputs: Iterable[Input],
    environment: Mapping[str, str],
    sheets: int,
    reports: Iterable[Entry],
) -> Entry:
    """The manifest of a batch; ``sources``: what else went in, by name and hash; ``sheets``: how many there can be."""
    return {
        "client": client,
        "period": period,
        "sources": sources,
        "inputs": [{"path": one.path, "sha256": one.sha256, "rows": one.rows} for one in inputs],
        "environment": environment,
        "sheets": sheets,
        "reports": list(reports),
    }


def _identity(report: Report) -> Entry:
    """What the manifest says of which report it is: a sheet names its rep by id and by name."""
    rep = {"rep": report.rep, "name": report.name} if report.kind == "sheet" else {}
    return {"kind": report.kind, "region": report.region, **rep}
