"""Key results: how far each has come from its start to its target (docs/methods.md §2; Doerr 2018)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from salesperf.data.export import Export, once
from salesperf.errors import DataError
from salesperf.measures.counters import counts
from salesperf.measures.facts import By, Counts
from salesperf.measures.kpi import Array, ratio
from salesperf.measures.reviews import OfReps, counting_for, grouped, own_periods
from salesperf.periods import Period
from salesperf.rounding import half_up
from salesperf.schemas import KEY_RESULTS

GREEN_FROM, YELLOW_FROM = 0.7, 0.4  # yellow includes 0.6 to 0.7, which Doerr (2018) leaves open
_NAMES = ["rep_id", "period", "objective", "key_result"]
_NUMBERS = ["start", "target", "actual"]


def key_result_scores(export: Export, period: Period) -> pd.DataFrame:
    """The key results that count for a period (see `counting_for`), one row each, with score and colour.

    Columns: rep_id, period (label of the key result's own period), objective and key_result, texts; start, target and
    actual, floats, NaN where empty; score (0 to 1; NaN without a target or an actual value); colour (green, yellow or
    red; "" without a score). An empty start counts as 0. No rows where the export has no key results. Raises DataError
    where a target equals its start, as the score would divide by 0.
    """
    if not export.tables.has("key_results"):
        return pd.DataFrame(columns=[*_NAMES, *_NUMBERS, "score", "colour"])
    rows = _scored(export)
    counting = {counted.label for counted in counting_for(period, own_periods(export, "key_results"))}
    return KEY_RESULTS.checked(rows[rows["period"].isin(counting)].reset_index(drop=True))


@counts("key_results", "key_results_n")
def key_results(export: Export, periods: Sequence[Period], by: By) -> Counts:
    """The score of key results in each period, for the entities of a level.

    An objective is the mean of its key results, a rep the mean of the objectives, a group the mean of its reps. Values:
    key_results (0 to 1, NaN without a score) and key_results_n (number of key results with a score).
    """
    review_periods = own_periods(export, "key_results")
    return grouped([_of_reps(export, tuple(counting_for(period, review_periods))) for period in periods], export, by)


@once
def _of_reps(export: Export, counting: tuple[Period, ...]) -> OfReps:
    """Each rep's mean over the objectives of the periods in ``counting``, and the number of key results behind it."""
    every = _objectives(export)
    rows = every[every["period"].isin([period.label for period in counting])]
    reps, code = np.unique(rows["rep_id"].to_numpy(dtype=object), return_inverse=True)
    means = rows["mean"].to_numpy(np.float64)
    reported = ~np.isnan(means)
    sums = np.bincount(code[reported], means[reported], len(reps))
    values: dict[str, Array] = {
        "key_results": ratio(sums, np.bincount(code[reported], minlength=len(reps)).astype(np.float64)),
        "key_results_n": np.asarray(np.bincount(code, rows["count"].to_numpy(np.float64), len(reps)), dtype=np.float64),
    }
    return OfReps(reps.tolist(), values)


@once
def _objectives(export: Export) -> pd.DataFrame:
    """The objectives of the export; columns: rep_id, period, objective, mean (of scores) and count (of scores)."""
    return _scored(export).groupby(_NAMES[:3], as_index=False)["score"].agg(["mean", "count"])


def colours(scores: Array) -> list[str]:
    """The colour of each score: green, yellow or red, "" for NaN.

    Scores are rounded to whole percent first, as they are printed, so that nobody sees 70 % in yellow.

    >>> colours(np.array([0.7, 0.695, 0.69, 0.39, np.nan]))
    ['green', 'green', 'yellow', 'red', '']
    """
    seen = half_up(scores, 2)
    known = [np.isnan(scores), seen >= GREEN_FROM, seen >= YELLOW_FROM]
    return [str(status) for status in np.select(known, ["", "green", "yellow"], "red")]


@once
def _scored(export: Export) -> pd.DataFrame:
    """Every key result of the export with its score and colour, sorted, so that the file's order does not matter."""
    numbers = ", ".join(f'CAST("{name}" AS DOUBLE) AS "{name}"' for name in _NUMBERS)
    rows: pd.DataFrame = export.tables.ask(f"SELECT {', '.join(_NAMES)}, {numbers} FROM key_results").to_pandas()
    rows = rows.sort_values([*_NAMES, *_NUMBERS], kind="stable", ignore_index=True)
    start = rows["start"].fillna(0.0)
    _check_starts(rows[start == rows["target"]])
    progress = (rows["actual"] - start) / (rows["target"] - start)
    rows["score"] = progress.clip(0, 1)
    rows["colour"] = colours(rows["score"].to_numpy(np.float64))
    return rows


def _check_starts(odd: pd.DataFrame) -> None:
    """Raises DataError where there are key results whose target equals the start."""
    if odd.empty:
        return
    shown = ", ".join(
        f"{row['key_result']!r} of {row['rep_id']} ({row['period']}, {row['objective']}: {row['target']:g})"
        for row in odd.head(3).to_dict("records")
    )
    raise DataError(
        "key_results: column 'target': expected a target other than the start (0 where it is empty), "
        f"got {len(odd)} equal to it: {shown}; correct them or leave the target empty"
    )
