"""One currency: the money of an export is in one, or becomes so by the rates of the client file."""

from collections.abc import Collection, Mapping
from decimal import Decimal

import duckdb

from salesperf.data.sql import literal, name
from salesperf.data.values import TYPES
from salesperf.errors import DataError, counted, quoted
from salesperf.params import Client

# The amounts of each table that may have a column of currencies; of a target, those that are money.
_MONEY: Mapping[str, Mapping[str, str]] = {
    "opportunities": {"amount": "TRUE"},
    "orders": {"amount": "TRUE", "cost": "TRUE"},
    "targets": {"target": "lower(kpi) = 'revenue'"},
}
_SIGNS = {"€": "EUR", "£": "GBP", "￥": "CNY", "¥": "CNY", "元": "CNY", "$": "USD"}


def in_one_currency(con: duckdb.DuckDBPyConnection, client: Client, with_currency: Collection[str]) -> dict[str, str]:
    """Table → SQL for its amounts in the client's currency, as of SELECT * REPLACE; empty where nothing is converted.

    ``with_currency``: the tables of the engine in which a row names a currency. Raises DataError for several currencies
    without rates, for one that has no rate, and for one that is not the client's, if that has a name.
    """
    rates = {currency.upper(): rate for currency, rate in client.settings.source.rates.items()}
    found = {table: _currencies(con, table) for table in _MONEY if table in with_currency}
    named = sorted({currency for of_table in found.values() for currency in of_table if currency})
    if not rates:
        _check_single(client, found, named)
        return {}
    for table, of_table in found.items():
        for currency, rows in of_table.items():
            if currency not in rates:
                got = f"{rows:,} in {currency!r}" if currency else f"{rows:,} without one"
                expected = f"rows in {quoted(sorted(rates))}, which have rates"
                out = "add it to source.rates in the client file, or correct it"
                raise DataError(f"{table}.currency: expected {expected}, got {got}; {out}")
    return {table: _converted(table, rates) for table in found}


def _currencies(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, int]:
    """Currency, in capitals ("" for none) → the number of a table's rows with an amount in it."""
    amounts = " OR ".join(f"{column} IS NOT NULL AND {money}" for column, money in _MONEY[table].items())
    counts = f"SELECT coalesce(upper(currency), ''), count(*) FROM {table} WHERE {amounts} GROUP BY 1 ORDER BY 1"
    return dict(con.execute(counts).fetchall())


def _check_single(client: Client, found: Mapping[str, Mapping[str, int]], named: list[str]) -> None:
    """Raises DataError for several currencies, and for one that is not the client's."""
    if len(named) > 1:
        counts = {currency: sum(of_table.get(currency, 0) for of_table in found.values()) for currency in named}
        shown = ", ".join(f"{currency!r} ({counted(rows, 'row')})" for currency, rows in list(counts.items())[:5])
        raise DataError(
            f"{next(iter(found))}.currency: expected amounts in one currency, got {shown}; export one, or say under "
            f"source in the client file what one of each is in yours: rates: {{{named[0]}: 1, {named[1]}: 0.9}}"
        )
    own = client.settings.currency.strip().upper()
    own = _SIGNS.get(own, own)
    if named and len(own) == len(named[0]) == 3 and own != named[0]:
        raise DataError(
            f"{next(iter(found))}.currency: expected amounts in {own}, the currency of the client file, got "
            f"{named[0]!r}; correct currency there, or say under source what one is in it: rates: {{{named[0]}: 0.9}}"
        )


def _converted(table: str, rates: Mapping[str, Decimal]) -> str:
    """SQL for the amounts of a table × the rate of the row's currency, as of SELECT * REPLACE."""
    cases = " ".join(f"WHEN {literal(currency)} THEN {rate:f}" for currency, rate in rates.items())
    factor = f"CASE upper(currency) {cases} END"
    return ", ".join(
        f"CAST(CASE WHEN {money} THEN {column} * {factor} ELSE {column} END AS {TYPES['money']}) AS {name(column)}"
        for column, money in _MONEY[table].items()
    )
