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

# The statuses in the order of summaries, each with its colour (a style of rich) at a terminal.
STATUSES: dict[Status, str] = {"published": "green", "unchanged": "dim", "failed": "red"}


@dataclass(frozen=True)
class BatchStart:
    """What a batch is about to do: the client's name, the period's label, how many reports."""

    client: str
    period: str
    reports: int


class BatchLog(Protocol):
    """Receives the events of a batch, in the order `started`, `done` for each report, `finished`; `closed` always."""

    def started(self, start: BatchStart) -> None:
        """The batch begins."""

    def done(self, result: Result) -> None:
        """A report has ended."""

    def note(self, text: str) -> None:
        """A remark that nobody has to act on, such as that kernels were ordinary ones."""

    def warning(self, text: str) -> None:
        """Something that somebody should look at; the reports are not affected."""

    def finished(self, results: Sequence[Result], folder: Path | str) -> None:
        """The batch has ended; ``folder``: the folder or URL of its reports."""

    def stopped(self, error: SalesperfError) -> None:
        """The batch ends with an error, also after `finished`: some reports failed. The caller raises it again."""

    def closed(self) -> None:
        """The batch is over, however it ended; no call follows."""


class QuietLog:
    """Away from a terminal: a line for each failed report and each warning, else nothing, so cron sends no mail."""

    def started(self, start: BatchStart) -> None:
        """Writes nothing."""

    def done(self, result: Result) -> None:
        """Writes a line if the report failed."""
        if result.status == "failed":
            self.warning(f"{result.report.title}: failed: {result.error}")

    def note(self, text: str) -> None:
        """Writes nothing."""

    def warning(self, text: str) -> None:
        """Writes one line."""
        print(f"salesperf: {one_line(text)}", file=sys.stderr, flush=True)

    def finished(self, results: Sequence[Result], folder: Path | str) -> None:
        """Writes nothing."""

    def stopped(self, error: SalesperfError) -> None:
        """Writes nothing: `main` prints the error."""

    def closed(self) -> None:
        """Has nothing to close."""


class JsonLog:
    """For programs: one JSON object a line, at a terminal too; their keys are in ``docs/scheduling.md``."""

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
        """Event ``batch_stopped``, unless there was ``batch_finished``; raises `typer.Exit` with the error's code."""
        if not self._ended:
            message, code = str(error), error.exit_code
            self._write("error", "batch_stopped", error=message, seconds=self._seconds(), exit_code=code)
        raise typer.Exit(error.exit_code) from error

    def closed(self) -> None:
        """Has nothing to close."""

    def _seconds(self) -> float:
        return round(monotonic() - self._begun, 3)

    def _write(self, level: str, event: str, **fields: object) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        entry = {"time": time, "level": level, "event": event, **self._about, **fields}
        # In ASCII: under cron's locale, standard error would escape other letters in a way that is not JSON.
        print(json.dumps(entry), file=sys.stderr, flush=True)


def counts(results: Sequence[Result]) -> dict[str, int]:
    """Status → number of reports that ended in it, in the order of `STATUSES`; 0 is included."""
    seen = Counter(result.status for result in results)
    return {status: seen[status] for status in STATUSES}
