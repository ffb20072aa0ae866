"""The form of the notebooks' files: what JupyterLab saves and what the hooks leave are the bytes that are committed."""

import asyncio
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from nbclient import NotebookClient
from nbformat.sign import MemorySignatureStore, NotebookNotary

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
CONFIGURED = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
HOOKS = {hook["id"]: hook["entry"] for repository in CONFIGURED["repos"] for hook in repository["hooks"]}


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """A folder with copies of the notebooks, below the settings of the hooks."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "notebooks").mkdir()
    for path in NOTEBOOKS.glob("*.ipynb"):
        shutil.copy(path, tmp_path / "notebooks")
    return tmp_path / "notebooks"


def in_bytes(folder: Path) -> dict[str, bytes]:
    """The notebooks of a folder, by their names."""
    return {path.name: path.read_bytes() for path in folder.glob("*.ipynb")}


def contents_manager(folder: Path) -> AsyncLargeFileManager:
    """What a Jupyter server reads and writes the files of a folder with."""
    notary = NotebookNotary(secret=b"of the tests", store_factory=MemorySignatureStore)
    return AsyncLargeFileManager(root_dir=str(folder), notary=notary)


def get(path: Path) -> Any:
    """The content of a notebook, as a Jupyter server sends it."""
    got = asyncio.run(contents_manager(path.parent).get(path.name))
    return json.loads(json.dumps(got["content"]))


def put(path: Path, content: Any) -> None:
    """Has a Jupyter server save the content of a notebook."""
    model = {"type": "notebook", "format": "json", "content": content}
    asyncio.run(contents_manager(path.parent).save(model, path.name))


def run_hook(hook: str, folder: Path) -> None:
    """Runs a hook on the notebooks of a folder, as pre-commit does."""
    program, *options = shlex.split(HOOKS[hook])
    command = [Path(sys.executable).with_name(Path(program).name), *options, *sorted(folder.glob("*.ipynb"))]
    subprocess.run(command, check=True, capture_output=True, cwd=folder.parent)


def test_jupyters_contents_manager_saves_the_bytes_that_it_read(copies: Path) -> None:
    for path in sorted(copies.glob("*.ipynb")):
        put(path, get(path))
    assert in_bytes(copies) == in_bytes(NOTEBOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_changes_no_byte_of_what_is_committed(copies: Path, hook: str) -> None:
    run_hook(hook, copies)
    assert in_bytes(copies) == in_bytes(NOTEBOOKS)


def test_a_notebook_that_was_run_and_saved_is_stripped_to_what_is_committed(copies: Path, workbench: Path) -> None:
    path = copies / "choose_model.ipynb"
    notebook = nbformat.from_dict(get(path))
    folder = {"metadata": {"path": str(workbench / "notebooks")}}
    NotebookClient(notebook, kernel_name="salesperf", resources=folder).execute()
    put(path, notebook)
    saved = nbformat.read(path, as_version=4)
    assert saved.metadata.language_info.version
    assert any(cell.outputs for cell in saved.cells if cell.cell_type == "code")
    assert all(cell.execution_count for cell in saved.cells if cell.cell_type == "code")
    run_hook("nbstripout", copies)
    assert in_bytes(copies) == in_bytes(NOTEBOOKS)
