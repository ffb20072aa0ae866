"""The KPI table: every KPI of every entity and period, out of the engine in one row each."""

from dataclasses import replace

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from salesperf.data.tables import Tables
from salesperf.measures.availability import reason_not_available
from salesperf.measures.customers import first_orders
from salesperf.measures.cycle import cycle_days
from salesperf.measures.facts import KEYS, NOBODY, By, column_behind, deals, keyed, of_reps, sales, within
from salesperf.measures.kpis import KPIS, Kpi, registry
from salesperf.measures.targets import TARGETED, add_attainment, read_plan
from salesperf.params import Client, Definitions
from salesperf.periods import Period

# Counts that stand beside the KPIs: available where that one is, or, for the surveys, where any was sent.
_BESIDE = {
    "won": KPIS["win_rate"],
    "surveys_sent": replace(KPIS["satisfaction"], needs=("surveys.date",)),
}


def kpi_table(tables: Tables, client: Client, periods: list[Period], by: By) -> pd.DataFrame:
    """Every KPI of every entity of a grouping in every period.

    One row per period and entity; columns: period, the keys (region, team, rep_id, rep as they apply), then each
    KPI of the registry by its id, ``<id>_n`` behind every rate, ``<id>_target`` where there can be one, and
    ``won`` and ``surveys_sent`` as counts. NaN is "not available"; a count of nothing is 0. Rows are sorted by
    period and keys. A sale of nobody in the list of reps counts for the company, and for a region, team or rep
    without a name.
    """
    settings = client.settings
    known = registry(tables, client)
    of_kinds = {name: kpi.name for name, kpi in known.items() if name not in KPIS}
    placed = _within_periods(tables, periods, by, settings.definitions, of_kinds)
    cohorts = _over_cohorts(tables, periods, by, settings.definitions)
    # A deal of someone who has left since brings nobody back, but it counts for its region.
    index = _entities(tables, periods, by, placed if by in ("team", "rep") else placed + cohorts)
    parts = [part.reindex(index) for part in (*placed, *cohorts)]
    frame = _complete(pd.concat([pd.DataFrame(index=index), *parts], axis=1).reset_index(), known)
    add_attainment(frame, read_plan(tables, settings.fiscal_year_start), periods, by)
    _blank_what_is_not_available(frame, known, tables, periods, settings.definitions)
    keys = ["period", *KEYS[by]]
    if by == "rep":
        names = {one["rep_id"]: one["rep"] for one in tables.staff()}
        frame["rep"] = [names.get(one, one) for one in frame["rep_id"]]
        keys.append("rep")
    columns = [name for kpi in known.values() for name in _columns_of(kpi)]
    targets = [f"{name}_target" for name in TARGETED]
    ordered = frame.sort_values(keys, kind="stable").reset_index(drop=True)
    return ordered[[*keys, *columns, *targets, *_BESIDE]]


def _within_periods(
    tables: Tables, periods: list[Period], by: By, definitions: Definitions, of_kinds: dict[str, str]
) -> list[pd.DataFrame]:
    """What is counted by a day in the period: whoever has a row here belongs to the period."""
    parts = []
    if tables.has(*column_behind("sales.date", tables)):
        parts += [_sold(tables, periods, by)]
    if tables.has("opportunities", "closed"):
        parts += [_closed(tables, periods, by)]
    if tables.has("surveys"):
        parts += [_answers(tables, periods, by, definitions.survey_scale[1])]
    if tables.has("activities"):
        parts += [_done(tables, periods, by, of_kinds)]
    return [_indexed(part, by) for part in parts]


def _over_cohorts(tables: Tables, periods: list[Period], by: By, definitions: Definitions) -> list[pd.DataFrame]:
    """What looks back from a period's end, also on people who have left since."""
    parts = []
    if tables.has(*column_behind("sales.date", tables)):
        parts += [_indexed(first_orders(tables, periods, by, definitions), by)]
    if tables.has("opportunities", "created", "closed"):
        parts += [cycle_days(tables, periods, by)]
    return parts


def _indexed(part: ir.Table, by: By) -> pd.DataFrame:
    """A part out of the engine, with numbers as floats: rounded once, at the end, whatever the order of rows."""
    keys = ["period", *KEYS[by]]
    frame: pd.DataFrame = part.to_pyarrow().to_pandas()
    return frame.set_index(keys).astype("float64")


def _sold(tables: Tables, periods: list[Period], by: By) -> ir.Table:
    sold = keyed(within(sales(tables), "date", periods), by)
    costed = sold.cost.notnull() & sold.amount.notnull()
    return sold.group_by("period", *KEYS[by]).aggregate(
        revenue=sold.amount.sum(),
        _costed=sold.amount.sum(where=costed),
        _cost=sold.cost.sum(where=costed),
        gross_margin_n=costed.sum(),
        customers=sold.account_id.nunique(where=ibis.coalesce(sold.amount, 0) >= 0),
    )


def _closed(tables: Tables, periods: list[Period], by: By) -> ir.Table:
    """Won and lost deals by close date; the win rate's n is both together."""
    closed = keyed(within(deals(tables), "closed", periods), by)
    won = (closed.status == "won").sum()
    return closed.group_by("period", *KEYS[by]).aggregate(won=won, win_rate_n=closed.count())


def _answers(tables: Tables, periods: list[Period], by: By, best: int) -> ir.Table:
    """Answers in the two best boxes; a survey without a score was sent and not answered."""
    sent = keyed(within(of_reps(tables, "surveys"), "date", periods), by)
    return sent.group_by("period", *KEYS[by]).aggregate(
        _satisfied=(sent.score >= best - 1).sum(), satisfaction_n=sent.score.count(), surveys_sent=sent.count()
    )


def _done(tables: Tables, periods: list[Period], by: By, of_kinds: dict[str, str]) -> ir.Table:
    """Activities, in all and by kind; a row without a count is one activity."""
    done = keyed(within(of_reps(tables, "activities"), "date", periods), by)
    count = ibis.coalesce(done["count"], 1)
    return done.group_by("period", *KEYS[by]).aggregate(
        activities=count.sum(),
        _quality=done.quality.sum(),
        activity_quality_n=done.quality.count(),
        **{name: count.sum(where=done.kind == kind) for name, kind in of_kinds.items()},
    )


def _entities(tables: Tables, periods: list[Period], by: By, parts: list[pd.DataFrame]) -> pd.Index:
    """A row per period and entity: whoever is there in the period, and whoever else something counts for."""
    found = {(period.label, *entity) for period in periods for entity in _there(tables, period, by)}
    for part in parts:
        found.update(part.index.to_frame().itertuples(index=False, name=None))
    names = ["period", *KEYS[by]]
    index: pd.Index = pd.MultiIndex.from_tuples(sorted(found), names=names)
    return index if len(names) > 1 else index.get_level_values(0)


def _there(tables: Tables, period: Period, by: By) -> set[tuple[str, ...]]:
    """The company, its regions, or the teams and reps with employment in the period."""
    if by == "company":
        return {()}
    if by == "region":
        return {(region,) for region in tables.regions()}
    return {
        (one["region"], one["team"] or NOBODY, one["rep_id"])[: len(KEYS[by])]
        for one in tables.staff()
        if (one["start_date"] is None or one["start_date"] <= period.end)
        and (one["end_date"] is None or one["end_date"] >= period.start)
    }


def _complete(frame: pd.DataFrame, known: dict[str, Kpi]) -> pd.DataFrame:
    """Zeros where nothing was counted, and the rates out of their counts."""
    counts = [name for kpi in known.values() for name in _columns_of(kpi) if kpi.counted or name != kpi.id]
    for name in (*counts, *_BESIDE, "_costed", "_cost", "_again", "_satisfied", "_quality"):
        frame[name] = frame[name].fillna(0.0) if name in frame else 0.0
    frame["average_deal_n"] = frame["won"]
    frame["gross_margin"] = _ratio(frame["_costed"] - frame["_cost"], frame["_costed"])
    frame["repeat_rate"] = _ratio(frame["_again"], frame["repeat_rate_n"])
    frame["win_rate"] = _ratio(frame["won"], frame["win_rate_n"])
    frame["average_deal"] = _ratio(frame["revenue"], frame["won"])
    frame["satisfaction"] = _ratio(frame["_satisfied"], frame["satisfaction_n"])
    frame["activity_quality"] = _ratio(frame["_quality"], frame["activity_quality_n"])
    if "cycle_days" not in frame:
        frame["cycle_days"] = np.nan
    return frame


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    """NaN where there is nothing to divide by."""
    ratio: pd.Series = part / whole.where(whole > 0)
    return ratio


def _blank_what_is_not_available(
    frame: pd.DataFrame, known: dict[str, Kpi], tables: Tables, periods: list[Period], definitions: Definitions
) -> None:
    for period in periods:
        blank = [
            name
            for kpi in known.values()
            if reason_not_available(kpi, tables, period, definitions)
            for name in _columns_of(kpi)
        ]
        blank += [name for name, kpi in _BESIDE.items() if reason_not_available(kpi, tables, period, definitions)]
        frame.loc[frame["period"] == period.label, blank] = np.nan


def _columns_of(kpi: Kpi) -> list[str]:
    return [kpi.id] if kpi.counted or kpi.id.endswith("_attainment") else [kpi.id, f"{kpi.id}_n"]
