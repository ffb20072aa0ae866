"""A quick end of a Python process."""

import atexit
import os
import sys
import threading
from typing import NoReturn


def end_process(code: int) -> NoReturn:
    """Ends the process as an interpreter does at its end, but without freeing every object first.

    With scientific libraries loaded, freeing them takes a third of a second. Threads are waited for, exit functions
    run, and both output streams are flushed; where one of these raises, a code of 0 becomes 1.
    """
    try:
        threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as the interpreter would
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        code = code or 1
    os._exit(code)
