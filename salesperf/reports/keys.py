"""What a report is made from, as hashes. Two reports with the same key are the same bytes."""

import hashlib
import importlib.metadata
import json
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from salesperf.data.sources import SourceFile, fingerprint
from salesperf.params import Client
from salesperf.reports.modules import modules_behind
from salesperf.reports.report import Kind, Report

Key = Mapping[str, str]

PACKAGE = Path(__file__).resolve().parents[1]
# What a report is made from, in the order in which a difference is looked for.
PARTS = ("dataset", "client", "notebook", "code", "environment", "parameters")


@dataclass(frozen=True)
class SharedKey:
    """The parts of the key that all reports of a batch share; `key()` adds the notebook and the report's parameters."""

    dataset: str
    client: str
    code: str
    environment: str
    notebooks: Mapping[Kind, str]

    def key(self, report: Report, period: str) -> Key:
        """The key of a report: what it is made from, part by part; "" for a notebook that is not asked for."""
        return {
            "dataset": self.dataset,
            "client": self.client,
            "notebook": self.notebooks.get(report.kind, ""),
            "code": self.code,
            "environment": self.environment,
            "parameters": _of_json({**report.parameters, "period": period}),
        }


def shared_key(client: Client, files: Iterable[SourceFile], notebooks: Mapping[Kind, Path]) -> SharedKey:
    """What the keys of a batch share, from the files themselves."""
    return SharedKey(
        dataset=dataset_hash((one.table, one.written, fingerprint(one.path)) for one in files),
        client=_of_json([(one.name, fingerprint(one)) for one in client.files()]),
        code=package_code(),
        environment=_of_json(environment()),
        notebooks={kind: _of_notebook(path, client.folder) for kind, path in notebooks.items()},
    )


def dataset_hash(files: Iterable[tuple[str, str, str]]) -> str:
    """The hash of an export: of each file the table, the path as the client file has it, and the SHA-256."""
    return _of_json(list(files))


def _of_notebook(notebook: Path, folder: Path) -> str:
    """The hash of a notebook with what it imports besides the package."""
    modules = modules_behind(notebook, folder)
    own = [(name, fingerprint(path)) for path, name in modules.own.items()]
    return _of_json([fingerprint(notebook), own, modules.installed])


def seed_of(key: Key) -> int:
    """What a report's random numbers start from."""
    return int(_of_json(key)[:8], 16)


@cache
def package_code() -> str:
    """The hash of the package: its modules, templates, style sheets, words and presets."""
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return _of_json(sorted((path.relative_to(PACKAGE).as_posix(), fingerprint(path)) for path in files))


@cache
def environment() -> dict[str, str]:
    """The versions that a report depends on: Python's, and those of all that salesperf requires, directly or not."""
    versions: dict[str, str] = {}
    waiting, seen = [("salesperf", "")], set[tuple[str, str]]()
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen or not (found := _installed(name)):
            continue
        seen.add((name, extra))
        versions[name] = found.version
        for needed, extras, marker in found.needs:
            if _applies(marker, extra):
                waiting += [(needed, one) for one in ("", *extras)]
    machine = f"{sys.platform} {platform.machine()}"
    return {"machine": machine, "python": platform.python_version(), **dict(sorted(versions.items()))}


class _Distribution(NamedTuple):
    """An installed distribution: its version, and what it needs as name, extras and marker."""

    version: str
    needs: tuple[tuple[str, tuple[str, ...], str], ...]


# Read line by line: parsing some hundred requirements whole, of which most are of extras, takes half a second.
_NEED = re.compile(r"Requires-Dist:\s*([\w.-]+)\s*(?:\[([^\]]*)\])?[^;]*(?:;\s*(.*))?", re.ASCII)
_OF_EXTRA = re.compile(r"(?:.*\band\s+)?extra\s*==\s*['\"]([\w.-]+)['\"]\s*", re.ASCII)


@cache
def _installed(name: str) -> _Distribution | None:
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:  # for another platform
        return None
    lines = (found.read_text("METADATA") or found.read_text("PKG-INFO") or "").partition("\n\n")[0].splitlines()
    version = next((line.partition(":")[2].strip() for line in lines if line.startswith("Version:")), "")
    needs = (need for line in lines if (need := _NEED.fullmatch(line.strip())))
    return _Distribution(version, tuple((canonicalize_name(one[1]), _extras(one[2]), one[3] or "") for one in needs))


def _extras(text: str | None) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",")) if text else ()


@cache
def _applies(marker: str, extra: str) -> bool:
    of_extra = _OF_EXTRA.fullmatch(marker) if " or " not in marker else None
    if of_extra and canonicalize_name(of_extra[1]) != canonicalize_name(extra):
        return False
    return not marker or Marker(marker).evaluate({"extra": extra})


def _of_json(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
