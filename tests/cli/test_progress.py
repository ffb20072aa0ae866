"""How a batch speaks: at a terminal, away from one, and in JSON; each in a process of its own, with a real terminal."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import typer

from salesperf.cli.batch_log import batch_log
from salesperf.cli.progress import STATUSES
from salesperf.errors import DataError, ReportsFailed, RequestError
from salesperf.reports.report import Report
from salesperf.reports.result import Result

PREPARED = """
from salesperf.cli.batch_log import batch_log
from salesperf.cli.progress import BatchStart
from salesperf.reports.report import Report
from salesperf.reports.result import Result

def result(region, status, error="", rep="", name=""):
    report = Report(kind="sheet" if rep else "region", region=region, file=region, rep=rep, name=name)
    return Result(report=report, status=status, seconds=1.25, error=error, details="")

def batch(form, results):
    with batch_log(form) as log:
        log.started(BatchStart("Demo Instruments", "2025Q4", len(results)))
        for one in results:
            log.done(one)
        log.finished(results, "out/demo/2025Q4")
"""
WELL = "[result('East', 'published'), result('West', 'unchanged'), result('East', 'published', rep='r1', name='Ann')]"
BAD = "[result('East', 'published'), result('\\u534e\\u4e1c', 'failed', 'ValueError: no rows (code cell 3)')]"
MANY = "[result(f'Region {n}', 'unchanged') for n in range(40)] + [result('East', 'published')]"


def spoken(code: str, **environ: str) -> tuple[str, str]:
    """What a process that runs the code writes to standard output and standard error, neither being a terminal."""
    done = subprocess.run(
        [sys.executable, "-c", PREPARED + code], capture_output=True, env=os.environ | environ, timeout=120
    )
    return done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def terminal(at_a_terminal: Callable[..., tuple[int, str]]) -> Callable[[str], str]:
    """Tells what a process that runs the code writes to a terminal of 100 columns."""
    return lambda code: at_a_terminal([sys.executable, "-c", PREPARED + code])[1]


def events(code: str, **environ: str) -> list[dict[str, object]]:
    out, err = spoken(code, **environ)
    assert out == ""
    return [json.loads(line) for line in err.splitlines()]


def failed(region: str, error: str) -> Result:
    return Result(report=Report("region", region, region), status="failed", seconds=0.0, error=error, details="")


def test_a_batch_that_went_well_says_nothing_away_from_a_terminal() -> None:
    assert spoken(f"batch('text', {WELL})") == ("", "")


def test_away_from_a_terminal_a_failed_report_is_one_line_on_standard_error() -> None:
    out, err = spoken(f"batch('text', {BAD})", PYTHONIOENCODING="utf-8")
    assert (out, err) == ("", "salesperf: 华东: failed: ValueError: no rows (code cell 3)\n")


def test_a_coloured_world_is_no_terminal() -> None:
    assert spoken(f"batch('text', {WELL})", FORCE_COLOR="1", TTY_COMPATIBLE="1") == ("", "")


def test_away_from_a_terminal_a_warning_is_said_and_a_note_is_not() -> None:
    code = "with batch_log('text') as log: log.note('slower'); log.warning('json://host/…: not reached')"
    assert spoken(code) == ("", "salesperf: json://host/…: not reached\n")


def test_a_name_does_not_command_a_terminal(capsys: pytest.CaptureFixture[str], terminal: Callable[[str], str]) -> None:
    with batch_log("text") as log:
        log.done(failed("\x1b[2JEast\n\x07", "a\r\nb"))
    assert capsys.readouterr().err == "salesperf: [2JEast : failed: a b\n"
    assert "\x1b[2J" not in terminal("batch('text', [result('\\x1b[2JEast', 'failed', '\\x1b[2J')])")


def test_a_terminal_gets_a_line_per_new_report_a_table_numbers_and_the_index(terminal: Callable[[str], str]) -> None:
    seen = terminal(f"batch('text', {WELL})")
    assert "East: published (1.2 s)" in seen
    assert "Ann (East): published" in seen
    assert "West: unchanged" not in seen
    assert "2 published, 1 unchanged" in seen
    assert seen.splitlines()[-1] == "out/demo/2025Q4/index.html"
    assert [row for row in seen.splitlines() if "West" in row and "unchanged" in row]  # few: the table has it


def test_many_unchanged_reports_are_counted_at_a_terminal_not_listed(terminal: Callable[[str], str]) -> None:
    seen = terminal(f"batch('text', {MANY})")
    assert "1 published, 40 unchanged" in seen
    assert "Region 7" not in seen
    assert "East" in seen


def test_a_terminal_is_told_what_failed_and_why(terminal: Callable[[str], str]) -> None:
    seen = terminal(f"batch('text', {BAD})")
    assert "华东: failed: ValueError: no rows (code cell 3) (1.2 s)" in seen
    assert "1 published, 1 failed" in seen


def test_notes_and_warnings_are_shown_at_a_terminal(terminal: Callable[[str], str]) -> None:
    seen = terminal("with batch_log('text') as log: log.note('an ordinary kernel'); log.warning('not reached')")
    assert seen.splitlines() == ["an ordinary kernel", "warning: not reached"]


def test_json_is_one_object_a_line_with_the_documented_keys() -> None:
    first, east, west, sheet, last = events(f"batch('json', {WELL})")
    common = {"time", "level", "event", "client", "period"}
    assert first.keys() == common | {"reports"} and first["event"] == "batch_started" and first["reports"] == 3
    assert east.keys() == common | {"region", "rep", "kind", "state", "seconds", "error"}
    assert (east["region"], east["kind"], east["state"], east["seconds"]) == ("East", "region", "published", 1.25)
    assert (west["state"], sheet["kind"], sheet["rep"]) == ("unchanged", "sheet", "r1")
    assert last.keys() == common | {*STATUSES, "seconds", "folder", "exit_code"}
    assert [last[status] for status in STATUSES] == [2, 1, 0]
    assert (last["event"], last["exit_code"], last["folder"]) == ("batch_finished", 0, "out/demo/2025Q4")
    assert {one["client"] for one in (first, east, last)} == {"Demo Instruments"}


def test_json_of_a_failed_report_is_an_error_and_the_end_tells_the_exit_code() -> None:
    *_, bad, last = events(f"batch('json', {BAD})")
    assert (bad["level"], bad["region"], bad["error"]) == ("error", "华东", "ValueError: no rows (code cell 3)")
    assert (last["level"], last["exit_code"], last["failed"]) == ("error", 1, 1)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_json_stays_json_under_any_locale(locale: str) -> None:
    environ = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert events(f"batch('json', {BAD})", **environ)[2]["region"] == "华东"
    accented = "[result('\\u00c9st', 'published')]"  # the C locale's own way of writing É is no JSON
    assert events(f"batch('json', {accented})", **environ)[1]["region"] == "Ést"


def test_times_are_utc_whatever_the_time_zone() -> None:
    for zone in ("Asia/Shanghai", "America/New_York"):
        for one in events("batch('json', [])", TZ=zone):
            assert datetime.fromisoformat(str(one["time"])).utcoffset() == timedelta(0)


def test_json_is_written_at_a_terminal_too(terminal: Callable[[str], str]) -> None:
    first, *_, last = [json.loads(line) for line in terminal(f"batch('json', {WELL})").splitlines()]
    assert (first["event"], last["event"]) == ("batch_started", "batch_finished")


def test_notes_and_warnings_are_events() -> None:
    note, warning = events("with batch_log('json') as log: log.note('a'); log.warning('b')")
    assert (note["event"], note["level"], note["message"]) == ("note", "info", "a")
    assert (warning["event"], warning["level"], warning["message"]) == ("note", "warning", "b")


def test_a_batch_that_cannot_start_is_an_event_with_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, batch_log("json"):
        raise DataError("sales.csv:3: expected a date, got 'x'; correct it")
    said = json.loads(capsys.readouterr().err)
    assert ended.value.exit_code == said["exit_code"] == 3
    assert (said["event"], said["level"]) == ("batch_stopped", "error")
    assert said["error"] == "sales.csv:3: expected a date, got 'x'; correct it"


def test_failed_reports_are_not_told_twice_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    def batch() -> None:
        with batch_log("json") as log:
            log.finished([failed("East", "x")], Path("out"))
            raise ReportsFailed("out: expected 1 report, 1 failed")

    with pytest.raises(typer.Exit) as ended:
        batch()
    assert ended.value.exit_code == 1
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["batch_finished"]


def test_in_text_an_error_is_left_to_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RequestError), batch_log("text"):
        raise RequestError("x")
    assert capsys.readouterr() == ("", "")


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), batch_log("json"):
        _ = 1 / 0
