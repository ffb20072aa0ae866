"""Whether a KPI can be told from an export for a period, and if not, why: never 0 then, always named."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from salesperf.data.export import Export
from salesperf.data.tables import ColumnOf
from salesperf.measures.codebook import KPIS
from salesperf.measures.customers import repeat_look_back
from salesperf.measures.facts import month_of
from salesperf.measures.kpi import Kpi, Measure
from salesperf.measures.reviews import own_periods
from salesperf.measures.rows import column_behind
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


def reason_not_available(kpi: Kpi, export: Export, period: Period) -> Reason | None:
    """Why the KPI cannot be told for the period, or None when it can."""
    return _reason(kpi, export, period, dict(export.tables.spans))


def periods_not_available(kpis: Collection[Kpi], export: Export, periods: Sequence[Period]) -> dict[str, list[bool]]:
    """KPI id → for each period, whether the KPI cannot be told for it."""
    spans, missing = dict(export.tables.spans), dict[tuple[object, ...], list[bool]]()
    for kpi in kpis:
        alike = _deciding(kpi)  # kinds of activity and criteria stand and fall together
        if alike not in missing:
            missing[alike] = [bool(_reason(kpi, export, period, spans)) for period in periods]
    return {kpi.id: missing[_deciding(kpi)] for kpi in kpis}


def is_whole(export: Export, period: Period, day: str = "sales.date") -> bool:
    """Whether the export has rows from the first to the last month of the period, so that it can be compared."""
    span = export.tables.spans.get(column_behind(day, export.tables))
    last = period.first + period.length - 1
    return span is not None and month_of(span[0]) <= period.first and month_of(span[1]) >= last


def _reason(kpi: Kpi, export: Export, period: Period, spans: Spans) -> Reason | None:
    tables = export.tables
    for need in (*kpi.needs, kpi.day):
        table, column = column_behind(need, tables)
        if not tables.has(table, column):
            return Reason("missing", f"{table}.{column}" if tables.has(table) else table)
    if kpi.lacks:
        return Reason("missing", kpi.lacks)
    first, last = _span(column_behind(kpi.day, tables), export, period, spans)
    if period.end < first or period.start > last:
        return Reason("outside", f"{first} – {last}")
    if kpi.looks_back and _opens(kpi, export, period) < month_of(first):
        return Reason("history", str(first))
    parts = (_reason(KPIS[part], export, period, spans) for part in kpi.made_of)
    return next((reason for reason in parts if reason), None)


def _opens(kpi: Kpi, export: Export, period: Period) -> int:
    """The month from which the export must tell what a KPI looks back on."""
    if isinstance(kpi.denominator, Measure):
        return period.first - kpi.denominator.months_before
    opens = repeat_look_back(export.tables, period, export.definitions)[0] if kpi.denominator else period.start
    return month_of(opens) - export.definitions.new_customer_months


def _span(place: ColumnOf, export: Export, period: Period, spans: Spans) -> tuple[date, date]:
    """The first and last day of a column of days, or of one of periods; those are kept in ``spans``."""
    if place not in spans:
        borne = own_periods(export, place[0])
        spans[place] = min(period.start for period in borne), max(period.end for period in borne)
    return spans[place]


def _deciding(kpi: Kpi) -> tuple[object, ...]:
    """What decides on availability; where a KPI looks back, how far is a matter of its denominator."""
    return kpi.needs, kpi.day, kpi.made_of, kpi.lacks, kpi.looks_back and (True, kpi.denominator)
