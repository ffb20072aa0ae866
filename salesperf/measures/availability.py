"""Whether a KPI can be told from an export for a period, and if not, why: never 0 then, always named."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from salesperf.data.tables import Tables
from salesperf.measures.customers import repeat_look_back
from salesperf.measures.facts import column_behind
from salesperf.measures.kpis import KPIS, Kpi
from salesperf.params import Definitions
from salesperf.periods import Period


@dataclass(frozen=True)
class Reason:
    """Why a KPI is not available.

    ``missing``: the export has no such table or column (``what`` names it); ``outside``: the period lies
    outside the export; ``history``: the export begins too late to know a first order.
    """

    kind: Literal["missing", "outside", "history"]
    what: str


def reason_not_available(kpi: Kpi, tables: Tables, period: Period, definitions: Definitions) -> Reason | None:
    """Why the KPI cannot be told for the period, or None when it can."""
    for need in (*kpi.needs, kpi.day):
        table, column = column_behind(need, tables)
        if not tables.has(table, column):
            return Reason("missing", f"{table}.{column}" if tables.has(table) else table)
    first, last = tables.spans[column_behind(kpi.day, tables)]
    if period.end < first or period.start > last:
        return Reason("outside", f"{first} – {last}")
    if kpi.looks_back:
        opens = repeat_look_back(tables, period, definitions)[0] if kpi.id == "repeat_rate" else period.start
        if _month(opens) - definitions.new_customer_months < _month(first):
            return Reason("history", str(first))
    parts = (reason_not_available(KPIS[part], tables, period, definitions) for part in kpi.made_of)
    return next((reason for reason in parts if reason), None)


def is_whole(tables: Tables, period: Period, day: str = "sales.date") -> bool:
    """Whether the export has rows from the first to the last month of the period, so that it can be compared."""
    span = tables.spans.get(column_behind(day, tables))
    last = period.first + period.length - 1
    return span is not None and _month(span[0]) <= period.first and _month(span[1]) >= last


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1
