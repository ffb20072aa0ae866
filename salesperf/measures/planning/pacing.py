"""How far everybody is: attainment, pace and pipeline coverage, of period and fiscal year (docs/methods.md §1)."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export
from salesperf.measures.codebook import PIPELINE
from salesperf.measures.facts import By, as_of, months, staff_of
from salesperf.measures.planning.organisation import LEVELS
from salesperf.measures.planning.spreading import Floats
from salesperf.measures.planning.targets import Plan, read_plan
from salesperf.measures.rows import column_behind
from salesperf.measures.table import kpi_table
from salesperf.measures.table_facts import table_facts
from salesperf.periods import Period

_DAYS = ("sales.date", "opportunities.created", "opportunities.closed")


@dataclass(frozen=True)
class Elapsed:
    """How much of a period the export tells.

    ``day``: its last day within it, None where it ends before; ``share``: of the period's days, 0 to 1.
    """

    day: date | None
    share: float


def elapsed(export: Export, period: Period) -> Elapsed:
    """How much of a period is over by the export's last sale, or deal created or closed."""
    dated = [day for day in _DAYS if export.tables.has(*column_behind(day, export.tables))]
    last = as_of(export.tables, period, *dated)
    days = (last - period.start).days + 1
    whole = (period.end - period.start).days + 1
    return Elapsed(last, days / whole) if days > 0 else Elapsed(None, 0.0)


def fiscal_year(period: Period) -> Period:
    """The fiscal year that a period lies in."""
    first = period.first - (period.first - period.fiscal_year_start + 1) % 12
    return Period(first, 12, period.fiscal_year_start)


def progress(export: Export, plan: Plan, by: By, kpi: str = "revenue") -> pd.DataFrame:
    """Where each entity of a grouping stands with its target in the client's period, one row each.

    Columns: level, the keys and rep; target, unassigned (what its parts' targets do not add up to), last_year (the
    result of the same period a year before), change (target ÷ that − 1), result (so far), attainment (result ÷ target,
    however much of the period is over), pacing (result ÷ what was due by now), projection (target × pacing),
    year_target, year_result, year_pacing and year_projection (the same of the fiscal year up to the period's end),
    pipeline (open amounts due in the period), coverage (that ÷ what the target still lacks) and coverage_state, which
    says why where there is none. NaN is not available; a target of 0 is none.
    """
    period, year = export.period, fiscal_year(export.period)
    months = [month for month in year.months() if month.first < period.first + period.length]
    past = period.year_before.months()
    rows = [row for row in range(len(plan.company.entities)) if plan.company.level(row) == by]
    results = results_by_month(export, plan, by=by, kpi=kpi, months=[*past, *months])[rows]
    before, now = results[:, : len(past)], results[:, len(past) :]
    so_far = _pace(export, plan, kpi, rows, period, now[:, period.first - year.first :])
    this_year = _pace(export, plan, kpi, rows, year, now)
    last_year = before.sum(axis=1)
    pipeline, state = _pipeline(export, plan, by=by, kpi=kpi, rows=rows, so_far=so_far)
    lacking = so_far.target - np.nan_to_num(so_far.result)
    columns = {
        "target": so_far.target,
        "unassigned": _unassigned(plan, kpi, period)[rows],
        "last_year": last_year,
        "change": _ratio(so_far.target, last_year) - 1,
        "result": so_far.result,
        "attainment": _ratio(so_far.result, so_far.target),
        "pacing": so_far.pacing,
        "projection": so_far.pacing * so_far.target,
        "year_target": this_year.target,
        "year_result": this_year.result,
        "year_pacing": this_year.pacing,
        "year_projection": this_year.pacing * this_year.target,
        "pipeline": pipeline,
        "coverage": np.where(state == "open", _ratio(pipeline, lacking), np.nan),
        "coverage_state": state,
    }
    frame = pd.DataFrame(_keys(plan, rows) | columns)
    # Whoever has left and neither has a target nor sold anything is no part of the period.
    there = pd.Series(plan.company.present(period.first, period.length)[rows].any(axis=1)) | (by != "rep")
    return frame[there | (frame["target"] > 0) | (frame["result"] > 0)].reset_index(drop=True)


@company_wide
def own_progress(export: Export, by: By, kpi: str = "revenue") -> pd.DataFrame:
    """The progress of a grouping under the client's own plan."""
    return progress(export, read_plan(export), by, kpi)


def whole_tree(export: Export, plan: Plan, kpi: str = "revenue") -> pd.DataFrame:
    """The progress of every entity, whole before part: each team under its region, each rep under the team."""
    frame = pd.concat([progress(export, plan, level, kpi) for level in LEVELS], ignore_index=True)
    keys = list(zip(frame["region"], frame["team"], frame["rep"], frame["rep_id"], strict=True))
    depth = [LEVELS.index(level) for level in frame["level"]]
    order = sorted(
        range(len(frame)), key=lambda row: (*keys[row][: depth[row]], *((keys[row][3],) if depth[row] == 3 else ()))
    )
    return frame.iloc[order].reset_index(drop=True)


def results_by_month(export: Export, plan: Plan, *, by: By, kpi: str, months: list[Period]) -> Floats:
    """Entities × months: results, 0 for whoever has none, NaN where the export does not tell the month."""
    results = np.full((len(plan.company.entities), len(months)), np.nan)
    frame = kpi_table(export, months, by, only=[kpi])
    place = frame["period"].map({month.label: number for number, month in enumerate(months)}).to_numpy()
    known = frame[kpi].notna().to_numpy()
    results[:, np.unique(place[known])] = 0.0
    rows = plan.company.rows_of(frame, by)
    there = (rows >= 0) & known
    results[rows[there], place[there]] = frame[kpi].to_numpy()[there]
    return results


@dataclass(frozen=True)
class _Pace:
    """Targets, results so far and results ÷ what was due by now, of some entities; NaN where not available."""

    target: Floats
    result: Floats
    pacing: Floats


def _pace(export: Export, plan: Plan, kpi: str, rows: list[int], period: Period, results: Floats) -> _Pace:
    """The pace within a period. ``results``: rows × its first months; a month begun is due by its days."""
    targets = plan.targets(kpi, period)[rows]
    targets = np.where(targets > 0, targets, np.nan)
    monthly = np.column_stack([np.nan_to_num(plan.targets(kpi, month)[rows]) for month in period.months()])
    over = np.array([elapsed(export, month).share for month in period.months()][: results.shape[1]])
    begun = over > 0
    result = results[:, begun].sum(axis=1) if begun.any() else np.full(len(rows), np.nan)
    due = targets * _ratio(monthly[:, : len(over)] @ over, monthly.sum(axis=1))
    return _Pace(targets, result, _ratio(result, due))


def _pipeline(
    export: Export, plan: Plan, *, by: By, kpi: str, rows: list[int], so_far: _Pace
) -> tuple[Floats, NDArray[np.str_]]:
    """Open amounts due in the period, and what can be said of coverage."""
    period, nothing = export.period, np.full(len(rows), np.nan)
    why = _no_pipeline(export, period, kpi)
    if why:
        return nothing, np.where(np.isnan(so_far.target), "no_target", why)
    facts = table_facts(export, "opportunities", by, [PIPELINE])[PIPELINE.day]
    due = facts.over(staff_of(export.tables), by, months([period]), [PIPELINE])
    row_of = plan.company.rows
    amounts = np.zeros(len(plan.company.entities))
    for key, amount in zip(due.keys, due.values[PIPELINE][0], strict=True):
        if key in row_of:
            amounts[row_of[key]] = amount
    reached = np.nan_to_num(so_far.result) >= so_far.target
    state = np.where(np.isnan(so_far.target), "no_target", np.where(reached, "reached", "open"))
    return amounts[rows], state


def _no_pipeline(export: Export, period: Period, kpi: str) -> str:
    """Why there is no coverage for anybody; empty where there may be some."""
    if kpi != "revenue":
        return "not_money"
    if not export.tables.has("opportunities", "due"):
        return "no_due_dates"
    if not export.tables.has("opportunities", "amount"):
        return "no_amounts"
    return "over" if elapsed(export, period).share == 1 else ""


def _unassigned(plan: Plan, kpi: str, period: Period) -> Floats:
    """Of every entity, what its target is more than its parts' together; NaN where it or they have none."""
    targets, wholes = plan.targets(kpi, period), np.full(len(plan.company.entities), np.nan)
    for row, parts in enumerate(plan.company.parts):
        of_parts = targets[list(parts)]
        if (~np.isnan(of_parts)).any():
            wholes[row] = np.round(targets[row] - np.nansum(of_parts), 4)
    return wholes


def _keys(plan: Plan, rows: list[int]) -> dict[str, list[str]]:
    """Level, region, team, rep and rep_id of some entities, empty where one does not apply."""
    entities = [(*plan.company.entities[row], "", "", "")[:3] for row in rows]
    levels = [plan.company.level(row) for row in rows]
    return {
        "level": list(levels),
        "region": [region for region, *_ in entities],
        "team": [team for _, team, _ in entities],
        "rep": [plan.company.names[row] if level == "rep" else "" for row, level in zip(rows, levels, strict=True)],
        "rep_id": [rep for *_, rep in entities],
    }


def _ratio(part: Floats, whole: Floats) -> Floats:
    """NaN where there is nothing to divide by."""
    out = np.full(len(part), np.nan)
    np.divide(part, whole, out=out, where=np.nan_to_num(whole) > 0)
    return out
