"""Calls to the operating system: end with the parent, adopt orphans, list children, silence standard streams."""

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with(parent: int) -> None:
    """Has the system kill this process when its parent ends; only on Linux. ``parent``: its process number."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before the setting took effect
            os._exit(1)


def adopt_orphans() -> None:
    """Makes processes that children of this process leave running children of this process; only on Linux."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children() -> list[int]:
    """The process numbers of this process's children; empty where there is no /proc, as outside Linux."""
    with contextlib.suppress(OSError):
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()]
    return []


def started_with(pid: int, variable: str, value: str) -> bool:
    """Whether a process was started with an environment variable of that value; False where it cannot be read."""
    with contextlib.suppress(OSError):
        return f"{variable}={value}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return False


def silence(*streams: int) -> None:
    """Redirects these file descriptors of this process, and of those that it starts from now on, to the null device."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nowhere, stream)
