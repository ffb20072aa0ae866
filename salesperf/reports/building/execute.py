"""One report: the notebook run by papermill in a kernel of its own, the page made of it by nbconvert."""

import asyncio
import json
import os
import re
import tempfile
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from salesperf.data.dataset import VARIABLE as DATASET
from salesperf.errors import one_line
from salesperf.kernels.limits import MEMORY
from salesperf.kernels.seeds import SEED
from salesperf.reports.building.page import page_html
from salesperf.reports.building.varying import without_what_varies
from salesperf.reports.report import Report
from salesperf.reports.result import GIGABYTE, Built, Limits, Result

KERNEL = "salesperf"  # the warm kernel, as Jupyter knows it
ENGINE = "salesperf"  # the way of running a notebook, as papermill knows it
SETTINGS = "IPYTHONDIR"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_NO_MEMORY = ("out of memory", "cannot allocate memory")  # in errors that do not bear it in their names


@dataclass(frozen=True)
class Job:
    """One report to build: the notebook and its parameters, and what its kernel is handed.

    ``cwd``: the folder that relative paths start from; ``seed``: of random numbers; ``dataset``: the file that hands
    the region's slice (see `salesperf.data.dataset`), None where the kernel reads the export itself.
    """

    report: Report
    notebook: Path
    parameters: Mapping[str, str]
    cwd: Path
    seed: int
    dataset: Path | None = None
    limits: Limits = field(default_factory=Limits)


class _Engine(NBClientEngine):  # type: ignore[misc]
    """Papermill's own engine, under a limit of time, that shows how far a notebook came."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, seen: list[NotebookNode], limits: Limits, **kwargs: Any
    ) -> Any:
        seen.append(nb_man.nb)
        # A class of its own for each report, as the client makes the manager itself, without arguments of ours.
        manager = type("LimitedKernelManager", (_LimitedKernelManager,), {"seconds": limits.seconds})
        return super().execute_managed_notebook(nb_man, kernel_name, kernel_manager_class=manager, **kwargs)


papermill_engines.register(ENGINE, _Engine)


class _LimitedKernelManager(AsyncKernelManager):
    """Kills the kernel when its time is over; the client then finds it dead."""

    seconds: float | None = None

    @default("connection_file")
    def _connection_file_default(self) -> str:
        """In the report's own folder, with which it goes, also where this process is killed."""
        return os.path.join(os.environ[SETTINGS], "kernel.json")

    async def _async_post_start_kernel(self, **kwargs: Any) -> None:
        await super()._async_post_start_kernel(**kwargs)
        if self.seconds is not None:
            self._end = asyncio.get_running_loop().call_later(self.seconds, self._expire)

    def _expire(self) -> None:
        if self.provisioner is not None:
            self._killing = asyncio.ensure_future(self.provisioner.kill())

    post_start_kernel = _async_post_start_kernel


def build(job: Job) -> Built:
    """Runs the notebook and makes the page; any exception in it becomes a failed result."""
    start = time.monotonic()
    seen: list[NotebookNode] = []
    try:
        source = json.loads(job.notebook.read_text(encoding="utf-8"))
        executed = _executed(job, _kernel(source), seen)
        details = without_what_varies(executed, source, job.cwd)
        page = page_html(executed, job.report.title).encode()
        files = {job.report.page: page, job.report.notebook: _written(executed)}
    except Exception as error:  # one report never stops another; what happened goes to the log whole
        return _failed(job, error, seen, time.monotonic() - start)
    return Built(Result(job.report, "published", time.monotonic() - start, details=details), files)


def _kernel(source: Mapping[str, Any]) -> str:
    """The warm kernel for Python, for another language the one that the notebook names."""
    own = source["metadata"].get("kernelspec", {})
    return KERNEL if own.get("language", "python").casefold() == "python" else str(own["name"])


def _executed(job: Job, kernel: str, seen: list[NotebookNode]) -> NotebookNode:
    told = {SEED: str(job.seed), DATASET: str(job.dataset or ""), MEMORY: str(job.limits.memory or "")}
    beside = job.dataset.parent if job.dataset else None
    with tempfile.TemporaryDirectory(prefix="ipython-", dir=beside, ignore_cleanup_errors=True) as settings:
        # What the kernel inherits; this process builds one report at a time. IPython and Jupyter write in that folder.
        os.environ.update(told | {SETTINGS: settings, "JUPYTER_RUNTIME_DIR": settings})
        executed: NotebookNode = papermill.execute_notebook(
            str(job.notebook),
            None,
            parameters=dict(job.parameters),
            engine_name=ENGINE,
            kernel_name=kernel,
            cwd=str(job.cwd),
            progress_bar=False,
            log_output=False,
            seen=seen,
            limits=job.limits,
            extra_arguments=["--HistoryManager.hist_file=:memory:"] if kernel == KERNEL else [],
            shutdown_kernel="immediate",  # all is said; asked to end in its own time, a kernel may take seconds
        )
    return executed


def _failed(job: Job, error: Exception, seen: list[NotebookNode], seconds: float) -> Built:
    """A failure in one line, and the notebook as far as it came with the cell that failed."""
    cell = _failing_cell(seen[0], error) if seen else None
    told, source = _what_went_wrong(job, error, cell, seconds), cell.source if cell else ""
    details = _COLOURS.sub("", "\n".join(getattr(error, "traceback", []))) or traceback.format_exc()
    text, notebook = job.report.failure_files
    files = {text: f"{told}\n\n{source}\n\n{details}\n".encode()}
    if seen:
        files[notebook] = _written(seen[0])
    return Built(Result(job.report, "failed", seconds, told, details), files)


def _written(notebook: NotebookNode) -> bytes:
    text: str = nbformat.writes(notebook)
    return f"{text}\n".encode()


def _failing_cell(notebook: NotebookNode, error: Exception) -> Any:
    """The cell that raised the error, or in which the kernel died."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    raised = [cell for cell in cells if any(one.output_type == "error" for one in cell.outputs)]
    if raised or not isinstance(error, DeadKernelError):
        return raised[-1] if raised else None
    begun = [cell for cell in cells if cell.metadata.get("papermill", {}).get("start_time")]
    return begun[-1] if begun else None


def _what_went_wrong(job: Job, error: Exception, cell: NotebookNode | None, seconds: float) -> str:
    """What went wrong, in one line; a user's mistake is its own message, anything else bears its type and cell."""
    limits = job.limits
    where = f" (cell {cell.get('id', '')!r})" if cell else ""
    if isinstance(error, DeadKernelError):
        if limits.seconds is not None and seconds >= limits.seconds:
            return f"took longer than the {limits.seconds:g} s that a report may take{where}; see --timeout"
        return f"the kernel died{where}; the machine may be short of memory"
    if not isinstance(error, PapermillExecutionError):
        return one_line(f"{type(error).__name__}: {error}")
    message = one_line(str(error.evalue))
    if error.ename in ("RequestError", "DataError"):
        return message
    if limits.memory is not None and _lacks_memory(error.ename, message):
        return f"needed more than the {limits.memory / GIGABYTE:g} GB that a report may take{where}; see --memory"
    return f"{error.ename}: {message}{where}"


def _lacks_memory(kind: str, message: str) -> bool:
    """Whether an error is that there was no memory; the word alone may also be in the name of a product."""
    return "Memory" in kind or any(words in message.casefold() for words in _NO_MEMORY)
