"""The command that verifies: what it prints, and the exit code that tells the truth."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from salesperf.reports.verifying.verify import Findings

Call = Callable[..., tuple[int, str, str]]
Command = Callable[..., list[str]]
Refused = Callable[..., None]

REVENUE = """
from pathlib import Path
from IPython.display import HTML
if Path("slow").exists():
    Path("started").touch()
    __import__("time").sleep(600)
HTML(f"<p>Revenue of {region}: {15 if region == 'East' else 20}.00</p>")
"""


@pytest.fixture(scope="session")
def salesperf(command: Command) -> Call:
    """Runs the command line as a process of its own; returns exit code, standard output and standard error."""

    def called(*words: object) -> tuple[int, str, str]:
        done = subprocess.run(command(*words), capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    return called


@pytest.fixture(scope="module")
def reports(salesperf: Call, tmp_path_factory: pytest.TempPathFactory) -> Path:
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
    assert salesperf("run", folder / "params" / "small.yml", "--workers", 1) == (0, "", "")
    return folder / "reports" / "small" / "2025Q4"


@pytest.fixture
def edited(reports: Path):
    """The reports with an edited number on East's page, for the time of a test."""
    page = reports / "East.html"
    content = page.read_bytes()
    page.write_bytes(content.replace(b"15.00", b"17.00"))
    yield reports
    page.write_bytes(content)


def test_it_says_in_one_line_that_all_is_well(call: Call, reports: Path) -> None:
    assert call("verify", reports) == (0, "2 reports are what the manifest says\n", "")


def test_an_edited_number_ends_with_code_4_and_names_report_file_cell_and_both_sides(call: Call, edited: Path) -> None:
    code, out, err = call("verify", edited, "--workers", 1)
    assert code == 4
    (line,) = out.splitlines()
    assert line.startswith("East: East.html: tampered output in cell 3 (revenue): published ")
    published, rebuilt = line.split("built again")
    assert "of East: 17.00" in published
    assert "of East: 15.00" in rebuilt
    said = "expected what the manifest says, got 1 difference (tampered output); find out why before anybody relies on"
    assert err == f"salesperf: {edited}: {said} these reports\n"


def test_one_region_alone_can_be_verified(call: Call, edited: Path) -> None:
    assert call("verify", edited, "--only", "West") == (0, "1 report is what the manifest says\n", "")


def test_what_no_run_has_made_is_counted_apart(call: Call, reports: Path, tmp_path: Path) -> None:
    client = reports.parents[2] / "params" / "small.yml"
    assert call("run", client, "--only", "East", "--out", tmp_path) == (0, "", "")
    told = "1 report is what the manifest says; 1 not verified: missing in the last run\n"
    assert call("verify", tmp_path / "small" / "2025Q4", "--params", client) == (0, told, "")


def test_programs_get_json(call: Call, edited: Path) -> None:
    code, out, _ = call("verify", edited, "--format", "json")
    assert code == 4
    found = json.loads(out)
    assert (found["client"], found["period"], found["same"]) == ("Small", "2025Q4", 1)
    (one,) = found["differences"]
    assert [one[name] for name in ("region", "rep", "output", "cause", "cell", "number")] == [
        "East", "", "East.html", "tampered output", "revenue", 3,
    ]  # fmt: skip


def test_a_terminal_gets_a_table(command: Command, at_a_terminal: Callable[..., tuple[int, str]], edited: Path) -> None:
    code, shown = at_a_terminal(command("verify", edited, "--only", "East"), columns=160)
    assert code == 4
    assert re.search(r"│ East +│ East\.html +│ 3 \(revenue\) +│ tampered output", shown)


def test_an_edited_file_is_told_even_where_nothing_can_be_built_any_more(call: Call, edited: Path) -> None:
    orders = edited.parents[2] / "params" / "orders.csv"
    kept = orders.rename(orders.with_suffix(".away"))
    try:
        code, out, err = call("verify", edited)
        assert code == 4
        assert out == "East: East.html: tampered output (the file is not the one that the manifest names)\n"
        assert "nothing could be built again" in err
        assert call("verify", edited, "--only", "West")[0] == 3
    finally:
        kept.rename(orders)


def test_a_folder_without_reports_is_a_wrong_request(call: Call, refused: Refused, tmp_path: Path) -> None:
    refused(call("verify", tmp_path), 2, "expected the manifest of published reports")


def test_reports_at_a_url_are_a_wrong_request(call: Call, refused: Refused) -> None:
    refused(call("verify", "s3://bucket/demo/2025Q4"), 2, "expected a folder of this machine", "copy it here first")


def test_reports_that_are_published_anew_meanwhile_are_told_as_such(
    call: Call, refused: Refused, edited: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = edited / "manifest.json"
    before = manifest.read_bytes()

    def overtaken(*_: object, **__: object) -> Findings:
        manifest.write_bytes(before.replace(b'"2025Q4"', b'"2025Q3"'))
        return Findings(())

    monkeypatch.setattr(sys.modules["salesperf.cli.verify"], "_findings", overtaken)
    refused(call("verify", edited), 2, "got new ones meanwhile; verify again")
    manifest.write_bytes(before)


def test_ended_from_outside_it_leaves_no_scratch_folder(
    command: Command, eventually: Callable[..., bool], reports: Path, tmp_path: Path
) -> None:
    params = reports.parents[2] / "params"
    (params / "slow").touch()
    try:
        environment = {**os.environ, "TMPDIR": str(tmp_path)}
        process = subprocess.Popen(command("verify", reports), stderr=subprocess.PIPE, text=True, env=environment)
        assert eventually((params / "started").exists)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=120)[1]
    finally:
        (params / "slow").unlink()
        (params / "started").unlink(missing_ok=True)
    assert process.returncode == 130
    assert said == "salesperf: verify: ended before all reports were built again; nothing was changed, run again\n"
    assert not list(tmp_path.glob("salesperf-verify-*"))
