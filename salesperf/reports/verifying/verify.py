"""Verifying: published reports are built again in a scratch folder, and every byte is compared."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path, PurePath

from salesperf.reports.building.local import Executor
from salesperf.reports.keys import SharedKey
from salesperf.reports.publishing.batch import Batch
from salesperf.reports.publishing.index import index_page
from salesperf.reports.publishing.manifest import INDEX, NAME, Manifest, ReportEntry, as_json, output, raw_manifest
from salesperf.reports.publishing.publish import publish
from salesperf.reports.report import Report
from salesperf.reports.result import Limits, Result
from salesperf.reports.stores.store import LocalStore
from salesperf.reports.verifying.changes import CAUSES, Cause, changed_parts, changes
from salesperf.reports.verifying.difference import Case, Difference, Rebuilt, altered, differences
from salesperf.reports.verifying.location import in_bytes
from salesperf.reports.verifying.published import Published

_OF_BATCH = ("client", "period", "sources", "inputs", "environment", "regions", "sheets")


@dataclass(frozen=True)
class Findings:
    """What came of verifying.

    ``same``: the reports that are byte for byte as published; ``changed``: the parts of a key that are others now
    without any effect on them; ``left_out``: the entries of reports that have nothing to verify.
    """

    differences: tuple[Difference, ...]
    same: tuple[Report, ...] = ()
    changed: tuple[str, ...] = ()
    left_out: tuple[ReportEntry, ...] = ()


def verify(
    published: Published,
    entries: Sequence[ReportEntry],
    batch: Batch,
    *,
    executor: Executor,
    limits: Limits,
    done: Callable[[Result], None],
) -> Findings:
    """Builds the reports of the entries again and compares them; ``done`` is called as each is built.

    ``batch``: of the same client and period, for the kinds of reports that there are. A report that differs though all
    that it is made from is as it was, is built a second time: only so can chance be told from an edit.
    """
    theirs = {one.identity: one for one in batch.reports}
    there = [one for one in entries if one.status == "published"]
    known = [(one, theirs[one.report.identity]) for one in there if one.report.identity in theirs]
    unknown = [one for one in there if one.report.identity not in theirs]
    with tempfile.TemporaryDirectory(prefix="salesperf-verify-") as scratch:

        def rebuilt(name: str, reports: Sequence[Report]) -> Rebuilt:
            store = LocalStore(Path(scratch, name))
            own = replace(batch, order=replace(batch.order, store=store), wanted=tuple(reports))
            results = publish(own, executor, done, limits=limits, force=True)
            return Rebuilt(store, {one.report.identity: one.error for one in results})

        first = rebuilt("first", [report for _, report in known])
        cases = [
            Case(published, entry, report, tuple(changes(published.manifest, entry, batch)), first)
            for entry, report in known
        ]
        second = rebuilt("second", [one.report for one in cases if one.is_doubtful])
        found = [one for case in cases for one in differences(replace(case, second=second))]
        found += [_gone(one, batch) for one in unknown]
        found += altered(published, [one for one in entries if one.status != "published"])
        if len(entries) == len(published.reports):
            found += [*_left_out(published, batch), *_unnamed(published), *_of_manifest(published, batch, first)]
            found += _of_index(published, batch, found)
    return _findings(found, cases, entries)


def _findings(found: list[Difference], cases: list[Case], entries: Sequence[ReportEntry]) -> Findings:
    unlike = {one.report.identity for one in found if one.report}
    same = [case for case in cases if case.report.identity not in unlike]
    causes = {change.cause for case in same for change in case.changes}
    changed = tuple(part for part, cause in CAUSES.items() if cause in causes)
    left_out = tuple(one for one in entries if one.status != "published")
    return Findings(tuple(found), tuple(case.report for case in same), changed, left_out)


def _gone(entry: ReportEntry, batch: Batch) -> Difference:
    """A report that there would not be now."""
    report, parts = entry.report, changed_parts(entry, batch)
    who = f"rep {report.rep!r} in {report.region!r}" if report.rep else f"region {report.region!r}"
    cause = CAUSES[parts[0]] if parts else "tampered output"
    return Difference(report, "", cause, f"there is no {who} in the export")


def _left_out(published: Published, batch: Batch) -> Iterator[Difference]:
    """The regions of the export that its manifest does not speak of, and the reports that it speaks of twice."""
    if any("dataset" in changed_parts(one, batch) for one in published.reports if one.key):
        return
    named = Counter(one.report.identity for one in published.reports)
    for report in batch.reports:
        if named[report.identity] > 1 or (report.kind == "region" and not named[report.identity]):
            times = "twice" if named[report.identity] else "nowhere"
            yield Difference(report, NAME, "tampered output", f"the manifest speaks of it {times}")


def _unnamed(published: Published) -> Iterator[Difference]:
    """Pages and notebooks among the published ones that nobody published."""
    named = {INDEX, *published.manifest.leaving} | {name for one in published.reports for name in one.files}
    for name in published.store.names(""):
        is_hidden = any(part.startswith(".") for part in PurePath(name).parts)
        if name.endswith((".html", ".ipynb")) and name not in named and not is_hidden:
            yield Difference(None, name, "tampered output", "the manifest does not name the file")


def _of_manifest(published: Published, batch: Batch, first: Rebuilt) -> Iterator[Difference]:
    """What the manifest says of the batch, where all reports were built from what there is now."""
    if not all(_is_of_now(one, batch) for one in published.reports):
        return
    said, now = published.manifest.parts(), Manifest.model_validate(raw_manifest(first.store)).parts()
    # A run without sheets leaves the source of those that an earlier one made.
    now["sources"] = {**said["sources"], **now["sources"]}
    for part in _OF_BATCH:
        if said.get(part) != now[part]:
            location = in_bytes(as_json(said.get(part)), as_json(now[part]))
            yield Difference(None, NAME, "tampered output", f"{part}: not what the reports were built from", location)


def _is_of_now(entry: ReportEntry, batch: Batch) -> bool:
    return entry.status == "published" and not changed_parts(entry, batch)


def _of_index(published: Published, batch: Batch, found: list[Difference]) -> Iterator[Difference]:
    """The index, where the notebooks whose covers it shows are what they should be."""
    if any(one.report and one.report.kind == "region" and one.output in ("", one.report.notebook) for one in found):
        return
    content, told = published.store.read(INDEX), published.manifest.index
    pages = [_index(published, batch, one) for one in _shared_keys(published, batch)]
    if told is None and content not in pages:
        reason = "the batch ended before it wrote the index; run it again"
        yield Difference(None, INDEX, "unfinished batch", reason, in_bytes(content, pages[0]) if content else None)
        return
    if content is None:
        yield Difference(None, INDEX, "tampered output", "the file is missing")
        return
    if told is not None and told != output(INDEX, content):
        reason = "the file is not the one that the manifest names"
        yield Difference(None, INDEX, "tampered output", reason, in_bytes(content, pages[0]))
        return
    if content not in pages:
        parts = {part for one in published.reports if one.key for part in changed_parts(one, batch)}
        causes = [CAUSES[part] for part in ("client", "code", "environment") if part in parts]
        reason = "it is not what the covers of the reports make" if not causes else "it is made otherwise now"
        cause: Cause = causes[0] if causes else "tampered output"
        yield Difference(None, INDEX, cause, reason, in_bytes(content, pages[0]))


def _index(published: Published, batch: Batch, shared: SharedKey) -> bytes:
    reports = [one.report for one in published.reports]
    current = {one.identity: shared.key(one, published.period) for one in reports}
    return index_page(batch.order.client, published.store, published.reports, current=current).encode()


def _shared_keys(published: Published, batch: Batch) -> Iterator[SharedKey]:
    """What the run that wrote the index may have built from: the index marks reports that are older than that."""
    yield batch.order.shared_key
    keys = [(one.kind, one.key) for one in published.reports if one.key]
    wholes = dict.fromkeys((key["dataset"], key["client"], key["code"], key["environment"]) for _, key in keys)
    notebooks = {
        kind: dict.fromkeys(key["notebook"] for one, key in keys if one == kind) for kind in ("region", "sheet")
    }
    for whole, region, sheet in product(wholes, notebooks["region"], [*notebooks["sheet"], ""]):
        dataset, client, code, environment = whole
        yield SharedKey(dataset, client, code, environment, {"region": region, "sheet": sheet})
