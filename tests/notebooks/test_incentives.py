"""The incentives notebook: thin, and run by plain papermill in both languages."""

import ast
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
NOTEBOOK = ROOT / "notebooks" / "incentives.ipynb"


def cells(kind: str) -> list[Any]:
    return [one for one in nbformat.read(NOTEBOOK, as_version=4).cells if one.cell_type == kind]


def test_it_is_a_valid_notebook_without_outputs_and_with_short_cells() -> None:
    nbformat.validate(nbformat.read(NOTEBOOK, as_version=4))
    heavy = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.With, ast.Try)
    for cell in cells("code"):
        assert not cell.outputs and not cell.execution_count
        assert not [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, heavy)]
        assert cell.source.count("\n") < 8


def test_its_parameters_are_typed_and_commented_and_its_prose_is_there_in_chinese_too() -> None:
    (parameters,) = [one for one in cells("code") if "parameters" in one.metadata.get("tags", [])]
    assert all(": str = " in line and "  # " in line for line in parameters.source.splitlines())
    for cell in cells("markdown"):
        assert "workbench" in cell.metadata.get("tags", []) or cell.metadata["salesperf"]["zh"].strip()


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook as plain papermill leaves it, on the demo company in Chinese."""
    folder = tmp_path_factory.mktemp("workbench")
    write_demo(folder / "params" / "demo", language="zh")
    text = (ROOT / "params" / "demo.yml").read_text(encoding="utf-8")
    (folder / "params" / "demo.yml").write_text(text.replace("language: en", "language: zh"), encoding="utf-8")
    (folder / "notebooks").mkdir()
    command = [
        sys.executable,
        "-m",
        "papermill",
        "--no-progress-bar",
        str(NOTEBOOK),
        "out.ipynb",
        "-p",
        "plan",
        "usual",
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=folder / "notebooks")
    return folder / "notebooks" / "out.ipynb"


def test_its_page_is_chinese_throughout(executed: Path) -> None:
    shown = cover(nbformat.read(executed, as_version=4).cells)
    assert (shown["title"], shown["language"]) == ("激励 2025Q4 · Demo Instruments", "zh")
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "salesperf", str(executed)], check=True, capture_output=True
    )
    page = unescape(executed.with_suffix(".html").read_text(encoding="utf-8"))
    for heading in ("激励方案", "发放与成本", "奖项", "建议", "另一方案在过往期间的试算", "一笔发放的逐笔明细"):
        assert heading in page
    for word in ("Payout", "Clawback", "not available", "plan_table", "n/a"):
        assert word not in page
