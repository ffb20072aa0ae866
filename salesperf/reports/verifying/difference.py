"""One published report beside what it would be now: which of its files differ, where first, and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from salesperf.reports.publishing.manifest import Output, ReportEntry, is_intact
from salesperf.reports.report import Identity, Report
from salesperf.reports.stores.store import Store
from salesperf.reports.verifying.changes import Cause, Change
from salesperf.reports.verifying.clock import differ_by_moments, tells_now
from salesperf.reports.verifying.location import Location, in_bytes, in_notebook, in_page, page_of, text_of
from salesperf.reports.verifying.published import Published


@dataclass(frozen=True)
class Difference:
    """One file that is not what it should be: of which report (None for the batch's own), why, and where first.

    ``output``: its name in the folder, "" for a report that cannot be built at all; ``location``: None where there is
    nothing to compare.
    """

    report: Report | None
    output: str
    cause: Cause
    reason: str
    location: Location | None = None


@dataclass(frozen=True)
class Rebuilt:
    """Reports that were built again: where they lie, and the errors of those that failed."""

    store: Store
    errors: Mapping[Identity, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A published report beside what became of it now: built once, and where in doubt a second time."""

    published: Published
    entry: ReportEntry
    report: Report
    changes: tuple[Change, ...]
    first: Rebuilt
    second: Rebuilt | None = None

    @property
    def error(self) -> str:
        """Why it could not be built again, "" if it could."""
        return self.first.errors.get(self.report.identity, "")

    @property
    def unlike(self) -> list[str]:
        """The outputs that are something else than they are now, or than the manifest says."""
        outputs = dict.fromkeys([*_outputs(self.entry), *self.report.outputs])
        return [name for name in outputs if self._is_other(name) or _is_altered(self.published, self.entry, name)]

    def _is_other(self, name: str) -> bool:
        return self.published.store.read(name) != self.first.store.read(name)

    @property
    def is_doubtful(self) -> bool:
        """Whether only a second time can tell what a difference comes from."""
        intact = [name for name in self.unlike if not _is_altered(self.published, self.entry, name)]
        return not self.changes and bool(self.error or intact)


def altered(published: Published, entries: Iterable[ReportEntry]) -> list[Difference]:
    """The outputs that are not the files that the manifest names; nothing is built for this."""
    return [
        Difference(entry.report, name, "tampered output", _altered(published, name))
        for entry in entries
        for name in _outputs(entry)
        if _is_altered(published, entry, name)
    ]


def differences(case: Case) -> Iterator[Difference]:
    """The files of a report that are not what they should be; the report itself where it cannot be built again."""
    if case.error:
        yield from altered(case.published, [case.entry])
        yield Difference(case.report, "", *_why_it_fails(case))
        return
    for name in case.unlike:
        yield Difference(case.report, name, *_why(case, name), _spot(case, name))


def _why_it_fails(case: Case) -> tuple[Cause, str]:
    if case.changes:
        cause, reason = _told(case.changes)
        return cause, f"{reason}; it fails now: {case.error}"
    if case.second and not case.second.errors.get(case.report.identity):
        return "randomness", f"it failed once and not the second time: {case.error}"
    return "cannot be rebuilt", case.error


def _why(case: Case, name: str) -> tuple[Cause, str]:
    """Why an output is not what it was. What the file itself shows goes before what has changed around it."""
    published = case.published
    if _is_altered(published, case.entry, name):
        return "tampered output", _altered(published, name)
    if _is_edited_page(case, name):
        return "tampered output", "the page is not that of its notebook; the manifest was edited, too"
    if case.changes:
        return _told(case.changes)
    if name not in _outputs(case.entry):
        return "tampered output", "the manifest does not name the file"
    if name not in case.report.outputs:
        return "tampered output", "the report has no such file"
    assert case.second is not None
    stores = (published.store, case.first.store, case.second.store)
    return _why_by_building(*(text_of(one.read(name)) for one in stores))


def _why_by_building(published: str, once: str, again: str) -> tuple[Cause, str]:
    if differ_by_moments(once, again):
        return "time", "built twice, it differs in clocks, dates or durations"
    if once != again:
        return "randomness", "built twice, it differs"
    if tells_now(published, once, datetime.now(UTC)):
        return "time", "it says when it was built"
    known = "it is built the same twice; file and manifest were edited, or it is made from something no key knows"
    return "tampered output", known


def _told(parts: Sequence[Change]) -> tuple[Cause, str]:
    """What is looked for first, and whatever else has changed."""
    first, *others = parts
    rest = f" (also: {', '.join(one.cause for one in others)})" if others else ""
    return first.cause, first.reason + rest


def _is_edited_page(case: Case, name: str) -> bool:
    """Whether a page is not what its own notebook makes, under the same code: then it does not matter what changed."""
    page, notebook = case.report.outputs
    if name != page or {"code changed", "environment changed"} & {one.cause for one in case.changes}:
        return False
    if _is_altered(case.published, case.entry, notebook):
        return False

    def agrees(store: Store) -> bool:
        return page_of(store.read(notebook) or b"", case.report.title) == store.read(page)

    return agrees(case.first.store) and not agrees(case.published.store)


def _spot(case: Case, name: str) -> Location | None:
    page, notebook = case.report.outputs
    published, rebuilt = case.published.store.read(name), case.first.store.read(name)
    if published is None or rebuilt is None or published == rebuilt:
        return None
    if name == notebook:
        return in_notebook(published, rebuilt)
    location = in_bytes(published, rebuilt)
    ours, theirs = case.published.store.read(notebook), case.first.store.read(notebook) or b""
    if name == page:
        location = in_page(published, rebuilt, theirs, case.report.title)
    if location.number is None and ours not in (None, theirs):
        cell = in_notebook(ours or b"", theirs)
        return replace(location, cell=cell.cell, number=cell.number)
    return location


def _outputs(entry: ReportEntry) -> dict[str, Output]:
    """The outputs of an entry by their names."""
    return {one.path: one for one in entry.outputs}


def _is_altered(published: Published, entry: ReportEntry, name: str) -> bool:
    told = _outputs(entry)
    return name in told and not is_intact(told[name], published.store)


def _altered(published: Published, name: str) -> str:
    missing = published.store.read(name) is None
    return "the file is missing" if missing else "the file is not the one that the manifest names"
