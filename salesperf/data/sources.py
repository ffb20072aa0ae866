"""The files of a client's export, before any is opened: on this machine, or at a URL that fsspec can read."""

import glob
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from salesperf.errors import DataError
from salesperf.params import TABLE_NAMES, Client

_USER = re.compile(r"(?<=://)[^/\s]*@")
_QUERY = re.compile(r"(https?://[^\s?]+)\?[^\s'\"]*")


@dataclass(frozen=True)
class Input:
    """One file that went into a report: its path as the client file gives it, SHA-256 and number of rows.

    ``zones``: those by which its zoned times are dated, none where it has no such times.
    """

    path: str
    sha256: str
    rows: int
    zones: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceFile:
    """One file of a table; ``written``: as the client file names it; ``path``: where it can be read on this machine."""

    table: str
    written: str
    path: Path


def fingerprint(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def source_files(client: Client) -> list[SourceFile]:
    """The files of all tables, by table in the order of `TABLE_NAMES`; a file that a table names twice counts once.

    A file at a URL is copied to this machine first. Raises DataError where one is missing or cannot be copied.
    """
    return [file for table in TABLE_NAMES for file in _of_table(client, table)]


def matching(folder: Path, written: str) -> list[str]:
    """The files that a path or pattern of the client file names, relative to ``folder``; those of a pattern sorted.

    Empty when there are none. A path without a pattern may also name a folder, which the caller must refuse.
    """
    place = (
        folder / written
    )  # os.path, other than Path, takes a path that no system can have for one that does not exist
    if os.path.isfile(place) or not glob.has_magic(written):
        return [written] if os.path.exists(place) else []
    paths = glob.glob(written, root_dir=folder, recursive=True)
    return sorted(Path(path).as_posix() for path in paths if (folder / path).is_file())


def is_url(written: str) -> bool:
    """Whether a file is named by a URL such as s3://bucket/orders.csv.

    >>> is_url("s3://bucket/orders.csv"), is_url("C:/export/orders.csv"), is_url("orders.csv")
    (True, False, False)
    """
    return "://" in written


def is_chained(url: str) -> bool:
    """Whether a URL is one of fsspec's chains, such as zip://orders.csv::s3://bucket/export.zip."""
    return "::" in url


def masked(text: str) -> str:
    """A text with user names, passwords and queries (signatures) left out of the URLs in it.

    >>> masked("sftp://me:secret@host/in/orders.csv"), masked("https://host/orders.csv?signature=secret")
    ('sftp://host/in/orders.csv', 'https://host/orders.csv?...')
    """
    return _QUERY.sub(r"\1?...", _USER.sub("", text))


@contextmanager
def named_as_written(files: Iterable[SourceFile]) -> Iterator[None]:
    """Context manager: a DataError raised inside names the URL of a file instead of the path of its copy."""
    try:
        yield
    except DataError as error:
        message = str(error)
        for file in files:
            message = message.replace(str(file.path), file.written) if is_url(file.written) else message
        raise DataError(message) from None


def _of_table(client: Client, table: str) -> list[SourceFile]:
    files: dict[Path, SourceFile] = {}
    for place, pattern in enumerate(client.settings.source.files(table)):
        paths = _copies(client, table, place) if is_url(pattern) else _local(client, table, place)
        for written, path in paths:
            files.setdefault(path.resolve(), SourceFile(table, written, path))
    return list(files.values())


def _local(client: Client, table: str, place: int) -> Iterator[tuple[str, Path]]:
    """The files of a path or pattern: of each its name as written and its path. Raises DataError where none is."""
    pattern = client.settings.source.files(table)[place]
    paths = {name: client.folder / name for name in matching(client.folder, pattern)}
    for path in paths.values():
        if path.is_dir():
            raise _unusable(client, table, place, "a file", f"a folder; name its files, such as {pattern}/*.csv")
        if not path.is_file():
            raise _unusable(client, table, place, "a file", "a device; name a file on a disk")
    if not paths:
        expected = "files" if glob.has_magic(pattern) else "a file"
        raise _unusable(client, table, place, expected, "none; check the path")
    yield from paths.items()


def _unusable(client: Client, table: str, place: int, expected: str, got: str) -> DataError:
    """The error to raise about a table's file, by its position in the client file's list."""
    line = client.document.line(("source", table, place))
    written = client.settings.source.files(table)[place]
    where = masked(written) if is_url(written) else client.folder / written
    return DataError(f"{client.path}:{line}: {table}: expected {expected} at {where}, got {got}")


def _copies(client: Client, table: str, place: int) -> Iterator[tuple[str, Path]]:
    """The files of a URL: of each the URL (see `masked`) and its copy. Raises DataError where there is none."""
    url = client.settings.source.files(table)[place]
    if is_chained(url):
        raise _unusable(client, table, place, "a plain URL", "a chain of them; unpack it, and name the file in it")
    try:
        copies = _copied(url)
    except Exception as error:  # the libraries under fsspec raise what they like
        reason = masked(str(error)) or type(error).__name__
        raise _unusable(
            client, table, place, "a readable file", f"{reason}; check the URL and who may read it"
        ) from None
    if not copies:
        raise _unusable(client, table, place, "a file", "none; check the URL")
    yield from copies


def _copied(url: str) -> tuple[tuple[str, Path], ...]:
    from salesperf.data.copies import copied

    return tuple((masked(name), copy) for name, copy in copied(url))
