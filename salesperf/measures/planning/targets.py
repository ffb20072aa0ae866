"""The plan: every entity's target for every period, out of what was agreed and the rules (docs/methods.md §1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export
from salesperf.errors import DataError
from salesperf.measures.planning.agreed import Agreed, agreed, shown
from salesperf.measures.planning.cascade import cascaded
from salesperf.measures.planning.client_targets import client_targets
from salesperf.measures.planning.monthly import Months, monthly
from salesperf.measures.planning.months import span_of
from salesperf.measures.planning.organisation import Entity, Organisation, organisation
from salesperf.measures.planning.overrides import CannotBe, override
from salesperf.measures.planning.plan import ComparedBy, Difference, Fallback, Plan
from salesperf.measures.planning.plan_basis import PlanBasis, plan_basis
from salesperf.measures.planning.target_rules import TARGETED, TargetRules, target_rules
from salesperf.measures.planning.track_record import Season
from salesperf.params import Client
from salesperf.periods import Period

__all__ = ["TARGETED", "Difference", "Entity", "Fallback", "Plan", "read_plan"]


@company_wide
def read_plan(export: Export) -> Plan:
    """The plan out of the targets table and the client file; worked out once.

    What is given stays; a whole whose parts are not given is split by the rules; where only parts are given the whole
    is their sum, if every part has one. Amounts are exact. Raises DataError for the targets table, RequestError for
    the client file: unknown names and KPIs, a target twice, an override beyond what its siblings have.
    """
    company, rules = organisation(export), target_rules(export.client)
    given = agreed(export, rules, company)
    years = _years(given, export.client.settings.fiscal_year_start)
    plans = [_of_kpi(export, rules, company, kpi=kpi, given=given, years=years) for kpi in TARGETED if given.has(kpi)]
    return Plan(
        company,
        rules,
        years[0],
        {plan.kpi: plan.months for plan in plans},
        {(plan.kpi, *place): amount for plan in plans for place, amount in plan.kept.items()},
        given.scale,
        {(plan.kpi, year): season for plan in plans for year, season in plan.seasons.items()},
        tuple(difference for plan in plans for difference in plan.differences),
        tuple(fallback for plan in plans for fallback in plan.fallbacks),
    )


@dataclass(frozen=True)
class _OfKpi:
    kpi: str
    months: Months
    kept: Mapping[tuple[int, Period], int]
    seasons: Mapping[str, Season]
    differences: list[Difference]
    fallbacks: list[Fallback]


def _of_kpi(
    export: Export,
    rules: TargetRules,
    company: Organisation,
    *,
    kpi: str,
    given: Agreed,
    years: tuple[int, int],
) -> _OfKpi:
    """The plan of one KPI."""
    under = plan_basis(export, rules, company, kpi=kpi, plan=years, unit=given.units[kpi])
    owns = {
        row: client_targets(targets, years[0], under.tree.present_masks[row], rules.differences, given.units[kpi])
        for row, targets in sorted(given.targets[kpi].items())
    }
    for row, own in owns.items():
        if own.beyond:
            raise _too_small(company, row, kpi, own.beyond, given.scale)
    plan = cascaded(under.tree, {row: own.segments for row, own in owns.items()})
    months = monthly(under.tree, plan, company.present(*years))
    _set_by_hand(export.client, company, under, months, given=given, kpi=kpi, years=years)
    start = export.client.settings.fiscal_year_start
    by_period: list[tuple[int, str, ComparedBy, int, int]] = [
        (row, period.label, "periods", whole, parts)
        for row, own in owns.items()
        for period, whole, parts in own.differing
    ]
    by_part: list[tuple[int, str, ComparedBy, int, int]] = [
        (difference.row, span_of(difference.months, years[0], start), "parts", difference.whole, difference.parts)
        for difference in plan.differences
    ]
    differences = [
        Difference(company.entities[row], kpi, label, by, Decimal(whole) / given.scale, Decimal(parts) / given.scale)
        for row, label, by, whole, parts in by_period + by_part
    ]
    kept = {(row, period): amount for row, own in owns.items() for period, amount in own.kept.items()}
    return _OfKpi(kpi, months, kept, under.seasons, differences, _fallbacks(rules, under, kpi, years, start))


def _set_by_hand(
    client: Client,
    company: Organisation,
    under: PlanBasis,
    months: Months,
    *,
    given: Agreed,
    kpi: str,
    years: tuple[int, int],
) -> None:
    """The overrides of a KPI, larger wholes first."""
    present = company.present(*years)
    fixed = np.zeros_like(present)
    for row, period, amount, place in given.overrides[kpi]:
        inside = range(period.first - years[0], period.first - years[0] + period.length)
        try:
            override(under.tree, months, present, fixed, row=row, months=inside, amount=amount)
        except CannotBe as fault:
            expected = fault.expected.format(limit=shown(Decimal(fault.limit or 0) / given.scale))
            got = f"{shown(Decimal(amount) / given.scale)} ({company.names[row]}, {period} {kpi})"
            place_in_file = ("targets", "overrides", place, "target")
            raise client.document.error(place_in_file, f"target: expected {expected}, got {got}") from None


def _years(given: Agreed, fiscal_year_start: int) -> tuple[int, int]:
    """The first month and the number of months of the whole fiscal years in which something was agreed."""
    starts = [period.first - (period.first - fiscal_year_start + 1) % 12 for period in given.periods]
    return (min(starts), max(starts) + 12 - min(starts)) if starts else (0, 0)


def _fallbacks(rules: TargetRules, under: PlanBasis, kpi: str, years: tuple[int, int], start: int) -> list[Fallback]:
    """Where equal shares stand in for history."""
    fallbacks = []
    if rules.seasonality == "history":
        fallbacks = [Fallback("season", kpi, year) for year, season in under.seasons.items() if not season.years]
    of_years = {(row, Period(years[0] + month, 12, start).label) for row, month in under.keys.without}
    entities = under.keys.company.entities
    return fallbacks + [Fallback("parts", kpi, year, entities[row]) for row, year in sorted(of_years)]


def _too_small(company: Organisation, row: int, kpi: str, beyond: tuple[Period, int, int], scale: int) -> DataError:
    period, whole, parts = beyond
    name = "/".join(filter(None, company.entities[row])) or "the company"
    return DataError(
        f"targets: {kpi} of {name}: expected {shown(Decimal(whole) / scale)} for {period} to cover its parts, "
        f"got {shown(Decimal(parts) / scale)} for them; correct one of them"
    )
