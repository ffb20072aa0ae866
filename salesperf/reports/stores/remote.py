"""Stores of reports that are not on this machine: a folder at any URL that fsspec reaches."""

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

# Protocols of object stores: one put replaces an object as a whole, and folders need not be made.
_OBJECT_STORES = {
    "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "ocilake", "oss", "cos", "cosn", "obs", "tos",
    "memory",
}  # fmt: skip


def folder_of(url: str) -> str | None:
    """The path of a folder of this machine that is named by a URL such as file:///reports; None for other URLs."""
    if not url.startswith(("file://", "local://")):
        return None
    folder: str = LocalFileSystem._strip_protocol(url)
    return folder


@dataclass(frozen=True)
class RemoteStore:
    """A store in a folder at a URL. Its methods raise RequestError, naming the URL, where the store refuses."""

    url: str

    def read(self, name: str) -> bytes | None:
        """The content of a file; None if there is no such file."""
        with _as_request_error(self.place(name)):
            return self._read(self._path(name))

    def write(self, name: str, content: bytes) -> None:
        """Writes a file; whoever reads meanwhile gets the old content or the new one, never a part."""
        with _as_request_error(self.place(name)):
            self._write(self._path(name), content)

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Writes files that belong together, one after another: where one is refused, those before it stay written."""
        for name, content in files.items():
            self.write(name, content)

    def remove(self, name: str) -> None:
        """Removes a file; does nothing if there is no such file."""
        with _as_request_error(self.place(name)):
            self._remove(self._path(name))

    def names(self, folder: str) -> list[str]:
        """The paths of all files in a folder and below it, relative to the store, sorted; "" is the whole store."""
        with _as_request_error(self.place(folder)):
            return self._names(folder)

    def is_littered(self) -> bool:
        """Always False: files being made lie in a temporary folder of the machine that makes them."""
        return False

    @property
    def address(self) -> str:
        """The URL without user, password and query."""
        return masked(self.url).rstrip("/")

    def place(self, name: str) -> str:
        """The URL of a file, as messages show it."""
        return f"{self.address}/{name}"

    @contextmanager
    def locked(self) -> Iterator[Path]:
        """Locks the folder by an object beside it that holds a claim; yields a temporary folder of this machine.

        Raises RequestError where another batch has the lock.
        """
        our_claim = claim().encode()
        with _as_request_error(self.address):
            self._seize(self._lock, our_claim)
        try:
            with tempfile.TemporaryDirectory(prefix="salesperf-", ignore_cleanup_errors=True) as scratch:
                yield Path(scratch).resolve()
        finally:
            with _as_request_error(self.address):
                if self._read(self._lock) == our_claim:
                    self._remove(self._lock)

    @cached_property
    def _store(self) -> tuple[Any, str]:
        """The file system of fsspec, and the folder's path in it."""
        if is_chained(self.url):
            raise RequestError(f"{self.address}: expected a plain URL, got a chain of them; publish at one place")
        with _as_request_error(self.address):
            system, path = fsspec.url_to_fs(self.url)
            return system, path.rstrip("/")

    def _path(self, name: str) -> str:
        return f"{self._store[1]}/{name}"

    @property
    def _lock(self) -> str:
        """The path of the lock: beside the folder, which itself holds only what the client gets."""
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
            paths = system.find(self._path(folder))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(path.removeprefix(f"{root}/") for path in paths)

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

    def _seize(self, path: str, our_claim: bytes) -> None:
        """Makes the lock, or takes over one that an ended batch left. Raises RequestError where a batch still has it.

        Taking over needs a lock of its own, so that one batch at a time does that.
        """
        if self._create(path, our_claim):
            return
        their_claim = self._read(path)
        if their_claim is None or not is_gone(their_claim.decode("utf-8", "replace")):
            raise self._refusal(path, their_claim or b"")
        successor = _beside(path, "next")
        self._seize(successor, our_claim)
        try:
            if self._read(path) != their_claim:  # another batch took over first
                raise self._refusal(path, self._read(path) or b"")
            self._write(path, our_claim)
        finally:
            self._remove(successor)

    def _create(self, path: str, content: bytes) -> bool:
        """Makes a file that did not exist; returns whether it is ours.

        It is read again afterwards, as not every store refuses a second writer.
        """
        if self._read(path) is not None:
            return False
        self._make_folder(path)
        try:
            self._store[0].pipe_file(path, content, mode="create")
        except Exception:  # of a type that depends on the store, also where the file exists by now
            if self._read(path) is None:
                raise
        return self._read(path) == content

    def _refusal(self, path: str, their_claim: bytes) -> RequestError:
        lock = _beside(self.address, "lock") + path.removeprefix(self._lock)
        return RequestError(
            f"{self.address}: expected nobody else to publish here, got "
            f"{claimant(their_claim.decode('utf-8', 'replace'))}; wait for its end, or publish elsewhere with --out "
            f"(if you know that it has ended, delete {lock})"
        )


def _beside(path: str, what: str) -> str:
    """A hidden path in the same folder, such as reports/.2025Q4.lock for reports/2025Q4."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}.{name.removeprefix('.')}.{what}"


@contextmanager
def _as_request_error(place: str) -> Iterator[None]:
    """Turns any error of a store into a RequestError of one line that names the place."""
    try:
        yield
    except RequestError:
        raise
    except Exception as error:  # of a type that depends on the library under fsspec
        reason = masked(str(error)) or type(error).__name__
        raise RequestError(
            f"{place}: expected a place to publish at, got {reason}; check the URL and who may write there"
        ) from None
