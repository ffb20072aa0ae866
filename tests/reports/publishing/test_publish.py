"""The batch: what is published, what stays when something fails. Real kernels, a small notebook."""

from pathlib import Path

from salesperf.reports.building.local import LocalExecutor

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


def test_a_region_that_fails_stops_no_other_and_keeps_its_last_good_page(published_workbench) -> None:
    good = (published_workbench.published / "East.html").read_bytes()
    published_workbench.write("broken", "East")
    results = published_workbench.run(force=True)
    assert results["East"].error == "ValueError: no such luck (cell 'work-0')"
    assert "no such luck" in results["East"].details
    assert results["West"].error == ""
    assert (published_workbench.published / "East.html").read_bytes() == good
    assert (published_workbench.entries()["East"]["status"], published_workbench.entries()["West"]["status"]) == (
        "failed",
        "published",
    )
    assert published_workbench.entries()["East"]["outputs"]
    index = published_workbench.index()
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


def test_reports_and_sheets_are_the_same_bytes_with_any_number_of_workers(workbench) -> None:
    with LocalExecutor(1, []) as alone:
        workbench.run(executor=alone, with_sheets=True)
    first = workbench.bytes()
    assert {one.status for one in workbench.run(force=True, with_sheets=True).values()} == {"published"}
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
