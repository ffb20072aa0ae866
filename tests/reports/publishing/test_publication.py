"""What lies on the store: manifest and log, and which files of earlier runs go."""

import json
import signal
from collections.abc import Iterator
from hashlib import sha256

import pytest

from salesperf.errors import RequestError
from salesperf.reports.stores.store import LocalStore


def test_the_manifest_names_inputs_and_outputs_with_their_hashes(published_workbench) -> None:
    content = published_workbench.manifest()
    assert (content["client"], content["period"]) == ("Small & Sons", "2025Q4")
    assert [(one["path"], one["rows"]) for one in content["inputs"]] == [("reps.csv", 2), ("orders.csv", 2)]
    for one in content["inputs"]:
        assert one["sha256"] == sha256((published_workbench.client_file.parent / one["path"]).read_bytes()).hexdigest()
    for report in content["reports"]:
        assert report["status"] == "published"
        for output in report["outputs"]:
            assert output["sha256"] == sha256((published_workbench.published / output["path"]).read_bytes()).hexdigest()
    assert {"python", "salesperf", "pandas", "papermill"} <= content["environment"].keys()


def test_what_varies_and_what_warns_goes_to_the_log(workbench) -> None:
    workbench.run("East")
    notebook = (workbench.published / "notebooks" / "East.ipynb").read_text(encoding="utf-8")
    for word in ("papermill", "start_time", "iopub", '"name": "stderr"', str(workbench.folder)):
        assert word not in notebook
    log = workbench.log()
    assert log["reports"][0]["details"] == "some warning\n"
    assert log["reports"][0]["seconds"] > 0


def test_a_broken_manifest_of_an_earlier_run_does_not_matter(workbench) -> None:
    workbench.published.mkdir(parents=True)
    (workbench.published / "manifest.json").write_text("{", encoding="utf-8")
    assert not any(one.error for one in workbench.run("East").values())


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


def test_a_name_that_differs_by_case_alone_is_not_taken_away_as_it_may_be_the_same_file(published_workbench) -> None:
    published_workbench.write_reps(["EAST", "West"])
    published_workbench.run()
    assert (published_workbench.published / "EAST.html").is_file()
    assert (
        published_workbench.published / "East.html"
    ).is_file()  # the same one, or what is left alone for fear that it is


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


def test_a_file_that_could_not_be_taken_away_yet_is_so_by_the_next_run(published_workbench) -> None:
    (published_workbench.published / "Old.html").write_text("Of a region that is gone.", encoding="utf-8")
    outside = published_workbench.folder / "mine.html"
    outside.write_text("Mine.", encoding="utf-8")
    content = published_workbench.manifest() | {
        "index": None,
        "leaving": ["Old.html", "../../../mine.html", str(outside), 7],
    }
    (published_workbench.published / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    assert published_workbench.current() is None
    assert {one.status for one in published_workbench.run().values()} == {"unchanged"}
    assert "Old.html" not in published_workbench.files()
    assert outside.exists()


def test_the_manifest_names_the_rep_of_a_sheet_and_its_notebook(workbench) -> None:
    workbench.run("East", with_sheets=True)
    content = workbench.manifest()
    sheet = next(one for one in content["reports"] if one["kind"] == "sheet")
    assert (sheet["region"], sheet["rep"], sheet["name"], sheet["status"]) == ("East", "r0", "Rep 0", "published")
    for output in sheet["outputs"]:
        assert output["sha256"] == sha256((workbench.published / output["path"]).read_bytes()).hexdigest()
    notebook = workbench.folder / "notebooks" / "rep_sheet.ipynb"
    assert content["sources"]["sheet_notebook"]["sha256"] == sha256(notebook.read_bytes()).hexdigest()
    assert [one["kind"] for one in content["reports"]] == ["region", "region", "sheet"]


def test_without_sheets_the_manifest_speaks_of_regions_alone(published_workbench) -> None:
    content = published_workbench.manifest()
    assert [set(one) for one in content["reports"]] == [{"kind", "region", "status", "key", "outputs", "error"}] * 2
    assert "sheet_notebook" not in content["sources"]
    assert "<details" not in published_workbench.index()


def test_a_later_run_without_sheets_keeps_those_that_lie_there(workbench) -> None:
    workbench.run("East", with_sheets=True)
    before = workbench.manifest()
    workbench.run("East")
    after = workbench.manifest()
    assert after == before
    assert "sheets/East/Rep%200.html" in workbench.index()


def test_what_is_left_of_a_failure_is_the_notebook_and_the_failing_cell_until_the_report_succeeds(workbench) -> None:
    broken = workbench.write("broken", "East")
    workbench.run()
    left = workbench.published / "failed" / "East.txt"
    assert left.read_text("utf-8").startswith("ValueError: no such luck (cell 'work-0')\n")
    assert '    raise ValueError("no such luck")\n' in left.read_text("utf-8")
    cells = json.loads(left.with_suffix(".ipynb").read_text("utf-8"))["cells"]
    assert cells[-1]["outputs"][-1]["ename"] == "ValueError"
    broken.unlink()
    assert workbench.run()["East"].status == "published"
    assert not (workbench.published / "failed").exists()


def test_the_reports_of_another_client_are_not_touched(workbench, workbench_of, tmp_path) -> None:
    other = workbench_of(tmp_path / "other")
    other.client_file.write_text(other.client_file.read_text("utf-8").replace("Small & Sons", "Beta"), "utf-8")
    other.write_reps(["Alpha"])
    other.write("orders.csv", "order_id,rep_id,account_id,date,amount\n1,r0,a,2025-10-01,5\n")
    workbench.run()
    before = workbench.bytes()
    place = str(workbench.published.parents[1])
    other.add_setting(f"reports: {{folder: '{place}'}}")
    with pytest.raises(RequestError, match=r"expected the reports of 'Beta', got those of 'Small & Sons'; rename the"):
        other.run()
    assert workbench.bytes() == before


def test_a_client_may_change_its_name(published_workbench) -> None:
    published_workbench.client_file.write_text(
        published_workbench.client_file.read_text("utf-8").replace("Sons", "Sisters"), "utf-8"
    )
    assert {one.status for one in published_workbench.run().values()} == {"published"}


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Tests that a shell has started in the background ignore Ctrl-C; not here."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("moment", ["after the page", "before all"])
def test_whoever_presses_ctrl_c_while_a_report_is_laid_down_finds_it_whole(
    published_workbench, monkeypatch, moment
) -> None:
    write_all, once = LocalStore.write_all, []

    def interrupted(self, files) -> None:
        if len(files) > 1 and not once:
            once.append(1)
            if moment == "after the page":
                write_all(self, {name: files[name] for name in list(files)[:1]})
            signal.raise_signal(signal.SIGINT)
        write_all(self, files)

    monkeypatch.setattr(LocalStore, "write_all", interrupted)
    published_workbench.write(
        "orders.csv", "order_id,rep_id,account_id,date,amount\n1,r0,a,2025-10-01,7\n2,r1,b,2025-12-31,9\n"
    )
    with pytest.raises(KeyboardInterrupt):
        published_workbench.run()
    for entry in published_workbench.entries().values():
        for output in entry["outputs"]:
            content = (published_workbench.published / output["path"]).read_bytes()
            assert sha256(content).hexdigest() == output["sha256"], output["path"]
    keys = [one["key"]["dataset"] for one in published_workbench.entries().values()]
    assert keys[0] != keys[1]  # the first is new, the other as it was


def test_a_published_notebook_that_is_damaged_costs_the_index_its_figures_and_no_batch_its_end(
    published_workbench,
) -> None:
    for damage in ('{"cells": [', "[]", '{"cells": 3}', '{"cells": [1]}'):
        (published_workbench.published / "notebooks" / "West.ipynb").write_text(damage)
        assert published_workbench.run("East", force=True)["East"].error == ""
        assert "East sold." in published_workbench.index() and "West sold." not in published_workbench.index()
    assert published_workbench.run()["West"].status == "published"
    assert "West sold." in published_workbench.index()
