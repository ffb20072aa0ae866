"""Reads the files of one canonical table into the engine: converts and checks the values, and counts them.

Each file takes one query in the usual case. A value that breaks the contract is an error that names the row.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from salesperf.data import sql
from salesperf.data.contracts import Column
from salesperf.data.files import RawFile, broken, check_widths, places
from salesperf.data.homes import overlapping
from salesperf.data.values import (
    TYPES,
    UNSURE,
    Field,
    can_be_bare,
    is_bare,
    rule,
    surely_bare,
    typed_rows,
    way_out,
)
from salesperf.errors import DataError, counted, listed, quoted

# Of one file: rows, and by column filled_ (values), first_ and last_ (days as text), bad_, bare_ and hashes_.
Counts = dict[str, Any]

# A larger Parquet file is read anew by every query, which reads what it needs; other files are copied into the engine.
MOST_COPIED = 32 * 2**20  # bytes


_NEVER_EMPTY = ("reps", "opportunities", "orders")
_AGAIN = {  # what to do about ids that stand in several rows, by table
    "": "give each row an id of its own, or export it again where it has rows twice",
    "reps": "give each person an id of their own and each row of somebody who moved its start_date and end_date, "
    "or export it again where it has rows twice",
    "orders": "say order_lines: true under source in the client file if they are lines of one order, "
    "or export it again where it has orders twice",
}
_MOST_FAULTS = 4  # columns of a file whose faults a message tells


@dataclass(frozen=True)
class Source:
    """One file of a table; ``names``: canonical column → its name in the file, for the columns that the file has."""

    file: RawFile
    names: Mapping[str, str]

    @property
    def stays(self) -> bool:
        """Whether queries read the file itself; else its rows are copied into the engine."""
        return not self.file.is_csv and self.file.path.stat().st_size > MOST_COPIED


@dataclass(frozen=True)
class Reading:
    """How a table is read: its contract, value mapping, forms of dates and files.

    ``replaced``: canonical column → value in the export → canonical value; ``date_forms``: canonical column of dates →
    the strptime forms of its dates; ``has_lines``: rows of one order are its lines, which are added up; ``mark``: the
    decimal mark that the client file gives, "" for none; ``zone``: in which zoned times are dated where a file records
    none but UTC.
    """

    table: str
    contract: Mapping[str, Column]
    replaced: Mapping[str, Mapping[str, str]]
    date_forms: Mapping[str, Sequence[str]]
    sources: Sequence[Source]
    has_lines: bool = False
    mark: str = ""
    zone: str = "UTC"

    @property
    def has_history(self) -> bool:
        """Whether several rows of a person are a history: the table is that of reps, and its rows bear days."""
        dated = all({"start_date", "end_date"} <= source.names.keys() for source in self.sources)
        return self.table == "reps" and dated

    @property
    def columns(self) -> dict[str, str]:
        """The columns of the table, each with the engine's type; ``due`` of opportunities is split off ``closed``."""
        columns = {name: TYPES[column.kind] for name, column in self.contract.items()}
        return {**columns, "due": TYPES["date"]} if self.table == "opportunities" else columns

    def zones(self, number: int) -> tuple[str, ...]:
        """The zones by which the zoned times of a file are dated, sorted; ``number``: its place among the files."""
        source = self.sources[number]
        recorded = {zone for name in source.names.values() if (zone := source.file.zones.get(name))}
        return tuple(sorted(self.zone if zone == "UTC" else zone for zone in recorded))

    def place(self, source: Source, name: str) -> str:
        """A column of a file, for a message that names the file."""
        return f"column {source.names[name]!r} ({self.table}.{name})"


def read_table(con: duckdb.DuckDBPyConnection, reading: Reading) -> list[Counts]:
    """Makes the table in the engine, under its name, and returns the counts of each of its files, in their order.

    Raises DataError when a file cannot be read or a value breaks the contract, and when a file of reps or sales has no
    rows.
    """
    counts = [_part(con, reading, number, frozenset()) for number in range(len(reading.sources))]
    for source, of_file in zip(reading.sources, counts, strict=True):
        check_widths(source.file, of_file["rows"])
    for source, of_file in zip(reading.sources, counts, strict=True):
        if not of_file["rows"] and reading.table in _NEVER_EMPTY:
            raise DataError(f"{source.file.path}: expected rows, got a header alone; export it again")
    for source, of_file in zip(reading.sources, counts, strict=True):
        faults = [fault for name in source.names if (fault := _fault(con, reading, source, name, of_file))]
        if faults := faults or _unsure(con, reading, source, of_file):
            raise DataError(f"{source.file.path}: {listed(faults, most=_MOST_FAULTS, separator='; also ')}")
    _put_together(con, reading)
    for name, column in reading.contract.items():
        # Equal ids have equal hashes: where no hash occurs twice, which is cheap to see, no id does.
        if column.key and _any_twice([of_file.pop(f"hashes_{name}") for of_file in counts]):
            if reading.has_lines:
                _add_up(con, reading)
            elif reading.has_history:
                _check_history(con, reading)
            else:
                _check_key(con, reading, name)
    return counts


def _part(con: duckdb.DuckDBPyConnection, reading: Reading, number: int, to_convert: Set[str]) -> Counts:
    """Makes a part of the table of one file's rows, and counts what is in them.

    A column is taken from the file without conversion where its type allows it, unless it is in ``to_convert``
    (canonical names). The counts show whether that was right; if not, the part is made again with the columns
    concerned in ``to_convert``.
    """
    source = reading.sources[number]
    fields = [_field(reading, source, name, to_convert) for name in source.names]
    kind = "VIEW" if source.stays else "TABLE"
    try:
        con.execute(f"CREATE {kind} {_part_name(reading, number)} AS {_part_rows(reading, source, fields)}")
        counts = _counted(con, reading, number, fields)
        unsure = [field for field in fields if field.bare and not counts[f"bare_{field.name}"]]
        again = _not_bare(con, reading, number, unsure)
    except duckdb.Error as error:
        if source.file.is_csv and to_convert != source.names.keys():
            # The usual reason is a time of day behind the dates.
            days = {name for name in source.names if reading.contract[name].kind == "date"}
            return _part(con, reading, number, source.names.keys() if days <= to_convert else to_convert | days)
        raise broken(source.file.path, error, source.file.above) from None
    if again:
        con.execute(f"DROP {kind} {_part_name(reading, number)}")
        return _part(con, reading, number, to_convert | again)
    return counts


def _field(reading: Reading, source: Source, name: str, to_convert: Set[str]) -> Field:
    column, replaced = reading.contract[name], reading.replaced.get(name, {})
    date_forms = reading.date_forms.get(name, ())
    kind = source.file.types[source.names[name]]
    mark, zone = "", source.file.zones.get(source.names[name], "UTC")
    if source.file.is_csv and column.kind in ("money", "number"):
        # A comma that parts decimals needs a file whose values are parted by something else.
        mark = reading.mark or ("" if source.file.delimiter == "," else UNSURE)
    alone = [*source.names.values()].count(source.names[name]) == 1
    if source.file.is_csv and alone and name not in to_convert and not replaced:
        # Faster than to read a text and convert it; but dates are then read in one form alone.
        kind = kind if date_forms or mark else TYPES[column.kind]
    may = can_be_bare(column, kind) and not replaced and name not in to_convert
    # Allowed values are put in lower case: cheap to do once, but not in every query of a file that stays.
    bare = may and (source.stays or not column.allowed)
    values = sql.name(source.names[name])
    return Field(name, column, values, kind, replaced, date_forms, bare, mark, reading.zone if zone == "UTC" else zone)


def _part_rows(reading: Reading, source: Source, fields: Sequence[Field]) -> str:
    """SQL for the typed rows of a file; the close date of an open deal is an expectation and goes to ``due``."""
    types = {source.names[field.name]: field.type for field in fields} if source.file.is_csv else {}
    rows = typed_rows(fields, source.file.rows(types))
    if reading.table != "opportunities" or "closed" not in source.names:
        return rows
    closed = "CASE WHEN status = 'open' THEN NULL ELSE closed END AS closed"
    return f"SELECT * REPLACE ({closed}), CASE WHEN status = 'open' THEN closed END AS due FROM ({rows})"


def _counted(con: duckdb.DuckDBPyConnection, reading: Reading, number: int, fields: Sequence[Field]) -> Counts:
    """The `Counts` of a part, in one query; bare_ says what `surely_bare` finds, hashes_ only a key column has."""
    aggregates = {"rows": "count(*)"}
    for field in fields:
        for name in _columns_of(reading, field):
            aggregates[f"filled_{name}"] = f"count({sql.name(name)})"
            if field.column.kind == "date":
                # As text, because the engine has days that Python cannot represent.
                aggregates[f"first_{name}"] = f"min({sql.name(name)})::VARCHAR"
                aggregates[f"last_{name}"] = f"max({sql.name(name)})::VARCHAR"
        if field.can_break:
            aggregates[f"bad_{field.name}"] = f"count(*) FILTER (WHERE {sql.name(f'bad_{field.name}')})"
        if field.mark == UNSURE:
            dotted = sql.name(f"dotted_{field.name}")
            aggregates[f"dotted_{field.name}"] = f"count(*) FILTER (WHERE {dotted})"
            aggregates[f"decimal_{field.name}"] = f"count(*) FILTER (WHERE NOT {dotted})"
        if field.bare:
            aggregates[f"bare_{field.name}"] = _test_of(surely_bare, reading, field)
        if field.column.key:
            aggregates[f"hashes_{field.name}"] = f"coalesce(list({_hash(sql.name(field.name))}), [])"
    columns = ", ".join(f"{value} AS {sql.name(name)}" for name, value in aggregates.items())
    answer = con.execute(f"SELECT {columns} FROM {_part_name(reading, number)}").fetchnumpy()
    counts = {name: of[0] if name.startswith("hashes_") else of.tolist()[0] for name, of in answer.items()}
    return {f"filled_{name}": 0 for name in reading.columns} | counts


def _not_bare(con: duckdb.DuckDBPyConnection, reading: Reading, number: int, fields: Sequence[Field]) -> Set[str]:
    """The names of those columns whose values do need a conversion (by `is_bare`)."""
    if not fields:
        return frozenset()
    columns = ", ".join(_test_of(is_bare, reading, field) for field in fields)
    answers = con.execute(f"SELECT {columns} FROM {_part_name(reading, number)}").fetchall()[0]
    return {field.name for field, bare in zip(fields, answers, strict=True) if not bare}


def _test_of(test: Callable[[Column, str], str], reading: Reading, field: Field) -> str:
    """SQL for a test of the values of a field, in all columns of the part that they are in."""
    return " AND ".join(test(field.column, sql.name(name)) for name in _columns_of(reading, field))


def _columns_of(reading: Reading, field: Field) -> list[str]:
    """The columns of a part that the values of a field are in."""
    return ["closed", "due"] if reading.table == "opportunities" and field.name == "closed" else [field.name]


def _put_together(con: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """Makes a view of the parts as one table.

    Parts copied into the engine are first merged into one, because a query over hundreds of parts is slow to plan.
    """
    copied = [number for number, source in enumerate(reading.sources) if not source.stays]
    parts = [_all_columns(reading, number) for number in range(len(reading.sources)) if number not in copied]
    if len(copied) > 1:
        together = sql.name(f"{reading.table}_copied")
        rows = " UNION ALL ".join(_all_columns(reading, number) for number in copied)
        con.execute(f"CREATE TABLE {together} AS {rows}")
        for number in copied:
            con.execute(f"DROP TABLE {_part_name(reading, number)}")
        parts.append(f"SELECT * FROM {together}")
    else:
        parts += [_all_columns(reading, number) for number in copied]
    con.execute(f"CREATE VIEW {sql.name(reading.table)} AS {' UNION ALL '.join(parts)}")


def _all_columns(reading: Reading, number: int) -> str:
    """SQL for the rows of a part with all columns of the table; null in those that the file does not have."""
    in_part = {*reading.sources[number].names}
    in_part |= {"due"} if "closed" in in_part else set()
    columns = ", ".join(
        f"{sql.name(name) if name in in_part else f'NULL::{kind}'} AS {sql.name(name)}"
        for name, kind in reading.columns.items()
    )
    return f"SELECT {columns} FROM {_part_name(reading, number)}"


def _part_name(reading: Reading, number: int) -> str:
    return sql.name(f"{reading.table}_{number}")


def _fault(con: duckdb.DuckDBPyConnection, reading: Reading, source: Source, name: str, counts: Counts) -> str:
    """What is wrong with a column: values that break its rule, or lack where every row needs one; "" for nothing."""
    column = reading.contract[name]
    bad, missing = counts.get(f"bad_{name}", 0), counts["rows"] - counts[f"filled_{name}"]
    if bad:
        date_forms = reading.date_forms.get(name, ())
        expected = rule(column, date_forms)
        rows = _rows_where(con, reading, source, name, sql.name(f"bad_{name}"))
        at = places(source.file.path, [row for row, *_ in rows], source.file.above)
        shown = ", ".join(f"{at[row]} {_short(written)!r}" for row, written, _ in rows)
        got = f"{bad} other{'s' if bad > 1 else ''}: {shown}"
        out = way_out(column, date_forms, f"{reading.table}.{name}")
        if column.kind in ("money", "number") and not reading.mark and any("," in written for _, written, _ in rows):
            out += "; where commas part decimals or thousands, say decimal_mark: ',' or '.' under source"
        return f"{reading.place(source, name)}: expected {expected}, got {got}; {out}"
    if column.filled and missing:
        rows = _rows_where(con, reading, source, name, f"{sql.name(name)} IS NULL")
        at = places(source.file.path, [row for row, *_ in rows], source.file.above)
        got = f"{missing} empty: {', '.join(at[row] for row, *_ in rows)}"
        return (
            f"{reading.place(source, name)}: expected a value in every row, got {got}; fill them in or remove the rows"
        )
    return ""


def _unsure(con: duckdb.DuckDBPyConnection, reading: Reading, source: Source, counts: Counts) -> list[str]:
    """The message about numbers such as 1.250 in a file where nothing says whether the point parts thousands.

    A column is sure where a value in any column of the file has a point with another number of digits behind it.
    """
    dotted = [name for name in source.names if counts.get(f"dotted_{name}")]
    if not dotted or any(counts.get(f"decimal_{name}") for name in source.names):
        return []
    name, condition = dotted[0], sql.name(f"dotted_{dotted[0]}")
    rows = _rows_where(con, reading, source, name, condition)
    at = places(source.file.path, [row for row, *_ in rows], source.file.above)
    shown = ", ".join(f"{at[row]} {_short(written)!r}" for row, written, _ in rows)
    return [
        f"{reading.place(source, name)}: expected numbers that can be read in one way, got {counts[f'dotted_{name}']} "
        f"whose point may part thousands or decimals: {shown}; say decimal_mark: ',' or '.' under source in the client "
        "file"
    ]


def _rows_where(
    con: duckdb.DuckDBPyConnection, reading: Reading, source: Source, name: str, condition: str, most: int | None = 3
) -> list[tuple[int, str, str]]:
    """The first ``most`` rows of a file for which a condition holds: number from 0, value as written, canonical value.

    The file is read again for this: rows are numbered only when a message needs their numbers.
    """
    column = _field(reading, source, name, source.names.keys())
    query = (
        f"SELECT row, {sql.name(f'written_{name}')}::VARCHAR, {sql.name(name)}::VARCHAR "
        f"FROM ({typed_rows([column], source.file.rows(), numbered=True)}) WHERE {condition} ORDER BY row"
    )
    return con.execute(query + (f" LIMIT {most}" if most else "")).fetchall()


def _add_up(con: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """Makes one row of the lines of each order: their sums, and of products that of the largest line.

    The cost is not known where that of a line is not. Raises DataError where lines of an order differ in anything else.
    """
    alike = [name for name in reading.columns if name not in ("order_id", "amount", "cost", "product")]
    differing = " + ".join(f"(count(DISTINCT {name}) > 1)::INTEGER * {2**place}" for place, name in enumerate(alike))
    lines = f"(SELECT order_id, {differing} AS differ FROM orders GROUP BY order_id)"
    odd = con.execute(f"SELECT order_id, differ FROM {lines} WHERE differ > 0 ORDER BY order_id").fetchall()
    if odd:
        names = [name for place, name in enumerate(alike) if odd[0][1] & 2**place]
        raise DataError(
            f"{reading.sources[0].file.path}: expected lines of an order to be alike but for amount, cost, product, "
            f"got {counted(len(odd), 'order')} with others, first {odd[0][0]!r} with several of {quoted(names)}; "
            "name the column of an id that is one for each of these under source.columns.orders.order_id"
        )
    values = ", ".join(f"any_value({name}) AS {name}" for name in alike)
    added = (
        f"SELECT order_id, {values}, sum(amount)::{TYPES['money']} AS amount,"
        f" CASE WHEN count(cost) = count(*) THEN sum(cost)::{TYPES['money']} END AS cost,"
        " first(product ORDER BY amount DESC, product) FILTER (product IS NOT NULL) AS product"
        " FROM orders GROUP BY order_id"
    )
    con.execute(f"CREATE TABLE orders_added AS {added}")
    con.execute("CREATE OR REPLACE VIEW orders AS SELECT * FROM orders_added")


def _check_key(con: duckdb.DuckDBPyConnection, reading: Reading, name: str) -> None:
    """Raises DataError when a value of a key column stands in several rows."""
    key = sql.name(name)
    repeated = f"SELECT {key} FROM {sql.name(reading.table)} GROUP BY {key} HAVING count(*) > 1 ORDER BY {key}"
    values = [value for (value,) in con.execute(repeated).fetchall()]
    if values:
        raise _repeated(reading, con, name, values, "every id once", _AGAIN.get(reading.table, _AGAIN[""]))


def _check_history(con: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """Raises DataError where two rows of a person speak for one day."""
    if people := overlapping(con):
        expected = "one row a day for a person, by start_date and end_date"
        raise _repeated(reading, con, "rep_id", people, expected, "end each row before the next one starts")


def _repeated(
    reading: Reading, con: duckdb.DuckDBPyConnection, name: str, values: Sequence[str], expected: str, way_out: str
) -> DataError:
    """The error for values of a key column that stand in several rows; it names the rows of the first three."""
    key, count, examples = sql.name(name), len(values), values[:3]
    rows_of: dict[str, list[tuple[Source, int]]] = {value: [] for value in examples}
    for source in reading.sources:
        condition = f"{key} IN ({', '.join(map(sql.literal, examples))})"
        for row, _, value in _rows_where(con, reading, source, name, condition, most=None):
            rows_of[value].append((source, row))
    shown = ", ".join(f"{value!r} ({_where(reading, rows[:3])})" for value, rows in rows_of.items())
    first = rows_of[examples[0]][0][0]
    return DataError(
        f"{first.file.path}: {reading.place(first, name)}: expected {expected}, "
        f"got {count} more than once: {shown}; {way_out}"
    )


def _any_twice(hashes: Iterable[NDArray[np.uint64]]) -> bool:
    """Whether any hash occurs twice in all arrays together."""
    merged = np.concatenate([np.empty(0, np.uint64), *hashes])
    merged.sort()
    return bool(np.any(merged[1:] == merged[:-1]))


def _hash(value: str) -> str:
    return f"hash({value})"


def _where(reading: Reading, rows: Iterable[tuple[Source, int]]) -> str:
    """Where rows stand, for a message; with the file's name where the table has several files."""
    shown = []
    for source, row in rows:
        path = source.file.path
        name = f"{path.name} " if len(reading.sources) > 1 else ""
        shown.append(name + places(path, [row], source.file.above)[row])
    return ", ".join(shown)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
