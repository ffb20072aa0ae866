"""One report: the notebook run by papermill in a kernel of its own, the page made of it by nbconvert."""

import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from salesperf.reports.page import ReportExporter
from salesperf.reports.report import Report


@dataclass(frozen=True)
class Job:
    """One report to build: the notebook and its parameters, and where the result goes for now.

    ``cwd`` is the folder that relative paths start from.
    """

    report: Report
    notebook: Path
    parameters: dict[str, str]
    cwd: Path
    scratch: Path


@dataclass(frozen=True)
class Result:
    """How a job ended: ``error`` is empty if well, else one line; ``details`` (traceback, warnings) are for the log."""

    report: Report
    seconds: float
    error: str = ""
    details: str = ""

    @property
    def region(self) -> str:
        """The region that the report is about or from."""
        return self.report.region


def build(job: Job) -> Result:
    """Runs the notebook and writes page and executed notebook below ``job.scratch``."""
    start = time.monotonic()
    try:
        executed = _executed(job)
    except PapermillExecutionError as error:
        return Result(job.report, time.monotonic() - start, _one_line(error), "\n".join(error.traceback))
    except Exception as error:  # one report never stops another; what happened goes to the log whole
        return Result(job.report, time.monotonic() - start, f"{type(error).__name__}: {error}", traceback.format_exc())
    warned = _without_what_varies(executed)
    exporter = ReportExporter()  # type: ignore[no-untyped-call]
    page, _ = exporter.from_notebook_node(executed, {"metadata": {"name": job.report.title}})
    for output, text in zip(job.report.outputs, (page, nbformat.writes(executed) + "\n"), strict=True):
        path = job.scratch / output
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return Result(job.report, time.monotonic() - start, details=warned)


def _executed(job: Job) -> NotebookNode:
    executed: NotebookNode = papermill.execute_notebook(
        str(job.notebook),
        None,
        parameters=job.parameters,
        kernel_name="python3",
        cwd=str(job.cwd),
        progress_bar=False,
        log_output=False,
    )
    return executed


def _without_what_varies(notebook: NotebookNode) -> str:
    """Takes times and warnings out of an executed notebook; returns the warnings."""
    warned = []
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
        if cell.cell_type == "code":
            warned += [one.text for one in cell.outputs if _is_warning(one)]
            cell.outputs = [one for one in cell.outputs if not _is_warning(one)]
    return "".join(warned)


def _is_warning(output: dict[str, Any]) -> bool:
    return bool(output["output_type"] == "stream" and output["name"] == "stderr")


def _one_line(error: PapermillExecutionError) -> str:
    """What went wrong in a cell; a user's mistake is its own message, anything else bears its type and cell."""
    message = " ".join(str(error.evalue).split())
    if error.ename in ("RequestError", "DataError"):
        return message
    return f"{error.ename}: {message} (code cell {error.exec_count})"
