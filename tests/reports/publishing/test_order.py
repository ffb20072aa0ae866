"""What is asked of a batch, and whether anything is to be done, found without reading the export."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from salesperf.errors import DataError, RequestError
from salesperf.params import read_client
from salesperf.reports.publishing.order import order_for


def titles(reports):
    return None if reports is None else [one.title for one in reports]


def test_there_is_something_to_do_until_all_that_is_asked_for_lies_there(workbench):
    assert workbench.current() is None
    workbench.run("East")
    assert workbench.current() is None
    assert titles(workbench.current("East")) == ["East"]
    workbench.run()
    assert titles(workbench.current()) == ["East", "West"]
    assert workbench.current(with_sheets=True) is None
    workbench.run("East", with_sheets=True)
    assert workbench.current(with_sheets=True) is None
    workbench.run(with_sheets=True)
    assert titles(workbench.current(with_sheets=True)) == ["East", "West", "Rep 0 (East)", "Rep 1 (West)"]
    assert titles(workbench.current("West", with_sheets=True)) == ["West", "Rep 1 (West)"]


def test_a_region_that_is_not_known_is_left_to_the_export(published_workbench):
    assert published_workbench.current("Eats") is None


@pytest.mark.parametrize("name", ["East.html", "notebooks/West.ipynb"])
@pytest.mark.parametrize("way", ["altered", "missing"])
def test_a_file_that_is_not_as_published_is_something_to_do(published_workbench, name, way):
    path = published_workbench.published / name
    path.unlink() if way == "missing" else path.write_bytes(path.read_bytes() + b" ")
    assert published_workbench.current() is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"reports": []}', '{"reports": null}', '{"reports": [1]}'])
def test_a_manifest_that_cannot_be_read_is_something_to_do(published_workbench, content):
    (published_workbench.published / "manifest.json").write_text(content, encoding="utf-8")
    assert published_workbench.current() is None
    assert {one.error for one in published_workbench.run().values()} == {""}


@pytest.mark.parametrize("part", ["key", "status", "region", "kind", "outputs"])
def test_an_entry_that_lacks_a_part_is_something_to_do_and_the_others_stay(published_workbench, part):
    content = published_workbench.manifest()
    del content["reports"][0][part]
    (published_workbench.published / "manifest.json").write_text(
        json.dumps(content | {"sources": None}), encoding="utf-8"
    )
    assert published_workbench.current() is None
    assert {name: one.status for name, one in published_workbench.run().items()} == {
        "East": "published",
        "West": "unchanged",
    }


def unfinished(bench, what):
    """Makes of a finished batch one that is not."""
    match what.split():
        case ["no", name]:
            (bench.published / name).unlink()
        case ["other", name]:
            (bench.published / name).write_text("<p>Of an earlier run.</p>", encoding="utf-8")
        case ["left", name]:
            path = bench.published / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("ValueError", encoding="utf-8")
        case ["building"]:
            bench.published.with_name(".2025Q4.building").mkdir()


@pytest.mark.parametrize(
    "what", ["no index.html", "other index.html", "no run-log.json", "left failed/East.txt", "building"]
)
def test_what_a_batch_that_broke_off_has_left_undone_is_something_to_do_without_building_anything(
    published_workbench, what
):
    before, files = published_workbench.bytes(), published_workbench.files()
    unfinished(published_workbench, what)
    assert published_workbench.current() is None
    assert {one.status for one in published_workbench.run().values()} == {"unchanged"}
    assert titles(published_workbench.current()) == ["East", "West"]
    assert (published_workbench.bytes(), published_workbench.files()) == (before, files)
    assert not published_workbench.published.with_name(".2025Q4.building").exists()


def test_a_batch_killed_after_its_last_report_is_completed_by_the_next_one(published_workbench):
    undisturbed = published_workbench.bytes()
    killed = (
        "import os\nfrom salesperf.cli import main\nfrom salesperf.reports.publishing import publication\n"
        "publication.index_page = lambda *_, **__: os._exit(9)\nmain()"
    )
    process = published_workbench.command("--force", script=killed)
    process.communicate()
    assert process.returncode == 9
    assert published_workbench.manifest()["index"] is None
    assert published_workbench.current() is None
    assert {one.status for one in published_workbench.run().values()} == {"unchanged"}
    assert published_workbench.bytes() == undisturbed
    assert titles(published_workbench.current()) == ["East", "West"]


def test_a_failed_report_is_something_to_do(published_workbench):
    sign = published_workbench.write("broken", "East")
    published_workbench.run(force=True)
    assert published_workbench.current() is None
    assert titles(published_workbench.current("West")) == ["West"]
    sign.unlink()
    assert {name: one.status for name, one in published_workbench.run().items()} == {
        "East": "published",
        "West": "unchanged",
    }


def test_an_input_that_is_missing_is_named(workbench):
    (workbench.client_file.parent / "orders.csv").unlink()
    with pytest.raises(DataError, match=r"small\.yml:3: orders: expected a file at .*orders\.csv, got none"):
        workbench.order()


def test_a_second_run_needs_none_of_the_libraries_of_the_analysis(published_workbench):
    script = (
        "import sys; from salesperf.cli import main\n"
        "try: main()\n"
        "finally: assert not {'pandas', 'ibis', 'duckdb', 'papermill', 'nbconvert'} & sys.modules.keys()"
    )
    process = published_workbench.command(script=script)
    assert (*process.communicate(), process.returncode) == ("", "", 0)


def test_the_notebook_of_the_client_file_must_exist(workbench) -> None:
    workbench.add_setting("reports: {notebook: missing.ipynb}")
    with pytest.raises(RequestError, match=r"small\.yml:4: notebook: expected a file, found none at 'missing\.ipynb'"):
        workbench.order()


def test_reports_go_where_the_client_file_says(workbench) -> None:
    workbench.add_setting("reports: {folder: ../elsewhere}")
    assert Path(workbench.order().store.address).resolve() == workbench.folder / "elsewhere" / "small" / "2025Q4"


def test_a_relative_folder_on_the_command_line_is_one_of_where_the_command_runs(
    workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert {one.error for one in workbench.run(out=Path("here")).values()} == {""}
    assert (elsewhere / "here" / "small" / "2025Q4" / "East.html").is_file()


def test_a_relative_folder_of_the_client_file_works_with_a_relative_path_to_that(
    workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench.add_setting("reports: {folder: ../there}")
    monkeypatch.chdir(workbench.folder.parent)
    near = replace(workbench, folder=Path(workbench.folder.name))
    assert {title: one.error for title, one in near.run().items()} == {"East": "", "West": ""}
    assert (workbench.folder / "there" / "small" / "2025Q4" / "East.html").is_file()


def test_the_sheet_notebook_of_the_client_file_must_exist(workbench) -> None:
    workbench.add_setting("reports: {sheet_notebook: no.ipynb}")
    workbench.order()
    with pytest.raises(RequestError, match=r"small\.yml:4: sheet_notebook: expected a file, found none at 'no\.ipynb'"):
        workbench.order(with_sheets=True)


@pytest.mark.parametrize("change", ["input", "client file", "notebook", "own page"])
def test_a_report_is_built_again_where_what_it_is_made_from_or_itself_is_not_as_it_was(
    published_workbench, change: str
) -> None:
    assert {one.status for one in published_workbench.run().values()} == {"unchanged"}
    assert [one.title for one in published_workbench.current() or []] == ["East", "West"]
    match change:
        case "input":
            published_workbench.write("orders.csv", "order_id,rep_id,account_id,date,amount\n1,r0,a,2025-10-01,6\n")
        case "client file":
            published_workbench.add_setting("language: zh")
        case "notebook":
            published_workbench.write_notebook("region_report", "1 + 1")
        case "own page":
            (published_workbench.published / "West.html").write_text("tampered", encoding="utf-8")
    assert published_workbench.current() is None
    only_west = {"East": "unchanged", "West": "published"}
    both = dict.fromkeys(only_west, "published")
    assert {title: one.status for title, one in published_workbench.run().items()} == (
        only_west if change == "own page" else both
    )
    assert published_workbench.current()


def test_an_empty_folder_on_the_command_line_is_refused(workbench) -> None:
    with pytest.raises(RequestError, match="--out: expected a folder or a URL, got ''"):
        order_for(read_client(workbench.client_file), out="")


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_notebook_in_a_folder_of_everybody_is_not_run(workbench) -> None:
    ours = workbench.order().notebooks["region"]
    assert ours == workbench.folder / "notebooks" / "region_report.ipynb"
    workbench.folder.chmod(0o1777)
    assert workbench.order().notebooks["region"] != ours
