"""What a report may take, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from salesperf.reports.report import Report

GIGABYTE = 10**9
_GRACE = 60.0  # seconds

Status = Literal["published", "unchanged", "failed"]


@dataclass(frozen=True)
class Limits:
    """What a report may take: seconds, and bytes of memory beyond what a kernel has at its start; None is no limit."""

    seconds: float | None = None
    memory: int | None = None

    @property
    def patience(self) -> float | None:
        """The seconds to wait for a process that builds a report: longer than its limit, which it should heed."""
        return None if self.seconds is None else self.seconds + _GRACE


@dataclass(frozen=True)
class Result:
    """How a report ended: ``error`` is one line, "" if well; ``details`` (traceback, what varies) are for the log."""

    report: Report
    status: Status
    seconds: float = 0.0
    error: str = ""
    details: str = ""


@dataclass(frozen=True)
class Built:
    """A result with its files by name: what is published, or what is kept of a failure for whoever looks into it."""

    result: Result
    files: Mapping[str, bytes]
