"""What a client asks the parent for, and how the request travels: in a file of its own, so its size does not matter."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

KERNEL = "SALESPERF_KERNEL_PID"  # in the environment of a kernel and of all that its cells start
SEED = "SALESPERF_SEED"  # in a kernel's environment: any text; its random numbers follow from it

# BLAS and OpenMP read these once, when they are loaded, which is before the fork; threads do not survive a fork
# anyway, and sums in a fixed order give the same digits on every machine.
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

# What an interpreter or the loader under it reads only once, at its start.
_READ_AT_START = ("PYTHON", "LD_", "DYLD_", "MALLOC_", "GLIBC_TUNABLES")


@dataclass(frozen=True)
class Request:
    """A kernel that is wanted.

    ``arguments`` stand behind ``python -m ipykernel_launcher``, ``executable`` is that python, ``folder`` is where it
    shall work, ``mask`` the permissions that its files are not to have (None: as the parent).
    """

    executable: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    folder: str
    mask: int | None = None

    def as_file(self) -> BinaryIO:
        """The request as an open file without a name."""
        file: BinaryIO = (
            os.fdopen(os.memfd_create("salesperf-request"), "w+b")
            if hasattr(os, "memfd_create")
            else tempfile.TemporaryFile()  # noqa: SIM115  the receiver closes it
        )
        file.write(json.dumps(asdict(self)).encode("utf-8", "surrogateescape"))
        file.flush()
        return file


def read_request(descriptor: int) -> Request:
    """The request in an open file, which is closed."""
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        fields = json.loads(file.read().decode("utf-8", "surrogateescape"))
    return Request(**fields | {"arguments": tuple(fields["arguments"])})


def fixed_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that cannot be changed in a running interpreter.

    >>> fixed_at_start({"PYTHONHASHSEED": "0", "LANG": "C"})
    {'PYTHONHASHSEED': '0'}
    """
    return {name: value for name, value in environment.items() if name.startswith(_READ_AT_START)}


def own_mask() -> int | None:
    """This process's umask, where it can be read without being changed for a moment."""
    try:
        status = Path("/proc/self/status").read_text("utf-8", "replace")
    except OSError:
        return None
    return next((int(line.split()[1], 8) for line in status.splitlines() if line.startswith("Umask:")), None)
