"""Building on a Dask cluster: its workers build the same bytes from the same jobs as this machine."""

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
from salesperf.reports.cluster.dask_worker import build_there, installation, leave, mismatch
from salesperf.reports.result import Built, Result

CONNECT = 20.0  # seconds that a scheduler, and its first worker, may take to answer
PATIENCE = 300.0  # seconds that a cluster may be without any worker in the middle of a batch
_LOOK = 5.0  # seconds between two checks that the cluster still has workers
_RETRIES = 2  # of a report whose process died; after the death of a whole worker Dask tries again by itself
_ROUNDS = 3  # times that jobs are submitted if the cluster loses them with all of its workers


class DaskExecutor:
    """Builds reports on the workers of a Dask scheduler, which have the same package and environment as this machine.

    The first report of each kind is built on this machine: what it computes for the whole company is kept in the
    batch's dataset, which then goes to the workers in one piece.
    """

    def __init__(self, scheduler: str, client: Client, notebooks: Iterable[Path]) -> None:
        """Connects to a scheduler, given by its address.

        Raises RequestError where that fails, where there is no worker, where scheduler or a worker would not build the
        same bytes, or where the client file names a part by an absolute path.
        """
        self._files = _client_files(client)
        self._notebooks = tuple(path.resolve() for path in notebooks)
        self._scheduler, self._batch = scheduler, uuid.uuid4().hex
        self._installation = installation()
        self._dask = _connected(scheduler)
        try:
            _check(self._dask, self._installation)
        except BaseException:
            self._dask.close()
            raise
        self._local = LocalExecutor(1, self._notebooks)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, jobs: Iterable[Job]) -> Iterator[Built]:
        """Builds each job; yields the results as they end. A report whose worker dies is built on another one.

        Raises ReportsFailed where the cluster is gone, RequestError where a worker would not build the same bytes.
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
        """Ends everything that runs for this batch, on this machine and on the workers, at once."""
        with suppress(Exception):  # a worker that does not answer has nothing left to end
            if self._dask.status == "running":
                self._dask.run(leave, self._batch, on_error="ignore")
        self._dask.close(timeout=5)
        self._local.close()

    def _bundle(self, job: Job) -> Bundle:
        assert job.dataset is not None
        files = [*self._files, *self._notebooks, *dataset_files(job.dataset.parent)]
        return Bundle(self._batch, self._installation, self._files[0], self._notebooks, packed(files))

    def _handed_out(self, bundle: Bundle, jobs: list[Job], lost: list[Job]) -> Iterator[Built]:
        """Builds jobs; appends to ``lost`` those that the cluster has lost together with the bundle."""
        try:
            on_workers = self._dask.scatter(bundle, broadcast=True, hash=False, timeout=PATIENCE)
        except (OSError, CancelledError) as error:
            raise self._gone(str(error)) from None
        futures = {self._dask.submit(build_there, on_workers, job, pure=False, retries=_RETRIES): job for job in jobs}
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
        """The next future that has ended. Raises ReportsFailed where the cluster is lost, or long without workers."""
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
        """The error for a cluster that is gone."""
        return ReportsFailed(
            f"{self._scheduler}: expected the cluster until all reports are built, got: {got}; "
            "what is published is whole, run again for the rest"
        )


def _client_files(client: Client) -> list[Path]:
    """The absolute paths of the client file and the files it names. Raises RequestError for one named absolutely."""
    models = client.settings.model
    named = [("model", name) for name in (models if isinstance(models, list) else [models])]
    for key, value in [*named, ("incentives", client.settings.incentives)]:
        if isinstance(value, str) and Path(value).is_absolute():
            message = f"{key}: expected a path relative to this file, as a cluster has no {value!r}; move it beside"
            raise client.document.error((key,), message)
    folder = client.folder.resolve()
    return [Path(os.path.normpath(folder / path.relative_to(client.folder))) for path in client.files()]


def _connected(scheduler: str) -> Any:
    """A client of a Dask scheduler. Raises RequestError where there is no answer in `CONNECT` seconds."""
    for name in (
        "distributed",
        *(logger for logger in logging.root.manager.loggerDict if logger.startswith("distributed.")),
    ):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # a batch prints only messages about reports
    try:
        return distributed.Client(scheduler, timeout=CONNECT, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise RequestError(
            f"{scheduler}: expected a Dask scheduler, got: {error}; start one with 'dask scheduler' and give its "
            "address, such as --scheduler tcp://host:8786"
        ) from None


def _check(dask: Any, expected: Mapping[str, str]) -> None:
    """Raises RequestError where there is no worker, or where scheduler or a worker has another installation."""
    try:
        dask.wait_for_workers(1, timeout=CONNECT)
    except TimeoutError:
        raise RequestError(
            f"{dask.scheduler.address}: expected workers, got none in {CONNECT:.0f} s; start them with 'dask worker "
            f"{dask.scheduler.address}'"
        ) from None
    for address, installed in _installations(dask).items():
        if isinstance(installed, BaseException):
            raise RequestError(f"{address}: expected the package salesperf, got: {installed}; install it there")
        if difference := mismatch(expected, installed):
            raise RequestError(f"{address}: {difference}; install the same environment there")


def _installations(dask: Any) -> dict[str, Any]:
    """Address → installation of scheduler and workers, or the exception of one that cannot tell it.

    The scheduler is asked, too, as it has to understand the jobs.
    """
    try:
        scheduler = dask.run_on_scheduler(installation)
    except Exception as error:  # of a type that depends on what is installed there
        scheduler = error
    return {dask.scheduler.address: scheduler, **dict(sorted(dask.run(installation, on_error="return").items()))}


def _built(future: Any, job: Job) -> Built | None:
    """The result of a job; None where the cluster has lost the bundle. Raises the RequestError of a worker."""
    try:
        built: Built = future.result()
    except RequestError:
        raise
    except CancelledError:
        return None
    except Exception as error:  # its processes died again and again
        return Built(Result(job.report, "failed", error=one_line(f"its worker died: {error!r}")), {})
    return built
