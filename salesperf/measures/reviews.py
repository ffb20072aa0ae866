"""Assessments and key results: rows that bear a period of their own, and what they come to for groups of reps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from salesperf.data.export import Export, once
from salesperf.errors import DataError
from salesperf.measures.facts import By, Counts, numbered, staff_of
from salesperf.measures.kpi import Array, ratio
from salesperf.periods import Period, parse_period


@once
def own_periods(export: Export, table: str) -> list[Period]:
    """The periods that the rows of a table bear, in order."""
    start = export.client.settings.fiscal_year_start
    return sorted(parse_period(label, start, error=DataError) for label in export.tables.texts(table, "period"))


def counting_for(period: Period, periods: list[Period]) -> list[Period]:
    """Of the periods told, those that count for the one asked for.

    Those that lie inside it; where none does, the shortest that it lies in, as a month lies in an assessed quarter.

    >>> year = [parse_period(f"2025Q{number}") for number in (1, 2, 3, 4)]
    >>> [str(one) for one in counting_for(parse_period("2025H2"), year)]
    ['2025Q3', '2025Q4']
    >>> [str(one) for one in counting_for(parse_period("2025-11"), year)]
    ['2025Q4']
    """
    inside = [counted for counted in periods if period.contains(counted)]
    around = [counted for counted in periods if counted.contains(period)]
    return inside or sorted(around, key=lambda counted: counted.length)[:1]


@dataclass(frozen=True)
class OfReps:
    """What reps come to in a period. ``reps``: their ids; ``values``: a number for each rep, by name."""

    reps: Sequence[str]
    values: Mapping[str, Array]


def grouped(of_periods: Sequence[OfReps], export: Export, by: By) -> Counts:
    """What reps come to as the entities they belong to: the mean over the reps, and the sum of what is behind it.

    ``of_periods``: for each period the reps in the order of their ids, so that a mean has the same last digit always;
    names that end with ``_n`` are what is behind others.
    """
    staff = staff_of(export.tables)
    reps = sorted({rep for period in of_periods for rep in period.reps})
    keys, place = numbered([staff.entity(by, staff.home_of(rep), rep) for rep in reps])
    entity = dict(zip(reps, place.tolist(), strict=True))
    names = list(dict.fromkeys(name for period in of_periods for name in period.values))
    shape = (len(of_periods), len(keys))
    values = {name: np.full(shape, 0.0 if name.endswith("_n") else np.nan) for name in names}
    there = np.zeros(shape, dtype=bool)
    for row, period in enumerate(of_periods):
        code = np.array([entity[rep] for rep in period.reps], dtype=np.int64)
        there[row, code] = True
        for name, numbers in period.values.items():
            reported = ~np.isnan(numbers)
            sums = np.bincount(code[reported], numbers[reported], len(keys))
            cases = np.bincount(code[reported], minlength=len(keys)).astype(np.float64)
            values[name][row] = sums if name.endswith("_n") else ratio(sums, cases)
    return Counts(keys, values, there)
