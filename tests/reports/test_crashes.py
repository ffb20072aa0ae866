"""A batch that is killed, stopped, starved or crowded: what it leaves, and that the next run completes it."""

import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import psutil
import pytest

from salesperf.errors import ReportsFailed, RequestError
from salesperf.reports.building.local import LocalExecutor
from salesperf.reports.result import GIGABYTE, Limits

MARK = f"SALESPERF_TEST_{os.getpid()}"  # inherited by all that a batch starts; another run of the tests has its own
SEED = 20251231
REGIONS = ["A", "B", "C", "D"]
WORK = """
import time
import numpy as np
from IPython.display import display
from salesperf.cover import COVER_TYPE
time.sleep(0.1)
text = f"<p>{region} {period} {np.random.random()}</p>"
display({COVER_TYPE: {"title": region, "language": "en"}, "text/html": text}, raw=True)
"""
SPECIAL = """
import time
from pathlib import Path
if Path("slow").exists() and region == "A":
    time.sleep(600)
while Path("held").exists() and region == "D":
    time.sleep(0.05)
if Path("greedy").exists() and region == "B":
    everything = bytearray(10**12)
if Path("talkative").exists():
    print("x" * 400_000)
"""

Eventually = Callable[..., bool]
Started = Callable[..., AbstractContextManager["subprocess.Popen[str]"]]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kernels are not forked here")


def marked(mark: str) -> list[psutil.Process]:
    """The processes that bear a mark and are not over."""
    found = []
    for one in psutil.process_iter():
        with suppress(psutil.Error):
            if one.status() != psutil.STATUS_ZOMBIE and one.environ().get(MARK) == mark:
                found.append(one)
    return found


def of_kind(processes: list[psutil.Process], kind: str) -> list[psutil.Process]:
    """The kernels, their parents, or the workers among processes: a fork has the command line of what it is from."""
    word = "forkserver" if kind == "worker" else "salesperf.kernels.parent"
    found = []
    for one in processes:
        with suppress(psutil.Error):
            above = one.parent()
            is_fork = above is not None and word in " ".join(above.cmdline())
            if word in " ".join(one.cmdline()) and is_fork is (kind != "parent"):
                found.append(one)
    return found


def family(executor: LocalExecutor, kind: str) -> list[psutil.Process]:
    """The kernels, the parent or the workers of an executor."""
    found = []
    parent = executor._parent.result()
    with suppress(psutil.Error):
        match kind:
            case "parent":
                found = [psutil.Process(parent.pid)]
            case "kernel":
                found = psutil.Process(parent.pid).children()
            case "worker":
                found = [psutil.Process(one.pid) for one in list(executor._workers)]
    return found


def killed(eventually: Eventually, executor: LocalExecutor, kind: str, chance: random.Random) -> bool:
    """Kills one process of a kind, if there is one before long."""
    eventually(lambda: family(executor, "kernel"), 20)
    time.sleep(chance.uniform(0, 0.4))
    eventually(lambda: family(executor, kind), 2)
    with suppress(psutil.Error, IndexError):
        chance.choice(family(executor, kind)).kill()
        return True
    return False


def families() -> set[int]:
    """The parents of kernels and the kernels that this process has."""
    found = psutil.Process().children(recursive=True)
    return {one.pid for kind in ("parent", "kernel") for one in of_kind(found, kind)}


@pytest.fixture(scope="module")
def own_executor(executor: LocalExecutor) -> Iterator[LocalExecutor]:
    """An executor that may be harmed; at its end nothing of it is left."""
    assert executor._parent.result() is not None
    before = families()
    with LocalExecutor(2, [Path("nothing that needs a library.ipynb")]) as own:
        yield own
    assert families() == before


@pytest.fixture(scope="module")
def company_of(workbench_of, own_executor):
    """Sets up a workbench in a folder: four regions, whose reports take a moment and have random numbers."""

    def made(folder: Path):
        one = workbench_of(folder, own_executor)
        one.write_reps(REGIONS)
        one.write("orders.csv", "order_id,rep_id,account_id,date,amount\n1,r0,a,2025-10-01,5\n2,r1,b,2025-07-31,10\n")
        one.write_notebook("region_report", SPECIAL, WORK)
        return one

    return made


@pytest.fixture
def company(tmp_path: Path, company_of):
    """A workbench of a test's own."""
    return company_of(tmp_path / "bench")


@pytest.fixture(scope="module")
def undisturbed(company_of, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """All that the company publishes, wherever it lies, where nothing goes wrong."""
    one = company_of(tmp_path_factory.mktemp("undisturbed") / "bench")
    one.run()
    return one.bytes()


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A place for temporary files of a command, with a short path, as sockets need it."""
    folder = Path(tempfile.mkdtemp(prefix="sp-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def started(company, eventually: Eventually) -> Started:
    """Starts a batch as a command; whatever becomes of it, in the end nothing that it started is left."""

    @contextmanager
    def batch(mark: str, *words: object, scratch: Path | None = None) -> Iterator[subprocess.Popen[str]]:
        environment = {MARK: mark} | ({"TMPDIR": str(scratch)} if scratch else {})
        process = company.command("--workers", 2, *words, environment=environment, start_new_session=True)
        try:
            yield process
        finally:
            process.kill()
            process.communicate()
            assert eventually(lambda: not marked(mark)), [one.cmdline() for one in marked(mark)]

    return batch


def ended(process: subprocess.Popen[str]) -> tuple[int, str, list[str]]:
    said, complained = process.communicate(timeout=300)
    return process.returncode, said, complained.splitlines()


def begun(company) -> bool:
    return company.published.with_name(".2025Q4.building").exists()


def is_true(folder: Path) -> bool:
    """Whether everything in a manifest is as it says."""
    content = json.loads((folder / "manifest.json").read_text("utf-8"))
    outputs = [one for report in content["reports"] for one in report["outputs"]]
    return all(sha256((folder / one["path"]).read_bytes()).hexdigest() == one["sha256"] for one in outputs)


def test_kernels_parents_and_workers_killed_at_any_moment_harm_nothing_that_the_next_run_does_not_mend(
    company, undisturbed: dict[str, bytes], own_executor, eventually: Eventually
) -> None:
    chance = random.Random(SEED)
    for kind in ("kernel", "parent", "worker"):
        shutil.rmtree(company.published, ignore_errors=True)
        held = company.write("held", "")
        killer = ThreadPoolExecutor(1)
        was_killed = killer.submit(killed, eventually, own_executor, kind, chance)
        was_killed.add_done_callback(lambda _, held=held: held.unlink())
        results = company.run()
        assert was_killed.result()
        killer.shutdown()
        failed = [one.error for one in results.values() if one.status == "failed"]
        assert len(failed) <= (1 if kind == "kernel" else 0), failed  # what another's end took along is built again
        assert is_true(company.published)
        assert {one.status for one in company.run().values()} <= {"unchanged", "published"}
        assert company.bytes() == undisturbed


def test_a_batch_killed_at_any_moment_is_completed_by_the_next_run(
    company, undisturbed: dict[str, bytes], started: Started, eventually: Eventually, scratch: Path
) -> None:
    chance = random.Random(SEED)
    for kill in range(2):
        shutil.rmtree(company.published, ignore_errors=True)
        with started(f"kill-{kill}", scratch=scratch) as process:
            assert eventually(lambda: begun(company) or process.poll() is not None)
            time.sleep(chance.uniform(0, 2))
            process.kill()
        assert not company.published.joinpath("manifest.json").exists() or is_true(company.published)
        assert {one.status for one in company.run().values()} <= {"unchanged", "published"}
        assert company.bytes() == undisturbed
        assert [one.name for one in company.published.parent.iterdir() if one.name != "2025Q4"] == [".2025Q4.lock"]
        assert not [one for one in scratch.rglob("*") if one.is_file() or one.name.startswith("salesperf-")]


@pytest.mark.parametrize("way", ["Ctrl-C", "SIGTERM to all, and again"])
def test_a_batch_that_is_stopped_says_so_in_one_line_and_leaves_nothing_running(
    company, undisturbed: dict[str, bytes], started: Started, eventually: Eventually, scratch: Path, way: str
) -> None:
    number = signal.SIGINT if way == "Ctrl-C" else signal.SIGTERM
    held = company.write("held", "")
    with started(way, scratch=scratch) as process:
        assert eventually(lambda: (company.published / "manifest.json").exists())
        os.killpg(process.pid, number)  # as a terminal does it, or a service manager
        if way.endswith("again"):
            os.killpg(process.pid, number)
        line = "salesperf: run: ended before all reports were built; what is published is whole, run again for the rest"
        assert ended(process) == (130, "", [line])
    assert is_true(company.published)
    assert (company.published / "index.html").exists()
    assert not list(scratch.iterdir())
    held.unlink()
    company.run()
    assert company.bytes() == undisturbed


@pytest.mark.parametrize("way", ["SIGTERM", "Ctrl-C"])
def test_a_batch_that_is_stopped_while_it_starts_says_so_in_one_line(
    company, started: Started, eventually: Eventually, scratch: Path, way: str
) -> None:
    with started("start", scratch=scratch) as process:
        assert eventually(lambda: of_kind(marked("start"), "parent"))
        if way == "Ctrl-C":
            os.killpg(process.pid, signal.SIGINT)  # reaches what the batch has started, too
        else:
            process.send_signal(signal.SIGTERM)
        code, said, lines = ended(process)
        assert (code, said, len(lines)) == (130, "", 1), lines
    assert not list(scratch.iterdir())
    assert not (company.published / "manifest.json").exists()


def test_of_two_batches_at_once_the_second_names_the_first_and_both_are_well(
    company, undisturbed: dict[str, bytes], started: Started, eventually: Eventually
) -> None:
    held = company.write("held", "")
    with started("first") as first:
        assert eventually(lambda: begun(company))
        with started("second") as second:
            code, said, lines = ended(second)
            assert (code, said, len(lines)) == (2, "", 1), lines
            assert f"got a batch that runs as process {first.pid} on " in lines[0]
        held.unlink()
        assert ended(first) == (0, "", [])
    assert {one.status for one in company.run().values()} == {"unchanged"}
    assert company.bytes() == undisturbed


def test_two_batches_of_different_periods_do_not_disturb_each_other(
    company, undisturbed: dict[str, bytes], started: Started
) -> None:
    with started("Q3", "--period", "2025Q3") as one, started("Q4") as other:
        assert (ended(one), ended(other)) == ((0, "", []), (0, "", []))
    assert is_true(company.published) and is_true(company.published.with_name("2025Q3"))
    assert company.bytes() == undisturbed


def test_a_report_that_takes_too_long_or_too_much_memory_fails_alone_and_in_one_line(company) -> None:
    limits = Limits(seconds=6, memory=GIGABYTE)
    expected = {"A": "took longer than the 6 s that a report may take (cell 'work-0'); see --timeout",
                "B": "needed more than the 1 GB that a report may take (cell 'work-0'); see --memory"}  # fmt: skip
    signs = [company.write(what, "") for what in ("slow", "greedy")]
    results = company.run("A", "B", "C", limits=limits)
    assert {name: one.error for name, one in results.items()} == expected | {"C": ""}
    for name, line in expected.items():
        left = company.published / "failed" / f"{name}.txt"
        assert left.read_text("utf-8").startswith(line)
        assert left.with_suffix(".ipynb").exists()
    for sign in signs:
        sign.unlink()
    assert {one.error for one in company.run("A", "B", limits=limits).values()} == {""}
    assert not (company.published / "failed").exists()


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A disk in memory; skips the test where none can be had.

    It stands outside the folders that pytest empties: where a disk left by a killed run would fail a later one.
    """
    folder = Path(tempfile.mkdtemp(prefix="sp-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


def fill(disk: Path, leaving: int) -> Path:
    """A file that leaves so many bytes of a disk."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        file.write(b"\0" * (shutil.disk_usage(disk).free - leaving))
    return filler


@pytest.mark.parametrize("leaving", [0, 300_000], ids=["no room at all", "room for all but a report"])
def test_a_full_disk_gives_one_line_and_leaves_the_reports_that_there_are(company, leaving: int) -> None:
    with small_disk(6) as disk:
        company.add_setting(f"reports: {{folder: {disk}}}")
        folder = disk / "small" / "2025Q4"

        def there() -> dict[str, bytes]:
            return {str(one): one.read_bytes() for one in folder.rglob("*") if one.is_file()}

        company.run()
        before = there()
        company.write("talkative", "")
        filler = fill(disk, leaving)
        with pytest.raises(ReportsFailed) as failed:
            company.run(force=True)
        (line,) = str(failed.value).splitlines()
        assert line.startswith(f"{folder}: expected room for the reports, got a full disk; make room and")
        assert there() == before
        filler.unlink()
        assert {one.status for one in company.run(force=True).values()} == {"published"}
        assert is_true(folder)


def test_a_full_disk_for_temporary_files_does_not_matter(
    company, undisturbed: dict[str, bytes], started: Started
) -> None:
    with small_disk(1) as disk:
        fill(disk, 0)
        with started("temporary", scratch=disk) as process:
            assert ended(process) == (0, "", [])
    assert company.bytes() == undisturbed


def test_a_folder_that_may_not_be_written_to_gives_one_line(company) -> None:
    with small_disk(1) as disk:
        company.add_setting(f"reports: {{folder: {disk}}}")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(
            RequestError, match=r"expected a folder to publish in, got 'Read-only file system' at .*--out"
        ):
            company.run("A")


def test_a_file_in_the_place_of_the_folder_gives_one_line(company, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    company.add_setting(f"reports: {{folder: {tmp_path}/taken}}")
    with pytest.raises(RequestError, match="expected a folder to publish in, got 'Not a directory'"):
        company.run("A")


def test_a_disk_that_fills_up_in_the_middle_keeps_what_was_published_until_then(company) -> None:
    company.write("talkative", "")
    with small_disk(3) as disk:  # for about half of the reports
        company.add_setting(f"reports: {{folder: {disk}}}")
        with pytest.raises(ReportsFailed, match="got a full disk"):
            company.run()
        content = json.loads((disk / "small" / "2025Q4" / "manifest.json").read_text("utf-8"))
        assert {one["status"] for one in content["reports"]} == {"published", "missing"}
        assert is_true(disk / "small" / "2025Q4")
