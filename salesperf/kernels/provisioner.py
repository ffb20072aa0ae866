"""The kernel provisioner by which papermill, nbclient and JupyterLab, unmodified, start warm kernels."""

import asyncio
import contextlib
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.localinterfaces import localhost
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from salesperf.kernels import link, owner
from salesperf.kernels.limits import limit_memory, memory_allowed
from salesperf.kernels.request import ONE_THREAD, SEED, Request, own_mask

_LAUNCHER = ["-m", "ipykernel_launcher"]
_STREAMS = ("stdin", "stdout", "stderr")
_UNDERSTOOD = {"env", "cwd", *_STREAMS, "independent", "extra_arguments", "kernel_id"}
_RESEED = "__import__('salesperf.kernels.seeds').kernels.seeds.reseed_at_first_cell()"


class WarmProvisioner(LocalProvisioner):
    """Has kernels forked by a parent that has the libraries loaded, instead of starting an interpreter for each.

    The parent is the one whose socket is in ``SALESPERF_KERNELS``, else one of this process alone. Where a kernel
    cannot be forked, or the fork would differ from the kernel asked for, an ordinary kernel is started, and a warning
    in the log has the reason. Of the kernel's environment, ``SALESPERF_SEED`` sets its random numbers (see `reseed`)
    and ``SALESPERF_MEMORY`` the limit of its memory in bytes (see `memory_allowed`).
    """

    _link: link.Link | None = None
    _folder: Path | None = None
    _obstacle: str = ""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Connects to the parent, and has client and kernel use sockets in its private folder instead of network ports.

        Raises RequestError where ``SALESPERF_MEMORY`` is wrong.
        """
        environment = dict(kwargs.get("env") or os.environ)
        memory_allowed(environment)  # raises an error before anything is started
        self._hang_up()
        self._obstacle = _obstacle(self.kernel_spec.argv)
        if not self._obstacle:
            try:
                # In a thread, as the first link waits for the parent's imports, which would block the event loop.
                self._link = await asyncio.to_thread(_link_to_parent, environment)
            except (link.NotServed, OSError) as reason:
                self._obstacle = str(reason)
            else:
                self._talk_in(Path(self._link.path).parent)
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Has the kernel forked; where that is not possible, starts an ordinary one and logs a warning."""
        kwargs["env"] = dict(kwargs.get("env") or os.environ) | ONE_THREAD
        reason = self._obstacle or _unfit(cmd, kwargs)
        if not reason and self._link is not None:
            try:
                kernel = await asyncio.to_thread(_fork, self._link, cmd, kwargs)
            except (link.NotServed, OSError) as refusal:
                reason = str(refusal)
            else:
                self._link = None
                self.process = kernel  # type: ignore[assignment]  # it has the methods of Popen that are used
                self.pid = self.pgid = kernel.pid
                self.cwd = kwargs.get("cwd") or Path.cwd()
                return self.connection_info
        self._hang_up()
        self.log.warning("An ordinary kernel is started in place of a warm one: %s", reason)
        return await self._ordinary(cmd, kwargs)

    async def cleanup(self, restart: bool = False) -> None:
        """Closes the link of a launch that failed and, but for a restart, removes the folder of the sockets."""
        self._hang_up()
        if self._folder is not None and not restart:
            with contextlib.suppress(OSError):  # it holds the parent's socket as long as that runs
                self._folder.rmdir()
        await super().cleanup(restart=restart)

    async def _ordinary(self, cmd: list[str], kwargs: dict[str, Any]) -> KernelConnectionInfo:
        """Starts an ordinary kernel, with the same random numbers and limit of memory as a warm one."""
        if SEED in kwargs["env"] and _runs_here(cmd):
            cmd = [*cmd, f"--IPKernelApp.exec_lines={_RESEED}"]
        info = await super().launch_kernel(cmd, **kwargs)
        allowed = memory_allowed(kwargs["env"])
        if allowed is not None and self.pid is not None:
            limit_memory(allowed, self.pid)
        return info

    def _talk_in(self, folder: Path) -> None:
        """Has client and kernel use sockets in the folder, where no other user can connect.

        Has no effect where the client was given an address or ports.
        """
        manager = self.parent
        if self._folder is not None:  # a restart: clients keep the path, but the parent may have removed it
            self._folder.mkdir(mode=0o700, exist_ok=True)
        if manager is None or manager.transport != "tcp" or manager.ip != localhost():
            return
        if not any(manager.ports) and not manager._connection_file_written:
            manager.transport, manager.cache_ports = "ipc", False
            manager.ip = str(folder / f"kernel-{uuid.uuid4().hex[:12]}")
            self._folder = folder

    def _hang_up(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None


def _obstacle(argv: list[str]) -> str:
    """Why no kernel with the command ``argv``, or none on this system, can be forked; "" where one can."""
    if reason := owner.cannot_fork():
        return reason
    python = {"python", f"python{sys.version_info[0]}", f"python{sys.version_info[0]}.{sys.version_info[1]}"}
    if argv[1:3] != _LAUNCHER or argv[0] not in python | {sys.executable}:
        return f"its command is not {sys.executable} -m ipykernel_launcher"
    return ""


def _unfit(cmd: list[str], kwargs: dict[str, Any]) -> str:
    """Why this kernel cannot be forked (``cmd``, ``kwargs``: of `launch_kernel`); "" where it can."""
    if not _runs_here(cmd):
        return f"its command is not {sys.executable} -m ipykernel_launcher"
    others = sorted(kwargs.keys() - _UNDERSTOOD)
    if others:
        return f"{', '.join(others)} can only be set at the start of a process"
    if kwargs.get("independent"):
        return "it is to outlive this process"
    if any(kwargs.get(stream) in (subprocess.PIPE, subprocess.STDOUT) for stream in _STREAMS):
        return "its streams are to be piped"
    if not all(map(os.path.isabs, kwargs["env"].get("PYTHONPATH", os.sep).split(os.pathsep))):
        return "PYTHONPATH depends on the folder"
    folder = kwargs.get("cwd") or os.curdir
    return "" if os.path.isdir(folder) else f"there is no folder {folder}"


def _runs_here(cmd: list[str]) -> bool:
    """Whether a command starts an ipykernel with the interpreter of this process."""
    return cmd[0] == sys.executable and cmd[1:3] == _LAUNCHER


def _link_to_parent(environment: dict[str, str]) -> link.Link:
    """A link to the shared parent, else to this process's own, which is replaced where its code has changed since.

    Raises NoParent where no parent can be started.
    """
    shared = owner.shared_socket(environment)
    if shared:
        with contextlib.suppress(link.NoParent):
            return link.connect(shared)  # changed code or not: only its owner may replace it
    parent = owner.own_parent(environment)
    try:
        connection = link.connect(parent.socket)
    except link.NoParent:  # it has just died
        return link.connect(owner.own_parent(environment, instead_of=parent).socket)
    if not connection.changed:
        return connection
    connection.close()
    return link.connect(owner.own_parent(environment, instead_of=parent).socket)


def _fork(to: link.Link, cmd: list[str], kwargs: dict[str, Any]) -> link.ForkedKernel:
    """Has the parent fork the kernel of a launch (``cmd``, ``kwargs``: of `launch_kernel`). Raises as `link.fork`."""
    request = Request(
        executable=cmd[0],
        arguments=tuple(map(os.path.expanduser, cmd[3:])),
        environment=kwargs["env"],
        folder=os.path.abspath(kwargs.get("cwd") or os.curdir),
        mask=own_mask(),
    )
    with contextlib.ExitStack() as stack:
        empty = stack.enter_context(open(os.devnull, "r+b"))
        nothing = empty.fileno()
        usual = (nothing, 1, 2)
        chosen = [_descriptor(kwargs.get(name), usual[place], nothing) for place, name in enumerate(_STREAMS)]
        return link.fork(to, request, (chosen[0], chosen[1], chosen[2]))


def _descriptor(stream: Any, default: int, empty: int) -> int:
    """The file descriptor of a stream as `subprocess.Popen` takes it; ``empty``, the null device, if it is closed."""
    if stream is None:
        stream = default
    if stream == subprocess.DEVNULL:
        return empty
    number: int = stream if isinstance(stream, int) else stream.fileno()
    try:
        os.fstat(number)
    except OSError:  # closed, as in a process without a terminal
        return empty
    return number
