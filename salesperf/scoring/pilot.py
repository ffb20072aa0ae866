"""A pilot of a new model as data: where, beside whom, for how long, and how small a p can be (docs/methods.md §11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, comb, log
from typing import Literal

import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.availability import is_whole, reason_not_available
from salesperf.measures.facts import KEYS
from salesperf.measures.kpis import KPIS
from salesperf.measures.rows import NOBODY
from salesperf.measures.table import kpi_table
from salesperf.periods import Period
from salesperf.scoring.choice import employed

Level = Literal["region", "team"]

# Conventions [B], stated in the plan before it begins.
FEWEST_REPS = 3  # a unit of fewer tells more of its people than of a model
FEWEST_PERIODS = 2  # of settlement: the first is spent on learning the rules
LEAST_EFFECT = 0.05  # of revenue: a smaller gain does not pay for the change
LEVEL = 0.05  # the p up to which a difference counts as proven
MOST_BASE = 4  # periods before the pilot that trends are compared over
_DAYS_A_MONTH = 30.4375


@dataclass(frozen=True)
class Unit:
    """A region or team that could be a pilot: reps at the period's end, revenue a period over the base."""

    name: str
    people: int
    revenue: float


@dataclass(frozen=True)
class Pair:
    """A pilot and the unit most like it; ``distance`` is 0 where size and revenue per rep are the same."""

    pilot: Unit
    control: Unit
    distance: float


@dataclass(frozen=True)
class Pilot:
    """The plan of a pilot.

    ``units``: all that could take part, by name; ``pairs``: the pilots suggested, each with its control, the most
    alike first; ``base``: whole periods before, oldest first; ``during``: the periods of the pilot, after the
    client's own; ``smallest_p``: 1 ÷ the number of ways to choose so many pilots of all units; ``guards``: KPIs that
    must not fall, as far as the export has them.
    """

    level: Level
    units: tuple[Unit, ...]
    pairs: tuple[Pair, ...]
    base: tuple[Period, ...]
    during: tuple[Period, ...]
    smallest_p: float
    guards: tuple[str, ...]

    @property
    def can_prove(self) -> bool:
        """Whether so many units can tell a real difference from chance at all."""
        return self.smallest_p <= LEVEL


def pilot(export: Export, cycle_days: float | None) -> Pilot | None:
    """The plan of a pilot after the client's period; None where fewer than two units could be compared.

    Regions, as people in one region see each other's pay; teams where regions are too few to prove anything.
    """
    settled = settlement(export.period)
    base = tuple(period for period in settled.trailing(MOST_BASE) if is_whole(export, period))
    levels: tuple[Level, ...] = ("region", "team")
    by_level = {level: _units(export, list(base), level) for level in levels}
    odds = {level: smallest_p(len(units), pilots(len(units))) for level, units in by_level.items() if len(units) > 1}
    if not odds:
        return None
    level: Level = "region" if odds.get("region", 1) <= max(LEVEL, odds.get("team", 1)) else "team"
    units = by_level[level]
    during = tuple(settled.before(-step) for step in range(1, periods_needed(settled, cycle_days) + 1))
    guards = tuple(
        kpi.id for kpi in KPIS.values() if kpi.guards and not reason_not_available(kpi, export, export.period)
    )
    pairs = matched(units)[: pilots(len(units))]
    return Pilot(level, tuple(units), tuple(pairs), base, during, odds[level], guards)


def pilots(units: int) -> int:
    """How many units to pilot in: the fewest that could prove a difference, and never more than half.

    >>> [pilots(units) for units in (2, 3, 6, 8, 20)]
    [1, 1, 3, 2, 1]
    """
    most = units // 2
    return next((count for count in range(1, most + 1) if smallest_p(units, count) <= LEVEL), most)


def smallest_p(units: int, chosen: int) -> float:
    """The smallest p that randomisation inference can give: 1 of 6 units gives 1/6 (MacKinnon & Webb).

    >>> smallest_p(6, 1) == 1 / 6
    True
    """
    return 1 / comb(units, chosen)


def settlement(period: Period) -> Period:
    """The last period of settlement in the client's period: itself, or its last quarter where it is longer."""
    length = min(period.length, 3)
    return Period(period.first + period.length - length, length, period.fiscal_year_start)


def periods_needed(settled: Period, cycle_days: float | None) -> int:
    """How many periods a pilot lasts: two or more, so that a usual deal begun in the first one is closed in it.

    >>> periods_needed(Period(24300, 3), 200)  # 200 days are 2.2 quarters: 3 after the first
    4
    """
    days = settled.length * _DAYS_A_MONTH
    return max(FEWEST_PERIODS, 1 + ceil((cycle_days or 0) / days))


def matched(units: Sequence[Unit]) -> list[Pair]:
    """The units in pairs, the most alike first; each is in one pair, the one with fewer reps is the pilot.

    The distance is |ln| of the ratio of reps plus |ln| of the ratio of revenue per rep; ties go by name.
    """
    order = sorted(units, key=lambda unit: (unit.people, unit.name))
    tried = sorted(
        (Pair(small, large, round(_distance(small, large), 9)) for small, large in combinations(order, 2)),
        key=lambda pair: (pair.distance, pair.pilot.name, pair.control.name),
    )
    taken: set[str] = set()
    pairs = []
    for pair in tried:
        if not taken & {pair.pilot.name, pair.control.name}:
            pairs.append(pair)
            taken |= {pair.pilot.name, pair.control.name}
    return pairs


def _distance(unit: Unit, other: Unit) -> float:
    people = abs(log(unit.people / other.people))
    return people + abs(log((unit.revenue / unit.people) / (other.revenue / other.people)))


def _units(export: Export, base: list[Period], level: Level) -> list[Unit]:
    """The units with enough reps at the period's end and revenue in the base, by name."""
    if not base:
        return []
    staff = pd.DataFrame(employed(export), columns=["region", "team"]).dropna()
    people = staff.groupby(list(KEYS[level])).size()
    rows = kpi_table(export, base, level)
    revenue = rows.groupby(list(KEYS[level]))["revenue"].sum() / len(base)
    teams = people.index.to_frame(index=False).groupby("team").size() if level == "team" else None
    units = []
    for key, count in people.items():
        keys = key if isinstance(key, tuple) else (key,)
        sold = float(revenue.get(key, 0.0))
        if count >= FEWEST_REPS and sold > 0 and NOBODY not in keys:
            units.append(Unit(keys[-1] if teams is None or teams[keys[-1]] == 1 else " · ".join(keys), count, sold))
    return sorted(units, key=lambda unit: unit.name)
