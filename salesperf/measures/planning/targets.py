"""The plan of a company: every entity's targets, from those agreed and the rules (docs/methods.md §1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export
from salesperf.errors import DataError
from salesperf.measures.planning.agreed import Agreed, agreed, shown
from salesperf.measures.planning.cascade import cascaded
from salesperf.measures.planning.client_targets import EntityTargets, client_targets
from salesperf.measures.planning.monthly import Months, monthly
from salesperf.measures.planning.months import flags_of, span_of
from salesperf.measures.planning.moves import lists_of, together
from salesperf.measures.planning.organisation import Entity, Organisation, organisation
from salesperf.measures.planning.overrides import CannotBe, override
from salesperf.measures.planning.plan import ComparedBy, Difference, Fallback, Plan
from salesperf.measures.planning.plan_basis import PlanBasis, plan_basis
from salesperf.measures.planning.spreading import Flags
from salesperf.measures.planning.target_rules import TARGETED, TargetRules, target_rules
from salesperf.measures.planning.track_record import Season
from salesperf.measures.rows import counts_by_deal
from salesperf.params import Client
from salesperf.periods import Period

__all__ = ["TARGETED", "Difference", "Entity", "Fallback", "Plan", "read_plan"]


@company_wide
def read_plan(export: Export) -> Plan:
    """The plan of a company, from the targets table and the client file; without any target an empty one.

    What is given stays; a whole whose parts are not given is split by the rules; where only parts are given, the whole
    is their sum, if every part has one. Amounts are exact. The plan covers whole fiscal years, from the first to the
    last in which something was agreed. Raises DataError for the targets table and for periods that their parts exceed,
    RequestError for the client file: unknown names and KPIs, a target given twice, overrides that are not possible.

    Where people have moved, the targets of each month are those by the list of reps on its last day (see `together`).
    """
    plan = _plan(export)
    lists = lists_of(export.tables, plan)
    return together(plan, [(months, _plan(export.listed(day))) for months, day in lists]) if len(lists) > 1 else plan


def _plan(export: Export) -> Plan:
    """The plan by the list of reps of the export."""
    company, rules = organisation(export), target_rules(export.client)
    given = agreed(export, rules, company)
    years = _years(given, export.period.fiscal_year_start)
    plans = [_kpi_plan(export, rules, company, kpi=kpi, given=given, years=years) for kpi in TARGETED if given.has(kpi)]
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
        {plan.kpi: plan.own for plan in plans},
        counts_by_deal(export.tables),
    )


@dataclass(frozen=True)
class _KpiPlan:
    """The plan of one KPI, with the fields of `Plan`."""

    kpi: str
    months: Months
    kept: Mapping[tuple[int, Period], int]
    seasons: Mapping[str, Season]
    differences: list[Difference]
    fallbacks: list[Fallback]
    own: Flags


def _kpi_plan(
    export: Export,
    rules: TargetRules,
    company: Organisation,
    *,
    kpi: str,
    given: Agreed,
    years: tuple[int, int],
) -> _KpiPlan:
    """The plan of one KPI. ``years``: first month and number of months of the plan."""
    basis = plan_basis(export, rules, company, kpi=kpi, plan=years, unit=given.units[kpi])
    by_row = {
        row: client_targets(targets, years[0], basis.tree.present_masks[row], rules.differences, given.units[kpi])
        for row, targets in sorted(given.targets[kpi].items())
    }
    for row, entity_targets in by_row.items():
        if entity_targets.beyond:
            raise _too_small(company, row, kpi, entity_targets.beyond, given.scale)
    cascade = cascaded(basis.tree, {row: entity_targets.segments for row, entity_targets in by_row.items()})
    months = monthly(basis.tree, cascade, company.present(*years))
    _set_by_hand(export.client, company, basis, months, given=given, kpi=kpi, years=years)
    like = export.period
    by_period: list[tuple[int, str, ComparedBy, int, int]] = [
        (row, period.label, "periods", whole, parts)
        for row, entity_targets in by_row.items()
        for period, whole, parts in entity_targets.differing
    ]
    by_part: list[tuple[int, str, ComparedBy, int, int]] = [
        (difference.row, span_of(difference.months, years[0], like), "parts", difference.whole, difference.parts)
        for difference in cascade.differences
    ]
    differences = [
        Difference(company.entities[row], kpi, label, by, Decimal(whole) / given.scale, Decimal(parts) / given.scale)
        for row, label, by, whole, parts in by_period + by_part
    ]
    kept = {
        (row, period): amount
        for row, entity_targets in by_row.items()
        for period, amount in entity_targets.kept.items()
    }
    fallbacks = _fallbacks(rules, basis, kpi, years, like)
    return _KpiPlan(kpi, months, kept, basis.seasons, differences, fallbacks, _own(company, by_row, years[1]))


def _own(company: Organisation, given: Mapping[int, EntityTargets], months: int) -> Flags:
    """Rows × months for which an entity itself was given a target."""
    masks = {row: sum(segment.months for segment in targets.segments) for row, targets in given.items()}
    return flags_of([masks.get(row, 0) for row in range(len(company.entities))], months)


def _set_by_hand(
    client: Client,
    company: Organisation,
    basis: PlanBasis,
    months: Months,
    *,
    given: Agreed,
    kpi: str,
    years: tuple[int, int],
) -> None:
    """Applies the overrides of a KPI to ``months``. Raises RequestError for the first that is not possible."""
    present = company.present(*years)
    fixed = np.zeros_like(present)
    for row, period, amount, place in given.overrides[kpi]:
        inside = range(period.first - years[0], period.first - years[0] + period.length)
        try:
            override(basis.tree, months, present, fixed, row=row, months=inside, amount=amount)
        except CannotBe as fault:
            expected = fault.expected.format(limit=shown(Decimal(fault.limit or 0) / given.scale))
            got = f"{shown(Decimal(amount) / given.scale)} ({company.names[row]}, {period} {kpi})"
            place_in_file = ("targets", "overrides", place, "target")
            raise client.document.error(place_in_file, f"target: expected {expected}, got {got}") from None


def _years(given: Agreed, fiscal_year_start: int) -> tuple[int, int]:
    """First month and number of months from the first to the last fiscal year with a target; (0, 0) without any."""
    starts = [period.first - (period.first - fiscal_year_start + 1) % 12 for period in given.periods]
    return (min(starts), max(starts) + 12 - min(starts)) if starts else (0, 0)


def _fallbacks(rules: TargetRules, basis: PlanBasis, kpi: str, years: tuple[int, int], like: Period) -> list[Fallback]:
    """The seasons and splits for which equal shares stand in for history."""
    fallbacks = []
    if rules.seasonality == "history":
        fallbacks = [Fallback("season", kpi, year) for year, season in basis.seasons.items() if not season.years]
    of_years = {(row, like.other(years[0] + month, 12).label) for row, month in basis.keys.without}
    entities = basis.keys.company.entities
    return fallbacks + [Fallback("parts", kpi, year, entities[row]) for row, year in sorted(of_years)]


def _too_small(company: Organisation, row: int, kpi: str, beyond: tuple[Period, int, int], scale: int) -> DataError:
    """The error for a period whose shorter periods exceed it (``beyond``, as in `EntityTargets`)."""
    period, whole, parts = beyond
    name = "/".join(filter(None, company.entities[row])) or "the company"
    return DataError(
        f"targets: {kpi} of {name}: expected {shown(Decimal(whole) / scale)} for {period} to cover its parts, "
        f"got {shown(Decimal(parts) / scale)} for them; correct one of them"
    )
