"""The client's side of the parent's socket: has a kernel forked and represents it as `subprocess.Popen` would.

A link is a connection to the socket, for one kernel. Messages of the parent are lines of JSON: ``changed`` when it
accepts the link, then ``pid`` or ``refused`` in answer to a request, and ``exit`` when the kernel has ended.
"""

import json
import os
import signal
import socket
from dataclasses import dataclass
from typing import Any

from salesperf.kernels.request import Request

PATIENCE = 120.0  # seconds for an answer; the first kernel waits for the parent's imports


class NotServed(Exception):
    """The parent cannot fork this kernel; the message is the reason."""


class NoParent(NotServed):
    """No parent answers at the socket."""


class ForkedKernel:
    """A kernel that the parent has forked, with the attributes and methods of Popen that jupyter_client uses.

    The parent reports over the link that the kernel has ended. Where the link is closed without that, the parent has
    died, and its kernels with it: their exit code is that of SIGKILL.
    """

    stdin = stdout = stderr = None

    def __init__(self, link: socket.socket, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._link = link

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while the kernel runs."""
        if self.returncode is None:
            try:
                self._hear(socket.MSG_DONTWAIT)
            except BlockingIOError:
                return None
        return self.returncode

    def wait(self) -> int:
        """Waits until the kernel has ended; returns its exit code."""
        if self.returncode is None:
            self._hear(0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Sends the kernel a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Sends the kernel SIGTERM, if it still runs."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Sends the kernel SIGKILL, if it still runs."""
        self.send_signal(signal.SIGKILL)

    def _hear(self, flags: int) -> None:
        """Reads the exit code from the link. Raises BlockingIOError with MSG_DONTWAIT where there is none yet."""
        word = _word(self._link, flags)
        self.returncode = word.get("exit", -signal.SIGKILL)
        self._link.close()
        _running.discard(self)


# A reference to each running kernel: without one its link would be closed, and the parent would kill it.
_running: set[ForkedKernel] = set()


@dataclass(frozen=True)
class Link:
    """A connection to the parent, for one kernel.

    ``path``: the parent's socket; ``line``: the connected socket; ``changed``: a file that has changed since the parent
    loaded it, "" where there is none.
    """

    path: str
    line: socket.socket
    changed: str

    def close(self) -> None:
        """Closes the connection; a link is closed only where no kernel was forked over it."""
        self.line.close()


def connect(path: str) -> Link:
    """A link to the parent at the socket ``path``; waits for its imports. Raises NoParent where none answers."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(PATIENCE)
    try:
        line.connect(path)
        greeting = _word(line)
    except OSError as error:
        line.close()
        raise NoParent(f"no parent answers at {path} ({error.strerror or error})") from error
    if "changed" not in greeting:
        line.close()
        raise NoParent(f"the parent at {path} has ended")
    return Link(path, line, greeting["changed"])


def fork(to: Link, request: Request, streams: tuple[int, int, int]) -> ForkedKernel:
    """Has the parent fork a kernel with these file descriptors as standard input, output and error.

    The link then belongs to the kernel. Raises NotServed where the parent refuses or does not answer in time, NoParent
    where it has died.
    """
    line = to.line
    try:
        with request.as_file() as file:
            socket.send_fds(line, [b"."], [file.fileno(), *streams])
        word = _word(line)
    except TimeoutError as error:
        raise NotServed(f"the parent has not answered for {PATIENCE:.0f} s") from error
    except OSError as error:
        raise NoParent(f"the parent is gone ({error.strerror or error})") from error
    if "pid" not in word:
        raise NotServed(word["refused"]) if "refused" in word else NoParent("the parent has ended")
    line.settimeout(None)
    kernel = ForkedKernel(line, word["pid"])
    _running.add(kernel)
    return kernel


def _word(link: socket.socket, flags: int = 0) -> dict[str, Any]:
    """The next message of the parent, a line of JSON; empty where it has closed the link.

    Only the first read has the flags, as the parent sends a line in one piece.
    """
    line = b""
    try:
        while not line.endswith(b"\n"):
            piece = link.recv(1, flags if not line else 0)  # no more: the next line may be there already
            if not piece:
                return {}
            line += piece
    except ConnectionError:
        return {}
    word: dict[str, Any] = json.loads(line)
    return word
