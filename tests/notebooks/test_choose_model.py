"""The notebook that chooses a model: thin, run by plain papermill, in both languages."""

import ast
import json
import subprocess
import sys
from html import unescape
from pathlib import Path

import nbformat
import pytest

from salesperf.cover import cover
from salesperf.data.demo import write_demo

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "choose_model.ipynb"


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
        assert cell.source.count("\n") < 10


def test_it_has_one_cell_of_parameters_each_typed_and_commented():
    (parameters,) = [one for one in cells("code") if "parameters" in one.metadata.get("tags", [])]
    names = [line.partition(":")[0] for line in parameters.source.splitlines()]
    assert names == ["client", "industry", "team_size", "stage", "culture"]
    assert all("  # " in line for line in parameters.source.splitlines())


def test_every_piece_of_published_prose_is_there_in_chinese_too():
    published = [one for one in cells("markdown") if "workbench" not in one.metadata.get("tags", [])]
    assert len(published) > 5
    assert all(cell.metadata["salesperf"]["zh"].strip() for cell in published)


@pytest.fixture(scope="module")
def workbench(tmp_path_factory):
    """A folder with params/demo.yml and the demo company, in Chinese."""
    folder = tmp_path_factory.mktemp("workbench")
    write_demo(folder / "params" / "demo", language="zh")
    text = (ROOT / "params" / "demo.yml").read_text("utf-8")
    (folder / "params" / "demo.yml").write_text(text.replace("language: en", "language: zh"), "utf-8")
    (folder / "notebooks").mkdir()
    return folder


def executed(workbench, *parameters):
    """The notebook as plain papermill leaves it, started from the notebooks' folder as JupyterLab would."""
    out = workbench / "out.ipynb"
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(NOTEBOOK), str(out), *parameters]
    subprocess.run(command, check=True, capture_output=True, cwd=workbench / "notebooks")
    return out


def test_its_page_is_chinese_throughout_and_says_everything_that_was_asked(workbench):
    out = executed(workbench, "-p", "culture", "results", "-p", "industry", "distribution")
    assert cover(nbformat.read(out, as_version=4).cells)["language"] == "zh"
    subprocess.run([sys.executable, "-m", "nbconvert", "--to", "salesperf", str(out)], check=True, capture_output=True)
    page = unescape(out.with_suffix(".html").read_text("utf-8"))
    # Goal-oriented: 3 industry + 3 culture; its starter file and the way to try it out are there.
    for words in ("最适合的是目标导向型，得 6 分", "分数从何而来", "model: goal_oriented", "先做试点", "1/28"):
        assert words in page
    for word in ("Goal-oriented", "not told", "Reason", "readiness(", "Traceback"):
        assert word not in page


def test_an_answer_that_there_is_not_ends_in_a_message_that_names_the_nearest(workbench):
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(NOTEBOOK), "-", "-p", "stage", "grown"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=workbench)
    assert done.returncode
    assert "did you mean 'growth'?" in done.stderr


def test_no_persons_name_is_on_the_page(workbench):
    out = executed(workbench)
    reps = [line.split(",") for line in (workbench / "params/demo/reps.csv").read_text("utf-8").splitlines()]
    name = reps[0].index("rep")
    outputs = json.dumps([one.get("outputs", []) for one in nbformat.read(out, as_version=4).cells], ensure_ascii=False)
    assert not [one[name] for one in reps[1:] if one[name] in outputs]
