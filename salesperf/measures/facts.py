"""Sales, deals, surveys and activities as facts: each row with region, team and rep that it counts for."""

from datetime import date
from typing import Literal, NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from salesperf.data.tables import Tables
from salesperf.periods import Period

By = Literal["company", "region", "team", "rep"]
KEYS: dict[By, tuple[str, ...]] = {
    "company": (),
    "region": ("region",),
    "team": ("region", "team"),
    "rep": ("region", "team", "rep_id"),
}
NOBODY = ""  # the region, team or rep of what belongs to none


def sales(tables: Tables) -> ir.Table:
    """The sales: orders, or won opportunities by close date where there are no orders (docs/methods.md §2).

    One row per sale: sale_id, rep_id, account_id, date, amount, cost, product, region, home_region, team, and is_order:
    neither a refund nor a sale that refunds, up to the export's last day, have paid back in full.
    """
    if tables.has("orders"):
        rows = _refunds_told(tables).rename(sale_id="order_id")
    else:
        won = tables["opportunities"].filter(ibis._.status == "won", ibis._.closed.notnull())
        rows = won.rename(sale_id="opportunity_id", date="closed").mutate(
            cost=ibis.null("decimal(18, 4)"), is_order=ibis.coalesce(won.amount, 0) >= 0
        )
    columns = ("sale_id", "rep_id", "account_id", "date", "amount", "cost", "product", "region", "is_order")
    return _placed(rows.select(*columns), tables)


def _refunds_told(tables: Tables) -> ir.Table:
    """The orders, each with whether it still is one."""
    orders = tables["orders"]
    if not tables.has("orders", "refund_of"):
        return orders.mutate(is_order=orders.amount >= 0)
    refunds = orders.filter(orders.refund_of.notnull(), orders.amount < 0)
    back = refunds.group_by(paid_back=refunds.refund_of).aggregate(back=-refunds.amount.sum())
    joined = orders.left_join(back, orders.order_id == back.paid_back)
    in_full = ((joined.amount > 0) & (joined.back >= joined.amount)).fill_null(False)
    return joined.mutate(is_order=(joined.amount >= 0) & ~in_full).drop("paid_back", "back")


def column_behind(name: str, tables: Tables) -> tuple[str, str]:
    """The table and column of the export behind a name such as ``sales.date``."""
    table, column = name.split(".")
    if table != "sales":
        return table, column
    if tables.has("orders"):
        return "orders", column
    return "opportunities", {"date": "closed"}.get(column, column)


def as_of(tables: Tables, period: Period, *days: str) -> date:
    """The day up to which the export tells a period: its end, or the last of the days named before that."""
    lasts = [tables.spans[place][1] for place in (column_behind(day, tables) for day in days)]
    return min(period.end, max(lasts))


def deals(tables: Tables) -> ir.Table:
    """The opportunities; an open one has no close date."""
    return _placed(tables["opportunities"], tables)


def of_reps(tables: Tables, table: str) -> ir.Table:
    """The rows of a table that belong to a rep: surveys, activities."""
    return _placed(tables[table].mutate(region=ibis.null("string")), tables)


class Window(NamedTuple):
    """The days on which facts count for a period, both included, and what they count for."""

    period: str
    first: date
    last: date
    use: str = ""


def within(facts: ir.Table, day: str, periods: list[Period]) -> ir.Table:
    """The facts of each period, by the day that places them."""
    return in_windows(facts, day, [Window(period.label, period.start, period.end) for period in periods])


def in_windows(facts: ir.Table, day: str, windows: list[Window]) -> ir.Table:
    """The facts of each window, with its columns period, first, last and use."""
    kinds = {"period": "string", "first": "date", "last": "date", "use": "string"}
    table = ibis.memtable(pd.DataFrame(windows, columns=list(kinds)), schema=kinds)
    return facts.join(table, [facts[day] >= table["first"], facts[day] <= table["last"]])


def keyed(facts: ir.Table, by: By) -> ir.Table:
    """The facts with the keys of a grouping.

    A sale belongs to the region written on it; but a team's and a rep's sales are all of theirs, wherever
    made, so their region is the rep's own.
    """
    return facts if by in ("company", "region") else facts.mutate(region=facts.home_region)


def _placed(rows: ir.Table, tables: Tables) -> ir.Table:
    reps = tables["reps"].select("rep_id", "team", home_region="region")
    joined = rows.left_join(reps, "rep_id")
    return joined.select(
        *(name for name in rows.columns if name not in ("region", "rep_id")),
        rep_id=rows.rep_id.fill_null(NOBODY),
        region=ibis.coalesce(rows.region, reps.home_region, NOBODY),
        home_region=reps.home_region.fill_null(NOBODY),
        team=reps.team.fill_null(NOBODY),
    )
