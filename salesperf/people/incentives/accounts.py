"""The accounts of all reps under a plan: what was credited, and what held for each person and settlement period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from math import isnan
from typing import Any, NamedTuple

import numpy as np

from salesperf.data.export import Export
from salesperf.errors import RequestError
from salesperf.measures.planning.targets import Entity, Plan, read_plan
from salesperf.measures.rows import NOBODY, column_behind
from salesperf.people.incentives.commission import ONE, Conditions
from salesperf.people.incentives.credits import Credits, credits, entries
from salesperf.people.incentives.incentive_plan import IncentivePlan, periods_of
from salesperf.people.incentives.pay_rules import ZERO
from salesperf.people.incentives.settlement import Entry, Settlement, settled
from salesperf.people.scores import RepScores, rep_scores
from salesperf.periods import Period, parse_period


class Unpaid(NamedTuple):
    """Why a plan pays nothing for a period.

    ``why``: "short" (shorter than a settlement period), "before" (the plan's first one), "after" (the export's end),
    "no_sales" or "no_plan"; ``what``: the length of a settlement period, the first one, or the export's last day.
    """

    why: str
    what: str = ""


@dataclass(frozen=True)
class Accounts:
    """The accounts of all listed reps from a plan's first settlement period on.

    ``settled``: the settlement periods told of; ``entries`` and ``conditions``: by rep id.
    """

    plan: IncentivePlan
    periods: tuple[Period, ...]
    settled: tuple[Period, ...]
    staff: tuple[Mapping[str, Any], ...]
    credited: Credits
    entries: Mapping[str, Sequence[Entry]]
    conditions: Mapping[str, Sequence[Conditions]]

    @property
    def first(self) -> Period:
        """The plan's first settlement period."""
        return self.periods[0]

    @property
    def uncredited(self) -> Decimal:
        """Sales less refunds of nobody in the list of reps, from the plan's first settlement period on."""
        strangers = self.entries.keys() - self.conditions.keys()
        return sum((entry.amount for rep in strangers for entry in self.entries[rep]), ZERO)

    @cached_property
    def settlements(self) -> dict[str, dict[Period, Settlement]]:
        """Rep id → settlement period told of → its settlement."""
        start, shown = self.periods.index(self.settled[0]), set(self.settled)
        by_rep = {}
        for rep, held in self.conditions.items():
            own = settled(self.plan, self.entries.get(rep, ()), held, start)
            by_rep[rep] = {
                self.periods[settlement.place]: settlement
                for settlement in own
                if self.periods[settlement.place] in shown
            }
        return by_rep


def settled_periods(export: Export, plan: IncentivePlan, period: Period) -> list[Period] | Unpaid:
    """The settlement periods of a plan in a period that the export reaches, in order, or why there are none."""
    span = export.tables.spans.get(column_behind("sales.date", export.tables))
    if span is None:
        return Unpaid("no_sales")
    pay_periods = periods_of(plan.length, period)
    if not pay_periods:
        return Unpaid("short", plan.every)
    first = first_settlement(export, plan)
    since = [pay_period for pay_period in pay_periods if pay_period.first >= first.first]
    reached = [pay_period for pay_period in since if pay_period.start <= span[1]]
    if not reached:
        return Unpaid("after", str(span[1])) if since else Unpaid("before", first.label)
    return reached


def first_settlement(export: Export, plan: IncentivePlan) -> Period:
    """The plan's first settlement period: the first one since ``since`` that the export covers from its first month."""
    begins = export.tables.spans[column_behind("sales.date", export.tables)][0]
    month = begins.year * 12 + begins.month - 1
    if plan.since is not None:
        month = max(month, parse_period(plan.since, export.period.fiscal_year_start).first)
    offset = (month - (export.period.fiscal_year_start - 1)) % plan.length
    start = month if offset == 0 else month + plan.length - offset
    return Period(start, plan.length, export.period.fiscal_year_start)


def opened_accounts(
    export: Export, plan: IncentivePlan, wanted: Sequence[Period], scores: RepScores | None = None
) -> Accounts:
    """The accounts of a plan up to the last settlement period wanted.

    ``scores``: of the periods that `scored_periods` names, where they are at hand. Raises DataError for splits or
    targets that are wrong.
    """
    first, last = first_settlement(export, plan), wanted[-1]
    periods = tuple(last.trailing((last.first - first.first) // plan.length + 1))
    credited = credits(export)
    if scores is None and plan.bonus:
        scores = rep_scores(export, scored_periods(plan, periods, wanted))
    return Accounts(
        plan=plan,
        periods=periods,
        settled=tuple(wanted),
        staff=tuple(export.tables.staff()),
        credited=credited,
        entries=entries(
            export, credited, first, last, margins=bool(plan.commission and plan.commission.of == "margin")
        ),
        conditions=_conditions(export, plan, periods, _coefficients(plan, periods, scores)),
    )


def scored_periods(plan: IncentivePlan, periods: Sequence[Period], wanted: Sequence[Period]) -> Sequence[Period]:
    """The settlement periods whose scores a plan needs: an earlier bonus matters only where it meets a cap or draw."""
    if not plan.bonus:
        return ()
    return periods if plan.cap or plan.draw else wanted


def check_settlement(export: Export, plan: IncentivePlan) -> list[Period]:
    """The settlement periods of the client's period. Raises RequestError where there are none."""
    periods = settled_periods(export, plan, export.period)
    if not isinstance(periods, Unpaid):
        return periods
    expected = {
        "short": f"a period of whole settlements, one every {periods.what}",
        "before": f"a period from {periods.what} on, the plan's first settlement",
        "after": f"a period that begins by {periods.what}, the last day of the export's sales",
        "no_sales": "an export with sales",
    }
    raise RequestError(f"period: expected {expected[periods.why]}, got {export.period}; choose another")


def _coefficients(
    plan: IncentivePlan, periods: Sequence[Period], scores: RepScores | None
) -> dict[str, list[Decimal | None]]:
    """Rep id → the coefficient of the grade in every settlement period; None without a score."""
    targets: dict[str, list[Decimal | None]] = {}
    for place, period in enumerate(periods):
        if plan.bonus and scores and period.label in scores.cards:
            of_rep = scores.cards[period.label].summary["coefficient"]
            for rep, value in zip(of_rep.index, of_rep, strict=True):
                own = targets.setdefault(str(rep), [None] * len(periods))
                own[place] = None if isnan(value) else Decimal(str(value))
    return targets


def _conditions(
    export: Export,
    plan: IncentivePlan,
    periods: Sequence[Period],
    coefficients: Mapping[str, Sequence[Decimal | None]],
) -> dict[str, list[Conditions]]:
    entities = {
        person["rep_id"]: (person["region"], person["team"] or NOBODY, person["rep_id"])
        for person in export.tables.staff()
    }
    aims = _targets(read_plan(export), list(entities.values()), periods)
    by_rep = {}
    for person in export.tables.staff():
        rep = person["rep_id"]
        shares = _employed(person["start_date"], person["end_date"], periods)
        grades = coefficients.get(rep) or [None] * len(periods)
        incentive = plan.incentive_of(rep)
        by_period = zip(shares, aims[entities[rep]], grades, strict=True)
        by_rep[rep] = [Conditions(share, aim, grade, incentive) for share, aim, grade in by_period]
    return by_rep


def _targets(plan: Plan, reps: Sequence[Entity], periods: Sequence[Period]) -> dict[Entity, list[Decimal | None]]:
    """The target of every rep for every period, None where there is none.

    A target has few enough digits for a binary number to name it exactly.
    """
    columns = [plan.targets("revenue", period) for period in periods]
    exact = {value: Decimal(repr(value)) for column in columns for value in set(column.tolist()) if not isnan(value)}
    rows = {rep: plan.company.rows.get(rep) for rep in reps}
    whole = np.column_stack(columns).tolist()
    nothing: list[Decimal | None] = [None] * len(periods)
    return {rep: nothing if row is None else [exact.get(value) for value in whole[row]] for rep, row in rows.items()}


def _employed(start: date | None, end: date | None, periods: Sequence[Period]) -> list[Decimal]:
    """The share of every period's months in which somebody is employed, whole months, as targets count them."""
    first = start.year * 12 + start.month - 1 if start else 0
    last = end.year * 12 + end.month - 1 if end else 12 * 10_000
    counts = (max(0, min(last, period.first + period.length - 1) - max(first, period.first) + 1) for period in periods)
    return [
        ONE if count == period.length else Decimal(count) / period.length
        for count, period in zip(counts, periods, strict=True)
    ]
