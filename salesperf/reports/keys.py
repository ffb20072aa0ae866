"""The key of a report: hashes of all that it is made from. Reports with the same key have the same bytes."""

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

Key = Mapping[str, str]  # part (see PARTS) → SHA-256 in hexadecimal

PACKAGE = Path(__file__).resolve().parents[1]
# The parts of a key, in the order in which the cause of a difference is looked for.
PARTS = ("dataset", "client", "notebook", "code", "environment", "parameters")


@dataclass(frozen=True)
class SharedKey:
    """The parts of a key that the reports of a batch share; ``notebooks``: the part for each kind of report.

    `key()` picks the notebook and adds the report's parameters.
    """

    dataset: str
    client: str
    code: str
    environment: str
    notebooks: Mapping[Kind, str]

    def key(self, report: Report, period: str) -> Key:
        """The key of a report of a period, given by its label; "notebook" is "" for a kind that ``notebooks`` lacks."""
        return {
            "dataset": self.dataset,
            "client": self.client,
            "notebook": self.notebooks.get(report.kind, ""),
            "code": self.code,
            "environment": self.environment,
            "parameters": _of_json({**report.parameters, "period": period}),
        }


def shared_key(client: Client, files: Iterable[SourceFile], notebooks: Mapping[Kind, Path]) -> SharedKey:
    """The shared key of a batch, from the content of the files of the export, the client file and the notebooks.

    What was given in place of the client file's own settings is a part of it.
    """
    client_files = [(path.name, fingerprint(path)) for path in client.files()]
    return SharedKey(
        dataset=dataset_hash((file.table, file.written, fingerprint(file.path)) for file in files),
        client=_of_json([*client_files, *sorted(client.options.items())]),
        code=package_code(),
        environment=_of_json(environment()),
        notebooks={kind: _of_notebook(path, client.folder) for kind, path in notebooks.items()},
    )


def dataset_hash(files: Iterable[tuple[str, str, str]]) -> str:
    """The hash of an export; ``files``: of each file the table, its path as the client file gives it, its SHA-256."""
    return _of_json(list(files))


def _of_notebook(notebook: Path, folder: Path) -> str:
    """The hash of a notebook with what it imports besides the package."""
    modules = modules_behind(notebook, folder)
    user_files = [(name, fingerprint(path)) for path, name in modules.user_files.items()]
    return _of_json([fingerprint(notebook), user_files, modules.installed])


def seed_of(key: Key) -> int:
    """The seed of a report's random numbers: 32 bits of the hash of its key."""
    return int(_of_json(key)[:8], 16)


@cache
def package_code() -> str:
    """The hash of all files of the package: modules, templates, style sheets, languages, presets."""
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return _of_json(sorted((path.relative_to(PACKAGE).as_posix(), fingerprint(path)) for path in files))


@cache
def environment() -> dict[str, str]:
    """What a report depends on: the kind of machine, and the versions of Python and of all that salesperf requires.

    Packages that a required package requires are included, by normalized name; those not installed are left out.
    """
    versions: dict[str, str] = {}
    waiting, seen = [("salesperf", "")], set[tuple[str, str]]()
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen or not (distribution := _installed(name)):
            continue
        seen.add((name, extra))
        versions[name] = distribution.version
        for needed, extras, marker in distribution.needs:
            if _applies(marker, extra):
                waiting += [(needed, needed_extra) for needed_extra in ("", *extras)]
    machine = f"{sys.platform} {platform.machine()}"
    return {"machine": machine, "python": platform.python_version(), **dict(sorted(versions.items()))}


class _Distribution(NamedTuple):
    """An installed distribution: its version, and its requirements as normalized name, extras and marker."""

    version: str
    needs: tuple[tuple[str, tuple[str, ...], str], ...]


# Read line by line: parsing some hundred requirements whole, of which most are of extras, takes half a second.
_NEED = re.compile(r"Requires-Dist:\s*([\w.-]+)\s*(?:\[([^\]]*)\])?[^;]*(?:;\s*(.*))?", re.ASCII)
_OF_EXTRA = re.compile(r"(?:.*\band\s+)?extra\s*==\s*['\"]([\w.-]+)['\"]\s*", re.ASCII)


@cache
def _installed(name: str) -> _Distribution | None:
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:  # such as a requirement of another platform alone
        return None
    metadata = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    lines = metadata.partition("\n\n")[0].splitlines()
    version = next((line.partition(":")[2].strip() for line in lines if line.startswith("Version:")), "")
    matches = (match for line in lines if (match := _NEED.fullmatch(line.strip())))
    needs = tuple((canonicalize_name(need[1]), _extras(need[2]), need[3] or "") for need in matches)
    return _Distribution(version, needs)


def _extras(text: str | None) -> tuple[str, ...]:
    return tuple(extra.strip() for extra in text.split(",")) if text else ()


@cache
def _applies(marker: str, extra: str) -> bool:
    """Whether a requirement with this marker ("" for none) holds here, with an extra ("" for none)."""
    of_extra = _OF_EXTRA.fullmatch(marker) if " or " not in marker else None
    if of_extra and canonicalize_name(of_extra[1]) != canonicalize_name(extra):
        return False
    return not marker or Marker(marker).evaluate({"extra": extra})


def _of_json(content: object) -> str:
    """The SHA-256 of content as JSON."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
