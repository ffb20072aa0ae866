"""Verifying: published reports are built again in a scratch folder, and every byte is compared."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from salesperf.reports.batch import publish
from salesperf.reports.case import Case, Difference, Rebuilt, altered, differences
from salesperf.reports.changes import CAUSES, Cause, changed_parts, changes
from salesperf.reports.difference import in_bytes
from salesperf.reports.index import index_page
from salesperf.reports.keys import Grounds
from salesperf.reports.local import Executor
from salesperf.reports.manifest import INDEX, NAME, Entry, as_json, hash_of, read_manifest
from salesperf.reports.plan import Batch
from salesperf.reports.published import Published, report_of
from salesperf.reports.report import Report
from salesperf.reports.result import Limits, Result
from salesperf.reports.shelf import LocalShelf

_OF_BATCH = ("client", "period", "sources", "inputs", "environment", "sheets")


@dataclass(frozen=True)
class Findings:
    """What came of verifying.

    ``same``: the reports that are byte for byte as published; ``changed``: the parts of a key that are others now
    without any effect on them; ``left_out``: the entries of reports that have nothing to verify.
    """

    differences: tuple[Difference, ...]
    same: tuple[Report, ...] = ()
    changed: tuple[str, ...] = ()
    left_out: tuple[Entry, ...] = ()


def verify(
    published: Published,
    entries: Sequence[Entry],
    batch: Batch,
    executor: Executor,
    done: Callable[[Result], None],
    *,
    limits: Limits,
) -> Findings:
    """Builds the reports of the entries again and compares them; ``done`` is called as each is built.

    ``batch``: of the same client and period, for the kinds of reports that there are. A report that differs though all
    that it is made from is as it was, is built a second time: only so can chance be told from an edit.
    """
    theirs = {one.identity: one for one in batch.reports}
    there = [one for one in entries if one["status"] == "published"]
    known = [(one, theirs[report_of(one).identity]) for one in there if report_of(one).identity in theirs]
    with tempfile.TemporaryDirectory(prefix="salesperf-verify-") as scratch:

        def rebuilt(name: str, reports: Sequence[Report]) -> Rebuilt:
            shelf = LocalShelf(Path(scratch, name))
            own = replace(batch, order=replace(batch.order, shelf=shelf), wanted=tuple(reports))
            results = publish(own, executor, done, limits=limits, force=True)
            return Rebuilt(shelf, {one.report.identity: one.error for one in results})

        first = rebuilt("first", [report for _, report in known])
        cases = [
            Case(published, entry, report, tuple(changes(published.manifest, entry, report, batch)), first)
            for entry, report in known
        ]
        second = rebuilt("second", [one.report for one in cases if one.is_doubtful])
        found = [one for case in cases for one in differences(replace(case, second=second))]
        found += [one for entry in there if entry not in [entry for entry, _ in known] for one in _gone(entry, batch)]
        found += altered(published, [one for one in entries if one["status"] != "published"])
        if len(entries) == len(published.reports):
            found += [*_of_manifest(published, batch, first), *_of_index(published, batch, found)]
    return _findings(found, cases, entries)


def _findings(found: list[Difference], cases: list[Case], entries: Sequence[Entry]) -> Findings:
    unlike = {one.report.identity for one in found if one.report}
    same = [case for case in cases if case.report.identity not in unlike]
    causes = {change.cause for case in same for change in case.changes}
    changed = tuple(part for part, cause in CAUSES.items() if cause in causes)
    left_out = tuple(one for one in entries if one["status"] != "published")
    return Findings(tuple(found), tuple(case.report for case in same), changed, left_out)


def _gone(entry: Entry, batch: Batch) -> Iterator[Difference]:
    """A report that there would not be now."""
    report = report_of(entry)
    parts = changed_parts(entry["key"], batch.key(report))
    who = f"rep {report.rep!r} in {report.region!r}" if report.rep else f"region {report.region!r}"
    cause = CAUSES[parts[0]] if parts else "tampered output"
    yield Difference(report, "", cause, f"there is no {who} in the export")


def _of_manifest(published: Published, batch: Batch, first: Rebuilt) -> Iterator[Difference]:
    """What the manifest says of the batch, where all reports were built from what there is now."""
    if not all(_is_of_now(one, batch) for one in published.reports):
        return
    now = read_manifest(first.shelf)
    # A run without sheets leaves the source of those that an earlier one made.
    now["sources"] = {**published.manifest["sources"], **now["sources"]}
    for part in _OF_BATCH:
        said = published.manifest.get(part)
        if said != now[part]:
            spot = in_bytes(as_json(said), as_json(now[part]))
            yield Difference(None, NAME, "tampered output", f"{part}: not what the reports were built from", spot)


def _is_of_now(entry: Entry, batch: Batch) -> bool:
    return entry["status"] == "published" and not changed_parts(entry["key"], batch.key(report_of(entry)))


def _of_index(published: Published, batch: Batch, found: list[Difference]) -> Iterator[Difference]:
    """The index, where the notebooks whose covers it shows are what they should be."""
    if any(one.report and one.report.kind == "region" and not one.output.endswith(".html") for one in found):
        return
    content, told = published.shelf.read(INDEX), published.manifest.get("index")
    pages = [_index(published, batch, one) for one in _grounds(published, batch)]
    if told is None and content not in pages:
        reason = "the batch ended before it wrote the index; run it again"
        yield Difference(None, INDEX, "unfinished batch", reason, in_bytes(content, pages[0]) if content else None)
        return
    if content is None:
        yield Difference(None, INDEX, "tampered output", "the file is missing")
        return
    if told is not None and told != {"path": INDEX, "sha256": hash_of(content)}:
        reason = "the file is not the one that the manifest names"
        yield Difference(None, INDEX, "tampered output", reason, in_bytes(content, pages[0]))
        return
    if content not in pages:
        parts = {part for one in published.reports if one["key"] for part in _changed(one, batch)}
        causes = [CAUSES[part] for part in ("client", "code", "environment") if part in parts]
        reason = "it is not what the covers of the reports make" if not causes else "it is made otherwise now"
        cause: Cause = causes[0] if causes else "tampered output"
        yield Difference(None, INDEX, cause, reason, in_bytes(content, pages[0]))


def _changed(entry: Entry, batch: Batch) -> list[str]:
    return changed_parts(entry["key"], batch.key(report_of(entry)))


def _index(published: Published, batch: Batch, grounds: Grounds) -> bytes:
    reports = [report_of(one) for one in published.reports]
    current = {one.identity: grounds.key(one, published.period) for one in reports}
    return index_page(batch.order.client, published.shelf, published.reports, current).encode()


def _grounds(published: Published, batch: Batch) -> Iterator[Grounds]:
    """What the run that wrote the index may have built from; the index marks reports that are older than that."""
    yield batch.order.grounds
    keys = [one["key"] for one in published.reports if one["key"]]
    wholes = dict.fromkeys((one["dataset"], one["client"], one["code"], one["environment"]) for one in keys)
    notebooks = {
        kind: dict.fromkeys(one["key"]["notebook"] for one in published.reports if one["key"] and one["kind"] == kind)
        for kind in ("region", "sheet")
    }
    for whole, region, sheet in product(wholes, notebooks["region"], [*notebooks["sheet"], ""]):
        dataset, client, code, environment = whole
        yield Grounds(dataset, client, code, environment, {"region": region, "sheet": sheet})
