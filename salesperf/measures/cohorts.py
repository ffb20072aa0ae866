"""Sales cycle and win rate of a cohort, from the ages at which its deals close (docs/methods.md §2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from salesperf.data.export import Export, once
from salesperf.measures.counters import counts
from salesperf.measures.coverage import as_of
from salesperf.measures.facts import By, Counts, Grain, Ints, numbered, pairs_of, staff_of
from salesperf.measures.rows import rows_of
from salesperf.measures.table_facts import grain_of
from salesperf.periods import Period

COHORT_MONTHS = 12
_NEVER = np.iinfo(np.int64).max  # a month after all others: that of the close of an open deal
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Spells:
    """All deals with the time from their creation to their close, counted in two ways.

    ``places``: the pairs of region and rep; ``closed``: the closed deals, from which those closed by a period's end are
    taken; ``alive``: closed and open deals, from which those still open at a period's end are taken, whose age then
    depends on that end.
    """

    places: Sequence[tuple[str, str]]
    closed: "_Closed"
    alive: "_Alive"


@dataclass(frozen=True)
class _Closed:
    """Numbers of closed deals, and of the won ones among them.

    One row per place (index into `Spells.places`), month created, month closed and age at the close in days; months
    count from year 0.
    """

    place: Ints
    created: Ints
    closed: Ints
    age: Ints
    deals: Ints
    won: Ints


@dataclass(frozen=True)
class _Alive:
    """Numbers of deals, closed or open.

    One row per place (index into `Spells.places`), day created (counted from 1970-01-01; ``created`` is its month) and
    month closed, _NEVER of open deals; months count from year 0.
    """

    place: Ints
    day: Ints
    created: Ints
    closed: Ints
    deals: Ints


@dataclass(frozen=True)
class Ages:
    """The deals of a cohort by age.

    ``age``: in days, strictly rising; ``left``: the deals last seen at that age, closed at it or censored; ``closed``
    and ``won``: how many of these closed, and were won.
    """

    age: Ints
    left: Ints
    closed: Ints
    won: Ints


@counts("cycle_days", "won_by_day", "deals")
def cohorts(export: Export, periods: Sequence[Period], by: By) -> Counts:
    """Sales cycle and win rate of the cohort of each period (docs/methods.md §2), for the entities of a level.

    The cohort is the deals created in the 12 months up to the period's end, as one quarter's deals alone are mostly too
    young for a median. Deals created before the export's first close are left out, as only those of them that were slow
    to close are in the export. A deal still open at the period's end is censored there: leaving it out would flatter
    whoever lets deals lie. Values: cycle_days (median days from creation to close; NaN as in `median_age`), won_by_day
    (share won by ``win_rate_cohort_days``; NaN as in `won_by`) and deals (their number). The export must have a deal
    with a close date.
    """
    spells, staff = _spells(export, grain_of(export, "opportunities", by)), staff_of(export.tables)
    keys, code = numbered([staff.entity(by, *place) for place in spells.places])
    shape = (len(periods), len(keys))
    values = {name: np.full(shape, np.nan) for name in ("cycle_days", "won_by_day")} | {"deals": np.zeros(shape)}
    for row, period in enumerate(periods):
        for entity, ages in _cohort(export, spells, code, period).items():
            values["cycle_days"][row, entity] = median_age(ages)
            values["won_by_day"][row, entity] = won_by(ages, export.definitions.win_rate_cohort_days)
            values["deals"][row, entity] = ages.left.sum()
    return Counts(keys, values, values["deals"] > 0)


def median_age(ages: Ages) -> float:
    """The median age at close, in days: the smallest age by which half have closed (Kaplan & Meier 1958).

    NaN where half never close. ``ages`` must not be empty.

    >>> ints = np.array
    >>> median_age(Ages(ints([3, 5, 8]), ints([1, 1, 2]), ints([1, 0, 2]), ints([1, 0, 0])))
    8.0
    """
    survival = np.cumprod(1 - ages.closed / _at_risk(ages))
    half = np.flatnonzero(survival <= 0.5 + 1e-9)  # 1/2 as a product of floats can come out above it
    return float(ages.age[half[0]]) if len(half) else float("nan")


def won_by(ages: Ages, day: int) -> float:
    """The share won by age ``day``, with losing as a competing risk (Aalen & Johansen 1978).

    NaN where all deals are younger than that and some of the oldest are open. ``ages`` must not be empty.

    >>> ints = np.array
    >>> won_by(Ages(ints([10, 20, 40]), ints([1, 1, 2]), ints([1, 1, 0]), ints([1, 0, 0])), 30)
    0.25
    """
    survival = np.cumprod(1 - ages.closed / _at_risk(ages))
    if ages.age[-1] < day and survival[-1] > 1e-9:
        return float("nan")
    before = np.concatenate([[1.0], survival[:-1]])
    return float((before * ages.won / _at_risk(ages))[ages.age <= day].sum())


def _at_risk(ages: Ages) -> Ints:
    """The number of deals that reach each age."""
    return np.asarray(ages.left[::-1].cumsum()[::-1])


def _cohort(export: Export, spells: Spells, code: Ints, period: Period) -> dict[int, Ages]:
    """Entity → the ages of the deals in its cohort: at their close or, if open, at the period's end.

    ``code``: the entity's number for each of ``spells.places``. Entities without deals are left out.
    """
    last = period.first + period.length - 1
    first, seen = last - COHORT_MONTHS + 1, as_of(export, period)
    closed, alive = spells.closed, spells.alive
    events = _run(closed.created, first, last) & (closed.closed <= last)
    # No age is negative: none of these deals was created after ``seen``.
    open_then = _run(alive.created, first, last) & (alive.closed > last)
    entity = np.concatenate([code[closed.place[events]], code[alive.place[open_then]]])
    age = np.concatenate([closed.age[events], (seen - _EPOCH).days - alive.day[open_then]])
    nobody = np.zeros(open_then.sum(), dtype=np.int64)
    left = np.concatenate([closed.deals[events], alive.deals[open_then]])
    counts = (left, np.concatenate([closed.deals[events], nobody]), np.concatenate([closed.won[events], nobody]))
    return _by_entity(entity, age, counts)


def _run(months: Ints, first: int, last: int) -> NDArray[np.bool_]:
    return np.asarray((months >= first) & (months <= last))


def _by_entity(entity: Ints, age: Ints, counts: tuple[Ints, Ints, Ints]) -> dict[int, Ages]:
    """Entity → its ages, from rows of entity, age in days and three counts: left, closed, won."""
    if not len(entity):
        return {}
    width = int(age.max()) + 1
    cell = entity * width + age
    summed = [np.bincount(cell, numbers).astype(np.int64) for numbers in counts]
    filled = np.flatnonzero(summed[0])
    summed = [numbers[filled] for numbers in summed]
    owner, ages = np.divmod(filled, width)
    owners, starts = np.unique(owner, return_index=True)
    parts = [np.split(numbers, starts[1:]) for numbers in (ages, *summed)]
    return {int(owner): Ages(*of_owner) for owner, of_owner in zip(owners, zip(*parts, strict=True), strict=True)}


@once
def _spells(export: Export, grain: Grain) -> Spells:
    """The deals created from the export's first close on, in one query; by region alone, the rep is "".

    A closed deal without a close date, or closed before it was created, is left out.
    """
    first_close = export.tables.spans["opportunities", "closed"][0]
    rows = rows_of(export.tables, "opportunities", ["created", "closed", "status", "seat"])
    month = export.client.calendar.month_sql
    seat = "seat" if grain == "rep" else "'' AS seat"
    answer = export.tables.ask(
        f"WITH deals AS (SELECT region, {seat}, created, {month('created')} AS created_month,"
        f" {month('closed')} AS closed_month, closed - created AS age, status FROM ({rows})"
        f" WHERE created >= DATE '{first_close}' AND (status = 'open' OR closed IS NOT NULL)"
        " AND NOT coalesce(closed < created, FALSE))"
        " SELECT region, seat, created_month, closed_month, age, created, count(*) AS deals,"
        " count(*) FILTER (WHERE status = 'won') AS won FROM deals GROUP BY GROUPING SETS"
        " ((region, seat, created_month, closed_month, age), (region, seat, created, created_month, closed_month))"
    )
    places, place = pairs_of(answer["region"], answer["seat"])
    by_day = pc.is_valid(answer["created"]).to_numpy()
    at_close = pc.is_valid(answer["age"]).to_numpy()
    alive, closed = answer.filter(pa.array(by_day)), answer.filter(pa.array(at_close))
    days = alive["created"].to_numpy().astype("datetime64[D]")
    return Spells(
        places,
        _Closed(
            place[at_close], *(_ints(closed[name]) for name in ("created_month", "closed_month", "age", "deals", "won"))
        ),
        _Alive(
            place[by_day],
            days.astype(np.int64),
            _ints(alive["created_month"]),
            _ints(pc.fill_null(alive["closed_month"].cast(pa.int64()), _NEVER)),
            _ints(alive["deals"]),
        ),
    )


def _ints(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.to_numpy(), dtype=np.int64)
