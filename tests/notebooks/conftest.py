"""Notebooks of the tests, executed: on two regions of the demo company in Chinese, in warm kernels by default."""

import shutil
from collections.abc import Callable
from html import unescape
from itertools import count
from pathlib import Path

import nbformat
import papermill
import pytest

from salesperf.cover import cover
from salesperf.params import Client
from salesperf.reports.building.page import ReportExporter

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture(scope="session")
def chinese_workbench() -> Callable[..., Path]:
    """Sets up a folder with params/demo.yml in Chinese, with more settings if given, and the export of a client."""

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
    chinese_workbench: Callable[..., Path], chinese_two_regions_client: Client, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with params/demo.yml and two regions of the demo company, in Chinese."""
    return chinese_workbench(tmp_path_factory.mktemp("workbench"), chinese_two_regions_client)
