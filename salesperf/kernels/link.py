"""The client's side of the parent's socket: asks for a kernel and stands for it as a Popen would."""

import json
import os
import signal
import socket
from dataclasses import dataclass
from typing import Any

from salesperf.kernels.request import Request

# The first kernel waits for the parent's imports.
PATIENCE = 120.0


class NotServed(Exception):
    """The parent will not, or cannot, fork this kernel; says why."""


class NoParent(NotServed):
    """Nobody serves the socket."""


class ForkedKernel:
    """A kernel that the parent has forked, with what `jupyter_client` uses of `subprocess.Popen`.

    The parent reports its end over the link; a link that closes without a word means that the parent is dead and its
    kernels with it.
    """

    stdin = stdout = stderr = None

    def __init__(self, link: socket.socket, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._link = link

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            try:
                self._hear(socket.MSG_DONTWAIT)
            except BlockingIOError:
                return None
        return self.returncode

    def wait(self) -> int:
        """The exit code, as soon as there is one."""
        if self.returncode is None:
            self._hear(0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Sends the kernel a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Asks the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends the kernel."""
        self.send_signal(signal.SIGKILL)

    def _hear(self, flags: int) -> None:
        word = _word(self._link, flags)
        self.returncode = word.get("exit", -signal.SIGKILL)
        self._link.close()
        _running.discard(self)


# A kernel lives until it is shut down, also when whoever started it has forgotten it.
_running: set[ForkedKernel] = set()


@dataclass(frozen=True)
class Link:
    """An open line to the parent at ``path``, good for one kernel.

    ``changed`` names a file that is no longer what the parent has loaded; it is empty if there is none.
    """

    path: str
    line: socket.socket
    changed: str

    def close(self) -> None:
        """Gives up the line, and with it the kernel at its end."""
        self.line.close()


def connect(path: str) -> Link:
    """A link to the parent at the socket, as soon as it has made its imports; raises `NoParent` if there is none."""
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
    """Has the parent at the link fork a kernel on the streams (descriptors of standard input, output, error).

    Raises `NotServed` with the parent's reason, `NoParent` if it died over it. The link is the kernel's from here on.
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
    """The next line that the parent sends, "" if it has closed the link. Lines are short and written in one piece."""
    line = b""
    try:
        while not line.endswith(b"\n"):
            piece = link.recv(4096 if not line else 1, flags if not line else 0)
            if not piece:
                return {}
            line += piece
    except ConnectionError:
        return {}
    word: dict[str, Any] = json.loads(line)
    return word
