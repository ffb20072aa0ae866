"""Stores of reports: a folder in which every file is whole, and in which one batch at a time publishes."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Protocol

from salesperf.data.sources import is_url
from salesperf.errors import RequestError
from salesperf.reports.stores.lock import claim, claimant


class Store(Protocol):
    """The place of the reports of a client and period. Names of files are paths relative to it, with slashes."""

    def read(self, name: str) -> bytes | None:
        """The content of a file; None if there is no such file."""

    def write(self, name: str, content: bytes) -> None:
        """Writes a file; whoever reads meanwhile gets the old content or the new one, never a part."""

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Writes files that belong together, name → content."""

    def remove(self, name: str) -> None:
        """Removes a file; does nothing if there is no such file."""

    def names(self, folder: str) -> list[str]:
        """The paths of all files in a folder and below it, relative to the store, sorted; "" is the whole store."""

    def is_littered(self) -> bool:
        """Whether a killed batch has left its building folder here."""

    @property
    def address(self) -> str:
        """The folder or URL of the store, as messages show it."""

    def place(self, name: str) -> str:
        """The path or URL of a file, as messages show it."""

    @contextmanager
    def locked(self) -> Iterator[Path]:
        """Locks the store against other batches; yields an empty folder of this machine for files being made.

        Raises RequestError, naming the other batch, where the store is locked.
        """


@dataclass(frozen=True)
class LocalStore:
    """A store in a folder of this machine. Its methods raise OSError where the system refuses."""

    folder: Path

    def read(self, name: str) -> bytes | None:
        """The content of a file; None if there is no such file."""
        try:
            return (self.folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def write(self, name: str, content: bytes) -> None:
        """Writes a file so that not even a power cut leaves a part of it: forced to the disk, then renamed.

        Works under `locked` only, as the building folder holds the file until it is renamed.
        """
        self.write_all({name: content})

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Writes files: all are on the disk before the first is renamed, so that a full disk changes none of them."""
        ready = {self._prepared(name, content): self.folder / name for name, content in files.items()}
        for path in ready.values():
            path.parent.mkdir(parents=True, exist_ok=True)
        for scratch, path in ready.items():
            scratch.replace(path)
        for folder in {path.parent for path in ready.values()}:
            _settle(folder)

    def _prepared(self, name: str, content: bytes) -> Path:
        """The file in the building folder that the content of ``name`` was written to, forced to the disk."""
        scratch = self._building / hashlib.sha256(name.encode()).hexdigest()
        with scratch.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return scratch

    def remove(self, name: str) -> None:
        """Removes a file, if there is one, and the folders in the store that this leaves empty."""
        path = self.folder / name
        with suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()
        for above in PurePath(name).parents[:-1]:
            with suppress(OSError):
                (self.folder / above).rmdir()

    def names(self, folder: str) -> list[str]:
        """The paths of all files in a folder and below it, relative to the store, sorted; "" is the whole store."""
        paths = (self.folder / folder).rglob("*")
        return sorted(path.relative_to(self.folder).as_posix() for path in paths if path.is_file())

    def is_littered(self) -> bool:
        """Whether there is a building folder: of a batch that was killed, or of one that runs now."""
        return self._building.exists()

    @property
    def address(self) -> str:
        """The folder."""
        return str(self.folder)

    def place(self, name: str) -> str:
        """The path or URL of a file, as messages show it."""
        return str(self.folder / name)

    @contextmanager
    def locked(self) -> Iterator[Path]:
        """Locks the folder by a lock of the system; yields the building folder, cleared of what a killed batch left."""
        from filelock import FileLock, Timeout

        self.folder.mkdir(parents=True, exist_ok=True)
        # Who holds the lock stands in a file of its own, as some systems let nobody read a locked file.
        # Whoever may write in the folder may take the lock.
        shared = 0o644 | self.folder.stat().st_mode & 0o022
        lock, holder = FileLock(self._beside("lock"), mode=shared), self._beside("holder")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise RequestError(
                f"{self.folder}: expected nobody else to publish here, got {claimant(_text(holder))}; "
                "wait for its end, or publish elsewhere with --out"
            ) from None
        try:
            holder.write_text(claim(), encoding="utf-8")
            shutil.rmtree(self._building, ignore_errors=True)
            self._building.mkdir(mode=0o700)
            yield self._building.resolve()  # absolute, as processes that build reports have other working folders
        finally:
            shutil.rmtree(self._building, ignore_errors=True)
            with suppress(OSError):
                holder.unlink()
            lock.release()

    @property
    def _building(self) -> Path:
        return self._beside("building")

    def _beside(self, what: str) -> Path:
        """A hidden path beside the folder; the folder itself holds only what the client gets."""
        return self.folder.with_name(f".{self.folder.name}.{what}")


def _text(path: Path) -> str:
    """The text of a file; "" where it cannot be read, such as one just removed."""
    with suppress(OSError):
        return path.read_text("utf-8", "replace")
    return ""


def _settle(folder: Path) -> None:
    """Forces the entries of a folder to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def store_at(base: str, *names: str) -> Store:
    """The store in the folder ``names`` below ``base``, which is a folder of this machine or a URL."""
    if is_url(base):
        from salesperf.reports.stores.remote import RemoteStore, folder_of

        if (local := folder_of(base)) is None:
            return RemoteStore("/".join([base.rstrip("/"), *names]))
        base = local
    folder = Path(base, *names)
    # Resolved, so that lock and building folder are the same whichever link leads there, and on the same disk.
    return LocalStore(folder.resolve() if folder.is_symlink() else folder)
