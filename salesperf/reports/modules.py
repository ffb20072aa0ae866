"""What a notebook imports besides salesperf: the user's own modules as files, installed packages as versions."""

import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from salesperf.kernels.imports import imported, imports_of

_INSTALLED = {"site-packages", "dist-packages"}  # names of folders for packages; the latter is Debian's


@dataclass(frozen=True)
class Modules:
    """What a notebook imports.

    ``user_files``: the files of the user's own modules → their path relative to the folder on Python's path that they
    are imported from; ``installed``: top-level module → version, "" if unknown.
    """

    user_files: Mapping[Path, str]
    installed: Mapping[str, str]


def modules_behind(notebook: Path, folder: Path) -> Modules:
    """What a notebook imports in a kernel that runs in ``folder``, directly or through the user's own modules.

    The user's own modules are those in the folder, and those elsewhere on Python's path, such as ``PYTHONPATH``, that
    are not installed packages. Imports under a name that is computed at run time are not seen.
    """
    user_files: dict[Path, str] = {}
    installed: dict[str, str] = {}
    waiting, seen = _tops(imported(notebook)), set[str]()
    while waiting:
        top = waiting.pop()
        seen.add(top)
        if files := _user_files(top, folder):
            user_files |= files
            texts = (path.read_text("utf-8", errors="replace") for path in files)
            waiting |= _tops(name for text in texts for name in imports_of(text)) - seen
        else:
            installed[top] = _version(top)
    return Modules(dict(sorted(user_files.items(), key=lambda file: file[1])), dict(sorted(installed.items())))


def _tops(names: Iterable[str]) -> set[str]:
    """The top-level modules of dotted names, without salesperf and the standard library."""
    return {name.partition(".")[0] for name in names} - {"salesperf", *sys.stdlib_module_names}


def _user_files(top: str, folder: Path) -> dict[Path, str]:
    """The files of a module of the user's own → their paths relative to its home; empty for any other module."""
    for home in (folder, *_elsewhere(top)):
        candidates = [home / f"{top}.py", *sorted((home / top).rglob("*.py"))]
        if files := {path: path.relative_to(home).as_posix() for path in candidates if path.is_file()}:
            return files
    return {}


def _elsewhere(top: str) -> Iterator[Path]:
    """The folder on Python's path that a module is imported from; nothing for an installed or an unknown module."""
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return
    path = Path(spec.origin if spec and spec.origin else "")
    if path.suffix == ".py" and not _INSTALLED & set(path.parts):
        yield path.parents[1] if path.name == "__init__.py" else path.parent


def _version(top: str) -> str:
    """The version of the distribution that a module belongs to; "" for a module that belongs to none."""
    try:
        return importlib.metadata.version(top)
    except importlib.metadata.PackageNotFoundError:  # the distribution has another name than the module
        names = sorted(set(_distributions().get(top, ())))
        return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)


@cache
def _distributions() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()
