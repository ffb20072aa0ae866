"""The sales of an export: orders or, without a table of orders, won opportunities (docs/methods.md, "Sales")."""

from salesperf.data.tables import Tables


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

    One row per sale; columns: sale_id, rep_id (of a refund that names its sale: the sale's), account_id, date, amount,
    cost, product, region, refund_of, and is_order: False for a refund and for a sale that refunds which name it have
    paid back in full by the end of its month; a later refund leaves it the order that it was.
    """
    if not tables.has("orders"):
        return (
            "SELECT opportunity_id AS sale_id, rep_id, account_id, closed AS date, amount,"
            " CAST(NULL AS DECIMAL(18, 4)) AS cost, product, region, CAST(NULL AS VARCHAR) AS refund_of,"
            " coalesce(amount, 0) >= 0 AS is_order FROM opportunities WHERE status = 'won' AND closed IS NOT NULL"
        )
    month = tables.calendar.month_sql
    columns = "account_id, date, amount, cost, product, region, refund_of"
    if not tables.has("orders", "refund_of"):
        return f"SELECT order_id AS sale_id, rep_id, {columns}, amount >= 0 AS is_order FROM orders"
    return (
        "WITH returned AS (SELECT back.order_id AS refund, sold.order_id AS sale, sold.rep_id AS seller,"
        f" -back.amount AS back, {month('back.date')} <= {month('sold.date')} AS at_once FROM orders AS back"
        " JOIN orders AS sold ON sold.order_id = back.refund_of),"
        " undone AS (SELECT sale, sum(back) AS back FROM returned WHERE at_once AND back > 0 GROUP BY sale)"
        f" SELECT order_id AS sale_id, coalesce(seller, rep_id) AS rep_id, {columns},"
        " amount >= 0 AND NOT coalesce(amount > 0 AND undone.back >= amount, FALSE) AS is_order FROM orders"
        " LEFT JOIN undone ON order_id = undone.sale LEFT JOIN returned ON order_id = refund"
    )
