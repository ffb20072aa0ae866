"""The manifest of a batch: what was made of what, byte-stable; all that changes from run to run goes to the log."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from salesperf.data.sources import Input
from salesperf.reports.keys import PARTS, Key
from salesperf.reports.report import Identity, Report
from salesperf.reports.shelf import Shelf

Entry = dict[str, Any]
NAME = "manifest.json"
INDEX = "index.html"
LOG = "run-log.json"
FAILED = "failed"  # the folder of what is left of failures
_OF_REPORT: Mapping[str, type] = {"kind": str, "region": str, "status": str, "outputs": list}
_OF_KIND: Mapping[str, Mapping[str, type]] = {"region": {}, "sheet": {"rep": str, "name": str}}
_OF_STATUS: Mapping[str, Mapping[str, type]] = {"published": {}, "missing": {}, "failed": {"error": str}}


def as_json(content: Any) -> bytes:
    """JSON with a fixed layout."""
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def found_manifest(shelf: Shelf) -> Entry:
    """The manifest on a shelf, whatever is in it; empty where there is none that can be read."""
    try:
        found = json.loads(shelf.read(NAME) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_manifest(shelf: Shelf) -> Entry:
    """The manifest on a shelf without what is not as it should be: it may be damaged, or of an earlier version.

    Where an entry is left out, so is the index: it is not that of the reports that are known now.
    """
    found = found_manifest(shelf)
    sources, reports = found.get("sources"), found.get("reports")
    named = sources.items() if isinstance(sources, dict) else ()
    known = [one for one in _listed(reports) if is_entry(one)]
    return found | {
        "sources": {name: one for name, one in named if has(one, {"path": str, "sha256": str})},
        "reports": known,
        "index": found.get("index") if known == reports else None,
        "leaving": [name for name in _listed(found.get("leaving")) if lies_inside(name)],
    }


def entries(manifest: Entry) -> dict[Identity, Entry]:
    """The entries of a manifest's reports."""
    return {(one["region"], one.get("rep", "")): one for one in manifest["reports"]}


def is_entry(content: Any) -> bool:
    """Whether something is the entry of a report: what there is of it, and what that was made from."""
    if not has(content, _OF_REPORT):
        return False
    outputs, left = content["outputs"], content.get("left", [])
    return (
        "key" in content
        and content["kind"] in _OF_KIND
        and has(content, _OF_KIND[content["kind"]])
        and ("rep" in content) == (content["kind"] == "sheet")
        and content["status"] in _OF_STATUS
        and has(content, _OF_STATUS[content["status"]])
        and (bool(outputs) or content["status"] != "published")
        and (not outputs or has(content.get("key"), dict.fromkeys(PARTS, str)))
        and all(has(one, {"path": str, "sha256": str}) and lies_inside(one["path"]) for one in outputs)
        and isinstance(left, list)
        and all(map(lies_inside, left))
    )


def lies_inside(name: Any) -> bool:
    """Whether something is a name that leads to nowhere but into the folder: a manifest may come from anybody."""
    if not isinstance(name, str) or not name or any(sign in name for sign in "\\:\0"):
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def has(content: Any, parts: Mapping[str, type]) -> bool:
    """Whether something is an object with these parts, each of its type."""
    return isinstance(content, dict) and all(isinstance(content.get(name), kind) for name, kind in parts.items())


def files_of(entry: Entry) -> set[str]:
    """All files that an entry speaks of: what is published, and what is left of a failure."""
    return {one["path"] for one in entry["outputs"]} | set(entry.get("left", []))


def published_entry(report: Report, key: Key, files: Mapping[str, bytes]) -> Entry:
    """The entry of a report that was published."""
    hashes = [{"path": name, "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()]
    return _identity(report) | {"status": "published", "key": dict(key), "outputs": hashes, "error": None}


def failed_entry(report: Report, error: str, kept: Entry | None, left: Iterable[str] = ()) -> Entry:
    """The entry of a report that failed; what an earlier run published of it stays; ``left``: files of the failure."""
    outputs, key = (kept["outputs"], kept["key"]) if kept else ([], None)
    told = {"status": "failed", "key": key, "outputs": outputs, "error": error, "left": sorted(left)}
    return _identity(report) | told


def missing_entry(report: Report) -> Entry:
    """The entry of a report that no run has made yet."""
    return _identity(report) | {"status": "missing", "key": None, "outputs": [], "error": None}


def is_current(entry: Entry | None, key: Key, shelf: Shelf) -> bool:
    """Whether a report lies on the shelf as it would be made again."""
    return bool(entry and entry["status"] == "published" and entry["key"] == key and is_intact(entry, shelf))


def is_intact(entry: Entry, shelf: Shelf) -> bool:
    """Whether the outputs of an entry lie on the shelf as they were published."""
    return all(hash_of(shelf.read(one["path"])) == one["sha256"] for one in entry["outputs"])


def is_finished(manifest: Entry, shelf: Shelf) -> bool:
    """Whether the last batch came to its end: index and log are there, and no failure of what is published is left."""
    told: Any = manifest.get("index")
    if not has(told, {"sha256": str}) or shelf.read(LOG) is None:
        return False
    if hash_of(shelf.read(INDEX)) != told["sha256"]:
        return False
    left = set(shelf.names(FAILED))
    published = (one for one in manifest["reports"] if one["status"] == "published")
    return not any(left & failures_of(one["outputs"][0]["path"].removesuffix(".html")) for one in published)


def failures_of(file: str) -> set[str]:
    """What may be left of a failure of the report that has a file name."""
    return {f"{FAILED}/{file}{ending}" for ending in (".txt", ".ipynb")}


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
    index: bytes | None = None,
    leaving: Iterable[str] = (),
) -> Entry:
    """The manifest of a batch; ``sources``: what else went in, by name and hash; ``sheets``: how many there can be.

    ``index``: the index, None until it is written; ``leaving``: files that no report has any more, and that are still
    to be taken away.
    """
    left = sorted(leaving)
    return {
        "client": client,
        "period": period,
        "sources": sources,
        "inputs": [{"path": one.path, "sha256": one.sha256, "rows": one.rows} for one in inputs],
        "environment": environment,
        "sheets": sheets,
        "index": None if index is None else {"path": INDEX, "sha256": hash_of(index)},
        **({"leaving": left} if left else {}),
        "reports": list(reports),
    }


def _listed(content: Any) -> list[Any]:
    return content if isinstance(content, list) else []


def _identity(report: Report) -> Entry:
    """What the manifest says of which report it is: a sheet names its rep by id and by name."""
    rep = {"rep": report.rep, "name": report.name} if report.kind == "sheet" else {}
    return {"kind": report.kind, "region": report.region, **rep}
