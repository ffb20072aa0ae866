"""Reports on this machine: at once, each by itself, and with nothing left at the end."""

import time

import psutil
import pytest

from salesperf.reports.building.job import Job
from salesperf.reports.building.local import LocalExecutor, kernel_environment
from salesperf.reports.building.worker import Worker, WorkerDied
from salesperf.reports.report import Report


def job(workbench, region):
    notebook = workbench.folder / "notebooks" / "region_report.ipynb"
    parameters = {"client": "small.yml", "region": region, "period": "2025Q4"}
    return Job(Report("region", region, region), notebook, parameters, workbench.client_file.parent, seed=7)


def children_with(word):
    found = []
    for one in psutil.Process().children(recursive=True):
        try:
            if word in " ".join(one.cmdline()) and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one)
        except psutil.NoSuchProcess:
            continue
    return found


def test_reports_run_side_by_side_and_are_given_as_they_end(workbench, executor):
    workbench.write_notebook(
        "region_report",
        "import time\nfrom pathlib import Path\n"
        "Path(f'{region}.here').touch()\n"
        "other = {'East': 'West.here', 'West': 'East.here'}.get(region)\n"
        "end = time.monotonic() + 120\n"
        "while other and not Path(other).exists() and time.monotonic() < end: time.sleep(0.02)\n"
        "if region == 'East': time.sleep(2)\n"
        "assert not other or Path(other).exists()",
    )
    built = list(executor.run([job(workbench, "East"), job(workbench, "West")]))
    assert [(one.result.report.region, one.result.error) for one in built] == [("West", ""), ("East", "")]


def test_a_batch_that_is_given_up_builds_no_further_report(workbench, executor):
    workbench.write_notebook("region_report", "from pathlib import Path\nPath(f'{region}.built').touch()")
    running = executor.run(job(workbench, f"R{number}") for number in range(60))
    next(running)
    running.close()
    time.sleep(1)
    done = len(list(workbench.client_file.parent.glob("*.built")))
    assert done < 30
    time.sleep(1)
    assert len(list(workbench.client_file.parent.glob("*.built"))) == done


def test_a_worker_that_is_killed_in_the_middle_of_an_answer_is_seen_to_have_died(workbench, eventually):
    workbench.write_notebook("region_report", "print('x' * 1_000_000)")  # more than a pipe holds
    worker = Worker(None, kernel_environment())
    worker._link.send(job(workbench, "East"))
    assert eventually(lambda: worker._link.poll())
    time.sleep(0.5)  # now it waits for the rest of its answer to be read
    worker.kill()
    with pytest.raises(WorkerDied):
        worker._answer()
    with pytest.raises(WorkerDied):
        worker.build(job(workbench, "East"))


def test_at_its_end_nothing_runs_any_more_and_nothing_lies_about(workbench, eventually):
    parents = {one.pid for one in children_with("salesperf.kernels.parent")}
    workbench.write_notebook("region_report", "import time; time.sleep(600)")
    executor = LocalExecutor(1, [workbench.folder / "notebooks" / "region_report.ipynb"])
    folder = executor._parent.result().folder
    executor._slots.submit(executor._built, job(workbench, "East"))
    assert eventually(lambda: len(children_with("salesperf.kernels.parent")) >= len(parents) + 2)
    executor.close()
    assert {one.pid for one in children_with("salesperf.kernels.parent")} == parents
    assert not folder.exists()


def test_without_a_warm_parent_reports_are_built_by_ordinary_kernels_to_the_same_bytes(
    workbench, executor, monkeypatch
):
    workbench.write_notebook(
        "region_report", "import numpy as np; print(np.random.random(), {'a', 'b', 'c'}, hash('a'))"
    )
    (warm,) = executor.run([job(workbench, "East")])
    monkeypatch.setattr("salesperf.reports.building.local.WarmParent", _none)
    monkeypatch.setattr("salesperf.reports.building.worker.SHARED", "SALESPERF_NOTHING")
    with LocalExecutor(1, []) as cold:
        assert cold._parent.result() is None
        (ordinary,) = cold.run([job(workbench, "East")])
    assert ordinary.files == warm.files


def _none(notebooks, environment):
    raise OSError("no room for a socket")
