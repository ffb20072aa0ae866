"""The log of a batch at a terminal: a bar, a line per report, a table at the end."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table
from rich.text import Text

from salesperf.cli.progress import STATUSES, BatchStart, counts
from salesperf.errors import SalesperfError, one_line
from salesperf.reports.result import Result

FEW = 12  # in a batch of at most so many reports, the unchanged ones are listed, too


class TerminalLog:
    """At a terminal: a progress bar and a line for each new report, then a table and the path of the index."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = Progress(console=self._console, transient=True, refresh_per_second=4)
        self._task: TaskID | None = None

    def started(self, start: BatchStart) -> None:
        """Shows the bar."""
        self._task = self._bar.add_task("reports", total=start.reports)
        self._bar.start()

    def done(self, result: Result) -> None:
        """Moves the bar; writes a line unless the report is unchanged."""
        if self._task is not None:
            self._bar.advance(self._task)
        if result.status != "unchanged":
            outcome = f"failed: {result.error}" if result.status == "failed" else result.status
            self._say(f"{result.report.title}: {outcome} ({result.seconds:.1f} s)")

    def note(self, text: str) -> None:
        """Writes one line."""
        self._say(text, "dim")

    def warning(self, text: str) -> None:
        """Writes one line."""
        self._say(f"warning: {text}", "yellow")

    def finished(self, results: Sequence[Result], folder: Path | str) -> None:
        """Prints the table and the number of reports by status, and to standard output the path of the index."""
        self._bar.stop()
        listed = [result for result in results if len(results) <= FEW or result.status != "unchanged"]
        if listed:
            self._console.print(results_table(listed))
        self._say(", ".join(f"{number} {status}" for status, number in counts(results).items() if number))
        print(f"{folder}/index.html", flush=True)

    def stopped(self, error: SalesperfError) -> None:
        """Removes the bar; `main` prints the error."""
        self._bar.stop()

    def closed(self) -> None:
        """Removes the bar."""
        self._bar.stop()

    def _say(self, text: str, style: str = "") -> None:
        self._console.print(Text(one_line(text), style), soft_wrap=True)


def results_table(results: Sequence[Result]) -> Table:
    """A row per report: title, status, seconds, error."""
    table = Table("report", "state", "seconds", "error")
    for result in results:
        seconds = Text(f"{result.seconds:.1f}", justify="right")
        table.add_row(
            Text(one_line(result.report.title)),
            Text(result.status, STATUSES[result.status]),
            seconds,
            Text(one_line(result.error)),
        )
    return table
