"""The limit of a kernel's memory: a cell that needs more raises a MemoryError, and the machine does not run out."""

import os
from collections.abc import Mapping
from pathlib import Path

from salesperf.errors import RequestError

try:
    import resource
except ImportError:  # Windows has no limits of this kind
    resource = None  # type: ignore[assignment]

MEMORY = "SALESPERF_MEMORY"  # in a kernel's environment: bytes beyond what it has at its start


def memory_allowed(environment: Mapping[str, str]) -> int | None:
    """The bytes in ``SALESPERF_MEMORY``; None without it.

    Raises `RequestError` if it is not a whole number above zero.
    """
    text = environment.get(MEMORY, "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise RequestError(
            f"{MEMORY}: expected a number of bytes, got {text!r}; write 2000000000 for 2 GB, or unset it"
        )
    return int(text)


def limit_memory(allowed: int, pid: int = 0) -> None:
    """Limits the address space of a process to ``allowed`` bytes more than it has now; ``pid`` 0 is this process.

    A stricter hard limit stays. Has no effect but on Linux.
    """
    if resource is None or not hasattr(resource, "prlimit"):
        return
    limit = _address_space(pid) + allowed
    _, hard = resource.prlimit(pid, resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.prlimit(pid, resource.RLIMIT_AS, (limit, hard))


def _address_space(pid: int) -> int:
    """The size of a process's address space in bytes."""
    pages = Path(f"/proc/{pid or os.getpid()}/statm").read_text("ascii").split()[0]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
