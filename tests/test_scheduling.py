"""The examples of docs/scheduling.md are the files beside it, and each is what its scheduler reads."""

import ast
import configparser
import html
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml
from typer.main import get_command

from salesperf.cli import app
from salesperf.cli.batch_log import batch_log
from salesperf.cli.progress import BatchStart
from salesperf.errors import DataError
from salesperf.reports.report import Report
from salesperf.reports.result import Result

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "scheduling.md").read_text(encoding="utf-8")
FILES = {path.name: path.read_text(encoding="utf-8") for path in sorted((DOCS / "scheduling").iterdir()) if path.suffix}
NAMES = [
    "airflow_dag.py",
    "demo.cron",
    "prefect_flow.py",
    "salesperf-demo.github.yml",
    "salesperf-demo.service",
    "salesperf-demo.timer",
    "salesperf-demo.xml",
]
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
CALL = re.compile(r"(?:^|[\s=/\\])salesperf(?:\.exe)? +(?!&&)(.+)")


def commands(text: str) -> Iterator[list[str]]:
    """The arguments of each call of salesperf in a text of shell commands."""
    for line in text.splitlines():
        if not line.lstrip().startswith("#") and (found := CALL.search(line)):
            words = shlex.split(found[1].replace("\\", "/"), comments=True)
            yield words[: words.index("2>>")] if "2>>" in words else words


def constants(name: str) -> dict[str, str]:
    """The texts that a Python file gives a name in capitals."""
    return {
        target.id: node.value.value
        for node in ast.parse(FILES[name]).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def all_commands() -> list[list[str]]:
    shown = [line for line in PAGE.splitlines() if line.startswith("    salesperf ")]
    written = [html.unescape(text) for name, text in FILES.items() if not name.endswith(".py")]
    found = [words for text in ("\n".join(shown), *written) for words in commands(text)]
    return found + [text.split() for name in FILES if name.endswith(".py") for text in constants(name).values()]


def tool(name: str) -> str:
    """Where a scheduler's own program is; the test is skipped where it is not installed."""
    return shutil.which(name) or pytest.skip(f"{name} is not installed")


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(FILES[name])
    return parser


def test_the_page_shows_every_file_as_it_is() -> None:
    blocks = re.findall(r"^```\w*\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert sorted(FILES) == NAMES
    assert sorted(blocks) == sorted(FILES.values())


@pytest.mark.parametrize("words", all_commands(), ids=" ".join)
def test_every_command_line_is_one_of_ours(words: list[str]) -> None:
    verb, *arguments = words
    known = get_command(app).commands  # type: ignore[attr-defined]
    assert verb in known, f"salesperf {verb}: no such command"
    known[verb].make_context(verb, arguments)


def test_a_misspelt_option_would_be_noticed() -> None:
    assert len(all_commands()) >= 12
    run = get_command(app).commands["run"]  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="--workerz"):
        run.make_context("run", ["params/demo.yml", "--workerz", "2"])


def test_the_page_tells_the_exit_codes_that_there_are() -> None:
    codes = re.findall(r"^\| (\d+) \|", PAGE, flags=re.MULTILINE)
    assert codes == ["0", "1", "2", "3", "4", "130"]


def test_the_page_tells_the_keys_of_every_event(capsys: pytest.CaptureFixture[str]) -> None:
    rows = re.findall(r"^\| `(batch_\w+|report|note)` \| (.*) \|$", PAGE, flags=re.MULTILINE)
    result = Result(report=Report("region", "East", "east"), status="failed", error="x")
    with batch_log("json") as log:
        log.started(BatchStart("Demo", "2025Q4", 1))
        log.done(result)
        log.note("x")
        log.finished([result], "out")
    with pytest.raises(typer.Exit), batch_log("json"):
        raise DataError("x")
    said = {one["event"]: one.keys() for one in map(json.loads, capsys.readouterr().err.splitlines())}
    assert said.keys() == {name for name, _ in rows}
    states = {"published", "unchanged", "failed"}
    for name, text in rows:
        told = set(re.findall(r"`(\w+)`", text)) - {"region", "sheet", "warning"} | ({"region"} & said[name])
        told -= states - said[name]
        assert told == said[name] - {"time", "level", "event", "client", "period"}, name


def test_the_workflow_is_yaml_that_runs_on_a_schedule_with_few_rights() -> None:
    flow = yaml.safe_load(FILES["salesperf-demo.github.yml"])
    triggers = flow[True]  # YAML 1.1 reads the key "on" as true
    assert len(triggers["schedule"][0]["cron"].split()) == 5
    assert flow["permissions"] == {"contents": "read"}
    assert flow["concurrency"]["cancel-in-progress"] is False
    for step in flow["jobs"]["reports"]["steps"]:
        assert ("uses" in step) != ("run" in step)
        assert "@" in step.get("uses", "@")


def test_the_units_say_when_and_what() -> None:
    service, timer = unit("salesperf-demo.service"), unit("salesperf-demo.timer")
    assert service["Service"]["Type"] == "oneshot"
    assert service["Service"]["RestartPreventExitStatus"].split() == ["2", "3", "4"]
    assert timer["Timer"]["OnCalendar"] and timer["Install"]["WantedBy"] == "timers.target"


def test_the_task_has_what_the_schema_of_tasks_requires() -> None:
    task = ElementTree.fromstring(FILES["salesperf-demo.xml"])
    assert task.tag == f"{TASK}Task" and task.get("version")
    trigger = task.find(f"{TASK}Triggers/{TASK}CalendarTrigger")
    assert trigger is not None and trigger.findtext(f"{TASK}StartBoundary")
    assert trigger.find(f"{TASK}ScheduleByWeek/{TASK}DaysOfWeek/{TASK}Monday") is not None
    action, principal = task.find(f"{TASK}Actions"), task.find(f"{TASK}Principals/{TASK}Principal")
    assert action is not None and principal is not None
    assert action.get("Context") == principal.get("id")
    assert action.findtext(f"{TASK}Exec/{TASK}Command") and task.find(f"{TASK}Settings") is not None


def test_no_example_holds_an_address_with_a_secret() -> None:
    for name, text in FILES.items():
        assert "://" not in text.replace("http://schemas.microsoft.com", ""), name


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".py")])
def test_python_examples_compile(name: str) -> None:
    compile(FILES[name], name, "exec")


def test_cron_accepts_the_crontab(tmp_path: Path) -> None:
    crontab = tool("crontab")
    usage = subprocess.run([crontab, "-h"], capture_output=True, text=True, check=False)
    help_text = usage.stdout + usage.stderr
    # Never without the flag that only checks: it would install the file.
    check = "-n" if re.search(r"-n\s.*(dry run|checks the syntax)", help_text) else "-T" if "-T" in help_text else None
    if not check:
        pytest.skip("this crontab cannot check a file")

    def accepted(text: str) -> bool:
        (tmp_path / "crontab").write_text(text, encoding="utf-8")
        return subprocess.run([crontab, check, tmp_path / "crontab"], capture_output=True).returncode == 0

    assert accepted(FILES["demo.cron"])
    assert not accepted(FILES["demo.cron"].replace("30 5 * * 1-5", "30 25 * * 1-5"))


def test_a_percent_sign_in_the_crontab_is_escaped() -> None:
    for line in FILES["demo.cron"].splitlines():
        assert line.startswith("#") or not re.search(r"(?<!\\)%", line)


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    analyze = tool("systemd-analyze")
    for name in ("salesperf-demo.service", "salesperf-demo.timer"):
        program = FILES[name].replace("/srv/salesperf/.venv/bin/salesperf", sys.executable)  # it has to be there
        (tmp_path / name).write_text(program, encoding="utf-8")

    def verified() -> subprocess.CompletedProcess[str]:
        units = [str(path) for path in sorted(tmp_path.iterdir())]
        return subprocess.run([analyze, "verify", *units], capture_output=True, text=True, check=False)

    done = verified()
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    service = tmp_path / "salesperf-demo.service"
    service.write_text(service.read_text("utf-8").replace("Type=oneshot", "Type=oneshoot"), "utf-8")
    assert "oneshoot" in verified().stderr


def test_actionlint_accepts_the_workflow() -> None:
    lint = [tool("actionlint"), str(DOCS / "scheduling" / "salesperf-demo.github.yml")]
    done = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_airflow_imports_the_dags(tmp_path: Path) -> None:
    airflow = tool("airflow")
    (tmp_path / "dags").mkdir()
    shutil.copy(DOCS / "scheduling" / "airflow_dag.py", tmp_path / "dags")
    environ = {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }

    def called(*words: str) -> str:
        done = subprocess.run([airflow, *words], capture_output=True, text=True, env=os.environ | environ, check=True)
        return done.stdout

    called("db", "migrate")
    called("dags", "reserialize")
    assert "No data found" in called("dags", "list-import-errors")
    assert {"salesperf_demo", "salesperf_demo_verify"} <= set(called("dags", "list", "--columns", "dag_id").split())


@pytest.mark.parametrize(("code", "tries"), [(0, 1), (1, 3), (2, 1)])
def test_prefect_tries_again_only_where_reports_failed(tmp_path: Path, code: int, tries: int) -> None:
    python = Path(tool("prefect")).with_name("python")
    program = tmp_path / "salesperf"
    program.write_text(f"#!/bin/sh\necho called >> {tmp_path}/calls\necho said >&2\nexit {code}\n", "utf-8")
    program.chmod(0o755)
    flow = (
        f"import sys; sys.path.insert(0, {str(DOCS / 'scheduling')!r}); import prefect_flow as it\n"
        "it.publish = it.publish.with_options(retry_delay_seconds=0)\nit.salesperf_demo()\n"
    )
    environ = {
        "PREFECT_HOME": str(tmp_path / "home"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "SALESPERF_COMMAND": str(program),
        "SALESPERF_WORKBENCH": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run([python, "-c", flow], capture_output=True, text=True, env=os.environ | environ, check=False)
    assert (done.returncode == 0) == (code == 0), done.stderr
    assert (tmp_path / "calls").read_text("utf-8").count("called") == tries
    assert "said" in done.stderr
