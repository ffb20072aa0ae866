"""The notebook that chooses a model, executed: Chinese throughout, and without anybody's name."""

import csv
import json

import nbformat
import pytest
from papermill import PapermillExecutionError


@pytest.fixture(scope="module")
def workbench(workbench_of, chinese_demo_client, tmp_path_factory):
    """A workbench with all regions of the demo company, from which those of a pilot are drawn."""
    return workbench_of(tmp_path_factory.mktemp("choosing"), chinese_demo_client)


def test_its_page_is_chinese_throughout_and_says_everything_that_was_asked(workbench, executed, cover_of, page_of):
    made = executed("choose_model", workbench, culture="results", industry="distribution")
    assert cover_of(made)["language"] == "zh"
    page = page_of(made)
    # Goal-oriented: 3 industry + 3 culture; its starter file and the way to try it out are there.
    for words in ("最适合的是目标导向型，得 6 分", "分数从何而来", "model: goal_oriented", "先做试点", "1/28"):
        assert words in page
    for word in ("Goal-oriented", "not told", "Reason", "readiness(", "Traceback"):
        assert word not in page


def test_an_answer_that_there_is_not_ends_in_a_message_that_names_the_nearest(workbench, executed):
    with pytest.raises(PapermillExecutionError, match=r"did you mean 'growth'\?"):
        executed("choose_model", workbench, stage="grown")


def test_no_persons_name_is_on_the_page(workbench, executed):
    made = executed("choose_model", workbench)
    with (workbench / "params" / "demo" / "reps.csv").open(encoding="utf-8", newline="") as file:
        names = [one["rep"] for one in csv.DictReader(file)]
    cells = nbformat.read(made, as_version=4).cells
    outputs = json.dumps([one.get("outputs", []) for one in cells], ensure_ascii=False)
    assert names and not [one for one in names if one in outputs]
