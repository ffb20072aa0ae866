"""Verifying: builds published reports again in a scratch folder and compares every byte."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
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

# The parts of the manifest that are about the whole batch.
_OF_BATCH = ("client", "period", "as_of", "sources", "inputs", "environment", "regions", "sheets")


@dataclass(frozen=True)
class Findings:
    """The result of verifying.

    ``same``: the reports that are byte for byte as published; ``changed``: the parts of a key that have changed without
    any effect on those; ``left_out``: the entries of reports that are not published, so that they were not rebuilt.
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

    ``batch``: of the same client and period, for the kinds of reports that the entries have. A report that differs
    though its key is the same is built a second time, as only that tells randomness from an edit. Where ``entries`` are
    all of the manifest, the files of the whole batch (manifest, index) are compared, too.
    """
    reports_now = {report.identity: report for report in batch.reports}
    published_entries = [entry for entry in entries if entry.status == "published"]
    known = [
        (entry, reports_now[entry.report.identity])
        for entry in published_entries
        if entry.report.identity in reports_now
    ]
    unknown = [entry for entry in published_entries if entry.report.identity not in reports_now]
    with tempfile.TemporaryDirectory(prefix="salesperf-verify-") as scratch:

        def rebuilt(name: str, reports: Sequence[Report]) -> Rebuilt:
            store = LocalStore(Path(scratch, name))
            scratch_batch = replace(batch, order=replace(batch.order, store=store), wanted=tuple(reports))
            results = publish(scratch_batch, executor, done, limits=limits, force=True)
            return Rebuilt(store, {result.report.identity: result.error for result in results})

        first = rebuilt("first", [report for _, report in known])
        cases = [
            Case(published, entry, report, tuple(changes(published.manifest, entry, batch)), first)
            for entry, report in known
        ]
        second = rebuilt("second", [case.report for case in cases if case.is_doubtful])
        every = [difference for case in cases for difference in differences(replace(case, second=second))]
        every += [_gone(entry, batch) for entry in unknown]
        every += altered(published, [entry for entry in entries if entry.status != "published"])
        if len(entries) == len(published.reports):
            every += [*_left_out(published, batch), *_unnamed(published), *_of_manifest(published, batch, first)]
            every += _of_index(published, batch, every)
    return _findings(every, cases, entries)


def _findings(every: list[Difference], cases: list[Case], entries: Sequence[ReportEntry]) -> Findings:
    differing = {difference.report.identity for difference in every if difference.report}
    same = [case for case in cases if case.report.identity not in differing]
    causes = {change.cause for case in same for change in case.changes}
    changed = tuple(part for part, cause in CAUSES.items() if cause in causes)
    left_out = tuple(entry for entry in entries if entry.status != "published")
    return Findings(tuple(every), tuple(case.report for case in same), changed, left_out)


def _gone(entry: ReportEntry, batch: Batch) -> Difference:
    """The difference of a report whose region or rep is not in the export."""
    report, parts = entry.report, changed_parts(entry, batch)
    who = f"rep {report.rep!r} in {report.region!r}" if report.rep else f"region {report.region!r}"
    cause = CAUSES[parts[0]] if parts else "tampered output"
    return Difference(report, "", cause, f"there is no {who} in the export")


def _left_out(published: Published, batch: Batch) -> Iterator[Difference]:
    """Regions of the export without an entry in the manifest, reports with more than one; none for another export."""
    if any("dataset" in changed_parts(entry, batch) for entry in published.reports if entry.key):
        return
    named = Counter(entry.report.identity for entry in published.reports)
    for report in batch.reports:
        if named[report.identity] > 1 or (report.kind == "region" and not named[report.identity]):
            times = "twice" if named[report.identity] else "nowhere"
            yield Difference(report, NAME, "tampered output", f"the manifest speaks of it {times}")


def _unnamed(published: Published) -> Iterator[Difference]:
    """Pages and notebooks in the folder that the manifest does not name; hidden ones are left alone."""
    named = {INDEX, *published.manifest.leaving} | {name for entry in published.reports for name in entry.files}
    for name in published.store.names(""):
        is_hidden = any(part.startswith(".") for part in PurePath(name).parts)
        if name.endswith((".html", ".ipynb")) and name not in named and not is_hidden:
            yield Difference(None, name, "tampered output", "the manifest does not name the file")


def _of_manifest(published: Published, batch: Batch, first: Rebuilt) -> Iterator[Difference]:
    """Wrong statements of the manifest on the batch; compared only where every report is published and unchanged."""
    if not all(_is_unchanged(entry, batch) for entry in published.reports):
        return
    before, now = published.manifest.parts(), Manifest.model_validate(raw_manifest(first.store)).parts()
    # The manifest of a run without sheets keeps the notebook of sheets that an earlier run made.
    now["sources"] = {**before["sources"], **now["sources"]}
    for part in _OF_BATCH:
        if before.get(part) != now.get(part):
            location = in_bytes(as_json(before.get(part)), as_json(now.get(part)))
            yield Difference(None, NAME, "tampered output", f"{part}: not what the reports were built from", location)
    scores_rest_on = {entry.report.identity: entry.priors for entry in Manifest.model_validate(now).reports}
    for entry in published.reports:
        if entry.priors != scores_rest_on.get(entry.report.identity, entry.priors):
            yield Difference(entry.report, NAME, "tampered output", "priors: not what its scores rest on")


def _is_unchanged(entry: ReportEntry, batch: Batch) -> bool:
    return entry.status == "published" and not changed_parts(entry, batch)


def _of_index(published: Published, batch: Batch, others: Iterable[Difference]) -> Iterator[Difference]:
    """The difference of the index; none where a notebook that it shows the cover of is among the ``others``."""
    for other in others:
        if other.report and other.report.kind == "region" and other.output in ("", other.report.notebook):
            return
    content, recorded = published.store.read(INDEX), published.manifest.index
    pages = [_index(published, batch, shared) for shared in _shared_keys(published, batch)]
    if recorded is None and content not in pages:
        reason = "the batch ended before it wrote the index; run it again"
        yield Difference(None, INDEX, "unfinished batch", reason, in_bytes(content, pages[0]) if content else None)
        return
    if content is None:
        yield Difference(None, INDEX, "tampered output", "the file is missing")
        return
    if recorded is not None and recorded != output(INDEX, content):
        reason = "the file is not the one that the manifest names"
        yield Difference(None, INDEX, "tampered output", reason, in_bytes(content, pages[0]))
        return
    if content not in pages:
        parts = {part for entry in published.reports if entry.key for part in changed_parts(entry, batch)}
        causes = [CAUSES[part] for part in ("client", "code", "environment") if part in parts]
        reason = "it is not what the covers of the reports make" if not causes else "it is made otherwise now"
        cause: Cause = causes[0] if causes else "tampered output"
        yield Difference(None, INDEX, cause, reason, in_bytes(content, pages[0]))


def _index(published: Published, batch: Batch, shared: SharedKey) -> bytes:
    reports = [entry.report for entry in published.reports]
    current = {report.identity: shared.key(report, published.period) for report in reports}
    return index_page(batch.order.client, published.store, published.reports, current=current).encode()


def _shared_keys(published: Published, batch: Batch) -> Iterator[SharedKey]:
    """The shared keys that the run that wrote the index may have had; the index marks others as older.

    First what there is now, then every combination of what the manifest's reports were built from.
    """
    yield batch.order.shared_key
    keys = [(entry.kind, entry.key) for entry in published.reports if entry.key]
    wholes = dict.fromkeys((key["dataset"], key["client"], key["code"], key["environment"]) for _, key in keys)
    notebooks = {
        kind: dict.fromkeys(key["notebook"] for key_kind, key in keys if key_kind == kind)
        for kind in ("region", "sheet")
    }
    for whole, region, sheet in product(wholes, notebooks["region"], [*notebooks["sheet"], ""]):
        dataset, client, code, environment = whole
        yield SharedKey(dataset, client, code, environment, {"region": region, "sheet": sheet})
