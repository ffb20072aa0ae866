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
from salesperf.params import Name, Whole
from salesperf.people.incentives.pay_rules import ZERO, Bonus, Cap, Commission, Curve, Draw, Money
from salesperf.periods import Period, parse_period

PRESETS = Path(__file__).parent / "presets"  # the plans that come with salesperf
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
Every = Literal["month", "quarter", "half", "year"]


class PersonTerms(Settings):
    """What a rep is agreed to get per settlement period instead of the plan's amounts; None leaves those."""

    rep: Name
    base: Money | None = None
    target_incentive: Money | None = None


class Award(Settings):
    """A prize for the best reps of the company, of every region or of every team, by a KPI or the score.

    ``every``: the length of the periods that it is given for; ``kpi``: a KPI's id or "score"; ``at_least``: the value
    that a winner needs; ``winners``: the number of ranks that win; ``ties``: whether those who tie win a whole
    ``prize`` each or share the prizes of their places.
    """

    name: Name
    every: Every = "quarter"
    kpi: Name = "revenue_attainment"
    within: Literal["company", "region", "team"] = "region"
    at_least: float | None = None
    winners: Whole = Field(default=1, ge=1)
    prize: Money
    ties: Literal["each", "shared"] = "each"


class Promotion(Settings):
    """The rule for promotion: a score of ``score`` or more in each of the last ``periods``, and enough potential.

    ``potential``: the third of potential that is needed, at least.
    """

    score: float = Field(default=100, ge=0)
    periods: Whole = Field(default=2, ge=1, le=8)
    potential: Literal["high", "middle", "any"] = "high"


class Training(Settings):
    """The rule for training: the KPI that costs the score most, where it costs ``gap`` points or more.

    ``cases``: a rate of fewer cases is not looked at, as it says too little of a person. ``topics``: KPI id → topic of
    the training, a name known to salesperf (see `suggestions.TOPICS`) or the client's own words.
    """

    gap: float = Field(default=5, gt=0)
    cases: Whole = Field(default=5, ge=0)
    topics: dict[str, Name] = {}


class Support(Settings):
    """The rule for support: a score under ``below``; None stands for the limit of the model's second lowest grade."""

    below: float | None = Field(default=None, gt=0)


class Suggestions(Settings):
    """The rules by which people are suggested for promotion, training and support; each may be left out."""

    promotion: Promotion | None = None
    training: Training | None = None
    support: Support | None = None

    @property
    def has_rules(self) -> bool:
        """Whether there is any rule."""
        return bool(self.promotion or self.training or self.support)


class IncentivePlan(Settings):
    """An incentive plan; every number in it can be changed in a file of the same form.

    Amounts are per settlement period, whose length is ``every``. ``since``: the period from which on the plan pays,
    None for the export's beginning; ``base``: base pay, which only counts for on-target earnings (base + target
    incentive); ``people``: reps with other amounts. Every part (bonus, curve, commission, cap, draw) may be left out.
    """

    every: Every = "quarter"
    since: str | None = None
    base: Money = ZERO
    target_incentive: Money = ZERO
    people: list[PersonTerms] = []
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
        """Turns a year, which YAML reads as a number, into text; it is parsed where the fiscal year is known."""
        return value if value is None else str(value)

    @field_validator("people")
    @classmethod
    def people_once(cls, people: list[PersonTerms]) -> list[PersonTerms]:
        """Refuses a rep who is listed twice."""
        names = [terms.rep for terms in people]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"expected every rep once, got {twice[0]!r} twice")
        return people

    @model_validator(mode="after")
    def pays_something(self) -> Self:
        """Refuses a plan that pays nothing, and a share of a target incentive that nobody has."""
        if not (self.bonus or self.curve or self.commission or self.awards):
            raise ValueError("expected a bonus, curve, commission or award, got none; add one")
        of_target = {"bonus": self.bonus and self.bonus.share, "curve": self.curve, "cap": self.cap and self.cap.times}
        if not self.target_incentive and not any(terms.target_incentive for terms in self.people):
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
        """Whether a curve or commission is paid by attainment: then a rep without a target has no payout."""
        return self.curve is not None or (self.commission is not None and self.commission.by == "attainment")

    @cached_property
    def limits(self) -> tuple[Decimal, ...]:
        """The attainments on which pay depends: the points of the curve and the starts of tiers by attainment."""
        points = [at for at, _ in self.curve.points] if self.curve else []
        if self.commission and self.commission.by == "attainment":
            points += [start for start, _ in self.commission.rates]
        return tuple(points)

    @cached_property
    def terms_by_rep(self) -> Mapping[str, PersonTerms]:
        """Rep id → the terms agreed with that rep, of those who have any."""
        return {terms.rep: terms for terms in self.people}

    def incentive_of(self, rep: str) -> Decimal:
        """The target incentive of a rep for a whole settlement period."""
        terms = self.terms_by_rep.get(rep)
        return self.target_incentive if terms is None or terms.target_incentive is None else terms.target_incentive

    def base_of(self, rep: str) -> Decimal:
        """The base pay of a rep for a whole settlement period."""
        terms = self.terms_by_rep.get(rep)
        return self.base if terms is None or terms.base is None else terms.base


def read_incentives(export: Export) -> IncentivePlan | None:
    """The client's incentive plan: a preset, a file, or written out in the client file; None where there is none.

    Raises RequestError naming file, line and key where it is wrong, also for an unknown rep or KPI.
    """
    if export.client.settings.incentives is None:
        return None
    return _checked(*export.client.written("incentives", PRESETS), export)


def plan_at(path: str, export: Export) -> IncentivePlan:
    """A plan by the name of a preset or by its file.

    A file is looked up as `Client.written_at` does. Raises RequestError for a name that is no preset, and as
    `read_incentives` does.
    """
    return _checked(*export.client.written_at("incentives", PRESETS, path, called="plan"), export)


def _checked(document: Document, at: Place, export: Export) -> IncentivePlan:
    """The plan under ``at`` of a document, with its reps, KPIs and ``since`` checked against the export."""
    known = registry(export)
    plan = checked(document, IncentivePlan, at)
    reps = {row["rep_id"] for row in export.tables.staff()}
    for place, terms in enumerate(plan.people):
        if terms.rep not in reps:
            message = f"rep: {terms.rep!r} is not in the list of reps; {did_you_mean(terms.rep, sorted(reps))}"
            raise document.error((*at, "people", place, "rep"), message)
    for place, award in enumerate(plan.awards):
        _check_kpi(document, (*at, "awards", place, "kpi"), award.kpi, ["score", *known])
    for kpi in plan.suggestions.training.topics if plan.suggestions.training else ():
        _check_kpi(document, (*at, "suggestions", "training", "topics", kpi), kpi, list(known))
    if plan.since is not None:
        try:
            parse_period(plan.since, *export.client.fiscal)
        except RequestError as error:
            raise document.error((*at, "since"), str(error).replace("period:", "since:", 1)) from None
    return plan


def periods_of(months: int, period: Period) -> list[Period]:
    """The periods of so many months that a period consists of, in order; empty where it is shorter."""
    starts = range(period.first, period.first + period.length - months + 1, months)
    return [period.other(start, months) for start in starts]


def _check_kpi(document: Document, place: Place, name: str, known: list[str]) -> None:
    if name not in known:
        raise document.error(place, f"kpi: {name!r} is not a KPI; {did_you_mean(name, known)}")
