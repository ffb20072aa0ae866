"""Building of one report: papermill runs the notebook in a kernel of its own, nbconvert makes the page of it."""

import json
import os
import re
import tempfile
import time
import traceback
from collections.abc import Mapping
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from salesperf.data.dataset import VARIABLE as DATASET
from salesperf.errors import one_line
from salesperf.kernels.limits import MEMORY
from salesperf.kernels.seeds import SEED
from salesperf.reports.building.engine import ENGINE, MOST_OUTPUT, SETTINGS, Course
from salesperf.reports.building.job import Job
from salesperf.reports.building.page import page_html
from salesperf.reports.building.varying import without_what_varies
from salesperf.reports.result import GIGABYTE, Built, Result

KERNEL = "salesperf"  # the name by which Jupyter knows the warm kernel
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # of the terminal, in the tracebacks of IPython
_NO_MEMORY = ("out of memory", "cannot allocate memory")  # in messages of errors whose type does not say it


def build(job: Job) -> Built:
    """Runs the notebook and makes the page. Any exception in this becomes a failed result."""
    start = time.monotonic()
    course = Course()
    try:
        source = json.loads(job.notebook.read_text(encoding="utf-8"))
        executed = _executed(job, _kernel(source), course)
        details = without_what_varies(executed, source, job.cwd)
        page = page_html(executed, job.report.title, job.report.page).encode()
        files = {job.report.page: page, job.report.notebook: _written(executed)}
    except Exception as error:  # one report never stops another; the traceback goes to the log
        return _failed(job, error, course, time.monotonic() - start)
    return Built(Result(job.report, "published", time.monotonic() - start, details=details), files)


def _kernel(source: Mapping[str, Any]) -> str:
    """The name of the kernel: the warm one for Python, for another language the one that the notebook names."""
    kernelspec = source["metadata"].get("kernelspec", {})
    return KERNEL if kernelspec.get("language", "python").casefold() == "python" else str(kernelspec["name"])


def _executed(job: Job, kernel: str, course: Course) -> NotebookNode:
    environment = {SEED: str(job.seed), DATASET: str(job.dataset or ""), MEMORY: str(job.limits.memory or "")}
    beside = job.dataset.parent if job.dataset else None
    with tempfile.TemporaryDirectory(prefix="ipython-", dir=beside, ignore_cleanup_errors=True) as settings:
        # The kernel inherits this; the process builds one report at a time. IPython and Jupyter write in ``settings``.
        os.environ.update(environment | {SETTINGS: settings, "JUPYTER_RUNTIME_DIR": settings})
        executed: NotebookNode = papermill.execute_notebook(
            str(job.notebook),
            None,
            parameters=dict(job.parameters),
            engine_name=ENGINE,
            kernel_name=kernel,
            cwd=str(job.cwd),
            progress_bar=False,
            log_output=False,
            course=course,
            limits=job.limits,
            extra_arguments=["--HistoryManager.hist_file=:memory:"] if kernel == KERNEL else [],
            shutdown_kernel="immediate",  # all cells have run; asked to shut down by itself, a kernel may take seconds
        )
    return executed


def _failed(job: Job, error: Exception, course: Course, seconds: float) -> Built:
    """The failed result, with a text (error line, failing cell, traceback) and the notebook as far as it ran."""
    cell = _failing_cell(course.notebook, error) if course.notebook else None
    where = f" (cell {cell.get('id', '')!r})" if cell else ""
    source = cell.source if cell else ""
    if course.is_too_long:
        reason = f"printed more than the {MOST_OUTPUT // 10**6} MB that a report may print{where}"
    else:
        reason = _what_went_wrong(job, error, where, seconds)
    details = _COLOURS.sub("", "\n".join(getattr(error, "traceback", []))) or traceback.format_exc()
    text, notebook = job.report.failure_files
    files = {text: f"{reason}\n\n{source}\n\n{details}\n".encode()}
    if course.notebook:
        files[notebook] = _written(course.notebook)
    return Built(Result(job.report, "failed", seconds, reason, details), files)


def _written(notebook: NotebookNode) -> bytes:
    text: str = nbformat.writes(notebook)
    return f"{text}\n".encode()


def _failing_cell(notebook: NotebookNode, error: Exception) -> Any:
    """The cell that raised the error, or in which the kernel died; None where it was no cell."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    raised = [cell for cell in cells if any(output.output_type == "error" for output in cell.outputs)]
    if raised or not isinstance(error, DeadKernelError | CellExecutionError):
        return raised[-1] if raised else None
    begun = [cell for cell in cells if cell.metadata.get("papermill", {}).get("start_time")]
    return begun[-1] if begun else None


def _what_went_wrong(job: Job, error: Exception, where: str, seconds: float) -> str:
    """The error in one line: of a RequestError or DataError its message, of others also their type and the cell."""
    limits = job.limits
    if isinstance(error, DeadKernelError):
        if limits.seconds is not None and seconds >= limits.seconds:
            return f"took longer than the {limits.seconds:g} s that a report may take{where}; see --timeout"
        return f"the kernel died{where}; the machine may be short of memory"
    if isinstance(error, CellExecutionError):  # the cell has failed, but its outputs hold no error
        return f"the kernel could not say what went wrong{where}; it may have been short of memory"
    if not isinstance(error, PapermillExecutionError):
        return one_line(f"{type(error).__name__}: {error}")
    message = one_line(str(error.evalue))
    if error.ename in ("RequestError", "DataError"):
        return message
    if limits.memory is not None and _lacks_memory(error.ename, message):
        return f"needed more than the {limits.memory / GIGABYTE:g} GB that a report may take{where}; see --memory"
    return f"{error.ename}: {message}{where}"


def _lacks_memory(kind: str, message: str) -> bool:
    """Whether an error is lack of memory. The word "memory" in the message is not enough: it may name a product."""
    return "Memory" in kind or any(words in message.casefold() for words in _NO_MEMORY)
