"""Targets as given, brought to the period and the entity asked for (METHODS.md §1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NoReturn

import pandas as pd

from salesperf.data.tables import Tables
from salesperf.errors import DataError, did_you_mean
from salesperf.measures.facts import KEYS, NOBODY, By
from salesperf.periods import Period, parse_period

TARGETED = ("revenue", "new_customers")
Entity = tuple[str, ...]  # its keys: () the company, (region,), (region, team), (region, team, rep id)
Months = Mapping[int, Decimal]


@dataclass(frozen=True)
class Plan:
    """The targets of an export.

    ``given``: entity and KPI → period → target; ``monthly``: the same by month (counted from year 0);
    ``employed``: rep → first and last month of employment.
    """

    given: Mapping[tuple[Entity, str], Mapping[Period, Decimal]]
    monthly: Mapping[tuple[Entity, str], Months]
    employed: Mapping[Entity, tuple[int, int]]

    def target(self, entity: Entity, kpi: str, period: Period) -> Decimal | None:
        """The target of an entity for a period, or None where there is none.

        The one given for that very period; else the sum of its months. Where an entity has no target of its
        own, those of its parts add up to it, if every part has one.
        """
        given = self.given.get((entity, kpi), {})
        if period in given:
            return given[period]
        if given:
            months = self.monthly[entity, kpi]
            needed = self._months(entity, period)
            told = needed and months.keys() >= needed
            return sum((months[month] for month in needed), Decimal(0)) if told else None
        parts = [self.target(part, kpi, period) for part in self._parts(entity, kpi, period)]
        told_parts = [part for part in parts if part is not None]
        return sum(told_parts, Decimal(0)) if parts and len(told_parts) == len(parts) else None

    def _months(self, entity: Entity, period: Period) -> set[int]:
        first, last = self.employed.get(entity, (period.first, period.first + period.length - 1))
        return {month for month in _months_of(period) if first <= month <= last}

    def _parts(self, entity: Entity, kpi: str, period: Period) -> set[Entity]:
        """The next smaller entities: where someone is employed in the period, or that have targets of their own."""
        depth = len(entity) + 1
        there = {rep for rep in self.employed if self._months(rep, period)}
        there |= {one for one, targeted in self.given if targeted == kpi and len(one) < len(KEYS["rep"])}
        return {one[:depth] for one in there if len(one) >= depth and one[: depth - 1] == entity}


def read_plan(tables: Tables, fiscal_year_start: int) -> Plan:
    """The targets table; a shorter period's target goes before a longer one's, which keeps its own sum.

    A target is split equally over the months of its period that no shorter one has, a rep's over the months of
    employment. Raises DataError for a name or KPI that there is not, and for a target given twice, below 0, or
    below those of its parts.
    """
    staff = tables.staff()
    employed: dict[Entity, tuple[int, int]] = {
        (one["region"], one["team"] or NOBODY, one["rep_id"]): (
            _month(one["start_date"]) if one["start_date"] else 0,
            _month(one["end_date"]) if one["end_date"] else 12 * 10_000,
        )
        for one in staff
    }
    rows = tables["targets"].to_pyarrow().to_pylist() if tables.has("targets") else []
    rows.sort(key=lambda row: (row["level"], row["name"] or "", row["period"], row["kpi"]))
    entities = _entities(rows, tables, employed)
    given: dict[tuple[Entity, str], dict[Period, Decimal]] = {}
    twice = []
    for row, entity in zip(rows, entities, strict=True):
        of_entity = given.setdefault((entity, row["kpi"]), {})
        period = parse_period(row["period"], fiscal_year_start, error=DataError)
        twice += [row] if period in of_entity else []
        of_entity[period] = row["target"]
    if twice:
        _refuse("target", "every target once", twice, "remove the duplicates", got="more than once")
    monthly = {key: _by_month(key, targets, employed.get(key[0])) for key, targets in given.items()}
    return Plan(given, monthly, employed)


def add_attainment(frame: pd.DataFrame, plan: Plan, periods: list[Period], by: By) -> None:
    """Adds ``<kpi>_target`` and ``<kpi>_attainment`` beside each KPI that can have one, NaN where there is none.

    ``frame`` has one row per period and entity. A target of 0 is no target: neither 0 % nor ∞.
    """
    of_label = {period.label: period for period in periods}
    entities = list(zip(*(frame[key] for key in KEYS[by]), strict=True)) if KEYS[by] else [()] * len(frame)
    for kpi in TARGETED:
        found = [
            plan.target(entity, kpi, of_label[label]) for entity, label in zip(entities, frame["period"], strict=True)
        ]
        targets = [float(one) if one else float("nan") for one in found]
        frame[f"{kpi}_target"] = pd.Series(targets, index=frame.index, dtype="float64")
        frame[f"{kpi}_attainment"] = frame[kpi] / frame[f"{kpi}_target"]


def split_equally(whole: Decimal, parts: int, unit: Decimal = Decimal(1)) -> list[Decimal]:
    """A whole as equal parts in multiples of a unit: they sum to the whole exactly.

    Larger parts are spread evenly, so that quarters are as equal as months; less than a unit goes to the first.

    >>> split_equally(Decimal(100), 3)
    [Decimal('34'), Decimal('33'), Decimal('33')]
    >>> [int(part) for part in split_equally(Decimal(2), 12)]
    [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    """
    units, rest = divmod(whole, unit)
    reached = [-(-int(units) * place // parts) for place in range(parts + 1)]
    amounts = [(after - before) * unit for before, after in pairwise(reached)]
    amounts[0] += rest
    return amounts


def _by_month(key: tuple[Entity, str], given: Mapping[Period, Decimal], employed: tuple[int, int] | None) -> Months:
    months: dict[int, Decimal] = {}
    for period in sorted(given, key=lambda one: (one.length, one.first)):
        inside = _months_of(period)
        if employed:
            inside = [month for month in inside if employed[0] <= month <= employed[1]] or inside
        free = [month for month in inside if month not in months]
        rest = given[period] - sum((months.get(month, Decimal(0)) for month in _months_of(period)), Decimal(0))
        if free and rest < 0:
            name = "/".join(filter(None, key[0])) or "the company"
            raise DataError(
                f"targets: {key[1]} of {name}: expected {_shown(given[period])} for {period} to cover its parts, "
                f"got {_shown(given[period] - rest)} for them; correct one of them"
            )
        if free:
            months.update(zip(free, split_equally(rest, len(free)), strict=True))
    return months


def _months_of(period: Period) -> list[int]:
    return list(range(period.first, period.first + period.length))


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _entities(rows: list[dict[str, str]], tables: Tables, employed: Iterable[Entity]) -> list[Entity]:
    """Whom each target is for; a rep is named by id or by a name that nobody else bears."""
    if odd := [row for row in rows if row["kpi"] not in TARGETED]:
        _refuse("kpi", "a KPI that can have a target", odd, did_you_mean(odd[0]["kpi"], TARGETED))
    if odd := [row for row in rows if Decimal(row["target"]) < 0]:
        _refuse("target", "targets of 0 or more", odd, "correct them")
    of_rep = {one[2]: one for one in employed}
    names = {one["rep"]: of_rep[one["rep_id"]] for one in tables.staff()}
    of_team: dict[str, set[Entity]] = {}
    for one in of_rep.values():
        of_team.setdefault(one[1], set()).add(one[:2])
    known: dict[str, Mapping[str, Entity]] = {
        "region": {region: (region,) for region in tables.regions()},
        "team": {team: min(places) for team, places in of_team.items() if team != NOBODY},
        "rep": names | of_rep,
    }
    for level, entities in known.items():
        if odd := [row for row in rows if row["level"] == level and row["name"] not in entities]:
            _refuse("name", f"a {level}", odd, did_you_mean(str(odd[0]["name"]), sorted(entities)))
    if odd := [row for row in rows if row["level"] == "team" and len(of_team[row["name"]]) > 1]:
        _refuse("name", "a team of one region", odd, "name each team once in the company")
    return [() if row["level"] == "company" else known[row["level"]][row["name"]] for row in rows]


def _refuse(column: str, expected: str, odd: list[dict[str, str]], way_out: str, got: str = "") -> NoReturn:
    shown = ", ".join(
        f"{_shown(row[column])} ({row['level']} {row['name'] or ''}, {row['period']} {row['kpi']})" for row in odd[:3]
    )
    count = got or ("other" if len(odd) == 1 else "others")
    raise DataError(f"targets: column {column!r}: expected {expected}, got {len(odd)} {count}: {shown}; {way_out}")


def _shown(value: object) -> str:
    """An amount without the zeros behind it, a text in quotes."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else repr(value or "")
