"""Who is credited with what: splits, refunds and their sales, to the last digit."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesperf.company import Company
from salesperf.data.engine import Engine
from salesperf.data.export import Export
from salesperf.data.tables import Tables
from salesperf.errors import DataError
from salesperf.measures.refunds import Link, refunds
from salesperf.params import Client
from salesperf.people.incentives.credits import credited_sales, credits, entries
from salesperf.people.incentives.settlement import BEFORE, Entry
from salesperf.periods import parse_period

REPS = "rep_id,rep,region\nr1,Ann,East\nr2,Bo,East\nr3,Cy,West\n"
HEAD = "order_id,rep_id,account_id,date,amount,cost,product,refund_of\n"
Q3, Q4 = parse_period("2025Q3"), parse_period("2025Q4")


@pytest.fixture
def selling(company_of: Any) -> Any:
    """Opens a company by its orders and, where there are some, their splits."""

    def opened(orders: str, splits: str = "") -> Company:
        shared = {"splits": "sale_id,rep_id,share\n" + splits} if splits else {}
        return company_of({"reps": REPS, "orders": HEAD + orders, **shared})

    return opened


def sums(export: Export) -> dict[str, list[Entry]]:
    return {rep: sorted(found) for rep, found in entries(export, credits(export), Q3, Q4).items()}


def test_a_sale_is_credited_by_its_splits_and_without_them_to_its_rep(selling: Any) -> None:
    company = selling("o1,r1,a,2025-07-01,1000,600,,\no2,r1,a,2025-10-01,50,30,,\n", "o1,r2,70\no1,r3,30\n")
    assert sums(company) == {
        "r1": [Entry(1, 1, D(50), D(20))],
        "r2": [Entry(0, 0, D(700), D(280))],  # 1,000 × 70 %, (1,000 − 600) × 70 %
        "r3": [Entry(0, 0, D(300), D(120))],
    }


def test_a_refund_follows_the_splits_of_its_sale_and_counts_in_the_sales_period(selling: Any) -> None:
    orders = "o1,r1,a,2025-07-01,1000,600,,\nx1,r1,a,2025-11-01,-500,,,o1\n"
    company = selling(orders, "o1,r2,70\no1,r3,30\n")
    # Half of the sale goes back, and with it half of the margin: 400 × ½ × 70 % = 140.
    assert sums(company) == {
        "r2": [Entry(0, 0, D(700), D(280)), Entry(0, 1, D(-350), D(-140))],
        "r3": [Entry(0, 0, D(300), D(120)), Entry(0, 1, D(-150), D(-60))],
    }


def test_a_full_refund_in_parts_takes_back_the_whole_margin(selling: Any) -> None:
    # A margin of 100 over thirds: 33.3333 − 33.3334 − 33.3333 would leave a rest if each were rounded by itself.
    orders = "o1,r1,a,2025-07-01,300,200,,\n" + "".join(f"x{day},r1,a,2025-08-0{day},-100,7,,o1\n" for day in (1, 2, 3))
    found = refunds(selling(orders).tables)
    assert [one.margin for one in found.links] == [D("-33.3333"), D("-33.3334"), D("-33.3333")]


def test_a_sale_before_the_plan_stays_before_it_with_its_refund(selling: Any) -> None:
    company = selling("o1,r1,a,2025-03-01,100,,,\nx1,r1,a,2025-08-01,-100,,,o1\n")
    assert sums(company) == {"r1": [Entry(BEFORE, 0, D(-100), None)]}


def test_what_becomes_known_after_the_last_period_is_left_out(selling: Any) -> None:
    company = selling("o1,r1,a,2025-07-01,100,60,,\nx1,r1,a,2026-01-01,-100,,,o1\n")
    assert sums(company) == {"r1": [Entry(0, 0, D(100), D(40))]}


def test_a_refund_dated_before_its_sale_is_known_with_the_sale(selling: Any) -> None:
    company = selling("o1,r1,a,2025-10-01,100,60,,\nx1,r1,a,2025-07-01,-100,,,o1\n")
    assert sums(company) == {"r1": [Entry(1, 1, D(0), D(0))]}


def test_a_negative_amount_without_a_link_belongs_to_the_latest_earlier_sale_with_enough_left(selling: Any) -> None:
    orders = (
        "o1,r1,a,2025-07-01,100,,p,\no2,r1,a,2025-08-01,100,,p,\no3,r1,a,2025-08-02,100,,q,\no4,r1,b,2025-08-02,100,,p,\n"
        "o5,r2,a,2025-08-02,100,,p,\no6,r1,a,2025-12-01,100,,p,\nx1,r1,a,2025-09-01,-80,,p,\nx2,r1,a,2025-09-02,-80,,p,\n"
        "x3,r1,a,2025-09-03,-80,,p,\nx4,r1,,2025-09-03,-5,,p,\n"
    )
    found = refunds(selling(orders).tables)
    assert found.links == (Link("x1", "o2", None), Link("x2", "o1", None))
    assert found.unmatched == ("x3", "x4")  # nothing has 80 left; nobody knows whose account x4 is


def test_a_refund_of_an_unknown_sale_is_matched_and_a_refund_of_a_refund_is_not(selling: Any) -> None:
    orders = "o1,r1,a,2025-07-01,100,,,\nx1,r1,a,2025-08-01,-60,,,o9\nx2,r1,a,2025-08-02,60,,,x1\n"
    found = refunds(selling(orders).tables)
    assert found.links == (Link("x1", "o1", None),)


def test_won_opportunities_stand_in_for_orders(company_of: Any) -> None:
    deals = (
        "opportunity_id,rep_id,status,closed,amount\nd1,r1,won,2025-07-01,100\nd2,r1,lost,2025-07-01,70\n"
        "d3,r1,won,2025-07-01,\nd4,r1,open,,9\n"
    )
    splits = "sale_id,rep_id,share\nd1,r2,100\nd4,r1,100\n"
    assert sums(company_of({"reps": REPS, "opportunities": deals, "splits": splits})) == {
        "r2": [Entry(0, 0, D(100), None)]
    }


def test_the_trace_has_every_sale_with_its_share(selling: Any) -> None:
    company = selling("o1,r1,a,2025-07-01,1000,600,,\nx1,r1,a,2025-11-01,-500,,,o1\n", "o1,r2,70\no1,r3,30\n")
    sale, refund = credited_sales(company, credits(company), "r2", Q3)
    assert (sale.sale_id, sale.event_id, sale.day, sale.share) == ("o1", "o1", date(2025, 7, 1), D("0.7"))
    assert (refund.sale_id, refund.event_id, refund.credited, refund.margin) == ("o1", "x1", D(-350), D(-140))


@pytest.mark.parametrize(
    ("splits", "said"),
    [
        (
            "o1,r1,60\no1,r2,30\n",
            "splits: sale 'o1': expected shares that sum to 100, got 90 over 2 rows; correct them",
        ),
        ("o1,r1,60\n", "splits: sale 'o1': expected shares that sum to 100, got 60 over 1 row; correct them"),
        ("o1,r9,100\n", "splits: column 'rep_id': expected ids of the list of reps, got 1 other: 'r9'; correct them"),
    ],
)
def test_wrong_splits_are_refused_in_one_line(selling: Any, splits: str, said: str) -> None:
    with pytest.raises(DataError) as caught:
        credits(selling("o1,r1,a,2025-07-01,1000,,,\n", splits))
    assert str(caught.value) == said


@pytest.fixture(scope="module")
def client(client_of: Any) -> Client:
    return client_of({"reps": REPS, "orders": HEAD})


def in_memory(client: Client, orders: Sequence[dict[str, Any]], splits: Sequence[dict[str, Any]]) -> Export:
    """An export without files: money and shares as the export's contract has them."""
    money, text = "DECIMAL(18, 4)", "VARCHAR"
    kinds = {
        "orders": {"order_id": text, "rep_id": text, "account_id": text, "product": text, "region": text,
                   "date": "DATE", "amount": money, "cost": money, "refund_of": text},
        "splits": {"sale_id": text, "rep_id": text, "share": "DECIMAL(18, 6)"},
        "reps": {"rep_id": text},
    }  # fmt: skip
    rows = {"orders": orders, "splits": splits, "reps": [{"rep_id": f"r{place}"} for place in range(4)]}
    con = duckdb.connect()
    for name, columns in kinds.items():
        con.execute(f"CREATE TABLE {name} ({', '.join(f'{column} {kind}' for column, kind in columns.items())})")
        if rows[name]:
            values = [[row.get(column) for column in columns] for row in rows[name]]
            con.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", values)
    filled = {(name, column): len(rows[name]) for name, columns in kinds.items() for column in columns}
    engine = Engine({name: f"SELECT * FROM main.{name}" for name in kinds}, con)
    return Export(client, Tables(engine, {name: len(of) for name, of in rows.items()}, filled, {}, ()))


@st.composite
def exports(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Sales, some refunded, some split over several reps by shares as fine as the export has them."""
    orders, splits = [], []
    for place in range(draw(st.integers(1, 6))):
        amount = draw(st.decimals("0.0001", "99999999", places=4))
        row = {"rep_id": f"r{place % 4}", "account_id": "a", "product": None, "cost": D(0)}
        day = date(2025, 7, 1) + timedelta(days=draw(st.integers(0, 180)))
        orders.append({**row, "order_id": f"o{place}", "date": day, "amount": amount, "refund_of": None})
        if draw(st.booleans()):
            back = day + timedelta(days=draw(st.integers(0, 90)))
            refund = {"order_id": f"x{place}", "date": back, "amount": -amount, "refund_of": f"o{place}"}
            orders.append({**row, **refund})
        if draw(st.booleans()):
            first = draw(st.decimals("0.000001", "99.999999", places=6))
            shares = [{"rep_id": "r1", "share": first}, {"rep_id": "r3", "share": 100 - first}]
            splits += [{"sale_id": f"o{place}", **one} for one in shares]
    return orders, splits


@settings(max_examples=25, deadline=None)
@given(exports(), st.randoms(use_true_random=False))
def test_splits_conserve_every_amount_and_the_order_of_rows_changes_nothing(
    client: Client, drawn: tuple[list[dict[str, Any]], list[dict[str, Any]]], chance: Any
) -> None:
    orders, splits = drawn

    def of(rows: list[dict[str, Any]], shares: list[dict[str, Any]]) -> dict[str, list[Entry]]:
        export = in_memory(client, rows, shares)
        found = entries(export, credits(export), Q3, parse_period("2026Q1").before(-2))
        return {rep: sorted(one) for rep, one in found.items()}

    found = of(orders, splits)
    assert all(isinstance(one.amount, D) for own in found.values() for one in own)
    assert sum(one.amount for own in found.values() for one in own) == sum(one["amount"] for one in orders)
    mixed = chance.sample(orders, len(orders)), chance.sample(splits, len(splits))
    assert of(*mixed) == found
