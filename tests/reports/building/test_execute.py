"""One report: how it ends, whatever happens in its notebook."""

import dataclasses

import nbformat
import pytest

from salesperf.reports.building.job import Job
from salesperf.reports.report import Report
from salesperf.reports.result import GIGABYTE, Limits

EAST = Report("region", "East", "East")


@pytest.fixture
def built(workbench, executor):
    """Builds a report of cells with these sources."""

    def build(*sources, **changes):
        notebook = workbench.write_notebook("region_report", *sources)
        parameters = {"client": "small.yml", "region": "East", "period": "2025Q4"}
        job = Job(EAST, notebook, parameters, workbench.client_file.parent, seed=7)
        (one,) = executor.run([dataclasses.replace(job, **changes)])
        return one

    return build


def outputs_of(one):
    """What the code cells behind the parameters printed."""
    notebook = nbformat.reads(one.files["notebooks/East.ipynb"].decode(), as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"][2:]
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in cells]


def test_a_report_is_a_page_and_the_executed_notebook_with_its_parameters(built):
    one = built("print(region, period, client)")
    assert (one.result.status, one.result.error) == ("published", "")
    assert list(one.files) == ["East.html", "notebooks/East.ipynb"]
    assert one.files["East.html"].startswith(b"<!DOCTYPE html>")
    assert outputs_of(one) == ["East 2025Q4 small.yml\n"]


def test_the_seed_decides_about_chance(built):
    draw = "import random, numpy as np; print(random.random(), np.random.random())"
    one, same, other = (outputs_of(built(draw, seed=seed)) for seed in (7, 7, 8))
    assert one == same != other


def test_a_kernel_has_the_clock_and_the_language_of_all(built):
    one = built("import os, sys, time; print(time.tzname[0], os.environ['LC_ALL'], sys.flags.hash_randomization)")
    assert outputs_of(one) == ["UTC C.UTF-8 0\n"]


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero (cell 'work-1')"),
        ("raise ValueError('two\\nlines')", "ValueError: two lines (cell 'work-1')"),
        ("from salesperf.errors import DataError\nraise DataError('orders.csv: no')", "orders.csv: no"),
        ("import os; os._exit(3)", "the kernel died (cell 'work-1'); the machine may be short of memory"),
        ("import os; os.kill(os.getpid(), 9)", "the kernel died (cell 'work-1'); the machine may be short of memory"),
        ("def broken(:", "SyntaxError: invalid syntax"),
    ],
)
def test_what_goes_wrong_is_told_in_one_line_with_its_cell_and_the_rest_is_kept(built, source, error):
    one = built("x = 1", source, "print('never')")
    assert (one.result.status, list(one.files)) == ("failed", ["failed/East.txt", "failed/East.ipynb"])
    assert one.result.error.startswith(error)
    assert "\n" not in one.result.error
    told = one.files["failed/East.txt"].decode()
    assert told.startswith(one.result.error)
    assert source in told
    assert "\x1b" not in told


def test_a_notebook_that_is_none_or_is_not_there_fails_in_one_line(built, workbench, tmp_path):
    broken = workbench.write("broken.ipynb", "{")
    for path, error in ((broken, "JSONDecodeError: "), (tmp_path / "none.ipynb", "FileNotFoundError: ")):
        one = built("1", notebook=path)
        assert one.result.error.startswith(error)
        assert list(one.files) == ["failed/East.txt"]


def test_memory_and_time_have_limits_of_their_own_messages(built):
    greedy = built("x = bytearray(10**12)", limits=Limits(memory=GIGABYTE))
    assert greedy.result.error == "needed more than the 1 GB that a report may take (cell 'work-0'); see --memory"
    slow = built("import time; time.sleep(600)", limits=Limits(seconds=5))
    assert slow.result.error == "took longer than the 5 s that a report may take (cell 'work-0'); see --timeout"
    assert outputs_of(built("print(1)", limits=Limits(seconds=300, memory=4 * GIGABYTE))) == ["1\n"]


@pytest.mark.parametrize(
    "source",
    [
        "import numpy; numpy.zeros(10**12)",
        "import pyarrow; pyarrow.allocate_buffer(10**13)",
        # Under a limit of its own: at that of the process, DuckDB sometimes raises this and sometimes dies.
        "import duckdb; duckdb.sql(\"set memory_limit='20MB'\")\n"
        "duckdb.sql('select list(range) from range(100000000)').fetchall()",
        "raise OSError(12, 'Cannot allocate memory')",
    ],
    ids=["numpy", "arrow", "duckdb", "system"],
)
def test_every_library_s_own_way_to_say_that_there_is_no_memory_is_understood(built, source):
    one = built(source, limits=Limits(memory=GIGABYTE))
    assert one.result.error == "needed more than the 1 GB that a report may take (cell 'work-0'); see --memory"


def test_a_product_with_memory_in_its_name_is_no_want_of_memory(built):
    one = built("raise KeyError('Memory card 64 GB')", limits=Limits(memory=GIGABYTE))
    assert one.result.error == "KeyError: 'Memory card 64 GB' (cell 'work-0')"


def test_one_report_leaves_nothing_for_the_next(built):
    built("import os, sys, pandas; sys.kept = 1; os.environ['KEPT'] = '1'; pandas.kept = 1")
    assert outputs_of(
        built("import os, sys, pandas; print(hasattr(sys, 'kept'), 'KEPT' in os.environ, hasattr(pandas, 'kept'))")
    ) == ["False False False\n"]


def test_a_notebook_that_prints_without_end_is_stopped_and_what_is_kept_of_it_is_small(built):
    one = built("while True:\n    print('x' * 1_000_000)", limits=Limits(seconds=120))
    assert one.result.error == "printed more than the 50 MB that a report may print (cell 'work-0')"
    assert len(one.files["failed/East.ipynb"]) < 60_000_000
    assert outputs_of(built("print(1)")) == ["1\n"]


@pytest.mark.parametrize(
    ("cover", "fault"),
    [
        ("{'title': 'Mine', 'trend': None}", "cover: trend: Input should be a valid list, got None"),
        ("{'trend': [['2025Q4', 'five']]}", "cover: trend.0.1: "),
        ("{'figures': [{'label': 'Revenue'}]}", "cover: figures.0.value: Field required"),
        ("['title']", "cover: expected its parts by name, got ['title']"),
    ],
)
def test_a_cover_of_another_form_fails_with_its_place(built, cover, fault):
    one = built(f"display({{'application/vnd.salesperf.cover+json': {cover}}}, raw=True)")
    assert one.result.error.startswith(f"ValueError: {fault}")
    assert "\n" not in one.result.error
