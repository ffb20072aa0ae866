"""The parent process: imports the modules of notebooks once, then forks a kernel for every request on its socket.

``python -m salesperf.kernels.parent SOCKET [NOTEBOOK…]`` serves until its standard input is closed; then it ends with
all its kernels. It imports what the notebooks import; without any, what most notebooks of the workbench import. It has
no threads, no event loop and no database connections, as these do not survive a fork. For its messages see `link`.
"""

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

from salesperf.kernels.process import adopt_orphans, children, started_with
from salesperf.kernels.request import KERNEL, ONE_THREAD, Request, fixed_at_start, read_request

if __name__ == "__main__":
    if sys.path[0] == "" or Path(sys.path[0]) == Path.cwd():  # as ipykernel_launcher does
        del sys.path[0]
    os.environ |= ONE_THREAD  # before anything imports NumPy
    os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"  # before anything imports Arrow
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # before anything imports the debugger, which would warn

from salesperf.kernels.imports import preload, usual_modules, wanted_modules
from salesperf.kernels.kernel import become_kernel
from salesperf.kernels.loaded import changed_file, loaded_files, module_of_folder
from salesperf.kernels.warmth import warm

_OURS = "salesperf-"  # prefix of the private folders that `WarmParent` makes
_HELD_BACK = {signal.SIGTERM, signal.SIGINT}  # blocked around a fork, so that the fork does not act as the parent


class Parent:
    """The state of the parent process.

    ``path``: its socket; ``wanted``: False once it is retired; ``fixed``: its variables that no fork can change;
    ``files``: those of its modules (see `loaded_files`); ``links``: connection → process number of its kernel, 0 before
    the request; ``listener``: the listening socket; ``bell`` and ``wake``: a pair of sockets, of which Python writes to
    ``wake`` at a signal, so that `serve` wakes up when a child has ended.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.wanted = True
        self.fixed = fixed_at_start(os.environ)
        self.files: dict[str, tuple[int, int]] = {}
        self.links: dict[socket.socket, int] = {}
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.bell, self.wake = socket.socketpair()
        mask = os.umask(0o077)
        self.listener.bind(str(path))
        os.umask(mask)
        self.listener.listen(128)

    def serve(self) -> None:
        """Serves until standard input, a pipe from the owner, is closed.

        Anything that comes through the pipe retires the parent: it serves until its last kernel has ended.
        """
        self.bell.setblocking(False)
        self.wake.setblocking(False)
        signal.set_wakeup_fd(self.wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for descriptor in (0, self.bell, self.listener):
            self.selector.register(descriptor, selectors.EVENT_READ)
        while self.wanted or self.links:
            for key, _ in self.selector.select():
                if key.fileobj == 0:
                    if not os.read(0, 4096):
                        return
                    self.wanted = False
                elif key.fileobj is self.bell:
                    self.bell.recv(4096)
                    self._report_ends()
                elif key.fileobj is self.listener:
                    self._welcome()
                elif isinstance(key.fileobj, socket.socket) and key.fileobj in self.links:
                    self._hear(key.fileobj)

    def end(self) -> None:
        """Kills all kernels and removes the socket, and its folder if `WarmParent` made it."""
        for pid in self.links.values():
            _kill_group(pid)
        _end_all(children)  # the kernels, then what they have left running
        self.path.unlink(missing_ok=True)
        if self.path.parent.name.startswith(_OURS):
            for leftover in self.path.parent.glob("kernel-*"):  # sockets of the kernels just killed
                leftover.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self.path.parent.rmdir()

    def _welcome(self) -> None:
        """Accepts a link and tells it which file of a loaded module has changed."""
        link, _ = self.listener.accept()
        self.links[link] = 0
        self.selector.register(link, selectors.EVENT_READ)
        _say(link, changed=changed_file(self.files))

    def _hear(self, link: socket.socket) -> None:
        """Reads from a link: a request to fork, or its end, which ends the kernel of that link."""
        try:
            message, descriptors, _, _ = socket.recv_fds(link, 1, 4)
        except OSError:
            message, descriptors = b"", []
        if message and len(descriptors) == 4 and not self.links[link]:
            self._fork(link, read_request(descriptors[0]), (descriptors[1], descriptors[2], descriptors[3]))
            return
        _close(descriptors)
        if not message:
            _kill_group(self.links[link])
            if not self.links[link]:
                self._hang_up(link)
            else:
                self.selector.unregister(link)  # `_report_ends` closes it

    def _fork(self, link: socket.socket, request: Request, streams: tuple[int, int, int]) -> None:
        """Forks a kernel and answers with its process number, or with the reason for a refusal, and hangs up."""
        refusal = self._refusal(request)
        if not refusal:
            parent = os.getpid()
            signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
            try:
                pid = os.fork()
            except OSError as error:
                pid, refusal = -1, f"no further process can be made ({error.strerror})"
            if pid == 0:
                self._let_go()
                become_kernel(request, streams, parent)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD_BACK)
        _close(streams)
        if refusal:
            _say(link, refused=refusal)
            self._hang_up(link)
        else:
            self.links[link] = pid
            _say(link, pid=pid)

    def _let_go(self) -> None:
        """In the fork: closes the descriptors that only the parent uses."""
        self.selector.close()
        for descriptor in (self.listener, self.bell, self.wake, *self.links):
            descriptor.close()

    def _refusal(self, request: Request) -> str:
        """Why a fork of this process would differ from the kernel requested; "" where it would not."""
        if os.path.normpath(request.executable) != os.path.normpath(sys.executable):
            return f"the kernel is to run on {request.executable}, not on {sys.executable}"
        differing = sorted({name for name, _ in fixed_at_start(request.environment).items() ^ self.fixed.items()})
        if differing:
            return f"{', '.join(differing)} can only be set at the start of an interpreter"
        module = module_of_folder(Path(request.folder))
        return f"{request.folder} has a module {module!r} of its own" if module else ""

    def _report_ends(self) -> None:
        """Sends the exit code of each kernel that has ended over its link, and hangs up."""
        ended = dict(_ends())
        for link, pid in list(self.links.items()):
            if pid in ended:
                self._clear_after(pid)
                _say(link, exit=os.waitstatus_to_exitcode(ended[pid]))
                self._hang_up(link)

    def _clear_after(self, kernel: int) -> None:
        """Kills the processes that a kernel's cells have left running, also those outside its process group."""
        _kill_group(kernel)
        _end_all(lambda: [child for child in children() if started_with(child, KERNEL, str(kernel))])

    def _hang_up(self, link: socket.socket) -> None:
        """Closes a link."""
        del self.links[link]
        with contextlib.suppress(KeyError):
            self.selector.unregister(link)
        link.close()


def main() -> None:
    """Listens at the socket, imports modules and warms them up, then serves. Prints a line when it listens."""
    path, *notebooks = sys.argv[1:]
    parent = Parent(Path(path))
    signal.signal(signal.SIGTERM, _leave)
    try:
        print("listening", flush=True)
        gc.disable()  # imports leave hardly any garbage, and collecting takes a fifth longer
        os.dup2(2, 1)  # the owner reads that line only
        preload(wanted_modules(map(Path, notebooks)) if notebooks else usual_modules())
        warm()
        parent.files = loaded_files()
        adopt_orphans()
        gc.freeze()  # a collection in a kernel would write to, and so copy, the shared memory
        gc.enable()
        parent.serve()
    except KeyboardInterrupt:
        pass
    finally:
        parent.end()
    os._exit(0)  # unloading the libraries takes long, and some print errors


def _leave(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _say(link: socket.socket, **words: object) -> None:
    """Sends a message over a link, as a line of JSON."""
    with contextlib.suppress(OSError):  # the client has closed it; `_hear` handles that
        link.sendall(json.dumps(words).encode() + b"\n")


def _ends() -> Iterator[tuple[int, int]]:
    """Process number and wait status of the children that have ended since the last call."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended


def _end_all(running: Callable[[], list[int]]) -> None:
    """Kills children of this process until ``running`` lists none, or the same ones again.

    Once is not enough, as the children of a killed process become children of this one (see `adopt_orphans`).
    """
    before: list[int] = []
    while (pids := running()) and pids != before:
        for pid in pids:
            with contextlib.suppress(OSError):  # it has just ended by itself, or is another user's now
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        before = pids


def _kill_group(pid: int) -> None:
    """Kills a kernel and the processes of its group, which it leads; 0 stands for none."""
    if pid:
        for kill in (os.killpg, os.kill):  # the group exists only once the fork has called setsid
            with contextlib.suppress(ProcessLookupError):
                kill(pid, signal.SIGKILL)


def _close(descriptors: "list[int] | tuple[int, ...]") -> None:
    for descriptor in descriptors:
        os.close(descriptor)


if __name__ == "__main__":
    main()
