"""The parent process: imports what notebooks need once, then forks a kernel for every request on its socket.

``python -m salesperf.kernels.parent SOCKET [NOTEBOOK…]`` serves until its standard input is closed; then it ends and
takes every kernel along. The notebooks say what to import; without them it is what most notebooks of the workbench
need. It has neither threads nor an event loop nor connections, because none of them survives a fork.
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
    if sys.path[0] == "" or Path(sys.path[0]) == Path.cwd():  # as `python -m ipykernel_launcher` does it
        del sys.path[0]
    os.environ |= ONE_THREAD  # before anything imports NumPy
    os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"  # before anything imports Arrow
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # before anything imports the debugger, which speaks of it

from salesperf.kernels.imports import preload, usual_modules, wanted_modules
from salesperf.kernels.kernel import become_kernel
from salesperf.kernels.loaded import changed_file, loaded_files, module_of_folder
from salesperf.kernels.warmth import warm

_OURS = "salesperf-"  # how the private folders of sockets begin
_HELD_BACK = {signal.SIGTERM, signal.SIGINT}


class Parent:
    """The socket, and for every open link the pid of the kernel at its end (0 before one is asked for)."""

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
        """Answers until standard input, the owner's pipe, is closed.

        If anything comes through it, no further kernels are wanted: the parent stays until its last one has ended.
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
        """Kills all kernels and removes the socket, and its folder if that was made for it."""
        for pid in self.links.values():
            _kill_group(pid)
        _end_all(children)  # the kernels, then what they have left running
        self.path.unlink(missing_ok=True)
        if self.path.parent.name.startswith(_OURS):
            for left in self.path.parent.glob("kernel-*"):  # sockets of the kernels just killed
                left.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self.path.parent.rmdir()

    def _welcome(self) -> None:
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
                self.selector.unregister(link)  # its end is noticed when the system reports it

    def _fork(self, link: socket.socket, request: Request, streams: tuple[int, int, int]) -> None:
        refusal = self._refusal(request)
        if not refusal:
            me = os.getpid()
            signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
            try:
                pid = os.fork()
            except OSError as error:
                pid, refusal = -1, f"no further process can be made ({error.strerror})"
            if pid == 0:
                self._let_go()
                become_kernel(request, streams, me)
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
        """Why a fork of this process would not be what was asked for; empty if it would be."""
        if os.path.normpath(request.executable) != os.path.normpath(sys.executable):
            return f"the kernel is to run on {request.executable}, not on {sys.executable}"
        differing = sorted({name for name, _ in fixed_at_start(request.environment).items() ^ self.fixed.items()})
        if differing:
            return f"{', '.join(differing)} can only be set at the start of an interpreter"
        own = module_of_folder(Path(request.folder))
        return f"{request.folder} has a module {own!r} of its own" if own else ""

    def _report_ends(self) -> None:
        ended = dict(_ends())
        for link, pid in list(self.links.items()):
            if pid in ended:
                self._clear_after(pid)
                _say(link, exit=os.waitstatus_to_exitcode(ended[pid]))
                self._hang_up(link)

    def _clear_after(self, kernel: int) -> None:
        """Ends what the cells of a kernel that has ended have left running, also outside its group."""
        _kill_group(kernel)
        _end_all(lambda: [child for child in children() if started_with(child, KERNEL, str(kernel))])

    def _hang_up(self, link: socket.socket) -> None:
        del self.links[link]
        with contextlib.suppress(KeyError):
            self.selector.unregister(link)
        link.close()


def main() -> None:
    """Listens, imports, warms, serves."""
    path, *notebooks = sys.argv[1:]
    parent = Parent(Path(path))
    signal.signal(signal.SIGTERM, _leave)
    try:
        print("listening", flush=True)
        gc.disable()  # modules leave next to nothing to collect, and to look for it takes a fifth longer
        os.dup2(2, 1)  # whoever started this reads no further than that line
        preload(wanted_modules(map(Path, notebooks)) if notebooks else usual_modules())
        warm()
        parent.files = loaded_files()
        adopt_orphans()
        gc.freeze()  # so that no collection in a kernel touches, and thereby copies, what all share
        gc.enable()
        parent.serve()
    except KeyboardInterrupt:
        pass
    finally:
        parent.end()
    os._exit(0)  # taking the libraries apart takes long, and some complain about it


def _leave(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _say(link: socket.socket, **words: object) -> None:
    with contextlib.suppress(OSError):  # the other side is gone; that is noticed elsewhere
        link.sendall(json.dumps(words).encode() + b"\n")


def _ends() -> Iterator[tuple[int, int]]:
    """The children of this process that have ended and were not told yet: process number and status."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended


def _end_all(running: Callable[[], list[int]]) -> None:
    """Ends children of this process until there are none: those of the ended ones become its own."""
    before: list[int] = []
    while (pids := running()) and pids != before:
        for pid in pids:
            with contextlib.suppress(OSError):  # it has just ended by itself, or is another user's now
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        before = pids


def _kill_group(pid: int) -> None:
    """Ends a kernel and what it has started; it leads its own group."""
    if pid:
        for kill in (os.killpg, os.kill):  # the group does not exist before the fork has got that far
            with contextlib.suppress(ProcessLookupError):
                kill(pid, signal.SIGKILL)


def _close(descriptors: "list[int] | tuple[int, ...]") -> None:
    for descriptor in descriptors:
        os.close(descriptor)


if __name__ == "__main__":
    main()
