"""What commands keep of an export in the user's cache folder: the engine's answers and company-wide results.

Entries are named by the hashes of what they are made from. The folder is readable by its owner alone, limited to
`LARGEST` bytes, and safe for several processes at once. Where there can be none, or it is not the user's alone, nothing
is kept, without a message. Reports and `verify` never read it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from salesperf.data.sources import Input, SourceFile, fingerprint, source_files
from salesperf.data.tables import Engine, Tables
from salesperf.params import Client

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

LARGEST = 512_000_000  # bytes of all that is kept
_PACKAGE = Path(__file__).parents[1]
_LIBRARIES = ("duckdb", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy")  # their results or objects are kept
_TABLES, _CLIENT = "tables.json", "client.json"
Load = Callable[[Client], Tables]
State = tuple[tuple[str, int, int], ...]  # of each file: path, size in bytes, time of the last change in ns


@dataclass(frozen=True)
class Remembered:
    """What the cache has of a client.

    ``path``: the client file; ``exports``: the number of states of the export that are kept; ``size``: their bytes.
    """

    path: str
    exports: int
    size: int


def cached_tables(client: Client, load: Load) -> Tables:
    """The tables of a client: from the cache where the same files were read in the same way before, else by ``load``.

    Tables from the cache read the export only when a query is asked whose answer is not kept.

    Raises DataError and RequestError as ``load`` does.
    """
    root = cache_folder()
    if root is None:
        return load(client)
    files = source_files(client)
    state = _state(files)
    hashes = [(file.table, file.written, fingerprint(file.path)) for file in files]
    folder = _folder_of(root, client.path) / _hash([hashes, _how_read(client)])
    answers = Answers(folder, files, state)
    with suppress(OSError, ValueError, KeyError, TypeError):
        return _remembered(_LoadedLater(client, load), answers).of_client(client)
    tables = load(client)
    if sorted((file.path, file.sha256) for file in tables.inputs) == sorted((name, sha) for _, name, sha in hashes):
        answers.put(_TABLES, json.dumps(_known(tables)).encode())
        answers.put(f"../{_CLIENT}", json.dumps(str(client.path.resolve())).encode())
        return replace(tables, results=answers)
    return tables  # a file has changed while it was read: the hashes are not those of what was loaded


def cache_folder() -> Path | None:
    """The user's cache folder, made if need be; None where there can be none, or it is not the user's alone."""
    if os.name == "posix" and not (os.environ.get("HOME") or os.environ.get("XDG_CACHE_HOME")):
        return None
    with suppress(OSError, RuntimeError):
        folder = platformdirs.user_cache_path("salesperf", appauthor=False)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder if _is_private(folder) else None
    return None


def remembered_clients() -> list[Remembered]:
    """What is kept, sorted by client file."""
    root = cache_folder()
    clients = []
    for folder in sorted(root.iterdir()) if root else []:
        with suppress(OSError, ValueError):
            exports = [path for path in folder.iterdir() if path.is_dir()]
            client_file = json.loads(_split((folder / _CLIENT).read_bytes())[1])
            clients.append(Remembered(str(client_file), len(exports), sum(map(_size, exports))))
    return sorted(clients, key=lambda client: client.path)


def forget(client_file: Path | None = None) -> None:
    """Deletes all that is kept, or what is kept of one client; an error in doing so is ignored."""
    if root := cache_folder():
        for folder in [_folder_of(root, client_file)] if client_file else list(root.iterdir()):
            shutil.rmtree(folder, ignore_errors=True)


class Answers:
    """The results kept of one state of an export (see `Results`): a file each, under a name, led by its SHA-256.

    A file is there whole or not at all. Errors in keeping are ignored, as the cache only saves time.
    """

    def __init__(self, folder: Path, files: Sequence[SourceFile], state: State) -> None:
        self._folder, self._files, self._state = folder, files, state

    def get(self, name: str) -> bytes | None:
        """What is kept under a name; None where nothing is, or where its bytes have changed since."""
        try:
            digest, content = _split((self._folder / name).read_bytes())
        except OSError:
            return None
        return content if digest == hashlib.sha256(content).digest() else None

    def use(self, name: str) -> None:
        """Notes that something is used now, so that it is deleted late. Raises OSError where it is not kept."""
        os.utime(self._folder / name)

    def lock(self, name: str) -> AbstractContextManager[object]:
        """No lock: two commands at the same time may both work a result out."""
        return nullcontext()

    def put(self, name: str, content: bytes) -> None:
        """Keeps something under a name, unless the files of the export have changed since they were hashed."""
        with suppress(OSError):
            if _state(self._files) != self._state:
                return
            for folder in (self._folder.parent, self._folder):
                folder.mkdir(mode=0o700, exist_ok=True)
            place = self._folder / name
            handle, scratch = tempfile.mkstemp(dir=self._folder, prefix=".")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(content).digest() + content)
                Path(scratch).replace(place)
            except OSError:
                Path(scratch).unlink(missing_ok=True)
            _make_room(self._folder)


class _LoadedLater:
    """An engine that reads the export only when it is first used."""

    def __init__(self, client: Client, load: Load) -> None:
        self._client, self._load = client, load

    @cached_property
    def _engine(self) -> Engine:
        return self._load(self._client).engine

    def answer(self, question: str) -> pa.Table:
        """The result of an SQL query over the tables, by their names."""
        return self._engine.answer(question)

    def table(self, name: str) -> ir.Table:
        """A table as an Ibis expression."""
        return self._engine.table(name)

    def slice_of(self, region: str) -> Engine:
        """An engine with a region's slice of every table."""
        return self._engine.slice_of(region)

    def listed(self, day: date) -> Engine:
        """An engine with the list of reps of another day."""
        return self._engine.listed(day)


def _split(content: bytes) -> tuple[bytes, bytes]:
    """The SHA-256 that leads a kept file, and the content behind it."""
    return content[: hashlib.sha256().digest_size], content[hashlib.sha256().digest_size :]


def _remembered(engine: Engine, answers: Answers) -> Tables:
    """The tables as they were when the export was read. Raises OSError, ValueError, KeyError or TypeError
    where they are not kept, or not in this form.
    """
    known = json.loads(answers.get(_TABLES) or b"")
    answers.use(_TABLES)
    days = {(table, column): (first, last) for table, column, first, last in known["spans"]}
    return Tables(
        engine,
        known["rows"],
        {(table, column): count for table, column, count in known["filled"]},
        {place: (date.fromisoformat(first), date.fromisoformat(last)) for place, (first, last) in days.items()},
        tuple(Input(**fields | {"zones": tuple(fields["zones"])}) for fields in known["inputs"]),
        results=answers,
    )


def _known(tables: Tables) -> dict[str, Any]:
    """What is known of tables, as values for JSON; `_remembered` reads them."""
    return {
        "rows": dict(tables.rows),
        "filled": [[*place, count] for place, count in tables.filled.items()],
        "spans": [[*place, *map(str, days)] for place, days in tables.spans.items()],
        "inputs": [vars(file) for file in tables.inputs],
    }


def _how_read(client: Client) -> list[str]:
    """What besides the files determines the results: the client's mapping and definitions, code, library versions."""
    code = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.*")):
        if path.suffix in (".py", ".yml"):
            code.update(path.read_bytes())
    settings = client.settings
    parts = [settings.source.model_dump_json(), settings.definitions.model_dump_json(), settings.currency]
    return [*parts, code.hexdigest(), *map(version, _LIBRARIES)]


def _state(files: Iterable[SourceFile]) -> State:
    statuses = [(str(file.path), file.path.stat()) for file in files]
    return tuple((path, status.st_size, status.st_mtime_ns) for path, status in statuses)


def _folder_of(root: Path, client_file: Path) -> Path:
    return root / _hash(str(client_file.resolve()))


def _hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


def _is_private(folder: Path) -> bool:
    """Whether a folder (and no link) belongs to the user, and nobody else has any right to it; on Windows always."""
    if os.name != "posix":
        return True
    about = folder.lstat()
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and not about.st_mode & 0o077


def _make_room(used: Path) -> None:
    """Deletes the exports used longest ago until all take at most `LARGEST` bytes; never the folder in use."""
    exports = [folder for folder in _exports(used.parent.parent) if folder != used]
    sizes = {folder: _size(folder) for folder in exports}
    most = LARGEST - _size(used)
    for folder in sorted(exports, key=_last_used):
        if sum(sizes.values()) <= most:
            return
        sizes.pop(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _exports(root: Path) -> Iterator[Path]:
    """The folders of all exports of all clients."""
    for client in root.iterdir():
        yield from (path for path in client.iterdir() if path.is_dir())


def _last_used(folder: Path) -> float:
    with suppress(OSError):
        return (folder / _TABLES).stat().st_mtime
    return 0.0


def _size(folder: Path) -> int:
    """The bytes of the files in a folder; one that another process deletes meanwhile counts 0."""
    total = 0
    for path in folder.iterdir():
        with suppress(OSError):
            total += path.stat().st_size
    return total
