"""The batch: all reports of a client, several at a time; one that fails stops no other, nothing is half published."""

import hashlib
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from salesperf.data.files import Input
from salesperf.errors import RequestError
from salesperf.params import Client, find_upwards
from salesperf.reports.execute import Job, Result, build
from salesperf.reports.index import index_page
from salesperf.reports.manifest import (
    Entry,
    as_json,
    earlier_entries,
    earlier_sources,
    failed_entry,
    manifest,
    missing_entry,
    report_entry,
    write_atomically,
)
from salesperf.reports.names import file_names
from salesperf.reports.report import NOTEBOOKS, Key, Kind, Report, region_reports, sheets

_PACKAGE = Path(__file__).parents[1]
_SOURCES: Mapping[Kind, str] = {"region": "notebook", "sheet": "sheet_notebook"}  # keys in client file and manifest


@dataclass(frozen=True)
class Batch:
    """What to publish: all reports of a client and those to build now, from which inputs and notebooks, and where.

    ``folder`` is where the reports of this client and period lie.
    """

    client: Client
    reports: tuple[Report, ...]
    wanted: tuple[Report, ...]
    inputs: tuple[Input, ...]
    notebooks: Mapping[Kind, Path]
    folder: Path


def plan(
    client: Client,
    regions: Sequence[str],
    inputs: tuple[Input, ...],
    only: Sequence[str],
    out: Path | None,
    *,
    staff: Sequence[Mapping[str, Any]] = (),
    with_sheets: bool = False,
) -> Batch:
    """The batch for a client: the regions' reports, ``with_sheets`` also one for each of ``staff`` (see `sheets`).

    ``only``: the regions to build; all if none is named. Raises RequestError when there is no notebook to run.
    """
    base = out or _reports_folder(client)
    folder = base / file_names([client.path.stem])[client.path.stem] / client.period.label
    known = [*region_reports(regions), *sheets(staff, client.period)]
    kinds: tuple[Kind, ...] = ("region", "sheet") if with_sheets else ("region",)
    wanted = [one for one in known if one.kind in kinds and one.region in (only or regions)]
    notebooks = {kind: _notebook(client, kind) for kind in kinds}
    return Batch(client, tuple(known), tuple(wanted), inputs, notebooks, folder)


def publish(batch: Batch, workers: int, done: Callable[[Result], None]) -> list[Result]:
    """Builds the wanted reports and publishes those that succeed; ``done`` is called as each one ends.

    A report that fails keeps its last good page. The results are in the order of the wanted reports.
    """
    batch.folder.mkdir(parents=True, exist_ok=True)
    started = time.time()
    results: dict[Key, Result] = {}
    with tempfile.TemporaryDirectory(prefix=".building-", dir=batch.folder) as scratch:
        jobs = [_job(batch, report, Path(scratch)) for report in batch.wanted]
        for job, result in _built(jobs, workers, Path(scratch)):
            if not result.error:
                _put_in_place(job, batch.folder)
            results[job.report.key] = result
            done(result)
    ordered = [results[report.key] for report in batch.wanted]
    _finish(batch, ordered, started)
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
            yield job, Result(job.report, 0.0, f"{type(died).__name__}: {died}") if died else future.result()


def _redirect_stderr(path: str) -> None:
    """Sends what a worker's kernels say of themselves to a file; a batch speaks of reports alone."""
    os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)


def _job(batch: Batch, report: Report, scratch: Path) -> Job:
    client = batch.client
    parameters = {"client": client.path.name, **report.parameters, "period": client.period.label}
    return Job(report, batch.notebooks[report.kind].resolve(), parameters, client.folder.resolve(), scratch)


def _put_in_place(job: Job, folder: Path) -> None:
    for output in job.report.outputs:
        (folder / output).parent.mkdir(parents=True, exist_ok=True)
        (job.scratch / output).replace(folder / output)


def _finish(batch: Batch, results: list[Result], started: float) -> None:
    """Writes manifest, log and index, from what this run made and what earlier runs left."""
    dataset = hashlib.sha256("".join(one.sha256 for one in batch.inputs).encode()).hexdigest()
    reports = _entries(batch, results, dataset)
    sources = {"client_file": batch.client.path, **{_SOURCES[kind]: path for kind, path in batch.notebooks.items()}}
    content = manifest(batch.client.name, batch.client.period.label, sources, batch.inputs, reports)
    if any(one["kind"] == "sheet" for one in reports):  # those of an earlier run were made by the notebook it names
        content["sources"] = earlier_sources(batch.folder) | content["sources"]
    write_atomically(batch.folder / "manifest.json", as_json(content))
    write_atomically(batch.folder / "run-log.json", as_json(_log(results, started)))
    index = index_page(batch.client, batch.folder, reports, dataset)
    write_atomically(batch.folder / "index.html", index)


def _entries(batch: Batch, results: list[Result], dataset: str) -> list[Entry]:
    """The entries of all reports of the client; a sheet that no run has made has none, as nobody asked for it."""
    earlier = earlier_entries(batch.folder)
    entries = {
        one.key: earlier.get(one.key) or missing_entry(one)
        for one in batch.reports
        if one.kind == "region" or one.key in earlier
    }
    for one in results:
        entries[one.report.key] = (
            failed_entry(one.report, one.error, earlier.get(one.report.key))
            if one.error
            else report_entry(one.report, batch.folder, dataset)
        )
    return [entries[one.key] for one in batch.reports if one.key in entries]


def _log(results: list[Result], started: float) -> dict[str, object]:
    return {
        "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        "seconds": round(time.time() - started, 3),
        "host": os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", ""),
        "reports": [_logged(one) for one in results],
    }


def _logged(one: Result) -> dict[str, object]:
    rep = {"rep": one.report.rep} if one.report.rep else {}
    seconds = round(one.seconds, 3)
    return {"region": one.region, **rep, "seconds": seconds, "error": one.error, "details": one.details}


def _reports_folder(client: Client) -> Path:
    """Where reports go unless told otherwise: ``reports/`` of the workbench, which has the client file in params/."""
    if folder := client.settings.reports.folder:
        return client.folder / folder
    home = client.folder.resolve()
    return (home.parent if home.name == "params" else home) / "reports"


def _notebook(client: Client, kind: Kind) -> Path:
    """The notebook to run: the client file's own, that of the workbench around it, else the one that comes along."""
    key = _SOURCES[kind]
    if own := getattr(client.settings.reports, key):
        if not (client.folder / own).is_file():
            raise client.document.error(
                ("reports", key), f"{key}: expected a file, found none at {own!r}; check the path"
            )
        return client.folder / str(own)
    near = find_upwards(NOTEBOOKS[kind], client.folder.resolve())
    for path in (near, _PACKAGE / NOTEBOOKS[kind], _PACKAGE.parent / NOTEBOOKS[kind]):
        if path.is_absolute() and path.is_file():
            return path
    raise RequestError(f"{NOTEBOOKS[kind]}: expected the notebook near {client.path}, found none; copy it there")
