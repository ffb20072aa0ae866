"""Assessed criteria: mean ratings after the raters' severity is taken out (docs/methods.md §2 and §3)."""

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
from salesperf.schemas import FAIR_RATINGS

_COLUMNS = ["rep_id", "period", "criterion", "rater"]


@counts("assessed", "assessed_n")
def assessed(export: Export, periods: Sequence[Period], by: By) -> Counts:
    """The mean fair rating (see `fair_ratings`) of each period, over all criteria and by criterion.

    A rep's ``assessed`` is the mean of the means by criterion, each weighing the same; a group's is the mean of its
    reps. Values, in points: ``assessed`` and the id of each criterion (see `criteria`), NaN where there is no rating,
    each with ``<id>_n``, the number of ratings.
    """
    review_periods = own_periods(export, "assessments")
    return grouped([_of_reps(export, tuple(counting_for(period, review_periods))) for period in periods], export, by)


def fair_ratings(export: Export, period: Period) -> pd.DataFrame:
    """The ratings that count for a period (see `counting_for`), as given and less the rater's severity, a row each.

    Columns: rep_id, period (label of the period that was assessed), criterion and rater, as categories, the rater
    missing where the export names none; rating (as given) and fair (less the rater's severity), floats in points. No
    rows where no rating counts. The export must have a table of assessments.
    """
    return FAIR_RATINGS.checked(_fair(export, period).copy())


def mean_ratings(fair: pd.DataFrame) -> pd.DataFrame:
    """Fair ratings by rep and by the period that was assessed.

    ``fair``: as `fair_ratings` gives them. Index: rep_id, period; columns: mean (of the means by criterion, each
    weighing the same, in points) and n (number of ratings).
    """
    rated = _rated(fair, ["rep_id", "period"]).groupby(level=[0, 1], observed=True)
    return rated.agg(mean=("mean", "mean"), n=("count", "sum"))


@company_wide
def raters(export: Export, period: Period) -> Raters:
    """The severity of the raters, estimated for a period (see `Raters`).

    All ratings of periods that end by the end of what counts for ``period`` (see `counting_for`) are used, and none
    later. The export must have a table of assessments.
    """
    return _raters(export, tuple(counting_for(period, own_periods(export, "assessments"))))


def _fair(export: Export, period: Period) -> pd.DataFrame:
    """The fair ratings of a period, not to be changed; computed once for all months of one assessed quarter."""
    return _fair_of(export, tuple(counting_for(period, own_periods(export, "assessments"))))


@once
def _fair_of(export: Export, counting: tuple[Period, ...]) -> pd.DataFrame:
    rows = _ratings(export)
    counted = rows[rows["period"].isin([period.label for period in counting])]
    return counted.assign(fair=_raters(export, counting).corrected(counted) if counting else counted["rating"])


@once
def _raters(export: Export, counting: tuple[Period, ...]) -> Raters:
    """The raters, from all ratings of periods that end by the end of the last of the periods that count.

    Later ratings are left out, so that the report of an earlier period stays as it was.
    """
    rows, last = _ratings(export), max((period.end for period in counting), default=None)
    known = [period.label for period in own_periods(export, "assessments") if last and period.end <= last]
    return severities(rows[rows["period"].isin(known)])


@once
def _ratings(export: Export) -> pd.DataFrame:
    """Every rating of the export, sorted, with texts as categories; the order of rows in the file does not matter."""
    rows: pd.DataFrame = export.tables.ask(
        f"SELECT {', '.join(_COLUMNS)}, CAST(rating AS DOUBLE) AS rating FROM assessments WHERE rating IS NOT NULL"
        " ORDER BY ALL"
    ).to_pandas()
    return rows.astype(dict.fromkeys(_COLUMNS, "category"))


@once
def _of_reps(export: Export, counting: tuple[Period, ...]) -> OfReps:
    """Each rated rep's mean rating over all criteria and by criterion, and the numbers of ratings behind them.

    Only the periods in ``counting`` are used. A criterion of the export without a rating in them is NaN, with n = 0.
    """
    rows, of_criteria = _fair_of(export, counting), criteria(export)
    reps, criterion = (rows[name].cat for name in ("rep_id", "criterion"))
    shape = (len(reps.categories), len(criterion.categories))
    cell = reps.codes.to_numpy(np.int64) * shape[1] + criterion.codes.to_numpy(np.int64)
    counts = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    sums = np.bincount(cell, rows["fair"].to_numpy(np.float64), shape[0] * shape[1]).reshape(shape)
    rated = counts.any(axis=1)
    counts, means = counts[rated], ratio(sums, counts)[rated]
    values = {"assessed": ratio(np.nansum(means, axis=1), (counts > 0).sum(axis=1)), "assessed_n": counts.sum(axis=1)}
    place = {name: number for number, name in enumerate(criterion.categories)}
    for name, text in of_criteria.items():
        column = place.get(text)
        values[name] = means[:, column] if column is not None else np.full(len(means), np.nan)
        values[f"{name}_n"] = counts[:, column] if column is not None else np.zeros(len(means))
    return OfReps(list(reps.categories.to_numpy(dtype=object)[rated]), values)


def _rated(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The mean and the count of the fair ratings. Index: ``keys`` and criterion; columns: mean, count."""
    return rows.groupby([*keys, "criterion"], observed=True)["fair"].agg(["mean", "count"])
