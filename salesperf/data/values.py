"""SQL that converts an export's values to the canonical types, and the messages about values that do not fit."""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence

import duckdb

from salesperf.data import sql
from salesperf.data.contracts import Column
from salesperf.data.files import ZONED
from salesperf.documents import Place
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
# A time of day and its zone are cut off, so that no zone moves the day.
_DAY_AND_TIME = sql.literal(r"^(\d{4}[-/]\d{1,2}[-/]\d{1,2})[T ]\d{1,2}:.*$")
_TIME = sql.literal(r"[T ]+\d{1,2}:\d{2}.*$")
_HAS_TIME = re.compile("%-?[HIMScXT]")
_FORMULA = sql.literal(r'^="(.*)"$')
_DAYS = "DATE '1000-01-01' AND DATE '9999-12-31'"  # no wider than what pandas and Python can represent
# Blanks at either end: spaces of every width, line ends, and characters without width.
_BLANKS = sql.literal(r"^[\s\pZ\pC]+|[\s\pZ\pC]+$")
# What systems write where there is no value, and spreadsheets where a text has none. NA is none: a region is called so.
_NO_VALUES = (
    *("NULL", "Null", "null", "(null)", "(NULL)", "<null>", "<NULL>", "<NA>", "\\N", "None"),
    *("#N/A", "#NA", "N/A", "n/a", "N/a", "n.a.", "N.A.", "-", "--", "–", "—"),
)
_NO_DAYS = ("0000-00-00", "0000-00-00 00:00:00")
_NO_TEXTS = (*_NO_VALUES, "NaN", "nan", "NaT", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!")
UNSURE = "?"
# Decimal mark → a number with parted thousands.
THOUSANDS = {".": r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", ",": r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?"}
_DOTTED = r"[+-]?[1-9]\d{0,2}\.\d{3}"  # 1.250: one and a quarter, or one thousand two hundred and fifty
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")


@dataclasses.dataclass(frozen=True)
class Field:
    """A canonical column as it lies in a file.

    ``name``: the canonical name; ``values``: SQL for the values in the file; ``type``: the engine's type of them;
    ``replaced``: value in the export → canonical value; ``date_forms``: the strptime forms of dates in text, none where
    they are as in 2025-01-31; ``bare``: the values are taken without conversion, and `is_bare` must confirm that they
    need none; ``mark``: the decimal mark of numbers in text, "." or "," where the client file says so, "" for a point
    without parted thousands, ``UNSURE`` the same unless all values look as if points parted thousands; ``zone``: in
    which zoned times are dated.
    """

    name: str
    column: Column
    values: str
    type: str
    replaced: Mapping[str, str] = dataclasses.field(default_factory=dict)
    date_forms: Sequence[str] = ()
    bare: bool = False
    mark: str = ""
    zone: str = "UTC"

    @property
    def is_text(self) -> bool:
        """Whether the values are taken as text, and cleaned."""
        return not self.bare and (self.type == "VARCHAR" or bool(self.replaced))

    @property
    def can_break(self) -> bool:
        """Whether the file may have values that break the column's rule."""
        return can_break(self.column) and not self.bare


def can_be_bare(column: Column, kind: str) -> bool:
    """Whether values of an engine's type (``kind``) may already be canonical values of a column, without conversion."""
    return kind == TYPES[column.kind] and column.kind != "period" and not column.between


def surely_bare(column: Column, value: str) -> str:
    """SQL for an aggregate over a column's values, a cheaper `is_bare`: where it is true, `is_bare` is true as well."""
    if column.kind == "text" and not column.allowed:
        signs = (*_signs_of_blanks(value), _is_no_name(value))
        return f"NOT coalesce({' OR '.join(f'bool_or({sign})' for sign in signs)}, false)"
    return is_bare(column, value)


def is_bare(column: Column, value: str) -> str:
    """SQL for an aggregate over a column's values: whether all are canonical as they stand (see `can_be_bare`)."""
    if column.kind == "date":
        # For 'infinity' and 'epoch' in a CSV, the engine reads 1900-01-01 where it is told the form of dates.
        return f"coalesce(min({value}) > DATE '1900-01-01' AND max({value}) <= DATE '9999-12-31', true)"
    if column.allowed:
        return f"coalesce(bool_and({value} IN ({_listed(column)})), true)"
    if column.kind == "text":
        signs = (f"{value} = ''", f"regexp_matches({value}, {_BLANKS})", _is_no_name(value))
        return f"NOT coalesce(bool_or({' OR '.join(signs)}), false)"
    return "true"


def typed_rows(fields: Sequence[Field], rows: str, *, numbered: bool = False) -> str:
    """SQL for the rows of a file in canonical types.

    Columns: each field by its name, null where the value is empty or breaks the column's rule; for a field that
    `can_break`, ``bad_<name>``, whether the value does so; for one whose mark is `UNSURE`, ``dotted_<name>``: whether a
    point in the value may part thousands, as in 1.250, false where it cannot, null without one. ``rows``: SQL for the
    rows of the file. With ``numbered`` also ``row``, counted from 0 in the order of the file, and ``written_<name>``,
    the value before conversion.
    """
    # Each step is a subquery, so that no expression is computed twice for a row.
    trimmed = ", ".join(f"{_trimmed(field)} AS {_step_column('trimmed', field)}" for field in fields)
    written = ", ".join(f"{_written(field)} AS {_step_column('written', field)}" for field in fields)
    converted = ", ".join(f"{_converted(field)} AS {_step_column('converted', field)}" for field in fields)
    valid = ", ".join(f"{_valid(field)} AS {sql.name(field.name)}" for field in fields)
    bad = "".join(f", {_bad(field)} AS {_step_column('bad', field)}" for field in fields if field.can_break)
    bad += "".join(f", {_dotted(field)} AS {_step_column('dotted', field)}" for field in fields if field.mark == UNSURE)
    number, kept = ("row_number() OVER () - 1 AS row, ", "*, ") if numbered else ("", "")
    texts = f"SELECT *, {written} FROM (SELECT {number}{trimmed} FROM {rows})"
    return f"SELECT {kept}{valid}{bad} FROM (SELECT *, {converted} FROM ({texts}))"


def can_break(column: Column) -> bool:
    """Whether any value could break the column's rule: not in a text column that allows all values."""
    return column.kind != "text" or bool(column.allowed)


def rule(column: Column, date_forms: Sequence[str]) -> str:
    """What the values of the column should be, for a message."""
    if column.allowed:
        return f"one of {quoted(column.allowed)}"
    if column.kind == "date" and date_forms:
        return f"dates of {'the form' if len(date_forms) == 1 else 'one of the forms'} {quoted(date_forms)}"
    limits = f" from {column.between[0]} to {column.between[1]}" if column.between else ""
    return _RULES[column.kind] + limits


def way_out(column: Column, date_forms: Sequence[str], place: str) -> str:
    """What a user can do about values that break the column's rule, for a message; ``place``: ``table.column``."""
    if column.allowed:
        return "map them under source.values in the client file"
    correct = "correct them" if column.filled else "correct them or leave them empty"
    if column.between:
        return f"{correct}, or say {column.setting} in the client file" if column.setting else correct
    if column.kind == "date":
        if not date_forms:
            return f"{correct}, or say, such as '%d/%m/%Y', source.date_format in the client file"
        return f"{correct}, or say the form of these dates alone under source.date_format.{place} in the client file"
    return correct


def check_date_forms(engine: duckdb.DuckDBPyConnection, client: Client) -> None:
    """Raises RequestError when a form of dates in the client file does not contain year, month and day."""
    there_and_back = "SELECT try_strptime(strftime(day, $1), $1)::DATE = day FROM (SELECT DATE '2001-12-30' AS day)"
    for place, form in _forms_within(client.settings.source.date_format, ("source", "date_format")):
        try:
            tells_day = engine.execute(there_and_back, [form]).fetchall() == [(True,)]
        except duckdb.Error:
            tells_day = False
        if not tells_day:
            raise client.document.error(
                place, f"date_format: expected year, month and day such as '%d/%m/%Y', got {form!r}; correct it"
            )


def check_zone(engine: duckdb.DuckDBPyConnection, client: Client) -> None:
    """Raises RequestError when the time zone in the client file is none that the engine knows."""
    zone = client.settings.source.time_zone
    if zone != "UTC" and not engine.execute("FROM pg_timezone_names() WHERE name = $1", [zone]).fetchall():
        wrong = f"time_zone: expected a name such as Asia/Shanghai, got {zone!r}; correct it"
        raise client.document.error(("source", "time_zone"), wrong)


def _forms_within(given: object, place: Place) -> Iterator[tuple[Place, str]]:
    """Every form of dates in a part of the client file, with its place."""
    match given:
        case str():
            yield place, given
        case list():
            for number, form in enumerate(given):
                yield (*place, number), form
        case dict():
            for key, forms in given.items():
                yield from _forms_within(forms, (*place, key))


def _step_column(step: str, field: Field) -> str:
    return sql.name(f"{step}_{field.name}")


def _trimmed(field: Field) -> str:
    """SQL for the values without blanks around them; of other types than text as they are, unless some are replaced."""
    if not field.is_text:
        return field.values
    text = _text(field.values, field.type)
    # Few values have blanks: the slow regular expression runs only where a cheap test allows for some.
    may_have_blanks = " OR ".join(_signs_of_blanks(text))
    return f"CASE WHEN {may_have_blanks} THEN regexp_replace({text}, {_BLANKS}, '', 'g') ELSE {text} END"


def _written(field: Field) -> str:
    """SQL for the trimmed values, null where there is none, replaced as the mapping says.

    A text such as ="007", which spreadsheets write so that it stays one, is 007. What the mapping names is a value,
    also where it looks like none.
    """
    text = _step_column("trimmed", field)
    if not field.is_text:
        return text
    bare = f"CASE WHEN {_is_formula(text)} THEN regexp_replace({text}, {_FORMULA}, '\\1') ELSE {text} END"
    value = f"CASE WHEN {_is_no_value(field.column, text)} THEN NULL ELSE {bare} END"
    cases = " ".join(f"WHEN {sql.literal(old)} THEN {sql.literal(new)}" for old, new in field.replaced.items())
    return f"nullif(CASE {text} {cases} ELSE {value} END, '')" if cases else f"nullif({value}, '')"


def _converted(field: Field) -> str:
    """SQL for the written values in the canonical type, null where they cannot be converted."""
    value, kind = _step_column("written", field), "VARCHAR" if field.replaced else field.type
    if field.bare:
        return value
    if field.column.kind == "date":
        return _date(value, kind, field.date_forms, field.zone)
    if field.column.kind in ("money", "number"):
        number = value if kind.removeprefix("U").startswith(_NUMBERS) else _plain_number(_text(value, kind), field.mark)
        return f"try_cast({number} AS {TYPES[field.column.kind]})"
    text = _text(value, kind)
    return f"lower({text})" if field.column.allowed else text


def _valid(field: Field) -> str:
    """SQL for the converted values, null where they break the column's rule."""
    value = _step_column("converted", field)
    if field.bare:
        return value
    if field.column.kind == "date":
        condition = f"{value} BETWEEN {_DAYS}"
    elif field.column.between:
        condition = "{} BETWEEN {} AND {}".format(value, *field.column.between)
    elif field.column.kind == "period":
        condition = f"regexp_matches({value}, {_PERIOD})"
    elif field.column.allowed:
        condition = f"{value} IN ({_listed(field.column)})"
    else:
        return value
    return f"CASE WHEN {condition} THEN {value} END"


def _bad(field: Field) -> str:
    return f"{_step_column('written', field)} IS NOT NULL AND {_valid(field)} IS NULL"


def _signs_of_blanks(text: str) -> tuple[str, ...]:
    """SQL conditions of which at least one holds for a text that is empty or begins or ends with a blank.

    They also hold for some texts without blanks, such as all with a character outside ASCII.
    """
    # A text that begins with a byte from "!" to "~" lies between those two, except "~" followed by more.
    visible = "BETWEEN '!' AND '~'"
    return f"{text} NOT {visible}", f"reverse({text}) NOT {visible}", f"strlen({text}) <> length({text})"


def _is_no_value(column: Column, text: str) -> str:
    """SQL for whether a text stands for no value in a column."""
    signs = {"text": _NO_TEXTS, "date": (*_NO_VALUES, *_NO_DAYS)}.get(column.kind, _NO_VALUES)
    return f"regexp_full_match({text}, {_any_of(signs)})"


def _is_no_name(text: str) -> str:
    """SQL for whether a text stands for no value or may be a formula, for a text column of millions of values.

    Only few begin as these do, and only those are looked at with the slow regular expression. A list in its place would
    be made a join, which takes long to plan.
    """
    between = " OR ".join(f"{text} BETWEEN '{first}' AND '{last}'" for first, last in ("<>", "NO", "\\]", "no"))
    may_be = f"{text} < '.' OR {between} OR {text} > '~'"
    return f"CASE WHEN {may_be} THEN {_is_no_value(Column(), text)} OR {_is_formula(text)} ELSE false END"


def _any_of(texts: Sequence[str]) -> str:
    """A regular expression, as an SQL literal, for any of some texts."""
    return sql.literal("|".join(map(re.escape, texts)))


def _is_formula(text: str) -> str:
    """SQL for whether a text may be a formula that gives a text."""
    return f"starts_with({text}, '=\"')"


def _listed(column: Column) -> str:
    return ", ".join(map(sql.literal, column.allowed))


def _text(value: str, kind: str) -> str:
    """SQL for a value as text; a whole number without ".0", as ids are stored as floats where some are missing."""
    if kind == "VARCHAR":
        return value
    if kind.startswith(("FLOAT", "DOUBLE", "DECIMAL")):
        whole = f"try_cast({value} AS BIGINT)"
        text = f"CASE WHEN {whole} = {value} THEN {whole}::VARCHAR ELSE {value}::VARCHAR END"
        return text if kind.startswith("DECIMAL") else f"nullif({text}, 'nan')"
    return f"{value}::VARCHAR"


def _plain_number(text: str, mark: str) -> str:
    """SQL for a number in text with a point before its decimals and nothing between its thousands.

    ``mark``: see `Field`. No number where what parts its thousands does not do so by threes.
    """
    if mark not in THOUSANDS:
        return text
    parted = f"regexp_full_match({text}, {sql.literal(THOUSANDS[mark])})"
    if mark == ".":
        return f"CASE WHEN {parted} THEN replace({text}, ',', '') ELSE {text} END"
    whole = f"CASE WHEN {parted} THEN replace({text}, '.', '') WHEN NOT contains({text}, '.') THEN {text} END"
    return f"replace({whole}, ',', '.')"


def _dotted(field: Field) -> str:
    """SQL for ``dotted_<name>`` of `typed_rows`."""
    text = _step_column("written", field)
    return f"CASE WHEN contains({text}, '.') THEN regexp_full_match({text}, {sql.literal(_DOTTED)}) END"


def zone_offset(zone: str) -> int | None:
    """The minutes by which a zone such as +08:00 is ahead of UTC; None for one with a name.

    >>> zone_offset("+08:00"), zone_offset("-03:30"), zone_offset("Asia/Shanghai")
    (480, -210, None)
    """
    offset = re.fullmatch(r"([+-])(\d\d):?(\d\d)", zone)
    return int(f"{offset[1]}1") * (60 * int(offset[2]) + int(offset[3])) if offset else None


def _in_zone(value: str, zone: str) -> str:
    """SQL for a zoned time as the clock showed it in a zone."""
    offset = zone_offset(zone)
    named = f"timezone({sql.literal(zone)}, {value})"
    return named if offset is None else f"(timezone('UTC', {value}) + INTERVAL ({offset}) MINUTES)"


def _date(value: str, kind: str, date_forms: Sequence[str], zone: str) -> str:
    """SQL for the day of a value; null for a text that several forms read as different days, or none reads."""
    if kind == ZONED:
        return f"{_in_zone(value, zone)}::DATE"
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"{value}::DATE"
    text = _text(value, kind)
    if not date_forms:
        day = f"nullif(regexp_extract({text}, {_DAY_AND_TIME}, 1), '')"
        return f"try_cast(CASE WHEN regexp_matches({text}, {_DAY}) THEN {text} ELSE {day} END AS DATE)"
    days = [_day_of(text, form) for form in date_forms]
    if len(days) == 1:
        return days[0]
    every = ", ".join(days)  # least and greatest leave out what no form reads
    return f"CASE WHEN least({every}) = greatest({every}) THEN least({every}) END"


def _day_of(text: str, form: str) -> str:
    """SQL for the day that a text tells in a strptime form; a time behind it is left out where the form has none."""
    if not _HAS_TIME.search(form):
        text = f"CASE WHEN contains({text}, ':') THEN regexp_replace({text}, {_TIME}, '') ELSE {text} END"
    return f"try_strptime({text}, {sql.literal(form)})::DATE"
