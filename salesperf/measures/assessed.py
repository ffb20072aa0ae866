"""Assessed criteria: mean ratings with the severity of the raters taken out (docs/methods.md §2 and §3)."""

from collections.abc import Mapping

import pandas as pd

from salesperf.data.company_wide import company_wide
from salesperf.data.tables import Tables
from salesperf.measures.facts import By
from salesperf.measures.ratings import Raters, severities
from salesperf.measures.reviews import counting_for, grouped, own_periods
from salesperf.periods import Period

_COLUMNS = ["rep_id", "period", "criterion", "rater"]


def assessed(tables: Tables, periods: list[Period], by: By, criteria: Mapping[str, str]) -> pd.DataFrame:
    """The mean rating of each period, over all criteria and by criterion, the raters' severity taken out.

    ``criteria``: KPI id → criterion. Each criterion weighs the same; a group is the mean of its reps. Index: period and
    the keys of the grouping; columns: assessed and the ids given, each with ``<id>_n``, the number of ratings.
    """
    parts = _fair(tables, periods)
    return grouped(pd.concat([_of_reps(part, criteria).assign(period=label) for label, part in parts]), tables, by)


def fair_ratings(tables: Tables, period: Period) -> pd.DataFrame:
    """The ratings that count for a period, as given (rating) and with the rater's severity taken out (fair).

    Columns: rep_id, period (their own), criterion, rater, rating, fair, in points. Empty where there are none.
    """
    return _fair(tables, [period])[0][1]


def mean_ratings(fair: pd.DataFrame) -> pd.DataFrame:
    """Fair ratings by rep and by the period that they bear: the mean over criteria, each weighing the same, and n.

    Index: rep_id and period; columns: mean, n.
    """
    rated = _rated(fair, ["rep_id", "period"]).groupby(level=[0, 1], observed=True)
    return rated.agg(mean=("mean", "mean"), n=("count", "sum"))


@company_wide
def raters(tables: Tables, period: Period) -> Raters:
    """What the ratings up to the end of a period, or of the reviews that count for it, tell of their raters."""
    told = own_periods(tables, "assessments", period.fiscal_year_start)
    return _raters(_ratings(tables), told, counting_for(period, told))


def _fair(tables: Tables, periods: list[Period]) -> list[tuple[str, pd.DataFrame]]:
    """The fair ratings of each period, by its label; months of one assessed quarter share one estimate."""
    rows, found = _ratings(tables), dict[tuple[Period, ...], pd.DataFrame]()
    told = own_periods(tables, "assessments", periods[0].fiscal_year_start)
    parts = []
    for period in periods:
        counting = counting_for(period, told)
        key = tuple(counting)
        if key not in found:
            mine = rows[rows["period"].isin([one.label for one in counting])]
            found[key] = mine.assign(fair=_raters(rows, told, counting).corrected(mine) if counting else mine["rating"])
        parts.append((period.label, found[key]))
    return parts


def _raters(rows: pd.DataFrame, told: list[Period], counting: list[Period]) -> Raters:
    """From everything rated up to the end of what counts, and nothing later: a report of the past stays as it was."""
    last = max((one.end for one in counting), default=None)
    known = [one.label for one in told if last and one.end <= last]
    return severities(rows[rows["period"].isin(known)])


def _ratings(tables: Tables) -> pd.DataFrame:
    """Every rating of the export, in an order of its own, with names as categories."""
    table = tables["assessments"]
    table = table.filter(table.rating.notnull()).select(*_COLUMNS, rating=table.rating.cast("float64"))
    rows: pd.DataFrame = table.order_by(*_COLUMNS, "rating").to_pyarrow().to_pandas()
    return rows.astype(dict.fromkeys(_COLUMNS, "category"))


def _of_reps(rows: pd.DataFrame, criteria: Mapping[str, str]) -> pd.DataFrame:
    """One row per rep: rep_id, and each KPI with the number of ratings behind it."""
    rated = _rated(rows, ["rep_id"])
    means, counts = rated["mean"].unstack(), rated["count"].unstack()
    found = {"assessed": means.mean(axis=1), "assessed_n": counts.sum(axis=1)}
    for name, criterion in criteria.items():
        there = criterion in means
        found[name] = means[criterion] if there else pd.Series(float("nan"), means.index)
        found[f"{name}_n"] = counts[criterion].fillna(0.0) if there else pd.Series(0.0, means.index)
    return pd.DataFrame(found).rename_axis("rep_id").reset_index().astype({"rep_id": "str"})


def _rated(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The mean and the number of the fair ratings of each key and criterion."""
    return rows.groupby([*keys, "criterion"], observed=True)["fair"].agg(["mean", "count"])
