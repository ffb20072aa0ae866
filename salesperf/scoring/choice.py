"""Which model suits a company: the points that the rules of choice.yml give each model (docs/choosing_a_model.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import isnan
from pathlib import Path
from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from salesperf.data.export import Export
from salesperf.documents import Settings, checked, read_document
from salesperf.errors import RequestError, did_you_mean
from salesperf.measures.table import kpi_table
from salesperf.scoring.readiness import Readiness

Factor = Literal["industry", "team_size", "stage", "culture", "sales_cycle"]
Answer = Literal[
    "consumer_goods", "industrial", "software", "services", "financial_services", "pharma", "distribution", "other",
    "small_team", "middle_team", "large_team",
    "startup", "growth", "mature", "turnaround",
    "results", "coaching", "innovation", "balanced",
    "short_cycle", "middle_cycle", "long_cycle",
]  # fmt: skip
ModelName = Literal["core_three", "goal_oriented", "balanced_scorecard", "behaviour_driven", "kpi_okr"]
_ALL: tuple[Answer, ...] = get_args(Answer)
ANSWERS: Mapping[Factor, tuple[Answer, ...]] = {
    "industry": _ALL[:8],
    "team_size": _ALL[8:11],
    "stage": _ALL[11:15],
    "culture": _ALL[15:19],
    "sales_cycle": _ALL[19:],
}
_TABLE = Path(__file__).parent / "choice.yml"


class Rule(Settings):
    """A rule: an answer to a factor, and the points that it gives to models."""

    factor: Factor
    answer: Answer
    points: dict[ModelName, int] = Field(min_length=1)

    @model_validator(mode="after")
    def of_its_factor(self) -> Self:
        """Raises ValueError for an answer that its factor does not have, as no company could ever give it."""
        known = ANSWERS[self.factor]
        if self.answer not in known:
            raise ValueError(f"{self.factor}: {self.answer!r} is not an answer; {did_you_mean(self.answer, known)}")
        return self


class RuleTable(Settings):
    """The rule table of choice.yml.

    ``team_size`` and ``cycle_days``: answer → the reps, or days of the sales cycle, from which on it is given, but for
    the lowest answer of each factor; ``ties``: all models, in the order in which equal points are ranked.
    """

    team_size: dict[Answer, int]
    cycle_days: dict[Answer, int]
    ties: list[ModelName]
    rules: list[Rule]


@dataclass(frozen=True)
class Profile:
    """What is known of a company; None where it is not known, and then no rule of that factor applies.

    ``team_size``: number of reps; ``cycle_days``: the median sales cycle in days.
    """

    industry: Answer | None = None
    team_size: int | None = None
    stage: Answer | None = None
    culture: Answer | None = None
    cycle_days: float | None = None


@dataclass(frozen=True)
class Change:
    """An answer to one factor that would change the recommendation, and the model recommended then."""

    factor: Factor
    answer: Answer
    model: ModelName


@dataclass(frozen=True)
class Choice:
    """A recommendation with all that led to it.

    ``answers``: of the factors that are known. ``fired``: the rules that apply, in the order of the table. ``points``:
    model → sum of its points, best first, ties in the order of the table. ``readiness``: model → what the export can
    measure of it, empty without an export. ``recommended``: the first model that is not refused, None where all are.
    ``changes``: the single answers that would lead to another model.
    """

    answers: Mapping[Factor, Answer]
    fired: tuple[Rule, ...]
    points: Mapping[ModelName, int]
    readiness: Mapping[str, Readiness]
    recommended: ModelName | None
    changes: tuple[Change, ...]

    @property
    def refused(self) -> list[Readiness]:
        """The models that the export cannot measure, best first by points."""
        return [self.readiness[name] for name in self.points if name in self.readiness and self.readiness[name].refused]

    @property
    def nearest(self) -> ModelName | None:
        """The best model that is neither refused nor the recommended one, None where there is none."""
        others = [name for name in self.points if name != self.recommended and _usable(name, self.readiness)]
        return others[0] if others else None


@cache
def rule_table() -> RuleTable:
    """The rule table of choice.yml."""
    return checked(read_document(_TABLE), RuleTable)


def profile(
    export: Export | None,
    *,
    industry: str = "",
    team_size: int = 0,
    stage: str = "",
    culture: str = "",
) -> Profile:
    """What is known of a company: the answers given, and from the export the sales cycle and the number of reps.

    "" and 0 stand for "not known"; a team size that is not given is the number of reps employed at the end of the
    client's period. Raises RequestError for an unknown answer and a team size below 0.
    """
    if team_size < 0:
        raise RequestError(f"team_size: expected a number of reps, got {team_size}; 0 takes it from the export")
    profile_given = Profile(
        _answer_given("industry", industry),
        team_size or None,
        _answer_given("stage", stage),
        _answer_given("culture", culture),
    )
    if export is None:
        return profile_given
    days = float(kpi_table(export, [export.period], "company")["cycle_days"].iloc[0])
    cycle = None if isnan(days) else days
    return replace(profile_given, team_size=team_size or len(employed(export)), cycle_days=cycle)


def employed(export: Export) -> list[dict[str, object]]:
    """The reps who are employed on the last day of the client's period, as rows of `Tables.staff`.

    A rep without a start date has always been there, one without an end date still is.
    """
    day = export.period.end
    return [
        person
        for person in export.tables.staff()
        if (person["start_date"] or day) <= day <= (person["end_date"] or day)
    ]


def answers(known: Profile, table: RuleTable) -> dict[Factor, Answer]:
    """Factor → answer, of the factors that are known; team size and sales cycle as the band that they lie in."""
    by_factor: dict[Factor, Answer | None] = {
        "industry": known.industry,
        "team_size": _band("small_team", table.team_size, known.team_size),
        "stage": known.stage,
        "culture": known.culture,
        "sales_cycle": _band("short_cycle", table.cycle_days, known.cycle_days),
    }
    return {factor: answer for factor, answer in by_factor.items() if answer is not None}


def choice(known: Profile, readiness: Mapping[str, Readiness] | None = None, table: RuleTable | None = None) -> Choice:
    """The choice for a company: the model with the most points among those that are not refused.

    ``readiness``: model → what the export can measure of it; without it no model is refused. ``table``: by default that
    of choice.yml. Where no rule applies, the first model in the order of ties that is not refused is recommended.
    """
    table, ready = table or rule_table(), readiness or {}
    given = answers(known, table)
    order = _in_order(given, table)
    best = _first(order, ready)
    changes = [
        Change(factor, answer, model)
        for factor, options in ANSWERS.items()
        for answer in options
        if (model := _first(_in_order({**given, factor: answer}, table), ready)) is not None and model != best
    ]
    return Choice(given, _fired(given, table), order, ready, best, tuple(changes))


def _answer_given(factor: Factor, answer: str) -> Answer | None:
    """An answer, checked; None for "". Raises RequestError for one that the factor does not have."""
    if not answer:
        return None
    for known in ANSWERS[factor]:
        if known == answer:
            return known
    raise RequestError(f"{factor}: {answer!r} is not an answer; {did_you_mean(answer, ANSWERS[factor])}")


def _band(lowest: Answer, limits: Mapping[Answer, int], value: float | None) -> Answer | None:
    """The highest answer whose limit a value reaches, ``lowest`` where it reaches none; None for no value."""
    if value is None:
        return None
    reached = [answer for answer, least in sorted(limits.items(), key=lambda pair: pair[1]) if value >= least]
    return reached[-1] if reached else lowest


def _fired(given: Mapping[Factor, Answer], table: RuleTable) -> tuple[Rule, ...]:
    return tuple(rule for rule in table.rules if given.get(rule.factor) == rule.answer)


def _in_order(given: Mapping[Factor, Answer], table: RuleTable) -> dict[ModelName, int]:
    """Model → points, best first, ties in the order of the table."""
    fired = _fired(given, table)
    points = {model: sum(rule.points.get(model, 0) for rule in fired) for model in table.ties}
    return dict(sorted(points.items(), key=lambda pair: -pair[1]))


def _first(order: Sequence[ModelName] | Mapping[ModelName, int], ready: Mapping[str, Readiness]) -> ModelName | None:
    """The first model that is not refused, None where all are."""
    return next((model for model in order if _usable(model, ready)), None)


def _usable(model: ModelName, ready: Mapping[str, Readiness]) -> bool:
    return model not in ready or not ready[model].refused
