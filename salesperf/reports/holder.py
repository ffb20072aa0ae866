"""Who keeps a shelf: said by the one who does, told to the one who has to wait, and whether that one is still there."""

import json
import os
import platform
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta

_LONGEST = timedelta(days=1)  # that a batch of another machine, of which nothing else is known, may take


def holding() -> str:
    """Who keeps a shelf from now on, for `holder` and `is_gone`; no two of these texts are the same."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"process": os.getpid(), "host": platform.node(), "since": since, "token": secrets.token_hex(8)})


def holder(text: str) -> str:
    """Who keeps a shelf, in words."""
    try:
        told = json.loads(text)
        return f"a batch that runs as process {told['process']} on {told['host']} since {told['since']}"
    except (ValueError, KeyError, TypeError):
        return "another batch"


def is_gone(text: str, now: datetime | None = None) -> bool:
    """Whether the one who keeps a shelf has ended without a word.

    On this machine that is so when the process is gone; of another machine's batch it is believed after a day.

    >>> is_gone(holding()), is_gone("no word of ours")
    (False, False)
    """
    try:
        told = json.loads(text)
        if told["host"] == platform.node():
            return not _runs(int(told["process"]))
        return (now or datetime.now(UTC)) - datetime.fromisoformat(told["since"]) > _LONGEST
    except (ValueError, KeyError, TypeError):
        return False


def _runs(process: int) -> bool:
    if os.name == "nt":  # there, asking would end it
        return True
    with suppress(PermissionError):  # somebody else's, so it runs
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True
