"""The sales cycle: Kaplan–Meier median of the days from creation to close (docs/methods.md §2)."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.data.tables import Tables
from salesperf.measures.facts import KEYS, By, Window, as_of, deals, in_windows, keyed
from salesperf.periods import Period

COHORT_MONTHS = 12
Counts = NDArray[np.int64]


def cycle_days(tables: Tables, periods: list[Period], by: By) -> pd.DataFrame:
    """The median cycle of the deals created in the 12 months up to each period's end, and their number.

    A deal that is not closed by that end is censored there: leaving it out would flatter whoever lets deals
    lie. One quarter's deals alone are mostly too young for a median. Index: period and the keys; columns:
    cycle_days, cycle_days_n.
    """
    keys = ["period", *KEYS[by]]
    ages = keyed(_spells(tables, periods), by).group_by(*keys, "age")
    counts = ages.aggregate(left=ibis._.count(), closed=ibis._.event.sum()).execute().sort_values([*keys, "age"])
    found: pd.DataFrame = counts[keys].drop_duplicates()
    starts = np.flatnonzero(~counts.duplicated(keys).to_numpy())
    columns = (np.split(counts[name].to_numpy(np.int64), starts)[1:] for name in ("age", "left", "closed"))
    medians = [(median_age(*of_one), float(of_one[1].sum())) for of_one in zip(*columns, strict=True)]
    found[["cycle_days", "cycle_days_n"]] = np.reshape(medians, (-1, 2))
    found = found.set_index(keys)
    return found


def median_age(age: Counts, left: Counts, closed: Counts) -> float:
    """The smallest age by which half have closed (Kaplan & Meier 1958), NaN where half never close.

    Arrays of one length by rising age in days: how many are last seen at each age, and how many of them closed.

    >>> median_age(np.array([3, 5, 8]), np.array([1, 1, 2]), np.array([1, 0, 2]))
    8.0
    """
    at_risk = left[::-1].cumsum()[::-1]
    survival = np.cumprod(1 - closed / at_risk)
    half = np.flatnonzero(survival <= 0.5 + 1e-9)  # 1/2 as a product of floats can come out above it
    return float(age[half[0]]) if len(half) else float("nan")


def _spells(tables: Tables, periods: list[Period]) -> ir.Table:
    """One row per deal and period: its age when it closed, or as of the period's end, and whether it closed.

    Of the deals created before the first close in the export only those are in it that were slow to close, so
    that they are left out.
    """
    first_close = tables.spans["opportunities", "closed"][0]
    cohorts = []
    for period in periods:
        months = Period(period.first + period.length - COHORT_MONTHS, COHORT_MONTHS)
        seen = as_of(tables, period, "opportunities.created", "opportunities.closed")
        cohorts.append(Window(period.label, max(months.start, first_close), seen))
    rows = deals(tables)
    told = rows.filter((rows.status == "open") | rows.closed.notnull(), ~(rows.closed < rows.created).fill_null(False))
    spells = in_windows(told, "created", cohorts)
    event = (spells.closed <= spells["last"]).fill_null(False)
    until = ibis.ifelse(event, spells.closed, spells["last"])
    return spells.mutate(age=until.delta(spells.created, unit="day"), event=event.cast("int64"))
