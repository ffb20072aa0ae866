"""New customers and repeat purchase (docs/methods.md §2), from the gaps between an account's orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.data.export import Export, once
from salesperf.data.tables import Tables
from salesperf.measures.counters import counts
from salesperf.measures.facts import By, Counts, Ints, as_of, numbered, pairs_of, staff_of
from salesperf.measures.rows import rows_of
from salesperf.params import Definitions
from salesperf.periods import Period

_NEVER = np.iinfo(np.int64).min  # a day before all others


@dataclass(frozen=True)
class FirstOrders:
    """Every order of an account that is its first in so many months, credited where it was.

    ``places``: pairs of region and rep; ``place``, ``day`` and ``before`` (the account's first order before it, or
    _NEVER) of each; ``gap``: days until its next order, none without one. Days are counted from 1970-01-01.
    """

    places: Sequence[tuple[str, str]]
    place: Ints
    day: Ints
    before: Ints
    gap: NDArray[np.float64]

    def inside(self, first: date, last: date) -> NDArray[np.bool_]:
        """Which of them count in a window: an account counts once, however often it comes and goes."""
        opens = _number(first)
        return np.asarray((self.day >= opens) & (self.day <= _number(last)) & (self.before < opens))


@counts("new", "first", "again")
def first_orders(export: Export, periods: Sequence[Period], by: By) -> Counts:
    """What accounts with a first order count for, in each period, for the entities of a level.

    new: those with their first order in the period; first: with it in the look-back of the repeat rate; again: of
    these, those with another order within the window after it.
    """
    orders, window = _first_orders(export), export.definitions.repeat_window_days
    staff = staff_of(export.tables)
    keys, code_of = numbered([staff.entity(by, *place) for place in orders.places])
    code = code_of[orders.place]
    values = {name: np.zeros((len(periods), len(keys))) for name in ("new", "first", "again")}
    for row, period in enumerate(periods):
        for name, days in (("new", (period.start, period.end)), ("first", _look_back(export, period))):
            inside = orders.inside(*days)
            values[name][row] = np.bincount(code[inside], minlength=len(keys))
        values["again"][row] = np.bincount(code[inside & (orders.gap <= window)], minlength=len(keys))
    return Counts(keys, values, (values["new"] > 0) | (values["first"] > 0))


def repeat_look_back(tables: Tables, period: Period, definitions: Definitions) -> tuple[date, date]:
    """The first and last day on which a first order counts for the repeat purchase rate of a period."""
    over = pd.Timestamp(as_of(tables, period, "sales.date"))
    closes = over - pd.Timedelta(days=definitions.repeat_window_days)
    opens = closes - pd.DateOffset(months=definitions.repeat_look_back_months) + pd.Timedelta(days=1)
    return opens.date(), closes.date()


def _look_back(export: Export, period: Period) -> tuple[date, date]:
    return repeat_look_back(export.tables, period, export.definitions)


@once
def _first_orders(export: Export) -> FirstOrders:
    """An account's orders of one day are one purchase, credited to the smallest id.

    A refund is no order, nor is a sale refunded in full.
    """
    rows = rows_of(export.tables, "sales", ["account_id", "sale_id", "date", "is_order"])
    answer = export.tables.ask(
        # The days alone first: where a day's order was matters for the few that are first ones. They are sorted account
        # by account, which costs half of what windows over all orders do.
        f"WITH orders AS (SELECT * FROM ({rows}) WHERE account_id IS NOT NULL AND is_order),"
        " accounts AS (SELECT account_id, list(date ORDER BY date) AS days FROM orders GROUP BY account_id),"
        " firsts AS (SELECT *, unnest(list_filter(days, lambda day, place:"
        f" place = 1 OR day >= CAST(days[place - 1] + INTERVAL {export.definitions.new_customer_months} MONTH AS DATE)"
        ")) AS date FROM accounts),"
        " gaps AS (SELECT account_id, date, list_min(list_filter(days, lambda day: day > date)) - date AS gap,"
        " lag(date) OVER (PARTITION BY account_id ORDER BY date) AS before FROM firsts)"
        " SELECT arg_min(region, sale_id) AS region, arg_min(rep_id, sale_id) AS rep_id, date AS day,"
        " min(gap) AS gap, min(before) AS before FROM gaps JOIN orders USING (account_id, date)"
        " GROUP BY account_id, date ORDER BY ALL"
    )
    places, place = pairs_of(answer["region"], answer["rep_id"])
    return FirstOrders(
        places,
        place,
        _days(answer["day"]),
        _days(answer["before"]),
        answer["gap"].to_numpy().astype(np.float64),
    )


def _days(column: Any) -> Ints:
    """Days as numbers; a missing one is _NEVER, as NumPy's own missing day is."""
    return np.asarray(column.to_numpy().astype("datetime64[D]").astype(np.int64))


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days
