"""The notebook of targets: thin, run by plain papermill, in both languages."""

import ast
import subprocess
import sys
from html import unescape
from pathlib import Path

import nbformat
import pytest

from salesperf.cover import cover
from salesperf.data.demo import write_demo

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "targets.ipynb"


def cells(kind):
    return [one for one in nbformat.read(NOTEBOOK, as_version=4).cells if one.cell_type == kind]


def test_it_is_a_valid_notebook_without_outputs():
    nbformat.validate(nbformat.read(NOTEBOOK, as_version=4))
    assert not [one for one in cells("code") if one.outputs or one.execution_count]


def test_its_cells_are_short_and_define_nothing_and_import_in_one_place():
    assert [one.id for one in cells("code") if "import " in one.source] == ["imports"]
    for cell in cells("code"):
        heavy = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.With, ast.Try)
        assert not [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, heavy)]
        assert cell.source.count("\n") < 8


def test_it_has_one_cell_of_parameters_each_typed_and_commented():
    (parameters,) = [one for one in cells("code") if "parameters" in one.metadata.get("tags", [])]
    assert [line.partition(":")[0] for line in parameters.source.splitlines()] == ["client", "period", "kpi"]
    assert all(": str = " in line and "  # " in line for line in parameters.source.splitlines())


def test_every_piece_of_published_prose_is_there_in_chinese_too():
    published = [one for one in cells("markdown") if "workbench" not in one.metadata.get("tags", [])]
    assert len(published) > 5
    assert all(cell.metadata["salesperf"]["zh"].strip() for cell in published)


@pytest.fixture(scope="module")
def workbench(tmp_path_factory):
    """A folder with params/demo.yml, a target for next year and the demo company, in Chinese."""
    folder = tmp_path_factory.mktemp("workbench")
    write_demo(folder / "params" / "demo", language="zh")
    text = (ROOT / "params" / "demo.yml").read_text("utf-8").replace("language: en", "language: zh")
    given = "targets: {given: [{level: company, period: 2026, target: 60000000}], over_assignment: 1.1}\n"
    (folder / "params" / "demo.yml").write_text(text + given, "utf-8")
    (folder / "notebooks").mkdir()
    return folder


def executed(workbench, **parameters):
    """The page of the notebook as plain papermill leaves it, started from the notebooks' folder."""
    out = workbench / f"{parameters['period']}.ipynb"
    words = [word for name, value in parameters.items() for word in ("-p", name, value)]
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(NOTEBOOK), str(out), *words]
    subprocess.run(command, check=True, capture_output=True, cwd=workbench / "notebooks")
    command = [sys.executable, "-m", "nbconvert", "--to", "salesperf", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    shown = cover(nbformat.read(out, as_version=4).cells)
    return shown, unescape(out.with_suffix(".html").read_text("utf-8"))


def test_plain_papermill_makes_a_page_that_is_chinese_throughout(workbench):
    shown, page = executed(workbench, period="2025Q4")
    assert (shown["client"], shown["period"], shown["language"]) == ("Demo Instruments", "2025Q4", "zh")
    for word in ("目标分解树", "各级进度", "如何重新生成本页", "华东"):
        assert word in page
    for word in ("read_plan", "Attainment", "Whose", "not available"):
        assert word not in page


def test_a_year_to_come_is_planned_from_its_total_alone(workbench):
    _, page = executed(workbench, period="2026")
    assert "60,000,000" in page
    assert "公司目标的 110.0%" in page
    assert "按 2024、2025 实绩的份额" in page
