"""A worker: a process of the batch that runs papermill and nbconvert for one report after another.

These libraries are imported in the worker alone: the batch's own process does not need them.
"""

import multiprocessing
import multiprocessing.forkserver
import multiprocessing.resource_tracker
import os
import signal
import threading
import traceback
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext

from salesperf.kernels.owner import SHARED, WarmParent
from salesperf.kernels.process import die_with, silence
from salesperf.reports.building.job import Job
from salesperf.reports.result import Built

_PRELOADED = "salesperf.reports.building.preloaded"


class WorkerDied(Exception):
    """The process of a worker has ended."""


class Worker:
    """A process that builds one report after another, so that papermill and nbconvert are imported once.

    It answers through a pipe whose other end it alone holds, so that its death is seen at once, also in the middle of
    an answer. A process pool keeps that end open: where a worker is killed while it answers, the pool waits forever.
    """

    def __init__(self, parent: WarmParent | None, environment: Mapping[str, str]) -> None:
        """Starts the process; ``parent``: forks its kernels (None: ordinary ones); ``environment``: of the process."""
        self._parent = parent
        shared = {SHARED: parent.socket} if parent else {}
        context = _context()
        self._link, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, {**environment, **shared}), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        return self._process.pid

    @property
    def is_served(self) -> bool:
        """Whether its kernels can still be started: True without a parent of kernels, else whether that runs."""
        return self._parent is None or self._parent.alive

    def build(self, job: Job) -> Built:
        """Builds a job. Raises WorkerDied where the process dies, TimeoutError after `Limits.patience`."""
        with suppress(ConnectionError):  # then it has died, as `_answer` will see
            self._link.send(job)
        if not self._link.poll(job.limits.patience):
            raise TimeoutError
        return self._answer()

    def kill(self) -> None:
        """Kills the process; a `build` that waits for it raises WorkerDied."""
        self._process.kill()

    def _answer(self) -> Built:
        """The next answer of the process; raises it if it is an exception."""
        try:
            answer: Built | Exception = self._link.recv()
        except (EOFError, OSError) as error:  # before or in the middle of an answer
            raise WorkerDied from error
        if isinstance(answer, Exception):
            raise answer
        return answer


def start_fork_server() -> None:
    """Starts the process that workers are forked from, and has it import their libraries; not on Windows.

    Ctrl-C in a terminal does not reach it: while it imports, it would print a traceback.
    """
    if isinstance(_context(), ForkServerContext):
        multiprocessing.resource_tracker.ensure_running()  # by itself, as its start ends the blocking
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            multiprocessing.forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _context() -> ForkServerContext | SpawnContext:
    """How the process starts: forked from a server that has imported everything, else (Windows) spawned."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOADED])
    return context


def _serve(link: Connection, environment: dict[str, str]) -> None:
    """The main function of the process: builds the jobs that a pipe brings and answers each, until it is closed.

    An answer is a `Built`, or the exception where building itself raised one.
    """
    _begin(environment)
    from salesperf.reports.building.preloaded import build

    while True:
        try:
            job = link.recv()
        except EOFError:
            return
        try:
            answer: object = build(job)
        except Exception as error:
            error.add_note(traceback.format_exc())  # what is sent keeps its notes, but not its traceback
            answer = error
        link.send(answer)


def _begin(environment: dict[str, str]) -> None:
    """Prepares the worker process: how it ends, its signals, its environment, its output."""
    die_with(os.getppid())
    threading.Thread(target=_die_with_batch, daemon=True).start()
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C in a terminal then reaches only the batch, which ends its workers itself
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # blocked in the server, for it and its forks
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.update(environment)
    silence(1, 2)  # a batch prints only messages about reports; what kernels print is in the reports


def _die_with_batch() -> None:
    """Ends the worker when the batch's process ends.

    `die_with` is not enough: it watches the parent, which is the forkserver, and that lives as long as its workers.
    """
    if batch := multiprocessing.parent_process():
        batch.join()
        os._exit(1)
