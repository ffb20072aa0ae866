"""A plan as data: the targets of every entity by month, what differs, and what stood in for history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

import numpy as np

from salesperf.measures.planning.monthly import Months
from salesperf.measures.planning.organisation import Entity, Organisation
from salesperf.measures.planning.spreading import Flags, Floats, Ints
from salesperf.measures.planning.target_rules import TargetRules
from salesperf.measures.planning.track_record import Season
from salesperf.periods import Period

ComparedBy = Literal["parts", "periods"]


@dataclass(frozen=True)
class Difference:
    """A target and its parts that are given and differ.

    ``by``: whether the parts are those of the entity or shorter periods; ``whole`` and ``parts``: the two sums.
    """

    entity: Entity
    kpi: str
    period: str
    by: ComparedBy
    whole: Decimal
    parts: Decimal


@dataclass(frozen=True)
class Fallback:
    """Where history was asked for and there is none, so that equal shares stand in.

    ``by``: the season of a fiscal year, or the parts of an entity in the fiscal year.
    """

    by: Literal["season", "parts"]
    kpi: str
    period: str
    entity: Entity = ()


@dataclass(frozen=True)
class Plan:
    """The targets of a company, by KPI and month.

    ``first``: the first month, counted from year 0; ``kept``: KPI, row and period → a target given that differs from
    the sum of its months and stays; ``scale``: how many of the smallest amount make one; ``seasons``: KPI and fiscal
    year → shares of its months.
    """

    company: Organisation
    rules: TargetRules
    first: int
    months: Mapping[str, Months]
    kept: Mapping[tuple[str, int, Period], int]
    scale: int
    seasons: Mapping[tuple[str, str], Season]
    differences: tuple[Difference, ...] = ()
    fallbacks: tuple[Fallback, ...] = ()
    _sums_of: dict[tuple[str, Period], tuple[Ints, Flags]] = field(default_factory=dict, repr=False, compare=False)

    def target(self, entity: Entity, kpi: str, period: Period) -> Decimal | None:
        """The target of an entity for a period, or None where there is none: the sum of its months."""
        row = self.company.rows.get(entity)
        if row is None or kpi not in self.months:
            return None
        amounts, given = self._sums(kpi, period)
        return self._decimal(int(amounts[row])) if given[row] else None

    def unassigned(self, entity: Entity, kpi: str, period: Period) -> Decimal | None:
        """What a target is more than the sum of its parts' (below 0: they are over-assigned); None without parts."""
        whole, parts = self.target(entity, kpi, period), self.parts(entity)
        targets = [target for target in (self.target(part, kpi, period) for part in parts) if target is not None]
        return whole - sum(targets, Decimal(0)) if whole is not None and targets else None

    def parts(self, entity: Entity) -> list[Entity]:
        """The next smaller entities."""
        return [self.company.entities[part] for part in self.company.parts[self.company.rows[entity]]]

    def targets(self, kpi: str, period: Period) -> Floats:
        """The targets of all entities, in the order of the company's rows, NaN where there is none."""
        if kpi not in self.months:
            return np.full(len(self.company.entities), np.nan)
        amounts, given = self._sums(kpi, period)
        return np.where(given, amounts / self.scale, np.nan)

    def has(self, kpi: str) -> bool:
        """Whether anybody has a target of that KPI."""
        return kpi in self.months

    def _sums(self, kpi: str, period: Period) -> tuple[Ints, Flags]:
        """Amounts of a period, and where there are any; kept, as they are asked for again and again."""
        if (kpi, period) not in self._sums_of:
            self._sums_of[kpi, period] = self._summed(kpi, period)
        return self._sums_of[kpi, period]

    def _summed(self, kpi: str, period: Period) -> tuple[Ints, Flags]:
        months, start = self.months[kpi], period.first - self.first
        inside = slice(start, start + period.length)
        if start < 0 or inside.stop > months.amounts.shape[1]:
            nothing = np.zeros(len(self.company.entities), dtype=np.int64)
            return nothing, nothing > 0
        given = np.asarray(months.has_target[:, inside].any(axis=1) & ~months.missing[:, inside].any(axis=1))
        amounts = np.asarray(np.where(months.has_target[:, inside], months.amounts[:, inside], 0).sum(axis=1))
        for (of_kpi, row, kept), amount in self.kept.items():
            if (of_kpi, kept) == (kpi, period):
                amounts[row], given[row] = amount, True
        return amounts, given

    def _decimal(self, amount: int) -> Decimal:
        return Decimal(amount) / self.scale
