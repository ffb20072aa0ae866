"""The request for a kernel that a client sends to the parent: a file, so that it may be of any size."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

KERNEL = "SALESPERF_KERNEL_PID"  # in the environment of a kernel and of all that its cells start
SEED = "SALESPERF_SEED"  # in a kernel's environment: any text; its random numbers follow from it

# Variables of kernels. BLAS and OpenMP read them when they are loaded, which is before the fork, and their threads
# would not survive it. With one thread, sums are in a fixed order and so have the same digits on every machine.
ONE_THREAD = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "BLIS_NUM_THREADS",
    )
}

# How the names of variables begin that the interpreter or the dynamic loader reads only at its start.
_READ_AT_START = ("PYTHON", "LD_", "DYLD_", "MALLOC_", "GLIBC_TUNABLES")


@dataclass(frozen=True)
class Request:
    """The kernel that is asked for.

    ``executable``: its Python interpreter; ``arguments``: those of ipykernel_launcher; ``environment``: all its
    variables; ``folder``: its working directory; ``mask``: its umask, None for that of the parent.
    """

    executable: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    folder: str
    mask: int | None = None

    def as_file(self) -> BinaryIO:
        """The request as JSON in an open file without a name; the caller closes it."""
        file: BinaryIO = (
            os.fdopen(os.memfd_create("salesperf-request"), "w+b")
            if hasattr(os, "memfd_create")
            else tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
        )
        file.write(json.dumps(asdict(self)).encode("utf-8", "surrogateescape"))
        file.flush()
        return file


def read_request(descriptor: int) -> Request:
    """Reads a request from the file descriptor of `Request.as_file` and closes it."""
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        fields = json.loads(file.read().decode("utf-8", "surrogateescape"))
    return Request(**fields | {"arguments": tuple(fields["arguments"])})


def fixed_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of an environment that have no effect on an interpreter that is already running.

    >>> fixed_at_start({"PYTHONHASHSEED": "0", "LANG": "C"})
    {'PYTHONHASHSEED': '0'}
    """
    return {name: value for name, value in environment.items() if name.startswith(_READ_AT_START)}


def own_mask() -> int | None:
    """The umask of this process; None outside Linux.

    It is read from /proc, as `os.umask` would have to change it for a moment, in all threads.
    """
    try:
        status = Path("/proc/self/status").read_text("utf-8", "replace")
    except OSError:
        return None
    return next((int(line.split()[1], 8) for line in status.splitlines() if line.startswith("Umask:")), None)
