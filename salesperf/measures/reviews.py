"""Assessments and key results: tables whose rows name a period instead of a day, and means over reps from them."""

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
    """The distinct periods that the rows of a table name, sorted by start, then by length.

    ``table``: assessments or key_results; an empty list where the export has none. Raises DataError for a label that is
    no period.
    """
    fiscal = export.client.fiscal
    return sorted(parse_period(label, *fiscal, error=DataError) for label in export.tables.texts(table, "period"))


def counting_for(period: Period, periods: list[Period]) -> list[Period]:
    """Those of ``periods`` that count for ``period`` (docs/methods.md §2).

    These are all that lie inside it; where none does, the shortest that it lies in, as a month lies in an assessed
    quarter; an empty list where there is none either.

    >>> quarters = [parse_period(f"2025Q{number}") for number in (1, 2, 3, 4)]
    >>> [str(quarter) for quarter in counting_for(parse_period("2025H2"), quarters)]
    ['2025Q3', '2025Q4']
    >>> [str(quarter) for quarter in counting_for(parse_period("2025-11"), quarters)]
    ['2025Q4']
    """
    inside = [counted for counted in periods if period.contains(counted)]
    around = [counted for counted in periods if counted.contains(period)]
    return inside or sorted(around, key=lambda counted: counted.length)[:1]


@dataclass(frozen=True)
class OfReps:
    """Statistics of reps in a period. ``reps``: their ids; ``values``: name of a statistic → a value for each rep."""

    reps: Sequence[str]
    values: Mapping[str, Array]


def grouped(of_periods: Sequence[OfReps], export: Export, by: By) -> Counts:
    """Statistics of the entities that reps belong to: the mean over the reps that have a value, NaN without any.

    Statistics whose names end with ``_n`` are numbers of cases, which are summed instead. ``of_periods``: for each
    period its reps, sorted by id, so that a mean is always the same to the last digit.
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
