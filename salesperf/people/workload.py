"""What a rep sheet shows beside the KPIs: open deals, the share of the largest customer, agreed actions."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export
from salesperf.measures.kpi import Kpi, Statistic
from salesperf.measures.rows import rows_of
from salesperf.periods import Period
from salesperf.schemas import AGREED_ACTIONS

WORKLOAD: Mapping[str, Kpi] = {
    kpi.id: kpi
    for kpi in (
        Kpi(
            "open_deals", "Open deals", "Deals open at the period's end", "count", (), "", Statistic("workload", "open")
        ),
        Kpi(
            "stale_deals", "Stale deals", "Open deals older than the longest closed one took", "count", (), "",
            Statistic("workload", "stale"), better="lower",
        ),
        Kpi(
            "largest_customer", "Largest customer", "Its share of the period's revenue", "share", (), "",
            Statistic("workload", "largest", adds=False), better="lower",
        ),
    )
}  # fmt: skip
DONE = "done"  # the status of an agreed action that needs no more work, in any case of letters


def workload(export: Export, reps: list[str], period: Period) -> pd.DataFrame:
    """The workload of some reps at the end of a period, in the order of ``reps``.

    Index rep_id; columns, all float: open_deals, stale_deals (see `open_deals`; 0 for a rep without any, NaN where the
    export has no deals with days of creation and close) and largest_customer (its share of the period's revenue, NaN
    for fewer than two customers).
    """
    frame = pd.DataFrame(np.nan, index=pd.Index(reps, name="rep_id"), columns=list(WORKLOAD))
    if export.tables.has("opportunities", "created", "closed"):
        deals = open_deals(export, period.end)
        frame["open_deals"] = deals.groupby("rep_id").size().reindex(reps, fill_value=0).astype("float64")
        frame["stale_deals"] = deals.groupby("rep_id")["stale"].sum().reindex(reps, fill_value=0).astype("float64")
    frame["largest_customer"] = _largest_customer(export, period).reindex(reps)
    return frame


def add_workload(history: pd.DataFrame, export: Export, period: Period) -> pd.DataFrame:
    """KPI rows of reps with the columns of `workload` at the end of a period; NaN in the rows of other periods.

    ``history``: at most one row per rep_id and period (label); the order of rows stays.
    """
    reps = sorted(set(history.loc[history["period"] == period.label, "rep_id"]))
    load = workload(export, reps, period).reset_index().assign(period=period.label)
    return history.merge(load, on=["rep_id", "period"], how="left", validate="one_to_one")


@company_wide
def open_deals(export: Export, day: date) -> pd.DataFrame:
    """The deals open at the end of a day, one row each (docs/methods.md §7).

    Columns: rep_id, and stale (bool): whether the deal is older than the longest deal closed by then took.
    """
    then = f"DATE '{day}'"
    rows: pd.DataFrame = export.tables.ask(
        f"SELECT rep_id, coalesce({then} - created > (SELECT max(closed - created) FROM opportunities"
        f" WHERE created <= {then} AND closed <= {then} AND closed >= created), FALSE) AS stale FROM opportunities"
        f" WHERE created <= {then} AND (closed IS NULL OR closed > {then}) AND (status = 'open' OR closed IS NOT NULL)"
    ).to_pandas()
    return rows


def agreed_actions(export: Export, rep: str, day: date) -> pd.DataFrame:
    """The actions agreed with a rep on the last such day up to ``day``, and earlier ones that are not done.

    Columns: date (when it was agreed), action, due (day, None without), done (bool). The latest first, then by due
    day, those without one last. Empty where the export has none.
    """
    rows = []
    if export.tables.has("actions"):
        agreed = export.tables.ask("SELECT rep_id, date, action, due, status FROM actions").to_pylist()
        rows = [row for row in agreed if row["rep_id"] == rep and row["date"] <= day]
    last = max((row["date"] for row in rows), default=day)
    kept = [row | {"done": _is_done(row)} for row in rows if row["date"] == last or not _is_done(row)]
    kept.sort(key=lambda row: (-row["date"].toordinal(), row["due"] or date.max, row["action"]))
    actions = pd.DataFrame(kept, columns=list(AGREED_ACTIONS.columns)).astype({"due": object, "done": bool})
    return AGREED_ACTIONS.checked(actions)


def _is_done(row: dict[str, Any]) -> bool:
    return str(row["status"] or "").strip().casefold() == DONE


@company_wide
def _largest_customer(export: Export, period: Period) -> "pd.Series[float]":
    """The largest customer's share of a rep's revenue, 0 to 1, by rep_id; NaN for a rep with one customer only."""
    rows = rows_of(export.tables, "sales", ["date", "account_id", "amount"])
    of_account = export.tables.ask(
        f"SELECT rep_id, account_id, sum(amount) AS amount FROM ({rows}) WHERE account_id IS NOT NULL"
        f" AND date BETWEEN DATE '{period.start}' AND DATE '{period.end}' GROUP BY ALL ORDER BY ALL"
    ).to_pandas()
    amounts = of_account.astype({"amount": "float64"}).query("amount > 0").groupby("rep_id")["amount"]
    share: pd.Series[float] = (amounts.max() / amounts.sum()).where(amounts.size() > 1)
    return share
