"""Which rep is credited with which part of every sale and refund, in exact decimals (docs/methods.md §8)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import repeat
from typing import Any, NamedTuple

from salesperf.data.export import Export
from salesperf.data.sql import literal
from salesperf.data.tables import Tables
from salesperf.measures.refunds import Link, refunds
from salesperf.measures.sales import sales
from salesperf.people.incentives.settlement import BEFORE, Entry
from salesperf.periods import Period

_WHOLE = 100_000_000  # 100 % in the unit of shares, a millionth of a percent: the precision of the export's shares


@dataclass(frozen=True)
class Credits:
    """The credited sales of an export.

    ``events``: a SQL query with one row per sale or refund and rep credited. Columns: event_id (of the sale or refund),
    sale_id (of a refund: the sale it pays back), rep_id, account_id, made (day of the sale), known (day of the sale or
    refund), amount (of the whole sale, negative for refunds), share (integer, in millionths of a percent), credited and
    margin: amount × share and margin × share, not divided by 100 % yet, so that nothing is rounded; margin is NULL
    where the cost is not known. ``unmatched``: ids of refunds whose sale is not found; they count as sales of their
    own.
    """

    events: str
    unmatched: tuple[str, ...]


class CreditedSale(NamedTuple):
    """A sale or refund that a rep is credited with.

    ``made`` and ``known``: places of settlement periods, see `Entry`; ``day``: of the sale or refund; ``amount``: of
    the whole sale; ``share``: the rep's, 0 to 1; ``credited``: amount × share; ``margin``: the rep's part, None where
    the cost is not known. Amounts in money, negative for refunds.
    """

    event_id: str
    sale_id: str
    account: str
    made: int
    known: int
    day: date
    amount: Decimal
    share: Decimal
    credited: Decimal
    margin: Decimal | None


def credits(export: Export) -> Credits:
    """The credits of every sale and refund with an amount.

    A sale without splits is credited to its rep; a refund follows the splits of its sale.
    """
    tables = export.tables
    links = refunds(tables)
    splits = tables.has("splits")
    rep, share = (
        ("coalesce(splits.rep_id, events.rep_id)", "coalesce(splits.share, 100)") if splits else ("rep_id", "100")
    )
    joined = "events LEFT JOIN splits ON splits.sale_id = events.sale_id" if splits else "events"
    # As wide as can be: an amount × its share has 8 digits more than the amount.
    weighted = (f"CAST(events.{name} AS DECIMAL(38, 4)) * part AS {shown}" for name, shown in _WEIGHTED.items())
    question = (
        f"WITH events AS ({_events(tables, links.links)}), shared AS (SELECT events.*, {rep} AS credited_rep,"
        f" CAST({share} * 1000000 AS INTEGER) AS part FROM {joined})"
        " SELECT event_id, sale_id, account_id, made, known, amount, credited_rep AS rep_id, part AS share,"
        f" {', '.join(weighted)} FROM shared AS events"
    )
    return Credits(question, links.unmatched)


_WEIGHTED = {"amount": "credited", "margin": "margin"}  # column of an event → name of its product with the share


def entries(
    export: Export, credited: Credits, first: Period, last: Period, *, margins: bool = True
) -> dict[str, list[Entry]]:
    """Rep id → the rep's credited sums, one per settlement period of the sale and period in which it became known.

    ``first`` and ``last``: the plan's first settlement period and the last one in which something became known that
    counts. Sales without a rep stand under "". Without ``margins`` every margin is None, which saves summing the
    costs where the plan does not need them.
    """
    count = (last.first - first.first) // first.length
    margin = ", sum(margin) AS margin, bool_or(margin IS NULL) AS uncosted" if margins else ""
    columns = export.tables.ask(
        f"SELECT rep_id, made_place, known_place, sum(credited) AS amount{margin} FROM ({_placed(credited, first)})"
        f" WHERE known_place BETWEEN 0 AND {count} GROUP BY rep_id, made_place, known_place"
    ).to_pydict()
    of_margin = zip(columns["margin"], columns["uncosted"], strict=True) if margins else repeat((None, True))
    by_rep: dict[str, list[Entry]] = {}
    keys = zip(columns["rep_id"], columns["made_place"], columns["known_place"], columns["amount"], strict=True)
    for (rep, made, known, amount), (whole, uncosted) in zip(keys, of_margin, strict=False):
        entry = Entry(made, known, amount / _WHOLE, None if uncosted else whole / _WHOLE)
        by_rep.setdefault(rep or "", []).append(entry)
    return by_rep


def credited_sales(export: Export, credited: Credits, rep: str, first: Period) -> list[CreditedSale]:
    """What one rep is credited with, by day and id, if known from the plan's first settlement period on."""
    rows = export.tables.ask(
        f"SELECT * FROM ({_placed(credited, first)}) WHERE rep_id = {literal(rep)} AND known_place >= 0"
        " ORDER BY known, event_id"
    ).to_pylist()
    return [_credited_sale(row) for row in rows]


def _credited_sale(row: dict[str, Any]) -> CreditedSale:
    return CreditedSale(
        row["event_id"],
        row["sale_id"],
        row["account_id"] or "",
        row["made_place"],
        row["known_place"],
        row["known"],
        row["amount"],
        Decimal(row["share"]) / _WHOLE,
        _money(row["credited"]),
        None if row["margin"] is None else _money(row["margin"]),
    )


def _money(weighted: Decimal) -> Decimal:
    """The amount credited, out of amount × share."""
    return weighted / _WHOLE


def _placed(credited: Credits, first: Period) -> str:
    """SQL: the events with made_place and known_place, the places of their settlement periods (see `Entry`)."""
    made, known = (_place(day, first) for day in ("made", "known"))
    return f"SELECT *, greatest({made}, {BEFORE}) AS made_place, {known} AS known_place FROM ({credited.events})"


def _place(day: str, first: Period) -> str:
    """SQL: the place of the settlement period that a day lies in."""
    return f"CAST(floor(({first.calendar.month_sql(day)} - {first.first}) / {first.length}.0) AS INTEGER)"


def _events(tables: Tables, links: tuple[Link, ...]) -> str:
    """SQL: the sales, and the refunds with rep, account and day of the sale, known from the later day of both on."""
    rows = ", ".join(
        f"({literal(link.refund_id)}, {literal(link.sale_id)}, {'NULL' if link.margin is None else f'{link.margin:f}'})"
        for link in links
    )
    linked = f"VALUES {rows}" if rows else "SELECT NULL, NULL, NULL WHERE FALSE"
    margin = "CAST({} AS DECIMAL(38, 4)) AS margin"
    return (
        f"WITH sales AS (SELECT * FROM ({sales(tables)}) WHERE amount IS NOT NULL),"
        " links AS (SELECT CAST(refund_id AS VARCHAR) AS refund_id, CAST(sale_id AS VARCHAR) AS sale_id,"
        f" CAST(margin AS DECIMAL(18, 4)) AS margin FROM ({linked}) AS given (refund_id, sale_id, margin))"
        " SELECT sale_id AS event_id, sale_id, rep_id, account_id, amount, date AS made, date AS known,"
        f" {margin.format('amount - cost')} FROM sales WHERE sale_id NOT IN (SELECT refund_id FROM links)"
        " UNION ALL SELECT back.sale_id, sold.sale_id, sold.rep_id, sold.account_id, back.amount, sold.date,"
        f" greatest(back.date, sold.date), {margin.format('links.margin')} FROM sales AS back"
        " JOIN links ON links.refund_id = back.sale_id JOIN sales AS sold ON sold.sale_id = links.sale_id"
    )
