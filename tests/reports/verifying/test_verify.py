"""Verifying: what lies in a folder is built again, and every kind of difference bears its own name."""

import hashlib
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from salesperf.data.loading import load_tables
from salesperf.params import read_client
from salesperf.reports.publishing.batch import batch_of
from salesperf.reports.publishing.order import order_for
from salesperf.reports.result import Limits
from salesperf.reports.verifying.changes import Cause
from salesperf.reports.verifying.difference import Difference
from salesperf.reports.verifying.published import client_file, read_published
from salesperf.reports.verifying.verify import Findings, verify

TOTAL = """
from pathlib import Path
from IPython.display import HTML
rows = [line.split(",") for line in Path("orders.csv").read_text().splitlines()[1:]]
HTML(f"<p>Revenue of {region}: {sum(float(row[-1]) for row in rows):.2f}</p>")
"""
SETTINGS = 'print(len(Path(client).read_text().splitlines()), "settings")'
SEEDED = "import random; import numpy as np; print(np.random.normal(size=3), random.random())"
RANDOM = 'import os; print("token", os.urandom(8).hex())'
CLOCK = 'from datetime import datetime; print("made at", datetime.now())'


@pytest.fixture
def bench(workbench):
    """A workbench whose report has a few cells that say something each."""
    workbench.write_notebook("region_report", TOTAL, SETTINGS, SEEDED)
    return workbench


@pytest.fixture(scope="module")
def published_bench_once(workbench_of, tmp_path_factory):
    """A workbench as `bench` after a batch, to be copied."""
    bench = workbench_of(tmp_path_factory.mktemp("published") / "bench")
    bench.write_notebook("region_report", TOTAL, SETTINGS, SEEDED)
    bench.run()
    return bench


@pytest.fixture
def published_bench(copied, published_bench_once, tmp_path):
    """A workbench as `bench`, whose reports are published."""
    return copied(published_bench_once, tmp_path / "bench")


def verified(bench, *only: str, params: Path | None = None) -> Findings:
    published = read_published(bench.published)
    entries = published.chosen(only)
    client = read_client(params or client_file(published), published.period)
    order = order_for(client, with_sheets=any(one.kind == "sheet" for one in entries))
    batch = batch_of(order, load_tables(client))
    return verify(published, entries, batch, executor=bench.executor, limits=Limits(), done=lambda _: None)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def admit(bench) -> None:
    """Edits the manifest, so that it says what lies there now."""
    content = bench.manifest()
    for report in content["reports"]:
        for output in report["outputs"]:
            output["sha256"] = hashlib.sha256((bench.published / output["path"]).read_bytes()).hexdigest()
    rewrite(bench, content)


def rewrite(bench, manifest: object) -> None:
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (bench.published / "manifest.json").write_text(text, encoding="utf-8")


def told(findings: Findings) -> dict[tuple[str, str], tuple[Cause, int | None, str | None]]:
    """Report and file → cause, number and id of the cell."""
    return {
        (one.report.title if one.report else "", one.output): (
            one.cause, one.location.number if one.location else None, one.location.cell if one.location else None,
        )
        for one in findings.differences
    }  # fmt: skip


def causes(findings: Findings) -> set[Cause]:
    return {one.cause for one in findings.differences}


def only_one(findings: Findings) -> Difference:
    (one,) = findings.differences
    return one


def test_what_nobody_touched_is_what_would_be_built_again_also_with_random_numbers_from_the_seed(
    published_bench,
) -> None:
    found = verified(published_bench)
    assert found.differences == ()
    assert [one.title for one in found.same] == ["East", "West"]
    assert (found.changed, found.left_out) == ((), ())


def test_nothing_is_written_into_the_folder_or_beside_it(published_bench) -> None:
    edit(published_bench.published / "West.html", "15.00", "16.00")

    def state() -> dict[Path, tuple[int, int]]:
        return {one: (one.stat().st_mtime_ns, one.stat().st_size) for one in published_bench.folder.rglob("*")}

    before = state()
    assert verified(published_bench).differences
    assert state() == before


def test_an_edited_number_on_a_page_is_found_in_its_cell(published_bench) -> None:
    edit(published_bench.published / "East.html", "15.00", "17.00")
    found = verified(published_bench)
    one = only_one(found)
    assert told(found) == {("East", "East.html"): ("tampered output", 4, "work-0")}
    assert "17.00" in one.location.published
    assert "15.00" in one.location.rebuilt
    assert one.reason == "the file is not the one that the manifest names"
    assert [one.title for one in found.same] == ["West"]


def test_priors_that_no_score_rests_on_are_found_in_the_manifest(published_bench) -> None:
    content = published_bench.manifest()
    content["reports"][0]["priors"] = {"satisfaction": {"mean": 0.9, "strength": 3.0}}
    rewrite(published_bench, content)
    found = verified(published_bench)
    assert told(found) == {("East", "manifest.json"): ("tampered output", None, None)}
    assert only_one(found).reason == "priors: not what its scores rest on"


def test_an_edited_page_is_found_where_the_manifest_was_edited_too(published_bench) -> None:
    edit(published_bench.published / "East.html", "3 settings", "4 settings")
    admit(published_bench)
    found = verified(published_bench)
    assert told(found) == {("East", "East.html"): ("tampered output", 5, "work-1")}
    assert "the manifest was edited, too" in only_one(found).reason


def test_an_edit_that_the_manifest_covers_is_no_changed_input_though_an_input_has_changed_as_well(
    published_bench,
) -> None:
    edit(published_bench.published / "East.html", "3 settings", "4 settings")
    admit(published_bench)
    edit(published_bench.folder / "params" / "orders.csv", "a,2025-10-01,5", "a,2025-10-01,6")
    found = {one.output: one.cause for one in verified(published_bench, "East").differences}
    assert found == {"East.html": "tampered output", "notebooks/East.ipynb": "input changed"}


def test_a_page_notebook_and_manifest_edited_alike_are_still_found(published_bench) -> None:
    for name in ("East.html", "notebooks/East.ipynb"):
        edit(published_bench.published / name, "15.00", "17.00")
    admit(published_bench)
    found = told(verified(published_bench))
    assert found == {
        ("East", "East.html"): ("tampered output", 4, "work-0"),
        ("East", "notebooks/East.ipynb"): ("tampered output", 4, "work-0"),
    }


def test_a_missing_file_is_told(published_bench) -> None:
    (published_bench.published / "East.html").unlink()
    one = only_one(verified(published_bench))
    assert (one.output, one.cause, one.reason) == ("East.html", "tampered output", "the file is missing")


def test_a_notebook_that_is_none_any_more_is_told(published_bench) -> None:
    (published_bench.published / "notebooks" / "East.ipynb").write_bytes(b"\xff{")
    admit(published_bench)
    assert causes(verified(published_bench)) == {"tampered output"}


def test_a_changed_input_is_named_with_both_hashes(published_bench) -> None:
    edit(published_bench.folder / "params" / "orders.csv", "a,2025-10-01,5", "a,2025-10-01,6")
    found = verified(published_bench, "East")
    assert told(found)["East", "East.html"] == ("input changed", 4, "work-0")
    assert told(found)["East", "notebooks/East.ipynb"] == ("input changed", 4, "work-0")
    reason = found.differences[0].reason
    assert re.fullmatch(r"orders\.csv is not as it was \(SHA-256 \w{8}… then, \w{8}… now\)", reason)


def test_a_changed_client_file_is_told(published_bench) -> None:
    published_bench.add_setting("currency: EUR")
    found = verified(published_bench, "East")
    assert told(found)["East", "East.html"] == ("client file changed", 5, "work-1")
    assert found.differences[0].reason.startswith("small.yml is not as it was")


def test_a_changed_client_file_is_told_also_where_the_manifest_does_not_name_it(published_bench) -> None:
    content = published_bench.manifest()
    del content["sources"]["client_file"]
    rewrite(published_bench, content)
    published_bench.add_setting("currency: EUR")
    found = verified(published_bench, "East")
    assert causes(found) == {"client file changed"}
    assert found.differences[0].reason == "small.yml is not the one that this report was built from"


def test_a_changed_notebook_is_told(published_bench) -> None:
    published_bench.write_notebook("region_report", TOTAL, SETTINGS.replace("settings", "lines"), SEEDED)
    found = verified(published_bench, "East")
    assert told(found)["East", "East.html"] == ("notebook changed", 5, "work-1")
    assert found.differences[0].reason.startswith("region_report.ipynb is not as it was")


def test_chance_is_told(bench) -> None:
    bench.write_notebook("region_report", TOTAL, RANDOM)
    bench.run()
    found = told(verified(bench, "East"))
    assert set(found.values()) == {("randomness", 5, "work-1")}
    assert {name for _, name in found} == {"East.html", "notebooks/East.ipynb"}


def test_a_clock_is_told(bench) -> None:
    bench.write_notebook("region_report", TOTAL, CLOCK)
    bench.run()
    assert set(told(verified(bench, "East")).values()) == {("time", 5, "work-1")}


def test_a_date_of_today_is_no_edit(bench) -> None:
    bench.write_notebook("region_report", TOTAL, "from datetime import date; print(date.today())")
    bench.run()
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    for name in ("East.html", "notebooks/East.ipynb"):
        edit(bench.published / name, today, "2024-02-29")
    admit(bench)
    assert causes(verified(bench, "East")) == {"time"}


def test_another_version_of_a_package_is_named(bench, tmp_path: Path) -> None:
    other = tmp_path / "packages" / "six-0.0.1.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: six\nVersion: 0.0.1\n", encoding="utf-8")
    places = [str(other.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    batch = bench.command(environment={"PYTHONPATH": os.pathsep.join(places)})
    assert batch.communicate()[1] == ""
    found = verified(bench, "East")
    assert causes(found) == {"environment changed"}  # random numbers start from another seed
    assert re.fullmatch(r"six 0\.0\.1 then, [\d.]+ now", found.differences[0].reason)


def test_other_code_is_told(published_bench) -> None:
    content = published_bench.manifest()
    content["reports"][0]["key"]["code"] = content["sources"]["code"]["sha256"] = "0" * 64
    rewrite(published_bench, content)
    edit(published_bench.published / "notebooks" / "East.ipynb", "15.00", "17.00")
    edit(published_bench.published / "East.html", "15.00", "17.00")
    admit(published_bench)
    found = verified(published_bench, "East")
    assert set(told(found).values()) == {("code changed", 4, "work-0")}


def test_the_same_bytes_made_from_something_else_are_no_difference_but_said(bench) -> None:
    bench.write_notebook("region_report", SETTINGS.replace("Path", "__import__('pathlib').Path"))
    bench.run()
    edit(bench.folder / "params" / "orders.csv", "a,2025-10-01,5", "a,2025-10-01,6")
    found = verified(bench)
    assert (found.differences, found.changed) == ((), ("dataset",))


def test_a_report_that_cannot_be_built_any_more_is_a_difference(bench) -> None:
    fragile = "if not Path('rates.txt').exists(): raise ValueError('no rates')"
    bench.write_notebook("region_report", TOTAL, fragile)
    rates = bench.write("rates.txt", "1")
    bench.run()
    rates.unlink()
    one = only_one(verified(bench, "East"))
    assert (one.cause, one.output) == ("cannot be rebuilt", "")
    assert one.reason == "ValueError: no rates (cell 'work-1')"


def test_a_region_that_the_export_has_lost_is_a_changed_input(published_bench) -> None:
    published_bench.write_reps(["East", "East"])
    found = {one.report.title: one for one in verified(published_bench).differences}
    assert found["West"].cause == "input changed"
    assert found["West"].reason == "there is no region 'West' in the export"


def test_what_failed_in_the_last_run_is_left_out_but_for_the_bytes_of_its_earlier_page(workbench) -> None:
    workbench.run()
    workbench.write("broken", "East")
    workbench.run(force=True)
    found = verified(workbench)
    assert found.differences == ()
    assert [(one.region, one.status) for one in found.left_out] == [("East", "failed")]
    edit(workbench.published / "East.html", "2025Q4", "2025Q3")
    assert told(verified(workbench)) == {("East", "East.html"): ("tampered output", None, None)}


def test_sheets_are_verified_too(workbench) -> None:
    workbench.run(with_sheets=True)
    assert [one.title for one in verified(workbench).same] == ["East", "West", "Rep 0 (East)", "Rep 1 (West)"]
    edit(workbench.published / "sheets" / "West" / "Rep 1.html", "sheet of r1", "sheet of r7")
    assert told(verified(workbench)) == {("Rep 1 (West)", "sheets/West/Rep 1.html"): ("tampered output", 4, "work-0")}


def test_an_edited_index_is_found(workbench) -> None:
    workbench.run()
    edit(workbench.published / "index.html", "East sold.", "East sold most.")
    found = verified(workbench)
    assert told(found) == {("", "index.html"): ("tampered output", None, None)}
    assert "East sold most." in only_one(found).location.published


@pytest.mark.parametrize("index", [None, "<p>Of an earlier run.</p>"])
def test_the_index_of_a_batch_that_was_killed_is_unfinished_not_tampered_with(workbench, index: str | None) -> None:
    workbench.run()
    rewrite(workbench, workbench.manifest() | {"index": None})
    assert verified(workbench).differences == ()
    path = workbench.published / "index.html"
    path.unlink() if index is None else path.write_text(index, encoding="utf-8")
    assert told(verified(workbench)) == {("", "index.html"): ("unfinished batch", None, None)}


def test_an_index_that_marks_what_is_older_is_as_it_should_be(workbench) -> None:
    workbench.run()
    with (workbench.folder / "params" / "orders.csv").open("a", encoding="utf-8") as orders:
        orders.write("3,r0,c,2025-11-11,7\n")
    workbench.run("East")
    assert "From an earlier state of data" in workbench.index()
    found = verified(workbench)
    assert (found.differences, found.changed) == ((), ("dataset",))


def test_a_manifest_that_names_another_input_is_found(published_bench) -> None:
    content = published_bench.manifest()
    content["inputs"][1]["sha256"] = "0" * 64
    rewrite(published_bench, content)
    found = verified(published_bench)
    assert told(found) == {("", "manifest.json"): ("tampered output", None, None)}
    assert only_one(found).reason == "inputs: not what the reports were built from"


def test_a_file_that_no_report_has_is_not_one_of_its_outputs(published_bench) -> None:
    content = published_bench.manifest()
    digest = hashlib.sha256(b"<p>More</p>").hexdigest()
    (published_bench.published / "more.html").write_bytes(b"<p>More</p>")
    content["reports"][0]["outputs"].append({"path": "more.html", "sha256": digest})
    rewrite(published_bench, content)
    one = only_one(verified(published_bench, "East"))
    assert (one.output, one.cause, one.reason) == ("more.html", "tampered output", "the report has no such file")


def test_a_hash_in_the_manifest_that_is_not_that_of_its_file_is_found_though_the_file_is_as_it_should_be(
    published_bench,
) -> None:
    content = published_bench.manifest()
    content["reports"][1]["outputs"][0]["sha256"] = "0" * 64
    rewrite(published_bench, content)
    one = only_one(verified(published_bench))
    assert (one.output, one.cause, one.location) == ("West.html", "tampered output", None)
    assert one.reason == "the file is not the one that the manifest names"


def test_a_region_cut_out_of_the_manifest_is_found_and_built_again_by_the_next_run(published_bench) -> None:
    edit(published_bench.published / "West.html", "15.00", "99.00")
    content = published_bench.manifest()
    del content["reports"][1]
    rewrite(published_bench, content)
    found = told(verified(published_bench))
    assert found["West", "manifest.json"] == ("tampered output", None, None)
    assert found["", "West.html"] == ("tampered output", None, None)
    assert published_bench.current() is None
    published_bench.run()
    assert verified(published_bench).differences == ()


def test_a_region_that_the_manifest_has_twice_is_found(published_bench) -> None:
    content = published_bench.manifest()
    content["reports"].append(content["reports"][0])
    rewrite(published_bench, content)
    assert told(verified(published_bench))["East", "manifest.json"] == ("tampered output", None, None)


def test_a_region_that_the_export_has_only_now_is_no_edit(published_bench) -> None:
    published_bench.write_reps(["East", "West", "North"])
    assert causes(verified(published_bench)) == {"input changed"}


def test_a_page_that_nobody_published_is_found_but_not_what_a_workbench_hides(published_bench) -> None:
    (published_bench.published / "West2.html").write_text("<p>all is well</p>")
    (published_bench.published / "notes.txt").write_text("of no report")
    (published_bench.published / "notebooks" / ".ipynb_checkpoints").mkdir()
    (published_bench.published / "notebooks" / ".ipynb_checkpoints" / "West-checkpoint.ipynb").write_text("{}")
    assert told(verified(published_bench)) == {("", "West2.html"): ("tampered output", None, None)}
