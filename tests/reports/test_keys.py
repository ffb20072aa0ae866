"""What a report is made from: each part has its hash, and changes with that part alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from salesperf.reports.keys import PARTS, environment, package_code, seed_of
from salesperf.reports.report import Report

EAST, SHEET = Report("region", "East", "East"), Report("sheet", "East", "sheets/East/Rep 0", "r0", "Rep 0")


def key(workbench, report=EAST, period="2025Q4"):
    return workbench.order(with_sheets=True).shared_key.key(report, period)


def changed(one, other):
    return [part for part in PARTS if one[part] != other[part]]


def test_a_key_has_all_parts_and_is_the_same_twice(workbench):
    one = key(workbench)
    assert tuple(one) == PARTS
    assert all(len(value) == 64 for value in one.values())
    assert one == key(workbench)


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("params/orders.csv", "dataset"),
        ("params/small.yml", "client"),
        ("params/plan.yml", "client"),
        ("notebooks/region_report.ipynb", "notebook"),
        ("notebooks/rep_sheet.ipynb", None),
    ],
)
def test_a_change_of_one_file_changes_that_part_of_the_key_alone(workbench, file, part):
    workbench.write("plan.yml", "name: none\nbonus: {}\n")
    workbench.add_setting("incentives: plan.yml")
    path, before = workbench.folder / file, key(workbench)
    path.write_bytes(path.read_bytes() + b"\n")
    assert changed(before, key(workbench)) == ([part] if part else [])


def test_an_input_that_is_renamed_or_moved_to_another_table_is_another_dataset(workbench):
    before = key(workbench)
    (workbench.client_file.parent / "orders.csv").rename(workbench.client_file.parent / "sales.csv")
    workbench.client_file.write_text(
        workbench.client_file.read_text("utf-8").replace("orders.csv", "sales.csv"), "utf-8"
    )
    assert changed(before, key(workbench)) == ["dataset", "client"]


def test_reports_of_a_batch_differ_in_their_parameters_a_sheet_also_in_its_notebook(workbench):
    assert changed(key(workbench), key(workbench, Report("region", "West", "West"))) == ["parameters"]
    assert changed(key(workbench), key(workbench, period="2025Q3")) == ["parameters"]
    assert changed(key(workbench), key(workbench, SHEET)) == ["notebook", "parameters"]


def test_where_the_workbench_lies_does_not_matter(workbench, workbench_of, tmp_path):
    other = workbench_of(tmp_path / "another place" / "of the same")
    for name in ("region_report", "rep_sheet"):
        path = Path("notebooks", f"{name}.ipynb")
        (other.folder / path).write_bytes((workbench.folder / path).read_bytes())
    assert key(workbench, SHEET) == key(other, SHEET)


def test_the_seed_follows_from_the_key(workbench):
    one, other = key(workbench), key(workbench, SHEET)
    assert seed_of(one) == seed_of(dict(reversed(one.items())))
    assert seed_of(one) != seed_of(other)
    assert 0 <= seed_of(one) < 2**32


def test_the_environment_is_what_salesperf_needs_and_nothing_else_that_is_installed():
    found = environment()
    assert {"python", "machine", "salesperf", "pandas", "numpy", "papermill", "duckdb"} <= found.keys()
    assert not {"pytest", "ruff", "mypy", "pip"} & found.keys()


def test_code_and_environment_have_the_same_hash_in_every_process():
    script = "from salesperf.reports.keys import *; print(package_code(), environment())"
    said = [
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environ
        ).stdout.strip()
        for environ in (
            {"PYTHONHASHSEED": "1", "PYTHONPATH": ":".join(sys.path)},
            {"LC_ALL": "C", "PYTHONPATH": ":".join(sys.path)},
        )
    ]
    assert said == [f"{package_code()} {environment()}"] * 2


def test_a_batch_leaves_the_package_as_it_is(workbench):
    before = package_code.__wrapped__()
    workbench.run(force=True)
    assert package_code.__wrapped__() == before


def test_a_module_beside_the_client_file_that_the_notebook_imports_is_part_of_its_key(workbench):
    workbench.write_notebook("region_report", "import helper\nfrom shapes import round")
    before = key(workbench)
    for name in ("helper.py", "shapes/__init__.py", "shapes/round.py"):
        path = workbench.client_file.parent / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x = 1\n", encoding="utf-8")
        now = key(workbench)
        assert changed(before, now) == ["notebook"]
        before = now
    (workbench.client_file.parent / "other.py").write_text("x = 1\n", encoding="utf-8")
    assert key(workbench) == before


def test_a_part_of_the_client_file_that_is_missing_is_left_to_the_room_that_reads_it(workbench):
    workbench.add_setting("model: missing.yml")
    assert key(workbench)
