"""What every notebook keeps: thin, without outputs, its parameters told, its prose in both languages."""

import ast
from pathlib import Path
from typing import Any

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
HEAVY = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.With, ast.Try)
MOST_LINES = 8
PARAMETERS = {
    "choose_model": ["client", "industry", "team_size", "stage", "culture"],
    "model_comparison": ["client", "against", "period", "region", "as_of"],
    "weights_lab": ["client", "period", "as_of", "shares", "allowed", "judgements", "wishes"],
    "high_potential": ["client", "region", "period", "as_of"],
    "incentives": ["client", "period", "as_of", "plan", "against", "rep"],
    "region_report": ["client", "region", "period", "as_of"],
    "rep_sheet": ["client", "region", "rep", "period", "as_of"],
    "targets": ["client", "period", "as_of", "kpi"],
}


@pytest.fixture(params=sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    """One notebook after the other."""
    found: Path = request.param
    return found


@pytest.fixture
def code(path: Path) -> list[Any]:
    """Its cells of code."""
    return [one for one in nbformat.read(path, as_version=4).cells if one.cell_type == "code"]


def test_it_is_a_valid_notebook_without_outputs(path: Path, code: list[Any]) -> None:
    nbformat.validate(nbformat.read(path, as_version=4))
    assert not [one for one in code if one.outputs or one.execution_count]


def test_its_cells_are_short_and_define_no_functions_and_loop_over_no_files(code: list[Any]) -> None:
    for cell in code:
        assert not [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, HEAVY)], cell.id
        assert cell.id == "imports" or len(cell.source.splitlines()) <= MOST_LINES, cell.id


def test_all_imports_stand_in_one_cell(code: list[Any]) -> None:
    imports = (ast.Import, ast.ImportFrom)
    importing = [
        one.id for one in code if [node for node in ast.walk(ast.parse(one.source)) if isinstance(node, imports)]
    ]
    assert importing == ["imports"]


def test_it_has_one_cell_of_parameters_each_typed_and_commented(path: Path, code: list[Any]) -> None:
    (parameters,) = [one for one in code if "parameters" in one.metadata.get("tags", [])]
    given = ast.parse(parameters.source).body
    assert [node.target.id for node in given] == PARAMETERS[path.stem]  # type: ignore[attr-defined]
    assert all(isinstance(node, ast.AnnAssign) for node in given)
    assert all("  # " in line for line in parameters.source.splitlines())


def test_every_piece_of_published_prose_is_there_in_chinese_too(path: Path) -> None:
    prose = [one for one in nbformat.read(path, as_version=4).cells if one.cell_type == "markdown"]
    published = [one for one in prose if "workbench" not in one.metadata.get("tags", [])]
    assert len(published) > 5
    for cell in published:
        assert cell.metadata["salesperf"]["zh"].strip()
