"""Assessed criteria: mean ratings with the severity of the raters taken out (docs/methods.md §2 and §3)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export, once
from salesperf.measures.counters import counts
from salesperf.measures.facts import By, Counts
from salesperf.measures.kpi import ratio
from salesperf.measures.kpis import criteria
from salesperf.measures.ratings import Raters, severities
from salesperf.measures.reviews import OfReps, counting_for, grouped, own_periods
from salesperf.periods import Period

_COLUMNS = ["rep_id", "period", "criterion", "rater"]


@counts("assessed", "assessed_n")
def assessed(export: Export, periods: Sequence[Period], by: By) -> Counts:
    """The mean rating of each period, over all criteria and by criterion, the raters' severity taken out.

    Each criterion weighs the same; a group is the mean of its reps. Values: assessed and the ids of the criteria, each
    with ``<id>_n``, the number of ratings.
    """
    borne = own_periods(export, "assessments")
    return grouped([_of_reps(export, tuple(counting_for(period, borne))) for period in periods], export, by)


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
    mine = rows[rows["period"].isin([period.label for period in counting])]
    return mine.assign(fair=_raters(export, counting).corrected(mine) if counting else mine["rating"])


@once
def _raters(export: Export, counting: tuple[Period, ...]) -> Raters:
    """From everything rated up to the end of what counts, and nothing later: a report of the past stays as it was."""
    rows, last = _ratings(export), max((period.end for period in counting), default=None)
    known = [period.label for period in own_periods(export, "assessments") if last and period.end <= last]
    return severities(rows[rows["period"].isin(known)])


@once
def _ratings(export: Export) -> pd.DataFrame:
    """Every rating of the export, in an order of its own, with names as categories."""
    rows: pd.DataFrame = export.tables.ask(
        f"SELECT {', '.join(_COLUMNS)}, CAST(rating AS DOUBLE) AS rating FROM assessments WHERE rating IS NOT NULL"
        " ORDER BY ALL"
    ).to_pandas()
    return rows.astype(dict.fromkeys(_COLUMNS, "category"))


@once
def _of_reps(export: Export, counting: tuple[Period, ...]) -> OfReps:
    """Every rep's mean rating over all criteria and by criterion, each with the number of ratings behind it."""
    rows, of_criteria = _fair_of(export, counting), criteria(export)
    reps, criterion = (rows[name].cat for name in ("rep_id", "criterion"))
    shape = (len(reps.categories), len(criterion.categories))
    cell = reps.codes.to_numpy(np.int64) * shape[1] + criterion.codes.to_numpy(np.int64)
    counts = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    sums = np.bincount(cell, rows["fair"].to_numpy(np.float64), shape[0] * shape[1]).reshape(shape)
    there = counts.any(axis=1)
    counts, means = counts[there], ratio(sums, counts)[there]
    values = {"assessed": ratio(np.nansum(means, axis=1), (counts > 0).sum(axis=1)), "assessed_n": counts.sum(axis=1)}
    place = {name: number for number, name in enumerate(criterion.categories)}
    for name, text in of_criteria.items():
        column = place.get(text)
        values[name] = means[:, column] if column is not None else np.full(len(means), np.nan)
        values[f"{name}_n"] = counts[:, column] if column is not None else np.zeros(len(means))
    return OfReps(list(reps.categories.to_numpy(dtype=object)[there]), values)


def _rated(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The mean and the number of the fair ratings of each key and criterion."""
    return rows.groupby([*keys, "criterion"], observed=True)["fair"].agg(["mean", "count"])
