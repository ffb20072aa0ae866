"""The client file: everything a batch needs to know about one client, checked whole before anything runs."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from salesperf.documents import Document, Settings, checked, read_document
from salesperf.errors import RequestError
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
)
Whole = Annotated[int, Field(strict=True)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Files = Name | Annotated[list[Name], Field(min_length=1)]


class Source(Settings):
    """Where the export lies and how its columns are called; paths are relative to the client file."""

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
    columns: dict[str, dict[str, str]] = {}
    values: dict[str, dict[str, dict[str, str]]] = {}
    date_format: str | None = None

    @model_validator(mode="after")
    def enough_tables(self) -> Self:
        """A batch needs its people and something they sold."""
        if self.reps is None or (self.opportunities is None and self.orders is None):
            raise ValueError("expected 'reps' and 'opportunities' or 'orders', got fewer; name their files here")
        return self

    def files(self, table: str) -> list[str]:
        """The files of a table as written in the client file; none when the client has no such table."""
        files: Files | None = getattr(self, table)
        return [files] if isinstance(files, str) else list(files or [])


class Definitions(Settings):
    """The conventions of METHODS.md §2 that a client may change."""

    new_customer_months: Whole = Field(default=12, ge=1, le=120)
    repeat_window_days: Whole = Field(default=90, ge=1, le=1000)
    repeat_look_back_months: Whole = Field(default=12, ge=1, le=60)
    survey_scale: tuple[Whole, Whole] = (1, 5)

    @field_validator("survey_scale")
    @classmethod
    def scale_rises(cls, scale: tuple[int, int]) -> tuple[int, int]:
        """A top-2 box needs two boxes."""
        if scale[1] - scale[0] < 2:
            raise ValueError(f"expected the lowest and the highest score, such as [1, 5], got {list(scale)}")
        return scale


class Reports(Settings):
    """What is published, and where; without a folder, ``reports/`` beside the folder of the client file."""

    formats: list[Literal["html"]] = Field(default=["html"], min_length=1)
    folder: str | None = None
    notebook: str | None = None


class ClientFile(Settings):
    """The schema of ``params/<client>.yml``."""

    client: Name
    language: Literal["en", "zh"] = "en"
    period: str
    fiscal_year_start: Whole = Field(default=1, ge=1, le=12)
    currency: str = Field(default="", max_length=8)
    source: Source
    model: str | dict[str, Any] = "core_three"
    definitions: Definitions = Definitions()
    reports: Reports = Reports()

    @field_validator("period", mode="before")
    @classmethod
    def period_is_text(cls, value: object) -> str:
        """YAML reads 2025 as a number; the form is checked where the fiscal year is known."""
        return "" if value is None else str(value)


@dataclass(frozen=True)
class Client:
    """A checked client file with the period asked for."""

    document: Document
    settings: ClientFile
    period: Period

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
        """The folder that paths in the client file start from."""
        return self.path.parent

    def model_place(self) -> Path | Mapping[str, Any] | str:
        """Where the scoring model is: a file, written out in the client file, or a preset's name."""
        model = self.settings.model
        if isinstance(model, str) and model.endswith((".yml", ".yaml")):
            return self.folder / model
        return model


def read_client(path: str | Path, period: str | None = None) -> Client:
    """The client file at ``path``, looked up from here upwards; ``period`` overrides the file's own.

    Raises RequestError naming file, line and key when anything in it is wrong.
    """
    document = read_document(find_upwards(Path(path)))
    settings = checked(document, ClientFile)
    try:
        own = parse_period(settings.period, settings.fiscal_year_start)
    except RequestError as error:
        raise document.error(("period",), str(error)) from None
    return Client(document, settings, parse_period(period, own.fiscal_year_start) if period else own)


def find_upwards(path: Path, start: Path | None = None) -> Path:
    """``path`` under ``start`` (default: here) or the nearest folder above that has it; else unchanged."""
    start = start or Path.cwd()
    for folder in (start, *start.resolve().parents):
        if os.path.isfile(folder / path):
            return folder / path if folder != Path.cwd() else path
    return path
