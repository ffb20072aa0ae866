"""The rep sheet, executed: Chinese throughout, and silent about everybody else."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from papermill import PapermillExecutionError

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "rep_sheet.ipynb"
REP = "R026"  # the first of the region that the notebook begins with


@pytest.fixture(scope="module")
def sheet(executed: Callable[..., Path], workbench: Path) -> Path:
    return executed("rep_sheet", workbench, region="华东")


@pytest.fixture(scope="module")
def people(workbench: Path) -> dict[str, dict[str, str]]:
    """The rows of all reps, by their ids."""
    with (workbench / "params" / "demo" / "reps.csv").open(encoding="utf-8", newline="") as file:
        return {one["rep_id"]: one for one in csv.DictReader(file)}


def test_it_begins_with_the_first_rep_of_its_region() -> None:
    (cell,) = [one for one in nbformat.read(NOTEBOOK, as_version=4).cells if one.id == "parameters"]
    assert f'rep: str = "{REP}"' in cell.source


def test_its_cover_says_whom_it_is_about(sheet: Path, cover_of: Callable[[Path], dict[str, Any]]) -> None:
    shown = cover_of(sheet)
    assert (shown["region"], shown["rep"], shown["period"], shown["language"]) == ("华东", REP, "2025Q4", "zh")


def test_its_page_is_chinese_throughout_and_holds_no_code(sheet: Path, page_of: Callable[[Path], str]) -> None:
    page = page_of(sheet)
    for heading in ("有哪些变化", "长处与差距", "可以尝试什么", "面谈中的问题", "上次的约定", "记录"):
        assert heading in page
    for word in ("kpi_table", "Evidence", "Win rate", "What moved", "not available", "n/a", "middle half"):
        assert word not in page


def test_it_holds_the_reps_name_the_managers_and_nobody_elses(sheet: Path, people: dict[str, dict[str, str]]) -> None:
    own = {people[REP]["rep"], people[REP]["manager"]}
    names = {one["rep"] for one in people.values()} | {one["manager"] for one in people.values()}
    outputs = json.dumps(
        [one.get("outputs", []) for one in nbformat.read(sheet, as_version=4).cells], ensure_ascii=False
    )
    assert all(name in outputs for name in own)
    # A short Chinese name may be a part of a longer one.
    assert not [one for one in names - own if one in outputs and not any(one in mine for mine in own)]
    assert not [one for one in people if one != REP and one in outputs]


@pytest.mark.parametrize(
    ("rep", "message"), [("R999", "is not a rep of"), ("R028", "to be employed in 2025Q4"), ("R001", "is not a rep of")]
)
def test_a_rep_who_is_not_there_ends_in_a_message(
    executed: Callable[..., Path], workbench: Path, rep: str, message: str
) -> None:
    with pytest.raises(PapermillExecutionError, match=message):
        executed("rep_sheet", workbench, region="华东", rep=rep)
