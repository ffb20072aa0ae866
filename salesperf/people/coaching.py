"""Advice for the monthly talk of rep and manager, by the rules of coaching.yml (docs/methods.md §4, *Coaching*)."""

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
    """A condition on one KPI of a rep.

    ``shows``: the reading's position or course is one of these; ``at_least`` and ``at_most``: limits of its value. What
    is given must all be true.
    """

    kpi: str
    shows: list[Literal["gap", "strength", "worse", "better"]] = []
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def says_something(self) -> Self:
        """Refuses a sign without a condition, which would be true of everybody."""
        if not self.shows and self.at_least is None and self.at_most is None:
            raise ValueError("expected 'shows', 'at_least' or 'at_most', got none; say what the sign is")
        return self


class Rule(Settings):
    """When a piece of advice is given, and which KPIs are its evidence.

    It holds where at least one sign of ``any`` and every sign of ``all`` are true, and none of ``unless``. ``weight``:
    the least size of the advice, in standard errors.
    """

    id: str = Field(pattern=r"^[a-z_]+$")
    topic: str = Field(min_length=1)
    any: list[Sign] = []
    all: list[Sign] = []
    unless: list[Sign] = []
    weight: float = Field(default=0.0, ge=0)
    evidence: list[str] = Field(min_length=1)

    @model_validator(mode="after")
    def has_a_reason(self) -> Self:
        """Refuses a rule without ``any`` and ``all``, which would hold for everybody."""
        if not self.any and not self.all:
            raise ValueError("expected 'any' or 'all' with signs, got neither; say when the rule holds")
        return self


class Rulebook(Settings):
    """The rules of coaching, and the largest number of pieces of advice to a rep."""

    most: int = Field(default=3, ge=1)
    rules: list[Rule] = Field(min_length=1)


@dataclass(frozen=True)
class Advice:
    """What a rule advises: its id and topic, its size in standard errors, the available readings of its evidence."""

    rule: str
    topic: str
    size: float
    evidence: tuple[Reading, ...]


def read_rules(path: Path = RULES) -> Rulebook:
    """The rules in a YAML file. Raises RequestError naming file, line and key where anything in it is wrong."""
    return checked(read_document(path), Rulebook)


def advice(readings: Mapping[str, Reading], book: Rulebook) -> list[Advice]:
    """The advice of the rules that hold, the largest first, at most ``book.most``; empty where none holds.

    ``readings``: KPI id → reading of one rep. Where all of it is on one topic and a rule on another topic holds too,
    the last piece gives way to that one.
    """
    applicable = [_advice(rule, readings) for rule in book.rules if holds(rule, readings)]
    ordered = sorted(applicable, key=lambda piece: -piece.size)  # stable: of equals the first in the file
    kept, rest = ordered[: book.most], ordered[book.most :]
    other = next((piece for piece in rest if piece.topic != kept[0].topic), None) if kept else None
    if other and len(kept) > 1 and len({piece.topic for piece in kept}) == 1:
        kept[-1] = other
    return kept


def holds(rule: Rule, readings: Mapping[str, Reading]) -> bool:
    """Whether a rule holds for the rep of these readings."""
    any_true = not rule.any or _any_true(rule.any, readings)
    return any_true and all(_is_true(sign, readings) for sign in rule.all) and not _any_true(rule.unless, readings)


def strengths(readings: Mapping[str, Reading], among: Sequence[str]) -> list[Reading]:
    """The readings of the KPIs ``among`` whose position is "strength", the furthest from the peers' median first."""
    return _standing_out(readings, among, "strength")


def gaps(readings: Mapping[str, Reading], among: Sequence[str]) -> list[Reading]:
    """The readings of the KPIs ``among`` whose position is "gap", the furthest from the peers' median first."""
    return _standing_out(readings, among, "gap")


def untold(readings: Mapping[str, Reading], book: Rulebook) -> list[str]:
    """The ids of the KPIs that rules look at and that are not available of the rep, in the order of the rules."""
    sought = dict.fromkeys(sign.kpi for rule in book.rules for sign in (*rule.any, *rule.all))
    return [name for name in sought if name in readings and isnan(readings[name].now)]


def _standing_out(readings: Mapping[str, Reading], among: Sequence[str], position: str) -> list[Reading]:
    outstanding = [readings[name] for name in among if name in readings and readings[name].position == position]
    return sorted(outstanding, key=lambda reading: -abs(reading.among))


def _advice(rule: Rule, readings: Mapping[str, Reading]) -> Advice:
    signs = [sign for sign in (*rule.any, *rule.all) if _is_true(sign, readings)]
    size = max([rule.weight, *(_size(sign, readings[sign.kpi]) for sign in signs)])
    evidence = [readings[name] for name in rule.evidence if name in readings]
    return Advice(rule.id, rule.topic, size, tuple(reading for reading in evidence if not isnan(reading.now)))


def _size(sign: Sign, reading: Reading) -> float:
    """The largest distance, in standard errors, of what the sign looks for and the KPI shows; 0 for a limit alone."""
    distances = ((reading.position, reading.among), (reading.course, reading.off))
    return max((abs(distance) for shown, distance in distances if shown in sign.shows), default=0.0)


def _any_true(signs: list[Sign], readings: Mapping[str, Reading]) -> bool:
    return any(_is_true(sign, readings) for sign in signs)


def _is_true(sign: Sign, readings: Mapping[str, Reading]) -> bool:
    """Whether the KPI meets the sign; never where it is not available, as every comparison with NaN is false."""
    if sign.kpi not in readings:
        return False
    reading = readings[sign.kpi]
    shown = not sign.shows or bool({reading.position, reading.course} & set(sign.shows))
    above = sign.at_least is None or reading.now >= sign.at_least
    return shown and above and (sign.at_most is None or reading.now <= sign.at_most)
