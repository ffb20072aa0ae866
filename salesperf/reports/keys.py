"""What a report is made from, as hashes. Two reports with the same key are the same bytes."""

import hashlib
import importlib.metadata
import json
import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
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
    waiting, seen = [Requirement("salesperf")], set[tuple[str, str]]()
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        asked = {(name, extra) for extra in ("", *one.extras)} - seen
        seen |= asked
        if asked and (found := _installed(name)):
            versions[name] = found.version
            wanted = map(Requirement, found.requires or [])
            waiting += [need for need in wanted if any(_applies(need, extra) for _, extra in asked)]
    machine = f"{sys.platform} {platform.machine()}"
    return {"machine": machine, "python": platform.python_version(), **dict(sorted(versions.items()))}


def _applies(need: Requirement, extra: str) -> bool:
    return need.marker is None or need.marker.evaluate({"extra": extra})


def _installed(name: str) -> importlib.metadata.Distribution | None:
    try:
        return importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:  # for another platform
        return None


def _of_json(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
