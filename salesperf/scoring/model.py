"""A scoring model as data: perspectives, KPIs, weights, anchors and grades (docs/models.md)."""

import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from salesperf.documents import Document, Place, Settings, checked
from salesperf.errors import RequestError, did_you_mean
from salesperf.measures.kpis import Kpi
from salesperf.params import Client, read_client
from salesperf.periods import Period, parse_period

MODELS = Path(__file__).parent / "presets"  # the models that come with salesperf
SUM_TOLERANCE = 1e-6  # of weights and shares, which people write with few decimals: 0.666667
MEASURED_TOLERANCE = 5e-7  # of a share of weight: half of the last digit of such a weight
Share = Annotated[float, Field(ge=0, le=1)]


class Points(Settings):
    """The points at the three anchors; they must rise."""

    threshold: float = Field(default=60, ge=0)
    target: float = 100
    excellent: float = 120

    @model_validator(mode="after")
    def rise(self) -> Self:
        """Raises ValueError unless threshold < target < excellent."""
        if not self.threshold < self.target < self.excellent:
            raise ValueError("expected threshold < target < excellent; put them in order")
        return self


class Anchors(Settings):
    """The values of a KPI at threshold, target and excellent: rising where higher is better, else falling."""

    threshold: float = Field(allow_inf_nan=False)
    target: float = Field(allow_inf_nan=False)
    excellent: float = Field(allow_inf_nan=False)

    @property
    def rising(self) -> bool:
        """Whether higher is better."""
        return self.threshold < self.excellent

    @model_validator(mode="after")
    def in_order(self) -> Self:
        """Raises ValueError unless the anchors rise or fall; otherwise a worse value would earn more points."""
        up = self.threshold < self.target < self.excellent
        if not up and not self.threshold > self.target > self.excellent:
            got = f"{self.threshold:g}, {self.target:g}, {self.excellent:g}"
            raise ValueError(f"expected threshold, target and excellent in order, got {got}")
        return self


class WeightedKpi(Settings):
    """A KPI of a perspective: its id, its share of the perspective's weight, and its anchors.

    ``least_cases``: of a proportion, the number of cases from which a person's own counts as it is; one of fewer cases
    is drawn to its prior (docs/methods.md §3). ``between``: the least and the most of the whole score that policy lets
    the KPI be, from 0 to 1.
    """

    kpi: str
    weight: float = Field(gt=0, le=1)
    anchors: Anchors
    least_cases: int = Field(default=10, ge=0)
    between: tuple[Share, Share] | None = None

    @field_validator("between")
    @classmethod
    def between_in_order(cls, between: tuple[float, float] | None) -> tuple[float, float] | None:
        """Raises ValueError unless the least is not above the most."""
        if between and between[0] > between[1]:
            raise ValueError(f"expected the least before the most, got {between[0]:g}, {between[1]:g}")
        return between


class Perspective(Settings):
    """A side of performance with its share of the score.

    ``apart``: whether it is printed in a block of its own. ``pay_weight``: its weight in the pay score, in proportion
    to those of the other perspectives; by default ``weight``.
    """

    name: str = Field(min_length=1)
    weight: float = Field(gt=0, le=1)
    pay_weight: Share | None = None
    apart: bool = False
    kpis: list[WeightedKpi] = Field(min_length=1)

    @property
    def pays(self) -> float:
        """Its weight in the pay score."""
        return self.weight if self.pay_weight is None else self.pay_weight

    @field_validator("kpis")
    @classmethod
    def weights_sum_to_one(cls, kpis: list[WeightedKpi]) -> list[WeightedKpi]:
        """Raises ValueError unless the weights of the KPIs sum to 1."""
        _check_sum("weights", [kpi.weight for kpi in kpis])
        return kpis


class Grade(Settings):
    """A grade: its letter, the score from which on it is given, and its coefficient for the bonus."""

    grade: str = Field(min_length=1, max_length=4)
    at_least: float = Field(ge=0)
    coefficient: float = Field(ge=0)


def _usual_grades() -> list[Grade]:
    scale = (("S", 110, 1.5), ("A", 100, 1.2), ("B", 80, 1.0), ("C", 60, 0.7), ("D", 0, 0))
    return [Grade(grade=grade, at_least=points, coefficient=bonus) for grade, points, bonus in scale]


class Adopted(Settings):
    """Who put a model in force, when and why, as they say; ``remarks``: what the file that it was taken from says."""

    reason: str = Field(min_length=1)
    author: str = Field(min_length=1)
    date: datetime.date
    remarks: list[str] = []


class Model(Settings):
    """A scoring model.

    ``starts``: ``from`` in a file, the first period that it is for, None where it is for all; ``adopted``: by whom.
    ``grades``: from best to worst. ``forced``: grade → the share of people who get it in a forced distribution; empty
    where grades are as earned. ``measured_at_least``: the share of weight that must be measured for a score.
    ``without_cases``: what happens to a rate without cases: "neutral", the company's earlier rate stands in for it, or
    "moves", its weight moves to the other KPIs.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    starts: str | None = Field(default=None, alias="from")
    adopted: Adopted | None = None
    perspectives: list[Perspective] = Field(min_length=1)
    points: Points = Points()
    grades: list[Grade] = Field(default_factory=_usual_grades, min_length=1)
    forced: dict[str, Share] = {}
    measured_at_least: Share = 0.60
    without_cases: Literal["neutral", "moves"] = "neutral"

    @field_validator("starts", mode="before")
    @classmethod
    def starts_is_text(cls, value: object) -> object:
        """The period as text, as YAML reads 2026 as a number; its form is checked in `read_models`."""
        return str(value) if isinstance(value, int) else value

    @field_validator("perspectives")
    @classmethod
    def weights_sum_to_one(cls, perspectives: list[Perspective]) -> list[Perspective]:
        """Raises ValueError unless weights sum to 1, names and KPIs are unique, and some perspective counts for pay."""
        _check_sum("weights", [perspective.weight for perspective in perspectives])
        _check_once("KPI", [kpi.kpi for perspective in perspectives for kpi in perspective.kpis])
        _check_once("perspective", [perspective.name for perspective in perspectives])
        for perspective in perspectives:
            for kpi in perspective.kpis:
                share, (least, most) = perspective.weight * kpi.weight, kpi.between or (0.0, 1.0)
                if not least - SUM_TOLERANCE <= share <= most + SUM_TOLERANCE:
                    bounds = f"{least:g} to {most:g} of the score for {kpi.kpi!r}"
                    raise ValueError(f"expected {bounds}, got {share:g}; change the weights or 'between'")
        if not any(perspective.pays for perspective in perspectives):
            raise ValueError("expected a pay_weight over 0, got 0 for all; raise one or leave one out")
        return perspectives

    @field_validator("grades")
    @classmethod
    def grades_fall_to_zero(cls, grades: list[Grade]) -> list[Grade]:
        """Raises ValueError unless grades are unique and their limits fall to 0, so that every score has one grade."""
        _check_once("grade", [grade.grade for grade in grades])
        limits = [grade.at_least for grade in grades]
        if limits != sorted(set(limits), reverse=True) or limits[-1] != 0:
            raise ValueError(f"expected limits falling to 0, got {', '.join(f'{limit:g}' for limit in limits)}")
        return grades

    @field_validator("forced")
    @classmethod
    def forced_shares_sum_to_one(cls, forced: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        """Raises ValueError unless there is a share for every grade and no other, and the shares sum to 1."""
        if not forced or "grades" not in info.data:
            return forced
        grades = [grade.grade for grade in info.data["grades"]]
        if unknown := [name for name in forced if name not in grades]:
            raise ValueError(f"{unknown[0]!r} is not a grade; {did_you_mean(unknown[0], grades)}")
        if missing := [name for name in grades if name not in forced]:
            raise ValueError(f"expected a share of every grade, got none of {missing[0]!r}; 0 is allowed")
        _check_sum("shares", list(forced.values()))
        return forced

    @property
    def pays_otherwise(self) -> bool:
        """Whether the pay score differs from the score: some perspective has another weight for pay."""
        return any(perspective.pays != perspective.weight for perspective in self.perspectives)

    def as_earned(self) -> "Model":
        """The same model without a forced distribution."""
        return self.model_copy(update={"forced": {}})

    @property
    def kpi_ids(self) -> list[str]:
        """The ids of its KPIs, in the order of the file."""
        return [kpi.kpi for _, kpi in self.kpis()]

    def kpis(self) -> Iterator[tuple[Perspective, WeightedKpi]]:
        """Every KPI with its perspective, in the order of the file."""
        for perspective in self.perspectives:
            for kpi in perspective.kpis:
                yield perspective, kpi


def read_model(client: Client, known: Mapping[str, Kpi], period: Period | None = None) -> Model:
    """The client's scoring model of a period, by default its own: a preset, a file, or written out in the client file.

    Of several, the last whose ``from`` begins no later than the period. ``known``: id → KPI. Raises RequestError as
    `read_models` does, and where the first model is for later periods.
    """
    asked, models = period or client.period, read_models(client, known)
    in_force = [model for start, model in models if start is None or start.first <= asked.first]
    if not in_force:
        wrong = f"model: expected one for {asked}, got the first from {models[0][0]}; name the one before it, too"
        raise client.document.error(("model",), f"{wrong}: [core_three, ours.yml]")
    return in_force[-1]


def read_models(client: Client, known: Mapping[str, Kpi]) -> list[tuple[Period | None, Model]]:
    """All of the client's scoring models, oldest first, each with the first period that it is for, None for all.

    Raises RequestError with file, line and key of what is wrong, also for a KPI that is not known, for anchors that
    fall where higher is better, or rise where lower is, for ``least_cases`` of what has no cases, and where a model is
    not for later periods than the one before it.
    """
    models: list[tuple[Period | None, Model]] = []
    for document, at in client.all_written("model", MODELS):
        model = checked_model(document, at, known)
        start = _start(client, document, at, model)
        before = models[-1][0] if models else None
        if models and (start is None or (before and start.first <= before.first)):
            after = f"a period after {before}" if before else "a period such as 2026Q1"
            got = "none" if start is None else start.label
            raise document.error((*at, "from"), f"from: expected {after}, as it is not the first model, got {got}")
        models.append((start, model))
    return models


def model_at(path: str, client: Client, known: Mapping[str, Kpi]) -> Model:
    """A model by the name of a preset, by its file, or by the client file that names it or has it written out.

    Of a client file with several, the last one. A file is looked up as `Client.written_at` does. Raises RequestError
    for a name that is no preset, and as `read_models` does.
    """
    document, at = client.written_at("model", MODELS, path, called="model")
    if isinstance(document.content, dict) and "client" in document.content:
        return read_models(read_client(document.path), known)[-1][1]
    return checked_model(document, at, known)


def _start(client: Client, document: Document, at: Place, model: Model) -> Period | None:
    """The first period that a model is for; None where it is for all."""
    if model.starts is None:
        return None
    try:
        return parse_period(model.starts, *client.fiscal)
    except RequestError as error:
        raise document.error((*at, "from"), str(error).replace("period:", "from:", 1)) from None


def checked_model(document: Document, at: Place, known: Mapping[str, Kpi]) -> Model:
    """The model that stands at a place of a document, checked against the known KPIs. Raises RequestError."""
    model = checked(document, Model, at)
    for i, perspective in enumerate(model.perspectives):
        for j, kpi in enumerate(perspective.kpis):
            here = (*at, "perspectives", i, "kpis", j)
            if kpi.kpi not in known:
                raise document.error((*here, "kpi"), f"kpi: {kpi.kpi!r} is not a KPI; {did_you_mean(kpi.kpi, known)}")
            if kpi.anchors.rising != (known[kpi.kpi].better == "higher"):
                better = known[kpi.kpi].better
                wrong = f"anchors: {better} is better for {kpi.kpi!r}; turn the anchors round"
                raise document.error((*here, "anchors"), wrong)
            if "least_cases" in kpi.model_fields_set and not known[kpi.kpi].is_proportion:
                wrong = f"least_cases: expected a share of cases, such as 'satisfaction', got {kpi.kpi!r}; leave it out"
                raise document.error((*here, "least_cases"), wrong)
    return model


def _check_sum(what: str, parts: list[float]) -> None:
    total = sum((Decimal(str(part)) for part in parts), Decimal(0))
    if abs(total - 1) > Decimal(str(SUM_TOLERANCE)):
        raise ValueError(f"expected {what} that sum to 1, got {total:f}; correct them")


def _check_once(what: str, names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"expected every {what} once, got {twice[0]!r} twice")
