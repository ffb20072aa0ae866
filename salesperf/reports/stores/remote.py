"""Where reports lie when that is not this machine: a folder at any URL that fsspec reaches."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from salesperf.data.sources import is_chained, masked
from salesperf.errors import RequestError
from salesperf.reports.stores.lock import claim, claimant, is_gone

# Where one put shows the old object or the new one, and folders need not be made.
_OBJECT_STORES = {
    "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "ocilake", "oss", "cos", "cosn", "obs", "tos",
    "memory",
}  # fmt: skip


def folder_of(url: str) -> str | None:
    """The folder that a URL such as file:///reports names on this machine; None for one of elsewhere."""
    if not url.startswith(("file://", "local://")):
        return None
    folder: str = LocalFileSystem._strip_protocol(url)
    return folder


@dataclass(frozen=True)
class RemoteStore:
    """A folder at a URL. Its methods raise RequestError, naming the URL, where the store refuses."""

    url: str

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where there is none."""
        with _asked(self.place(name)):
            return self._read(self._path(name))

    def write(self, name: str, content: bytes) -> None:
        """Lays a file down; whoever reads meanwhile finds the old one or the new one, never a part."""
        with _asked(self.place(name)):
            self._write(self._path(name), content)

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Lays files down that belong together, one after another."""
        for name, content in files.items():
            self.write(name, content)

    def remove(self, name: str) -> None:
        """Takes a file away, where there is one."""
        with _asked(self.place(name)):
            self._remove(self._path(name))

    def names(self, folder: str) -> list[str]:
        """The files in a folder and in those that it has, by name."""
        with _asked(self.place(folder)):
            return self._names(folder)

    def is_littered(self) -> bool:
        """Never: what is being made lies in a temporary folder of the machine that makes it."""
        return False

    @property
    def address(self) -> str:
        """The URL, without what only its owner should know."""
        return masked(self.url).rstrip("/")

    def place(self, name: str) -> str:
        """Where a file lies, for people."""
        return f"{self.address}/{name}"

    @contextmanager
    def locked(self) -> Iterator[Path]:
        """Nobody else publishes here meanwhile: there is an object beside the folder that only one can make."""
        own = claim().encode()
        with _asked(self.address):
            self._seize(self._lock, own)
        try:
            with tempfile.TemporaryDirectory(prefix="salesperf-", ignore_cleanup_errors=True) as scratch:
                yield Path(scratch).resolve()
        finally:
            with _asked(self.address):
                if self._read(self._lock) == own:
                    self._remove(self._lock)

    @cached_property
    def _store(self) -> tuple[Any, str]:
        """The file system, and the folder's path in it."""
        if is_chained(self.url):
            raise RequestError(f"{self.address}: expected a plain URL, got a chain of them; publish at one place")
        with _asked(self.address):
            system, path = fsspec.url_to_fs(self.url)
            return system, path.rstrip("/")

    def _path(self, name: str) -> str:
        return f"{self._store[1]}/{name}"

    @property
    def _lock(self) -> str:
        """Beside the folder, not in it: what lies in it is for the client."""
        return _beside(self._store[1], "lock")

    def _read(self, path: str) -> bytes | None:
        try:
            content: bytes = self._store[0].cat_file(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return content

    def _names(self, folder: str) -> list[str]:
        system, root = self._store
        system.invalidate_cache()
        try:
            found = system.find(self._path(folder))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(one.removeprefix(f"{root}/") for one in found)

    def _write(self, path: str, content: bytes) -> None:
        system = self._store[0]
        if self._is_object_store:
            system.pipe_file(path, content)
            return
        self._make_folder(path)
        scratch = _beside(path, "part")
        system.pipe_file(scratch, content)
        system.mv(scratch, path)

    def _remove(self, path: str) -> None:
        with suppress(FileNotFoundError):
            self._store[0].rm_file(path)

    def _make_folder(self, path: str) -> None:
        if not self._is_object_store:
            self._store[0].makedirs(path.rpartition("/")[0], exist_ok=True)

    @property
    def _is_object_store(self) -> bool:
        protocol = self._store[0].protocol
        return not _OBJECT_STORES.isdisjoint([protocol] if isinstance(protocol, str) else protocol)

    def _seize(self, path: str, own: bytes) -> None:
        """Makes the lock, or takes over that of a batch that has ended without a word; one at a time does that."""
        if self._create(path, own):
            return
        found = self._read(path)
        if found is None or not is_gone(found.decode("utf-8", "replace")):
            raise self._refusal(path, found or b"")
        successor = _beside(path, "next")
        self._seize(successor, own)
        try:
            if self._read(path) != found:  # somebody else was faster
                raise self._refusal(path, self._read(path) or b"")
            self._write(path, own)
        finally:
            self._remove(successor)

    def _create(self, path: str, content: bytes) -> bool:
        """Makes a file, where there is none; not every store can promise that two cannot, so it is read again."""
        if self._read(path) is not None:
            return False
        self._make_folder(path)
        try:
            self._store[0].pipe_file(path, content, mode="create")
        except Exception:  # stores say in many ways that there is one now
            if self._read(path) is None:
                raise
        return self._read(path) == content

    def _refusal(self, path: str, found: bytes) -> RequestError:
        lock = _beside(self.address, "lock") + path.removeprefix(self._lock)
        return RequestError(
            f"{self.address}: expected nobody else to publish here, got "
            f"{claimant(found.decode('utf-8', 'replace'))}; wait for its end, or publish elsewhere with --out "
            f"(if you know that it has ended, delete {lock})"
        )


def _beside(path: str, what: str) -> str:
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}.{name.removeprefix('.')}.{what}"


@contextmanager
def _asked(place: str) -> Iterator[None]:
    """Says in one line what a store refuses."""
    try:
        yield
    except RequestError:
        raise
    except Exception as error:  # the libraries under fsspec raise what they like
        told = masked(str(error)) or type(error).__name__
        raise RequestError(
            f"{place}: expected a place to publish at, got {told}; check the URL and who may write there"
        ) from None
