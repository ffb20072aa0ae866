"""Key results: how far each has come from start to target (docs/methods.md §2; Doerr, *Measure What Matters*)."""

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

GREEN_FROM, YELLOW_FROM = 0.7, 0.4  # what the book leaves open, 0.6 to 0.7, is yellow
_NAMES = ["rep_id", "period", "objective", "key_result"]
_NUMBERS = ["start", "target", "actual"]


def key_result_scores(export: Export, period: Period) -> pd.DataFrame:
    """The key results that count for a period, each with its score and colour.

    Columns: rep_id, period (the key result's own), objective, key_result, start, target, actual, score (0 to 1) and
    colour (green, yellow, red; "" where there is no score). A start that is not told is 0; without a target or a result
    there is no score; no rows where the export has none. Raises DataError where a start is also the target: no way
    leads from one to the other.
    """
    if not export.tables.has("key_results"):
        return pd.DataFrame(columns=[*_NAMES, *_NUMBERS, "score", "colour"])
    rows = _scored(export)
    counting = {counted.label for counted in counting_for(period, own_periods(export, "key_results"))}
    return rows[rows["period"].isin(counting)].reset_index(drop=True)


@counts("key_results", "key_results_n")
def key_results(export: Export, periods: Sequence[Period], by: By) -> Counts:
    """The key results of each period: of an objective their mean, of a rep the objectives', of a group the reps'.

    Values: key_results, key_results_n (key results with a score).
    """
    borne = own_periods(export, "key_results")
    return grouped([_of_reps(export, tuple(counting_for(period, borne))) for period in periods], export, by)


@once
def _of_reps(export: Export, counting: tuple[Period, ...]) -> OfReps:
    """Every rep's mean over the objectives, and the key results with a score behind it."""
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
    """The objectives of the export: rep_id, period, objective, the mean score of its key results, and their count."""
    return _scored(export).groupby(_NAMES[:3], as_index=False)["score"].agg(["mean", "count"])


def colours(scores: Array) -> list[str]:
    """The colours of scores as printed in whole percent, so that nobody sees 70 % in yellow; "" without one.

    >>> colours(np.array([0.7, 0.695, 0.69, 0.39, np.nan]))
    ['green', 'green', 'yellow', 'red', '']
    """
    seen = half_up(scores, 2)
    known = [np.isnan(scores), seen >= GREEN_FROM, seen >= YELLOW_FROM]
    return [str(status) for status in np.select(known, ["", "green", "yellow"], "red")]


@once
def _scored(export: Export) -> pd.DataFrame:
    """Every key result of the export with its score and colour, in an order of their own."""
    numbers = ", ".join(f'CAST("{name}" AS DOUBLE) AS "{name}"' for name in _NUMBERS)
    rows: pd.DataFrame = export.tables.ask(f"SELECT {', '.join(_NAMES)}, {numbers} FROM key_results").to_pandas()
    rows = rows.sort_values([*_NAMES, *_NUMBERS], kind="stable", ignore_index=True)
    start = rows["start"].fillna(0.0)
    _check_ways(rows[start == rows["target"]])
    way = (rows["actual"] - start) / (rows["target"] - start)
    rows["score"] = way.clip(0, 1)
    rows["colour"] = colours(rows["score"].to_numpy(np.float64))
    return rows


def _check_ways(odd: pd.DataFrame) -> None:
    """Raises DataError for key results that end where they start."""
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
