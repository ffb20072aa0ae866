"""Assessed criteria: mean ratings with the severity of the raters taken out (docs/methods.md §2 and §3)."""

from collections.abc import Mapping, Sequence

import pandas as pd

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export, once
from salesperf.measures.facts import By, Counts
from salesperf.measures.kpis import criteria
from salesperf.measures.ratings import Raters, severities
from salesperf.measures.reviews import counting_for, grouped, own_periods
from salesperf.periods import Period

_COLUMNS = ["rep_id", "period", "criterion", "rater"]


def assessed(export: Export, periods: Sequence[Period], by: By) -> Counts:
    """The mean rating of each period, over all criteria and by criterion, the raters' severity taken out.

    Each criterion weighs the same; a group is the mean of its reps. Values: assessed and the ids of the criteria, each
    with ``<id>_n``, the number of ratings.
    """
    of_criteria = criteria(export)
    return grouped([_of_reps(_fair(export, one), of_criteria) for one in periods], export, by)


def fair_ratings(export: Export, period: Period) -> pd.DataFrame:
    """The ratings that count for a period, as given (rating) and with the rater's severity taken out (fair).

    Columns: rep_id, period (their own), criterion, rater, rating, fair, in points. Empty where there are none.
    """
    return _fair(export, period).copy()


def mean_ratings(fair: pd.DataFrame) -> pd.DataFrame:
    """Fair ratings by rep and by the period that they bear: the mean over criteria, each weighing the same, and n.

    Index: rep_id and period; columns: mean, n.
    """
    rated = _rated(fair, ["rep_id", "period"]).groupby(level=[0, 1], observed=True)
    return rated.agg(mean=("mean", "mean"), n=("count", "sum"))


@company_wide
def raters(export: Export, period: Period) -> Raters:
    """What the ratings up to the end of a period, or of the reviews that count for it, tell of their raters."""
    return _raters(export, tuple(counting_for(period, own_periods(export, "assessments"))))


def _fair(export: Export, period: Period) -> pd.DataFrame:
    """The fair ratings of a period; months of one assessed quarter share one estimate."""
    return _fair_of(export, tuple(counting_for(period, own_periods(export, "assessments"))))


@once
def _fair_of(export: Export, counting: tuple[Period, ...]) -> pd.DataFrame:
    rows = _ratings(export)
    mine = rows[rows["period"].isin([one.label for one in counting])]
    return mine.assign(fair=_raters(export, counting).corrected(mine) if counting else mine["rating"])


@once
def _raters(export: Export, counting: tuple[Period, ...]) -> Raters:
    """From everything rated up to the end of what counts, and nothing later: a report of the past stays as it was."""
    rows, last = _ratings(export), max((one.end for one in counting), default=None)
    known = [one.label for one in own_periods(export, "assessments") if last and one.end <= last]
    return severities(rows[rows["period"].isin(known)])


@once
def _ratings(export: Export) -> pd.DataFrame:
    """Every rating of the export, in an order of its own, with names as categories."""
    rows: pd.DataFrame = export.tables.ask(
        f"SELECT {', '.join(_COLUMNS)}, CAST(rating AS DOUBLE) AS rating FROM assessments WHERE rating IS NOT NULL"
        " ORDER BY ALL"
    ).to_pandas()
    return rows.astype(dict.fromkeys(_COLUMNS, "category"))


def _of_reps(rows: pd.DataFrame, of_criteria: Mapping[str, str]) -> pd.DataFrame:
    """One row per rep: rep_id, and each KPI with the number of ratings behind it."""
    rated = _rated(rows, ["rep_id"])
    means, counts = rated["mean"].unstack(), rated["count"].unstack()
    values = {"assessed": means.mean(axis=1), "assessed_n": counts.sum(axis=1)}
    for name, criterion in of_criteria.items():
        there = criterion in means
        values[name] = means[criterion] if there else pd.Series(float("nan"), means.index)
        values[f"{name}_n"] = counts[criterion].fillna(0.0) if there else pd.Series(0.0, means.index)
    return pd.DataFrame(values).rename_axis("rep_id").reset_index().astype({"rep_id": "str"})


def _rated(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The mean and the number of the fair ratings of each key and criterion."""
    return rows.groupby([*keys, "criterion"], observed=True)["fair"].agg(["mean", "count"])
