"""What to try, by rule and with the evidence, for the monthly talk: help, never a verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from salesperf.documents import Settings, checked, read_document
from salesperf.people.readings import Reading

RULES = Path(__file__).parent / "coaching.yml"


class Sign(Settings):
    """What a rule looks for in one KPI: one of the things it may show, or a limit that it keeps."""

    kpi: str
    shows: list[Literal["gap", "strength", "worse", "better"]] = []
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def says_something(self) -> Self:
        """A sign without a condition would hold for everybody."""
        if not self.shows and self.at_least is None and self.at_most is None:
            raise ValueError("expected 'shows', 'at_least' or 'at_most', got none; say what the sign is")
        return self


class Rule(Settings):
    """One piece of advice: when it is given, and which KPIs are the evidence for it."""

    id: str = Field(pattern=r"^[a-z_]+$")
    topic: str = Field(min_length=1)
    any: list[Sign] = []
    all: list[Sign] = []
    unless: list[Sign] = []
    weight: float = Field(default=0.0, ge=0)
    evidence: list[str] = Field(min_length=1)

    @model_validator(mode="after")
    def has_a_reason(self) -> Self:
        """A rule that nothing calls for would speak to everybody."""
        if not self.any and not self.all:
            raise ValueError("expected 'any' or 'all' with signs, got neither; say when the rule holds")
        return self


class Rulebook(Settings):
    """The rules of coaching, and how many pieces of advice a talk can carry."""

    most: int = Field(default=3, ge=1)
    rules: list[Rule] = Field(min_length=1)


@dataclass(frozen=True)
class Advice:
    """What to try: the rule that holds, how much it matters (standard errors) and the numbers that speak for it."""

    rule: str
    topic: str
    size: float
    evidence: tuple[Reading, ...]


def read_rules(path: Path = RULES) -> Rulebook:
    """The rules in a file. Raises RequestError naming file, line and key when anything in it is wrong."""
    return checked(read_document(path), Rulebook)


def advice(readings: Mapping[str, Reading], book: Rulebook) -> list[Advice]:
    """What to try, largest first, at most ``book.most``; on at least two topics where the rules that hold allow it.

    ``readings``: KPI id → reading of one rep.
    """
    advice = [_advice(rule, readings) for rule in book.rules if holds(rule, readings)]
    ordered = sorted(advice, key=lambda suggestion: -suggestion.size)  # stable: of equals the first in the file
    kept, rest = ordered[: book.most], ordered[book.most :]
    other = next((suggestion for suggestion in rest if suggestion.topic != kept[0].topic), None) if kept else None
    if other and len(kept) > 1 and len({suggestion.topic for suggestion in kept}) == 1:
        kept[-1] = other
    return kept


def holds(rule: Rule, readings: Mapping[str, Reading]) -> bool:
    """Whether a rule speaks to this rep."""
    one_of = not rule.any or _some(rule.any, readings)
    return one_of and all(_is_there(sign, readings) for sign in rule.all) and not _some(rule.unless, readings)


def strengths(readings: Mapping[str, Reading], among: Sequence[str]) -> list[Reading]:
    """Of some KPIs those that stand out above the peers' middle half, the clearest first."""
    return _standing_out(readings, among, "strength")


def gaps(readings: Mapping[str, Reading], among: Sequence[str]) -> list[Reading]:
    """Of some KPIs those that stand out below the peers' middle half, the clearest first."""
    return _standing_out(readings, among, "gap")


def untold(readings: Mapping[str, Reading], book: Rulebook) -> list[str]:
    """The KPIs that rules look for and the export cannot tell of the rep, in the order of the rules."""
    sought = dict.fromkeys(sign.kpi for rule in book.rules for sign in (*rule.any, *rule.all))
    return [name for name in sought if name in readings and isnan(readings[name].now)]


def _standing_out(readings: Mapping[str, Reading], among: Sequence[str], position: str) -> list[Reading]:
    differing = [readings[name] for name in among if name in readings and readings[name].position == position]
    return sorted(differing, key=lambda reading: -abs(reading.among))


def _advice(rule: Rule, readings: Mapping[str, Reading]) -> Advice:
    signs = [sign for sign in (*rule.any, *rule.all) if _is_there(sign, readings)]
    size = max([rule.weight, *(_size(sign, readings[sign.kpi]) for sign in signs)])
    evidence = [readings[name] for name in rule.evidence if name in readings]
    return Advice(rule.id, rule.topic, size, tuple(reading for reading in evidence if not isnan(reading.now)))


def _size(sign: Sign, reading: Reading) -> float:
    """How far from the usual the KPI is in what the sign looks for, in standard errors; a limit alone has no size."""
    distances = ((reading.position, reading.among), (reading.course, reading.off))
    return max((abs(distance) for shown, distance in distances if shown in sign.shows), default=0.0)


def _some(signs: list[Sign], readings: Mapping[str, Reading]) -> bool:
    return any(_is_there(sign, readings) for sign in signs)


def _is_there(sign: Sign, readings: Mapping[str, Reading]) -> bool:
    """What is not available is no sign: every comparison with NaN is false."""
    if sign.kpi not in readings:
        return False
    reading = readings[sign.kpi]
    shown = not sign.shows or bool({reading.position, reading.course} & set(sign.shows))
    above = sign.at_least is None or reading.now >= sign.at_least
    return shown and above and (sign.at_most is None or reading.now <= sign.at_most)
