"""A slot: a process that builds one report after another for the process that started it, and ends with that."""

import contextlib
import os
import pickle
import select
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO, NoReturn

from salesperf.kernels.owner import SHARED
from salesperf.kernels.process import silence
from salesperf.reports.building.execute import build
from salesperf.reports.building.job import Job
from salesperf.reports.building.local import kernel_environment, kernel_parent
from salesperf.reports.result import Built


class Slot:
    """A running process, with its own parent of kernels, that builds one report at a time.

    It is a process, not a thread, because the environment of a kernel is set in the process that runs papermill; and it
    is started by `subprocess`, because `multiprocessing` allows a Dask worker, which is a daemon, no children.
    """

    def __init__(self, notebooks: Iterable[Path]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, *map(str, notebooks)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **kernel_environment()},
            cwd="/",  # so that no folder is in use that somebody may want to remove
            start_new_session=True,  # so that `_end` can kill the process group, with all that it has started
        )

    def build(self, job: Job) -> Built:
        """Builds a report. Raises OSError or EOFError where the process has ended, or after `Limits.patience`."""
        assert self._process.stdin is not None and self._process.stdout is not None
        pickle.dump(job, self._process.stdin)
        self._process.stdin.flush()
        patience = job.limits.patience
        if os.name != "nt" and not select.select([self._process.stdout], [], [], patience)[0]:
            raise TimeoutError(f"no answer in {patience:g} s")
        built: Built = pickle.load(self._process.stdout)
        return built

    def close(self) -> None:
        """Ends the process at once, also while it builds a report that another thread waits for."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main() -> None:
    """Reads pickled jobs from standard input and writes pickled `Built` to standard output, until the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    silence(1, 2)  # nothing else may be printed among the answers; a report's output is in the report
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    jobs: SimpleQueue[Job] = SimpleQueue()
    asked = os.fdopen(os.dup(0), "rb")
    Thread(target=_listen, args=(asked, jobs), daemon=True).start()
    parent, _ = kernel_parent(map(Path, sys.argv[1:]), os.environ)
    if parent:
        os.environ[SHARED] = parent.socket
    while True:
        built = build(jobs.get())
        if built.result.status == "failed" and parent and not parent.alive:
            _end()  # the dead parent may be the cause; without an answer, Dask tries again with another slot
        pickle.dump(built, answers)
        answers.flush()


def _listen(asked: BinaryIO, jobs: "SimpleQueue[Job]") -> None:
    """Puts jobs into the queue; ends the whole process when the input ends."""
    try:
        while True:
            jobs.put(pickle.load(asked))
    finally:
        _end()


def _end() -> NoReturn:
    """Ends this process and all that it has started, at once."""
    # The parent of the kernels is in another session; it ends when its pipe from this process closes.
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main()
