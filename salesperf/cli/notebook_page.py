"""The page of one notebook, written where a command is asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from salesperf.errors import ReportsFailed

if TYPE_CHECKING:
    from salesperf.params import Client


def write_notebook_page(client: Client, name: str, parameters: Mapping[str, str], out: Path) -> None:
    """Runs the notebook of this name as a batch runs its reports, from the working folder, and writes its page.

    Raises RequestError where there is no such notebook or the page cannot be written, ReportsFailed where a cell fails.
    """
    import nbformat

    from salesperf.documents import write_whole
    from salesperf.reports.building.job import Job
    from salesperf.reports.building.local import LocalExecutor
    from salesperf.reports.building.page import page_html
    from salesperf.reports.publishing.order import notebook_near
    from salesperf.reports.report import Report

    notebook = notebook_near(client, Path("notebooks", f"{name}.ipynb"))
    report = Report("region", "", name)
    with LocalExecutor(1, [notebook]) as executor:
        (built,) = executor.run([Job(report, notebook, parameters, Path.cwd(), seed=0)])
    if built.result.error:
        raise ReportsFailed(f"{notebook}: expected a page, got: {built.result.error}")
    executed = nbformat.reads(built.files[report.notebook].decode(), as_version=4)
    write_whole(out, page_html(executed, name))  # by itself, without the links of a batch's pages
