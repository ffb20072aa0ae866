"""One canonical table out of its files: typed, counted in one query a file, refused with the rows that are wrong."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from salesperf.data import sql
from salesperf.data.contracts import Column
from salesperf.data.files import RawFile, broken, places
from salesperf.data.values import (
    TYPES,
    Field,
    can_be_bare,
    is_bare,
    rule,
    surely_bare,
    typed_rows,
    way_out,
)
from salesperf.errors import DataError

Counts = dict[str, Any]

# A larger Parquet file is read anew by every query, which reads what it needs; other files are copied into the engine.
MOST_COPIED = 32 * 2**20  # bytes


@dataclass(frozen=True)
class Source:
    """One file of a table; ``names``: canonical column → its name in the file, where it has one."""

    file: RawFile
    names: Mapping[str, str]

    @property
    def stays(self) -> bool:
        """Whether the rows stay in the file."""
        return not self.file.is_csv and self.file.path.stat().st_size > MOST_COPIED


@dataclass(frozen=True)
class Reading:
    """How a table is read; ``replaced``: canonical column → value in the export → canonical value."""

    table: str
    contract: Mapping[str, Column]
    replaced: Mapping[str, Mapping[str, str]]
    date_format: str | None
    sources: Sequence[Source]

    @property
    def columns(self) -> dict[str, str]:
        """The columns of the table, each with its type."""
        columns = {name: TYPES[column.kind] for name, column in self.contract.items()}
        return {**columns, "due": TYPES["date"]} if self.table == "opportunities" else columns

    def place(self, source: Source, name: str) -> str:
        """A column of a file, for a message."""
        return f"{source.file.path}: column {source.names[name]!r} ({self.table}.{name})"


def read_table(con: duckdb.DuckDBPyConnection, reading: Reading) -> list[Counts]:
    """Makes the table; for each of its files what was counted: rows, and by column filled_, first_ and last_.

    Raises DataError when a file cannot be read or has no rows, or a value breaks the contract.
    """
    counts = [_part(con, reading, number, frozenset()) for number in range(len(reading.sources))]
    for source, of_file in zip(reading.sources, counts, strict=True):
        if not of_file["rows"]:
            raise DataError(f"{source.file.path}: expected rows, got a header alone; export it again")
    for source, of_file in zip(reading.sources, counts, strict=True):
        for name in source.names:
            _check_column(con, reading, source, name, of_file)
    _put_together(con, reading)
    for name, column in reading.contract.items():
        # Equal ids have equal hashes: where no hash is there twice, which is cheap to see, no id is.
        if column.key and _any_twice([of_file.pop(f"hashes_{name}") for of_file in counts]):
            _check_key(con, reading, name)
    return counts


def _part(con: duckdb.DuckDBPyConnection, reading: Reading, number: int, closely: Set[str]) -> Counts:
    """Makes the rows of a file a part of the table, and counts what is in them.

    Columns are taken as they stand in the file where that is what the table holds, but for those to be read
    ``closely``. Whether it is shows when they are counted; if not, the file is read again.
    """
    source = reading.sources[number]
    fields = [_field(reading, source, name, closely) for name in source.names]
    kind = "VIEW" if source.stays else "TABLE"
    try:
        con.execute(f"CREATE {kind} {_part_name(reading, number)} AS {_part_rows(reading, source, fields)}")
        counts = _counted(con, reading, number, fields)
        again = _not_bare(con, reading, number, [one for one in fields if one.bare and not counts[f"bare_{one.name}"]])
    except duckdb.Error as error:
        if source.file.is_csv and closely != source.names.keys():
            # Times behind the days are the usual reason.
            days = {name for name in source.names if reading.contract[name].kind == "date"}
            return _part(con, reading, number, source.names.keys() if days <= closely else closely | days)
        raise broken(source.file.path, error) from None
    if again:
        con.execute(f"DROP {kind} {_part_name(reading, number)}")
        return _part(con, reading, number, closely | again)
    return counts


def _field(reading: Reading, source: Source, name: str, closely: Set[str]) -> Field:
    column, replaced = reading.contract[name], reading.replaced.get(name, {})
    kind = source.file.types[source.names[name]]
    alone = [*source.names.values()].count(source.names[name]) == 1
    if source.file.is_csv and alone and name not in closely and not replaced:
        # Faster than to read a text and convert it; the dates so read are those of one form.
        kind = kind if column.kind == "date" and reading.date_format else TYPES[column.kind]
    may = can_be_bare(column, kind) and not replaced and name not in closely
    # Lower case is cheap to make, but not in every query anew.
    bare = may and (source.stays or not column.allowed)
    return Field(name, column, sql.name(source.names[name]), kind, replaced, reading.date_format, bare)


def _part_rows(reading: Reading, source: Source, fields: Sequence[Field]) -> str:
    """SQL for the typed rows of a file. The close date of an open deal is an expectation, and no close."""
    types = {source.names[one.name]: one.type for one in fields} if source.file.is_csv else {}
    rows = typed_rows(fields, source.file.rows(types))
    if reading.table != "opportunities" or "closed" not in source.names:
        return rows
    closed = "CASE WHEN status = 'open' THEN NULL ELSE closed END AS closed"
    return f"SELECT * REPLACE ({closed}), CASE WHEN status = 'open' THEN closed END AS due FROM ({rows})"


def _counted(con: duckdb.DuckDBPyConnection, reading: Reading, number: int, fields: Sequence[Field]) -> Counts:
    """What there is in a part, in one query, with bare_ where `surely_bare` was asked, and hashes_ of an id."""
    wanted = {"rows": "count(*)"}
    for one in fields:
        for name in _columns_of(reading, one):
            wanted[f"filled_{name}"] = f"count({sql.name(name)})"
            if one.column.kind == "date":
                # Text, as the engine has days that Python does not.
                wanted[f"first_{name}"] = f"min({sql.name(name)})::VARCHAR"
                wanted[f"last_{name}"] = f"max({sql.name(name)})::VARCHAR"
        if one.can_break:
            wanted[f"bad_{one.name}"] = f"count_if({sql.name(f'bad_{one.name}')})"
        if one.bare:
            wanted[f"bare_{one.name}"] = _every(surely_bare, reading, one)
        if one.column.key:
            wanted[f"hashes_{one.name}"] = f"list({_hash(sql.name(one.name))})"
    columns = ", ".join(f"{value} AS {sql.name(name)}" for name, value in wanted.items())
    found = con.sql(f"SELECT {columns} FROM {_part_name(reading, number)}").to_arrow_table()
    values = {name: found[name][0] for name in wanted}
    counts = {name: one.values if name.startswith("hashes_") else one.as_py() for name, one in values.items()}
    return {f"filled_{name}": 0 for name in reading.columns} | counts


def _not_bare(con: duckdb.DuckDBPyConnection, reading: Reading, number: int, fields: Sequence[Field]) -> Set[str]:
    """Those of the columns whose values are not what the table holds."""
    if not fields:
        return frozenset()
    columns = ", ".join(_every(is_bare, reading, one) for one in fields)
    found = con.execute(f"SELECT {columns} FROM {_part_name(reading, number)}").fetchall()[0]
    return {one.name for one, bare in zip(fields, found, strict=True) if not bare}


def _every(test: Callable[[Column, str], str], reading: Reading, one: Field) -> str:
    return " AND ".join(test(one.column, sql.name(name)) for name in _columns_of(reading, one))


def _columns_of(reading: Reading, one: Field) -> list[str]:
    """The columns of a part that the values of a field are in."""
    return ["closed", "due"] if reading.table == "opportunities" and one.name == "closed" else [one.name]


def _put_together(con: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """Makes one table of the parts. Parts that were copied become one, as a query of hundreds is slow to plan."""
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
    """SQL for the rows of a part with all columns of the table."""
    there = {*reading.sources[number].names}
    there |= {"due"} if "closed" in there else set()
    columns = ", ".join(
        f"{sql.name(name) if name in there else f'NULL::{kind}'} AS {sql.name(name)}"
        for name, kind in reading.columns.items()
    )
    return f"SELECT {columns} FROM {_part_name(reading, number)}"


def _part_name(reading: Reading, number: int) -> str:
    return sql.name(f"{reading.table}_{number}")


def _check_column(con: duckdb.DuckDBPyConnection, reading: Reading, source: Source, name: str, counts: Counts) -> None:
    """Raises DataError when values break the column's rule, or are missing where every row needs one."""
    column = reading.contract[name]
    bad, missing = counts.get(f"bad_{name}", 0), counts["rows"] - counts[f"filled_{name}"]
    if bad:
        expected = rule(column, reading.date_format)
        rows = _rows_where(con, reading, source, name, sql.name(f"bad_{name}"))
        at = places(source.file.path, [row for row, *_ in rows])
        shown = ", ".join(f"{at[row]} {_short(written)!r}" for row, written, _ in rows)
        got = f"{bad} other{'s' if bad > 1 else ''}: {shown}"
        out = way_out(column, reading.date_format)
        raise DataError(f"{reading.place(source, name)}: expected {expected}, got {got}; {out}")
    if column.filled and missing:
        rows = _rows_where(con, reading, source, name, f"{sql.name(name)} IS NULL")
        at = places(source.file.path, [row for row, *_ in rows])
        got = f"{missing} empty: {', '.join(at[row] for row, *_ in rows)}"
        raise DataError(
            f"{reading.place(source, name)}: expected a value in every row, got {got}; fill them in or remove the rows"
        )


def _rows_where(
    con: duckdb.DuckDBPyConnection, reading: Reading, source: Source, name: str, condition: str, most: int | None = 3
) -> list[tuple[int, str, str]]:
    """The first rows of a file that a condition holds for: number, a column as written, and as the table holds it.

    Numbers of rows are needed for messages alone, so that they are counted when there is one to write.
    """
    column = _field(reading, source, name, source.names.keys())
    query = (
        f"SELECT row, {sql.name(f'written_{name}')}::VARCHAR, {sql.name(name)}::VARCHAR "
        f"FROM ({typed_rows([column], source.file.rows(), numbered=True)}) WHERE {condition} ORDER BY row"
    )
    return con.execute(query + (f" LIMIT {most}" if most else "")).fetchall()


def _check_key(con: duckdb.DuckDBPyConnection, reading: Reading, name: str) -> None:
    """Raises DataError when an id that must be unique is not."""
    key = sql.name(name)
    repeated = f"FROM (SELECT {key} FROM {sql.name(reading.table)} GROUP BY {key} HAVING count(*) > 1)"
    if not (count := con.execute(f"SELECT count(*) {repeated}").fetchall()[0][0]):
        return
    three = [one for (one,) in con.execute(f"SELECT {key} {repeated} ORDER BY {key} LIMIT 3").fetchall()]
    found: dict[str, list[tuple[Source, int]]] = {one: [] for one in three}
    for source in reading.sources:
        condition = f"{key} IN ({', '.join(map(sql.literal, three))})"
        for row, _, one in _rows_where(con, reading, source, name, condition, most=None):
            found[one].append((source, row))
    shown = ", ".join(f"{one!r} ({_where(reading, where[:3])})" for one, where in found.items())
    raise DataError(
        f"{reading.place(found[three[0]][0][0], name)}: expected every id once, got {count} more than once: {shown}; "
        "remove the duplicates"
    )


def _any_twice(hashes: Iterable[pa.Array]) -> bool:
    # Out of their memory, as pyarrow imports pandas to make an array.
    every = np.concatenate([np.frombuffer(one.buffers()[1], np.uint64, len(one), 8 * one.offset) for one in hashes])
    every.sort()
    return bool(np.any(every[1:] == every[:-1]))


def _hash(value: str) -> str:
    return f"hash({value})"


def _where(reading: Reading, rows: Iterable[tuple[Source, int]]) -> str:
    """Rows by file and number; with the file's name where there are several."""
    shown = []
    for source, row in rows:
        path = source.file.path
        name = f"{path.name} " if len(reading.sources) > 1 else ""
        shown.append(name + places(path, [row])[row])
    return ", ".join(shown)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
