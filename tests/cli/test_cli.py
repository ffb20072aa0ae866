"""The command line: what it prints, where, and with which exit code. Bad input gives one line, never a traceback."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from salesperf.cli import main

Call = Callable[..., tuple[int, str, str]]
RowsOf = Callable[[str], list[dict[str, str]]]
Refused = Callable[..., None]

ROOT = Path(__file__).parents[2]
CLIENT = """client: Small
period: 2025Q4
source: {reps: reps.csv, orders: orders.csv}
"""
REPS = 'rep_id,rep,region,team\nr1,"=cmd|A1",East,One\nr2,Bo,West,Two\nr3,[red]Cy[/red],East,One\n'
ORDERS = "order_id,rep_id,account_id,date,amount\n1,r1,a,2025-10-01,100.5\n2,r2,b,2025-12-31,10\n3,r1,a,2025-07-01,1\n"


@pytest.fixture
def client(client_file: Callable[[str, str, str], Path]) -> Path:
    """A client file with two small tables beside it."""
    return client_file(CLIENT, REPS, ORDERS)


def test_kpis_as_csv_have_a_row_per_entity_and_a_column_per_kpi(call: Call, rows: RowsOf, client: Path) -> None:
    code, out, err = call("kpis", client, "--by", "region", "--format", "csv")
    assert (code, err) == (0, "")
    east, west = rows(out)
    assert (east["region"], east["revenue"], west["region"], west["revenue"]) == ("East", "100.5", "West", "10")
    assert list(east)[:3] == ["region", "revenue", "revenue_attainment"]
    assert "win_rate_n" in east


def test_what_is_not_available_is_empty_in_csv_and_null_in_json(call: Call, client: Path) -> None:
    _, out, _ = call("kpis", client, "--format", "csv", "--kpi", "satisfaction", "--kpi", "revenue")
    assert out == "region,satisfaction,satisfaction_n,surveys_sent,revenue\nEast,,,,100.5\nWest,,,,10\n"
    _, out, _ = call("kpis", client, "--format", "json", "--kpi", "satisfaction", "--kpi", "revenue")
    assert json.loads(out)[1] == {
        "region": "West", "satisfaction": None, "satisfaction_n": None, "surveys_sent": None, "revenue": 10,
    }  # fmt: skip


def test_kpis_by_rep_have_region_team_and_name(call: Call, rows: RowsOf, client: Path) -> None:
    _, out, _ = call("kpis", client, "--by", "rep", "--format", "csv", "--kpi", "revenue", "--region", "East")
    assert rows(out) == [
        {"region": "East", "team": "One", "rep": "'=cmd|A1", "revenue": "100.5"},
        {"region": "East", "team": "One", "rep": "[red]Cy[/red]", "revenue": "0"},
    ]


def test_a_name_is_never_a_live_formula_in_csv(call: Call, client: Path) -> None:
    _, out, _ = call("kpis", client, "--by", "rep", "--format", "csv", "--kpi", "revenue")
    assert "'=cmd|A1" in out


def test_a_table_for_people_shows_names_as_they_are_and_says_what_is_not_available(call: Call, client: Path) -> None:
    code, out, _ = call("kpis", client, "--by", "rep", "--kpi", "revenue", "--kpi", "satisfaction")
    assert code == 0
    assert "=cmd|A1" in out
    assert "[red]Cy[/red]" in out
    assert "n/a" in out


def test_another_period_may_be_asked_for(call: Call, client: Path) -> None:
    _, out, _ = call("kpis", client, "--by", "company", "--period", "2025Q3", "--format", "csv", "--kpi", "revenue")
    assert out == "revenue\n1\n"


def test_scores_come_with_their_contributions(call: Call, rows: RowsOf, client: Path) -> None:
    (client.parent / "targets.csv").write_text(
        "level,name,period,kpi,target\nrep,r1,2025Q4,revenue,100\nrep,r2,2025Q4,revenue,20\n", encoding="utf-8"
    )
    client.write_text(
        CLIENT.replace("orders.csv", "orders.csv, targets: targets.csv") + "model: goal_oriented\n", encoding="utf-8"
    )
    _, out, _ = call("score", client, "--format", "csv")
    scores = {one["rep"]: one for one in rows(out)}
    assert scores["Bo"]["score"] == "50"  # half of the target: half-way from 0 to 100 on the line below 60
    assert scores["Bo"]["revenue_attainment_points"] == "50"
    assert scores["Bo"]["grade"] == "D"
    assert float(scores["Bo"]["measured"]) == pytest.approx(0.7)
    assert scores["[red]Cy[/red]"]["score"] == ""


def test_potential_of_few_people_is_a_ranking_and_says_why(call: Call, rows: RowsOf, client: Path) -> None:
    code, out, err = call("potential", client, "--format", "csv")
    assert code == 0
    assert "The export covers 2 whole quarters up to the end of the period; potential needs 4." in err
    assert {one["named"] for one in rows(out)} <= {"False"}


def test_demo_writes_a_company_whose_numbers_can_be_asked_for(call: Call, rows: RowsOf, tmp_path: Path) -> None:
    code, out, _ = call("demo", tmp_path / "demo", "--language", "zh")
    assert (code, out) == (0, f"{tmp_path / 'demo'}\n")
    client = shutil.copy(ROOT / "params" / "demo.yml", tmp_path)
    _, out, _ = call("kpis", client, "--format", "csv", "--kpi", "revenue")
    assert {"华东", "华北"} <= {one["region"] for one in rows(out)}


@pytest.mark.parametrize(
    ("period", "central", "east", "west"),
    [
        ("2017Q1", "347988", "329151", "457533"),
        ("2017Q2", "957321", "1016823", "1111967"),
        ("2017Q3", "1053202", "919767", "1009286"),
        ("2017Q4", "987782", "824853", "989861"),
    ],
)
def test_the_crm_export_gives_its_known_figures(
    call: Call, rows: RowsOf, crm_folder: Path, tmp_path: Path, period: str, central: str, east: str, west: str
) -> None:
    client = tmp_path / "crm.yml"
    client.write_text(
        f"client: CRM\nperiod: 2017Q4\nsource:\n  preset: maven\n  reps: {crm_folder}/sales_teams.csv\n"
        f"  opportunities: {crm_folder}/sales_pipeline.csv\n  accounts: {crm_folder}/accounts.csv\n",
        encoding="utf-8",
    )
    _, out, _ = call("kpis", client, "--by", "region", "--format", "csv", "--period", period)
    assert {one["region"]: one["revenue"] for one in rows(out)} == {"Central": central, "East": east, "West": west}
    for one in rows(out):
        for kpi in ("satisfaction", "activities", "gross_margin", "revenue_attainment", "new_customers"):
            assert one[kpi] == ""


def test_a_missing_client_file_is_a_wrong_request(call: Call, refused: Refused, tmp_path: Path) -> None:
    refused(call("run", tmp_path / "none.yml"), 2, "none.yml", "expected a file")


def test_a_misspelt_key_is_named_with_its_line(call: Call, refused: Refused, client: Path) -> None:
    client.write_text(CLIENT + "langauge: en\n", encoding="utf-8")
    refused(call("run", client), 2, "small.yml:4", "'langauge'", "did you mean 'language'?")


def test_an_unknown_region_is_a_wrong_request_and_publishes_nothing(call: Call, refused: Refused, client: Path) -> None:
    refused(call("run", client, "--only", "Eats"), 2, "'Eats'", "did you mean 'East'?")
    assert not (client.parent / "reports").exists()
    refused(call("kpis", client, "--by", "rep", "--region", "Eats"), 2, "did you mean 'East'?")


def test_an_unknown_kpi_is_a_wrong_request(call: Call, refused: Refused, client: Path) -> None:
    refused(call("kpis", client, "--kpi", "revenu"), 2, "'revenu'", "did you mean 'revenue'?")


def test_an_unknown_kpi_in_the_model_stops_the_batch_before_it_begins(
    call: Call, refused: Refused, client: Path
) -> None:
    one = "{kpi: revenu, weight: 1, anchors: {threshold: 1, target: 2, excellent: 3}}"
    model = f"{{perspectives: [{{name: all, weight: 1, kpis: [{one}]}}]}}"
    client.write_text(CLIENT + f"model: {model}\n", encoding="utf-8")
    refused(call("run", client), 2, "small.yml:4", "'revenu'", "did you mean 'revenue'?")
    assert not (client.parent / "reports").exists()


def test_an_unknown_period_is_a_wrong_request(call: Call, refused: Refused, client: Path) -> None:
    refused(call("kpis", client, "--period", "2025Q5"), 2, "2025Q5", "2025Q4")


@pytest.mark.parametrize(
    ("table", "content", "words"),
    [
        ("orders.csv", None, ["orders.csv", "expected a file"]),
        ("orders.csv", "", ["orders.csv", "empty"]),
        ("orders.csv", "order_id,rep_id,account_id,date,amount\n", ["orders.csv", "expected rows, got a header alone"]),
        ("orders.csv", ORDERS.replace("amount", "value"), ["orders.csv", "'amount'", "orders.amount", "'value'"]),
        ("orders.csv", ORDERS.replace("100.5", "abc"), ["orders.csv", "'amount'", "'abc'", "1 "]),
        ("orders.csv", ORDERS.replace("2025-10-01", "1.10.25"), ["orders.csv", "'date'", "'1.10.25'", "date_format"]),
        ("orders.csv", ORDERS + "1,r1,a,2025-10-01,3\n", ["orders.csv", "orders.order_id", "'1'"]),
        ("reps.csv", REPS + "r1,Al,East,One\n", ["reps.csv", "reps.rep_id", "'r1'"]),
    ],
    ids=["missing", "empty", "no rows", "no column", "text in amounts", "no date", "order twice", "rep twice"],
)  # fmt: skip
def test_bad_data_stops_the_batch_before_anything_is_published(
    call: Call, refused: Refused, client: Path, table: str, content: str | None, words: list[str]
) -> None:
    path = client.parent / table
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")
    refused(call("run", client), 3, *words)
    assert not (client.parent / "reports").exists()


def test_wrong_arguments_end_with_code_2(call: Call, client: Path) -> None:
    assert call("kpis", client, "--by", "planet")[0] == 2
    assert call("kpis")[0] == 2
    assert call("run", client, "--workers", "0")[0] == 2
    for limit in ("inf", "1e300", "nan", "-1"):
        assert call("run", client, "--memory", limit)[0] == call("run", client, "--timeout", limit)[0] == 2, limit


def test_what_a_shell_could_not_work_out_is_not_the_default(call: Call, refused: Refused, client: Path) -> None:
    refused(call("run", client, "--period", ""), 2, "period: expected a form such as 2025Q4", "got ''")
    refused(call("run", client, "--out", ""), 2, "--out: expected a folder or a URL, got ''")


def test_a_letter_that_a_terminal_lacks_ends_nothing(command: Callable[..., list[str]], client: Path) -> None:
    (client.parent / "reps.csv").write_text("rep_id,rep,region\nr1,Zoë,Île\n", encoding="utf-8")
    (client.parent / "orders.csv").write_text(ORDERS.splitlines()[0] + "\n1,r1,a,2025-12-31,5\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command("kpis", client, "--by", "rep"), env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Zo\\xeb" in done.stdout


def test_anything_unexpected_keeps_its_traceback(client: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("salesperf.measures.kpis.check_kpi", broken)
    monkeypatch.setattr(sys, "argv", ["salesperf", "kpis", str(client)])
    with pytest.raises(ZeroDivisionError, match="a bug"):
        main()


def test_a_failed_report_ends_with_code_1_after_the_others_are_published(call: Call, client: Path) -> None:
    notebook = {
        "cells": [
            {"cell_type": "code", "id": "parameters", "metadata": {"tags": ["parameters"]}, "source": "region = ''",
             "outputs": [], "execution_count": None},
            {"cell_type": "code", "id": "work", "metadata": {}, "source": "1 / (region != 'East')",
             "outputs": [], "execution_count": None},
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    (client.parent / "own.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    client.write_text(CLIENT + "reports: {notebook: own.ipynb}\n", encoding="utf-8")
    code, out, err = call("run", client, "--out", client.parent / "out")
    folder = client.parent / "out" / "small" / "2025Q4"
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "salesperf: East: failed: ZeroDivisionError: division by zero (cell 'work')",
        f"salesperf: {folder}: expected 2 reports, 1 failed (East); failed/ there has the notebooks as far as they "
        "came, run-log.json the tracebacks",
    ]
    assert (folder / "West.html").is_file()
    assert not (folder / "East.html").exists()


def test_a_signal_that_ends_a_query_before_any_report_ends_the_batch(
    call: Call, refused: Refused, client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: object) -> None:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        raise RuntimeError("Query interrupted")  # as DuckDB does it

    monkeypatch.setattr("salesperf.company.work_out_shared", interrupted)
    out = client.parent / "out"
    refused(call("run", client, "--workers", 1, "--out", out), 130, "run: ended before all reports were built")
    assert not list(out.rglob("*.html"))


def test_help_names_every_command_without_loading_the_analysis() -> None:
    script = (
        "import sys; sys.argv = ['salesperf', '--help']\n"
        "from salesperf.cli import main\n"
        "try: main()\n"
        "finally: assert not {'pandas', 'ibis', 'pydantic', 'papermill', 'rich'} & sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    for command in ("run", "kpis", "score", "potential", "lab", "demo"):
        assert f"  {command} " in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
@pytest.mark.parametrize("command", ["print('revenue')", "print('revenue') or sys.exit(0)"])
def test_output_that_cannot_be_written_is_no_success_and_is_said(command: str) -> None:
    script = f"import sys; from salesperf import cli; cli.main = lambda: {command}; cli.entry_point()"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", script], stdout=full, stderr=subprocess.PIPE, env=environment)
    assert done.returncode != 0
    assert b"No space left on device" in done.stderr


def test_a_table_that_is_wider_than_the_terminal_comes_in_blocks_that_each_say_whose_numbers_they_are(
    command: Callable[..., list[str]], client: Path, at_a_terminal: Callable[..., tuple[int, str]]
) -> None:
    code, shown = at_a_terminal(command("kpis", client, "--by", "region"), columns=80)
    assert code == 0
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 80
    heads = [re.split(r"\s*┃\s*", line.strip(" ┃")) for line in lines if "┃" in line]
    assert len(heads) > 1
    assert {head[0] for head in heads} == {"region"}
    names = [name for head in heads for name in head[1:]]
    assert names == list(dict.fromkeys(names)) and {"revenue", "win_rate", "win_rate_n"} <= set(names)
    assert all(names[names.index(name) - 1] == name[:-2] for name in names if name.endswith("_n"))
    for head in heads:
        assert not any(name.endswith("_n") and name[:-2] not in head for name in head)
