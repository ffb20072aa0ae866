"""A batch of 24 region reports against what a user would pick instead: the same notebook, the same parameters.

(a) a loop of the ``papermill`` and ``jupyter nbconvert`` commands; (b) the same, two at a time; (c) papermill with
ploomber-engine and nbconvert in one process; (d) ``salesperf run`` with one worker and with two, and once more with
nothing changed; and the floor: the cells' own time in a process that is warm. Run with ``make bench``; the last figures
stand in bench/README.md. ``python bench/batch.py 4`` measures four reports of (a), (b) and (c) in place of all.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pandas as pd
import psutil
import yaml

from salesperf.data.demo import write_demo

HOME = Path(__file__).resolve().parents[1]
NOTEBOOK = HOME / "notebooks" / "region_report.ipynb"
BIN = Path(sys.executable).parent
PERIOD = "2025Q4"
PARTS = 3  # regions made of each of the demo company's eight


@dataclass(frozen=True)
class Cost:
    """What some reports cost: seconds, processor seconds, and the peak of memory of all processes together in MB."""

    name: str
    reports: int
    wall: float
    cpu: float
    memory: float


class Watch:
    """Watches the memory of all child processes, in MB, while its context lasts.

    ``peak``: the most of all together, shared pages counted once; ``largest``: part of a batch → the most that a
    process of it has to itself (USS).
    """

    def __init__(self) -> None:
        self.peak = 0.0
        self.largest: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._over.wait(0.5):
            shared = 0.0
            for child in me.children(recursive=True):
                try:
                    part, memory = _part(child), child.memory_full_info()
                except (psutil.Error, OSError):
                    continue
                shared += memory.pss / 1e6
                self.largest[part] = max(self.largest.get(part, 0.0), memory.uss / 1e6)
            self.peak = max(self.peak, shared)


def _part(process: psutil.Process) -> str:
    """Which part of a batch a process is."""
    command, parent_command = (
        " ".join(relative.cmdline()) if relative else "" for relative in (process, process.parent())
    )
    for mark, first, others in (("kernels.parent", "parent", "kernel"), ("forkserver", "forkserver", "worker")):
        if mark in command:
            return others if mark in parent_command else first
    return "batch" if " run " in command else "other"


def main() -> None:
    """Prints what each way costs, per report, and how it compares."""
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        client, regions = _company(folder)
        few = regions[:limit] if limit else regions
        costs = [
            _measured("(a) papermill and nbconvert, one by one", few, lambda: _commands(client, few, folder, 1))[0],
            _measured("(b) the same, two at a time", few, lambda: _commands(client, few, folder, 2))[0],
            _measured("(c) ploomber-engine in one process", few, lambda: _embedded(client, few, folder))[0],
        ]
        one_worker, _ = _measured("(d) salesperf run, 1 worker", regions, lambda: _run(client, folder / "out1", 1))
        two_workers, watch = _measured(
            "(d) salesperf run, 2 workers", regions, lambda: _run(client, folder / "out2", 2)
        )
        costs += [one_worker, two_workers]
        again = [
            _measured("again, nothing changed", regions, lambda: _run(client, folder / "out2", 2))[0].wall
            for _ in range(5)
        ]
        floors = {name: _floor(client, regions[0], folder, name) for name in ("export", "dataset")}
    _print(costs)
    for other in costs[:3]:
        ratio = (other.wall / other.reports) / (two_workers.wall / two_workers.reports)
        print(f"two workers against {other.name[:3]}: {ratio:.1f} times as fast")
    memories = ", ".join(f"{part} {memory:.0f}" for part, memory in sorted(watch.largest.items()))
    print(f"largest own memory of the processes with two workers, in MB: {memories}")
    print(f"a second run with nothing changed: {median(again):.2f} s ({min(again):.2f} to {max(again):.2f})")
    for name, seconds in floors.items():
        print(f"floor, the cells alone in a warm process, from the {name}: {seconds:.2f} s of CPU")


def _company(folder: Path) -> tuple[Path, list[str]]:
    """The demo company with each region in three, and its client file."""
    write_demo(folder / "demo")
    reps = pd.read_csv(folder / "demo" / "reps.csv", dtype=str)
    reps["region"] += " " + (reps.groupby("region").cumcount() % PARTS + 1).astype(str)
    reps["team"] += " " + reps["region"].str[-1]
    reps.to_csv(folder / "demo" / "reps.csv", index=False)
    of_rep = dict(zip(reps["rep_id"], reps["region"], strict=True))
    for name in ("opportunities", "orders"):
        sold = pd.read_csv(folder / "demo" / f"{name}.csv", dtype=str)
        sold["region"] = sold["rep_id"].map(of_rep)
        sold.to_csv(folder / "demo" / f"{name}.csv", index=False)
    targets = pd.read_csv(folder / "demo" / "targets.csv", dtype=str)
    targets[targets["level"].isin(["company", "rep"])].to_csv(folder / "demo" / "targets.csv", index=False)
    settings = yaml.safe_load((HOME / "params" / "demo.yml").read_text(encoding="utf-8"))
    client = folder / "demo.yml"
    client.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    return client, sorted(reps["region"].unique())


def _measured(name: str, regions: list[str], work: Callable[[], None]) -> tuple[Cost, Watch]:
    print(f"{name} …", file=sys.stderr, flush=True)
    before, start = os.times(), time.perf_counter()
    with Watch() as watch:
        work()
    after = os.times()
    wall = time.perf_counter() - start
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(name, len(regions), wall, cpu, watch.peak), watch


def _commands(client: Path, regions: Iterable[str], folder: Path, at_a_time: int) -> None:
    out = folder / f"commands{at_a_time}"
    out.mkdir()

    def publish(region: str) -> None:
        made = out / f"{region}.ipynb"
        given = ["-p", "client", client.name, "-p", "region", region, "-p", "period", PERIOD]
        quiet = ["--no-progress-bar", "--log-level", "ERROR"]
        _call(BIN / "papermill", NOTEBOOK, made, "-k", "python3", "--cwd", client.parent, *quiet, *given)
        _call(BIN / "jupyter", "nbconvert", "--to", "salesperf", made, "--log-level", "ERROR")

    with ThreadPoolExecutor(at_a_time) as pool:
        list(pool.map(publish, regions))


def _embedded(client: Path, regions: Iterable[str], folder: Path) -> None:
    out = folder / "embedded"
    out.mkdir()
    _call(sys.executable, __file__, "embedded", client, out, *regions)


def _run(client: Path, out: Path, workers: int) -> None:
    _call(BIN / "salesperf", "run", client, "--out", out, "--workers", workers)


def _floor(client: Path, region: str, folder: Path, source: str) -> float:
    """The processor seconds of the cells alone, from the third time on."""
    output = _call(sys.executable, __file__, "floor", client, region, source, folder / "floor")
    return float(output.split()[-1])


def _call(*command: object) -> str:
    # The stock commands get one thread each for their arithmetic too: with more they are slower.
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    done = subprocess.run(list(map(str, command)), env={**os.environ, **single}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def _print(costs: list[Cost]) -> None:
    frame = pd.DataFrame(
        {
            "": [cost.name for cost in costs],
            "reports": [cost.reports for cost in costs],
            "s per report": [round(cost.wall / cost.reports, 2) for cost in costs],
            "CPU s per report": [round(cost.cpu / cost.reports, 2) for cost in costs],
            "peak MB": [round(cost.memory) for cost in costs],
        }
    )
    print(frame.to_string(index=False))


def embedded(client: Path, out: Path, regions: list[str]) -> None:
    """(c): ploomber-engine under papermill and salesperf's exporter, report after report in this process."""
    import papermill

    from salesperf.reports.building.page import ReportExporter

    os.chdir(client.parent)
    for region in regions:
        made = out / f"{region}.ipynb"
        given = {"client": client.name, "region": region, "period": PERIOD}
        papermill.execute_notebook(
            str(NOTEBOOK),
            str(made),
            parameters=given,
            engine_name="embedded",
            kernel_name="python3",
            progress_bar=False,
        )
        page, _ = ReportExporter().from_filename(str(made))
        made.with_suffix(".html").write_text(page, encoding="utf-8")


def floor(client: Path, region: str, source: str, folder: Path) -> None:
    """Prints the median of the processor seconds of the cells, run again and again in this process."""
    import json

    from IPython.core.interactiveshell import InteractiveShell

    from salesperf.data.dataset import VARIABLE
    from salesperf.data.loading import dataset_file, load_tables, write_dataset
    from salesperf.params import read_client

    if source == "dataset":
        setting = read_client(client)
        shutil.rmtree(folder, ignore_errors=True)
        write_dataset(load_tables(setting), setting, folder)
        os.environ[VARIABLE] = str(dataset_file(folder))
    os.chdir(client.parent)
    shell = InteractiveShell.instance()
    cells = [
        "".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"
    ]
    cells[0] = f"client, region, period = {client.name!r}, {region!r}, {PERIOD!r}"
    took = []
    for _ in range(7):
        start = time.process_time()
        for cell in cells:
            shell.run_cell(cell).raise_error()
        took.append(time.process_time() - start)
    print(median(took[2:]))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["embedded", client, out, *regions]:
            embedded(Path(client), Path(out), regions)
        case ["floor", client, region, source, folder]:
            floor(Path(client), region, source, Path(folder))
        case _:
            main()
