"""New customers and repeat purchase, by hand and against a second reckoning in pandas."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from salesperf.measures.customers import repeat_look_back
from salesperf.periods import parse_period

REPS = "rep_id,rep,region\nr1,Ann,East\nr2,Bo,West\n"
BEGIN = {"order_id": "begin", "rep_id": "r1", "account_id": "old", "date": "2023-01-01", "amount": 1}
END = {"order_id": "end", "rep_id": "r1", "account_id": "old", "date": "2025-12-31", "amount": 1}


def orders(*rows):
    """Orders (account, day, and if not 100 and r1, amount and rep), in an export that covers 2023 to 2025."""
    given = [
        {"order_id": f"o{place}", "rep_id": (*row, 100, "r1")[3] if len(row) > 3 else "r1"}
        | {"account_id": row[0], "date": row[1], "amount": row[2] if len(row) > 2 else 100}
        for place, row in enumerate(rows)
    ]
    return {"reps": REPS, "orders": [BEGIN, *given, END]}


@pytest.fixture(scope="module")
def new(kpis_of):
    """New customers of 2025Q4 besides the account that stands for the export's last day."""

    def of(*rows, **client):
        return kpis_of(orders(*rows), **client).iloc[0]["new_customers"] - 1

    return of


@pytest.fixture(scope="module")
def repeat(kpis_of):
    def of(*rows, **client):
        row = kpis_of(orders(*rows), **client).iloc[0]
        return row["repeat_rate"], row["repeat_rate_n"]

    return of


def test_the_first_order_ever_makes_a_new_customer(new):
    assert new(("a", "2025-10-01"), ("b", "2025-12-31"), ("c", "2025-09-30"), ("c", "2025-10-01")) == 2


def test_the_first_order_in_twelve_months_makes_a_new_customer_to_the_day(new):
    assert new(("a", "2024-10-15"), ("a", "2025-10-15")) == 1
    assert new(("a", "2024-10-16"), ("a", "2025-10-15")) == 0
    assert new(("a", "2024-02-29"), ("a", "2025-10-15"), ("a", "2025-10-16")) == 1


def test_the_client_file_can_change_the_months(new):
    rows = ("a", "2025-03-15"), ("a", "2025-10-15")
    assert new(*rows) == 0
    assert new(*rows, definitions={"new_customer_months": 7}) == 1
    assert new(*rows, definitions={"new_customer_months": 8}) == 0


def test_an_account_is_new_once_in_a_period_however_often_it_comes_back(kpis_of):
    tables = orders(("a", "2025-02-01", 1, "r1"), ("a", "2025-05-01", 1, "r2"), ("a", "2025-09-01", 1, "r1"))
    client = {"periods": "2025", "definitions": {"new_customer_months": 2}}
    assert kpis_of(tables, **client).iloc[0]["new_customers"] == 2  # a, and the account of the export's last day
    by_region = kpis_of(tables, "region", **client).set_index("region")["new_customers"]
    assert by_region.to_dict() == {"East": 2, "West": 0}


def test_a_refund_is_no_order(new, repeat):
    assert new(("a", "2025-10-01", -5)) == 0
    assert new(("a", "2025-06-01", -5), ("a", "2025-10-01")) == 1
    assert repeat(("a", "2025-06-01"), ("a", "2025-06-10", -100)) == (0.0, 1)


def test_orders_of_one_day_are_one_purchase_credited_to_the_smallest_id(kpis_of, repeat):
    same_day = ("a", "2025-10-01", 1, "r2"), ("a", "2025-10-01", 1, "r1")
    by_region = kpis_of(orders(*same_day), "region").set_index("region")["new_customers"]
    assert by_region.to_dict() == {"East": 1, "West": 1}  # East: the account of the export's last day
    assert repeat(("a", "2025-06-01"), ("a", "2025-06-01")) == (0.0, 1)


def test_sales_without_an_account_count_for_no_customer(kpis_of):
    row = kpis_of(orders(("", "2025-10-01"), ("", "2025-11-01"), ("a", "2025-11-01"))).iloc[0]
    assert (row["revenue"], row["customers"], row["new_customers"]) == (301, 2, 2)


def test_a_customer_counts_once_for_each_who_sold_to_it(kpis_of):
    tables = orders(("a", "2025-10-01", 1, "r1"), ("a", "2025-11-01", 1, "r2"), ("b", "2025-11-01", 0, "r2"))
    assert kpis_of(tables).iloc[0]["customers"] == 3
    by_region = kpis_of(tables, "region").set_index("region")["customers"]
    assert by_region.to_dict() == {"East": 2, "West": 2}


def test_an_account_whose_money_all_went_back_within_the_period_still_ordered(kpis_of):
    row = kpis_of(orders(("a", "2025-10-01", 100), ("a", "2025-10-05", -100), ("b", "2025-10-05", -7))).iloc[0]
    assert (row["revenue"], row["customers"]) == (1 - 7, 2)


def refunded(*back):
    """A sale of 100 to account b on 2025-10-01, and refunds linked to it: (day, amount)."""
    tables = orders(("b", "2025-10-01"), *(("b", day, amount) for day, amount in back))
    tables["orders"][1]["refund_of"] = ""
    for row in tables["orders"][2:-1]:
        row["refund_of"] = "o0"
    return tables


@pytest.mark.parametrize(
    ("back", "customers"),
    [
        ([("2025-10-05", -100)], 1),
        ([("2025-10-05", -60), ("2025-10-31", -40)], 1),  # in two parts
        ([("2025-10-05", -60), ("2025-11-01", -40)], 2),  # the month is over: it was an order
        ([("2026-01-05", -100)], 2),
        ([("2025-10-05", -120)], 1),  # with what the customer paid for it
        ([("2025-10-05", -99.99)], 2),
        ([], 2),
    ],
)
def test_a_sale_refunded_in_full_makes_no_customer_and_no_new_one(kpis_of, back, customers):
    """Besides b, the account that stands for the export's last day."""
    row = kpis_of(refunded(*back)).iloc[0]
    assert (row["customers"], row["new_customers"]) == (customers, customers)
    assert row["revenue"] == pytest.approx(101 + sum(amount for day, amount in back if day < "2026"))


def test_a_sale_refunded_in_full_is_no_first_order_and_no_second_one(kpis_of):
    """b buys on 2025-01-10 and 2025-02-01; whichever is paid back, one order is left and nothing is repeated."""
    for place, back in (("o0", "2025-01-31"), ("o1", "2025-02-20")):
        tables = orders(("b", "2025-01-10"), ("b", "2025-02-01"), ("b", back, -100))
        tables["orders"][3]["refund_of"] = place
        row = kpis_of(tables).iloc[0]
        assert (row["repeat_rate"], row["repeat_rate_n"]) == (0.0, 1)


def test_a_second_order_within_ninety_days_is_a_repeat_purchase(repeat):
    assert repeat(("a", "2025-06-01"), ("a", "2025-08-30")) == (1.0, 1)  # 90 days
    assert repeat(("a", "2025-06-01"), ("a", "2025-08-31")) == (0.0, 1)
    assert repeat(("a", "2025-06-01"), ("b", "2025-06-01"), ("b", "2025-06-02")) == (0.5, 2)


def test_an_account_whose_window_is_not_over_or_long_over_is_not_counted(repeat):
    """2025-12-31 less 90 days is 2025-10-02; the look-back of 12 months opens on 2024-10-03."""
    assert repeat(("a", "2025-10-02"), ("a", "2025-12-30")) == (1.0, 1)
    assert repeat(("a", "2025-10-03"), ("a", "2025-12-31"), ("b", "2025-06-01")) == (0.0, 1)
    assert repeat(("a", "2024-10-03"), ("b", "2024-10-02")) == (0.0, 1)


def test_window_and_look_back_are_the_clients(repeat):
    rows = ("a", "2025-06-01"), ("a", "2025-06-11"), ("b", "2025-01-01"), ("b", "2025-01-05")
    assert repeat(*rows, definitions={"repeat_window_days": 9}) == (0.5, 2)
    assert repeat(*rows, definitions={"repeat_look_back_months": 6}) == (1.0, 1)


def test_an_account_counts_once_in_a_look_back_that_holds_two_first_orders(repeat):
    rows = ("a", "2024-03-01"), ("a", "2025-06-01"), ("a", "2025-06-02")
    assert repeat(*rows, definitions={"repeat_look_back_months": 24, "new_customer_months": 6}) == (0.0, 1)


def test_where_the_export_ends_within_the_period_the_windows_end_with_it(company_of):
    company = company_of({"reps": REPS, "orders": [BEGIN, BEGIN | {"order_id": "x", "date": "2025-11-15"}]})
    look_back = repeat_look_back(company, company.period)
    assert look_back == (date(2024, 8, 18), date(2025, 8, 17))  # 90 days before 2025-11-15, and 12 months


def second_reckoning(rows, period, months=12):
    """New customers, and repeat purchases of those whose first order is in the look-back, account by account."""
    start, end = pd.Timestamp(period.start), pd.Timestamp(period.end)
    closes = end - pd.Timedelta(days=90)
    opens = closes - pd.DateOffset(months=12) + pd.Timedelta(days=1)
    new, again = 0, []
    for _, days in pd.DataFrame(rows, columns=["account", "day"]).groupby("account")["day"]:
        days = sorted(set(pd.to_datetime(days)))
        long_since = [day + pd.DateOffset(months=months) for day in days]
        first = [day for day, since in zip(days, [days[0], *long_since], strict=False) if day >= since]
        new += any(start <= day <= end for day in first)
        if looked_back := [day for day in first if opens <= day <= closes]:
            later = [day for day in days if day > looked_back[0]]
            again += [bool(later) and (later[0] - looked_back[0]).days <= 90]
    return new, (np.mean(again) if again else np.nan), len(again)


DAY = st.integers(0, 1095).map(lambda days: (date(2023, 1, 1) + timedelta(days)).isoformat())

# Shrinking a failure would load hundreds of companies.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=10, deadline=None, phases=UNSHRUNK)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), DAY), max_size=60))
def test_a_second_reckoning_in_pandas_agrees(kpis_of, rows):
    row = kpis_of(orders(*rows)).iloc[0]
    known = [*rows, ("old", "2023-01-01"), ("old", "2025-12-31")]
    new, rate, n = second_reckoning(known, parse_period("2025Q4"))
    assert row["new_customers"] == new
    assert (row["repeat_rate"], row["repeat_rate_n"]) == pytest.approx((rate, n), nan_ok=True)
