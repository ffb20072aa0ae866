"""The region report, executed: Chinese throughout, silent about other regions' people, the same in every kernel."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from papermill import PapermillExecutionError


@pytest.fixture(scope="module")
def report(executed: Callable[..., Path], workbench: Path) -> Path:
    return executed("region_report", workbench, region="华东")


def test_its_cover_says_what_it_is_about(report: Path, cover_of: Callable[[Path], dict[str, Any]]) -> None:
    shown = cover_of(report)
    assert (shown["region"], shown["period"], shown["language"]) == ("华东", "2025Q4", "zh")
    assert len(shown["trend"]) == 9


def test_its_page_is_chinese_throughout_and_holds_no_code(report: Path, page_of: Callable[[Path], str]) -> None:
    page = page_of(report)
    for heading in ("计分卡", "变动及原因", "每个人的状态", "如何重新生成本页"):
        assert heading in page
    for word in ("kpi_table", "Scorecard", "Win rate", "What moved", "not available"):
        assert word not in page


def test_an_ordinary_kernel_makes_the_same_page(
    executed: Callable[..., Path], report: Path, page_of: Callable[[Path], str], workbench: Path
) -> None:
    assert page_of(executed("region_report", workbench, kernel="python3", region="华东")) == page_of(report)


def test_an_unknown_region_ends_in_a_message_that_names_the_nearest(
    executed: Callable[..., Path], workbench: Path
) -> None:
    with pytest.raises(PapermillExecutionError, match=r"did you mean '华东'\?"):
        executed("region_report", workbench, region="华东区")


def test_a_region_holds_no_name_of_another_regions_people(report: Path, workbench: Path) -> None:
    reps = [line.split(",") for line in (workbench / "params/demo/reps.csv").read_text(encoding="utf-8").splitlines()]
    region, name = reps[0].index("region"), reps[0].index("rep")
    outputs = json.dumps(
        [one.get("outputs", []) for one in nbformat.read(report, as_version=4).cells], ensure_ascii=False
    )
    own = {one[name] for one in reps[1:] if one[region] == "华东"}
    others = {one[name] for one in reps[1:] if one[region] != "华东"}
    assert [one for one in own if one in outputs]
    # A short Chinese name may be a part of a longer one of the region's own.
    assert not [one for one in others if one in outputs and not any(one in mine for mine in own)]
