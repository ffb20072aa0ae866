"""Values as an export writes them, brought to their canonical types in SQL, and what a bad one should have been."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from salesperf.data import sql
from salesperf.data.contracts import Column
from salesperf.errors import quoted
from salesperf.params import Client

# Decimals, so that a sum does not depend on the order in which the engine's threads add.
TYPES = {
    "text": "VARCHAR",
    "date": "DATE",
    "period": "VARCHAR",
    "money": "DECIMAL(18,4)",
    "number": "DECIMAL(18,6)",
}
_RULES = {
    "date": "dates such as 2025-01-31",
    "period": "periods such as 2025Q4, 2025-11, 2025H2 or 2025",
    "money": "numbers such as 1234.50",
    "number": "numbers such as 1234.5",
}
_PERIOD = sql.literal(r"^[12]\d{3}(-(0[1-9]|1[0-2])|Q[1-4]|H[12])?$")
_DAY = sql.literal(r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}$")
# A time and its zone behind a day never move the day.
_DAY_AND_TIME = sql.literal(r"^(\d{4}[-/]\d{1,2}[-/]\d{1,2})[T ]\d{1,2}:.*$")
_DAYS = "DATE '1000-01-01' AND DATE '9999-12-31'"  # what pandas and Python can tell
# What looks empty at either end: spaces of every width, line ends, marks that have no width at all.
_BLANKS = sql.literal(r"^[\s\pZ\pC]+|[\s\pZ\pC]+$")
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")


@dataclass(frozen=True)
class Field:
    """A canonical column as a file has it: the SQL for its values, and the engine's type of them.

    ``replaced``: value in the export → canonical value; ``date_format``: the form of dates in text; ``bare``: the
    values are taken as they are, which `is_bare` checks.
    """

    name: str
    column: Column
    values: str
    type: str
    replaced: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    bare: bool = False

    @property
    def can_break(self) -> bool:
        """Whether there may be values that the column cannot hold."""
        return can_break(self.column) and not self.bare


def can_be_bare(column: Column, kind: str) -> bool:
    """Whether values of one of the engine's types may be, every one as it stands, those that a column holds."""
    return kind == TYPES[column.kind] and column.kind != "period" and not column.between


def surely_bare(column: Column, value: str) -> str:
    """SQL that aggregates the values of a column that can be bare: true only where `is_bare`, and cheap."""
    if column.kind == "text" and not column.allowed:
        return f"NOT coalesce({' OR '.join(f'bool_or({one})' for one in _signs_of_blanks(value))}, false)"
    return is_bare(column, value)


def is_bare(column: Column, value: str) -> str:
    """SQL that aggregates the values of a column that can be bare: whether each is what the column holds."""
    if column.kind == "date":
        # For 'infinity' and 'epoch' in a CSV, the engine reads 1900-01-01 where it is told the form of dates.
        return f"coalesce(min({value}) > DATE '1900-01-01' AND max({value}) <= DATE '9999-12-31', true)"
    if column.allowed:
        return f"coalesce(bool_and({value} IN ({_listed(column)})), true)"
    if column.kind == "text":
        return f"NOT coalesce(bool_or({value} = '' OR regexp_matches({value}, {_BLANKS})), false)"
    return "true"


def typed_rows(fields: Sequence[Field], rows: str, *, numbered: bool = False) -> str:
    """SQL for rows in their canonical types: each column by name, null where it is empty or breaks its rule.

    ``bad_<name>`` says of a column that can break whether its value does. ``rows``: the SQL for the rows of the file.
    With ``numbered`` also ``row``, counted from 0 in the order of the file, and ``written_<name>``.
    """
    # Each step is a query of its own, so that no expression stands twice in a row's calculation.
    written = ", ".join(f"{_written(one)} AS {_of('written', one)}" for one in fields)
    converted = ", ".join(f"{_converted(one)} AS {_of('converted', one)}" for one in fields)
    held = ", ".join(f"{_held(one)} AS {sql.name(one.name)}" for one in fields)
    bad = "".join(f", {_bad(one)} AS {_of('bad', one)}" for one in fields if one.can_break)
    number, kept = ("row_number() OVER () - 1 AS row, ", "*, ") if numbered else ("", "")
    return f"SELECT {kept}{held}{bad} FROM (SELECT *, {converted} FROM (SELECT {number}{written} FROM {rows}))"


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


def check_date_format(engine: duckdb.DuckDBPyConnection, client: Client) -> None:
    """Raises RequestError when the client file's date format does not tell year, month and day."""
    form = client.settings.source.date_format
    if form is None:
        return
    there_and_back = "SELECT try_strptime(strftime(day, $1), $1)::DATE = day FROM (SELECT DATE '2001-12-30' AS day)"
    try:
        told = engine.execute(there_and_back, [form]).fetchall() == [(True,)]
    except duckdb.Error:
        told = False
    if not told:
        raise client.document.error(
            ("source", "date_format"),
            f"date_format: expected year, month and day such as '%d/%m/%Y', got {form!r}; correct it",
        )


def _of(step: str, one: Field) -> str:
    return sql.name(f"{step}_{one.name}")


def _written(one: Field) -> str:
    """The values without blanks around them, null where empty, replaced as the mapping says.

    Values that are no text stay in their type, unless values are to be replaced.
    """
    if one.bare or (one.type != "VARCHAR" and not one.replaced):
        return one.values
    text = _text(one.values, one.type)
    # Most values have no blanks: the expression is dear, and stands behind a test that is cheap.
    some = " OR ".join(_signs_of_blanks(text))
    text = f"CASE WHEN {some} THEN regexp_replace({text}, {_BLANKS}, '', 'g') ELSE {text} END"
    if one.replaced:
        cases = " ".join(f"WHEN {sql.literal(old)} THEN {sql.literal(new)}" for old, new in one.replaced.items())
        text = f"CASE {text} {cases} ELSE {text} END"
    return f"nullif({text}, '')"


def _converted(one: Field) -> str:
    """The written values in the canonical type, null where they cannot be."""
    value, kind = _of("written", one), "VARCHAR" if one.replaced else one.type
    if one.bare:
        return value
    if one.column.kind == "date":
        return _date(value, kind, one.date_format)
    if one.column.kind in ("money", "number"):
        number = value if kind.removeprefix("U").startswith(_NUMBERS) else _text(value, kind)
        return f"try_cast({number} AS {TYPES[one.column.kind]})"
    text = _text(value, kind)
    return f"lower({text})" if one.column.allowed else text


def _held(one: Field) -> str:
    """The converted values, null where they break the column's rule."""
    value = _of("converted", one)
    if one.bare:
        return value
    if one.column.kind == "date":
        rule = f"{value} BETWEEN {_DAYS}"
    elif one.column.between:
        rule = "{} BETWEEN {} AND {}".format(value, *one.column.between)
    elif one.column.kind == "period":
        rule = f"regexp_matches({value}, {_PERIOD})"
    elif one.column.allowed:
        rule = f"{value} IN ({_listed(one.column)})"
    else:
        return value
    return f"CASE WHEN {rule} THEN {value} END"


def _bad(one: Field) -> str:
    return f"{_of('written', one)} IS NOT NULL AND {_held(one)} IS NULL"


def _signs_of_blanks(text: str) -> tuple[str, ...]:
    """Conditions of which one is true where a text is empty or begins or ends with a blank, and for some others."""
    # A text in ASCII that begins with a byte from "!" to "~" is between those two, but for "~" and more behind it.
    visible = "BETWEEN '!' AND '~'"
    return f"{text} NOT {visible}", f"reverse({text}) NOT {visible}", f"strlen({text}) <> length({text})"


def _listed(column: Column) -> str:
    return ", ".join(sql.literal(one) for one in column.allowed)


def _text(value: str, kind: str) -> str:
    """A value as text; a whole number stays one where a missing id has made floats of the others."""
    if kind == "VARCHAR":
        return value
    if kind.startswith(("FLOAT", "DOUBLE", "DECIMAL")):
        whole = f"try_cast({value} AS BIGINT)"
        text = f"CASE WHEN {whole} = {value} THEN {whole}::VARCHAR ELSE {value}::VARCHAR END"
        return text if kind.startswith("DECIMAL") else f"nullif({text}, 'nan')"
    return f"{value}::VARCHAR"


def _date(value: str, kind: str, date_format: str | None) -> str:
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"{value}::DATE"
    text = _text(value, kind)
    if date_format:
        return f"try_strptime({text}, {sql.literal(date_format)})::DATE"
    day = f"nullif(regexp_extract({text}, {_DAY_AND_TIME}, 1), '')"
    return f"try_cast(CASE WHEN regexp_matches({text}, {_DAY}) THEN {text} ELSE {day} END AS DATE)"
