"""The owner's side of the parent: the process that starts it, and ends it with its kernels."""

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

# Environment variables.
SHARED = "SALESPERF_KERNELS"  # the socket of a parent that processes share
FORK = "SALESPERF_FORK"  # 1: fork on macOS too, though its system libraries do not always survive that

_LONGEST = 60  # bytes of a folder for sockets; a socket's whole path may have about a hundred


def cannot_fork() -> str:
    """Why no kernel can be forked on this system; "" where one can."""
    if not hasattr(os, "fork") or not hasattr(socket, "AF_UNIX"):
        return f"{sys.platform} cannot fork"
    if sys.platform == "darwin" and os.environ.get(FORK) != "1":
        return f"macOS does not fork safely; set {FORK}=1 to do it all the same"
    return ""


class WarmParent:
    """A running parent process. ``socket``: the path of its socket; ``folder``: the private folder of that.

    The process and its kernels end with `close`, with the ``with`` block, or with this process, even if that is killed.
    """

    def __init__(self, notebooks: Iterable[Path] = (), environment: Mapping[str, str] = os.environ) -> None:
        """Starts the parent and waits until it listens, not for its imports.

        ``notebooks``: it imports what these import; without any, what most notebooks of the workbench import.
        ``environment``: the environment variables of the parent. Raises NoParent where it cannot be started.
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
            cwd="/",  # the parent keeps no folder in use and imports from none
            start_new_session=True,  # Ctrl-C in a terminal reaches the owner alone, which ends the parent
        )
        atexit.register(self.close)
        assert self._process.stdout is not None
        with self._process.stdout as output:
            line = output.readline()
        if not line:
            self.close()
            raise NoParent(f"the parent ended with code {self._process.returncode} before it listened")

    @property
    def pid(self) -> int:
        """The process number of the parent."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the parent is running."""
        return self._process.poll() is None

    def retire(self) -> None:
        """Has the parent end when its last kernel has ended; returns at once."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(b".")
            self._process.stdin.flush()

    def close(self) -> None:
        """Ends the parent and its kernels and removes its folder; may be called again."""
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
    """The parent of this process alone, started by the first call, and anew where it has died.

    ``instead_of``: a parent that is outdated; if it is still the one of this process, it is retired and another is
    started; its kernels go on. ``environment``: for a parent that is started now. Raises NoParent where it cannot be
    started.
    """
    with _lock:
        _forget([parent for parent in _retired if not parent.alive])
        parent = _parents.get(os.getpid())
        if parent is not None and not parent.alive:
            parent.close()
        elif parent is not None and parent is not instead_of:
            return parent
        elif parent is not None:
            parent.retire()
            _retired.append(parent)
        parent = _parents[os.getpid()] = WarmParent(environment=environment)
    return parent


def end_own_parent() -> None:
    """Ends the parent of this process and the retired ones, with their kernels; the next kernel starts another."""
    with _lock:
        parent = _parents.pop(os.getpid(), None)
        if parent is not None:
            _retired.append(parent)
        _forget(list(_retired))


def _forget(parents: list[WarmParent]) -> None:
    """Closes some of the retired parents."""
    for parent in parents:
        parent.close()
        _retired.remove(parent)


def shared_socket(environment: Mapping[str, str]) -> str:
    """The socket of the parent that this process is to share; "" where it has a parent of its own."""
    return environment.get(SHARED, "")


def _short_folder() -> str | None:
    """The folder for temporary files, or /tmp where the path of that is too long for a socket in it."""
    usual = tempfile.gettempdir()
    with contextlib.suppress(OSError):
        if len(os.fsencode(usual)) > _LONGEST and Path("/tmp").is_dir():
            return "/tmp"
    return usual


_parents: dict[int, WarmParent] = {}  # by process number, as a fork of this process inherits the entry, not the parent
_retired: list[WarmParent] = []  # each ends with its last kernel
_lock = threading.Lock()
