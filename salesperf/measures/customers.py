"""New customers and repeat purchase, from the gaps between the orders of an account (docs/methods.md §2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.data.export import Export, once
from salesperf.measures.counters import counts
from salesperf.measures.coverage import as_of
from salesperf.measures.facts import By, Counts, Ints, numbered, pairs_of, staff_of
from salesperf.measures.rows import rows_of
from salesperf.periods import Period

_NEVER = np.iinfo(np.int64).min  # a day before all others, and NumPy's missing day as a number


@dataclass(frozen=True)
class FirstOrders:
    """The first orders of all accounts: those with no order of the account in the ``new_customer_months`` before.

    ``places``: the pairs of region and seat; one entry per first order in ``place`` (index into ``places``, where the
    order is credited), ``day``, ``before`` (day of the account's previous first order, or _NEVER) and ``gap`` (days
    until the account's next order, NaN without one). Days are counted from 1970-01-01.
    """

    places: Sequence[tuple[str, str]]
    place: Ints
    day: Ints
    before: Ints
    gap: NDArray[np.float64]

    def inside(self, first: date, last: date) -> NDArray[np.bool_]:
        """A mask of the first orders that count in a window of days: of each account the earliest in the window."""
        opens = _number(first)
        return np.asarray((self.day >= opens) & (self.day <= _number(last)) & (self.before < opens))


@counts("new", "first", "again")
def first_orders(export: Export, periods: Sequence[Period], by: By) -> Counts:
    """Numbers of accounts with a first order, in each period, for the entities that the order is credited to.

    Values: new (the first order lies in the period), first (it lies in the look-back of the repeat rate, see
    `repeat_look_back`) and again (those of ``first`` that order again within ``repeat_window_days``).
    """
    orders, window = _first_orders(export), export.definitions.repeat_window_days
    staff = staff_of(export.tables)
    keys, code_of = numbered([staff.entity(by, *place) for place in orders.places])
    code = code_of[orders.place]
    values = {name: np.zeros((len(periods), len(keys))) for name in ("new", "first", "again")}
    for row, period in enumerate(periods):
        for name, days in (("new", (period.start, period.end)), ("first", repeat_look_back(export, period))):
            inside = orders.inside(*days)
            values[name][row] = np.bincount(code[inside], minlength=len(keys))
        values["again"][row] = np.bincount(code[inside & (orders.gap <= window)], minlength=len(keys))
    return Counts(keys, values, (values["new"] > 0) | (values["first"] > 0))


def repeat_look_back(export: Export, period: Period) -> tuple[date, date]:
    """The first and the last day on which a first order counts for the repeat purchase rate of a period.

    The last day is ``repeat_window_days`` before the period's "as of" (see `as_of`), so that every account had the
    whole window to order again.
    """
    over, definitions = pd.Timestamp(as_of(export, period)), export.definitions
    closes = over - pd.Timedelta(days=definitions.repeat_window_days)
    opens = closes - pd.DateOffset(months=definitions.repeat_look_back_months) + pd.Timedelta(days=1)
    return opens.date(), closes.date()


@once
def _first_orders(export: Export) -> FirstOrders:
    """The first orders of the export, in one query.

    An account's orders of one day are one purchase, credited to the region and rep of the smallest id. A refund is no
    order, nor is a sale refunded in full.
    """
    rows = rows_of(export.tables, "sales", ["account_id", "sale_id", "date", "is_order", "seat"])
    answer = export.tables.ask(
        # First the days alone, as region and rep are needed only of the few first orders. The days are sorted in a list
        # for each account, which costs half of what window functions over all orders do.
        f"WITH orders AS (SELECT * FROM ({rows}) WHERE account_id IS NOT NULL AND is_order),"
        " accounts AS (SELECT account_id, list(date ORDER BY date) AS days FROM orders GROUP BY account_id),"
        " firsts AS (SELECT *, unnest(list_filter(days, lambda day, place:"
        f" place = 1 OR day >= CAST(days[place - 1] + INTERVAL {export.definitions.new_customer_months} MONTH AS DATE)"
        ")) AS date FROM accounts),"
        " gaps AS (SELECT account_id, date, list_min(list_filter(days, lambda day: day > date)) - date AS gap,"
        " lag(date) OVER (PARTITION BY account_id ORDER BY date) AS before FROM firsts)"
        " SELECT arg_min(region, sale_id) AS region, arg_min(seat, sale_id) AS seat, date AS day,"
        " min(gap) AS gap, min(before) AS before FROM gaps JOIN orders USING (account_id, date)"
        " GROUP BY account_id, date ORDER BY ALL"
    )
    places, place = pairs_of(answer["region"], answer["seat"])
    return FirstOrders(
        places,
        place,
        _days(answer["day"]),
        _days(answer["before"]),
        answer["gap"].to_numpy().astype(np.float64),
    )


def _days(column: Any) -> Ints:
    """Days counted from 1970-01-01; a missing one is _NEVER."""
    return np.asarray(column.to_numpy().astype("datetime64[D]").astype(np.int64))


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days
