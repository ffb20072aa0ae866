"""How a command that builds reports ends on a signal."""

import signal

import pytest

from salesperf.cli.ending import ended_in_order, tried
from salesperf.errors import Interrupted


def interrupted_query() -> None:
    """What DuckDB makes of a signal that comes while it works."""
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise RuntimeError("Query interrupted") from None


def test_a_query_that_a_signal_ends_is_a_command_that_it_ends() -> None:
    with pytest.raises(Interrupted, match="over"), ended_in_order("over"):
        interrupted_query()


def test_an_error_that_no_signal_has_brought_keeps_its_traceback() -> None:
    with pytest.raises(RuntimeError, match="Query interrupted"), ended_in_order("over"):
        raise RuntimeError("Query interrupted")
    with pytest.raises(RuntimeError, match="another"), ended_in_order("over"):
        raise RuntimeError("another")


def test_what_is_tried_may_fail_but_not_outlast_a_signal() -> None:
    with ended_in_order("over"), tried():
        raise RuntimeError("Query interrupted")  # by no signal
    with pytest.raises(Interrupted, match="over"), ended_in_order("over"), tried():
        interrupted_query()
