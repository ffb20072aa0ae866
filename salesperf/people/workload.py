"""What reps have in hand besides their KPIs: open deals, dependence on one customer, agreed actions."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd

from salesperf.data.company_wide import company_wide
from salesperf.data.tables import Tables
from salesperf.measures.facts import sales, within
from salesperf.measures.kpis import Kpi
from salesperf.periods import Period

WORKLOAD: Mapping[str, Kpi] = {
    one.id: one
    for one in (
        Kpi("open_deals", "Open deals", "Deals open at the period's end", "count", (), ""),
        Kpi(
            "stale_deals", "Stale deals", "Open deals older than the longest closed one took", "count", (), "", "lower"
        ),
        Kpi("largest_customer", "Largest customer", "Its share of the period's revenue", "share", (), "", "lower"),
    )
}
DONE = "done"


def workload(tables: Tables, reps: list[str], period: Period) -> pd.DataFrame:
    """What each rep has in hand at the end of a period: index rep_id, one column per id of WORKLOAD.

    A count is 0 where the export knows none of a rep; NaN is not available.
    """
    frame = pd.DataFrame(np.nan, index=pd.Index(reps, name="rep_id"), columns=list(WORKLOAD))
    if tables.has("opportunities", "created", "closed"):
        deals = open_deals(tables, period.end)
        frame["open_deals"] = deals.groupby("rep_id").size().reindex(reps, fill_value=0).astype("float64")
        frame["stale_deals"] = deals.groupby("rep_id")["stale"].sum().reindex(reps, fill_value=0).astype("float64")
    frame["largest_customer"] = _largest_customer(tables, period).reindex(reps)
    return frame


def add_workload(history: pd.DataFrame, tables: Tables, period: Period) -> pd.DataFrame:
    """KPI rows of reps with what each has in hand at the end of a period; NaN in the rows of other periods."""
    reps = sorted(set(history.loc[history["period"] == period.label, "rep_id"]))
    load = workload(tables, reps, period).reset_index().assign(period=period.label)
    return history.merge(load, on=["rep_id", "period"], how="left", validate="one_to_one")


@company_wide
def open_deals(tables: Tables, day: date) -> pd.DataFrame:
    """The deals open at the end of a day: rep_id, and stale (older than the longest one took that had closed by then).

    docs/methods.md §7.
    """
    deals = tables["opportunities"].filter(ibis._.created <= day)
    closed = deals.filter(deals.closed <= day, deals.closed >= deals.created)
    longest = (
        closed.aggregate(days=closed.closed.delta(closed.created, unit="day").max()).to_pyarrow()["days"][0].as_py()
    )
    still = deals.filter(
        deals.closed.isnull() | (deals.closed > day), (deals.status == "open") | deals.closed.notnull()
    )
    age = ibis.literal(day).delta(still.created, unit="day")
    rows: pd.DataFrame = still.select(
        "rep_id", stale=(age > longest) if longest is not None else ibis.literal(False)
    ).execute()
    return rows


def agreed_actions(tables: Tables, rep: str, day: date) -> pd.DataFrame:
    """What a rep agreed last, up to a day, and what was agreed before and is not done; the latest and next due first.

    Columns: date, action, due (None without), done. Empty where the export has none.
    """
    columns = ["date", "action", "due", "status"]
    rows = []
    if tables.has("actions"):
        own = tables["actions"].filter(ibis._.rep_id == rep, ibis._.date <= day)
        rows = own.select(*columns).to_pyarrow().to_pylist()
    last = max((row["date"] for row in rows), default=day)
    kept = [row | {"done": _is_done(row)} for row in rows if row["date"] == last or not _is_done(row)]
    kept.sort(key=lambda row: (-row["date"].toordinal(), row["due"] or date.max, row["action"]))
    return pd.DataFrame(kept, columns=["date", "action", "due", "done"]).astype({"due": object, "done": bool})


def _is_done(row: dict[str, Any]) -> bool:
    return str(row["status"] or "").strip().casefold() == DONE


@company_wide
def _largest_customer(tables: Tables, period: Period) -> "pd.Series[float]":
    """The largest customer's share of a rep's revenue, where more than one customer bought."""
    sold = within(sales(tables), "date", [period]).filter(ibis._.account_id.notnull())
    of_account = sold.group_by("rep_id", "account_id").aggregate(amount=sold.amount.sum()).to_pyarrow().to_pandas()
    amounts = of_account.astype({"amount": "float64"}).query("amount > 0").groupby("rep_id")["amount"]
    share: pd.Series[float] = (amounts.max() / amounts.sum()).where(amounts.size() > 1)
    return share
