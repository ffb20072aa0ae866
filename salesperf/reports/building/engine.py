"""The engine by which papermill runs a notebook here: its own one, with limits of time and of output."""

import asyncio
import math
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from traitlets import Instance, default

from salesperf.reports.result import Limits

ENGINE = "salesperf"  # the name by which papermill knows the engine
SETTINGS = "IPYTHONDIR"  # the environment variable that names the report's own folder of IPython
MOST_OUTPUT = 50_000_000  # characters that a report may print or show


@dataclass
class Course:
    """The state of a run: the notebook with the outputs so far (None before it starts), the characters of output."""

    notebook: NotebookNode | None = None
    printed: int = 0

    @property
    def is_too_long(self) -> bool:
        """Whether the notebook has put out more than a report may."""
        return self.printed > MOST_OUTPUT


class _KernelClient(AsyncKernelClient):
    """A client that is ready as soon as the kernel has answered and one message of its output channel has arrived.

    Jupyter's client waits another 0.2 s for the channel to be silent. That is not needed here: the client that runs
    the notebook takes as a cell's output only messages that answer the cell.
    """

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        end = time.monotonic() + (math.inf if timeout is None else timeout)
        while True:
            self.kernel_info()
            with suppress(Empty):
                reply = await self.get_shell_msg(timeout=1)
                if reply["msg_type"] == "kernel_info_reply":
                    await self.get_iopub_msg(timeout=0.2)
                    self._handle_kernel_info_reply(reply)
                    return
            if not await self.is_alive():
                raise RuntimeError("the kernel died before it answered")
            if time.monotonic() > end:
                raise RuntimeError(f"the kernel did not answer in {timeout:g} seconds")

    wait_for_ready = _async_wait_for_ready


class _LimitedKernelManager(AsyncKernelManager):
    """A manager that kills its kernel after ``seconds`` (None: never); the client then raises DeadKernelError."""

    seconds: float | None = None

    @default("client_factory")
    def _client_factory_default(self) -> type[_KernelClient]:
        return _KernelClient

    @default("connection_file")
    def _connection_file_default(self) -> str:
        """In the report's own folder, which is removed with the batch's files also if this process is killed."""
        return os.path.join(os.environ[SETTINGS], "kernel.json")

    async def _async_post_start_kernel(self, **kwargs: Any) -> None:
        await super()._async_post_start_kernel(**kwargs)
        if self.seconds is not None:
            self._end = asyncio.get_running_loop().call_later(self.seconds, self.end)

    def end(self) -> None:
        """Kills the kernel."""
        if self.provisioner is not None:
            self._killing = asyncio.ensure_future(self.provisioner.kill())

    post_start_kernel = _async_post_start_kernel


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """Papermill's client; it kills a kernel whose output is too long, as the client keeps all of it in memory."""

    course = Instance(Course)

    def process_message(self, message: dict[str, Any], *where: Any) -> Any:
        """Counts the characters of a message and processes it; once they are too many, kills the kernel instead."""
        content = message["content"]
        self.course.printed += len(content.get("text", "")) + sum(map(len, map(str, content.get("data", {}).values())))
        if not self.course.is_too_long:
            return super().process_message(message, *where)
        self.km.end()
        return None


class _Engine(NBClientEngine):  # type: ignore[misc]
    """Papermill's own engine with limits; ``course`` shows how far the notebook came, also after an error."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, course: Course, limits: Limits, start_timeout: int = 60, **options: Any
    ) -> NotebookNode:
        course.notebook = nb_man.nb
        # A subclass for each report, as the client creates the manager itself and passes it no limit.
        manager = type("LimitedKernelManager", (_LimitedKernelManager,), {"seconds": limits.seconds})
        client = _Client(
            nb_man,
            course=course,
            kernel_name=kernel_name,
            kernel_manager_class=manager,
            startup_timeout=start_timeout,
            timeout=None,
            extra_arguments=options["extra_arguments"],
            shutdown_kernel=options["shutdown_kernel"],
        )
        executed: NotebookNode = client.execute()
        return executed


papermill_engines.register(ENGINE, _Engine)
