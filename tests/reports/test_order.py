"""What is asked of a batch, and whether anything is to be done, found without reading the export."""

import pytest

from salesperf.errors import DataError


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


def test_a_region_that_is_not_known_is_left_to_the_export(workbench):
    workbench.run()
    assert workbench.current("Eats") is None


@pytest.mark.parametrize("name", ["East.html", "notebooks/West.ipynb"])
@pytest.mark.parametrize("way", ["altered", "missing"])
def test_a_file_that_is_not_as_published_is_something_to_do(workbench, name, way):
    workbench.run()
    path = workbench.published / name
    path.unlink() if way == "missing" else path.write_bytes(path.read_bytes() + b" ")
    assert workbench.current() is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"reports": []}'])
def test_a_manifest_that_cannot_be_read_is_something_to_do(workbench, content):
    workbench.run()
    (workbench.published / "manifest.json").write_text(content, encoding="utf-8")
    assert workbench.current() is None
    assert {one.error for one in workbench.run().values()} == {""}


def test_a_failed_report_is_something_to_do(workbench):
    workbench.run()
    sign = workbench.write("broken", "East")
    workbench.run(force=True)
    assert workbench.current() is None
    assert titles(workbench.current("West")) == ["West"]
    sign.unlink()
    assert {name: one.state for name, one in workbench.run().items()} == {"East": "published", "West": "unchanged"}


def test_an_input_that_is_missing_is_named(workbench):
    (workbench.client_file.parent / "orders.csv").unlink()
    with pytest.raises(DataError, match=r"small\.yml:3: orders: expected a file at .*orders\.csv, got none"):
        workbench.order()


def test_a_second_run_needs_none_of_the_libraries_of_the_analysis(workbench):
    workbench.run()
    script = (
        "import sys; from salesperf.cli import main\n"
        "try: main()\n"
        "finally: assert not {'pandas', 'ibis', 'duckdb', 'papermill', 'nbconvert'} & sys.modules.keys()"
    )
    process = workbench.command(script=script)
    assert (*process.communicate(), process.returncode) == ("", "", 0)
