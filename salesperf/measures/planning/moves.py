"""The plan of a company whose people move: each month is by the list of its last day (docs/methods.md, "Whose")."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from salesperf.data.tables import Tables
from salesperf.measures.planning.monthly import Months
from salesperf.measures.planning.organisation import Entity, Organisation
from salesperf.measures.planning.plan import Plan

Listed = tuple[range, date]  # months in a row, counted from the plan's first, and a day of their list of reps


def lists_of(tables: Tables, plan: Plan) -> list[Listed]:
    """The months of a plan, in runs with one list of reps on the last day of each; [] where nobody moved."""
    if tables.list_day is None or not plan.months:
        return []
    length = next(iter(plan.months.values())).amounts.shape[1]
    moved = {tables.calendar.month_of(row["since"]) - plan.first for row in tables.homes()}
    starts = sorted({0} | {month for month in moved if 0 < month < length})
    runs = [range(start, stop) for start, stop in zip(starts, [*starts[1:], length], strict=True)]
    return [(run, tables.calendar.first_day(plan.first + run.start + 1) - timedelta(days=1)) for run in runs]


def together(now: Plan, plans: Sequence[tuple[range, Plan]]) -> Plan:
    """A plan by several lists of reps: ``now`` is by that of the export, ``plans`` by the others, with their months.

    All have the same regions and teams (see `organisation`). These have in each month what they had by its list, and a
    rep, wherever at home now, what the rep had.
    """
    company = now.company
    kept = {
        (kpi, _row_of(company, plan.company.entities[row]), period): amount
        for inside, plan in plans
        for (kpi, row, period), amount in plan.kept.items()
        if period.first + period.length - 1 - now.first in inside
    }
    return replace(now, months={kpi: _months(now, plans, kpi) for kpi in now.months}, kept=kept, moving=True)


def _months(now: Plan, plans: Sequence[tuple[range, Plan]], kpi: str) -> Months:
    """The targets of a KPI by month: of a rep who was given one that by the last list, else each by its own list.

    What is but the sum of its parts is the sum of those of its list.
    """
    last = plans[-1][1]
    whole = replace(now.months[kpi], **{name: values.copy() for name, values in vars(now.months[kpi]).items()})
    for inside, plan in plans:
        part, company = plan.months[kpi], plan.company
        months, rows = list(inside), [_row_of(now.company, entity) for entity in company.entities]
        amounts, added_up = part.amounts[:, inside].copy(), plan.added_up(kpi)[:, inside]
        reps = list(company.employed)
        by_last = [_row_of(last.company, company.entities[rep]) for rep in reps]
        given = last.months[kpi].amounts[np.ix_(by_last, months)]
        amounts[reps] = np.where(plan.own[kpi][reps][:, inside], given, amounts[reps])
        for row in reversed(company.groups):
            if company.parts[row]:
                amounts[row] = np.where(added_up[row], amounts[list(company.parts[row])].sum(axis=0), amounts[row])
        cells = np.ix_(rows, months)
        whole.amounts[cells], whole.has_target[cells] = amounts, part.has_target[:, inside]
        whole.missing[cells] = part.missing[:, inside]
    return whole


def _row_of(company: Organisation, entity: Entity) -> int:
    """The row of an entity of another list; of a rep by the id."""
    return company.rows_of_reps[entity[-1]] if len(entity) == 3 else company.rows[entity]
