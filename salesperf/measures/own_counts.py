"""A client's own KPIs out of the engine: what they need of an export, and their counts by entity and period."""

from collections.abc import Collection
from decimal import Decimal
from functools import reduce
from itertools import groupby
from operator import and_
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from salesperf.data.tables import Tables
from salesperf.measures.codebook import Kpi
from salesperf.measures.counts import counted
from salesperf.measures.facts import KEYS, By, column_behind, deals, keyed, of_reps, sales, within
from salesperf.measures.own_kpis import OF_ACCOUNTS, Filter, Measure, OwnKpi, measures
from salesperf.measures.reviews import of_periods
from salesperf.periods import Period


def described(own: OwnKpi, tables: Tables) -> Kpi:
    """A client's own KPI as the registry holds it: with what it needs, and what the export has nowhere."""
    needs: list[str] = []
    for one in measures(own):
        named = [one.column] if one.column else []
        needs += [need for column in (*named, *(part.column for part in one.where)) for need in _needs(own, column)]
    filters = dict.fromkeys(part for one in measures(own) for part in one.where)
    definition = " ÷ ".join(_said(own.table, one) for one in measures(own))
    day = f"{own.table}.{own.day}"
    return Kpi(
        own.id,
        own.name,
        definition[0].upper() + definition[1:],
        own.unit,
        tuple(dict.fromkeys(needs)),
        day,
        own.better,
        counted=own.counted,
        lacks=next((lack for part in filters if (lack := _lack(own, part, tables))), ""),
    )


def own_counts(tables: Tables, periods: list[Period], by: By, own: Collection[OwnKpi]) -> list[pd.DataFrame]:
    """The counts of a client's own KPIs, one frame per table and day; those whose columns are missing are left out.

    Index: period and the keys of the grouping. Columns: the KPI where it is a sum or count; ``_of_<id>``, ``_to_<id>``
    and ``<id>_n`` where it is a mean or ratio.
    """
    told = [one for one in own if all(tables.has(*column_behind(need, tables)) for need in _all_needs(one, tables))]
    told.sort(key=_source)
    return [_counts(tables, periods, by, list(group)) for _, group in groupby(told, key=_source)]


def own_rates(own: Collection[OwnKpi]) -> dict[str, tuple[str, str]]:
    """KPI id → the columns of its part and its whole, for means and ratios."""
    return {one.id: (f"_of_{one.id}", f"_to_{one.id}") for one in own if not one.counted}


def _source(own: OwnKpi) -> tuple[str, str]:
    return own.table, own.day


def _all_needs(own: OwnKpi, tables: Tables) -> tuple[str, ...]:
    kpi = described(own, tables)
    return (*kpi.needs, kpi.day)


def _needs(own: OwnKpi, column: str) -> tuple[str, ...]:
    if column in OF_ACCOUNTS:
        return f"{own.table}.account_id", f"accounts.{column}"
    return (f"{own.table}.{column}",)


def _counts(tables: Tables, periods: list[Period], by: By, own: list[OwnKpi]) -> pd.DataFrame:
    facts, day = _facts(tables, own[0].table), own[0].day
    placed = of_periods(facts, tables, own[0].table, periods) if day == "period" else within(facts, day, periods)
    rows = keyed(placed, by)
    columns: dict[str, Any] = {}
    for one in own:
        columns |= _columns(rows, one)
    return counted(rows.group_by("period", *KEYS[by]).aggregate(**columns), by)


def _facts(tables: Tables, table: str) -> ir.Table:
    """The rows of a table with region, team and rep, and with what is known of their account."""
    rows = sales(tables) if table == "sales" else deals(tables) if table == "opportunities" else of_reps(tables, table)
    if "account_id" not in rows.columns or not tables.has("accounts"):
        return rows
    accounts = tables["accounts"].select("account_id", *OF_ACCOUNTS)
    return rows.left_join(accounts, "account_id").drop("account_id_right")


def _columns(rows: ir.Table, own: OwnKpi) -> dict[str, Any]:
    """The aggregates of a KPI; behind a mean or ratio stand the cases of its whole."""
    if own.counted:
        return {own.id: _value(rows, own.table, own.of)}
    if own.to is None:
        cases = _cases(rows, own.table, own.of)
        n = rows[own.of.column].count(where=cases)
        return {f"_of_{own.id}": rows[own.of.column].sum(where=cases), f"_to_{own.id}": n, f"{own.id}_n": n}
    of, to = (_value(rows, own.table, one) for one in (own.of, own.to))
    n = to if own.to.how != "sum" else rows[own.to.column].count(where=_cases(rows, own.table, own.to))
    return {f"_of_{own.id}": of, f"_to_{own.id}": to, f"{own.id}_n": n}


def _value(rows: ir.Table, table: str, measure: Measure) -> Any:
    cases = _cases(rows, table, measure)
    if measure.how == "count":
        return rows.count(where=cases)
    if measure.how == "distinct":
        return rows[measure.column].nunique(where=cases)
    column = rows[measure.column]
    return column.sum(where=cases) if measure.how == "sum" else column.mean(where=cases)


def _cases(rows: ir.Table, table: str, measure: Measure) -> Any:
    """Which rows count. A refund lowers a sum, but neither it nor a sale refunded in full is a case to count."""
    conditions = [_holds(rows, one) for one in measure.where]
    if table == "sales" and measure.how != "sum":
        conditions.append(rows.is_order)
    return reduce(and_, conditions, ibis.literal(True))


def _holds(rows: ir.Table, part: Filter) -> Any:
    """Whether a row has one of the values: texts whatever their case, numbers by their size."""
    column = rows[part.column]
    if column.type().is_string():
        return column.lower().isin([ibis.literal(str(one)).lower() for one in part.values])
    return column.isin(list(part.values))


def _lack(own: OwnKpi, part: Filter, tables: Tables) -> str:
    """What a filter asks for where the export has it nowhere: a misspelt value must not read as nothing sold."""
    table, column = ("accounts", part.column) if part.column in OF_ACCOUNTS else _place(own, part.column, tables)
    if not tables.has(table, column):
        return ""
    rows = tables[table].rename({part.column: column}) if column != part.column else tables[table]
    found = rows.filter(_holds(rows, part)).limit(1).count().to_pyarrow().as_py()
    return "" if found else f"{table}.{column} {_or(part)}"


def _place(own: OwnKpi, column: str, tables: Tables) -> tuple[str, str]:
    return column_behind(f"{own.table}.{column}", tables)


def _said(table: str, measure: Measure) -> str:
    """A measure in words."""
    begin = {"sum": "sum of {}", "count": "number of rows", "distinct": "distinct {}", "mean": "mean {}"}[measure.how]
    where = " and ".join(f"{one.column} is {_or(one)}" for one in measure.where)
    return f"{begin.format(measure.column)} in {table}" + (f" where {where}" if where else "")


def _or(part: Filter) -> str:
    return " or ".join(f"{one.normalize():f}" if isinstance(one, Decimal) else one for one in part.values)
