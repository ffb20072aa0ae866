"""Attainment, pacing and pipeline coverage of a period and its fiscal year (docs/methods.md §1)."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export
from salesperf.measures.codebook import PIPELINE
from salesperf.measures.coverage import as_of
from salesperf.measures.facts import By, months, staff_of
from salesperf.measures.planning.organisation import LEVELS
from salesperf.measures.planning.spreading import Flags, Floats
from salesperf.measures.planning.targets import Plan, read_plan
from salesperf.measures.table import kpi_table
from salesperf.measures.table_facts import table_facts
from salesperf.periods import Period
from salesperf.schemas import PROGRESS


@dataclass(frozen=True)
class Elapsed:
    """How much of a period is over at the end of the export.

    ``day``: the last day of the period that the export covers, None where the export ends before the period; ``share``:
    the days up to it ÷ the days of the period, 0 to 1.
    """

    day: date | None
    share: float


def elapsed(export: Export, period: Period) -> Elapsed:
    """How much of a period is over by the last day that the export tells of (see `as_of`)."""
    last = as_of(export, period)
    days = (last - period.start).days + 1
    whole = (period.end - period.start).days + 1
    return Elapsed(last, days / whole) if days > 0 else Elapsed(None, 0.0)


def fiscal_year(period: Period) -> Period:
    """The fiscal year that a period lies in."""
    first = period.first - (period.first - period.fiscal_year_start + 1) % 12
    return period.other(first, 12)


def progress(export: Export, plan: Plan, by: By, kpi: str = "revenue") -> pd.DataFrame:
    """The progress of each entity of a level against its target in the client's period, one row per entity.

    Text columns, "" where one does not apply: level, region, team, rep, rep_id. Number columns, in the unit of the KPI
    or as shares, NaN where not available: target; unassigned (target − Σ targets of its parts); last_year (result of
    the same period a year before); change (target ÷ last_year − 1); result (so far); attainment (result ÷ target,
    however much of the period is over); pacing (result ÷ what was due by now); projection (target × pacing);
    year_target, year_result, year_pacing and year_projection (the same of the fiscal year up to the period's end);
    pipeline (open amounts due in the period); coverage (pipeline ÷ (target − result)). The text coverage_state is
    "open" where there is coverage, else it says why there is none (docs/methods.md §1).

    A target of 0 counts as none. Reps who are not employed in the period are left out unless they have a target or a
    result above 0.
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
        "attainment": so_far.attainment,
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
    # A rep who has left, with neither a target nor a result, is no part of the period.
    employed = pd.Series(plan.company.present(period.first, period.length)[rows].any(axis=1)) | (by != "rep")
    return PROGRESS.checked(frame[employed | (frame["target"] > 0) | (frame["result"] > 0)].reset_index(drop=True))


@company_wide
def own_progress(export: Export, by: By, kpi: str = "revenue") -> pd.DataFrame:
    """`progress` under the client's own plan; worked out once for all reports."""
    return progress(export, read_plan(export), by, kpi)


def whole_tree(export: Export, plan: Plan, kpi: str = "revenue") -> pd.DataFrame:
    """The progress of the entities of all levels (columns as of `progress`), each followed by its parts.

    Siblings are sorted by name, reps of equal name by id.
    """
    frame = pd.concat([progress(export, plan, level, kpi) for level in LEVELS], ignore_index=True)
    keys = list(zip(frame["region"], frame["team"], frame["rep"], frame["rep_id"], strict=True))
    depth = [LEVELS.index(level) for level in frame["level"]]
    order = sorted(
        range(len(frame)), key=lambda row: (*keys[row][: depth[row]], *((keys[row][3],) if depth[row] == 3 else ()))
    )
    return frame.iloc[order].reset_index(drop=True)


def results_by_month(export: Export, plan: Plan, *, by: By, kpi: str, months: list[Period]) -> Floats:
    """Rows of the company × months: the results of a KPI, of the entities of a level.

    0 for every row without a result, and NaN for all rows in months in which the KPI is not available.
    """
    results = np.full((len(plan.company.entities), len(months)), np.nan)
    frame = kpi_table(export, months, by, only=[kpi])
    place = frame["period"].map({month.label: number for number, month in enumerate(months)}).to_numpy()
    known = frame[kpi].notna().to_numpy()
    results[:, np.unique(place[known])] = 0.0
    rows = plan.company.rows_of(frame, by)
    counted = (rows >= 0) & known
    results[rows[counted], place[counted]] = frame[kpi].to_numpy()[counted]
    return results


@dataclass(frozen=True)
class _Pace:
    """Targets, results so far, attainment and pacing (result ÷ what was due by now) of some entities.

    NaN where not available; ``compared``: where target and result can be compared (see `Plan.compared`).
    """

    target: Floats
    result: Floats
    attainment: Floats
    pacing: Floats
    compared: Flags


def _pace(export: Export, plan: Plan, kpi: str, rows: list[int], period: Period, results: Floats) -> _Pace:
    """The pace of some entities (``rows``) within a period; a month that is not over is due by the share of its days.

    ``results``: rows × the first months of the period.
    """
    targets, compared = plan.targets(kpi, period)[rows], ~np.isnan(plan.compared(kpi, period)[rows])
    targets = np.where(targets > 0, targets, np.nan)
    monthly = np.column_stack([np.nan_to_num(plan.targets(kpi, month)[rows]) for month in period.months()])
    over = np.array([elapsed(export, month).share for month in period.months()][: results.shape[1]])
    begun = over > 0
    result = results[:, begun].sum(axis=1) if begun.any() else np.full(len(rows), np.nan)
    due = targets * _ratio(monthly[:, : len(over)] @ over, monthly.sum(axis=1))
    attainment, pacing = (np.where(compared, _ratio(result, whole), np.nan) for whole in (targets, due))
    return _Pace(targets, result, attainment, pacing, compared)


def _pipeline(
    export: Export, plan: Plan, *, by: By, kpi: str, rows: list[int], so_far: _Pace
) -> tuple[Floats, NDArray[np.str_]]:
    """The open amounts due in the period, and the coverage_state, of some entities (``rows``)."""
    period, nothing = export.period, np.full(len(rows), np.nan)
    why = _no_pipeline(export, period, kpi)
    if why:
        return nothing, _states(so_far, np.full(len(rows), why))
    facts = table_facts(export, "opportunities", by, [PIPELINE])[PIPELINE.day]
    due = facts.over(staff_of(export.tables), by, months([period]), [PIPELINE])
    row_of = plan.company.rows
    amounts = np.zeros(len(plan.company.entities))
    for key, amount in zip(due.keys, due.values[PIPELINE][0], strict=True):
        if key in row_of:
            amounts[row_of[key]] = amount
    reached = np.nan_to_num(so_far.result) >= so_far.target
    return amounts[rows], _states(so_far, np.where(reached, "reached", "open"))


def _states(so_far: _Pace, states: NDArray[np.str_]) -> NDArray[np.str_]:
    """The coverage_state of entities, given that of those whose target and result can be compared."""
    return np.where(np.isnan(so_far.target), "no_target", np.where(so_far.compared, states, "not_comparable"))


def _no_pipeline(export: Export, period: Period, kpi: str) -> str:
    """The coverage_state for which no entity has a coverage; "" where each entity is to be judged by itself."""
    if kpi != "revenue":
        return "not_money"
    if not export.tables.has("opportunities", "due"):
        return "no_due_dates"
    if not export.tables.has("opportunities", "amount"):
        return "no_amounts"
    return "over" if elapsed(export, period).share == 1 else ""


def _unassigned(plan: Plan, kpi: str, period: Period) -> Floats:
    """Of every row, the target − the sum of its parts' targets; NaN where it has none or none of its parts has.

    NaN, too, of regions and teams between which people move, as the parts of today are not those that there were.
    """
    targets, wholes = plan.targets(kpi, period), np.full(len(plan.company.entities), np.nan)
    for row, parts in enumerate(plan.company.parts[:1] if plan.moving else plan.company.parts):
        of_parts = targets[list(parts)]
        if (~np.isnan(of_parts)).any():
            wholes[row] = np.round(targets[row] - np.nansum(of_parts), 4)
    return wholes


def _keys(plan: Plan, rows: list[int]) -> dict[str, list[str]]:
    """The columns level, region, team, rep and rep_id of some entities, "" where one does not apply."""
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
    """part ÷ whole; NaN where the whole is 0, less or NaN."""
    out = np.full(len(part), np.nan)
    np.divide(part, whole, out=out, where=np.nan_to_num(whole) > 0)
    return out
