"""How a command that builds reports ends on Ctrl-C or SIGTERM."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from salesperf.errors import Interrupted


@contextmanager
def ended_in_order(message: str) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the block in one line, ``message``, once all in it has tidied up."""

    def end(*_: object) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)  # it ends; to be asked again must not keep it from tidying up
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, end)
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(message) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
