"""The batch: what is published, what stays when something fails. Real kernels, a small notebook."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from salesperf.data.tables import load_tables
from salesperf.errors import RequestError
from salesperf.params import read_client
from salesperf.reports.batch import publish
from salesperf.reports.execute import Job
from salesperf.reports.local import LocalExecutor
from salesperf.reports.order import ordered
from salesperf.reports.plan import plan
from salesperf.reports.result import Built, Limits

NASTY = ["../../etc", "<script>alert(1)</script>", "East", "east"]


def all_files(folder: Path) -> list[str]:
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())


def test_a_batch_publishes_a_page_and_a_notebook_per_region_with_index_manifest_and_log(workbench) -> None:
    results = workbench.run()
    assert [one.error for one in results.values()] == ["", ""]
    assert workbench.files() == [
        "East.html", "West.html", "index.html", "manifest.json",
        "notebooks/East.ipynb", "notebooks/West.ipynb", "run-log.json",
    ]  # fmt: skip
    page = (workbench.published / "East.html").read_text(encoding="utf-8")
    assert "2025Q4 of small.yml" in page
    assert "some warning" not in page


def test_the_manifest_names_inputs_and_outputs_with_their_hashes(workbench) -> None:
    workbench.run()
    content = workbench.manifest()
    assert (content["client"], content["period"]) == ("Small & Sons", "2025Q4")
    assert [(one["path"], one["rows"]) for one in content["inputs"]] == [("reps.csv", 2), ("orders.csv", 2)]
    for one in content["inputs"]:
        assert one["sha256"] == hashlib.sha256((workbench.client_file.parent / one["path"]).read_bytes()).hexdigest()
    for report in content["reports"]:
        assert report["status"] == "published"
        for output in report["outputs"]:
            assert output["sha256"] == hashlib.sha256((workbench.published / output["path"]).read_bytes()).hexdigest()
    assert {"python", "salesperf", "pandas", "papermill"} <= content["environment"].keys()


def test_two_runs_with_other_worker_counts_publish_the_same_bytes(workbench) -> None:
    with LocalExecutor(1, []) as alone:
        workbench.run(executor=alone)
    first = workbench.bytes()
    assert {one.state for one in workbench.run(force=True).values()} == {"published"}
    assert workbench.bytes() == first


def test_what_varies_and_what_warns_goes_to_the_log(workbench) -> None:
    workbench.run("East")
    notebook = (workbench.published / "notebooks" / "East.ipynb").read_text(encoding="utf-8")
    for word in ("papermill", "start_time", "iopub", '"name": "stderr"', str(workbench.folder)):
        assert word not in notebook
    log = workbench.log()
    assert log["reports"][0]["details"] == "some warning\n"
    assert log["reports"][0]["seconds"] > 0


def test_a_region_that_fails_stops_no_other_and_keeps_its_last_good_page(workbench) -> None:
    workbench.run()
    good = (workbench.published / "East.html").read_bytes()
    workbench.write("broken", "East")
    results = workbench.run(force=True)
    assert results["East"].error == "ValueError: no such luck (cell 'work-0')"
    assert "no such luck" in results["East"].details
    assert results["West"].error == ""
    assert (workbench.published / "East.html").read_bytes() == good
    assert (workbench.entries()["East"]["status"], workbench.entries()["West"]["status"]) == ("failed", "published")
    assert workbench.entries()["East"]["outputs"]
    index = workbench.index()
    assert "no such luck" in index
    assert "from an earlier run" in index


def test_a_region_that_never_succeeded_has_no_page_and_no_link(workbench) -> None:
    workbench.write("broken", "East")
    workbench.run()
    assert "East.html" not in workbench.files()
    assert workbench.entries()["East"]["outputs"] == []
    assert 'href="East.html"' not in workbench.index()


def test_only_some_regions_leaves_the_others_as_they_were(workbench) -> None:
    workbench.run("West")
    assert workbench.entries()["East"]["status"] == "missing"
    workbench.run("East")
    west = (workbench.published / "West.html").stat().st_mtime_ns
    workbench.run("East", force=True)
    assert (workbench.published / "West.html").stat().st_mtime_ns == west
    assert {one["status"] for one in workbench.entries().values()} == {"published"}


def test_a_report_from_an_earlier_state_of_the_data_is_marked(workbench) -> None:
    workbench.run()
    with (workbench.client_file.parent / "orders.csv").open("a", encoding="utf-8") as orders:
        orders.write("3,r0,c,2025-11-11,7\n")
    workbench.run("East")
    index = workbench.index()
    assert index.count("From an earlier state of data or settings") == 1


def test_small_charts_of_the_index_share_one_scale(workbench) -> None:
    workbench.run()
    index = workbench.index()
    assert 'height="64.0" class="last"' in index  # West: 10 of 10
    assert 'height="32.0" class="last"' in index  # East: 5 of 10


def test_regions_with_hostile_names_get_safe_files_and_are_escaped(workbench) -> None:
    workbench.write_reps(NASTY)
    results = workbench.run()
    assert {name: one.error for name, one in results.items()} == dict.fromkeys(NASTY, "")
    made = [name for name in all_files(workbench.folder) if name.endswith(".html")]
    assert len(made) == 5
    assert all(name.startswith("reports/small/2025Q4/") for name in made)
    for name in made:
        text = (workbench.folder / name).read_text(encoding="utf-8")
        assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in workbench.index()


def test_nothing_is_left_of_the_building_site(workbench) -> None:
    workbench.write("broken", "East")
    workbench.run()
    assert [one.name for one in workbench.folder.joinpath("reports").rglob(".*")] == [".2025Q4.lock"]


def test_a_broken_manifest_of_an_earlier_run_does_not_matter(workbench) -> None:
    workbench.published.mkdir(parents=True)
    (workbench.published / "manifest.json").write_text("{", encoding="utf-8")
    assert not any(one.error for one in workbench.run("East").values())


def test_the_notebook_of_the_client_file_must_exist(workbench) -> None:
    workbench.add_setting("reports: {notebook: missing.ipynb}")
    with pytest.raises(RequestError, match=r"small\.yml:4: notebook: expected a file, found none at 'missing\.ipynb'"):
        workbench.order()


def test_reports_go_where_the_client_file_says(workbench) -> None:
    workbench.add_setting("reports: {folder: ../elsewhere}")
    assert Path(workbench.order().shelf.place("")).resolve() == workbench.folder / "elsewhere" / "small" / "2025Q4"


def test_a_relative_folder_on_the_command_line_is_one_of_where_the_command_runs(workbench, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    process = workbench.command("--out", "here", cwd=elsewhere)
    assert (*process.communicate(), process.returncode) == ("", "", 0)
    assert (elsewhere / "here" / "small" / "2025Q4" / "East.html").is_file()


def test_a_relative_folder_of_the_client_file_works_with_a_relative_path_to_that(
    workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench.add_setting("reports: {folder: ../there}")
    monkeypatch.chdir(workbench.folder.parent)
    near = replace(workbench, folder=Path(workbench.folder.name))
    assert {title: one.error for title, one in near.run().items()} == {"East": "", "West": ""}
    assert (workbench.folder / "there" / "small" / "2025Q4" / "East.html").is_file()


@dataclass(frozen=True)
class Meddling:
    """An executor during whose work somebody does something, once the first report is built."""

    executor: LocalExecutor
    act: Callable[[], object]

    def run(self, jobs: Iterable[Job]) -> Iterator[Built]:
        for built in self.executor.run(jobs):
            self.act()
            yield built

    def close(self) -> None:
        """Nothing of its own."""


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.mark.parametrize(
    ("file", "text", "what"),
    [
        ("params/orders.csv", "3,r0,c,2025-11-11,7\n", "the export"),
        ("params/small.yml", "language: zh\n", "the client file"),
        ("notebooks/region_report.ipynb", "\n", "the notebook"),
    ],
)
def test_what_changes_while_reports_are_built_makes_them_fail_and_the_next_run_builds_them(
    workbench, file: str, text: str, what: str
) -> None:
    workbench.run("West")
    good = (workbench.published / "West.html").read_bytes()
    path = workbench.folder / file
    before = path.read_bytes()

    def act() -> None:
        if path.read_bytes() == before:
            append(path, text)

    results = workbench.run(executor=Meddling(workbench.executor, act), force=True)
    line = f"changed while it was built: {what}; run again"
    assert {title: one.error for title, one in results.items()} == {"East": line, "West": line}
    assert (workbench.published / "failed" / "West.txt").read_text("utf-8") == f"{line}\n"
    assert "East.html" not in workbench.files()
    assert (workbench.published / "West.html").read_bytes() == good
    assert {one.state for one in workbench.run().values()} == {"published"}
    assert not (workbench.published / "failed").exists()


def test_only_what_is_built_after_a_change_fails(workbench) -> None:
    workbench.write_reps(["East", "North", "West"])
    orders = workbench.folder / "params" / "orders.csv"
    executor = Meddling(workbench.executor, lambda: None)
    batch, ended = workbench.plan(), []

    def done(result) -> None:
        ended.append((result.report.title, result.error))
        if len(ended) == 1:  # which is published
            append(orders, "3,r0,c,2025-11-11,7\n")

    publish(batch, executor, done, limits=Limits())
    line = "changed while it was built: the export; run again"
    assert ended == [("East", ""), ("North", line), ("West", line)]


def test_a_file_touched_without_a_change_and_one_that_is_gone_are_told_apart(workbench) -> None:
    orders = workbench.folder / "params" / "orders.csv"
    touched = workbench.run(executor=Meddling(workbench.executor, lambda: os.utime(orders, (1, 1))))
    assert {one.error for one in touched.values()} == {""}
    gone = workbench.run(executor=Meddling(workbench.executor, lambda: orders.unlink(missing_ok=True)), force=True)
    assert {one.error for one in gone.values()} == {"changed while it was built: one of its files is gone; run again"}


def test_an_export_read_as_another_one_than_was_hashed_is_not_published(workbench) -> None:
    orders = workbench.folder / "params" / "orders.csv"
    before = orders.read_bytes()
    order = ordered(read_client(workbench.client_file))
    append(orders, "3,r0,c,2025-11-11,7\n")
    batch = plan(order, load_tables(order.client))
    orders.write_bytes(before)
    results = publish(batch, workbench.executor, lambda _: None, limits=Limits())
    assert {one.error for one in results} == {"changed while it was built: the export; run again"}
    assert "East.html" not in workbench.files()


def test_the_files_of_a_region_that_is_gone_and_of_a_rep_who_left_go_too(workbench) -> None:
    workbench.run(with_sheets=True)
    note = workbench.published / "sheets" / "West" / "a note of somebody.txt"
    note.write_text("Mine.", encoding="utf-8")
    workbench.write_reps(["North", "West"], ["Rep 0", "Rep 7"])
    workbench.run(with_sheets=True)
    assert workbench.files() == [
        "North.html", "West.html", "index.html", "manifest.json",
        "notebooks/North.ipynb", "notebooks/West.ipynb",
        "notebooks/sheets/North/Rep 0.ipynb", "notebooks/sheets/West/Rep 7.ipynb",
        "run-log.json", "sheets/North/Rep 0.html", "sheets/West/Rep 7.html", "sheets/West/a note of somebody.txt",
    ]  # fmt: skip
    assert not (workbench.published / "sheets" / "East").exists()
    assert "leaving" not in workbench.manifest()


def test_a_name_that_differs_by_case_alone_is_not_taken_away_as_it_may_be_the_same_file(workbench) -> None:
    workbench.run()
    workbench.write_reps(["EAST", "West"])
    workbench.run()
    assert (workbench.published / "EAST.html").is_file()
    assert (workbench.published / "East.html").is_file()  # the same one, or what is left alone for fear that it is


def test_what_is_left_of_the_failure_of_a_region_that_is_gone_goes_too(workbench) -> None:
    workbench.write("broken", "East")
    workbench.run()
    assert "failed/East.ipynb" in workbench.files()
    workbench.write_reps(["North", "West"])
    workbench.run("West")
    assert not (workbench.published / "failed").exists()


def test_a_new_failure_takes_away_what_an_older_one_left_and_it_does_not_bring(workbench) -> None:
    workbench.write("broken", "East")
    workbench.run("East")
    assert workbench.entries()["East"]["left"] == ["failed/East.ipynb", "failed/East.txt"]
    (workbench.folder / "notebooks" / "region_report.ipynb").write_text("no notebook", encoding="utf-8")
    assert workbench.run("East")["East"].error
    assert [name for name in workbench.files() if name.startswith("failed/")] == ["failed/East.txt"]


def test_a_file_that_could_not_be_taken_away_yet_is_so_by_the_next_run(workbench) -> None:
    workbench.run()
    (workbench.published / "Old.html").write_text("Of a region that is gone.", encoding="utf-8")
    outside = workbench.folder / "mine.html"
    outside.write_text("Mine.", encoding="utf-8")
    content = workbench.manifest() | {"index": None, "leaving": ["Old.html", "../../../mine.html", str(outside), 7]}
    (workbench.published / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    assert workbench.current() is None
    assert {one.state for one in workbench.run().values()} == {"unchanged"}
    assert "Old.html" not in workbench.files()
    assert outside.exists()


def test_sheets_are_published_per_region_and_rep_and_linked_from_the_index(workbench) -> None:
    results = workbench.run(with_sheets=True)
    assert {title: one.error for title, one in results.items()} == {
        "East": "", "West": "", "Rep 0 (East)": "", "Rep 1 (West)": "",
    }  # fmt: skip
    assert workbench.files() == [
        "East.html", "West.html", "index.html", "manifest.json",
        "notebooks/East.ipynb", "notebooks/West.ipynb",
        "notebooks/sheets/East/Rep 0.ipynb", "notebooks/sheets/West/Rep 1.ipynb",
        "run-log.json", "sheets/East/Rep 0.html", "sheets/West/Rep 1.html",
    ]  # fmt: skip
    assert "sheet of r0 in East, 2025Q4" in (workbench.published / "sheets/East/Rep 0.html").read_text(encoding="utf-8")
    index = workbench.index()
    assert '<a href="sheets/East/Rep%200.html">Rep 0</a>' in index
    assert index.count("Sheets for the monthly talk: 1") == 2


def test_the_manifest_names_the_rep_of_a_sheet_and_its_notebook(workbench) -> None:
    workbench.run("East", with_sheets=True)
    content = workbench.manifest()
    sheet = next(one for one in content["reports"] if one["kind"] == "sheet")
    assert (sheet["region"], sheet["rep"], sheet["name"], sheet["status"]) == ("East", "r0", "Rep 0", "published")
    for output in sheet["outputs"]:
        assert output["sha256"] == hashlib.sha256((workbench.published / output["path"]).read_bytes()).hexdigest()
    notebook = workbench.folder / "notebooks" / "rep_sheet.ipynb"
    assert content["sources"]["sheet_notebook"]["sha256"] == hashlib.sha256(notebook.read_bytes()).hexdigest()
    assert [one["kind"] for one in content["reports"]] == ["region", "region", "sheet"]


def test_without_sheets_the_manifest_speaks_of_regions_alone(workbench) -> None:
    workbench.run()
    content = workbench.manifest()
    assert [set(one) for one in content["reports"]] == [{"kind", "region", "status", "key", "outputs", "error"}] * 2
    assert "sheet_notebook" not in content["sources"]
    assert "<details" not in workbench.index()


def test_a_later_run_without_sheets_keeps_those_that_lie_there(workbench) -> None:
    workbench.run("East", with_sheets=True)
    before = workbench.manifest()
    workbench.run("East")
    after = workbench.manifest()
    assert after == before
    assert "sheets/East/Rep%200.html" in workbench.index()


def test_a_sheet_that_fails_stops_nothing_and_keeps_its_last_good_page(workbench) -> None:
    workbench.run("East", with_sheets=True)
    good = (workbench.published / "sheets/East/Rep 0.html").read_bytes()
    workbench.write("broken_rep", "r0")
    results = workbench.run(with_sheets=True, force=True)
    assert results["Rep 0 (East)"].error == "ValueError: no such rep (cell 'work-0')"
    assert not any(one.error for title, one in results.items() if title != "Rep 0 (East)")
    assert (workbench.published / "sheets/East/Rep 0.html").read_bytes() == good
    index = workbench.index()
    assert "Failed in the last run: ValueError: no such rep" in index
    log = workbench.log()
    assert [(one["region"], one.get("rep"), bool(one["error"])) for one in log["reports"]] == [
        ("East", None, False), ("West", None, False), ("East", "r0", True), ("West", "r1", False),
    ]  # fmt: skip


def test_sheets_of_one_region_leave_the_others_alone(workbench) -> None:
    assert list(workbench.run("West", with_sheets=True)) == ["West", "Rep 1 (West)"]
    assert not (workbench.published / "sheets" / "East").exists()


def test_sheets_are_the_same_bytes_with_any_number_of_workers(workbench) -> None:
    with LocalExecutor(1, []) as alone:
        workbench.run(executor=alone, with_sheets=True)
    first = workbench.bytes()
    assert {one.state for one in workbench.run(force=True, with_sheets=True).values()} == {"published"}
    assert workbench.bytes() == first


def test_hostile_names_of_reps_become_safe_files_and_text(workbench) -> None:
    workbench.write_reps(["East", "East", "<script>"], ["../../etc/passwd", "<img src=x onerror=alert(1)>", "a/b"])
    results = workbench.run(with_sheets=True)
    assert not any(one.error for one in results.values())
    made = [name for name in all_files(workbench.folder) if name.endswith(".html")]
    assert len([name for name in made if name.startswith("reports/small/2025Q4/sheets/")]) == 3
    assert all(name.startswith("reports/small/2025Q4/") for name in made)
    index = workbench.index()
    assert "<img" not in index
    assert "&lt;img src=x onerror=alert(1)&gt;" in index


def test_the_sheet_notebook_of_the_client_file_must_exist(workbench) -> None:
    workbench.add_setting("reports: {sheet_notebook: no.ipynb}")
    workbench.order()
    with pytest.raises(RequestError, match=r"small\.yml:4: sheet_notebook: expected a file, found none at 'no\.ipynb'"):
        workbench.order(with_sheets=True)


def test_the_command_builds_sheets_where_asked_and_names_the_rep_that_failed(workbench) -> None:
    workbench.write("broken_rep", "r0")
    process = workbench.command("--only", "East", "--sheets")
    said, complained = process.communicate()
    folder = workbench.published
    assert complained.splitlines() == [
        "salesperf: Rep 0 (East): failed: ValueError: no such rep (cell 'work-0')",
        f"salesperf: {folder}: expected 2 reports, 1 failed (Rep 0 (East)); failed/ there has the notebooks as far as "
        "they came, run-log.json the tracebacks",
    ]
    assert (process.returncode, said) == (1, "")  # nobody is watching, so what went well is not spoken of
    assert (folder / "East.html").is_file()
    assert (folder / "failed" / "sheets" / "East" / "Rep 0.ipynb").is_file()


def test_the_command_has_nothing_to_say_where_all_went_well_and_nothing_to_do_the_next_time(workbench) -> None:
    for _ in range(2):
        process = workbench.command()
        assert (*process.communicate(), process.returncode) == ("", "", 0)
    before = {name: (workbench.published / name).stat().st_mtime_ns for name in workbench.files()}
    process = workbench.command()
    assert (*process.communicate(), process.returncode) == ("", "", 0)
    assert {name: (workbench.published / name).stat().st_mtime_ns for name in workbench.files()} == before


def test_what_is_left_of_a_failure_is_the_notebook_and_the_failing_cell_until_the_report_succeeds(workbench) -> None:
    broken = workbench.write("broken", "East")
    workbench.run()
    left = workbench.published / "failed" / "East.txt"
    assert left.read_text("utf-8").startswith("ValueError: no such luck (cell 'work-0')\n")
    assert '    raise ValueError("no such luck")\n' in left.read_text("utf-8")
    cells = json.loads(left.with_suffix(".ipynb").read_text("utf-8"))["cells"]
    assert cells[-1]["outputs"][-1]["ename"] == "ValueError"
    broken.unlink()
    assert workbench.run()["East"].state == "published"
    assert not (workbench.published / "failed").exists()


@pytest.mark.parametrize("change", ["input", "client file", "notebook", "own page"])
def test_a_report_is_built_again_where_what_it_is_made_from_or_itself_is_not_as_it_was(workbench, change: str) -> None:
    workbench.run()
    assert {one.state for one in workbench.run().values()} == {"unchanged"}
    assert [one.title for one in workbench.current() or []] == ["East", "West"]
    match change:
        case "input":
            workbench.write("orders.csv", "order_id,rep_id,account_id,date,amount\n1,r0,a,2025-10-01,6\n")
        case "client file":
            workbench.add_setting("language: zh")
        case "notebook":
            workbench.write_notebook("region_report", "1 + 1")
        case "own page":
            (workbench.published / "West.html").write_text("tampered", encoding="utf-8")
    assert workbench.current() is None
    only_west = {"East": "unchanged", "West": "published"}
    both = dict.fromkeys(only_west, "published")
    assert {title: one.state for title, one in workbench.run().items()} == (only_west if change == "own page" else both)
    assert workbench.current()
