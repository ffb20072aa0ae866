"""The client file: all settings of a client, checked as a whole before anything runs."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from salesperf.calendars import Calendar
from salesperf.client_calendar import CalendarRow, read_calendar
from salesperf.documents import Document, Place, Settings, checked, read_document
from salesperf.errors import RequestError, did_you_mean
from salesperf.language import Voice
from salesperf.periods import Period, parse_period

TABLE_NAMES = (
    "reps",
    "opportunities",
    "orders",
    "accounts",
    "stage_history",
    "activities",
    "surveys",
    "assessments",
    "key_results",
    "targets",
    "splits",
    "actions",
)
Whole = Annotated[int, Field(strict=True)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Files = Name | Annotated[list[Name], Field(min_length=1)]
Credit = Literal["rep", "deal"]
Part = str | dict[str, Any]  # of a client file: a preset, a file, or written out
DateForms = str | Annotated[list[str], Field(min_length=1)]


class Source(Settings):
    """The files of the export, by table, and how their columns and values are named; see docs/client_file.md.

    Paths are relative to the client file. ``columns``: table → canonical column → name in the export; ``values``:
    table → canonical column → value in the export → canonical value; ``date_format``: strptime forms of dates in text,
    of all tables or by table, and there of all columns or by column; ``header_line``: table → the line of its CSV files
    where the header is; ``order_lines``: whether several rows of one order are its lines; ``decimal_mark``: what parts
    decimals in the CSV files; ``time_zone``: in which zoned times are dated where a Parquet file records none but UTC;
    ``rates``: currency → what one of it is in the client's.
    """

    preset: str | None = None
    reps: Files | None = None
    opportunities: Files | None = None
    orders: Files | None = None
    accounts: Files | None = None
    stage_history: Files | None = None
    activities: Files | None = None
    surveys: Files | None = None
    assessments: Files | None = None
    key_results: Files | None = None
    targets: Files | None = None
    splits: Files | None = None
    actions: Files | None = None
    columns: dict[str, dict[str, str]] = {}
    values: dict[str, dict[str, dict[str, str]]] = {}
    order_lines: bool = False
    header_line: dict[str, Annotated[int, Field(strict=True, ge=1)]] = {}
    decimal_mark: Literal[".", ","] | None = None
    time_zone: str = "UTC"
    rates: dict[str, Annotated[Decimal, Field(gt=0)]] = {}
    date_format: DateForms | dict[str, DateForms | dict[str, DateForms]] | None = None

    @model_validator(mode="after")
    def enough_tables(self) -> Self:
        """Raises ValueError without reps, or without both opportunities and orders."""
        if self.reps is None or (self.opportunities is None and self.orders is None):
            raise ValueError("expected 'reps' and 'opportunities' or 'orders', got fewer; name their files here")
        return self

    def date_forms(self, table: str, column: str) -> tuple[str, ...]:
        """The strptime forms of the dates in a canonical column; empty where they are as in 2025-01-31."""
        given: object = self.date_format
        for key in (table, column):
            if isinstance(given, dict):
                given = given.get(key, [])
        return (given,) if isinstance(given, str) else tuple(given or ())  # type: ignore[arg-type]

    def files(self, table: str) -> list[str]:
        """The paths, patterns and URLs of a table as written in the client file; empty where it has no such table."""
        files: Files | None = getattr(self, table)
        return [files] if isinstance(files, str) else list(files or [])


class Definitions(Settings):
    """The conventions of docs/methods.md §2 that a client may change."""

    new_customer_months: Whole = Field(default=12, ge=1, le=120)
    repeat_window_days: Whole = Field(default=90, ge=1, le=1000)
    repeat_look_back_months: Whole = Field(default=12, ge=1, le=60)
    win_rate_cohort_days: Whole = Field(default=90, ge=1, le=3650)
    survey_scale: tuple[Whole, Whole] = (1, 5)
    rating_scale: tuple[Whole, Whole] = (1, 5)

    @field_validator("survey_scale", "rating_scale")
    @classmethod
    def scale_rises(cls, scale: tuple[int, int]) -> tuple[int, int]:
        """Raises ValueError for a scale of fewer than three scores: two would all be in the two best boxes."""
        if scale[1] - scale[0] < 2:
            raise ValueError(f"expected the lowest and the highest score, such as [1, 5], got {list(scale)}")
        return scale


class Reports(Settings):
    """What is published, and where; default folder: ``reports/`` beside the folder of the client file."""

    formats: list[Literal["html"]] = Field(default=["html"], min_length=1)
    folder: str | None = None
    notebook: str | None = None
    sheet_notebook: str | None = None


class ClientFile(Settings):
    """The schema of ``params/<client>.yml``.

    The parts that are plain values here (kpis, targets, model, incentives) are checked where they are used, against
    schemas of their own.
    """

    client: Name
    language: Literal["en", "zh"] = "en"
    period: str
    fiscal_year_start: Whole = Field(default=1, ge=1, le=12)
    fiscal_year_named: Literal["start", "end"] = "start"
    calendar: Name | list[CalendarRow] | None = None
    currency: str = Field(default="", max_length=8)
    as_of: date | None = None
    credit: Credit = "rep"
    source: Source
    kpis: dict[str, Any] = {}
    targets: dict[str, Any] = {}
    model: Part | Annotated[list[Part], Field(min_length=1)] = "core_three"
    incentives: Part | None = None
    definitions: Definitions = Definitions()
    reports: Reports = Reports()

    @property
    def fiscal_start(self) -> int:
        """The month with which fiscal years start, as `Period` counts it: 1 to 12, or less by 12."""
        is_named_later = self.fiscal_year_named == "end" and self.fiscal_year_start > 1
        return self.fiscal_year_start - 12 * is_named_later

    @field_validator("period", mode="before")
    @classmethod
    def period_is_text(cls, value: object) -> str:
        """The period as text, as YAML reads 2025 as a number; its form is checked in `read_client`."""
        return "" if value is None else str(value)


@dataclass(frozen=True, eq=False)
class Client:
    """A checked client file with the period asked for. Compared by identity.

    ``options``: what was given in place of the file's own settings, beside the period: "as_of" → the day, as text.
    """

    document: Document
    settings: ClientFile
    period: Period
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The client file."""
        return self.document.path

    @property
    def name(self) -> str:
        """The client's name, as printed."""
        return self.settings.client

    @property
    def folder(self) -> Path:
        """The folder of the client file; its paths are relative to it."""
        return self.path.parent

    @property
    def voice(self) -> Voice:
        """The words and number forms of the client's reports, with the names of its own KPIs."""
        names = {
            name: str(settings.get("name", name))
            for name, settings in self.settings.kpis.items()
            if isinstance(settings, dict)
        }
        return Voice(self.settings.language, self.settings.currency, names, self.calendar.named)

    @property
    def calendar(self) -> Calendar:
        """Which days the months of its fiscal calendar have."""
        return self.period.calendar

    @property
    def fiscal(self) -> tuple[int, Calendar]:
        """Its fiscal calendar: the month with which years start, as `Period` counts it, and the days of months."""
        return self.period.fiscal_year_start, self.period.calendar

    @property
    def fingerprint(self) -> str:
        """The SHA-256, in hexadecimal, of the settings, the period and the files of model, incentives and calendar."""
        parts = [file.read_bytes() for file in self.files()[1:]]
        contents = [self.settings.model_dump_json().encode(), repr(self.period).encode(), *parts]
        return sha256(b"".join(sha256(part).digest() for part in contents)).hexdigest()

    def files(self) -> list[Path]:
        """The client file, and behind it the existing files that it names for its model, incentives and calendar."""
        models = self.settings.model
        parts = (*(models if isinstance(models, list) else [models]), self.settings.incentives)
        named = [self.folder / name for name in parts if isinstance(name, str) and _is_file(name)]
        if isinstance(self.settings.calendar, str):
            named.append(self.folder / self.settings.calendar)
        return [self.path, *(path for path in named if path.is_file())]

    def written(self, key: str, presets: Path) -> tuple[Document, Place]:
        """The document and the place in it where a part of the client file (``key``) is written.

        That is a preset where the value is a name, another file where it ends with .yml or .yaml, else the client file.
        ``presets``: the folder of the presets. Raises RequestError where there is no such preset or file.
        """
        return self._written((key,), getattr(self.settings, key), presets)

    def all_written(self, key: str, presets: Path) -> list[tuple[Document, Place]]:
        """As `written`, for each item where the part is a list, else for the part alone."""
        value = getattr(self.settings, key)
        if not isinstance(value, list):
            return [self.written(key, presets)]
        return [self._written((key, place), item, presets) for place, item in enumerate(value)]

    def _written(self, at: Place, value: Part, presets: Path) -> tuple[Document, Place]:
        if not isinstance(value, str):
            return self.document, at
        if _is_file(value):
            return read_document(self.folder / value), ()
        known = preset_names(presets)
        if value not in known:
            unknown = f"{at[0]}: {value!r} is not a preset (a file ends with .yml); {did_you_mean(value, known)}"
            raise self.document.error(at, unknown)
        return read_document(presets / f"{value}.yml"), ()

    def written_at(self, key: str, presets: Path, path: str, *, called: str) -> tuple[Document, Place]:
        """The document and the place in it of another such part, by the name of a preset or by its file.

        ``called``: what an error calls the part. A relative path is looked up from the client file's folder, then from
        the working folder and those above it (see `find_upwards`). Raises RequestError where there is no such preset or
        file.
        """
        if not _is_file(path) and path not in preset_names(presets):
            way_out = did_you_mean(path, preset_names(presets))
            raise RequestError(f"{called}: {path!r} is not a preset (a file ends with .yml); {way_out}")
        if _is_file(path) and not (self.folder / path).is_file():
            found = find_upwards(Path(path))
            if not found.is_file():
                raise RequestError(f"{path}: expected a file, found none; check the path")
            path = str(found.resolve())
        settings = self.settings.model_copy(update={key: path})
        return Client(self.document, settings, self.period).written(key, presets)


def _is_file(value: str) -> bool:
    """Whether the value of a part of the client file names a file, not a preset."""
    return value.endswith((".yml", ".yaml"))


def preset_names(presets: Path) -> list[str]:
    """The names of the presets in a folder, sorted."""
    return sorted(path.stem for path in presets.glob("*.yml"))


def read_client(path: str | Path, period: str | None = None, as_of: str | None = None) -> Client:
    """The client file at ``path`` (see `find_upwards`); ``period`` and ``as_of`` override the file's own.

    Raises RequestError naming file, line and key when anything in it is wrong, and for what is no period or no day.
    """
    document = read_document(find_upwards(Path(path)))
    settings = checked(document, ClientFile)
    if as_of is not None:
        settings = settings.model_copy(update={"as_of": _day(as_of)})
    options = {} if as_of is None else {"as_of": str(settings.as_of)}
    fiscal = settings.fiscal_start, read_calendar(document, settings.calendar, settings.fiscal_start)
    try:
        default = parse_period(settings.period, *fiscal)
    except RequestError as error:
        raise document.error(("period",), str(error)) from None
    return Client(document, settings, default if period is None else parse_period(period, *fiscal), options)


def _day(text: str) -> date:
    """The day that a text names. Raises RequestError where it names none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RequestError(f"as_of: expected a day such as 2025-12-31, got {text!r}; correct it") from None


def client_file_near(name: str, place: Path) -> Path:
    """The client file that a page or a folder of reports names: by its file name, whatever folder ``name`` gives.

    It is looked for in the folder ``place``, or that of the file ``place``, and in those above, there also in params/.
    Raises RequestError where there is none.
    """
    start = place.resolve() if place.is_dir() else place.resolve().parent
    file = Path(name).name
    for part in (Path("params", file), Path(file)):
        for folder in (start, *start.parents):
            if (folder / part).is_file():
                return folder / part
    raise RequestError(
        f"{place}: expected its client file {file!r} there or in a folder above, got none; name it with --params"
    )


def find_upwards(path: Path, start: Path | None = None) -> Path:
    """``path`` in the folder ``start`` (default: the working folder) or the nearest one above that has such a file.

    Where none has it, ``path`` itself, unchanged.
    """
    start = start or Path.cwd()
    for folder in (start, *start.resolve().parents):
        if os.path.isfile(folder / path):
            return folder / path if folder != Path.cwd() else path
    return path
