"""A batch on a Dask cluster: a real scheduler and two workers, one of which dies on the way."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

import salesperf
from salesperf.errors import RequestError
from salesperf.reports.cluster import executor as cluster
from salesperf.reports.cluster.executor import DaskExecutor

Eventually = Callable[..., bool]
REGIONS = ["Bad", "East", "North", "South", "West"]
# Reads its slice, as a report does. In a worker it leaves a mark that says where it ran, then takes a moment.
# Not by import statements, for which the kernels' parents would import the whole analysis beforehand.
WORK = """
import importlib, os, time
from pathlib import Path
from IPython.display import display
read_client = importlib.import_module("salesperf.params").read_client
tables = importlib.import_module("salesperf.data.loading").load_tables(read_client(client, period))
if marks := os.environ.get("MARKS"):
    with (Path(marks) / region).open("a") as mark:
        mark.write(f"{Path.cwd()}\\n")
    time.sleep(1)
if region == "Bad":
    raise ValueError("no such luck")
rows = tables.slice_of(region)["orders"].order_by("order_id").to_pyarrow().to_pylist()
display({"text/html": f"<p>{Path.cwd().name}/{client} {rows} of {tables.rows['orders']}</p>"}, raw=True)
"""


@dataclass
class Cluster:
    """A scheduler and its workers, each with a folder of its own."""

    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def marks(self) -> Path:
        return self.folder / "marks"

    @property
    def address(self) -> str:
        address: str = json.loads((self.folder / "scheduler.json").read_text("utf-8"))["address"]
        return address

    def start(self, name: str, kind: str, *options: str, **environment: str) -> None:
        line = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options]
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                line, stdout=log, stderr=log, env={**os.environ, **environment}, cwd=self.folder
            )

    def start_worker(self, name: str, *options: str, **environment: str) -> None:
        place = ["--scheduler-file", str(self.folder / "scheduler.json"), "--local-directory", str(self.folder / name)]
        marks = {"MARKS": str(self.marks)}
        self.start(name, "worker", "--nthreads", "1", "--no-dashboard", *place, *options, **marks | environment)

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def at(self, name: str) -> list[Path]:
        """The reports that have been begun at a worker."""
        return [one for one in self.marks.iterdir() if f"/{name}/" in one.read_text("utf-8")]

    def left(self, name: str) -> list[Path]:
        """What batches have left in a worker's folder."""
        return list((self.folder / name).rglob("salesperf-*"))


@pytest.fixture(scope="module")
def dask(eventually: Eventually, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler without workers."""
    one = Cluster(tmp_path_factory.mktemp("cluster"))
    one.marks.mkdir()
    try:
        file = one.folder / "scheduler.json"
        one.start("scheduler", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                  "--scheduler-file", str(file))  # fmt: skip
        assert eventually(lambda: file.exists() and file.read_text("utf-8").endswith("}"))
        yield one
    finally:
        for name in reversed(list(one.running)):
            one.stop(name)


@pytest.fixture
def company(workbench):
    """A company of five regions, whose report takes a moment in a worker, and fails for one region."""
    workbench.write_reps(REGIONS)
    rows = [f"o{place},r{place},a,2025-10-0{place + 1},{place + 5}" for place in range(len(REGIONS))]
    workbench.write("orders.csv", "\n".join(["order_id,rep_id,account_id,date,amount", *rows]))
    workbench.write_notebook("region_report", WORK)
    return workbench


def published(folder: Path) -> dict[str, bytes]:
    """All that does not vary from run to run."""
    names = [one for one in folder.rglob("*") if one.is_file() and one.name != "run-log.json"]
    return {str(one.relative_to(folder)): one.read_bytes() for one in names if "failed" not in one.parts}


def test_a_cluster_publishes_the_bytes_of_one_machine_though_a_worker_is_killed(
    dask: Cluster, company, eventually: Eventually
) -> None:
    company.run()
    expected = published(company.published)
    shutil.rmtree(company.published)
    dask.start_worker("first", "--no-nanny")
    dask.start_worker("second")  # under a nanny, as is usual, so in a daemon
    batch = company.command("--executor", "dask", "--scheduler", dask.address)
    assert eventually(lambda: batch.poll() is not None or (dask.at("first") and dask.at("second")), 180)
    assert batch.returncode is None, batch.communicate()[1]
    killed = dask.running.pop("first")
    family = psutil.Process(killed.pid).children(recursive=True)
    (unfinished,) = dask.at("first")
    killed.kill()
    killed.wait()
    stdout, stderr = batch.communicate(timeout=120)
    assert batch.returncode == 1, stderr
    assert stderr.splitlines()[0] == "salesperf: Bad: failed: ValueError: no such luck (cell 'work-0')"
    assert stdout == ""
    assert published(company.published) == expected
    assert company.entries()["West"]["status"] == "published"
    assert "/second/" in unfinished.read_text("utf-8")
    assert eventually(lambda: not any(one.is_running() and one.status() != "zombie" for one in family))
    assert eventually(lambda: not dask.left("second"))
    dask.stop("second")
    # Every report but the first, which this machine builds, was built there.
    assert sorted(one.name for one in dask.marks.iterdir()) == REGIONS[1:]


def test_ctrl_c_ends_what_the_workers_are_at(dask: Cluster, company, eventually: Eventually) -> None:
    shutil.rmtree(dask.marks)
    dask.marks.mkdir()
    dask.start_worker("third", "--no-nanny")
    batch = company.command("--executor", "dask", "--scheduler", dask.address, "--timeout", "300")
    assert eventually(lambda: batch.poll() is not None or dask.at("third"), 180)
    assert batch.returncode is None, batch.communicate()[1]
    worker = psutil.Process(dask.running["third"].pid)
    assert dask.left("third")
    batch.send_signal(signal.SIGINT)
    assert batch.wait(60) == 130
    *_, last = batch.communicate()[1].splitlines()
    assert last.startswith("salesperf: run: ended before all reports were built;")
    assert eventually(lambda: not dask.left("third"))
    assert not [one for one in worker.children(recursive=True) if "salesperf.reports.cluster.slot" in one.cmdline()]


@pytest.mark.parametrize(
    ("has", "told"),
    [
        ("cover.py", "expected the same files of the package salesperf as here, got others; install"),
        ("", "expected the package salesperf, got: .*No module named 'salesperf.reports'"),
    ],
)
def test_a_worker_that_is_another_is_refused_before_anything_is_built(
    dask: Cluster, company, eventually: Eventually, tmp_path: Path, has: str, told: str
) -> None:
    other = tmp_path / "other" / "salesperf"
    if has:
        shutil.copytree(Path(salesperf.__file__).parent, other)
        with (other / has).open("a", encoding="utf-8") as module:
            module.write("# a remark\n")
    else:
        other.mkdir(parents=True)
        (other / "__init__.py").touch()
    name = f"other-{len(has)}"
    dask.start_worker(name, "--no-nanny", PYTHONPATH=str(other.parent))
    assert eventually(lambda: b"Registered to" in (dask.folder / f"{name}.log").read_bytes())
    try:
        with pytest.raises(RequestError, match=rf"^tcp://127.0.0.1:\d+: {told}"):
            DaskExecutor(dask.address, company.order().client, [])
    finally:
        dask.stop(name)


def test_a_scheduler_that_does_not_answer_is_named_in_one_line(company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT", 0.5)
    with pytest.raises(RequestError, match=r"^tcp://127.0.0.1:9: expected a Dask scheduler, got: .*; start one with"):
        DaskExecutor("tcp://127.0.0.1:9", company.order().client, [])
    with pytest.raises(RequestError, match=r"^nowhere://: expected a Dask scheduler, got: "):
        DaskExecutor("nowhere://", company.order().client, [])


def test_a_part_of_the_client_file_at_an_absolute_path_is_refused(company, tmp_path: Path) -> None:
    (tmp_path / "model.yml").write_text("x", encoding="utf-8")
    company.add_setting(f"model: {tmp_path / 'model.yml'}")
    with pytest.raises(RequestError, match=r"small\.yml:4: model: expected a path relative to this file"):
        DaskExecutor("tcp://127.0.0.1:9", company.order().client, [])


@pytest.mark.parametrize("words", [["--executor", "dask"], ["--scheduler", "tcp://127.0.0.1:9"]])
def test_executor_and_scheduler_are_given_together(company, words: list[str]) -> None:
    batch = company.command(*words)
    _, stderr = batch.communicate()
    assert batch.returncode == 2
    assert "run: expected --executor dask and --scheduler URL together" in stderr


def test_without_the_extra_the_command_says_what_to_install(company) -> None:
    start = "import sys; sys.modules['distributed'] = None; from salesperf.cli import main; main()"
    line = [
        sys.executable,
        "-c",
        start,
        "run",
        str(company.client_file),
        "--executor",
        "dask",
        "--scheduler",
        "tcp://x",
    ]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "pip install 'salesperf[cluster]'" in done.stderr
