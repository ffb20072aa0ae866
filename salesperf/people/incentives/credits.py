"""Who is credited with what: sales by their splits, refunds as their sales, exact decimals (docs/methods.md §8)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import repeat
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from salesperf.data.tables import Tables
from salesperf.errors import DataError, quoted
from salesperf.people.incentives.refunds import Link, refunds, sold
from salesperf.people.incentives.settlement import BEFORE, Entry
from salesperf.periods import Period

_WHOLE = 100_000_000  # a whole sale in the units of shares: millionths of a percent, as fine as the export's


@dataclass(frozen=True)
class Credits:
    """The credited sales of an export.

    ``events``: one row per sale or refund and person credited: event_id, sale_id (of a refund: the sale it pays back),
    rep_id, account_id, made (day of the sale), known (day of the sale or refund), amount, and ``share`` in millionths
    of a percent, by which ``credited`` and ``margin`` (None where the cost is not known) are multiplied: whole numbers,
    so that nothing is rounded. ``unmatched``: ids of refunds whose sale is not found; they count as sales of their own.
    """

    events: ir.Table
    unmatched: tuple[str, ...]


class CreditedSale(NamedTuple):
    """A sale or refund of one rep: ``made`` and ``known`` are places of settlement periods, ``share`` is 0 to 1."""

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


def credits(tables: Tables) -> Credits:
    """Who is credited with every sale and refund.

    A sale without splits is its rep's; a refund follows its sale. Raises DataError for splits that do not sum to 100 %
    and for those of unknown sales or reps.
    """
    check_splits(tables)
    sales = sold(tables)
    found = refunds(sales)
    events = _events(sales, found.links)
    if tables.has("splits"):
        splits = tables["splits"].select("sale_id", "share", credited_rep="rep_id")
        joined = events.left_join(splits, "sale_id")
        rep, share = ibis.coalesce(joined.credited_rep, joined.rep_id), ibis.coalesce(joined["share"], 100)
    else:
        joined, rep, share = events, events.rep_id, ibis.literal(100)
    part = (share * 1_000_000).cast("int32")
    return Credits(
        joined.select(
            "event_id", "sale_id", "account_id", "made", "known", "amount",
            rep_id=rep, share=part, credited=_times(joined.amount, part), margin=_times(joined.margin, part),
        ),
        found.unmatched,
    )  # fmt: skip


def check_splits(tables: Tables) -> None:
    """Raises DataError for splits of unknown sales or reps, and where those of a sale do not sum to 100 %."""
    if not tables.has("splits"):
        return
    splits = tables["splits"]
    sales = tables["orders"] if tables.has("orders") else tables["opportunities"]
    ids = sales.select(sale_id="order_id" if tables.has("orders") else "opportunity_id")
    kind = "orders" if tables.has("orders") else "opportunities"
    _check_known(splits.anti_join(ids, "sale_id"), "sale_id", f"ids of {kind}")
    _check_known(splits.anti_join(tables["reps"], "rep_id"), "rep_id", "ids of the list of reps")
    sums = splits.group_by("sale_id").aggregate(total=splits["share"].sum(), rows=splits.count())
    if odd := sums.filter(sums.total != 100).order_by("sale_id").to_pyarrow().to_pylist():
        first = odd[0]
        rows = f"{first['rows']} row{'s' if first['rows'] > 1 else ''}"
        more = f" (and {len(odd) - 1} more sales)" if len(odd) > 1 else ""
        raise DataError(
            f"splits: sale {first['sale_id']!r}: expected shares that sum to 100, got {first['total'].normalize():f} "
            f"over {rows}; correct them{more}"
        )


def entries(credited: Credits, first: Period, last: Period, *, margins: bool = True) -> dict[str, list[Entry]]:
    """Rep → credited sums by settlement period of the sale and by the one in which it or its refund became known.

    From ``first``, the plan's first settlement period, to ``last``; what was sold before has the place BEFORE.
    Without ``margins`` those are left out, as most plans do not need them.
    """
    placed = _placed(credited.events, first)
    count = (last.first - first.first) // first.length
    inside = placed.filter(placed.known_place >= 0, placed.known_place <= count)
    margin = {"margin": inside.margin.sum(), "uncosted": inside.margin.isnull().any()} if margins else {}
    sums = inside.group_by("rep_id", "made_place", "known_place").aggregate(amount=inside.credited.sum(), **margin)
    columns = sums.to_pyarrow().to_pydict()
    of_margin = zip(columns["margin"], columns["uncosted"], strict=True) if margins else repeat((None, True))
    found: dict[str, list[Entry]] = {}
    keys = zip(columns["rep_id"], columns["made_place"], columns["known_place"], columns["amount"], strict=True)
    for (rep, made, known, amount), (whole, uncosted) in zip(keys, of_margin, strict=False):
        entry = Entry(made, known, amount / _WHOLE, None if uncosted else whole / _WHOLE)
        found.setdefault(rep or "", []).append(entry)
    return found


def credited_sales(credited: Credits, rep: str, first: Period) -> list[CreditedSale]:
    """Every sale and refund of one rep from the plan's first settlement period on, by day and id."""
    placed = _placed(credited.events.filter(credited.events.rep_id == rep), first)
    rows = placed.filter(placed.known_place >= 0).order_by("known", "event_id").to_pyarrow().to_pylist()
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


def _times(amount: ir.DecimalValue, share: ir.IntegerValue) -> ir.DecimalValue:
    return amount.cast("decimal(38, 4)") * share  # no narrower: weighted amounts have 8 digits more


def _money(weighted: Decimal) -> Decimal:
    """An amount out of one that is multiplied by its share."""
    return weighted / _WHOLE


def _placed(events: ir.Table, first: Period) -> ir.Table:
    """The events with the places of their settlement periods, counted from the first one."""
    return events.mutate(
        made_place=ibis.greatest(_place(events.made, first), BEFORE), known_place=_place(events.known, first)
    )


def _place(day: ir.DateValue, first: Period) -> ir.IntegerValue:
    month = day.year() * 12 + (day.month() - 1 - first.first)
    return (month // first.length).cast("int32")


def _events(sales: ir.Table, links: tuple[Link, ...]) -> ir.Table:
    """Sales as events of their own, and refunds as events of their sales, known by the later day of both."""
    rows = [(one.refund_id, one.sale_id, None if one.margin is None else str(one.margin)) for one in links]
    names = ["refund_id", "linked_sale", "margin"]
    linked = ibis.memtable(pd.DataFrame(rows, columns=names), schema=dict.fromkeys(names, "string"))
    own = sales.anti_join(linked, sales.sale_id == linked.refund_id).select(
        "sale_id", "rep_id", "account_id", "amount",
        event_id="sale_id", made="date", known="date", margin=(sales.amount - sales.cost).cast("decimal(38, 4)"),
    )  # fmt: skip
    back = sales.select("amount", "date", event_id="sale_id").join(linked, ibis._.event_id == linked.refund_id)
    origin = sales.select("sale_id", "rep_id", "account_id", made="date")
    both = back.join(origin, back.linked_sale == origin.sale_id)
    return own.union(
        both.select(
            "sale_id", "rep_id", "account_id", "amount",
            "event_id", "made", known=ibis.greatest(both.date, both.made), margin=both.margin.cast("decimal(38, 4)"),
        )
    )  # fmt: skip


def _check_known(odd: ir.Table, column: str, expected: str) -> None:
    if found := odd.select(column).distinct().order_by(column)[column].to_pyarrow().to_pylist():
        others = f"{len(found)} other{'s' if len(found) > 1 else ''}: {quoted(found[:3])}"
        raise DataError(f"splits: column {column!r}: expected {expected}, got {others}; correct them")
