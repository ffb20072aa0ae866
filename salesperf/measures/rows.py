"""SQL for the rows that KPIs are counted over, each with the region and rep that it counts for (docs/methods.md §2).

The queries use the canonical tables by name (see `Tables.ask`). Values from an export or a client file appear in them
only as literals (see `literal`).
"""

from collections.abc import Iterable

from salesperf.data.contracts import CONTRACTS
from salesperf.data.sql import literal
from salesperf.data.tables import Tables
from salesperf.measures.kpi import Filter, Measure

NOBODY = ""  # the region, team or rep of what belongs to none
OF_ACCOUNTS = ("segment", "account")  # columns of accounts, which rows with an account_id have, too
_WRITTEN = ("sales", "opportunities", "orders")  # tables with a column region of their own


def column_behind(name: str, tables: Tables) -> tuple[str, str]:
    """The table and column of the export behind a name such as ``sales.date``.

    ``sales`` are orders or, without a table of orders, opportunities, where ``date`` is ``closed``.
    """
    table, column = name.split(".")
    if table != "sales":
        return table, column
    if tables.has("orders"):
        return "orders", column
    return "opportunities", {"date": "closed"}.get(column, column)


def sales(tables: Tables) -> str:
    """SQL for the sales: orders or, without a table of orders, won opportunities that have a close date.

    One row per sale; columns: sale_id, rep_id, account_id, date, amount, cost, product, region, refund_of, and
    is_order: False for a refund and for a sale that the refunds in the export have paid back in full.
    """
    if not tables.has("orders"):
        return (
            "SELECT opportunity_id AS sale_id, rep_id, account_id, closed AS date, amount,"
            " CAST(NULL AS DECIMAL(18, 4)) AS cost, product, region, CAST(NULL AS VARCHAR) AS refund_of,"
            " coalesce(amount, 0) >= 0 AS is_order FROM opportunities WHERE status = 'won' AND closed IS NOT NULL"
        )
    columns = "order_id AS sale_id, rep_id, account_id, date, amount, cost, product, region, refund_of"
    if not tables.has("orders", "refund_of"):
        return f"SELECT {columns}, amount >= 0 AS is_order FROM orders"
    return (
        f"SELECT {columns}, amount >= 0 AND NOT coalesce(amount > 0 AND back >= amount, FALSE) AS is_order FROM orders"
        " LEFT JOIN (SELECT refund_of AS paid_back, -sum(amount) AS back FROM orders"
        " WHERE refund_of IS NOT NULL AND amount < 0 GROUP BY refund_of) ON order_id = paid_back"
    )


def rows_of(tables: Tables, table: str, columns: Iterable[str]) -> str:
    """SQL for the rows of a table, or of the sales; columns: region and rep_id that each counts for, and ``columns``.

    A sale or deal counts for the region written on it, else for its rep's region; any other row for its rep's. The
    columns ``home`` and ``team`` are the region and team of the rep; `known_columns` are the others. Where there is no
    region, team or rep, the value is NOBODY.
    """
    names = dict.fromkeys(columns)
    of_staff = {"home": "staff.region", "team": "staff.team"}
    expressions = {
        name: f"coalesce({of_staff[name]}, '')" if name in of_staff else _expression(tables, table, name)
        for name in names
    }
    region = _region(tables, table)
    selected = " ".join([region, *expressions.values()])
    joins = " LEFT JOIN reps AS staff ON staff.rep_id = facts.rep_id" if "staff." in selected else ""
    joins += " LEFT JOIN accounts ON accounts.account_id = facts.account_id" if "accounts." in selected else ""
    source = f"({sales(tables)})" if table == "sales" else table
    shown = ", ".join(f'{expression} AS "{name}"' for name, expression in expressions.items())
    return f"SELECT {region} AS region, coalesce(facts.rep_id, '') AS rep_id, {shown} FROM {source} AS facts{joins}"


def aggregate(measure: Measure) -> str:
    """SQL for a sum, a sum of squares or a count (of rows, or of values that are not null) over a measure's rows."""
    column = f'"{measure.column}"' if measure.column else "*"
    # Exact, as amounts are: what lies beyond the fourth decimal of a square is rounded row by row. One factor is
    # widened, as the engine has 18 digits for the product of two numbers of 18: none above 100,000 could be squared.
    square = f"sum(CAST({column} * CAST({column} AS DECIMAL(38, 6)) AS DECIMAL(38, 4)))"
    what = square if measure.how == "squares" else f"{measure.how}({column})"
    return f"{what} FILTER (WHERE {cases(measure)})" if measure.where or measure.orders_only else what


def cases(measure: Measure) -> str:
    """The SQL condition for the rows that count for a measure; "TRUE" for all."""
    conditions = [holds(condition) for condition in measure.where] + (["is_order"] if measure.orders_only else [])
    return " AND ".join(conditions) or "TRUE"


def columns_of(measure: Measure) -> list[str]:
    """The columns that a measure uses: what it aggregates, filters by, and is_order; without the day."""
    named = [measure.column] if measure.column else []
    return [*named, *(condition.column for condition in measure.where), *(["is_order"] if measure.orders_only else [])]


def _region(tables: Tables, table: str) -> str:
    """SQL for the region that a row counts for; the reps are not joined where every row has a region of its own."""
    if table not in _WRITTEN:
        return "coalesce(staff.region, '')"
    source, column = column_behind(f"{table}.region", tables)
    everywhere = tables.filled.get((source, column)) == tables.rows[source]
    return "facts.region" if everywhere else "coalesce(facts.region, staff.region, '')"


def _expression(tables: Tables, table: str, column: str) -> str:
    """SQL for a column of the rows: one of the table itself or of accounts, or a derived one."""
    if column in OF_ACCOUNTS:
        return f"accounts.{column}"
    return _derived(tables.has("orders")).get((table, column), f'facts."{column}"')


def known_columns(table: str) -> frozenset[str]:
    """The columns that the rows of a table, or of ``sales``, can have; empty for an unknown table."""
    if table == "sales":
        contract = {*CONTRACTS["orders"], "sale_id", "is_order"} - {"order_id"}
    else:
        contract = {*CONTRACTS.get(table, {}), *(["due"] if table == "opportunities" else [])}
    of_accounts = OF_ACCOUNTS if "account_id" in contract else ()
    return frozenset({*contract, *of_accounts, *(name for of, name in _derived(True) if of == table)})


def _derived(with_orders: bool) -> dict[tuple[str, str], str]:
    """(table, column) → SQL for a column that is derived from others; ``with_orders``: there is a table of orders."""
    return {
        ("sales", "margin"): "facts.amount - facts.cost",
        ("sales", "costed"): "CASE WHEN facts.cost IS NOT NULL THEN facts.amount END",
        ("activities", "times"): "coalesce(facts.count, 1)",
        ("activities", "times_of_staff"): "CASE WHEN staff.rep_id IS NOT NULL THEN coalesce(facts.count, 1) END",
        # A won deal without an amount has no part in the revenue of an export without orders, nor in its average.
        ("opportunities", "in_revenue"): "facts.opportunity_id" if with_orders else "facts.amount",
        # Not null for open deals and those with a close date: of the others it is not known how long they were open.
        ("opportunities", "told"): "CASE WHEN facts.status = 'open' OR facts.closed IS NOT NULL THEN 1 END",
        ("opportunities", "ended"): (
            "CASE WHEN facts.closed < facts.created THEN facts.created"
            " WHEN facts.created IS NOT NULL THEN facts.closed END"
        ),
    }


def holds(condition: Filter) -> str:
    """The SQL condition of a filter (see `Filter`)."""
    if condition.at_least is not None:
        return f'"{condition.column}" >= {condition.at_least:f}'
    values = [literal(value) if isinstance(value, str) else f"{value:f}" for value in condition.values]
    if condition.exact or not isinstance(condition.values[0], str):
        return f'"{condition.column}" IN ({", ".join(values)})'
    return f'lower("{condition.column}") IN ({", ".join(f"lower({value})" for value in values)})'
