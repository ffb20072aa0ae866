"""Which log a batch writes: JSON, a terminal's, or the quiet one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from salesperf.cli.progress import BatchLog, JsonLog, QuietLog
from salesperf.errors import SalesperfError

Form = Literal["text", "json"]


@contextmanager
def batch_log(form: Form) -> Iterator[BatchLog]:
    """The log of a batch on standard error: JSON lines for "json"; for "text" by whether standard error is a terminal.

    A `SalesperfError` that leaves the block is logged and raised again. With "json" a `typer.Exit` with its exit code
    is raised in its place, as `main` would print the error as plain text between the JSON lines.
    """
    log = JsonLog() if form == "json" else _log_for_people()
    try:
        yield log
    except SalesperfError as error:
        log.stopped(error)
        raise
    finally:
        log.closed()


def _log_for_people() -> BatchLog:
    if not sys.stderr.isatty():
        return QuietLog()
    from salesperf.cli.terminal_log import TerminalLog

    return TerminalLog()
