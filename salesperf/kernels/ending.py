"""The end of a process of ours."""

import atexit
import os
import sys
import threading
from typing import NoReturn


def end_process(code: int) -> NoReturn:
    """Ends the process as an interpreter does at its end, but without freeing every object first.

    With scientific libraries loaded, that would take a third of a second.
    """
    try:
        threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as the interpreter would
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        code = code or 1
    os._exit(code)
