"""A worker: a process of the batch that runs papermill and nbconvert, report after report.

What builds reports is imported in the worker: the batch itself never needs papermill.
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
    """One process that runs papermill and nbconvert, report after report, so that their imports are paid once."""

    def __init__(self, parent: WarmParent | None, environment: Mapping[str, str]) -> None:
        """Starts it; ``parent`` forks its kernels, ``environment`` is that of the kernels."""
        self._parent = parent
        shared = {SHARED: parent.socket} if parent else {}
        context = multiprocessing.get_context(_METHOD)
        if _METHOD == "forkserver":
            context.set_forkserver_preload([_PRELOADED])
        self._pool = ProcessPoolExecutor(1, context, _begin, ({**environment, **shared},))
        self._pid = self._pool.submit(os.getpid)

    @property
    def is_served(self) -> bool:
        """Whether the parent of its kernels, if it has one, still lives."""
        return self._parent is None or self._parent.alive

    def build(self, job: Job) -> Built:
        """Builds a job. Raises BrokenProcessPool when the process dies, TimeoutError when it ignores the limit."""
        return self._pool.submit(_built, job).result(job.limits.patience)

    def kill(self) -> None:
        """Ends the process at once."""
        with suppress(OSError, BrokenProcessPool):
            os.kill(self._pid.result(), _KILL)
        self._pool.shutdown(wait=False, cancel_futures=True)


def _built(job: Job) -> Built:
    from salesperf.reports.building.preloaded import build

    return build(job)


def _begin(environment: dict[str, str]) -> None:
    """The beginning of a worker."""
    die_with(os.getppid())
    threading.Thread(target=_die_with_batch, daemon=True).start()
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C in a terminal is for the batch, which ends its workers itself
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.update(environment)
    silence(1, 2)  # a batch speaks of reports alone, and what kernels say is in them


def _die_with_batch() -> None:
    """Ends the worker with the batch.

    Its direct parent, the forkserver, lives as long as workers do, so `die_with` is not enough.
    """
    if batch := multiprocessing.parent_process():
        batch.join()
        os._exit(1)
