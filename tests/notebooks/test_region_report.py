"""The region report as a notebook: thin, and run by plain papermill as well as by the batch."""

import ast
import json
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import pytest

from salesperf.cover import cover
from salesperf.data.demo import write_demo

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "region_report.ipynb"


def cells(kind: str) -> list[Any]:
    return [one for one in nbformat.read(NOTEBOOK, as_version=4).cells if one.cell_type == kind]


def test_it_is_a_valid_notebook_without_outputs() -> None:
    nbformat.validate(nbformat.read(NOTEBOOK, as_version=4))
    assert not [one for one in cells("code") if one.outputs or one.execution_count]


def test_its_cells_are_short_and_define_no_functions_and_loop_over_no_files() -> None:
    for cell in cells("code"):
        tree = ast.parse(cell.source)
        heavy = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.With, ast.Try)
        assert not [node for node in ast.walk(tree) if isinstance(node, heavy)]
        if cell.id != "imports":
            assert cell.source.count("\n") < 8


def test_it_has_one_cell_of_parameters_each_typed_and_commented() -> None:
    (parameters,) = [one for one in cells("code") if "parameters" in one.metadata.get("tags", [])]
    for line in parameters.source.splitlines():
        assert ": str = " in line
        assert "  # " in line


def test_all_imports_stand_in_one_cell() -> None:
    importing = [one.id for one in cells("code") if "import " in one.source]
    assert importing == ["imports"]


def test_every_piece_of_published_prose_is_there_in_chinese_too() -> None:
    published = [one for one in cells("markdown") if "workbench" not in one.metadata.get("tags", [])]
    assert published
    for cell in published:
        assert cell.metadata["salesperf"]["zh"].strip()


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with params/demo.yml and the demo company, in Chinese."""
    folder = tmp_path_factory.mktemp("workbench")
    write_demo(folder / "params" / "demo", language="zh")
    text = (ROOT / "params" / "demo.yml").read_text(encoding="utf-8")
    (folder / "params" / "demo.yml").write_text(text.replace("language: en", "language: zh"), encoding="utf-8")
    (folder / "notebooks").mkdir()
    return folder


@pytest.fixture(scope="module")
def executed(workbench: Path) -> Path:
    """The notebook as plain papermill leaves it, started from the notebooks' folder as JupyterLab would."""
    out = workbench / "out.ipynb"
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(NOTEBOOK), str(out), "-p", "region", "华东"]
    subprocess.run(command, check=True, capture_output=True, cwd=workbench / "notebooks")
    return out


def test_plain_papermill_runs_it(executed: Path) -> None:
    notebook = nbformat.read(executed, as_version=4)
    shown = cover(notebook.cells)
    assert (shown["region"], shown["period"], shown["language"]) == ("华东", "2025Q4", "zh")
    assert len(shown["trend"]) == 9


def test_its_page_is_chinese_throughout_and_holds_no_code(executed: Path) -> None:
    command = [sys.executable, "-m", "nbconvert", "--to", "salesperf", str(executed)]
    subprocess.run(command, check=True, capture_output=True)
    page = unescape(executed.with_suffix(".html").read_text(encoding="utf-8"))
    for heading in ("计分卡", "变动及原因", "谁需要帮助", "如何重新生成本页"):
        assert heading in page
    for word in ("kpi_table", "Scorecard", "Win rate", "What moved", "not available"):
        assert word not in page


def test_an_unknown_region_ends_in_a_message_that_names_the_nearest(workbench: Path) -> None:
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(NOTEBOOK), "-", "-p", "region", "华东区"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=workbench)
    assert done.returncode
    assert "did you mean '华东'?" in done.stderr


def test_a_region_holds_no_name_of_another_regions_people(executed: Path, workbench: Path) -> None:
    reps = [line.split(",") for line in (workbench / "params/demo/reps.csv").read_text(encoding="utf-8").splitlines()]
    region, name = reps[0].index("region"), reps[0].index("rep")
    outputs = json.dumps(
        [one.get("outputs", []) for one in nbformat.read(executed, as_version=4).cells], ensure_ascii=False
    )
    own = {one[name] for one in reps[1:] if one[region] == "华东"}
    others = {one[name] for one in reps[1:] if one[region] != "华东"}
    assert [one for one in own if one in outputs]
    # A short Chinese name may be a part of a longer one of the region's own.
    assert not [one for one in others if one in outputs and not any(one in mine for mine in own)]
