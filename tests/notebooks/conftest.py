"""Notebooks of the tests, executed: on two regions of the demo company in Chinese, in warm kernels by default."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from html import unescape
from itertools import count
from pathlib import Path

import nbformat
import papermill
import pytest

from salesperf.cover import cover
from salesperf.params import Client
from salesperf.reports.building.page import ReportExporter

SALESPERF = Path(sys.executable).with_name("salesperf")
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture(scope="session")
def workbench_of() -> Callable[..., Path]:
    """Sets up a folder with params/demo.yml, with more settings if given, and the export of a client."""

    def made(folder: Path, client: Client, more: str = "") -> Path:
        shutil.copytree(client.folder, folder / "params")
        with (folder / "params" / "demo.yml").open("a", encoding="utf-8") as file:
            file.write(more)
        (folder / "notebooks").mkdir()
        return folder

    return made


@pytest.fixture(scope="session")
def executed() -> Callable[..., Path]:
    """Runs a notebook, by its name, in a kernel that starts in the workbench's notebooks as JupyterLab's would."""
    number = count()

    def made(notebook: str, workbench: Path, kernel: str = "salesperf", **parameters: object) -> Path:
        out = workbench / f"{notebook}-{next(number)}.ipynb"
        papermill.execute_notebook(
            NOTEBOOKS / f"{notebook}.ipynb",
            out,
            parameters,
            kernel_name=kernel,
            cwd=workbench / "notebooks",
            progress_bar=False,
        )
        return out

    return made


@pytest.fixture(scope="session")
def page_of() -> Callable[[Path], str]:
    """The page of an executed notebook, as text."""
    return lambda executed: unescape(ReportExporter().from_filename(str(executed))[0])


@pytest.fixture(scope="session")
def cover_of() -> Callable[[Path], dict[str, object]]:
    """The cover of an executed notebook."""
    return lambda executed: cover(nbformat.read(executed, as_version=4).cells)


@pytest.fixture(scope="session")
def workbench(
    workbench_of: Callable[..., Path], chinese_two_regions_client: Client, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with params/demo.yml and two regions of the demo company, in Chinese."""
    return workbench_of(tmp_path_factory.mktemp("workbench"), chinese_two_regions_client)


@pytest.fixture(scope="session")
def served() -> Callable[..., AbstractContextManager[str]]:
    """Has `salesperf lab` serve a folder while a `with` lasts; gives the address. Its log and settings lie in there."""

    @contextmanager
    def serving(folder: Path, *options: str) -> Iterator[str]:
        with socket.socket() as any_free:
            any_free.bind(("127.0.0.1", 0))
            port = any_free.getsockname()[1]
        settings = {"ServerApp": {"allow_root": True}, "IdentityProvider": {"token": ""}}
        (folder / "jupyter_server_config.json").write_text(json.dumps(settings), encoding="utf-8")
        places = {f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("DATA", "RUNTIME")}
        environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(folder), **places}
        command = [str(SALESPERF), "lab", str(folder), *options, "--no-browser", f"--port={port}"]
        with (folder / "server.log").open("w") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=environment)
            try:
                while not _listens(port):
                    assert server.poll() is None, (folder / "server.log").read_text("utf-8")
                    time.sleep(0.05)
                yield f"http://127.0.0.1:{port}"
            finally:
                os.killpg(server.pid, signal.SIGTERM)
                server.wait(timeout=60)
                # A server that restarts a kernel at that moment may never end by itself; its kernels end with it.
                with suppress(ProcessLookupError):
                    os.killpg(server.pid, signal.SIGKILL)

    return serving


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def lab_workbench(
    workbench_of: Callable[..., Path], two_regions_client: Client, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with two regions of the demo company, in English, and the notebook of the weights lab."""
    folder = workbench_of(tmp_path_factory.mktemp("lab"), two_regions_client)
    shutil.copy(NOTEBOOKS / "weights_lab.ipynb", folder / "notebooks")
    return folder
