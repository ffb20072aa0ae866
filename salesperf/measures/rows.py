"""SQL for the rows that KPIs are counted over, each with the region and rep that it counts for (docs/methods.md §2).

The queries use the canonical tables by name (see `Tables.ask`). Values from an export or a client file appear in them
only as literals (see `literal`).
"""

from collections.abc import Iterable

from salesperf.data.contracts import CONTRACTS
from salesperf.data.homes import seat
from salesperf.data.sql import literal
from salesperf.data.tables import Tables
from salesperf.measures.kpi import Filter, Measure
from salesperf.measures.sales import column_behind, sales
from salesperf.measures.splits import shared_sales

NOBODY = ""  # the region, team or rep of what belongs to none
OF_ACCOUNTS = ("segment", "account")  # columns of accounts, which rows with an account_id have, too
_WRITTEN = ("sales", "opportunities", "orders")  # tables with a column region of their own
# Money of the sales → what is credited of it, which goes by share where sales are split. Any other column of the sales
# is the owner's: it counts in the rows of owners alone.
CREDITED = {"amount": "credited", "cost": "credited_cost"}
_MONEY = ("amount", "cost")
_BY_SHARE = ("credited", "credited_cost", "credited_margin", "credited_costed")


def rows_of(tables: Tables, table: str, columns: Iterable[str]) -> str:
    """SQL for the rows of a table, or of the sales; columns: region and rep_id that each counts for, and ``columns``.

    A row counts for its rep's region; a sale or deal of nobody in the list for the region written on it, and under the
    rule of credit "deal" every one that has one written on it. Where sales are split, there is a row for everybody with
    a share (docs/methods.md, "Whose"). The columns ``home``, ``team`` and ``seat`` are the region, team and seat (see
    `Staff`) of the rep; `known_columns` are the others. Where there is no region, team or rep, the value is NOBODY.
    """
    names = dict.fromkeys(columns)
    of_staff = {"home": "coalesce(staff.region, '')", "team": "coalesce(staff.team, '')"}
    own = f"{seat('staff', tables.list_day)}, " if tables.list_day else ""
    of_staff["seat"] = f"coalesce({own}facts.rep_id, '')"
    expressions = {name: of_staff[name] if name in of_staff else _expression(tables, table, name) for name in names}
    region = _region(tables, table)
    selected = " ".join([region, *expressions.values()])
    joins = _staff_of(tables, table) if "staff." in selected else ""
    joins += " LEFT JOIN accounts ON accounts.account_id = facts.account_id" if "accounts." in selected else ""
    source = table
    if table == "sales":
        source = f"({shared_sales(tables) if tables.has('splits') else sales(tables)})"
    shown = ", ".join(f'{expression} AS "{name}"' for name, expression in expressions.items())
    return f"SELECT {region} AS region, coalesce(facts.rep_id, '') AS rep_id, {shown} FROM {source} AS facts{joins}"


def _staff_of(tables: Tables, table: str) -> str:
    """SQL that joins the list of reps; where people moved, by the day of each row.

    The day of a deal is that of its close, of an open one that of the list.
    """
    if not tables.list_day:
        return " LEFT JOIN reps AS staff ON staff.rep_id = facts.rep_id"
    listed = f"DATE '{tables.list_day}'"
    day = "facts.date" if "date" in known_columns(table) else listed
    day = f"coalesce(facts.closed, {listed})" if table == "opportunities" else day
    return f" LEFT JOIN homes AS staff ON staff.rep_id = facts.rep_id AND {day} BETWEEN staff.since AND staff.until"


def counts_by_deal(tables: Tables) -> bool:
    """Whether sales count for the region written on them, whatever their rep's is (docs/methods.md, "Whose")."""
    return tables.credit == "deal" and tables.has(*column_behind("sales.region", tables))


def aggregate(measure: Measure) -> str:
    """SQL for a sum, a sum of squares or a count (of rows, or of values that are not null) over a measure's rows."""
    column = f'"{measure.column}"' if measure.column else "*"
    # Exact, as amounts are: what lies beyond the fourth decimal of a square is rounded row by row. One factor is
    # widened, as the engine has 18 digits for the product of two numbers of 18: none above 100,000 could be squared.
    square = f"sum(CAST({column} * CAST({column} AS DECIMAL(38, 6)) AS DECIMAL(38, 4)))"
    what = square if measure.how == "squares" else f"{measure.how}({column})"
    return f"{what} FILTER (WHERE {cases(measure)})" if measure.where or _flags(measure) else what


def cases(measure: Measure) -> str:
    """The SQL condition for the rows that count for a measure; "TRUE" for all."""
    conditions = [holds(condition) for condition in measure.where]
    return " AND ".join([*conditions, *_flags(measure)]) or "TRUE"


def columns_of(measure: Measure) -> list[str]:
    """The columns that a measure uses: what it aggregates, filters by, and flags such as is_order; without the day."""
    named = [measure.column] if measure.column else []
    return [*named, *(condition.column for condition in measure.where), *_flags(measure)]


def _flags(measure: Measure) -> list[str]:
    """The columns of the rows that must be true for a row to count for a measure."""
    of_owner = measure.table == "sales" and measure.column not in _BY_SHARE
    return (["owned"] if of_owner else []) + (["is_order"] if measure.orders_only else [])


def _region(tables: Tables, table: str) -> str:
    """SQL for the region that a row counts for, by the client's rule of credit."""
    source, column = column_behind(f"{table}.region", tables) if table in _WRITTEN else ("", "")
    if not tables.has(source, column):
        return "coalesce(staff.region, '')"
    if tables.credit == "rep":
        return "coalesce(staff.region, facts.region, '')"
    # The reps are not joined where every row has a region of its own.
    everywhere = tables.filled[source, column] == tables.rows[source]
    return "facts.region" if everywhere else "coalesce(facts.region, staff.region, '')"


def _expression(tables: Tables, table: str, column: str) -> str:
    """SQL for a column of the rows: one of the table itself or of accounts, or a derived one."""
    if column in OF_ACCOUNTS:
        return f"accounts.{column}"
    return _derived(tables.has("orders"), tables.has("splits")).get((table, column), f'facts."{column}"')


def known_columns(table: str) -> frozenset[str]:
    """The columns that the rows of a table, or of ``sales``, can have; empty for an unknown table."""
    if table == "sales":
        contract = {*CONTRACTS["orders"], "sale_id", "is_order"} - {"order_id", "currency"}
    else:
        contract = {*CONTRACTS.get(table, {}), *(["due"] if table == "opportunities" else [])}
    of_accounts = OF_ACCOUNTS if "account_id" in contract else ()
    return frozenset({*contract, *of_accounts, *(name for of, name in _derived(False, False) if of == table)})


def _derived(with_orders: bool, with_splits: bool) -> dict[tuple[str, str], str]:
    """(table, column) → SQL for a column that is derived from others.

    ``with_orders`` and ``with_splits``: whether the export has these tables.
    """
    # Exact: of an amount with 4 decimals, and a share with 8 as a part of 1.
    share = " * CAST(facts.share * 0.01 AS DECIMAL(9, 8))" if with_splits else ""
    amount, cost = (f"CAST(facts.{name} AS DECIMAL(29, 4))" if with_splits else f"facts.{name}" for name in _MONEY)
    return {
        ("sales", "written"): "coalesce(facts.region, '')",
        ("sales", "owned"): "facts.owned" if with_splits else "TRUE",
        ("sales", "credited"): f"{amount}{share}",
        ("sales", "credited_cost"): f"{cost}{share}",
        ("sales", "credited_margin"): f"({amount} - {cost}){share}",
        ("sales", "credited_costed"): f"CASE WHEN facts.cost IS NOT NULL THEN {amount}{share} END",
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
