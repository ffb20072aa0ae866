from datetime import date
from decimal import Decimal

import pytest

from salesperf.data.loading import load_tables
from salesperf.measures.facts import Window, as_of, column_behind, deals, in_windows, keyed, of_reps, sales, within
from salesperf.periods import parse_period

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


@pytest.fixture(scope="module")
def tables(client_of):
    surveys = "date,score,rep_id\n2025-10-01,5,r1\n2025-10-02,4,\n"
    return load_tables(client_of({"reps": REPS, "orders": ORDERS, "opportunities": DEALS, "surveys": surveys}))


@pytest.fixture(scope="module")
def without_orders(client_of):
    return load_tables(client_of({"reps": REPS, "opportunities": DEALS}))


def rows(table, *columns):
    found = table.select(*columns).to_pyarrow().to_pylist()
    return sorted(tuple(one.values()) for one in found)


def test_a_sale_counts_for_the_region_written_on_it_else_for_its_reps_else_for_none(tables):
    assert rows(sales(tables), "sale_id", "region", "home_region", "team", "rep_id") == [
        ("o1", "East", "East", "One", "r1"),
        ("o2", "West", "East", "One", "r1"),
        ("o3", "", "", "", "who"),
        ("o4", "North", "", "", "who"),
        ("o5", "West", "West", "", "r2"),
    ]


def test_for_teams_and_reps_every_sale_stays_at_home(tables):
    assert rows(keyed(sales(tables), "team"), "sale_id", "region")[:2] == [("o1", "East"), ("o2", "East")]
    assert rows(keyed(sales(tables), "region"), "sale_id", "region")[:2] == [("o1", "East"), ("o2", "West")]


def test_without_orders_won_deals_stand_in_by_their_close(without_orders):
    assert rows(sales(without_orders), "sale_id", "date", "amount", "cost") == [
        ("d1", date(2025, 10, 5), Decimal(100), None)
    ]


def test_names_of_sales_columns_lead_to_what_stands_behind_them(tables, without_orders):
    assert column_behind("sales.date", tables) == ("orders", "date")
    assert column_behind("sales.date", without_orders) == ("opportunities", "closed")
    assert column_behind("sales.amount", without_orders) == ("opportunities", "amount")
    assert column_behind("surveys.score", tables) == ("surveys", "score")


def test_an_open_deal_has_no_close_date(tables):
    assert rows(deals(tables).filter(deals(tables).closed.notnull()), "opportunity_id") == [("d1",), ("d3",)]


def test_what_belongs_to_nobody_has_empty_keys_and_is_kept(tables):
    assert rows(of_reps(tables, "surveys"), "date", "region", "team", "rep_id") == [
        (date(2025, 10, 1), "East", "One", "r1"),
        (date(2025, 10, 2), "", "", ""),
    ]


def test_the_first_and_the_last_day_of_a_period_belong_to_it(tables):
    periods = [parse_period("2025Q3"), parse_period("2025Q4"), parse_period("2025-12")]
    assert rows(within(sales(tables), "date", periods), "period", "sale_id") == [
        ("2025-12", "o2"),
        ("2025-12", "o3"),
        ("2025Q3", "o4"),
        ("2025Q4", "o1"),
        ("2025Q4", "o2"),
        ("2025Q4", "o3"),
    ]


def test_a_fact_counts_in_every_window_that_holds_its_day(tables):
    windows = [Window("x", date(2025, 10, 1), date(2025, 10, 1), "new"), Window("x", date(2025, 9, 1), date.max)]
    assert rows(in_windows(sales(tables), "date", windows).filter(lambda one: one.sale_id == "o1"), "use") == [
        ("",),
        ("new",),
    ]


def test_an_export_tells_a_period_up_to_its_end_or_its_own_last_day(tables):
    assert as_of(tables, parse_period("2025Q4"), "sales.date") == date(2025, 12, 31)
    assert as_of(tables, parse_period("2026Q1"), "sales.date") == date(2026, 1, 1)
    assert as_of(tables, parse_period("2026Q1"), "opportunities.created", "opportunities.closed") == date(2025, 12, 5)
