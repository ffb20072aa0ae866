"""How a command that builds reports ends on Ctrl-C or SIGTERM."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from salesperf.errors import Interrupted


@contextmanager
def ended_in_order(message: str) -> Iterator[None]:
    """Has Ctrl-C and SIGTERM end the block: it is unwound, then `Interrupted` with ``message`` is raised.

    Until the block is left, further signals of both kinds are ignored; afterwards the earlier handlers are back.
    """

    def end(*_: object) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)  # a second signal must not interrupt the cleaning up
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, end)
    try:
        yield
    except (KeyboardInterrupt, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not _is_end(error):
            raise
        raise Interrupted(message) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def tried() -> Iterator[None]:
    """Within `ended_in_order`: no error of the block counts, but a signal ends the command all the same."""
    try:
        yield
    except Exception as error:
        if _is_end(error):
            raise


def _is_end(error: Exception) -> bool:
    """Whether an error is what DuckDB raises in the place of the KeyboardInterrupt that ended its query."""
    signalled = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return isinstance(error, RuntimeError) and str(error) == "Query interrupted" and signalled
