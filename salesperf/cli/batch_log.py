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
    """The log of a batch on standard error: JSON lines if asked for, else by whether somebody is watching.

    A user's error that leaves the block is logged and goes on; in JSON, where it would be a line of another kind, it
    becomes an exit with its code.
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
