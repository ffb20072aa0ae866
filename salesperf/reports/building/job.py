"""A job: all that a worker, on any machine, needs to build a report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from salesperf.reports.report import Report
from salesperf.reports.result import Limits


@dataclass(frozen=True)
class Job:
    """One report to build.

    ``parameters``: those of the notebook; ``cwd``: the working folder of the kernel, from which relative paths start;
    ``seed``: of the kernel's random numbers; ``dataset``: the handover file of the batch's dataset (see
    `salesperf.data.dataset`), None where the kernel reads the export itself. All paths are absolute.
    """

    report: Report
    notebook: Path
    parameters: Mapping[str, str]
    cwd: Path
    seed: int
    dataset: Path | None = None
    limits: Limits = field(default_factory=Limits)
