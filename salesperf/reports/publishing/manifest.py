"""The manifest of a batch: what was made from what. The same batch gives the same bytes; what varies is in the log."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator

from salesperf.cover import Prior, cover
from salesperf.reports.keys import PARTS, Key
from salesperf.reports.report import FAILED, Kind, Report
from salesperf.reports.stores.store import Store

NAME = "manifest.json"
INDEX = "index.html"
LOG = "run-log.json"


def lies_inside(name: object) -> bool:
    """Whether something is a relative path that stays in the folder. A manifest may have been written by anybody."""
    if not isinstance(name, str) or not name or any(sign in name for sign in "\\:\0"):
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _inside(name: str) -> str:
    if not lies_inside(name):
        raise ValueError("leads out of the folder")
    return name


Inside = Annotated[str, AfterValidator(_inside)]


class _Part(BaseModel):
    """A part of the manifest with its fields as in JSON; unknown fields, of another version, are kept."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")


class Source(_Part):
    """A file that reports are made from, with its SHA-256 in hexadecimal."""

    path: str
    sha256: str


class InputFile(Source):
    """A file of the export, with its number of rows."""

    rows: int


class Output(_Part):
    """A published file, by its path in the folder, with its SHA-256 in hexadecimal."""

    path: Inside
    sha256: str


class ReportEntry(_Part):
    """The published files of a report, what they were made from, and the report's status.

    ``rep``, ``name``: id and name of the rep, for a sheet only; ``key``: that of the outputs, None where there are
    none; ``outputs``: of a failed report those that an earlier run published; ``error``: for a failed report only, in
    one line; ``left``: the files that a failure left; ``priors``: those that its scores rest on, where its cover tells
    of some (see `salesperf.cover`).
    """

    kind: Kind
    region: str
    rep: str = ""
    name: str = ""
    status: Literal["published", "failed", "missing"]
    key: dict[str, str] | None
    outputs: list[Output]
    error: str | None = None
    left: list[Inside] = []
    priors: dict[str, Prior] = {}

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        of_rep = {"rep", "name"} if self.kind == "sheet" else set()
        if self.model_fields_set & {"rep", "name"} != of_rep:
            raise ValueError("a sheet, and nothing else, is of a rep")
        if not self.outputs and self.status == "published":
            raise ValueError("what is published has files")
        if self.outputs and not set(PARTS) <= (self.key or {}).keys():
            raise ValueError("files have a key")
        if self.error is None and self.status == "failed":
            raise ValueError("a failure has an error")
        return self

    @property
    def report(self) -> Report:
        """The report of this entry; its ``file`` is "" where no page of it is published."""
        pages = [file.path.removesuffix(".html") for file in self.outputs if file.path.endswith(".html")]
        return Report(self.kind, self.region, pages[0] if pages else "", self.rep, self.name)

    @property
    def files(self) -> set[str]:
        """The paths of all its files: those published, and those that a failure left."""
        return {file.path for file in self.outputs} | set(self.left)


class Manifest(_Part):
    """The whole manifest; docs/batch.md describes its parts."""

    client: str
    period: str
    as_of: str | None = None
    sources: dict[str, Source]
    inputs: list[InputFile]
    environment: dict[str, str]
    regions: int | None = None
    sheets: int | None = None
    index: Output | None = None
    leaving: list[Inside] = []
    reports: list[ReportEntry]

    def parts(self) -> dict[str, Any]:
        """Its parts as they are written to JSON; ``leaving`` only where there is some."""
        return self.model_dump(exclude_unset=True, exclude=None if self.leaving else {"leaving"})


@dataclass(frozen=True)
class EarlierRuns:
    """What manifest and log on a store say of earlier runs; parts that are missing or malformed are left out.

    ``client``: the client's name, ``client_file``: the path of the client file in the last run, both "" if unknown; the
    other fields as in `Manifest`.
    """

    client: str
    client_file: str
    sources: Mapping[str, Source]
    regions: int | None
    sheets: int | None
    index: Output | None
    leaving: tuple[str, ...]
    reports: tuple[ReportEntry, ...]


def as_json(content: object) -> bytes:
    """Content as JSON with a fixed layout, in UTF-8, with a line break at its end."""
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def raw_manifest(store: Store) -> dict[str, Any]:
    """The manifest on a store, unchecked; empty where there is none that can be read."""
    return _read(store, NAME)


def log_of(store: Store) -> dict[str, Any]:
    """The log of the last run on a store, unchecked; empty where there is none that can be read."""
    return _read(store, LOG)


def _read(store: Store, name: str) -> dict[str, Any]:
    try:
        content = json.loads(store.read(name) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def earlier_runs(store: Store) -> EarlierRuns:
    """What manifest and log on a store say of earlier runs; they may be damaged or of another version.

    Where an entry is malformed and so left out, the index is too, as it shows a report that is not known any more.
    """
    parts = raw_manifest(store)
    client, log = parts.get("client"), log_of(store)
    sources, leaving, reports = (parts.get(part) for part in ("sources", "leaving", "reports"))
    regions, sheets = (count if isinstance(count := parts.get(part), int) else None for part in ("regions", "sheets"))
    named = sources.items() if isinstance(sources, dict) else ()
    entries = [_sound(ReportEntry, written) for written in reports] if isinstance(reports, list) else []
    return EarlierRuns(
        client=client if isinstance(client, str) else "",
        client_file=str(log.get("client_file", "")),
        sources={name: source for name, written in named if (source := _sound(Source, written))},
        regions=regions,
        sheets=sheets,
        index=_sound(Output, parts.get("index")) if all(entries) else None,
        leaving=tuple(name for name in leaving if lies_inside(name)) if isinstance(leaving, list) else (),
        reports=tuple(entry for entry in entries if entry),
    )


_Kind = TypeVar("_Kind", bound=_Part)


def _sound(kind: type[_Kind], content: object) -> _Kind | None:
    """A part of the manifest, checked; None where the content is not of its form."""
    try:
        return kind.model_validate(content)
    except ValidationError:
        return None


def published_entry(report: Report, key: Key, files: Mapping[str, bytes]) -> ReportEntry:
    """The entry of a report that was published; ``files``: path → content."""
    outputs = [output(name, content) for name, content in files.items()]
    told = cover(json.loads(files.get(report.notebook, b"{}")).get("cells", [])).get("priors")
    priors = {"priors": told} if told else {}
    return ReportEntry(**_identity(report), status="published", key=dict(key), outputs=outputs, error=None, **priors)


def failed_entry(report: Report, error: str, kept: ReportEntry | None, left: Iterable[str] = ()) -> ReportEntry:
    """The entry of a failed report.

    ``kept``: its entry so far, whose outputs stay published, None where it has none; ``left``: the paths of the files
    that the failure left.
    """
    outputs, key = (kept.outputs, kept.key) if kept else ([], None)
    priors: dict[str, Any] = {"priors": kept.priors} if kept and kept.priors else {}
    fields: dict[str, Any] = {"status": "failed", "key": key, "outputs": outputs, "error": error, "left": sorted(left)}
    return ReportEntry(**_identity(report), **fields, **priors)


def missing_entry(report: Report) -> ReportEntry:
    """The entry of a report that no run has made yet."""
    return ReportEntry(**_identity(report), status="missing", key=None, outputs=[], error=None)


def output(name: str, content: bytes) -> Output:
    """The manifest's entry of a published file."""
    return Output(path=name, sha256=hashlib.sha256(content).hexdigest())


def is_intact(published: Output, store: Store) -> bool:
    """Whether a file is on the store with the content that was published."""
    content = store.read(published.path)
    return content is not None and output(published.path, content).sha256 == published.sha256


def is_current(entry: ReportEntry | None, key: Key, store: Store) -> bool:
    """Whether a report is current: published with this key, and its files intact on the store."""
    if entry is None or entry.status != "published" or entry.key != key:
        return False
    return all(is_intact(file, store) for file in entry.outputs)


def is_finished(earlier: EarlierRuns, store: Store) -> bool:
    """Whether the last batch came to its end: index and log exist, and no published report has files of a failure."""
    index = store.read(INDEX)
    if index is None or earlier.index != output(INDEX, index) or store.read(LOG) is None:
        return False
    left = set(store.names(FAILED))
    return not any(left & {*entry.report.failure_files} for entry in earlier.reports if entry.status == "published")


def _identity(report: Report) -> dict[str, Any]:
    """The fields of an entry that say which report it is; for a sheet with the rep's id and name."""
    rep = {"rep": report.rep, "name": report.name} if report.kind == "sheet" else {}
    return {"kind": report.kind, "region": report.region, **rep}
