"""The owner's side of the parent: starts it, knows its socket, and ends it with its kernels."""

import atexit
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from salesperf.kernels.link import NoParent

# Where a parent's socket is named for processes that share it.
SHARED = "SALESPERF_KERNELS"
FORK = "SALESPERF_FORK"  # set to 1, macOS forks too: its system libraries do not always survive that

_LONGEST = 60  # a socket's path may have about a hundred bytes; its name needs some of them


def cannot_fork() -> str:
    """Why no kernel can be forked on this system; empty if it can."""
    if not hasattr(os, "fork") or not hasattr(socket, "AF_UNIX"):
        return f"{sys.platform} cannot fork"
    if sys.platform == "darwin" and os.environ.get(FORK) != "1":
        return f"macOS does not fork safely; set {FORK}=1 to do it all the same"
    return ""


class WarmParent:
    """A running parent process, its socket in a private folder.

    It ends, and takes its kernels along, with `close`, with the ``with`` block, or with this process, in whatever way.
    """

    def __init__(self, notebooks: Iterable[Path] = (), environment: Mapping[str, str] = os.environ) -> None:
        """Starts it; ``notebooks`` say what to import (by default the usual), ``environment`` is the kernels' own.

        Raises `NoParent` if it does not come up.
        """
        if reason := cannot_fork():
            raise NoParent(reason)
        self.folder = Path(tempfile.mkdtemp(prefix="salesperf-", dir=_short_folder()))
        self.socket = str(self.folder / "parent")
        arguments = [self.socket, *(str(Path(notebook).absolute()) for notebook in notebooks)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "salesperf.kernels.parent", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: value for name, value in environment.items() if name != "PYTHONEXECUTABLE"},
            cwd="/",  # no folder is kept busy, and none has modules to confuse the imports
            start_new_session=True,  # Ctrl-C in a terminal is for the owner, who ends the parent in order
        )
        atexit.register(self.close)
        assert self._process.stdout is not None
        with self._process.stdout as said:
            line = said.readline()
        if not line:
            self.close()
            raise NoParent(f"the parent ended with code {self._process.returncode} before it listened")

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it is still running."""
        return self._process.poll() is None

    def retire(self) -> None:
        """Has it end when its last kernel has ended."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(b".")
            self._process.stdin.flush()

    def close(self) -> None:
        """Ends it and its kernels; a second time does nothing."""
        atexit.unregister(self.close)
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:  # it is busy importing, or stopped
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> "WarmParent":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def own_parent(environment: Mapping[str, str], instead_of: WarmParent | None = None) -> WarmParent:
    """The parent of this process alone, started when it is first asked for, and again if it has died.

    ``instead_of`` names one that is not good any more; it is retired, and its kernels go on.
    """
    with _lock:
        _forget([parent for parent in _retired if not parent.alive])
        parent = _own.get(os.getpid())
        if parent is not None and not parent.alive:
            parent.close()
        elif parent is not None and parent is not instead_of:
            return parent
        elif parent is not None:
            parent.retire()
            _retired.append(parent)
        parent = _own[os.getpid()] = WarmParent(environment=environment)
    return parent


def end_own_parent() -> None:
    """Ends this process's own parent and those it had before, with their kernels; the next kernel starts another."""
    with _lock:
        parent = _own.pop(os.getpid(), None)
        if parent is not None:
            _retired.append(parent)
        _forget(list(_retired))


def _forget(parents: list[WarmParent]) -> None:
    for parent in parents:
        parent.close()
        _retired.remove(parent)


def shared_socket(environment: Mapping[str, str]) -> str:
    """The socket of the parent that this process is to share; empty if it is to have its own."""
    return environment.get(SHARED, "")


def _short_folder() -> str | None:
    usual = tempfile.gettempdir()
    with contextlib.suppress(OSError):
        if len(os.fsencode(usual)) > _LONGEST and Path("/tmp").is_dir():
            return "/tmp"
    return usual


_own: dict[int, WarmParent] = {}  # by pid: a fork of this process has inherited the entry, not the parent
_retired: list[WarmParent] = []  # they stay until their last kernel has ended
_lock = threading.Lock()
