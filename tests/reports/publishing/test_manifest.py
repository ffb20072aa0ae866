"""The manifest: what is written, and what is read of one that is damaged, of an earlier version, or from anybody."""

import json
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from salesperf.cover import COVER_TYPE, Prior
from salesperf.reports.keys import PARTS
from salesperf.reports.publishing.manifest import (
    InputFile,
    Manifest,
    ReportEntry,
    Source,
    as_json,
    earlier_runs,
    failed_entry,
    lies_inside,
    missing_entry,
    output,
    published_entry,
)
from salesperf.reports.report import Report
from salesperf.reports.stores.store import LocalStore

EAST = Report("region", "East", "East")
SHEET = Report("sheet", "East", "sheets/East/Ada", "r1", "Ada")
KEY = dict.fromkeys(PARTS, "0")
HASH = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"  # of b"{}"
WRITTEN = f"""{{
 "client": "华东 & Co",
 "period": "2025Q4",
 "sources": {{
  "client_file": {{
   "path": "small.yml",
   "sha256": "a"
  }}
 }},
 "inputs": [
  {{
   "path": "reps.csv",
   "sha256": "b",
   "rows": 2
  }}
 ],
 "environment": {{
  "python": "3.11.9"
 }},
 "sheets": 1,
 "index": null,
 "leaving": [
  "Old.html"
 ],
 "reports": [
  {{
   "kind": "sheet",
   "region": "East",
   "rep": "r1",
   "name": "Ada",
   "status": "failed",
   "key": {{
    "dataset": "0",
    "client": "0",
    "notebook": "0",
    "code": "0",
    "environment": "0",
    "parameters": "0"
   }},
   "outputs": [
    {{
     "path": "sheets/East/Ada.html",
     "sha256": "{HASH}"
    }},
    {{
     "path": "notebooks/sheets/East/Ada.ipynb",
     "sha256": "{HASH}"
    }}
   ],
   "error": "ValueError: no",
   "left": [
    "failed/sheets/East/Ada.txt"
   ]
  }},
  {{
   "kind": "region",
   "region": "West",
   "status": "missing",
   "key": null,
   "outputs": [],
   "error": null
  }}
 ]
}}
"""


def entry(report: Report = EAST) -> ReportEntry:
    return published_entry(report, KEY, dict.fromkeys(report.outputs, b"{}"))


def written(one: BaseModel, **changes: object) -> dict[str, Any]:
    """A part as it stands in the manifest, with some of it changed."""
    return one.model_dump(exclude_unset=True) | changes


def manifest(*reports: ReportEntry, **changes: Any) -> Manifest:
    parts: dict[str, Any] = {
        "client": "华东 & Co",
        "period": "2025Q4",
        "sources": {"client_file": Source(path="small.yml", sha256="a")},
        "inputs": [InputFile(path="reps.csv", sha256="b", rows=2)],
        "environment": {"python": "3.11.9"},
        "sheets": 1,
        "index": None,
        "leaving": [],
        "reports": list(reports),
    }
    return Manifest(**parts | changes)


def write(folder, content: object) -> LocalStore:
    (folder / "manifest.json").write_bytes(as_json(content))
    return LocalStore(folder)


def test_priors_that_a_report_tells_of_are_kept_also_where_it_fails_later() -> None:
    told = {"satisfaction": {"mean": 0.58, "strength": 8.2}, "win_rate": {"mean": 0.4, "strength": None}}
    cells = [{"outputs": [{"data": {COVER_TYPE: {"priors": told}}}]}]
    files = {EAST.notebook: json.dumps({"cells": cells}).encode()}
    published = published_entry(EAST, KEY, files)
    priors = {name: Prior(**prior) for name, prior in told.items()}
    assert published.priors == priors
    assert written(published)["priors"] == told
    assert ReportEntry.model_validate(written(published)) == published
    of_a_client = json.dumps({"cells": cells}).replace("0.58", '0.58, "source": "survey"').encode()
    assert (
        written(published_entry(EAST, KEY, {EAST.notebook: of_a_client}))["priors"]["satisfaction"]["source"]
        == "survey"
    )
    assert failed_entry(EAST, "ValueError: no", published).priors == priors


def test_it_is_written_byte_for_byte_as_always() -> None:
    failed = failed_entry(SHEET, "ValueError: no", entry(SHEET), ["failed/sheets/East/Ada.txt"])
    made = manifest(failed, missing_entry(Report("region", "West", "West")), leaving=["Old.html"])
    assert as_json(made.parts()).decode() == WRITTEN
    whole = manifest(entry(), index=output("index.html", b"{}")).parts()
    assert list(whole) == ["client", "period", "sources", "inputs", "environment", "sheets", "index", "reports"]
    assert whole["index"] == {"path": "index.html", "sha256": HASH}


def test_what_a_batch_writes_is_read_again_and_written_the_same(tmp_path) -> None:
    reports = [entry(), entry(SHEET), missing_entry(EAST), failed_entry(EAST, "no", None, ["failed/East.txt"])]
    reports.append(failed_entry(SHEET, "no", entry(SHEET)))
    made = manifest(*reports, index=output("index.html", b"{}"), leaving=["Old.html"])
    earlier = earlier_runs(write(tmp_path, made.parts()))
    assert list(earlier.reports) == reports
    assert (earlier.sources, earlier.sheets, earlier.index) == (made.sources, made.sheets, made.index)
    assert earlier.leaving == ("Old.html",)
    assert Manifest.model_validate(made.parts()) == made
    assert as_json(manifest(*earlier.reports).parts()) == as_json(manifest(*reports).parts())


def test_what_another_version_has_written_into_an_entry_stays(tmp_path) -> None:
    content = written(entry(), headline="East sold.")
    (one,) = earlier_runs(write(tmp_path, {"reports": [content]})).reports
    assert written(one) == content


@pytest.mark.parametrize(
    "content",
    [
        1, None, [], {}, written(entry(), key=None), written(entry(), key={"dataset": "0"}),
        written(entry(), outputs=[]), written(entry(), outputs=[1]),
        written(entry(), outputs=[{"path": "../East.html", "sha256": "0"}]), written(entry(), status="new"),
        written(entry(), status=[]), written(entry(), kind="page"), written(entry(), kind=[]),
        written(entry(), rep="r1"), written(entry(SHEET), name=1), written(entry(SHEET), kind="region"),
        {name: part for name, part in written(entry(SHEET)).items() if name != "name"},
        {name: part for name, part in written(missing_entry(EAST)).items() if name != "key"},
        written(missing_entry(EAST), status="failed"), written(failed_entry(EAST, "no", None), left=["/etc/passwd"]),
        written(failed_entry(EAST, "no", None), left=None),
    ],
)  # fmt: skip
def test_what_is_no_entry_is_left_out_and_the_index_with_it(tmp_path, content: object) -> None:
    with pytest.raises(ValidationError):
        ReportEntry.model_validate(content)
    index = written(output("index.html", b"{}"))
    earlier = earlier_runs(write(tmp_path, {"reports": [content, written(entry())], "index": index}))
    assert (list(earlier.reports), earlier.index) == ([entry()], None)
    assert earlier_runs(write(tmp_path, {"reports": [written(entry())], "index": index})).index is not None


@pytest.mark.parametrize(
    "content", [{}, {"sources": 1, "sheets": "2", "index": {"path": 1}, "leaving": 7, "reports": {}}, 1, [], None]
)
def test_of_a_manifest_that_is_none_nothing_is_known(tmp_path, content: object) -> None:
    earlier = earlier_runs(write(tmp_path, content))
    assert (earlier.sources, earlier.sheets, earlier.index, earlier.leaving, earlier.reports) == (
        {},
        None,
        None,
        (),
        (),
    )


@pytest.mark.parametrize("report", [EAST, SHEET])
def test_an_entry_knows_its_report_and_where_that_lies(report: Report) -> None:
    assert entry(report).report == report
    assert missing_entry(report).report.identity == report.identity
    assert entry(report).files == set(report.outputs)


@pytest.mark.parametrize("name", ["", "/a", "../a", "a/../../b", "a\\b", "C:/a", "a\0b", 1, None])
def test_a_name_that_leads_out_of_the_folder_is_none(name: object) -> None:
    assert not lies_inside(name)
    assert lies_inside("sheets/East/Rep 0.html")
