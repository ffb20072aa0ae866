"""The segments of customers, and the measures that count closed deals in each (docs/methods.md §7)."""

from collections.abc import Mapping
from dataclasses import replace

from salesperf.data.tables import Tables
from salesperf.measures.codebook import CLOSED, WON
from salesperf.measures.kpi import Filter, Measure

_MOST_SEGMENTS = 12  # a column with more different texts does not divide customers into segments


def deals_by_segment(tables: Tables) -> Mapping[str, tuple[Measure, Measure]]:
    """Segment → the measures of its won and its closed deals, by name.

    Empty where the export has fewer than two segments, more than 12, or no closed deals of accounts.
    """
    if not (tables.has("accounts", "segment") and tables.has("opportunities", "account_id", "closed")):
        return {}
    segments = tables.texts("accounts", "segment")
    if not 2 <= len(segments) <= _MOST_SEGMENTS:
        return {}
    return {segment: (_within(WON, segment), _within(CLOSED, segment)) for segment in segments}


def _within(measure: Measure, segment: str) -> Measure:
    return replace(measure, where=(*measure.where, Filter("segment", (segment,), exact=True)))
