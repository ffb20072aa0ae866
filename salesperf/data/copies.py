"""Files that a URL names, copied to this machine by fsspec."""

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
    """The files that a URL names, each with its URL and as a copy for as long as this process runs."""
    system, path = fsspec.url_to_fs(url)
    found = {_url(system, url, path, one): one for one in _named(system, path)}
    return tuple((name, _copy(system, name, one)) for name, one in found.items())


def _url(system: Any, url: str, path: str, one: str) -> str:
    """The URL of a file that a URL with that path names; some systems have the host in their paths, others not."""
    return url.removesuffix(path) + one if url.endswith(path) else str(system.unstrip_protocol(one))


def _named(system: Any, path: str) -> list[str]:
    """The files that a path with or without a pattern names; as on a disk, a file of that very name comes first."""
    try:
        return [path] if system.info(path)["type"] == "file" else []
    except FileNotFoundError:
        return sorted(one for one in system.glob(path) if system.isfile(one)) if glob.has_magic(path) else []


def _copy(system: Any, url: str, path: str) -> Path:
    """A copy, under the name that the file has."""
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
