"""Refunds and the sales that they pay back, named by the export or else matched (docs/methods.md §8, *Credited*)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from salesperf.data.tables import Tables
from salesperf.measures.sales import sales

_ZERO = Decimal(0)
_FINEST = Decimal("0.0001")  # the precision of the export's amounts


class Link(NamedTuple):
    """A refund, the sale that it pays back, and the margin that it takes back.

    ``margin``: in money, negative where that of the sale is positive; None where the sale's cost is not known.
    """

    refund_id: str
    sale_id: str
    margin: Decimal | None


@dataclass(frozen=True)
class Refunds:
    """The refunds of an export with their sales, by date and id, and the ids of those whose sale is not found."""

    links: tuple[Link, ...]
    unmatched: tuple[str, ...]


class _Sale(NamedTuple):
    sale_id: str
    date: date
    amount: Decimal
    cost: Decimal | None


class _Refund(NamedTuple):
    refund_id: str
    date: date
    amount: Decimal
    sale: _Sale | None
    buyer: tuple[str, str, str | None]  # rep, account, product: who may have bought what is paid back


def refunds(tables: Tables) -> Refunds:
    """Every refund with its sale.

    The sale is that of ``refund_of``, where this is a sale and no refund itself. Another negative amount is matched to
    the latest sale of the same rep, account and product, on its day or before, of which at least so much is left. A
    refund takes back the margin of its sale in proportion to the amount, whatever cost it has itself, so that a full
    refund takes back the whole margin.
    """
    rows = _refunds_and_sales(tables)
    all_refunds = [
        _refund(row) for row in rows if row["is_refund"] and (row["amount"] < 0 or row["sold_sale_id"] is not None)
    ]
    linked = [(refund, refund.sale) for refund in all_refunds if refund.sale is not None]
    left = {sale.sale_id: sale.amount for _, sale in linked}
    for refund, sale in linked:
        left[sale.sale_id] += refund.amount
    unlinked = [refund for refund in all_refunds if refund.sale is None]
    matched, unmatched = _matched(unlinked, _candidates(rows), left)
    pairs = sorted(linked + matched, key=lambda pair: (pair[0].date, pair[0].refund_id))
    return Refunds(tuple(_links(pairs)), tuple(unmatched))


def _refunds_and_sales(tables: Tables) -> list[dict[str, Any]]:
    """The refunds, with the sales that they name, and the sales that others may belong to; by date and id.

    One dict per row with the columns of `sales`, is_refund (bool), and sold_sale_id, sold_date, sold_amount and
    sold_cost of the sale that a refund names (None without). Rows without an amount are left out.
    """
    whole = ", ".join(f"sold.{name} AS sold_{name}" for name in ("sale_id", "date", "amount", "cost"))
    nothing = ", ".join(f"NULL AS sold_{name}" for name in ("sale_id", "date", "amount", "cost"))
    answer = tables.ask(
        f"WITH sales AS ({sales(tables)}) SELECT TRUE AS is_refund, back.*, {whole} FROM sales AS back"
        " LEFT JOIN sales AS sold ON sold.sale_id = back.refund_of AND sold.refund_of IS NULL"
        " AND sold.amount IS NOT NULL"
        " WHERE back.amount IS NOT NULL AND (back.refund_of IS NOT NULL OR back.amount < 0)"
        f" UNION ALL SELECT FALSE, sales.*, {nothing} FROM sales WHERE amount > 0 AND refund_of IS NULL AND"
        " (rep_id, account_id) IN (SELECT rep_id, account_id FROM sales WHERE amount < 0 AND account_id IS NOT NULL)"
        " ORDER BY date, sale_id"
    )
    rows: list[dict[str, Any]] = answer.to_pylist()
    return rows


def _refund(row: dict[str, Any]) -> _Refund:
    sale = None
    if row["sold_sale_id"] is not None:
        sale = _Sale(row["sold_sale_id"], row["sold_date"], row["sold_amount"], row["sold_cost"])
    return _Refund(row["sale_id"], row["date"], row["amount"], sale, (row["rep_id"], row["account_id"], row["product"]))


def _candidates(rows: list[dict[str, Any]]) -> dict[tuple[str, str, str | None], list[_Sale]]:
    """The sales that a refund without a link may belong to, by rep, account and product; the latest first."""
    by_buyer: dict[tuple[str, str, str | None], list[_Sale]] = {}
    for row in (sold for sold in reversed(rows) if not sold["is_refund"]):
        sale = _Sale(row["sale_id"], row["date"], row["amount"], row["cost"])
        by_buyer.setdefault((row["rep_id"], row["account_id"], row["product"]), []).append(sale)
    return by_buyer


def _matched(
    unlinked: list[_Refund], candidates: dict[tuple[str, str, str | None], list[_Sale]], left: dict[str, Decimal]
) -> tuple[list[tuple[_Refund, _Sale]], list[str]]:
    """Each refund in turn with the latest sale that has enough left, and the ids of those without a sale.

    ``left``: sale id → amount not refunded yet; it is reduced by what is matched.
    """
    pairs, unmatched = [], []
    for refund in unlinked:
        fitting = (
            sale
            for sale in candidates.get(refund.buyer, ())
            if sale.date <= refund.date and left.get(sale.sale_id, sale.amount) >= -refund.amount
        )
        if sale := next(fitting, None):
            left[sale.sale_id] = left.get(sale.sale_id, sale.amount) + refund.amount
            pairs.append((refund, sale))
        else:
            unmatched.append(refund.refund_id)
    return pairs, unmatched


def _links(pairs: Iterable[tuple[_Refund, _Sale]]) -> Iterable[Link]:
    """The links of refunds, given by date; rounded so that the margins of a sale's refunds sum to their whole."""
    refunded: dict[str, Decimal] = {}
    for refund, sale in pairs:
        before = refunded.get(sale.sale_id, _ZERO)
        refunded[sale.sale_id] = before + refund.amount
        after, of_before = _margin_of(sale, before + refund.amount), _margin_of(sale, before)
        margin = None if after is None or of_before is None else after - of_before
        yield Link(refund.refund_id, sale.sale_id, margin)


def _margin_of(sale: _Sale, part: Decimal) -> Decimal | None:
    """The margin of a part of a sale's amount; None where the cost is not known."""
    if sale.cost is None:
        return None
    whole = sale.amount - sale.cost
    return (whole * part / sale.amount).quantize(_FINEST, ROUND_HALF_UP) if sale.amount else _ZERO
