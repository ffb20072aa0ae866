"""Who publishes on a store: said by that one, told to the one who has to wait, and whether that one is still there."""

import json
import os
import platform
import secrets
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

_LONGEST = timedelta(days=1)  # that a batch may take
_RUN = secrets.token_hex(8)  # this process, also where a later one gets its number


def claim() -> str:
    """Says that this process publishes on a store from now on; no two of these texts are the same."""
    own = os.getpid()
    told = {
        "process": own,
        "host": platform.node(),
        "boot": _boot(),
        "started": _started(own),
        "run": _RUN,
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "token": secrets.token_hex(8),
    }
    return json.dumps(told)


def claimant(text: str) -> str:
    """Who has written a claim, in words."""
    try:
        told = json.loads(text)
        return f"a batch that runs as process {told['process']} on {told['host']} since {told['since']}"
    except (ValueError, KeyError, TypeError):
        return "another batch"


def is_gone(text: str, now: datetime | None = None) -> bool:
    """Whether the one who has written a claim has ended without a word.

    That is believed after a day. Before, it is known only of this machine since it was started: there the process is
    gone, or its number is now that of another one.

    >>> is_gone(claim()), is_gone("no word of ours")
    (False, False)
    """
    try:
        told = json.loads(text)
        if (now or datetime.now(UTC)) - datetime.fromisoformat(told["since"]) > _LONGEST:
            return True
        here = (told["host"], told.get("boot")) == (platform.node(), _boot())
        return here and not _is_there(int(told["process"]), told.get("started"), told.get("run"))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return False


def _is_there(process: int, started: str | None, run: str | None) -> bool:
    """Whether a process of this machine is the one that it was."""
    if process == os.getpid():
        return run == _RUN
    return _runs(process) and (started is None or _started(process) in (None, started))


def _runs(process: int) -> bool:
    if os.name == "nt":  # there, asking would end it
        return True
    with suppress(PermissionError):  # somebody else's, so it runs
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True


@cache
def _boot() -> str:
    """What this machine is called from its start to its end; where the system has no such name, the machine itself."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return f"{uuid.getnode():x}"


def _started(process: int) -> str | None:
    """When a process began, in ticks since the machine did; None where the system does not tell."""
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return told.rpartition(")")[2].split()[19]  # the 22nd field; the second one may have any sign in it
