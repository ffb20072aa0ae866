"""Assessments and key results: rows that bear a period of their own, and what they come to for groups of reps."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from salesperf.data.export import Export, once
from salesperf.errors import DataError
from salesperf.measures.facts import By, Counts, Entity, own_labels, staff_of
from salesperf.periods import Period, parse_period


@once
def own_periods(export: Export, table: str) -> list[Period]:
    """The periods that the rows of a table bear, in order."""
    start = export.client.settings.fiscal_year_start
    return sorted(parse_period(label, start, error=DataError) for label in own_labels(export.tables, table))


def counting_for(period: Period, told: list[Period]) -> list[Period]:
    """Of the periods told, those that count for the one asked for.

    Those that lie inside it; where none does, the shortest that it lies in, as a month lies in an assessed quarter.

    >>> year = [parse_period(f"2025Q{number}") for number in (1, 2, 3, 4)]
    >>> [str(one) for one in counting_for(parse_period("2025H2"), year)]
    ['2025Q3', '2025Q4']
    >>> [str(one) for one in counting_for(parse_period("2025-11"), year)]
    ['2025Q4']
    """
    inside = [one for one in told if period.contains(one)]
    around = [one for one in told if one.contains(period)]
    return inside or sorted(around, key=lambda one: one.length)[:1]


def grouped(of_reps: Sequence[pd.DataFrame], export: Export, by: By) -> Counts:
    """What reps come to as the entities they belong to: the mean over the reps, and the sum of what is behind it.

    ``of_reps``: for each period one row per rep: rep_id, the values, and ``<value>_n`` behind each.
    """
    staff = staff_of(export.tables)
    reps = sorted({rep for frame in of_reps for rep in frame["rep_id"]})
    entity = {rep: staff.entity(by, staff.home.get(rep, ("", ""))[0], rep) for rep in reps}
    keys: list[Entity] = sorted(set(entity.values()))
    number = {key: code for code, key in enumerate(keys)}
    names = list(dict.fromkeys(str(name) for frame in of_reps for name in frame if name != "rep_id"))
    values = {name: np.full((len(of_reps), len(keys)), 0.0 if name.endswith("_n") else np.nan) for name in names}
    there = np.zeros((len(of_reps), len(keys)), dtype=bool)
    for row, frame in enumerate(of_reps):
        # Always in the same order, so that a mean has the same last digit.
        ordered = frame.sort_values("rep_id", kind="stable")
        code = np.array([number[entity[rep]] for rep in ordered["rep_id"]], dtype=np.int64)
        there[row, code] = True
        for name in (str(one) for one in ordered if one != "rep_id"):
            numbers = ordered[name].to_numpy(np.float64)
            told = ~np.isnan(numbers)
            sums = np.bincount(code[told], numbers[told], len(keys))
            cases = np.bincount(code[told], minlength=len(keys))
            values[name][row] = sums if name.endswith("_n") else np.where(cases, sums / np.maximum(cases, 1), np.nan)
    return Counts(keys, values, there)
