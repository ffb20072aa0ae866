"""Building on this machine: worker processes, and one parent process from which all their kernels are forked."""

import os
import site
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from typing import Protocol, Self

from salesperf.kernels.link import NotServed
from salesperf.kernels.owner import WarmParent
from salesperf.reports.building.job import Job
from salesperf.reports.building.worker import Worker, WorkerDied, start_fork_server
from salesperf.reports.keys import PACKAGE
from salesperf.reports.result import Built, Result

_SETTINGS = Path(__file__).resolve().parent / "settings"


def kernel_environment() -> dict[str, str]:
    """The environment variables that make kernels alike for all users: time zone, language, order of sets, settings."""
    return {
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "" if PACKAGE.is_relative_to(site.getusersitepackages()) else "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MATPLOTLIBRC": str(_SETTINGS / "matplotlibrc"),
        "PYTHONSTARTUP": "",
        "SOURCE_DATE_EPOCH": "315532800",  # 1980-01-01, the date written into figures and archives
        "COLUMNS": "80",
        "LINES": "24",
    }


def kernel_parent(notebooks: Iterable[Path], environment: Mapping[str, str]) -> tuple[WarmParent | None, str]:
    """A parent of kernels and ""; or None and the reason why there is none: kernels are ordinary ones then."""
    try:
        return WarmParent(notebooks, environment), ""
    except (NotServed, OSError) as reason:
        return None, str(reason)


class Executor(Protocol):
    """Builds reports. `run` may be called several times; `close` ends the use."""

    def run(self, jobs: Iterable[Job]) -> Iterator[Built]:
        """Builds each job; yields the results as they end, not in the order of the jobs."""

    def close(self) -> None:
        """Ends everything that runs, at once."""


class LocalExecutor:
    """Builds up to ``workers`` reports at a time on this machine.

    The processes that workers and kernels are forked from start at once, in the background, and import libraries: that
    of the kernels what ``notebooks`` import.
    ``obstacle``: why kernels are ordinary ones, "" while they are warm.
    """

    def __init__(self, workers: int, notebooks: Iterable[Path]) -> None:
        self._notebooks = tuple(notebooks)
        self._environment = {**os.environ, **kernel_environment()}
        self.obstacle = ""
        self._slots = ThreadPoolExecutor(workers)  # a thread for each worker, which waits for it
        self._slot = threading.local()  # of each thread, its worker
        self._lock = threading.Lock()
        self._workers: set[Worker] = set()
        self._ended = False
        self._starter = ThreadPoolExecutor(1)
        self._parent = self._starter.submit(self._started)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, jobs: Iterable[Job]) -> Iterator[Built]:
        """Builds each job; yields the results as they end. A worker process that dies fails no other report."""
        running = [self._slots.submit(self._built, job) for job in jobs]
        try:
            for future in as_completed(running):
                yield future.result()
        finally:
            for future in running:
                future.cancel()

    def close(self) -> None:
        """Kills workers and kernels; reports that are being built fail."""
        with self._lock:
            self._ended = True
            for worker in self._workers:
                worker.kill()
        if parent := self._parent.result():
            parent.close()
        self._slots.shutdown(cancel_futures=True)
        self._starter.shutdown()

    def _started(self) -> WarmParent | None:
        with suppress(OSError):  # the first worker starts it again, and raises
            start_fork_server()
        parent, self.obstacle = kernel_parent(self._notebooks, self._environment)
        return parent

    def _built(self, job: Job) -> Built:
        """Builds a job on this thread's worker; where that or its kernels' parent dies, once more on a new one."""
        built = _failed(job, "the batch was ended")
        for _ in range(2):
            worker = self._worker()
            if worker is None:
                break
            try:
                built = worker.build(job)
                if built.result.status != "failed" or worker.is_served:
                    return built
            except TimeoutError:
                self._drop(worker)
                return _failed(job, "its worker did not answer in time; see --timeout")
            except WorkerDied:
                built = _failed(job, "its worker died twice; the machine may be short of memory")
            self._drop(worker)
        return built

    def _worker(self) -> Worker | None:
        """This thread's worker, a new one where there is none or its kernels' parent has died; None after `close`."""
        current: Worker | None = getattr(self._slot, "worker", None)
        if current is not None and not current.is_served:
            self._drop(current)
            current = None
        if current is None:
            worker = Worker(self._living_parent(), kernel_environment())
            with self._lock:
                if self._ended:
                    worker.kill()
                    return None
                self._workers.add(worker)
            self._slot.worker = worker
        usable: Worker = self._slot.worker
        return usable

    def _drop(self, worker: Worker) -> None:
        worker.kill()
        self._slot.worker = None
        with self._lock:
            self._workers.discard(worker)

    def _living_parent(self) -> WarmParent | None:
        """The parent of kernels, started anew if it has died; None where there can be none."""
        with self._lock:
            parent = self._parent.result()
            if parent is not None and not parent.alive and not self._ended:
                parent.close()
                self._parent = self._starter.submit(self._started)
            return self._parent.result()


def _failed(job: Job, error: str) -> Built:
    return Built(Result(job.report, "failed", error=error), {})
