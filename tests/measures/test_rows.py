"""The rows that KPIs are counted over: what is a sale, whose it is, and which rows a filter lets through."""

from datetime import date
from decimal import Decimal

import pytest

from salesperf.data.loading import load_tables
from salesperf.measures.client_kpis import DAYS
from salesperf.measures.kpi import Filter, Measure
from salesperf.measures.rows import cases, holds, known_columns, rows_of
from salesperf.measures.sales import column_behind, sales

REPS = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,West,\n"
ORDERS = """order_id,rep_id,account_id,date,amount,region
o1,r1,a,2025-10-01,5,
o2,r1,a,2025-12-31,7,West
o3,who,b,2025-12-31,11,
o4,who,b,2025-09-30,13,North
o5,r2,b,2026-01-01,17,
"""
DEALS = """opportunity_id,rep_id,status,account_id,created,closed,amount,region
d1,r1,won,a,2025-01-01,2025-10-05,100,
d2,r1,won,a,2025-01-01,,200,
d3,r2,lost,b,2025-01-01,2025-12-05,300,East
d4,r2,open,b,2025-01-01,2026-03-31,400,
"""
SURVEYS = "date,score,rep_id\n2025-10-01,5,r1\n2025-10-02,4,\n"
ACCOUNTS = "account_id,account,segment\na,D'Or,Large\nb,Bolt,\n"


@pytest.fixture(scope="module")
def tables(company_of):
    written = {"reps": REPS, "orders": ORDERS, "opportunities": DEALS, "surveys": SURVEYS, "accounts": ACCOUNTS}
    return company_of(written, credit="deal").tables


@pytest.fixture(scope="module")
def without_orders(company_of):
    return company_of({"reps": REPS, "opportunities": DEALS}).tables


def rows(tables, sql, *columns):
    return sorted(tuple(one.values()) for one in tables.ask(f"SELECT {', '.join(columns)} FROM ({sql})").to_pylist())


def test_a_sale_belongs_where_its_rep_does_and_one_of_nobody_in_the_list_where_it_is_written(company_of):
    tables = company_of({"reps": REPS, "orders": ORDERS, "opportunities": DEALS}).tables
    sql = rows_of(tables, "sales", ["sale_id"])
    assert rows(tables, sql, "sale_id", "region", "rep_id") == [
        ("o1", "East", "r1"),
        ("o2", "East", "r1"),
        ("o3", "", "who"),
        ("o4", "North", "who"),
        ("o5", "West", "r2"),
    ]
    deals = rows(tables, rows_of(tables, "opportunities", ["opportunity_id"]), "opportunity_id", "region")
    assert deals == [("d1", "East"), ("d2", "East"), ("d3", "West"), ("d4", "West")]


def test_by_the_deal_a_sale_counts_for_the_region_written_on_it_else_for_its_reps_else_for_none(tables):
    sql = rows_of(tables, "sales", ["sale_id", "home", "team"])
    assert rows(tables, sql, "sale_id", "region", "home", "team", "rep_id") == [
        ("o1", "East", "East", "One", "r1"),
        ("o2", "West", "East", "One", "r1"),
        ("o3", "", "", "", "who"),
        ("o4", "North", "", "", "who"),
        ("o5", "West", "West", "", "r2"),
    ]


def test_where_every_sale_bears_a_region_the_list_of_reps_need_not_be_asked(company_of):
    orders = "order_id,rep_id,account_id,date,amount,region\no1,r1,a,2025-10-01,5,West\no2,r2,a,2025-10-02,5,East\n"
    tables = company_of({"reps": REPS, "orders": orders}, credit="deal").tables
    sql = rows_of(tables, "sales", ["sale_id"])
    assert "reps" not in sql
    assert rows(tables, sql, "sale_id", "region", "rep_id") == [("o1", "West", "r1"), ("o2", "East", "r2")]


def test_without_orders_won_deals_stand_in_by_their_close(without_orders):
    told = rows(without_orders, sales(without_orders), "sale_id", "date", "amount", "cost", "is_order")
    assert told == [("d1", date(2025, 10, 5), Decimal(100), None, True)]


def test_names_of_sales_columns_lead_to_what_stands_behind_them(tables, without_orders):
    assert column_behind("sales.date", tables) == ("orders", "date")
    assert column_behind("sales.date", without_orders) == ("opportunities", "closed")
    assert column_behind("sales.amount", without_orders) == ("opportunities", "amount")
    assert column_behind("surveys.score", tables) == ("surveys", "score")


def test_an_open_deal_has_no_close_date(tables):
    sql = rows_of(tables, "opportunities", ["opportunity_id", "closed"])
    assert rows(tables, f"FROM ({sql}) WHERE closed IS NOT NULL", "opportunity_id") == [("d1",), ("d3",)]


def test_what_belongs_to_nobody_has_empty_keys_and_is_kept(tables):
    sql = rows_of(tables, "surveys", ["date", "team"])
    assert rows(tables, sql, "date", "region", "team", "rep_id") == [
        (date(2025, 10, 1), "East", "One", "r1"),
        (date(2025, 10, 2), "", "", ""),
    ]


def test_a_row_with_an_account_knows_what_is_known_of_the_account(tables):
    sql = rows_of(tables, "sales", ["sale_id", "segment", "account"])
    assert rows(tables, sql, "sale_id", "segment", "account")[1:3] == [
        ("o2", "Large", "D'Or"),
        ("o3", None, "Bolt"),
    ]


@pytest.mark.parametrize(
    ("back", "is_order"),
    [
        (["-5"], False),
        (["-2", "-3"], False),  # in two parts
        (["-6"], False),  # with what the customer paid for it
        (["-4.99"], True),
        (["5"], True),  # no refund, whatever it names
        ([], True),
    ],
)
def test_neither_a_refund_nor_a_sale_that_was_paid_back_in_full_is_an_order(company_of, back, is_order):
    orders = [{"order_id": "o1", "rep_id": "r1", "account_id": "a", "date": "2025-10-01", "amount": "5"}]
    orders += [
        orders[0] | {"order_id": f"b{place}", "amount": one, "refund_of": "o1"} for place, one in enumerate(back)
    ]
    tables = company_of({"reps": REPS, "orders": orders}).tables
    told = dict(rows(tables, rows_of(tables, "sales", ["sale_id", "is_order"]), "sale_id", "is_order"))
    assert told == {"o1": is_order} | {f"b{place}": one == "5" for place, one in enumerate(back)}


def test_a_gift_is_an_order_that_nothing_pays_back(company_of):
    orders = "order_id,rep_id,account_id,date,amount,refund_of\no1,r1,a,2025-10-01,0,\no2,r1,a,2025-10-02,0,o1\n"
    tables = company_of({"reps": REPS, "orders": orders}).tables
    assert rows(tables, sales(tables), "sale_id", "is_order") == [("o1", True), ("o2", True)]


@pytest.mark.parametrize(
    ("one", "held"),
    [
        (Filter("account", ("d'or",)), ["o1", "o2"]),
        (Filter("account", ("d'or",), exact=True), []),
        (Filter("account", ("D'Or",), exact=True), ["o1", "o2"]),
        (Filter("account", ("BOLT", "D'OR")), ["o1", "o2", "o3", "o4", "o5"]),
        (Filter("segment", ("large",)), ["o1", "o2"]),  # no segment is none of all
        (Filter("account", ("' OR 1 = 1 --",)), []),
        (Filter("amount", (Decimal("5.00"), Decimal(17))), ["o1", "o5"]),
        (Filter("amount", at_least=Decimal(11)), ["o3", "o4", "o5"]),
    ],
)
def test_a_filter_lets_through_texts_whatever_their_case_and_numbers_by_their_size(tables, one, held):
    sql = f"FROM ({rows_of(tables, 'sales', ['sale_id', one.column])}) WHERE {holds(one)}"
    assert [key for (key,) in rows(tables, sql, "sale_id")] == held


def test_all_filters_must_let_a_row_through(tables):
    where = Filter("account", ("bolt",)), Filter("amount", at_least=Decimal(12))
    sql = rows_of(tables, "sales", ["sale_id", "account", "amount", "owned", "is_order"])
    counted = Measure("sales", "date", "count", where=where, orders_only=True)
    assert rows(tables, f"FROM ({sql}) WHERE {cases(counted)}", "sale_id") == [("o4",), ("o5",)]
    assert cases(Measure("surveys", "date", "count")) == "TRUE"


@pytest.fixture(scope="module")
def every_table(demo_client):
    return load_tables(demo_client)


@pytest.mark.parametrize("table", DAYS)
def test_every_known_column_of_a_table_can_be_asked_for(every_table, table):
    columns = sorted(known_columns(table))
    found = every_table.ask(f"FROM ({rows_of(every_table, table, columns)}) LIMIT 1")
    assert found.num_rows == 1 and set(columns) <= set(found.column_names)


def test_a_table_that_there_is_not_has_no_columns():
    assert known_columns("invoices") == frozenset()
    assert "order_id" not in known_columns("sales") and "due" in known_columns("opportunities")
