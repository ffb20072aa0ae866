"""A workbench of the tests: a tiny company, small notebooks, batches run in this process or as commands."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from salesperf.data.loading import load_tables
from salesperf.params import Client, read_client
from salesperf.reports.building.job import Job
from salesperf.reports.building.local import Executor, LocalExecutor
from salesperf.reports.publishing.batch import Batch, batch_of
from salesperf.reports.publishing.order import Order, all_current, order_for
from salesperf.reports.publishing.publish import publish
from salesperf.reports.report import Report
from salesperf.reports.result import Built, Limits, Result

PARAMETERS = 'client: str = ""\nregion: str = ""\nperiod: str = ""'
EXHIBIT = """
import sys
from pathlib import Path
from IPython.display import display
from salesperf.cover import COVER_TYPE
print("some warning", file=sys.stderr)
if Path("broken").exists() and region == Path("broken").read_text():
    raise ValueError("no such luck")
figures = [{"label": "Revenue", "value": "1.00 M", "known": True}, {"label": "Margin", "value": "n/a", "known": False}]
cover = {"title": region, "language": "en", "sentence": f"{region} sold.", "figures": figures,
         "trend": [["2025Q3", None], ["2025Q4", 5.0 if region == "East" else 10.0]]}
display({COVER_TYPE: cover, "text/html": f"<p>{period} of {client}</p>"}, raw=True)
"""
SHEET = """
import sys
from IPython.display import display
from pathlib import Path
from salesperf.cover import COVER_TYPE
if Path("broken_rep").exists() and rep == Path("broken_rep").read_text():
    raise ValueError("no such rep")
cover = {"title": rep, "language": "en"}
display({COVER_TYPE: cover, "text/html": f"<p>sheet of {rep} in {region}, {period}</p>"}, raw=True)
"""
START = "from salesperf.cli import main; main()"


@dataclass(frozen=True)
class Workbench:
    """A folder with a client, its export, its notebooks and its reports."""

    folder: Path
    executor: LocalExecutor

    @property
    def client_file(self) -> Path:
        return self.folder / "params" / "small.yml"

    @property
    def published(self) -> Path:
        return self.folder / "reports" / "small" / "2025Q4"

    def write(self, name: str, text: str) -> Path:
        """A file beside the client file."""
        path = self.folder / "params" / name
        path.write_text(text, encoding="utf-8")
        return path

    def write_reps(self, regions: Sequence[str], names: Sequence[str] = ()) -> None:
        people = [*names, *(f"Rep {place}" for place in range(len(names), len(regions)))]
        rows = [
            f'r{place},"{name}","{region}"' for place, (name, region) in enumerate(zip(people, regions, strict=True))
        ]
        self.write("reps.csv", "\n".join(["rep_id,rep,region", *rows]))

    def write_notebook(self, name: str, *sources: str) -> Path:
        """A notebook: a headline, the parameters, then a cell for each source, with ids that stay."""
        parameters = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="parameters")
        cells = [new_markdown_cell("## Hello", id="hello"), parameters]
        cells += [new_code_cell(source, id=f"work-{place}") for place, source in enumerate(sources)]
        notebook = new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        path = self.folder / "notebooks" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, path)
        return path

    def add_setting(self, line: str) -> None:
        """A further line of the client file."""
        self.client_file.write_text(self.client_file.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")

    def order(self, *only: str, with_sheets: bool = False, out: Path | str | None = None) -> Order:
        return order_for(read_client(self.client_file), only, str(out) if out else None, with_sheets=with_sheets)

    def batch(self, *only: str, with_sheets: bool = False, out: Path | str | None = None) -> Batch:
        order = self.order(*only, with_sheets=with_sheets, out=out)
        return batch_of(order, load_tables(order.client))

    def current(self, *only: str, with_sheets: bool = False) -> list[Report] | None:
        return all_current(self.order(*only, with_sheets=with_sheets))

    def run(
        self,
        *only: str,
        with_sheets: bool = False,
        force: bool = False,
        out: Path | str | None = None,
        limits: Limits = Limits(),  # noqa: B008  it is frozen
        executor: LocalExecutor | None = None,
    ) -> dict[str, Result]:
        """Publishes; title → result. Each is told as it ends, whatever becomes of it."""
        batch, seen = self.batch(*only, with_sheets=with_sheets, out=out), list[Result]()
        results = publish(batch, executor or self.executor, seen.append, limits=limits, force=force)
        assert sorted(one.report.title for one in seen) == sorted(one.report.title for one in results)
        return {one.report.title: one for one in results}

    def command(
        self, *words: object, environment: dict[str, str] | None = None, script: str = START, **options: Any
    ) -> subprocess.Popen[str]:
        """The batch as a process of its own."""
        line = [sys.executable, "-c", script, "run", str(self.client_file), *map(str, words)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
        return subprocess.Popen(line, env={**os.environ, **(environment or {})}, **pipes)

    def manifest(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.published / "manifest.json").read_text(encoding="utf-8"))
        return content

    def entries(self) -> dict[str, dict[str, Any]]:
        """The manifest's entries of regions."""
        return {one["region"]: one for one in self.manifest()["reports"] if one["kind"] == "region"}

    def index(self) -> str:
        return (self.published / "index.html").read_text(encoding="utf-8")

    def log(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.published / "run-log.json").read_text(encoding="utf-8"))
        return content

    def files(self) -> list[str]:
        return sorted(one.relative_to(self.published).as_posix() for one in self.published.rglob("*") if one.is_file())

    def bytes(self) -> dict[str, bytes]:
        """All that is published, but for the log of what varies."""
        return {name: (self.published / name).read_bytes() for name in self.files() if name != "run-log.json"}


WorkbenchOf = Callable[..., Workbench]


@pytest.fixture(scope="session")
def executor() -> Iterator[LocalExecutor]:
    """Two workers that all batches of the test process share."""
    with LocalExecutor(2, []) as one:
        yield one


@pytest.fixture(scope="session")
def workbench_of(executor: LocalExecutor) -> WorkbenchOf:
    """Sets up a workbench in a folder: two regions, East and West, and small notebooks."""

    def made(folder: Path, own: LocalExecutor = executor) -> Workbench:
        (folder / "params").mkdir(parents=True)
        one = Workbench(folder, own)
        one.write_notebook("region_report", EXHIBIT)
        one.write_notebook("rep_sheet", SHEET)
        one.write_reps(["East", "West"])
        one.write("orders.csv", "order_id,rep_id,account_id,date,amount\n1,r0,a,2025-10-01,5\n2,r1,b,2025-12-31,10\n")
        one.write("small.yml", "client: Small & Sons\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv}\n")
        return one

    return made


@pytest.fixture
def workbench(tmp_path: Path, workbench_of: WorkbenchOf) -> Workbench:
    """A workbench with two regions, East and West, and small notebooks."""
    return workbench_of(tmp_path / "bench")


@pytest.fixture(scope="session")
def copied() -> Callable[[Workbench, Path], Workbench]:
    """Copies a workbench with all that it has published, as if all had been done at the new place."""

    def copy(bench: Workbench, folder: Path) -> Workbench:
        shutil.copytree(bench.folder, folder)
        log = Workbench(folder, bench.executor).published / "run-log.json"
        log.write_text(log.read_text("utf-8").replace(str(bench.folder), str(folder)), "utf-8")
        return Workbench(folder, bench.executor)

    return copy


@pytest.fixture(scope="session")
def published_once(workbench_of: WorkbenchOf, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """A workbench after a batch, to be copied."""
    bench = workbench_of(tmp_path_factory.mktemp("published") / "bench")
    bench.run()
    return bench


@pytest.fixture
def published_workbench(
    copied: Callable[[Workbench, Path], Workbench], published_once: Workbench, tmp_path: Path
) -> Workbench:
    """A workbench as `workbench`, whose reports are published."""
    return copied(published_once, tmp_path / "bench")


@pytest.fixture(scope="session")
def published(executor: LocalExecutor) -> Callable[..., Path]:
    """Publishes some regions of a client, all by default, with the sheets of some reps; returns the folder."""

    def publishing(client_file: Path, *only: str, sheets_of: Sequence[str] = (), by: Executor = executor) -> Path:
        order = order_for(read_client(client_file), only, str(client_file.parent / "out"), with_sheets=bool(sheets_of))
        batch = batch_of(order, load_tables(order.client))
        wanted = tuple(one for one in batch.wanted if one.kind == "region" or one.rep in sheets_of)
        results = publish(replace(batch, wanted=wanted), by, lambda _: None, limits=Limits())
        assert not [one.error for one in results if one.error]
        return Path(order.store.place(""))

    return publishing


class WithoutTables:
    """Builds reports as another executor does; takes the batch's tables away after the first report of each kind."""

    def __init__(self, executor: LocalExecutor) -> None:
        self.executor, self.taken = executor, list[str]()

    def run(self, jobs: Iterable[Job]) -> Iterator[Built]:
        jobs = list(jobs)
        firsts = list({job.notebook: job for job in reversed(jobs)}.values())
        yield from self.executor.run(firsts)
        assert jobs[0].dataset is not None
        for table in jobs[0].dataset.parent.glob("*.parquet"):
            table.unlink()
            self.taken.append(table.name)
        yield from self.executor.run([job for job in jobs if job not in firsts])

    def close(self) -> None:
        pass


@pytest.fixture(scope="session")
def without_tables(executor: LocalExecutor) -> WithoutTables:
    """What builds the reports of `demo`."""
    return WithoutTables(executor)


@pytest.fixture(scope="session")
def demo(
    published: Callable[..., Path],
    without_tables: WithoutTables,
    demo_client: Client,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Two regions of the demo company, and the sheets of four reps, the last of them of the second region."""
    folder = shutil.copytree(demo_client.folder, tmp_path_factory.mktemp("demo"), dirs_exist_ok=True)
    sheets_of = ["R026", "R107", "R112", "R017"]
    return published(folder / "demo.yml", "East", "South", sheets_of=sheets_of, by=without_tables)


@pytest.fixture(scope="session")
def crm(published: Callable[..., Path], crm_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All regions of the public CRM export, as they come."""
    path = tmp_path_factory.mktemp("crm") / "crm.yml"
    files = {"reps": "sales_teams", "opportunities": "sales_pipeline", "accounts": "accounts"}
    lines = "".join(f"  {table}: {crm_folder}/{name}.csv\n" for table, name in files.items())
    path.write_text(f"client: CRM\nperiod: 2017Q4\nsource:\n  preset: maven\n{lines}", encoding="utf-8")
    return published(path)


@pytest.fixture(scope="session")
def chinese(
    published: Callable[..., Path], chinese_two_regions_client: Client, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The sheets of two reps of two regions of the demo company in Chinese, and their region's report."""
    folder = shutil.copytree(chinese_two_regions_client.folder, tmp_path_factory.mktemp("chinese"), dirs_exist_ok=True)
    return published(folder / "demo.yml", "华东", sheets_of=["R026", "R107"])
