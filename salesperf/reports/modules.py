"""What a notebook imports besides the package: the user's own modules as files, and what is installed as versions."""

import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from salesperf.kernels.imports import imported, imports_of

_INSTALLED = {"site-packages", "dist-packages"}  # folders that packages are installed in, the system's own too


@dataclass(frozen=True)
class Modules:
    """What is imported: ``own``, file → the path that it goes by; ``installed``, module → version ("" if unknown)."""

    own: Mapping[Path, str]
    installed: Mapping[str, str]


def modules_behind(notebook: Path, folder: Path) -> Modules:
    """What a notebook imports in a kernel that runs in ``folder``, also by way of the user's own modules.

    Own are the modules in the folder, and those elsewhere on Python's path that nobody installed, such as on
    ``PYTHONPATH``. What code imports under a name that it works out is not seen.
    """
    own: dict[Path, str] = {}
    installed: dict[str, str] = {}
    waiting, seen = _tops(imported(notebook)), set[str]()
    while waiting:
        top = waiting.pop()
        seen.add(top)
        if files := _own_files(top, folder):
            own |= files
            texts = (path.read_text("utf-8", errors="replace") for path in files)
            waiting |= _tops(name for text in texts for name in imports_of(text)) - seen
        else:
            installed[top] = _version(top)
    return Modules(dict(sorted(own.items(), key=lambda one: one[1])), dict(sorted(installed.items())))


def _tops(names: Iterable[str]) -> set[str]:
    return {name.partition(".")[0] for name in names} - {"salesperf", *sys.stdlib_module_names}


def _own_files(top: str, folder: Path) -> dict[Path, str]:
    """The files of a module of the user's own, with the paths that they have wherever it lies."""
    for home in (folder, *_elsewhere(top)):
        files = [home / f"{top}.py", *sorted((home / top).rglob("*.py"))]
        if found := {path: path.relative_to(home).as_posix() for path in files if path.is_file()}:
            return found
    return {}


def _elsewhere(top: str) -> Iterator[Path]:
    """The folder on Python's path that a module is imported from, unless it is one that packages are installed in."""
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return
    path = Path(spec.origin if spec and spec.origin else "")
    if path.suffix == ".py" and not _INSTALLED & set(path.parts):
        yield path.parents[1] if path.name == "__init__.py" else path.parent


def _version(top: str) -> str:
    """The version of what is installed under a module's name; "" for what nobody installed."""
    try:
        return importlib.metadata.version(top)
    except importlib.metadata.PackageNotFoundError:  # not the name that it was installed under
        names = sorted(set(_distributions().get(top, ())))
        return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)


@cache
def _distributions() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()
