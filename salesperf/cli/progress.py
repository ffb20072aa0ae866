"""The logs of a batch: lines on standard error for cron, JSON for programs (at a terminal see `terminal_log`)."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Protocol

import typer

from salesperf.errors import ReportsFailed, SalesperfError, one_line
from salesperf.reports.result import Result, Status

# In the order in which they are spoken of, each with its colour.
STATUSES: dict[Status, str] = {"published": "green", "unchanged": "dim", "failed": "red"}


@dataclass(frozen=True)
class BatchStart:
    """What a batch is about to do: the client's name, the period's label, how many reports."""

    client: str
    period: str
    reports: int


class BatchLog(Protocol):
    """What a batch says as it goes: begun, each report, remarks, warnings, the end, or why it stopped."""

    def started(self, start: BatchStart) -> None:
        """The batch begins."""

    def done(self, result: Result) -> None:
        """A report has ended."""

    def note(self, text: str) -> None:
        """A remark that asks nothing of anybody, such as a slower way taken."""

    def warning(self, text: str) -> None:
        """Something that somebody should look at, though the reports do not suffer."""

    def finished(self, results: Sequence[Result], folder: Path | str) -> None:
        """The batch has ended, its reports lie in ``folder``."""

    def stopped(self, error: SalesperfError) -> None:
        """The batch ends with a user's error; what is not said here is left to whoever catches it."""

    def closed(self) -> None:
        """Nothing more will be said."""


class QuietLog:
    """Away from a terminal: one line for each thing gone wrong, else nothing, so that cron has no cause for mail."""

    def started(self, start: BatchStart) -> None:
        """Says nothing."""

    def done(self, result: Result) -> None:
        """Says what failed."""
        if result.status == "failed":
            self.warning(f"{result.report.title}: failed: {result.error}")

    def note(self, text: str) -> None:
        """Says nothing."""

    def warning(self, text: str) -> None:
        """One line."""
        print(f"salesperf: {one_line(text)}", file=sys.stderr, flush=True)

    def finished(self, results: Sequence[Result], folder: Path | str) -> None:
        """Says nothing."""

    def stopped(self, error: SalesperfError) -> None:
        """Says nothing: the command line prints the error."""

    def closed(self) -> None:
        """Has nothing to close."""


class JsonLog:
    """For programs: one JSON object a line, on a terminal too; `docs/scheduling.md` tells the keys."""

    def __init__(self) -> None:
        self._begun = monotonic()
        self._about: dict[str, str] = {}
        self._ended = False

    def started(self, start: BatchStart) -> None:
        """Event ``batch_started``."""
        self._about = {"client": start.client, "period": start.period}
        self._write("info", "batch_started", reports=start.reports)

    def done(self, result: Result) -> None:
        """Event ``report``."""
        report = result.report
        level = "error" if result.status == "failed" else "info"
        ended = {"state": result.status, "seconds": round(result.seconds, 3), "error": result.error}
        self._write(level, "report", region=report.region, rep=report.rep, kind=report.kind, **ended)

    def note(self, text: str) -> None:
        """Event ``note``."""
        self._write("info", "note", message=text)

    def warning(self, text: str) -> None:
        """Event ``note``, of level ``warning``."""
        self._write("warning", "note", message=text)

    def finished(self, results: Sequence[Result], folder: Path | str) -> None:
        """Event ``batch_finished``."""
        seen = counts(results)
        level, code = ("error", ReportsFailed.exit_code) if seen["failed"] else ("info", 0)
        self._write(level, "batch_finished", **seen, seconds=self._seconds(), folder=str(folder), exit_code=code)
        self._ended = True

    def stopped(self, error: SalesperfError) -> None:
        """Event ``batch_stopped``, unless ``batch_finished`` has said so; then the exit."""
        if not self._ended:
            said = str(error)
            self._write("error", "batch_stopped", error=said, seconds=self._seconds(), exit_code=error.exit_code)
        raise typer.Exit(error.exit_code) from error

    def closed(self) -> None:
        """Has nothing to close."""

    def _seconds(self) -> float:
        return round(monotonic() - self._begun, 3)

    def _write(self, level: str, event: str, **fields: object) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        said = {"time": time, "level": level, "event": event, **self._about, **fields}
        # In ASCII: under cron's locale other letters would be written as what is no JSON.
        print(json.dumps(said), file=sys.stderr, flush=True)


def counts(results: Sequence[Result]) -> dict[str, int]:
    """How many reports ended in each status, those of none included."""
    seen = Counter(result.status for result in results)
    return {status: seen[status] for status in STATUSES}
