"""Sales that several people have a share in, as the table of splits says (docs/methods.md, "Whose")."""

from weakref import WeakKeyDictionary

from salesperf.data.sql import literal
from salesperf.data.tables import Tables
from salesperf.measures.refunds import refunds
from salesperf.measures.sales import sales

_known: WeakKeyDictionary[Tables, str] = WeakKeyDictionary()  # matching refunds to sales anew for each query takes time


def shared_sales(tables: Tables) -> str:
    """SQL for the sales of an export with splits: a row for the owner of each, and one for everybody else with a share.

    Columns: those of `sales`, owned (whether it is the row of the owner) and share: the percent of the sale that this
    row's rep is credited with, NULL for none. A refund goes by the splits of its sale.
    """
    if tables not in _known:
        _known[tables] = _shared_sales(tables)
    return _known[tables]


def _shared_sales(tables: Tables) -> str:
    links = ", ".join(f"({literal(link.refund_id)}, {literal(link.sale_id)})" for link in refunds(tables).links)
    origin = f"coalesce((SELECT sale FROM (VALUES {links}) AS of (refund, sale) WHERE refund = sale_id), sale_id)"
    return (
        f"WITH sold AS (SELECT *, {origin if links else 'sale_id'} AS split FROM ({sales(tables)})),"
        " parts AS (SELECT sale_id AS split, rep_id AS to_rep, sum(share) AS share FROM splits GROUP BY ALL)"
        " SELECT sold.*, TRUE AS owned,"
        " CASE WHEN sold.split IN (SELECT split FROM parts) THEN nullif(share, 0) ELSE 100 END AS share"
        " FROM sold LEFT JOIN parts ON parts.split = sold.split AND to_rep = rep_id"
        " UNION ALL SELECT sold.* REPLACE (to_rep AS rep_id, FALSE AS is_order), FALSE, share"
        " FROM sold JOIN parts USING (split) WHERE to_rep IS DISTINCT FROM rep_id"
    )
