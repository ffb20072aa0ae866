"""The manifest of a batch: what was made of what, byte-stable; all that changes from run to run goes to the log."""

import importlib.metadata
import json
import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from salesperf.data.files import Input, fingerprint
from salesperf.reports.report import Key, Report

Entry = dict[str, Any]


def write_atomically(path: Path, text: str) -> None:
    """Writes a file so that whoever looks sees the old one or the new one, never a part."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_text(text, encoding="utf-8", newline="\n")
    scratch.replace(path)


def as_json(content: Any) -> str:
    """JSON with a fixed layout."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def environment() -> dict[str, str]:
    """The versions that a report depends on: Python's and those of the packages that salesperf requires."""
    required = importlib.metadata.requires("salesperf") or []
    names = sorted({match[0].lower() for one in required if (match := re.match(r"[\w.-]+", one))})
    versions = {name: importlib.metadata.version(name) for name in ["salesperf", *names]}
    return {"python": platform.python_version(), **versions}


def report_entry(report: Report, folder: Path, dataset: str) -> Entry:
    """The entry of a report that was published; ``dataset`` says from which state of the inputs."""
    hashes = [{"path": output, "sha256": fingerprint(folder / output)} for output in report.outputs]
    return _identity(report) | {"status": "published", "dataset": dataset, "outputs": hashes, "error": None}


def failed_entry(report: Report, error: str, kept: Entry | None) -> Entry:
    """The entry of a report that failed; what an earlier run published of it stays."""
    outputs, dataset = (kept["outputs"], kept["dataset"]) if kept else ([], None)
    return _identity(report) | {"status": "failed", "dataset": dataset, "outputs": outputs, "error": error}


def missing_entry(report: Report) -> Entry:
    """The entry of a report that no run has made yet."""
    return _identity(report) | {"status": "missing", "dataset": None, "outputs": [], "error": None}


def earlier_entries(folder: Path) -> dict[Key, Entry]:
    """The entries of the manifest that lies in the folder, for reports that still lie there too."""
    found = _earlier(folder).get("reports", [])
    there = [one for one in found if all((folder / out["path"]).is_file() for out in one["outputs"])]
    return {(one["region"], one.get("rep", "")): {"kind": "region"} | one for one in there}


def earlier_sources(folder: Path) -> dict[str, Entry]:
    """The sources that the manifest in the folder names: files with their SHA-256."""
    sources: dict[str, Entry] = _earlier(folder).get("sources", {})
    return sources


def _earlier(folder: Path) -> Entry:
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _identity(report: Report) -> Entry:
    """What the manifest says of which report it is: a sheet names its rep by id and by name."""
    rep = {"rep": report.rep, "name": report.name} if report.kind == "sheet" else {}
    return {"kind": report.kind, "region": report.region, **rep}


def manifest(
    client: str, period: str, sources: Mapping[str, Path], inputs: tuple[Input, ...], reports: list[Entry]
) -> Entry:
    """The manifest of a batch; ``sources`` names what else went in: the client file and the notebook."""
    return {
        "client": client,
        "period": period,
        "sources": {name: {"path": path.name, "sha256": fingerprint(path)} for name, path in sources.items()},
        "inputs": [{"path": one.path, "sha256": one.sha256, "rows": one.rows} for one in inputs],
        "environment": environment(),
        "reports": reports,
    }
