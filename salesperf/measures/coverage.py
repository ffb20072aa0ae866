"""How far an export reaches, and which periods it covers wholly (docs/methods.md, "What holds everywhere")."""

from datetime import date, timedelta

from salesperf.data.export import Export, once
from salesperf.data.sql import literal
from salesperf.errors import RequestError
from salesperf.measures.sales import column_behind
from salesperf.periods import Period

LONGEST_PAUSE = 7  # days that may lack at a period's end at most, whatever pauses the export has elsewhere
# What tells that the export reaches a day. Targets, due dates and the employment of reps may lie in the future.
_DATED = (
    ("orders", "date"),
    ("opportunities", "created"),
    ("opportunities", "closed"),
    ("stage_history", "entered"),
    ("activities", "date"),
    ("surveys", "date"),
    ("actions", "date"),
)


@once
def last_day(export: Export) -> date:
    """The last day that the export tells of: ``as_of`` of the client file, else the last in any of its dated tables.

    Where it tells of no day, the first that there is. Raises RequestError where ``as_of`` is before a sale, or a deal
    created or closed: what came later is not left out.
    """
    spans = export.tables.spans
    days = {place: spans[place][1] for place in _DATED if place in spans}
    given = export.client.settings.as_of
    if given is None:
        return max(days.values(), default=date.min)
    sold = max((day for (table, _), day in days.items() if table in ("orders", "opportunities")), default=date.min)
    if given < sold:
        expected = f"as_of: expected a day from {sold} on, the last of sales and deals, got {given}"
        refused = f"{expected}; correct it, or leave it out"
        if "as_of" in export.client.options:
            raise RequestError(refused)
        raise export.client.document.error(("as_of",), refused)
    return given


def reaches_end(export: Export, period: Period) -> bool:
    """Whether the export reaches a period's last day.

    Days that lack at the end count as reached where they are no more than the export's longest pause between two days
    of the year before (see `_longest_pause`), as on weekends and holidays, and at most `LONGEST_PAUSE`; none does where
    the client file says ``as_of``.
    """
    lacking = (period.end - last_day(export)).days
    if lacking <= 0 or export.client.settings.as_of is not None or lacking > LONGEST_PAUSE:
        return lacking <= 0
    return lacking <= _longest_pause(export)


def as_of(export: Export, period: Period) -> date:
    """The "as of" of a period: its last day, or the last that the export tells of where it does not reach that."""
    return period.end if reaches_end(export, period) else min(period.end, last_day(export))


def is_whole(export: Export, period: Period, day: str = "sales.date") -> bool:
    """Whether the export covers the period wholly, so that the period can be compared with others.

    The days of a table and column, ``day``, must begin in the period's first month or before, and the export must reach
    the period's last day; False where the export has no such day.
    """
    span = export.tables.spans.get(column_behind(day, export.tables))
    return span is not None and export.client.calendar.month_of(span[0]) <= period.first and reaches_end(export, period)


@once
def _longest_pause(export: Export) -> int:
    """The most days in a row that no dated table tells of, within the year up to the last day; one query."""
    last = last_day(export)
    begin, end = (f"DATE {literal(str(day))}" for day in (last - timedelta(days=365), last))
    days = " UNION ".join(
        f'SELECT "{column}" AS day FROM {table} WHERE "{column}" BETWEEN {begin} AND {end}'
        for table, column in _DATED
        if export.tables.has(table, column)
    )
    answer = export.tables.ask(
        f"SELECT max(day - before) - 1 AS pause FROM (SELECT day, lag(day) OVER (ORDER BY day) AS before FROM ({days}))"
    )
    return int(answer["pause"][0].as_py() or 0)
