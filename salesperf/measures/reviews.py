"""Assessments and key results: rows that bear a period of their own, and what they come to for groups of reps."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from salesperf.data.company_wide import company_wide
from salesperf.data.tables import Tables
from salesperf.errors import DataError
from salesperf.measures.facts import KEYS, NOBODY, By
from salesperf.periods import Period, parse_period


@company_wide
def own_periods(tables: Tables, table: str, fiscal_year_start: int) -> list[Period]:
    """The periods that the rows of a table bear, in order."""
    labels = tables[table].select("period").distinct().to_pyarrow()["period"].to_pylist()
    return sorted(parse_period(label, fiscal_year_start, error=DataError) for label in labels)


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


def of_periods(facts: ir.Table, tables: Tables, table: str, periods: list[Period]) -> ir.Table:
    """The facts that count for each period, by the period that they bear; period is then the one asked for.

    ``facts``: rows of the table, perhaps with more columns.
    """
    told = own_periods(tables, table, periods[0].fiscal_year_start)
    pairs = [(period.label, one.label) for period in periods for one in counting_for(period, told)]
    kinds = {"period": "string", "borne": "string"}
    asked = ibis.memtable(pd.DataFrame(pairs, columns=list(kinds)), schema=kinds)
    return facts.rename(own_period="period").join(asked, ibis._.own_period == asked.borne)


def grouped(of_reps: pd.DataFrame, tables: Tables, by: By) -> pd.DataFrame:
    """What reps come to as the groups they belong to: the mean over the reps, and the sum of what is behind it.

    ``of_reps``: one row per period and rep; columns period, rep_id, the values, and ``<value>_n`` behind each. Index of
    the result: period and the keys of the grouping. Who is not in the list of reps has neither region nor team.
    """
    staff = pd.DataFrame(tables.staff(), columns=["rep_id", "region", "team"])
    placed = of_reps.merge(staff, on="rep_id", how="left").fillna({"region": NOBODY, "team": NOBODY})
    # Always in the same order, so that a mean has the same last digit.
    placed = placed.sort_values(["period", "rep_id"], kind="stable")
    values = [str(name) for name in of_reps if name not in ("period", "rep_id")]
    groups = placed.groupby(["period", *KEYS[by]])[values]
    counts = [name for name in values if name.endswith("_n")]
    means = groups.mean().drop(columns=counts)
    return means.join(groups.sum()[counts]).astype("float64")
