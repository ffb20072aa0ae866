"""The incentive plan as data: bonus, payout curve, tiers, cap, draw, awards, suggestions (docs/methods.md §8)."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from salesperf.data.export import Export
from salesperf.documents import Document, Place, Settings, checked
from salesperf.errors import RequestError, did_you_mean
from salesperf.measures.kpis import registry
from salesperf.params import Client, Name, Whole, preset_names
from salesperf.people.incentives.pay_rules import ZERO, Bonus, Cap, Commission, Curve, Draw, Money
from salesperf.periods import Period, parse_period

PRESETS = Path(__file__).parent / "presets"  # the plans that come with salesperf
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
Every = Literal["month", "quarter", "half", "year"]


class Person(Settings):
    """What one rep has of their own instead of the plan's: pay per settlement period."""

    rep: Name
    base: Money | None = None
    target_incentive: Money | None = None


class Award(Settings):
    """A prize for the best of a company, region or team by a KPI or by the score."""

    name: Name
    every: Every = "quarter"
    kpi: Name = "revenue_attainment"
    within: Literal["company", "region", "team"] = "region"
    at_least: float | None = None
    winners: Whole = Field(default=1, ge=1)
    prize: Money
    ties: Literal["each", "shared"] = "each"


class Promotion(Settings):
    """Who may be ready for more: a score for some periods on end, and potential in a high third."""

    score: float = Field(default=100, ge=0)
    periods: Whole = Field(default=2, ge=1, le=8)
    potential: Literal["high", "middle", "any"] = "high"


class Training(Settings):
    """Training for the KPI that costs a score most: from how many points, and the topic of each KPI.

    ``cases``: below so many a rate says too little of a person. A topic is one of salesperf's or the client's words.
    """

    gap: float = Field(default=5, gt=0)
    cases: Whole = Field(default=5, ge=0)
    topics: dict[str, Name] = {}


class Support(Settings):
    """A plan of support for whoever scores under a limit; without one, under the model's second lowest grade."""

    below: float | None = Field(default=None, gt=0)


class Suggestions(Settings):
    """The rules by which people are suggested for promotion, training and support; each may be left out."""

    promotion: Promotion | None = None
    training: Training | None = None
    support: Support | None = None


class IncentivePlan(Settings):
    """An incentive plan; every number in it can be changed in a file of the same form.

    Amounts are per settlement period; on-target earnings are base + target incentive.
    """

    every: Every = "quarter"
    since: str | None = None
    base: Money = ZERO
    target_incentive: Money = ZERO
    people: list[Person] = []
    bonus: Bonus | None = None
    curve: Curve | None = None
    commission: Commission | None = None
    cap: Cap | None = None
    draw: Draw | None = None
    awards: list[Award] = []
    suggestions: Suggestions = Suggestions()

    @field_validator("since", mode="before")
    @classmethod
    def since_is_text(cls, value: object) -> object:
        """YAML reads 2025 as a number; the form is checked where the fiscal year is known."""
        return value if value is None else str(value)

    @field_validator("people")
    @classmethod
    def people_once(cls, people: list[Person]) -> list[Person]:
        """Nobody has two agreements."""
        names = [person.rep for person in people]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"expected every rep once, got {twice[0]!r} twice")
        return people

    @model_validator(mode="after")
    def pays_something(self) -> Self:
        """A part that is a share of the target incentive needs one."""
        if not (self.bonus or self.curve or self.commission or self.awards):
            raise ValueError("expected a bonus, curve, commission or award, got none; add one")
        of_target = {"bonus": self.bonus and self.bonus.share, "curve": self.curve, "cap": self.cap and self.cap.times}
        if not self.target_incentive and not any(person.target_incentive for person in self.people):
            for name, part in of_target.items():
                if part:
                    raise ValueError(f"{name}: expected a target_incentive to take a share of, got none; add it")
        return self

    @property
    def length(self) -> int:
        """The months of a settlement period."""
        return MONTHS[self.every]

    @cached_property
    def by_attainment(self) -> bool:
        """Whether something is paid by attainment, so that nobody without a target can be paid."""
        return self.curve is not None or (self.commission is not None and self.commission.by == "attainment")

    @cached_property
    def own_terms(self) -> Mapping[str, Person]:
        """Rep id → what that rep has of their own."""
        return {person.rep: person for person in self.people}

    def incentive_of(self, rep: str) -> Decimal:
        """The target incentive of a rep for a whole settlement period."""
        own = self.own_terms.get(rep)
        return self.target_incentive if own is None or own.target_incentive is None else own.target_incentive

    def base_of(self, rep: str) -> Decimal:
        """The base pay of a rep for a whole settlement period."""
        own = self.own_terms.get(rep)
        return self.base if own is None or own.base is None else own.base


def read_incentives(export: Export) -> IncentivePlan | None:
    """The client's incentive plan: a preset, a file, or written out in the client file; None where there is none.

    Raises RequestError naming file, line and key, also for a rep or KPI that there is not.
    """
    if export.client.settings.incentives is None:
        return None
    return _checked(*export.client.written("incentives", PRESETS), export)


def plan_at(path: str, export: Export) -> IncentivePlan:
    """A plan by the name of a preset or by its file, relative to the client file or to here. Raises RequestError."""
    client, file = export.client, Path(path)
    if file.suffix not in (".yml", ".yaml") and path not in preset_names(PRESETS):
        way_out = did_you_mean(path, preset_names(PRESETS))
        raise RequestError(f"plan: {path!r} is not a preset (a file ends with .yml); {way_out}")
    if not (client.folder / file).is_file() and file.is_file():
        path = str(file.resolve())
    settings = client.settings.model_copy(update={"incentives": path})
    asked = Client(client.document, settings, client.period)
    return _checked(*asked.written("incentives", PRESETS), export)


def _checked(document: Document, at: Place, export: Export) -> IncentivePlan:
    known = registry(export)
    plan = checked(document, IncentivePlan, at)
    reps = {person["rep_id"] for person in export.tables.staff()}
    for place, person in enumerate(plan.people):
        if person.rep not in reps:
            message = f"rep: {person.rep!r} is not in the list of reps; {did_you_mean(person.rep, sorted(reps))}"
            raise document.error((*at, "people", place, "rep"), message)
    for place, award in enumerate(plan.awards):
        _check_kpi(document, (*at, "awards", place, "kpi"), award.kpi, ["score", *known])
    for kpi in plan.suggestions.training.topics if plan.suggestions.training else ():
        _check_kpi(document, (*at, "suggestions", "training", "topics", kpi), kpi, list(known))
    if plan.since is not None:
        try:
            parse_period(plan.since, export.period.fiscal_year_start)
        except RequestError as error:
            raise document.error((*at, "since"), str(error).replace("period:", "since:", 1)) from None
    return plan


def settlements(plan: IncentivePlan, period: Period) -> list[Period]:
    """The settlement periods of a plan in a period, in order; none where the period is shorter than one."""
    return periods_of(plan.length, period)


def periods_of(months: int, period: Period) -> list[Period]:
    """The periods of so many months in a period, in order; none where it is shorter."""
    starts = range(period.first, period.first + period.length - months + 1, months)
    return [Period(start, months, period.fiscal_year_start) for start in starts]


def _check_kpi(document: Document, place: Place, name: str, known: list[str]) -> None:
    if name not in known:
        raise document.error(place, f"kpi: {name!r} is not a KPI; {did_you_mean(name, known)}")
