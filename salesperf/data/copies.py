"""Copies of the files that a URL names on this machine, made by fsspec."""

import atexit
import glob
import hashlib
import shutil
import tempfile
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec


@cache
def copied(url: str) -> tuple[tuple[str, Path], ...]:
    """The files that a URL names, with or without a pattern: of each its own URL and a copy on this machine.

    Copies are made once in a process and deleted when it ends. Empty where the URL names no file; raises whatever the
    library under fsspec raises.
    """
    system, path = fsspec.url_to_fs(url)
    paths = {_url(system, url, path, file): file for file in _named(system, path)}
    return tuple((name, _copy(system, name, file)) for name, file in paths.items())


def _url(system: Any, url: str, path: str, file: str) -> str:
    """The URL of a file; ``url`` is the URL that names it, ``path`` the path of that in the file system.

    Some file systems have the host in their paths, others not: where the URL ends with its path, the file's path takes
    the place of that.
    """
    return url.removesuffix(path) + file if url.endswith(path) else str(system.unstrip_protocol(file))


def _named(system: Any, path: str) -> list[str]:
    """The files that a path names, sorted. It is a pattern only where no file has that very name, as on a disk."""
    try:
        return [path] if system.info(path)["type"] == "file" else []
    except FileNotFoundError:
        return sorted(file for file in system.glob(path) if system.isfile(file)) if glob.has_magic(path) else []


def _copy(system: Any, url: str, path: str) -> Path:
    """A copy under the file's own name, in a folder for its URL."""
    folder = _copies_folder() / hashlib.sha256(url.encode()).hexdigest()[:16]
    folder.mkdir(exist_ok=True)
    copy = folder / PurePosixPath(path.partition("?")[0] if "://" in path else path).name
    system.get_file(path, str(copy))
    return copy


@cache
def _copies_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="salesperf-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
