"""Numbers, currencies and zoned times: none is read in silence as something else than what was meant."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from salesperf.data.loading import load_tables
from salesperf.errors import DataError, RequestError
from salesperf.present.region.data_notes import data_notes

REPS = "rep_id,rep,region\nr1,Ann,East\n"
HEADER = ["order_id", "rep_id", "account_id", "date", "amount", "cost"]


def orders(*amounts: str, costs: tuple[str, ...] = (), mark: str = ";") -> str:
    costs = costs or ("",) * len(amounts)
    rows = [[f"o{n}", "r1", "a", "2025-10-01", *pair] for n, pair in enumerate(zip(amounts, costs, strict=True))]
    return "".join(mark.join(row) + "\n" for row in [HEADER, *rows])


@pytest.fixture
def amounts_of(client_of: Any) -> Callable[..., list[str]]:
    """The amounts of orders as they are read."""

    def of(rows: Any, **source: object) -> list[str]:
        tables = load_tables(client_of({"reps": REPS, "orders": rows}, source=source))
        return [
            f"{row['amount'].normalize():f}"
            for row in tables.ask("SELECT amount FROM orders ORDER BY order_id").to_pylist()
        ]

    return of


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_thousands_that_may_be_decimals_are_refused_with_their_lines(amounts_of: Any, mark: str) -> None:
    with pytest.raises(DataError) as caught:
        amounts_of(orders("1.250", "3.400", "77", mark=mark))
    place = "column 'amount' (orders.amount): "
    assert f"{place}expected numbers that can be read in one way, got 2 whose point may part" in str(caught.value)
    assert "line 2 '1.250', line 3 '3.400'; say decimal_mark: ',' or '.' under source" in str(caught.value)


@pytest.mark.parametrize(
    ("amounts", "costs", "read"),
    [
        (("1.250", "3.40"), (), ["1.25", "3.4"]),  # the column's other value says it
        (("1.250", "1250.500"), (), ["1.25", "1250.5"]),
        (("1.250", "7"), ("0.5", ""), ["1.25", "7"]),  # the file's other column says it
        (("0.250", "7"), (), ["0.25", "7"]),  # nobody writes a thousand so
        (("1250", "7"), (), ["1250", "7"]),
        (("-1250", "+7"), (), ["-1250", "7"]),
    ],
)
def test_what_the_file_itself_says_is_read(amounts_of: Any, amounts: Any, costs: Any, read: list[str]) -> None:
    assert amounts_of(orders(*amounts, costs=costs)) == read


def test_a_negative_or_larger_amount_is_as_unsure(amounts_of: Any) -> None:
    for amount in ("-1.250", "+12.345", "999.999"):
        with pytest.raises(DataError, match="may part thousands"):
            amounts_of(orders(amount))


def test_a_file_parted_by_commas_has_points_before_decimals(amounts_of: Any) -> None:
    assert amounts_of(orders("1.250", "3.400", mark=",")) == ["1.25", "3.4"]


@pytest.mark.parametrize(
    ("decimal_mark", "written", "read"),
    [
        (",", "1.250,50", "1250.5"),
        (",", "1.250", "1250"),
        (",", "1.234.567,8", "1234567.8"),
        (",", "12,5", "12.5"),
        (",", "-3.400", "-3400"),
        (".", "1.250", "1.25"),
        (".", "1,250.50", "1250.5"),
        (".", "1,250", "1250"),
    ],
)
def test_the_client_file_says_what_parts_decimals(amounts_of: Any, decimal_mark: str, written: str, read: str) -> None:
    assert amounts_of(orders(written), decimal_mark=decimal_mark) == [read]
    assert amounts_of(orders(f'"{written}"', mark=","), decimal_mark=decimal_mark) == [read]


@pytest.mark.parametrize(
    ("decimal_mark", "written"), [(",", "1.25,5"), (",", "12.50"), (".", "1,25"), (".", "12,3456")]
)
def test_thousands_that_are_not_parted_by_threes_are_no_number(
    amounts_of: Any, decimal_mark: str, written: str
) -> None:
    with pytest.raises(DataError, match="expected numbers such as"):
        amounts_of(orders(written), decimal_mark=decimal_mark)


def test_a_comma_without_a_word_is_refused_with_the_way_out(amounts_of: Any) -> None:
    with pytest.raises(DataError, match=r"say decimal_mark: ',' or '\.' under source"):
        amounts_of(orders("12,5"))


MIXED = "order_id,rep_id,account_id,date,amount,{}\no1,r1,a,2025-10-01,100,EUR\no2,r1,a,2025-10-02,50,usd\n"


@pytest.mark.parametrize("column", ["currency", "Currency", "CurrencyIsoCode", "Deal currency", "币种", "Curr."])
def test_several_currencies_are_refused_whatever_the_column_is_called(amounts_of: Any, column: str) -> None:
    with pytest.raises(DataError) as caught:
        amounts_of(MIXED.format(column))
    assert "orders.currency: expected amounts in one currency, got 'EUR' (1 row), 'USD' (1 row)" in str(caught.value)
    assert "rates: {EUR: 1, USD: 0.9}" in str(caught.value)


def test_rates_convert_every_amount(client_of: Any) -> None:
    rows = MIXED.format("currency,cost").replace(",EUR", ",EUR,40").replace(",usd", ",usd,20")
    targets = (
        "level,name,period,kpi,target,currency\nrep,r1,2025Q4,revenue,200,USD\nrep,r1,2025Q4,new_customers,3,USD\n"
    )
    source = {"rates": {"EUR": 1, "USD": 0.5}}
    tables = load_tables(client_of({"reps": REPS, "orders": rows, "targets": targets}, source=source))
    sold = tables.ask("SELECT amount, cost FROM orders ORDER BY order_id").to_pylist()
    assert [(float(row["amount"]), float(row["cost"])) for row in sold] == [(100, 40), (25, 10)]
    given = tables.ask("SELECT kpi, target FROM targets ORDER BY kpi").to_pylist()
    assert {row["kpi"]: float(row["target"]) for row in given} == {"revenue": 100, "new_customers": 3}


def test_one_currency_is_read_as_it_is_also_where_some_rows_name_none(amounts_of: Any) -> None:
    assert amounts_of(MIXED.format("currency").replace("usd", "")) == ["100", "50"]


@pytest.mark.parametrize(
    ("rows", "settings", "said"),
    [
        (
            MIXED.format("currency"),
            {"source": {"rates": {"EUR": 1}}},
            "expected rows in 'EUR', which have rates, got 1 in 'USD'",
        ),
        (
            MIXED.format("currency").replace("usd", ""),
            {"source": {"rates": {"EUR": 1}}},
            "expected rows in 'EUR', which have rates, got 1 without one",
        ),
        (
            MIXED.format("currency").replace("usd", "eur"),
            {"currency": "GBP"},
            "expected amounts in GBP, the currency of the client file, got 'EUR'",
        ),
        (MIXED.format("currency").replace("EUR", "usd"), {"currency": "€"}, "expected amounts in EUR, the currency of"),
    ],
)
def test_a_currency_that_nobody_can_convert_is_refused(client_of: Any, rows: str, settings: Any, said: str) -> None:
    with pytest.raises(DataError) as caught:
        load_tables(client_of({"reps": REPS, "orders": rows}, **settings))
    assert said in str(caught.value)


def test_currencies_of_two_tables_must_be_one(client_of: Any) -> None:
    rows = MIXED.format("currency").replace("usd", "EUR")
    targets = "level,name,period,kpi,target,currency\nrep,r1,2025Q4,revenue,200,CHF\n"
    with pytest.raises(DataError, match=r"got 'CHF' \(1 row\), 'EUR' \(2 rows\)"):
        load_tables(client_of({"reps": REPS, "orders": rows, "targets": targets}))


def zoned(zone: str) -> pd.DataFrame:
    days = pd.to_datetime(["2025-09-30 23:30", "2025-10-01 00:30"]).tz_localize(zone)
    return pd.DataFrame(
        {"order_id": ["o1", "o2"], "rep_id": "r1", "account_id": "a", "date": days, "amount": [1.0, 2.0]}
    )


@pytest.mark.parametrize(
    ("zone", "settings", "days"),
    [
        ("Asia/Shanghai", {}, ["2025-09-30", "2025-10-01"]),
        ("America/New_York", {}, ["2025-09-30", "2025-10-01"]),
        ("UTC+08:00", {}, ["2025-09-30", "2025-10-01"]),
        ("UTC-03:30", {}, ["2025-09-30", "2025-10-01"]),
        ("UTC", {}, ["2025-09-30", "2025-10-01"]),
        ("UTC", {"time_zone": "Asia/Shanghai"}, ["2025-10-01", "2025-10-01"]),
        ("UTC", {"time_zone": "America/New_York"}, ["2025-09-30", "2025-09-30"]),
        ("Etc/UTC", {"time_zone": "Asia/Shanghai"}, ["2025-10-01", "2025-10-01"]),
        ("UTC+00:00", {"time_zone": "Asia/Shanghai"}, ["2025-10-01", "2025-10-01"]),
        ("Asia/Shanghai", {"time_zone": "America/New_York"}, ["2025-09-30", "2025-10-01"]),
    ],
)
def test_a_zoned_time_is_dated_by_the_zone_that_the_file_records(
    client_of: Any, zone: str, settings: Any, days: Any
) -> None:
    tables = load_tables(client_of({"reps": REPS, "orders": zoned(zone)}, source=settings))
    rows = tables.ask("SELECT CAST(date AS VARCHAR) AS day FROM orders ORDER BY order_id").to_pylist()
    assert [row["day"] for row in rows] == days


def test_the_page_says_by_which_zone_and_rates(company_of: Any) -> None:
    tables = {"reps": REPS, "orders": zoned("Asia/Shanghai")}
    company = company_of(tables, source={"rates": {"EUR": "1.5"}})
    said = data_notes(company.voice, company, region="East").plain
    assert "Times that bear a zone are dated by Asia/Shanghai." in said
    assert "for one of each currency: EUR 1.5." in said


def test_a_zone_that_is_none_is_refused(client_of: Any) -> None:
    with pytest.raises(RequestError, match=r"time_zone: expected a name such as Asia/Shanghai, got 'Mars/Base'"):
        load_tables(client_of({"reps": REPS, "orders": orders("1")}, source={"time_zone": "Mars/Base"}))
