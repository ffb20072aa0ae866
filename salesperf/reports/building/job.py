"""What a report is built from: all that a worker needs, on whichever machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from salesperf.reports.report import Report
from salesperf.reports.result import Limits


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
