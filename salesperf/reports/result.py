"""The limits of a report and its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from salesperf.reports.report import Report

GIGABYTE = 10**9
_GRACE = 60.0  # seconds that a process gets beyond its time limit, to report by itself that it was exceeded

Status = Literal["published", "unchanged", "failed"]


@dataclass(frozen=True)
class Limits:
    """What a report may take: seconds, and bytes of memory beyond what its kernel has at its start; None: no limit."""

    seconds: float | None = None
    memory: int | None = None

    @property
    def patience(self) -> float | None:
        """Seconds to wait for a process that builds a report: the time limit and a grace; None: without end."""
        return None if self.seconds is None else self.seconds + _GRACE


@dataclass(frozen=True)
class Result:
    """How a report ended.

    ``seconds``: how long the build took; ``error``: one line, "" if all went well; ``details``: text for the run log,
    the traceback of a failure, else what was removed from the executed notebook as it varies from run to run.
    """

    report: Report
    status: Status
    seconds: float = 0.0
    error: str = ""
    details: str = ""


@dataclass(frozen=True)
class Built:
    """A result with its files, path → content: those to publish, or those that a failure leaves for inspection."""

    result: Result
    files: Mapping[str, bytes]
