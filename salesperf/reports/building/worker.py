"""A worker: a process of the batch that runs papermill and nbconvert for one report after another.

These libraries are imported in the worker alone: the batch's own process does not need them.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress

from salesperf.kernels.owner import SHARED, WarmParent
from salesperf.kernels.process import die_with, silence
from salesperf.reports.building.job import Job
from salesperf.reports.result import Built

_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
_PRELOADED = "salesperf.reports.building.preloaded"


class Worker:
    """A process that builds one report after another, so that papermill and nbconvert are imported once."""

    def __init__(self, parent: WarmParent | None, environment: Mapping[str, str]) -> None:
        """Starts the process; ``parent``: forks its kernels (None: ordinary ones); ``environment``: of the process."""
        self._parent = parent
        shared = {SHARED: parent.socket} if parent else {}
        context = multiprocessing.get_context(_METHOD)
        if _METHOD == "forkserver":
            context.set_forkserver_preload([_PRELOADED])
        self._pool = ProcessPoolExecutor(1, context, _begin, ({**environment, **shared},))
        self._pid = self._pool.submit(os.getpid)

    @property
    def is_served(self) -> bool:
        """Whether its kernels can still be started: True without a parent of kernels, else whether that runs."""
        return self._parent is None or self._parent.alive

    def build(self, job: Job) -> Built:
        """Builds a job. Raises BrokenProcessPool where the process dies, TimeoutError after `Limits.patience`."""
        return self._pool.submit(_built, job).result(job.limits.patience)

    def kill(self) -> None:
        """Kills the process; a `build` that waits for it raises BrokenProcessPool."""
        with suppress(OSError, BrokenProcessPool):
            os.kill(self._pid.result(), _KILL)
        self._pool.shutdown(wait=False, cancel_futures=True)


def _built(job: Job) -> Built:
    from salesperf.reports.building.preloaded import build

    return build(job)


def _begin(environment: dict[str, str]) -> None:
    """Prepares the worker process: how it ends, its signals, its environment, its output."""
    die_with(os.getppid())
    threading.Thread(target=_die_with_batch, daemon=True).start()
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C in a terminal then reaches only the batch, which ends its workers itself
    signal.signal(signal.SIGINT, signal.SIG_IGN)
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
