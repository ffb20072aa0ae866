"""The accounts of all reps under a plan: credited sums and conditions by settlement period (docs/methods.md §8)."""

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
from salesperf.measures.coverage import last_day
from salesperf.measures.planning.targets import Entity, Plan, read_plan
from salesperf.measures.rows import NOBODY
from salesperf.measures.sales import column_behind
from salesperf.people.incentives.commission import ONE, Conditions
from salesperf.people.incentives.credits import Credits, credits, entries
from salesperf.people.incentives.incentive_plan import IncentivePlan, periods_of
from salesperf.people.incentives.pay_rules import ZERO
from salesperf.people.incentives.settlement import Entry, Settlement, settled
from salesperf.people.scores import RepScores, rep_scores
from salesperf.periods import Period, parse_period


class Unpaid(NamedTuple):
    """Why a plan pays nothing for a period.

    ``why``: "short" (the period is shorter than a settlement period; ``what`` is that length, such as "quarter"),
    "before" (it ends before the plan's first settlement period; ``what`` is that one's label), "after" (it begins after
    the export's last day; ``what`` is that day), "no_sales" or "no_plan" (``what`` is "").
    """

    why: str
    what: str = ""


@dataclass(frozen=True)
class Accounts:
    """The accounts of all reps in the list of reps, from a plan's first settlement period on.

    ``periods``: the settlement periods from the first to the last one settled, whose indices are the places of `Entry`;
    ``settled``: those of them that payouts are asked for; ``staff``: the rows of `Tables.staff`. ``entries``: rep id →
    credited sums, also of ids that are not in the list; ``conditions``: rep id → one for each of ``periods``.
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
        """Sales less refunds, in money, of nobody in the list of reps, from the plan's first settlement period on."""
        strangers = self.entries.keys() - self.conditions.keys()
        return sum((entry.amount for rep in strangers for entry in self.entries[rep]), ZERO)

    @cached_property
    def settlements(self) -> dict[str, dict[Period, Settlement]]:
        """Rep id → settlement period of ``settled`` → the rep's settlement."""
        start, shown = self.periods.index(self.settled[0]), set(self.settled)
        by_rep = {}
        for rep, conditions in self.conditions.items():
            of_rep = settled(self.plan, self.entries.get(rep, ()), conditions, start)
            by_rep[rep] = {
                self.periods[settlement.place]: settlement
                for settlement in of_rep
                if self.periods[settlement.place] in shown
            }
        return by_rep


def settled_periods(export: Export, plan: IncentivePlan, period: Period) -> list[Period] | Unpaid:
    """The settlement periods in a period that begin up to the export's last day, in order, or why there are none."""
    if column_behind("sales.date", export.tables) not in export.tables.spans:
        return Unpaid("no_sales")
    last = last_day(export)
    pay_periods = periods_of(plan.length, period)
    if not pay_periods:
        return Unpaid("short", plan.every)
    first = first_settlement(export, plan)
    since = [pay_period for pay_period in pay_periods if pay_period.first >= first.first]
    reached = [pay_period for pay_period in since if pay_period.start <= last]
    if not reached:
        return Unpaid("after", str(last)) if since else Unpaid("before", first.label)
    return reached


def first_settlement(export: Export, plan: IncentivePlan) -> Period:
    """The first settlement period from ``since`` on whose first month the export covers. The export must have sales."""
    begins = export.tables.spans[column_behind("sales.date", export.tables)][0]
    month = export.client.calendar.month_of(begins)
    if plan.since is not None:
        month = max(month, parse_period(plan.since, *export.client.fiscal).first)
    offset = (month - (export.period.fiscal_year_start - 1)) % plan.length
    start = month if offset == 0 else month + plan.length - offset
    return export.period.other(start, plan.length)


def opened_accounts(
    export: Export, plan: IncentivePlan, wanted: Sequence[Period], scores: RepScores | None = None
) -> Accounts:
    """The accounts of a plan up to the last settlement period wanted.

    ``wanted``: settlement periods, in order, at least one; ``scores``: those of the periods that `scored_periods`
    names, computed here where they are None and the plan has a bonus. Raises DataError for wrong splits or targets.
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
        conditions=_conditions(export, plan, periods, _bonus_grades(plan, periods, scores)),
    )


def scored_periods(plan: IncentivePlan, periods: Sequence[Period], wanted: Sequence[Period]) -> Sequence[Period]:
    """The settlement periods whose scores a plan needs; none without a bonus.

    Bonuses of periods before those wanted do not change any more, so they matter only together with a cap or draw.
    """
    if not plan.bonus:
        return ()
    return periods if plan.cap or plan.draw else wanted


def check_settlement(export: Export, plan: IncentivePlan) -> list[Period]:
    """The settlement periods of the client's period. Raises RequestError where there are none."""
    outcome = settled_periods(export, plan, export.period)
    if not isinstance(outcome, Unpaid):
        return outcome
    expected = {
        "short": f"a period of whole settlements, one every {outcome.what}",
        "before": f"a period from {outcome.what} on, the plan's first settlement",
        "after": f"a period that begins by {outcome.what}, the last day of the export",
        "no_sales": "an export with sales",
    }
    raise RequestError(f"period: expected {expected[outcome.why]}, got {export.period}; choose another")


class _Grade(NamedTuple):
    """What a rep's bonus follows: the coefficient, None without a score, and whether it stands in for a grade's."""

    coefficient: Decimal | None
    too_new: bool


_UNGRADED = _Grade(None, too_new=False)


def _bonus_grades(plan: IncentivePlan, periods: Sequence[Period], scores: RepScores | None) -> dict[str, list[_Grade]]:
    """Rep id → what the bonus follows in each of the periods; empty without a bonus."""
    by_rep: dict[str, list[_Grade]] = {}
    for place, period in enumerate(periods):
        if plan.bonus and scores and period.label in scores.cards:
            summary = scores.cards[period.label].summary
            for rep, value, too_new in zip(summary.index, summary["coefficient"], summary["too_new"], strict=True):
                of_rep = by_rep.setdefault(str(rep), [_UNGRADED] * len(periods))
                coefficient = None if isnan(value) else Decimal(str(value))
                of_rep[place] = _Grade(plan.bonus.newcomers if too_new else coefficient, bool(too_new))
    return by_rep


def _conditions(
    export: Export,
    plan: IncentivePlan,
    periods: Sequence[Period],
    grades: Mapping[str, Sequence[_Grade]],
) -> dict[str, list[Conditions]]:
    """Rep id → the conditions of each of the periods, for every rep in the list of reps."""
    entities = {row["rep_id"]: (row["region"], row["team"] or NOBODY, row["rep_id"]) for row in export.tables.staff()}
    targets = _targets(read_plan(export), list(entities.values()), periods)
    by_rep = {}
    for row in export.tables.staff():
        rep = row["rep_id"]
        shares = _employed(export, row["start_date"], row["end_date"], periods)
        of_grade = grades.get(rep) or [_UNGRADED] * len(periods)
        incentive = plan.incentive_of(rep)
        by_period = zip(shares, targets[entities[rep]], of_grade, strict=True)
        by_rep[rep] = [
            Conditions(share, target, grade.coefficient, incentive, grade.too_new) for share, target, grade in by_period
        ]
    return by_rep


def _targets(plan: Plan, reps: Sequence[Entity], periods: Sequence[Period]) -> dict[Entity, list[Decimal | None]]:
    """The revenue target of every rep for each of the periods, None where there is none.

    ``Plan`` has targets as floats, with few enough digits that the shortest text of the float (repr) is the target.
    """
    columns = [plan.targets("revenue", period) for period in periods]
    exact = {value: Decimal(repr(value)) for column in columns for value in set(column.tolist()) if not isnan(value)}
    rows = {rep: plan.company.rows.get(rep) for rep in reps}
    whole = np.column_stack(columns).tolist()
    without: list[Decimal | None] = [None] * len(periods)
    return {rep: without if row is None else [exact.get(value) for value in whole[row]] for rep, row in rows.items()}


def _employed(export: Export, start: date | None, end: date | None, periods: Sequence[Period]) -> list[Decimal]:
    """The share of each period's months with employment, 0 to 1; a month begun counts whole, as for targets."""
    month_of = export.client.calendar.month_of
    first = month_of(start) if start else 0
    last = month_of(end) if end else 12 * 10_000
    counts = (max(0, min(last, period.first + period.length - 1) - max(first, period.first) + 1) for period in periods)
    return [
        ONE if count == period.length else Decimal(count) / period.length
        for count, period in zip(counts, periods, strict=True)
    ]
