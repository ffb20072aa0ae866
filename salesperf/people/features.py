"""The features that potential is made of: results and their trend, behaviour, breadth (docs/methods.md §6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export, once
from salesperf.inference.reliability import RELIABLE_FROM
from salesperf.measures.assessed import fair_ratings, mean_ratings
from salesperf.measures.coverage import is_whole
from salesperf.measures.rows import rows_of
from salesperf.measures.table import kpi_table
from salesperf.people.estimates import RECENT, Estimate, repeated, results
from salesperf.periods import Period
from salesperf.schemas import BY_FEATURE, JUDGED

QUARTERS = 8  # looked at for trend and steadiness: two whole years, so that no season weighs more at one end
FEATURES = ("level", "trend", "steadiness", "activities", "quality", "assessed", "customers", "products")
GROWTH = FEATURES[1:]  # what potential is computed from; the level of results is performance, not potential
_COUNTED = ("activities", "customers")  # KPIs that are counts; a feature is the mean of ln(1 + count)


@dataclass(frozen=True)
class Features:
    """The features of the reps who can be judged, and who and what is left out.

    ``values``: one row per rep (index rep_id), one float column per feature that is available and reliable, in the
    order of FEATURES; each value is shrunk towards the mean of all, NaN where the rep has none. ``errors``: the error
    variances of these values. ``people``: the same rows, with region, team ("" without), rep (the name) and quarters
    (whole quarters of employment among those looked at). ``missing``: features that fewer than half of these reps have
    a value of; ``unreliable``: available features with a reliability under RELIABLE_FROM (docs/methods.md §4), which
    are not in ``values``. ``too_new`` and ``unsold`` have the columns of ``people``, for those with fewer than RECENT
    whole quarters of employment and for those without a sale in the quarters looked at. ``quarters``: how many whole
    quarters are looked at, at most QUARTERS. ``revenue``: that of everyone employed at the end (index rep_id) in each
    of them (columns: labels), NaN before employment. ``reliability``: of each available feature, 0 to 1 or NaN.
    """

    values: pd.DataFrame
    people: pd.DataFrame
    missing: tuple[str, ...]
    too_new: pd.DataFrame
    unreliable: tuple[str, ...] = ()
    unsold: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(JUDGED.columns)))
    quarters: int = QUARTERS
    revenue: pd.DataFrame = field(default_factory=pd.DataFrame)
    errors: pd.DataFrame = field(default_factory=pd.DataFrame)
    reliability: Mapping[str, float] = field(default_factory=dict)


@company_wide
def features(export: Export) -> Features:
    """The features of everyone employed at the end of the export's period (see `features_at`)."""
    return features_at(export, export.period)


def features_at(export: Export, period: Period) -> Features:
    """The features of everyone employed at the end of a period, from the last QUARTERS whole quarters up to it.

    Nothing that happened later counts. Where the export covers fewer than RECENT whole quarters, nobody can be judged
    and ``values`` has no rows.
    """
    quarters = whole_quarters(export, period)
    kpis = ("revenue", "activity_quality", *_COUNTED)
    history = kpi_table(export, quarters or [period], "rep", only=kpis)
    people, revenue = _people(export, history, period, quarters)
    sold, long_enough = (revenue > 0).any(axis=1), people["quarters"] >= RECENT
    ready = sold & long_enough
    unsold = ~sold & (long_enough | people.pop("start_date").isna())
    estimates = _estimates(export, history, revenue[ready], quarters[-RECENT:])
    available = [name for name in FEATURES if np.isfinite(estimates[name].value).sum() >= ready.sum() / 2]
    unreliable = [name for name in available if name != "level" and estimates[name].reliability < RELIABLE_FROM]
    kept = {name: estimates[name] for name in available if name not in unreliable}
    values, errors = ({n: e.shrunk for n, e in kept.items()}, {n: e.shrunk_error for n, e in kept.items()})
    return Features(
        values=BY_FEATURE.checked(pd.DataFrame(values, index=people.index[ready])),
        people=JUDGED.checked(people[ready]),
        missing=tuple(name for name in FEATURES if name not in available),
        too_new=JUDGED.checked(people[~ready & ~unsold]),
        unreliable=tuple(unreliable),
        unsold=JUDGED.checked(people[unsold]),
        quarters=len(quarters),
        revenue=revenue,
        reliability={name: estimates[name].reliability for name in available},
        errors=BY_FEATURE.checked(pd.DataFrame(errors, index=people.index[ready])),
    )


def whole_quarters(export: Export, period: Period) -> list[Period]:
    """The quarters to look at, oldest first: the last QUARTERS up to the period's end that the export covers whole."""
    last = period.other(period.first + period.length - 3, 3)
    # One more than QUARTERS, so that a last quarter that the export covers only in part costs none of them.
    return [quarter for quarter in last.trailing(QUARTERS + 1) if is_whole(export, quarter)][-QUARTERS:]


def _people(
    export: Export, history: pd.DataFrame, period: Period, quarters: list[Period]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who is employed at the end of the period, and each one's revenue by quarter.

    People: index rep_id; region, team ("" without), rep, start_date, quarters (whole quarters of employment). Revenue:
    index rep_id, one column per quarter (its label), NaN in quarters without employment from the first day on. Where
    the export has no start date, employment begins with the quarter of the first sale.
    """
    staff = [
        row
        for row in export.tables.staff()
        if not (row["start_date"] and row["start_date"] > period.end)
        and not (row["end_date"] and row["end_date"] <= period.end)
    ]
    columns = ["rep_id", "region", "team", "rep", "start_date"]
    people = pd.DataFrame(staff, columns=columns).fillna({"team": ""}).set_index("rep_id").sort_index()
    revenue = _quarterly(history, "revenue", people.index, quarters)
    since_first_sale = (revenue > 0).cummax(axis=1)
    whole = pd.DataFrame(
        {
            quarter.label: _begun(people["start_date"], quarter.start, since_first_sale[quarter.label])
            for quarter in quarters
        },
        index=people.index,
    )
    return people.assign(quarters=whole.sum(axis=1).astype("int64")), revenue.where(whole)


def _begun(starts: "pd.Series[date]", day: date, otherwise: pd.Series) -> list[bool]:
    """For each start date, whether it is the day or before; where it is missing, the value of ``otherwise``."""
    return [bool(known) if pd.isna(start) else start <= day for start, known in zip(starts, otherwise, strict=True)]


def _estimates(
    export: Export, history: pd.DataFrame, revenue: pd.DataFrame, recent: list[Period]
) -> dict[str, Estimate]:
    """The estimate of every feature, for the reps in ``revenue`` (index rep_id, one column per quarter).

    Counts enter as ln(1 + count), as they differ between people and quarters by proportion.
    """
    counts = {name: _quarterly(history, name, revenue.index, recent).apply(np.log1p) for name in _COUNTED}
    quarterly = counts | {
        "quality": _quarterly(history, "activity_quality", revenue.index, recent),
        "assessed": _assessed(export, recent).reindex(revenue.index),
        "products": _products(export, recent).reindex(revenue.index),
    }
    return results(revenue.to_numpy(np.float64)) | {
        name: repeated(frame.to_numpy(np.float64)) for name, frame in quarterly.items()
    }


def _quarterly(history: pd.DataFrame, kpi: str, reps: pd.Index, quarters: list[Period]) -> pd.DataFrame:
    """A KPI by rep (rows) and label of the quarter (columns)."""
    values = history.pivot(index="rep_id", columns="period", values=kpi)
    return values.reindex(index=reps, columns=[quarter.label for quarter in quarters])


def _assessed(export: Export, recent: list[Period]) -> pd.DataFrame:
    """Mean rating over all criteria by rep (rows) and period of assessment (columns), without the raters' severity.

    The periods of assessment are those that count for the quarters of ``recent``. Empty where there are no ratings.
    """
    if not recent or not export.tables.has("assessments", "rating"):
        return pd.DataFrame()
    year = recent[0].other(recent[0].first, 3 * len(recent))
    return mean_ratings(fair_ratings(export, year))["mean"].unstack("period")


@once
def _monthly_orders(export: Export) -> pd.DataFrame:
    """Number of orders by rep, month and product; columns: rep_id, month (year × 12 + month − 1), product, sold."""
    rows = rows_of(export.tables, "sales", ["date", "product", "is_order"])
    answer = export.tables.ask(
        f"SELECT rep_id, {export.client.calendar.month_sql('date')} AS month, product, count(*) AS sold FROM ({rows})"
        " WHERE product IS NOT NULL AND is_order GROUP BY ALL"
    )
    frame: pd.DataFrame = answer.to_pandas()
    return frame


def _orders_by_product(export: Export, quarters: list[Period]) -> pd.DataFrame:
    """Number of orders by rep, quarter and product; columns: rep_id, period (label), product, sold."""
    labels = {month.first: quarter.label for quarter in quarters for month in quarter.months()}
    rows = _monthly_orders(export)
    rows = rows.assign(period=rows["month"].map(labels)).dropna(subset="period")
    return rows.groupby(["rep_id", "period", "product"])["sold"].sum().reset_index()


def _products(export: Export, recent: list[Period]) -> pd.DataFrame:
    """The probability that two orders of a quarter are of different products, by rep (rows) and quarter (columns).

    By Simpson's (1949) estimator, which does not grow with the number of orders. NaN for fewer than two orders.
    """
    if not recent:
        return pd.DataFrame()
    counts = _orders_by_product(export, recent)
    counts["pairs"] = counts["sold"] * (counts["sold"] - 1)
    sums = counts.groupby(["rep_id", "period"])[["sold", "pairs"]].sum()
    alike = sums["pairs"] / (sums["sold"] * (sums["sold"] - 1)).where(sums["sold"] > 1)
    return pd.DataFrame((1 - alike).unstack())
