"""The command that verifies, as a process of its own: what it prints, and the exit code that tells the truth."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[2]
START = "from salesperf.cli import main; main()"
REVENUE = """
from pathlib import Path
from IPython.display import HTML
if Path("slow").exists():
    Path("started").touch()
    __import__("time").sleep(600)
HTML(f"<p>Revenue of {region}: {15 if region == 'East' else 20}.00</p>")
"""


def salesperf(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", START, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, **options)  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published reports of a small company: East and West."""
    folder = tmp_path_factory.mktemp("bench")
    for name in ("notebooks", "params"):
        (folder / name).mkdir()
    parameters = new_code_cell('client = ""\nregion = ""\nperiod = ""', metadata={"tags": ["parameters"]}, id="given")
    notebook = new_notebook(cells=[parameters, new_code_cell(REVENUE, id="revenue")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "notebooks" / "region_report.ipynb")
    files = {
        "reps.csv": "rep_id,rep,region\nr0,Ann,East\nr1,Bob,West\n",
        "orders.csv": "order_id,rep_id,account_id,date,amount\n1,r0,a,2025-10-01,15\n2,r1,b,2025-12-31,20\n",
        "small.yml": "client: Small\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv}\n",
    }
    for name, text in files.items():
        (folder / "params" / name).write_text(text, encoding="utf-8")
    done = salesperf("run", folder / "params" / "small.yml", "--workers", 1)
    assert done.returncode == 0, done.stderr
    return folder / "reports" / "small" / "2025Q4"


@pytest.fixture
def edited(reports: Path):
    """The reports with an edited number on East's page, for the time of a test."""
    page = reports / "East.html"
    content = page.read_bytes()
    page.write_bytes(content.replace(b"15.00", b"17.00"))
    yield reports
    page.write_bytes(content)


def test_it_says_in_one_line_that_all_is_well(reports: Path) -> None:
    done = salesperf("verify", reports)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 reports are what the manifest says\n", "")


def test_an_edited_number_ends_with_code_4_and_names_report_file_cell_and_both_sides(edited: Path) -> None:
    done = salesperf("verify", edited, "--workers", 1)
    assert done.returncode == 4
    (line,) = done.stdout.splitlines()
    assert line.startswith("East: East.html: tampered output in cell 3 (revenue): published ")
    published, rebuilt = line.split("built again")
    assert "of East: 17.00" in published
    assert "of East: 15.00" in rebuilt
    said = "expected what the manifest says, got 1 difference (tampered output); find out why before anybody relies on"
    assert done.stderr == f"salesperf: {edited}: {said} these reports\n"


def test_one_region_alone_can_be_verified(edited: Path) -> None:
    done = salesperf("verify", edited, "--only", "West")
    assert (done.returncode, done.stdout) == (0, "1 report is what the manifest says\n")


def test_programs_get_json(edited: Path) -> None:
    done = salesperf("verify", edited, "--format", "json")
    assert done.returncode == 4
    found = json.loads(done.stdout)
    assert (found["client"], found["period"], found["same"]) == ("Small", "2025Q4", 1)
    (one,) = found["differences"]
    assert [one[name] for name in ("region", "rep", "output", "class", "cell", "number")] == [
        "East", "", "East.html", "tampered output", "revenue", 3,
    ]  # fmt: skip


def test_a_terminal_gets_a_table(edited: Path) -> None:
    reader, writer = pty.openpty()
    words = [sys.executable, "-c", START, "verify", str(edited), "--only", "East"]
    process = subprocess.Popen(words, stdout=writer, stderr=writer, env={**os.environ, "COLUMNS": "160"})
    os.close(writer)
    shown = b""
    try:
        while chunk := os.read(reader, 65536):
            shown += chunk
    except OSError:  # what a terminal says when nobody writes to it any more
        pass
    os.close(reader)
    assert process.wait() == 4
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert re.search(r"│ East +│ East\.html +│ 3 \(revenue\) +│ tampered output", text)


def test_an_edited_file_is_told_even_where_nothing_can_be_built_any_more(edited: Path) -> None:
    orders = edited.parents[2] / "params" / "orders.csv"
    kept = orders.rename(orders.with_suffix(".away"))
    try:
        done = salesperf("verify", edited)
        assert done.returncode == 4
        assert done.stdout == ("East: East.html: tampered output (the file is not the one that the manifest names)\n")
        assert "nothing could be built again" in done.stderr
        assert salesperf("verify", edited, "--only", "West").returncode == 3
    finally:
        kept.rename(orders)


def test_a_folder_without_reports_is_a_wrong_request(tmp_path: Path) -> None:
    done = salesperf("verify", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected the manifest of published reports" in done.stderr


def test_ended_from_outside_it_leaves_no_scratch_folder(reports: Path, tmp_path: Path) -> None:
    params = reports.parents[2] / "params"
    (params / "slow").touch()
    try:
        words = [sys.executable, "-c", START, "verify", str(reports)]
        environment = {**os.environ, "TMPDIR": str(tmp_path)}
        process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment)
        wait_for(params / "started")
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=120)[1]
    finally:
        (params / "slow").unlink()
        (params / "started").unlink(missing_ok=True)
    assert process.returncode == 130
    assert said == "salesperf: verify: ended before all reports were built again; nothing was changed, run again\n"
    assert not list(tmp_path.glob("salesperf-verify-*"))


def wait_for(path: Path, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not come"
        time.sleep(0.05)


def test_the_demo_company_s_report_is_verified_and_an_edited_number_in_it_found(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    assert salesperf("demo", tmp_path / "params" / "demo").returncode == 0
    (tmp_path / "params" / "demo.yml").write_bytes((ROOT / "params" / "demo.yml").read_bytes())
    done = salesperf("run", tmp_path / "params" / "demo.yml", "--only", "North", "--workers", 1)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "reports" / "demo" / "2025Q4"
    done = salesperf("verify", folder)
    told = "1 report is what the manifest says; 7 not verified: missing in the last run\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, told, "")
    page = folder / "North.html"
    text = page.read_text(encoding="utf-8")
    figure = next(re.finditer(r"\b\d+\.\d+ M\b", text))
    page.write_text(f"{text[: figure.start()]}9.87 M{text[figure.end() :]}", encoding="utf-8")
    done = salesperf("verify", folder)
    assert done.returncode == 4
    assert re.match(r"North: North\.html: tampered output in cell \d+ \(\S+\): published .*9\.87 M", done.stdout)
