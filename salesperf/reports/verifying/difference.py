"""A published report compared with its rebuilt one: which files differ, where they first differ, and why."""

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
    """A file that is not what it should be.

    ``report``: None for a file of the whole batch; ``output``: its path in the folder, "" for a report that cannot be
    built at all; ``reason``: a line that says more than ``cause``; ``location``: where it first differs, None where
    there is nothing to compare.
    """

    report: Report | None
    output: str
    cause: Cause
    reason: str
    location: Location | None = None


@dataclass(frozen=True)
class Rebuilt:
    """Reports that were built again: the store that holds them, and an error line for each ("" if well)."""

    store: Store
    errors: Mapping[Identity, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A published report, its entry in the manifest, and the report rebuilt once; ``second``: again, where in doubt."""

    published: Published
    entry: ReportEntry
    report: Report
    changes: tuple[Change, ...]
    first: Rebuilt
    second: Rebuilt | None = None

    @property
    def error(self) -> str:
        """Why the report could not be built again; "" if it could."""
        return self.first.errors.get(self.report.identity, "")

    @property
    def differing(self) -> list[str]:
        """The paths of outputs that differ from the rebuilt ones or from what the manifest says."""
        outputs = dict.fromkeys([*_outputs(self.entry), *self.report.outputs])
        return [name for name in outputs if self._differs(name) or _is_altered(self.published, self.entry, name)]

    def _differs(self, name: str) -> bool:
        return self.published.store.read(name) != self.first.store.read(name)

    @property
    def is_doubtful(self) -> bool:
        """Whether the report must be built a second time to find the cause of a difference: its key is the same."""
        intact = [name for name in self.differing if not _is_altered(self.published, self.entry, name)]
        return not self.changes and bool(self.error or intact)


def altered(published: Published, entries: Iterable[ReportEntry]) -> list[Difference]:
    """The outputs of entries that are missing or have another hash than the manifest says; builds nothing."""
    return [
        Difference(entry.report, name, "tampered output", _alteration(published, name))
        for entry in entries
        for name in _outputs(entry)
        if _is_altered(published, entry, name)
    ]


def differences(case: Case) -> Iterator[Difference]:
    """The files of a report that differ; where it cannot be built again, a difference of the report as a whole."""
    if case.error:
        yield from altered(case.published, [case.entry])
        yield Difference(case.report, "", *_why_it_fails(case))
        return
    for name in case.differing:
        yield Difference(case.report, name, *_why(case, name), _location(case, name))


def _why_it_fails(case: Case) -> tuple[Cause, str]:
    if case.changes:
        cause, reason = _cause_of(case.changes)
        return cause, f"{reason}; it fails now: {case.error}"
    if case.second and not case.second.errors.get(case.report.identity):
        return "randomness", f"it failed once and not the second time: {case.error}"
    return "cannot be rebuilt", case.error


def _why(case: Case, name: str) -> tuple[Cause, str]:
    """Why an output differs. An edit that the file itself shows comes before what has changed since it was built."""
    published = case.published
    if _is_altered(published, case.entry, name):
        return "tampered output", _alteration(published, name)
    if _is_edited_page(case, name):
        return "tampered output", "the page is not that of its notebook; the manifest was edited, too"
    if case.changes:
        return _cause_of(case.changes)
    if name not in _outputs(case.entry):
        return "tampered output", "the manifest does not name the file"
    if name not in case.report.outputs:
        return "tampered output", "the report has no such file"
    assert case.second is not None
    stores = (published.store, case.first.store, case.second.store)
    return _why_by_building(*(text_of(store.read(name)) for store in stores))


def _why_by_building(published: str, once: str, again: str) -> tuple[Cause, str]:
    """Why a published text differs though nothing has changed, from the texts of two builds."""
    if differ_by_moments(once, again):
        return "time", "built twice, it differs in clocks, dates or durations"
    if once != again:
        return "randomness", "built twice, it differs"
    if tells_now(published, once, datetime.now(UTC)):
        return "time", "it says when it was built"
    known = "it is built the same twice; file and manifest were edited, or it is made from something no key knows"
    return "tampered output", known


def _cause_of(parts: Sequence[Change]) -> tuple[Cause, str]:
    """The cause and reason of the first change; the reason names the causes of the others."""
    first, *others = parts
    rest = f" (also: {', '.join(change.cause for change in others)})" if others else ""
    return first.cause, first.reason + rest


def _is_edited_page(case: Case, name: str) -> bool:
    """Whether an output is a page that its own, unaltered notebook does not give, under the same code and packages.

    Such a page was edited, whatever has changed since.
    """
    page, notebook = case.report.outputs
    if name != page or {"code changed", "environment changed"} & {change.cause for change in case.changes}:
        return False
    if _is_altered(case.published, case.entry, notebook):
        return False

    def agrees(store: Store) -> bool:
        return page_of(store.read(notebook) or b"", case.report) == store.read(page)

    return agrees(case.first.store) and not agrees(case.published.store)


def _location(case: Case, name: str) -> Location | None:
    page, notebook = case.report.outputs
    published, rebuilt = case.published.store.read(name), case.first.store.read(name)
    if published is None or rebuilt is None or published == rebuilt:
        return None
    if name == notebook:
        return in_notebook(published, rebuilt)
    location = in_bytes(published, rebuilt)
    published_notebook = case.published.store.read(notebook)
    rebuilt_notebook = case.first.store.read(notebook) or b""
    if name == page:
        location = in_page(published, rebuilt, rebuilt_notebook, case.report)
    if location.number is None and published_notebook not in (None, rebuilt_notebook):
        cell = in_notebook(published_notebook or b"", rebuilt_notebook)
        return replace(location, cell=cell.cell, number=cell.number)
    return location


def _outputs(entry: ReportEntry) -> dict[str, Output]:
    """The outputs of an entry by path."""
    return {output.path: output for output in entry.outputs}


def _is_altered(published: Published, entry: ReportEntry, name: str) -> bool:
    outputs = _outputs(entry)
    return name in outputs and not is_intact(outputs[name], published.store)


def _alteration(published: Published, name: str) -> str:
    missing = published.store.read(name) is None
    return "the file is missing" if missing else "the file is not the one that the manifest names"
