"""The rep sheet as a notebook: thin, run by plain papermill, and silent about everybody else."""

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
NOTEBOOK = ROOT / "notebooks" / "rep_sheet.ipynb"
REP = "R026"  # the first of the region that the notebook begins with


def cells(kind: str) -> list[Any]:
    return [one for one in nbformat.read(NOTEBOOK, as_version=4).cells if one.cell_type == kind]


def test_it_is_a_valid_notebook_without_outputs() -> None:
    nbformat.validate(nbformat.read(NOTEBOOK, as_version=4))
    assert not [one for one in cells("code") if one.outputs or one.execution_count]


def test_its_cells_are_short_and_define_no_functions_and_loop_over_no_files() -> None:
    for cell in cells("code"):
        heavy = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.With, ast.Try)
        assert not [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, heavy)]
        if cell.id != "imports":
            assert cell.source.count("\n") < 8


def test_it_has_one_cell_of_parameters_each_typed_and_commented() -> None:
    (parameters,) = [one for one in cells("code") if "parameters" in one.metadata.get("tags", [])]
    for line in parameters.source.splitlines():
        assert ": str = " in line
        assert "  # " in line
    assert f'rep: str = "{REP}"' in parameters.source


def test_all_imports_stand_in_one_cell() -> None:
    assert [one.id for one in cells("code") if "import " in one.source] == ["imports"]


def test_every_piece_of_published_prose_is_there_in_chinese_too() -> None:
    published = [one for one in cells("markdown") if "workbench" not in one.metadata.get("tags", [])]
    assert len(published) == 6
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


def staff(workbench: Path) -> list[dict[str, str]]:
    head, *rows = (workbench / "params/demo/reps.csv").read_text(encoding="utf-8").splitlines()
    return [dict(zip(head.split(","), row.split(","), strict=True)) for row in rows]


def test_plain_papermill_runs_it(executed: Path) -> None:
    shown = cover(nbformat.read(executed, as_version=4).cells)
    assert (shown["region"], shown["rep"], shown["period"], shown["language"]) == ("华东", REP, "2025Q4", "zh")


def test_its_page_is_chinese_throughout_and_holds_no_code(executed: Path) -> None:
    command = [sys.executable, "-m", "nbconvert", "--to", "salesperf", str(executed)]
    subprocess.run(command, check=True, capture_output=True)
    page = unescape(executed.with_suffix(".html").read_text(encoding="utf-8"))
    for heading in ("有哪些变化", "长处与差距", "可以尝试什么", "面谈中的问题", "上次的约定", "记录"):
        assert heading in page
    for word in ("kpi_table", "Evidence", "Win rate", "What moved", "not available", "n/a", "middle half"):
        assert word not in page


def test_it_holds_the_reps_name_the_managers_and_nobody_elses(executed: Path, workbench: Path) -> None:
    people = {one["rep_id"]: one for one in staff(workbench)}
    own = {people[REP]["rep"], people[REP]["manager"]}
    names = {one["rep"] for one in people.values()} | {one["manager"] for one in people.values()}
    outputs = json.dumps(
        [one.get("outputs", []) for one in nbformat.read(executed, as_version=4).cells], ensure_ascii=False
    )
    assert all(name in outputs for name in own)
    # A short Chinese name may be a part of a longer one.
    assert not [one for one in names - own if one in outputs and not any(one in mine for mine in own)]
    assert not [one for one in people if one != REP and one in outputs]


@pytest.mark.parametrize(
    ("rep", "message"), [("R999", "is not a rep of"), ("R028", "to be employed in 2025Q4"), ("R001", "is not a rep of")]
)
def test_a_rep_who_is_not_there_ends_in_a_message(workbench: Path, rep: str, message: str) -> None:
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(NOTEBOOK), "-", "-p", "region", "华东"]
    done = subprocess.run([*command, "-p", "rep", rep], capture_output=True, text=True, cwd=workbench)
    assert done.returncode
    assert message in done.stderr
