"""Kernels of the tests: real ones, forked from one parent of the test process."""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from salesperf.kernels import owner


class Kernel:
    """A running kernel and what a test asks of it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager, self.client = manager, client

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self.manager.provisioner.pid)

    @property
    def parent(self) -> psutil.Process:
        found = self.process.parent()
        assert found is not None
        return found

    @property
    def is_forked(self) -> bool:
        return "salesperf.kernels.parent" in self.process.cmdline()

    def run(self, code: str) -> list[dict[str, Any]]:
        """The code's messages; ends with its reply."""
        messages: list[dict[str, Any]] = []
        # An error makes a kernel refuse what is asked within its next moment, unless it is told not to.
        reply = self.client.execute_interactive(code, stop_on_error=False, output_hook=messages.append, timeout=120)
        return [*messages, reply]

    def says(self, code: str) -> str:
        """What the code prints; an error in it fails the test."""
        *messages, reply = self.run(code)
        assert reply["content"]["status"] == "ok", "\n".join(reply["content"].get("traceback", []))
        return "".join(one["content"]["text"] for one in messages if one["msg_type"] == "stream").strip()

    def error_of(self, code: str) -> str:
        """The name of the exception that the code ends in."""
        return str(self.run(code)[-1]["content"].get("ename", "none"))


KernelOf = Callable[..., AbstractContextManager[Kernel]]


@contextmanager
def started(name: str = "salesperf", **options: Any) -> Iterator[Kernel]:
    manager, client = start_new_kernel(startup_timeout=180, kernel_name=name, **options)
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.context.destroy(linger=0)


@pytest.fixture(scope="package")
def kernel_of(_nobody_is_left: None) -> KernelOf:
    """Starts a kernel (by default one of ours) for a ``with`` block; options as of `KernelManager.start_kernel`.

    The parent is that of a plain kernel, whichever test comes first: it has the variables of who first asks for one.
    """
    with started():
        return started


@pytest.fixture(scope="package", autouse=True)
def _nobody_is_left(eventually: Callable[..., bool]) -> Iterator[None]:
    def parents() -> set[int]:
        return {child.pid for child in psutil.Process().children() if "salesperf.kernels" in command_of(child)}

    before = parents()  # of executors of other tests
    yield
    owner.end_own_parent()
    assert eventually(lambda: parents() <= before)


def command_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.ZombieProcess:
        return "salesperf.kernels: ended, and nobody has taken note"
    except psutil.NoSuchProcess:
        return ""


@pytest.fixture
def light(tmp_path: Path) -> Path:
    """A notebook that imports little, for parents that are to be there soon."""
    return notebook_of(tmp_path / "light.ipynb", "import wave")


def notebook_of(path: Path, *cells: str) -> Path:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "salesperf", "display_name": "", "language": "python"}
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="session")
def notebook() -> Callable[..., Path]:
    """Writes a notebook of code cells for our kernel."""
    return notebook_of


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment as it is, to be added to."""
    return dict(os.environ)


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie has: it only waits to be counted)."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture(scope="session")
def has_ended() -> Callable[[int], bool]:
    """Tells whether a process has ended."""
    return gone


@pytest.fixture(autouse=True)
def _collected(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What jupyter_client leaves to the collector is collected here, so that no later test fails for it.

    What was there before is left out of it, as to look through all that a test process has loaded takes long.
    """
    gc.freeze()
    yield
    with monkeypatch.context() as patch:
        patch.setattr(sys, "unraisablehook", lambda _: None)
        gc.collect()
    gc.unfreeze()
