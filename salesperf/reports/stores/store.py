"""Where reports lie: a folder in which a file is whole or is not there, and where one batch publishes at a time."""

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
    """The reports of a client and period; names are relative, with slashes."""

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where there is none."""

    def write(self, name: str, content: bytes) -> None:
        """Lays a file down; whoever reads meanwhile finds the old one or the new one, never a part."""

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Lays files down that belong together."""

    def remove(self, name: str) -> None:
        """Takes a file away, where there is one."""

    def names(self, folder: str) -> list[str]:
        """The files in a folder and in those that it has, by name."""

    def is_littered(self) -> bool:
        """Whether a killed batch has left its building folder here."""

    @property
    def address(self) -> str:
        """Where it is, for people."""

    def place(self, name: str) -> str:
        """Where a file lies, for people."""

    @contextmanager
    def locked(self) -> Iterator[Path]:
        """Nobody else publishes here meanwhile; gives a building folder of this machine for what is being made.

        Raises RequestError, saying who, where somebody else does.
        """


@dataclass(frozen=True)
class LocalStore:
    """A folder of this machine."""

    folder: Path

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where there is none."""
        try:
            return (self.folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def write(self, name: str, content: bytes) -> None:
        """Lays a file down, so that not even a power cut leaves a part of it."""
        self.write_all({name: content})

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Lays files down: where there is no room for one, all stay as they were."""
        ready = {self._ready(name, content): self.folder / name for name, content in files.items()}
        for path in ready.values():
            path.parent.mkdir(parents=True, exist_ok=True)
        for scratch, path in ready.items():
            scratch.replace(path)
        for folder in {path.parent for path in ready.values()}:
            _settle(folder)

    def _ready(self, name: str, content: bytes) -> Path:
        """A file's content on the disk, though not yet in its place."""
        scratch = self._building / hashlib.sha256(name.encode()).hexdigest()
        with scratch.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return scratch

    def remove(self, name: str) -> None:
        """Takes a file away, where there is one, and the folders that are left empty."""
        path = self.folder / name
        with suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()
        for above in PurePath(name).parents[:-1]:
            with suppress(OSError):
                (self.folder / above).rmdir()

    def names(self, folder: str) -> list[str]:
        """The files in a folder and in those that it has, by name."""
        found = (self.folder / folder).rglob("*")
        return sorted(one.relative_to(self.folder).as_posix() for one in found if one.is_file())

    def is_littered(self) -> bool:
        """Whether there is a building folder: of a batch that was killed, or of one that runs now."""
        return self._building.exists()

    @property
    def address(self) -> str:
        """The folder."""
        return str(self.folder)

    def place(self, name: str) -> str:
        """Where a file lies, for people."""
        return str(self.folder / name)

    @contextmanager
    def locked(self) -> Iterator[Path]:
        """Nobody else publishes here meanwhile; what a killed batch has left in its building folder is cleared away."""
        from filelock import FileLock, Timeout

        self.folder.mkdir(parents=True, exist_ok=True)
        # Who holds it stands in a file of its own: where the lock is one of the system's, its file cannot be read.
        # Whoever may publish in the folder may take the lock.
        shared = 0o644 | self.folder.stat().st_mode & 0o022
        lock, told = FileLock(self._beside("lock"), mode=shared), self._beside("holder")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise RequestError(
                f"{self.folder}: expected nobody else to publish here, got {claimant(_text(told))}; "
                "wait for its end, or publish elsewhere with --out"
            ) from None
        try:
            told.write_text(claim(), encoding="utf-8")
            shutil.rmtree(self._building, ignore_errors=True)
            self._building.mkdir(mode=0o700)
            yield self._building.resolve()  # those who build have working folders of their own
        finally:
            shutil.rmtree(self._building, ignore_errors=True)
            with suppress(OSError):
                told.unlink()
            lock.release()

    @property
    def _building(self) -> Path:
        return self._beside("building")

    def _beside(self, what: str) -> Path:
        """Beside the folder, not in it: what lies in it is for the client."""
        return self.folder.with_name(f".{self.folder.name}.{what}")


def _text(path: Path) -> str:
    """What a file says that may be gone, or be written right now."""
    with suppress(OSError):
        return path.read_text("utf-8", "replace")
    return ""


def _settle(folder: Path) -> None:
    """Has the names in a folder written to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def store_at(base: str, *names: str) -> Store:
    """The store in a folder of a folder of all reports, which is one of this machine or a URL."""
    if is_url(base):
        from salesperf.reports.stores.remote import RemoteStore, folder_of

        if (local := folder_of(base)) is None:
            return RemoteStore("/".join([base.rstrip("/"), *names]))
        base = local
    folder = Path(base, *names)
    # What lies beside a folder lies beside it whichever link leads there, and on the same disk.
    return LocalStore(folder.resolve() if folder.is_symlink() else folder)
