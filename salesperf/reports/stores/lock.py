"""Claims on a store: the text in which a process says that it publishes there, and whether that process still runs."""

import json
import os
import platform
import secrets
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

_LONGEST = timedelta(days=1)  # that a batch may take; an older claim is void
_RUN = secrets.token_hex(8)  # identifies this process, as its number may be used again


def claim() -> str:
    """A claim of this process, as JSON with its number, host, boot and start time; no two claims are equal."""
    process = os.getpid()
    fields = {
        "process": process,
        "host": platform.node(),
        "boot": _boot(),
        "started": _started(process),
        "run": _RUN,
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "token": secrets.token_hex(8),
    }
    return json.dumps(fields)


def claimant(text: str) -> str:
    """Who wrote a claim, in words; "another batch" where the text is no claim."""
    try:
        fields = json.loads(text)
        return f"a batch that runs as process {fields['process']} on {fields['host']} since {fields['since']}"
    except (ValueError, KeyError, TypeError):
        return "another batch"


def is_gone(text: str, now: datetime | None = None) -> bool:
    """Whether the process that wrote a claim has ended and left it behind. False where the text is no claim.

    A claim older than a day counts as left behind. A younger one counts so only if it was made on this machine since
    the machine's last start, and its process is gone or the number is another process's now. ``now``: by default the
    present.

    >>> is_gone(claim()), is_gone("no word of ours")
    (False, False)
    """
    try:
        fields = json.loads(text)
        if (now or datetime.now(UTC)) - datetime.fromisoformat(fields["since"]) > _LONGEST:
            return True
        here = (fields["host"], fields.get("boot")) == (platform.node(), _boot())
        return here and not _still_runs(int(fields["process"]), fields.get("started"), fields.get("run"))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return False


def _still_runs(process: int, started: str | None, run: str | None) -> bool:
    """Whether the process of this machine that wrote a claim still runs."""
    if process == os.getpid():
        return run == _RUN
    return _exists(process) and (started is None or _started(process) in (None, started))


def _exists(process: int) -> bool:
    if os.name == "nt":  # os.kill would end the process there
        return True
    with suppress(PermissionError):  # the process of another user
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True


@cache
def _boot() -> str:
    """The id of this start of the machine; where the system gives none, an id of the machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return f"{uuid.getnode():x}"


def _started(process: int) -> str | None:
    """When a process started, in clock ticks since the machine did; None where /proc does not tell."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]  # field 22; field 2, the name in brackets, may hold spaces and brackets
