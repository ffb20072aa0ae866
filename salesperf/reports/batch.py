"""The batch: every region's report, several at a time; one that fails stops no other, nothing is half published."""

import hashlib
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from salesperf.data.files import Input
from salesperf.errors import RequestError
from salesperf.params import Client, find_upwards
from salesperf.reports.execute import Job, Result, build
from salesperf.reports.index import index_page
from salesperf.reports.manifest import (
    as_json,
    earlier_entries,
    failed_entry,
    manifest,
    missing_entry,
    report_entry,
    write_atomically,
)
from salesperf.reports.names import file_names

NOTEBOOK = Path("notebooks", "region_report.ipynb")
_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Batch:
    """What to publish: a client's regions, all of them and those to build now, from which inputs, and where.

    ``folder`` is where the reports of this client and period lie.
    """

    client: Client
    regions: tuple[str, ...]
    wanted: tuple[str, ...]
    inputs: tuple[Input, ...]
    notebook: Path
    folder: Path


def plan(
    client: Client, regions: Sequence[str], inputs: tuple[Input, ...], only: Sequence[str], out: Path | None
) -> Batch:
    """The batch for a client. Raises RequestError when there is no notebook to run."""
    base = out or _reports_folder(client)
    folder = base / file_names([client.path.stem])[client.path.stem] / client.period.label
    return Batch(client, tuple(regions), tuple(only or regions), inputs, _notebook(client), folder)


def publish(batch: Batch, workers: int, done: Callable[[Result], None]) -> list[Result]:
    """Builds the wanted reports and publishes those that succeed; ``done`` is called as each one ends.

    A report that fails keeps its last good page. The results are in the order of the regions.
    """
    batch.folder.mkdir(parents=True, exist_ok=True)
    names, started = file_names(batch.regions), time.time()
    results: dict[str, Result] = {}
    with tempfile.TemporaryDirectory(prefix=".building-", dir=batch.folder) as scratch:
        jobs = {region: _job(batch, region, names[region], Path(scratch)) for region in batch.wanted}
        for job, result in _built(list(jobs.values()), workers, Path(scratch)):
            if not result.error:
                _put_in_place(job, batch.folder)
            results[job.region] = result
            done(result)
    ordered = [results[region] for region in batch.wanted]
    _finish(batch, {region: jobs[region].outputs for region in jobs}, ordered, started)
    return ordered


def _built(jobs: list[Job], workers: int, scratch: Path) -> Iterator[tuple[Job, Result]]:
    """Each job with its result, as they end. A worker that dies is a failed report, not the end of the batch."""
    # Fresh processes: a forked one would inherit the threads of the engine that read the export.
    context = multiprocessing.get_context("spawn")
    quiet = (str(scratch / "kernels.log"),)
    with ProcessPoolExecutor(min(workers, len(jobs)), context, _redirect_stderr, quiet) as pool:
        running = {pool.submit(build, job): job for job in jobs}
        for future in as_completed(running):
            job = running[future]
            died = future.exception()
            yield job, Result(job.region, 0.0, f"{type(died).__name__}: {died}") if died else future.result()


def _redirect_stderr(path: str) -> None:
    """Sends what a worker's kernels say of themselves to a file; a batch speaks of reports alone."""
    os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)


def _job(batch: Batch, region: str, name: str, scratch: Path) -> Job:
    client = batch.client
    parameters = {"client": client.path.name, "region": region, "period": client.period.label}
    return Job(region, name, batch.notebook.resolve(), parameters, client.folder.resolve(), scratch)


def _put_in_place(job: Job, folder: Path) -> None:
    for output in job.outputs:
        (folder / output).parent.mkdir(exist_ok=True)
        (job.scratch / output).replace(folder / output)


def _finish(batch: Batch, outputs: dict[str, tuple[str, ...]], results: list[Result], started: float) -> None:
    """Writes manifest, log and index, from what this run made and what earlier runs left."""
    earlier = earlier_entries(batch.folder)
    dataset = hashlib.sha256("".join(one.sha256 for one in batch.inputs).encode()).hexdigest()
    entries = {region: earlier.get(region) or missing_entry(region) for region in batch.regions}
    for one in results:
        entries[one.region] = (
            failed_entry(one.region, one.error, earlier.get(one.region))
            if one.error
            else report_entry(one.region, batch.folder, outputs[one.region], dataset)
        )
    sources = {"client_file": batch.client.path, "notebook": batch.notebook}
    reports = list(entries.values())
    content = manifest(batch.client.name, batch.client.period.label, sources, batch.inputs, reports)
    write_atomically(batch.folder / "manifest.json", as_json(content))
    write_atomically(batch.folder / "run-log.json", as_json(_log(results, started)))
    index = index_page(batch.client, batch.folder, reports, dataset)
    write_atomically(batch.folder / "index.html", index)


def _log(results: list[Result], started: float) -> dict[str, object]:
    return {
        "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        "seconds": round(time.time() - started, 3),
        "host": os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", ""),
        "reports": [asdict(one) | {"seconds": round(one.seconds, 3)} for one in results],
    }


def _reports_folder(client: Client) -> Path:
    """Where reports go unless told otherwise: ``reports/`` of the workbench, which has the client file in params/."""
    if folder := client.settings.reports.folder:
        return client.folder / folder
    home = client.folder.resolve()
    return (home.parent if home.name == "params" else home) / "reports"


def _notebook(client: Client) -> Path:
    """The notebook to run: the client file's own, that of the workbench around it, else the one that comes along."""
    if own := client.settings.reports.notebook:
        if not (client.folder / own).is_file():
            place = ("reports", "notebook")
            raise client.document.error(place, f"notebook: expected a file, found none at {own!r}; check the path")
        return client.folder / own
    near = find_upwards(NOTEBOOK, client.folder.resolve())
    for path in (near, _PACKAGE / NOTEBOOK, _PACKAGE.parent / NOTEBOOK):
        if path.is_absolute() and path.is_file():
            return path
    raise RequestError(f"{NOTEBOOK}: expected the report's notebook near {client.path}, found none; copy it there")
