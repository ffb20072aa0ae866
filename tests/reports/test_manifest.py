"""The manifest: what is read of one that is damaged, of an earlier version, or from anybody."""

import json

import pytest

from salesperf.reports.keys import PARTS
from salesperf.reports.manifest import (
    failed_entry,
    is_entry,
    lies_inside,
    missing_entry,
    published_entry,
    read_manifest,
)
from salesperf.reports.report import Report
from salesperf.reports.shelf import LocalShelf

EAST = Report("region", "East", "East")
SHEET = Report("sheet", "East", "sheets/East/Ada", "r1", "Ada")
KEY = dict.fromkeys(PARTS, "0")


def entry(report=EAST, **changes):
    return published_entry(report, KEY, dict.fromkeys(report.outputs, b"1")) | changes


def test_what_a_batch_writes_is_read_again(tmp_path) -> None:
    reports = [entry(), entry(SHEET), missing_entry(EAST), failed_entry(EAST, "no", None, ["failed/East.txt"])]
    reports.append(failed_entry(SHEET, "no", entry(SHEET)))
    (tmp_path / "manifest.json").write_text(json.dumps({"reports": reports}), encoding="utf-8")
    assert read_manifest(LocalShelf(tmp_path))["reports"] == reports


@pytest.mark.parametrize(
    "content",
    [
        1, None, [], {}, entry(key=None), entry(key={"dataset": "0"}), entry(outputs=[]), entry(outputs=[1]),
        entry(outputs=[{"path": "../East.html", "sha256": "0"}]), entry(status="new"), entry(status=[]),
        entry(kind="page"), entry(kind=[]), entry(rep="r1"), entry(SHEET, name=1), entry(SHEET, kind="region"),
        missing_entry(EAST) | {"status": "failed"}, failed_entry(EAST, "no", None, []) | {"left": ["/etc/passwd"]},
        failed_entry(EAST, "no", None, []) | {"left": None},
    ],
)  # fmt: skip
def test_what_is_no_entry_is_left_out(tmp_path, content) -> None:
    assert not is_entry(content)
    (tmp_path / "manifest.json").write_text(json.dumps({"reports": [content, entry()]}), encoding="utf-8")
    assert read_manifest(LocalShelf(tmp_path))["reports"] == [entry()]


@pytest.mark.parametrize("name", ["", "/a", "../a", "a/../../b", "a\\b", "C:/a", "a\0b", 1, None])
def test_a_name_that_leads_out_of_the_folder_is_none(name) -> None:
    assert not lies_inside(name)
    assert lies_inside("sheets/East/Rep 0.html")
