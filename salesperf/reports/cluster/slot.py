"""A process that builds reports, one after another, for the one that has started it, and does not outlive that one."""

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
    """A running process with a parent of kernels, that builds one report at a time.

    It is a process of its own because papermill wants one, and because a worker of Dask is a daemon, which
    `multiprocessing` allows no children.
    """

    def __init__(self, notebooks: Iterable[Path]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, *map(str, notebooks)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **kernel_environment()},
            cwd="/",  # no folder is kept busy
            start_new_session=True,  # so that it can end all that it has started
        )

    def build(self, job: Job) -> Built:
        """Builds a report. Raises OSError or EOFError where the process has ended, or does not heed the limit."""
        assert self._process.stdin is not None and self._process.stdout is not None
        pickle.dump(job, self._process.stdin)
        self._process.stdin.flush()
        patience = job.limits.patience
        if os.name != "nt" and not select.select([self._process.stdout], [], [], patience)[0]:
            raise TimeoutError(f"no answer in {patience:g} s")
        built: Built = pickle.load(self._process.stdout)
        return built

    def close(self) -> None:
        """Ends it at once, with the report that it is at; may be called while another thread waits for that."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main() -> None:
    """Builds the reports that standard input asks for, one by one, until it ends."""
    answers = os.fdopen(os.dup(1), "wb")
    silence(1, 2)  # what anybody prints is no answer, and a report's output is in the report
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
            _end()  # it may be the parent's fault; whoever waits tries again with another slot
        pickle.dump(built, answers)
        answers.flush()


def _listen(asked: BinaryIO, jobs: "SimpleQueue[Job]") -> None:
    """Hands jobs on; when there can be no more, ends everything at once."""
    try:
        while True:
            jobs.put(pickle.load(asked))
    finally:
        _end()


def _end() -> NoReturn:
    """Ends this process and all that it has started, at once."""
    # The parent of the kernels, in a session of its own, sees that nobody holds its pipe any more.
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main()
