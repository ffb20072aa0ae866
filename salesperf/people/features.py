"""What speaks for a person's potential: results and their trend, behaviour, breadth (docs/methods.md §6)."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export, once
from salesperf.measures.assessed import fair_ratings, mean_ratings
from salesperf.measures.availability import is_whole
from salesperf.measures.facts import month_sql
from salesperf.measures.rows import rows_of
from salesperf.measures.table import kpi_table
from salesperf.people.estimates import RECENT, Estimate, repeated, results
from salesperf.periods import Period

QUARTERS = 8  # looked back for trend and steadiness: two whole years, so that no season weighs more at one end
FEATURES = ("level", "trend", "steadiness", "activities", "quality", "assessed", "customers", "products")
GROWTH = FEATURES[1:]  # what speaks for more than the present role; the level is performance, not potential
_COUNTED = ("activities", "customers")
RELIABLE_FROM = 0.3  # below, a feature tells more of chance than of people (docs/methods.md §4)


@dataclass(frozen=True)
class Features:
    """Features of the reps who can be judged.

    ``values``: one row per rep (index rep_id), one column per feature that the export can tell, each shrunk by how
    unsure it is; ``people``: region, team, rep, quarters (of employment among those looked at); ``missing``: features
    that the export cannot tell; ``unreliable``: those that tell more of chance than of people and are left out;
    ``too_new``: people with fewer than RECENT whole quarters; ``unsold``: people without any sale in them;
    ``quarters``: how many whole quarters the export covers of those looked at.
    """

    values: pd.DataFrame
    people: pd.DataFrame
    missing: tuple[str, ...]
    too_new: pd.DataFrame
    unreliable: tuple[str, ...] = ()
    unsold: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["region", "team", "rep"]))
    quarters: int = QUARTERS


@company_wide
def features(export: Export) -> Features:
    """The features of everyone employed at the end of the period, from the whole quarters up to it."""
    quarters = whole_quarters(export, export.period)
    asked = ("revenue", "activity_quality", *_COUNTED)
    history = kpi_table(export, quarters or [export.period], "rep", only=asked)
    people, revenue = _people(export, history, export.period, quarters)
    sold, long_enough = (revenue > 0).any(axis=1), people["quarters"] >= RECENT
    ready = sold & long_enough
    unsold = ~sold & (long_enough | people.pop("start_date").isna())
    found = _estimates(export, history, revenue[ready], quarters[-RECENT:])
    told = [name for name in FEATURES if np.isfinite(found[name].value).sum() >= ready.sum() / 2]
    unreliable = [name for name in told if name != "level" and found[name].reliability < RELIABLE_FROM]
    values = {name: found[name].shrunk for name in told if name not in unreliable}
    return Features(
        values=pd.DataFrame(values, index=people.index[ready]),
        people=people[ready],
        missing=tuple(name for name in FEATURES if name not in told),
        too_new=people[~ready & ~unsold],
        unreliable=tuple(unreliable),
        unsold=people[unsold],
        quarters=len(quarters),
    )


def whole_quarters(export: Export, period: Period) -> list[Period]:
    """The quarters to look at, oldest first: the last ones up to the period's end that the export covers wholly."""
    last = Period(period.first + period.length - 3, 3, period.fiscal_year_start)
    return [one for one in last.trailing(QUARTERS + 1) if is_whole(export, one)][-QUARTERS:]


def _people(
    export: Export, history: pd.DataFrame, period: Period, quarters: list[Period]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who is employed at the end, for how many quarters wholly, and what each sold in those.

    Where the export does not say when somebody began, it was with the first sale.
    """
    staff = [
        one
        for one in export.tables.staff()
        if not (one["start_date"] and one["start_date"] > period.end)
        and not (one["end_date"] and one["end_date"] <= period.end)
    ]
    columns = ["rep_id", "region", "team", "rep", "start_date"]
    people = pd.DataFrame(staff, columns=columns).fillna({"team": ""}).set_index("rep_id").sort_index()
    revenue = _quarterly(history, "revenue", people.index, quarters)
    since_first_sale = (revenue > 0).cummax(axis=1)
    whole = pd.DataFrame(
        {one.label: _begun(people["start_date"], one.start, since_first_sale[one.label]) for one in quarters},
        index=people.index,
    )
    return people.assign(quarters=whole.sum(axis=1)), revenue.where(whole)


def _begun(starts: "pd.Series[date]", day: date, otherwise: pd.Series) -> list[bool]:
    """Who had begun by the day; where no start is told, otherwise."""
    return [bool(known) if pd.isna(start) else start <= day for start, known in zip(starts, otherwise, strict=True)]


def _estimates(
    export: Export, history: pd.DataFrame, revenue: pd.DataFrame, recent: list[Period]
) -> dict[str, Estimate]:
    """Every feature of the people in ``revenue``; counts as logarithms, as they grow by proportion."""
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
    """A KPI by rep (rows) and quarter (columns)."""
    values = history.pivot(index="rep_id", columns="period", values=kpi)
    return values.reindex(index=reps, columns=[one.label for one in quarters])


def _assessed(export: Export, recent: list[Period]) -> pd.DataFrame:
    """Mean rating over all criteria by rep and period of assessment, the raters' severity taken out."""
    if not recent or not export.tables.has("assessments", "rating"):
        return pd.DataFrame()
    year = Period(recent[0].first, 3 * len(recent), recent[0].fiscal_year_start)
    return mean_ratings(fair_ratings(export, year))["mean"].unstack("period")


@once
def _monthly_orders(export: Export) -> pd.DataFrame:
    """Orders by rep, month and product: rep_id, month (counted from year 0), product, sold."""
    rows = rows_of(export.tables, "sales", ["date", "product", "is_order"])
    answer = export.tables.ask(
        f"SELECT rep_id, {month_sql('date')} AS month, product, count(*) AS sold FROM ({rows})"
        " WHERE product IS NOT NULL AND is_order GROUP BY ALL"
    )
    frame: pd.DataFrame = answer.to_pandas()
    return frame


def _orders_by_product(export: Export, quarters: list[Period]) -> pd.DataFrame:
    """Orders by rep, quarter and product: rep_id, period, product, sold."""
    label = {month.first: one.label for one in quarters for month in one.months()}
    rows = _monthly_orders(export)
    rows = rows.assign(period=rows["month"].map(label)).dropna(subset="period")
    return rows.groupby(["rep_id", "period", "product"])["sold"].sum().reset_index()


def _products(export: Export, recent: list[Period]) -> pd.DataFrame:
    """How likely two sales of a quarter are of different products, by rep and quarter.

    Without bias from their number (Simpson 1949), so that whoever sells much is not broad for that alone.
    """
    if not recent:
        return pd.DataFrame()
    counts = _orders_by_product(export, recent)
    counts["pairs"] = counts["sold"] * (counts["sold"] - 1)
    whole = counts.groupby(["rep_id", "period"])[["sold", "pairs"]].sum()
    alike = whole["pairs"] / (whole["sold"] * (whole["sold"] - 1)).where(whole["sold"] > 1)
    return pd.DataFrame((1 - alike).unstack())
