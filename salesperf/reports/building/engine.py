"""How papermill runs a notebook here: its own way, under limits of time and of what is printed."""

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

ENGINE = "salesperf"  # as papermill knows it
SETTINGS = "IPYTHONDIR"
MOST_OUTPUT = 50_000_000  # characters that a report may print or show


@dataclass
class Course:
    """How far a notebook came, cell by cell, and the characters that it has printed or shown."""

    notebook: NotebookNode | None = None
    printed: int = 0

    @property
    def is_too_long(self) -> bool:
        """Whether it has printed more than a report may."""
        return self.printed > MOST_OUTPUT


class _KernelClient(AsyncKernelClient):
    """Ready as soon as the kernel answers and is heard.

    The usual client then waits a fifth of a second for more of what is of no cell; here nobody mistakes that for one's.
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
    """Kills the kernel when its time is over; the client then finds it dead."""

    seconds: float | None = None

    @default("client_factory")
    def _client_factory_default(self) -> type[_KernelClient]:
        return _KernelClient

    @default("connection_file")
    def _connection_file_default(self) -> str:
        """In the report's own folder, with which it goes, also where this process is killed."""
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
    """Papermill's own client, which kills a kernel that prints too much, as it keeps all of it in memory."""

    course = Instance(Course)

    def process_message(self, message: dict[str, Any], *where: Any) -> Any:
        """Takes what the kernel says; nothing any more once that is too much."""
        content = message["content"]
        self.course.printed += len(content.get("text", "")) + sum(map(len, map(str, content.get("data", {}).values())))
        if not self.course.is_too_long:
            return super().process_message(message, *where)
        self.km.end()
        return None


class _Engine(NBClientEngine):  # type: ignore[misc]
    """Papermill's own engine, under limits, that shows how far a notebook came."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, course: Course, limits: Limits, start_timeout: int = 60, **options: Any
    ) -> NotebookNode:
        course.notebook = nb_man.nb
        # A class of its own for each report, as the client makes the manager itself, without arguments of ours.
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
