"""Reports built on a Dask cluster: the same jobs, the same bytes, on as many machines as there are workers."""

import logging
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Self

import distributed

from salesperf.errors import ReportsFailed, RequestError, one_line
from salesperf.params import Client
from salesperf.reports.building.job import Job
from salesperf.reports.building.local import LocalExecutor
from salesperf.reports.cluster.bundle import Bundle, dataset_files, packed
from salesperf.reports.cluster.dask_worker import build_there, leave, standing, unlike
from salesperf.reports.result import Built, Result

CONNECT = 20.0  # seconds that a scheduler, and its first worker, may take to answer
PATIENCE = 300.0  # seconds that a cluster may be without any worker in the middle of a batch
_LOOK = 5.0  # seconds between two looks whether there still is a cluster
_RETRIES = 2  # of a report whose process died; Dask itself tries again where a whole worker died
_ROUNDS = 3  # of handing out what the cluster has lost with all its workers


class DaskExecutor:
    """Builds reports on the workers of a Dask scheduler, which have the same package and environment as this machine.

    The first report of each kind is built here: what it works out for the whole company lands in the batch's dataset,
    which then goes to the workers in one piece.
    """

    def __init__(self, scheduler: str, client: Client, notebooks: Iterable[Path]) -> None:
        """Connects. Raises RequestError where that fails, or where a worker would not build the same bytes."""
        self._files = _client_files(client)
        self._notebooks = tuple(path.resolve() for path in notebooks)
        self._scheduler, self._batch = scheduler, uuid.uuid4().hex
        self._standing = standing()
        self._dask = _connected(scheduler)
        try:
            _check(self._dask, self._standing)
        except BaseException:
            self._dask.close()
            raise
        self._local = LocalExecutor(1, self._notebooks)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, jobs: Iterable[Job]) -> Iterator[Built]:
        """Builds each job; gives what came of them as they end. A worker that dies takes no report along.

        Raises ReportsFailed where the cluster is gone.
        """
        waiting = list(jobs)
        firsts = list({job.notebook: job for job in reversed(waiting)}.values())
        yield from self._local.run(firsts)
        waiting = [job for job in waiting if job not in firsts]
        if not waiting:
            return
        bundle = self._bundle(waiting[0])
        for _ in range(_ROUNDS):
            lost: list[Job] = []
            yield from self._handed_out(bundle, waiting, lost)
            waiting = lost
            if not waiting:
                return
        raise self._gone("its workers died again and again")

    def close(self) -> None:
        """Ends all that runs, here and there, at once."""
        with suppress(Exception):  # whoever does not answer has nothing left to end
            if self._dask.status == "running":
                self._dask.run(leave, self._batch, on_error="ignore")
        self._dask.close(timeout=5)
        self._local.close()

    def _bundle(self, job: Job) -> Bundle:
        assert job.dataset is not None
        files = [*self._files, *self._notebooks, *dataset_files(job.dataset.parent)]
        return Bundle(self._batch, self._standing, self._files[0], self._notebooks, packed(files))

    def _handed_out(self, bundle: Bundle, jobs: list[Job], lost: list[Job]) -> Iterator[Built]:
        """Builds jobs; those whose bundle the cluster has lost are ``lost``."""
        try:
            held = self._dask.scatter(bundle, broadcast=True, hash=False, timeout=PATIENCE)
        except (OSError, CancelledError) as error:
            raise self._gone(str(error)) from None
        futures = {self._dask.submit(build_there, held, job, pure=False, retries=_RETRIES): job for job in jobs}
        ended: SimpleQueue[Any] = SimpleQueue()
        for future in futures:
            future.add_done_callback(ended.put)
        try:
            while futures:
                future = self._next(ended)
                job = futures.pop(future)
                if (built := _built(future, job)) is None:
                    lost.append(job)
                else:
                    yield built
        finally:
            if futures and self._dask.status == "running":
                self._dask.cancel(list(futures), force=True)

    def _next(self, ended: "SimpleQueue[Any]") -> Any:
        """The next future that has ended, as long as there is somebody to wait for."""
        alone = 0.0
        while True:
            with suppress(Empty):
                return ended.get(timeout=_LOOK)
            if self._dask.status != "running":
                raise self._gone("the connection was lost")
            with suppress(OSError, CancelledError):
                alone = 0.0 if self._dask.nthreads() else alone + _LOOK
            if alone > PATIENCE:
                raise self._gone(f"no worker for {PATIENCE:.0f} s")

    def _gone(self, got: str) -> ReportsFailed:
        return ReportsFailed(
            f"{self._scheduler}: expected the cluster until all reports are built, got: {got}; "
            "what is published is whole, run again for the rest"
        )


def _client_files(client: Client) -> list[Path]:
    """The client file and its parts, by absolute paths. Raises RequestError for a part that has no other path."""
    for key in ("model", "incentives"):
        value = getattr(client.settings, key)
        if isinstance(value, str) and Path(value).is_absolute():
            message = f"{key}: expected a path relative to this file, as a cluster has no {value!r}; move it beside"
            raise client.document.error((key,), message)
    folder = client.folder.resolve()
    return [Path(os.path.normpath(folder / path.relative_to(client.folder))) for path in client.files()]


def _connected(scheduler: str) -> Any:
    for name in (
        "distributed",
        *(logger for logger in logging.root.manager.loggerDict if logger.startswith("distributed.")),
    ):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # a batch speaks of reports alone
    try:
        return distributed.Client(scheduler, timeout=CONNECT, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise RequestError(
            f"{scheduler}: expected a Dask scheduler, got: {error}; start one with 'dask scheduler' and give its "
            "address, such as --scheduler tcp://host:8786"
        ) from None


def _check(dask: Any, here: Mapping[str, str]) -> None:
    """Raises RequestError where there is no worker, or somebody who would not build the same bytes."""
    try:
        dask.wait_for_workers(1, timeout=CONNECT)
    except TimeoutError:
        raise RequestError(
            f"{dask.scheduler.address}: expected workers, got none in {CONNECT:.0f} s; start them with 'dask worker "
            f"{dask.scheduler.address}'"
        ) from None
    for address, there in _standings(dask).items():
        if isinstance(there, BaseException):
            raise RequestError(f"{address}: expected the package salesperf, got: {there}; install it there")
        if difference := unlike(here, there):
            raise RequestError(f"{address}: {difference}; install the same environment there")


def _standings(dask: Any) -> dict[str, Any]:
    """What scheduler and workers stand on, or why they cannot tell; the scheduler has to understand the jobs, too."""
    try:
        scheduler = dask.run_on_scheduler(standing)
    except Exception as error:  # whatever it was there
        scheduler = error
    return {dask.scheduler.address: scheduler, **dict(sorted(dask.run(standing, on_error="return").items()))}


def _built(future: Any, job: Job) -> Built | None:
    """What came of a job; None where the cluster has lost what it needs. Raises RequestError of a worker."""
    try:
        built: Built = future.result()
    except RequestError:
        raise
    except CancelledError:
        return None
    except Exception as error:  # its processes died again and again
        return Built(Result(job.report, "failed", error=one_line(f"its worker died: {error!r}")), {})
    return built
