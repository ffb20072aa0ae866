"""Whether a KPI is available for a period, and if not, for which reason (docs/methods.md, "What holds everywhere")."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from salesperf.data.export import Export
from salesperf.data.tables import ColumnOf
from salesperf.measures.codebook import KPIS
from salesperf.measures.customers import repeat_look_back
from salesperf.measures.kpi import Kpi, Measure
from salesperf.measures.reviews import own_periods
from salesperf.measures.sales import column_behind
from salesperf.periods import Period

MOST_UNDATED = 0.1  # of the closed deals of a status: with more, a win rate tells of who enters dates
Spans = dict[ColumnOf, tuple[date, date]]  # table and column → the first and the last day of its values


@dataclass(frozen=True)
class Reason:
    """Why a KPI is not available.

    ``kind`` is one of: ``missing``: the export lacks a table, a column or a value that the KPI filters by, which
    ``what`` names; ``outside``: the whole period lies before or after the days of the export, which are ``what``
    ("2024-01-02 – 2025-12-31"); ``history``: the export begins, on the day in ``what``, too late to know whether an
    order is an account's first, or what was sold a year before; ``won_only`` or ``lost_only``: of closed deals the
    export has these alone; ``undated_won`` or ``undated_lost``: so many of them that ``what`` is more than a tenth have
    no close date.
    """

    kind: Literal["missing", "outside", "history", "won_only", "lost_only", "undated_won", "undated_lost"]
    what: str


def reason_not_available(kpi: Kpi, export: Export, period: Period) -> Reason | None:
    """Why the KPI is not available for the period; None where it is, even if there is nothing to divide by."""
    return _reason(kpi, export, period, dict(export.tables.spans))


def periods_not_available(kpis: Collection[Kpi], export: Export, periods: Sequence[Period]) -> dict[str, list[bool]]:
    """KPI id → for each of ``periods``, True where the KPI is not available (see `reason_not_available`)."""
    spans, missing = dict(export.tables.spans), dict[tuple[object, ...], list[bool]]()
    for kpi in kpis:
        deciding = _deciding(kpi)  # the same for all kinds of activity and for all criteria: worked out once
        if deciding not in missing:
            missing[deciding] = [bool(_reason(kpi, export, period, spans)) for period in periods]
    return {kpi.id: missing[_deciding(kpi)] for kpi in kpis}


def _reason(kpi: Kpi, export: Export, period: Period, spans: Spans) -> Reason | None:
    tables = export.tables
    for need in (*kpi.needs, kpi.day):
        table, column = column_behind(need, tables)
        if not tables.has(table, column):
            return Reason("missing", f"{table}.{column}" if tables.has(table) else table)
    if kpi.lacks:
        return Reason("missing", kpi.lacks)
    if kpi.won_and_lost and (reason := _one_sided(export)):
        return reason
    first, last = _span(column_behind(kpi.day, tables), export, period, spans)
    last = max(last, export.client.settings.as_of or last)  # up to there, no row means that nothing happened
    if period.end < first or period.start > last:
        return Reason("outside", f"{first} – {last}")
    if kpi.looks_back and _opens(kpi, export, period) < export.client.calendar.month_of(first):
        return Reason("history", str(first))
    parts = (_reason(KPIS[part], export, period, spans) for part in kpi.made_of)
    return next((reason for reason in parts if reason), None)


def _one_sided(export: Export) -> Reason | None:
    """Why won deals cannot be set against lost ones: one kind is not there, or too many of it have no close date."""
    (won, undated_won), (lost, undated_lost) = (export.tables.closed_deals(status) for status in ("won", "lost"))
    if not won + undated_won or not lost + undated_lost:
        return Reason("lost_only" if lost + undated_lost else "won_only", "")
    if undated_won > MOST_UNDATED * (won + undated_won):
        return Reason("undated_won", f"{undated_won:,} / {won + undated_won:,}")
    if undated_lost > MOST_UNDATED * (lost + undated_lost):
        return Reason("undated_lost", f"{undated_lost:,} / {lost + undated_lost:,}")
    return None


def _opens(kpi: Kpi, export: Export, period: Period) -> int:
    """The first month, counted from year 0, that a KPI which looks back needs in the export."""
    if isinstance(kpi.denominator, Measure):
        return period.first - kpi.denominator.months_before
    opens = repeat_look_back(export, period)[0] if kpi.denominator else period.start
    return export.client.calendar.month_of(opens) - export.definitions.new_customer_months


def _span(place: ColumnOf, export: Export, period: Period, spans: Spans) -> tuple[date, date]:
    """The first and the last day of a column of days or of periods; the span of periods is added to ``spans``."""
    if place not in spans:
        periods = own_periods(export, place[0])
        spans[place] = min(period.start for period in periods), max(period.end for period in periods)
    return spans[place]


def _deciding(kpi: Kpi) -> tuple[object, ...]:
    """All of a KPI that its availability depends on; KPIs that agree in it are available in the same periods.

    The denominator is part of it where the KPI looks back, as it says how far (see `_opens`).
    """
    return kpi.needs, kpi.day, kpi.made_of, kpi.lacks, kpi.won_and_lost, kpi.looks_back and (True, kpi.denominator)
