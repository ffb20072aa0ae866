"""Values as an export writes them, brought to their canonical types, and what a bad one should have been."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import duckdb
import ibis

from salesperf.data.contracts import Column
from salesperf.errors import quoted
from salesperf.params import Client

# Decimals, so that a sum does not depend on the order in which the engine's threads add.
TYPES = {
    "text": "string",
    "date": "date",
    "period": "string",
    "money": "decimal(18, 4)",
    "number": "decimal(18, 6)",
}
_RULES = {
    "date": "dates such as 2025-01-31",
    "period": "periods such as 2025Q4, 2025-11, 2025H2 or 2025",
    "money": "numbers such as 1234.50",
    "number": "numbers such as 1234.5",
}
_PERIOD = r"^[12]\d{3}(-(0[1-9]|1[0-2])|Q[1-4]|H[12])?$"
# The day as written: a time and its zone behind it never move the day.
_DAY = r"^(\d{4}[-/]\d{1,2}[-/]\d{1,2})([T ]\d{1,2}:.*)?$"
_FIRST_DAY, _LAST_DAY = date(1000, 1, 1), date(9999, 12, 31)  # what pandas and Python can tell
# What looks empty at either end: spaces of every width, line ends, marks that have no width at all.
_BLANKS = r"^[\s\pZ\pC]+|[\s\pZ\pC]+$"


def _try_strptime(text: str, form: str) -> datetime:  # type: ignore[empty-body]
    """The engine's own: a text as a time of the given form, null where it is none."""


_time = ibis.udf.scalar.builtin(_try_strptime, name="try_strptime")


def written(raw: Any, replaced: Mapping[str, str]) -> Any:
    """A raw column without blanks around its values, null where empty, replaced as the mapping says.

    Typed columns of a Parquet file stay typed, unless values are to be replaced.
    """
    if not raw.type().is_string() and not replaced:
        return raw
    text = _text(raw).re_replace(_BLANKS, "")
    if replaced:
        text = text.cases(*replaced.items(), else_=text)
    return text.nullif("")


def canonical(value: Any, column: Column, date_format: str | None) -> Any:
    """A written value in its canonical type; null where it is empty or breaks the column's rule."""
    if column.kind == "date":
        return _date(value, date_format)
    if column.kind in ("money", "number"):
        number = (value if value.type().is_numeric() else _text(value)).try_cast(TYPES[column.kind])
        return ibis.ifelse(number.between(*column.between), number, None) if column.between else number
    text = _text(value)
    if column.kind == "period":
        return ibis.ifelse(text.re_search(_PERIOD), text, None)
    if column.allowed:
        return ibis.ifelse(text.lower().isin(column.allowed), text.lower(), None)
    return text


def can_break(column: Column) -> bool:
    """Whether there are values that the column cannot hold."""
    return column.kind != "text" or bool(column.allowed)


def rule(column: Column, date_format: str | None) -> str:
    """What a value of the column should be."""
    if column.allowed:
        return f"one of {quoted(column.allowed)}"
    if column.kind == "date" and date_format:
        return f"dates of the form {date_format!r}"
    limits = f" from {column.between[0]} to {column.between[1]}" if column.between else ""
    return _RULES[column.kind] + limits


def way_out(column: Column, date_format: str | None) -> str:
    """What to do about values that break the column's rule."""
    if column.allowed:
        return "map them under source.values in the client file"
    correct = "correct them" if column.filled else "correct them or leave them empty"
    if column.between:
        return f"{correct}, or say {column.setting} in the client file" if column.setting else correct
    if column.kind == "date":
        form = "correct" if date_format else "say, such as '%d/%m/%Y',"
        return f"{correct}, or {form} source.date_format in the client file"
    return correct


def check_date_format(engine: ibis.BaseBackend, client: Client) -> None:
    """Raises RequestError when the client file's date format does not tell year, month and day."""
    form = client.settings.source.date_format
    if form is None:
        return
    there_and_back = "SELECT try_strptime(strftime(day, $1), $1)::DATE = day FROM (SELECT DATE '2001-12-30' AS day)"
    try:
        told = engine.con.execute(there_and_back, [form]).fetchone()[0]
    except duckdb.Error:
        told = False
    if not told:
        raise client.document.error(
            ("source", "date_format"),
            f"date_format: expected year, month and day such as '%d/%m/%Y', got {form!r}; correct it",
        )


def _text(value: Any) -> Any:
    """A value as text; a whole number stays one where a missing id has made floats of the others."""
    kind = value.type()
    if kind.is_string():
        return value
    if kind.is_floating() or kind.is_decimal():
        whole = value.try_cast("int64")
        text = ibis.ifelse(whole == value, whole.cast("string"), value.cast("string"))
        return text.nullif("nan") if kind.is_floating() else text
    return value.cast("string")


def _date(value: Any, date_format: str | None) -> Any:
    kind = value.type()
    if kind.is_date() or kind.is_timestamp():
        day = value.cast("date")
    elif date_format:
        day = _time(_text(value), date_format).date()
    else:
        day = _text(value).re_extract(_DAY, 1).nullif("").try_cast("date")
    return ibis.ifelse(day.between(_FIRST_DAY, _LAST_DAY), day, None)
