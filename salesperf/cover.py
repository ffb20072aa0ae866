"""The cover of a report: title, headline figures and trend, taken from the executed notebook for page and index.

Exhibits add parts of it to the notebook as outputs of the MIME type `COVER_TYPE`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

COVER_TYPE = "application/vnd.salesperf.cover+json"


class Figure(BaseModel):
    """A figure of the headline, as printed; ``known``: whether it is available; ``n``: the cases behind it."""

    model_config = ConfigDict(extra="allow")

    label: str
    value: str
    known: bool = True
    n: str | None = None


class Prior(BaseModel):
    """The prior of a rate: its mean, 0 to 1, and its strength in cases, None where that is infinite."""

    model_config = ConfigDict(frozen=True, extra="allow")

    mean: float
    strength: float | None


class Company(BaseModel):
    """The whole company beside the region of a report: its figures and trend (see `Cover`)."""

    model_config = ConfigDict(extra="allow")

    sentence: str | None = None
    figures: list[Figure] = []
    trend: list[tuple[str, float | None]] = []
    targets: list[float | None] = []


class Cover(BaseModel):
    """The schema of a cover; unknown parts are allowed.

    ``trend``: labels of periods with their revenue, None where that is not available; ``targets``: the target of each,
    None without one; ``incomplete``: labels of those that are covered in part only; ``attainment``: of the period, None
    where it is not available; ``priors``: by the id of a rate of which few cases are drawn to it.
    """

    model_config = ConfigDict(extra="allow")

    title: str | None = None
    client: str | None = None
    region: str | None = None
    period: str | None = None
    language: str | None = None
    dates: str | None = None
    sentence: str | None = None
    figures: list[Figure] = []
    trend: list[tuple[str, float | None]] = []
    targets: list[float | None] = []
    incomplete: list[str] = []
    attainment: float | None = None
    priors: dict[str, Prior] = {}
    company: Company | None = None


def cover(cells: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The parts of the cover in the outputs of notebook cells, by name; of two of one name the later one counts.

    Empty where the notebook has none. Raises ValueError where a part does not fit `Cover`.
    """
    parts: dict[str, Any] = {}
    for cell in cells:
        for output in cell.get("outputs", []):
            part = output.get("data", {}).get(COVER_TYPE, {})
            if not isinstance(part, dict):
                raise ValueError(f"cover: expected its parts by name, got {part!r}")
            parts |= part
    try:
        Cover.model_validate(parts)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        raise ValueError(f"cover: {place}: {fault['msg']}, got {fault['input']!r}") from None
    return parts
