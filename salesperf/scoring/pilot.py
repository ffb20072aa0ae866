"""The plan of a pilot of a new model: its units, controls, length and smallest possible p (docs/methods.md §11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, comb, log
from typing import Literal

import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.availability import reason_not_available
from salesperf.measures.coverage import is_whole
from salesperf.measures.facts import KEYS
from salesperf.measures.kpis import KPIS
from salesperf.measures.rows import NOBODY
from salesperf.measures.table import kpi_table
from salesperf.periods import Period
from salesperf.scoring.choice import employed

Level = Literal["region", "team"]

# Conventions [B]; the plan states them before the pilot begins.
FEWEST_REPS = 3  # of a pilot or control: the result of fewer depends more on the persons than on the model
FEWEST_PERIODS = 2  # settlement periods of a pilot: in the first, people learn the rules
LEAST_EFFECT = 0.05  # share of revenue: a smaller gain does not pay for the change
LEVEL = 0.05  # the p up to which a difference counts as proven
MOST_BASE = 4  # the most periods before the pilot that trends are compared over
_DAYS_A_MONTH = 30.4375


@dataclass(frozen=True)
class Unit:
    """A region or team that could be a pilot.

    ``people``: reps at the end of the client's period; ``revenue``: mean revenue per period of the base.
    """

    name: str
    people: int
    revenue: float


@dataclass(frozen=True)
class Pair:
    """A pilot and its control; ``distance``: how unlike they are, 0 where size and revenue per rep are the same."""

    pilot: Unit
    control: Unit
    distance: float


@dataclass(frozen=True)
class Pilot:
    """The plan of a pilot.

    ``units``: all that could take part, by name. ``pairs``: the pilots suggested, each with its control, the most alike
    first. ``base``: settlement periods up to the client's period that the export covers whole, oldest first.
    ``during``: the settlement periods of the pilot, after the client's period. ``smallest_p``: the smallest p that the
    comparison can reach. ``guards``: ids of KPIs that must not fall, of those that are available.
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
        """Whether the comparison can reach a p of `LEVEL` or less with this number of units."""
        return self.smallest_p <= LEVEL


def pilot(export: Export, cycle_days: float | None) -> Pilot | None:
    """The plan of a pilot after the client's period; None where fewer than two units can be compared.

    The units are regions, as people in one region see each other's pay, or teams where regions are too few to prove a
    difference. ``cycle_days``: the median sales cycle in days, None where it is not available.
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
    """The number of pilots among so many units: the fewest that can reach a p of `LEVEL`, at most half.

    >>> [pilots(units) for units in (2, 3, 6, 8, 20)]
    [1, 1, 3, 2, 1]
    """
    most = units // 2
    return next((count for count in range(1, most + 1) if smallest_p(units, count) <= LEVEL), most)


def smallest_p(units: int, chosen: int) -> float:
    """The smallest p that randomisation inference can reach: 1 ÷ (units choose chosen) (MacKinnon & Webb 2020).

    >>> smallest_p(6, 1) == 1 / 6
    True
    """
    return 1 / comb(units, chosen)


def settlement(period: Period) -> Period:
    """The last settlement period in a period: itself, or its last quarter where it is longer than one."""
    length = min(period.length, 3)
    return period.other(period.first + period.length - length, length)


def periods_needed(settled: Period, cycle_days: float | None) -> int:
    """The number of periods of a pilot: 1 + sales cycle ÷ period, rounded up, and at least `FEWEST_PERIODS`.

    A deal of median length that begins in the first period thus closes within the pilot. A cycle of None counts as 0.

    >>> periods_needed(Period(24300, 3), 200)  # 200 days are 2.2 quarters: 3 after the first
    4
    """
    days = settled.length * _DAYS_A_MONTH
    return max(FEWEST_PERIODS, 1 + ceil((cycle_days or 0) / days))


def matched(units: Sequence[Unit]) -> list[Pair]:
    """The units in pairs, the most alike first; the one with fewer reps is the pilot.

    The closest pair of the units not yet in one is taken until fewer than two are left, so an odd number leaves a unit
    over. The distance is |ln of the ratio of reps| + |ln of the ratio of revenue per rep|; ties go by name.
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
    """How unlike two units are, as `matched` says."""
    people = abs(log(unit.people / other.people))
    return people + abs(log((unit.revenue / unit.people) / (other.revenue / other.people)))


def _units(export: Export, base: list[Period], level: Level) -> list[Unit]:
    """The regions or teams with enough reps at the end of the client's period and revenue in the base, by name.

    Teams of one name in several regions are named "region · team"; none without a base.
    """
    if not base:
        return []
    names = list(KEYS[level])
    people = pd.DataFrame(employed(export), columns=names).dropna().groupby(names).size()
    revenue = kpi_table(export, base, level).groupby(names)["revenue"].sum() / len(base)
    teams = people.index.to_frame(index=False).groupby("team").size() if level == "team" else None
    units = []
    for key, count in people.items():
        keys = key if isinstance(key, tuple) else (key,)
        sold = float(revenue.get(key, 0.0))
        if count >= FEWEST_REPS and sold > 0 and NOBODY not in keys:
            units.append(Unit(keys[-1] if teams is None or teams[keys[-1]] == 1 else " · ".join(keys), count, sold))
    return sorted(units, key=lambda unit: unit.name)
