"""A plan as data: the targets of every entity by month, with the differences and fallbacks to be reported."""

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
    """A given target that differs from the sum of its given parts.

    ``period``: a label, or "<first month> to <last month>". ``by``: whether the parts are smaller entities or shorter
    periods. ``whole``: the target; ``parts``: the sum of its parts.
    """

    entity: Entity
    kpi: str
    period: str
    by: ComparedBy
    whole: Decimal
    parts: Decimal


@dataclass(frozen=True)
class Fallback:
    """A split that was to follow history, where there is none, so that equal shares were used.

    ``by``: what was split: a fiscal year into months (season), or the target of an entity into its parts. ``period``:
    label of the fiscal year.
    """

    by: Literal["season", "parts"]
    kpi: str
    period: str
    entity: Entity = ()


@dataclass(frozen=True)
class Plan:
    """The targets of a company, by KPI and month.

    Amounts are integers, × ``scale``; the methods return them in the unit of the KPI. ``first``: the first month,
    counted from year 0. ``months``: KPI → targets by month, of the KPIs that have any. ``kept``: (KPI, row, period) → a
    given target that differs from the sum of its months and stays. ``seasons``: (KPI, label of the fiscal year) →
    shares of its months. ``own``: KPI → rows × months for which the entity itself was given a target. ``by_deal``:
    results count for the region written on deals, so that a region's target which is but the sum of its people's cannot
    be compared with them (docs/methods.md, "Whose"). ``moving``: people have moved, so that a whole need not be the sum
    of its parts by the list of today.
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
    own: Mapping[str, Flags] = field(default_factory=dict)
    by_deal: bool = False
    moving: bool = False
    _sums_of: dict[tuple[str, Period], tuple[Ints, Flags]] = field(default_factory=dict, repr=False, compare=False)

    def target(self, entity: Entity, kpi: str, period: Period) -> Decimal | None:
        """The target of an entity for a period: the sum of its months, or a kept one. None where there is none."""
        row = self.company.rows.get(entity)
        if row is None or kpi not in self.months:
            return None
        amounts, has_target = self._sums(kpi, period)
        return self._decimal(int(amounts[row])) if has_target[row] else None

    def unassigned(self, entity: Entity, kpi: str, period: Period) -> Decimal | None:
        """The target of an entity − the sum of its parts' targets; below 0 where they sum to more.

        None where the entity or all of its parts have no target.
        """
        whole, parts = self.target(entity, kpi, period), self.parts(entity)
        targets = [target for target in (self.target(part, kpi, period) for part in parts) if target is not None]
        return whole - sum(targets, Decimal(0)) if whole is not None and targets else None

    def parts(self, entity: Entity) -> list[Entity]:
        """The entities one level below: regions of the company, teams of a region, reps of a team; none of a rep."""
        return [self.company.entities[part] for part in self.company.parts[self.company.rows[entity]]]

    def targets(self, kpi: str, period: Period) -> Floats:
        """The targets of all entities for a period, in the order of ``company.entities``; NaN where there is none."""
        if kpi not in self.months:
            return np.full(len(self.company.entities), np.nan)
        amounts, has_target = self._sums(kpi, period)
        return np.where(has_target, amounts / self.scale, np.nan)

    def compared(self, kpi: str, period: Period) -> Floats:
        """As `targets`, but NaN where the result cannot be compared with the target (see ``by_deal``)."""
        targets, start = self.targets(kpi, period), period.first - self.first
        if not self.by_deal or kpi not in self.own or start < 0:
            return targets
        own = self.own[kpi][:, start : start + period.length]
        regions = np.array([self.company.level(row) == "region" for row in range(len(own))])
        return np.where(regions & ~(own | own[0]).all(axis=1), np.nan, targets)

    def added_up(self, kpi: str) -> Flags:
        """Rows × months where a target can be but the sum of its parts', as none above or at the entity is given."""
        given = self.own[kpi].copy()
        for row in self.company.groups:
            given[list(self.company.parts[row])] |= given[row]
        return ~given

    def has(self, kpi: str) -> bool:
        """Whether any entity has a target of a KPI."""
        return kpi in self.months

    def _sums(self, kpi: str, period: Period) -> tuple[Ints, Flags]:
        """`_summed`, worked out once per KPI and period."""
        if (kpi, period) not in self._sums_of:
            self._sums_of[kpi, period] = self._summed(kpi, period)
        return self._sums_of[kpi, period]

    def _summed(self, kpi: str, period: Period) -> tuple[Ints, Flags]:
        """Per row: the target of a period (× ``scale``), and whether there is one; none outside of the plan."""
        months, start = self.months[kpi], period.first - self.first
        inside = slice(start, start + period.length)
        if start < 0 or inside.stop > months.amounts.shape[1]:
            nothing = np.zeros(len(self.company.entities), dtype=np.int64)
            return nothing, nothing > 0
        has_target = np.asarray(months.has_target[:, inside].any(axis=1) & ~months.missing[:, inside].any(axis=1))
        amounts = np.asarray(np.where(months.has_target[:, inside], months.amounts[:, inside], 0).sum(axis=1))
        for (of_kpi, row, kept), amount in self.kept.items():
            if (of_kpi, kept) == (kpi, period):
                amounts[row], has_target[row] = amount, True
        return amounts, has_target

    def _decimal(self, amount: int) -> Decimal:
        return Decimal(amount) / self.scale
