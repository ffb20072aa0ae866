"""Whether a KPI can be told from an export for a period, and if not, why: never 0 then, always named."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from salesperf.data.dataset import ColumnOf
from salesperf.data.tables import Tables
from salesperf.measures.codebook import KPIS, Kpi
from salesperf.measures.customers import repeat_look_back
from salesperf.measures.facts import column_behind
from salesperf.measures.reviews import own_periods
from salesperf.params import Definitions
from salesperf.periods import Period

Spans = dict[ColumnOf, tuple[date, date]]


@dataclass(frozen=True)
class Reason:
    """Why a KPI is not available.

    ``missing``: the export has no such table, column or value (``what`` names it); ``outside``: the period lies
    outside the export; ``history``: the export begins too late to know a first order.
    """

    kind: Literal["missing", "outside", "history"]
    what: str


def reason_not_available(kpi: Kpi, tables: Tables, period: Period, definitions: Definitions) -> Reason | None:
    """Why the KPI cannot be told for the period, or None when it can."""
    return _reason(kpi, tables, period, definitions, dict(tables.spans))


def periods_not_available(
    kpis: Collection[Kpi], tables: Tables, periods: list[Period], definitions: Definitions
) -> dict[str, list[bool]]:
    """KPI id → for each period, whether the KPI cannot be told for it."""
    spans, found = dict(tables.spans), dict[Kpi, list[bool]]()
    for kpi in kpis:
        alike = _without_name(kpi)  # kinds of activity and criteria stand and fall together
        if alike not in found:
            found[alike] = [bool(_reason(kpi, tables, period, definitions, spans)) for period in periods]
    return {kpi.id: found[_without_name(kpi)] for kpi in kpis}


def is_whole(tables: Tables, period: Period, day: str = "sales.date") -> bool:
    """Whether the export has rows from the first to the last month of the period, so that it can be compared."""
    span = tables.spans.get(column_behind(day, tables))
    last = period.first + period.length - 1
    return span is not None and _month(span[0]) <= period.first and _month(span[1]) >= last


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _reason(kpi: Kpi, tables: Tables, period: Period, definitions: Definitions, spans: Spans) -> Reason | None:
    for need in (*kpi.needs, kpi.day):
        table, column = column_behind(need, tables)
        if not tables.has(table, column):
            return Reason("missing", f"{table}.{column}" if tables.has(table) else table)
    if kpi.lacks:
        return Reason("missing", kpi.lacks)
    first, last = _span(column_behind(kpi.day, tables), tables, period, spans)
    if period.end < first or period.start > last:
        return Reason("outside", f"{first} – {last}")
    if kpi.looks_back:
        opens = repeat_look_back(tables, period, definitions)[0] if kpi.id == "repeat_rate" else period.start
        if _month(opens) - definitions.new_customer_months < _month(first):
            return Reason("history", str(first))
    parts = (_reason(KPIS[part], tables, period, definitions, spans) for part in kpi.made_of)
    return next((reason for reason in parts if reason), None)


def _span(place: ColumnOf, tables: Tables, period: Period, spans: Spans) -> tuple[date, date]:
    """The first and last day of a column of days, or of one of periods; those are kept in ``spans``."""
    if place not in spans:
        told = own_periods(tables, place[0], period.fiscal_year_start)
        spans[place] = min(one.start for one in told), max(one.end for one in told)
    return spans[place]


def _without_name(kpi: Kpi) -> Kpi:
    """What decides on availability; the look-back of repeat purchases is a matter of its id."""
    return replace(kpi, id=kpi.id if kpi.looks_back else "", name="", definition="")
