"""New customers and repeat purchase (docs/methods.md §2), from the gaps between an account's orders."""

from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from salesperf.data.tables import Tables
from salesperf.measures.facts import KEYS, By, Window, as_of, in_windows, keyed, sales
from salesperf.params import Definitions
from salesperf.periods import Period


def first_orders(
    tables: Tables, periods: list[Period], by: By, definitions: Definitions, *, repeats: bool = True
) -> ir.Table:
    """What accounts with a first order in so many months count for, credited where that order was.

    One row per period and entity: new_customers, with their first order in the period; repeat_rate_n, with it in
    the look-back; _again, of those with another one within the window after it. Without ``repeats``, which look at
    every order many times over, the last two are 0.
    """
    windows = [Window(period.label, period.start, period.end, "new") for period in periods]
    if repeats:
        windows += [Window(one.label, *repeat_look_back(tables, one, definitions), "repeat") for one in periods]
    first = in_windows(_after_a_break(sales(tables), definitions), "date", windows)
    # An account counts once in a window, however often it comes and goes.
    first = keyed(_foremost(first, ["use", "period", "account_id"], "date"), by)
    soon = first.next_day.delta(first.date, unit="day") <= definitions.repeat_window_days
    return first.group_by("period", *KEYS[by]).aggregate(
        new_customers=(first.use == "new").sum(),
        repeat_rate_n=(first.use == "repeat").sum(),
        _again=((first.use == "repeat") & soon).sum(),
    )


def repeat_look_back(tables: Tables, period: Period, definitions: Definitions) -> tuple[date, date]:
    """The first and last day on which a first order counts for the repeat purchase rate of a period."""
    over = pd.Timestamp(as_of(tables, period, "sales.date"))
    closes = over - pd.Timedelta(days=definitions.repeat_window_days)
    opens = closes - pd.DateOffset(months=definitions.repeat_look_back_months) + pd.Timedelta(days=1)
    return opens.date(), closes.date()


def _after_a_break(sales: ir.Table, definitions: Definitions) -> ir.Table:
    """Each account's first order in so many months, with the day of its next one.

    An account's orders of one day are one purchase, credited to the smallest id. A refund is no order, nor is a sale
    refunded in full.
    """
    orders = sales.filter(sales.account_id.notnull(), sales.is_order)
    days = _foremost(orders, ["account_id", "date"], "sale_id")
    of_account = ibis.window(group_by=days.account_id, order_by=days.date)
    days = days.mutate(last_day=days.date.lag().over(of_account), next_day=days.date.lead().over(of_account))
    quiet = ibis.interval(months=definitions.new_customer_months)
    return days.filter(days.last_day.isnull() | (days.date >= (days.last_day + quiet).cast("date")))


def _foremost(rows: ir.Table, of: list[str], by: str) -> ir.Table:
    """The first row of each group in an order."""
    place = ibis.row_number().over(ibis.window(group_by=[rows[name] for name in of], order_by=rows[by]))
    return rows.mutate(place=place).filter(ibis._.place == 0).drop("place")
