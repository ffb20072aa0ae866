"""Deals open at the end of a period: those created by then less those closed by then (docs/methods.md §2)."""

from collections.abc import Sequence

from salesperf.data.export import Export
from salesperf.measures.codebook import CREATED, ENDED
from salesperf.measures.counters import counts
from salesperf.measures.facts import By, Counts, Window, staff_of
from salesperf.measures.table_facts import table_facts
from salesperf.periods import Period

_EVER = 0  # month 0 of year 0, before all others


@counts("open")
def open_deals(export: Export, periods: Sequence[Period], by: By) -> Counts:
    """Values: open, the number of deals that are open at the end of each period, for the entities of a level.

    A deal that is closed without a close date is left out, as it is not known until when it was open.
    """
    facts = table_facts(export, "opportunities", by, [CREATED, ENDED])
    until: list[Window] = [[(_EVER, period.first + period.length - 1)] for period in periods]
    staff = staff_of(export.tables)
    begun = facts[CREATED.day].over(staff, by, until, [CREATED])
    ended = facts[ENDED.day].over(staff, by, until, [ENDED])
    place = {key: code for code, key in enumerate(begun.keys)}
    still = begun.values[CREATED].copy()
    still[:, [place[key] for key in ended.keys]] -= ended.values[ENDED]
    return Counts(begun.keys, {"open": still}, still > 0)
