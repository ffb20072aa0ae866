"""One canonical table out of its files: typed, counted in one query, refused with the rows that are wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir

from salesperf.data.contracts import Column
from salesperf.data.files import broken, places
from salesperf.data.values import TYPES, can_break, canonical, rule, way_out, written
from salesperf.errors import DataError

Counts = Mapping[str, Any]


@dataclass(frozen=True)
class Source:
    """One file of a table; ``names``: canonical column → its name in the file, where it has one."""

    path: Path
    raw: ir.Table
    names: Mapping[str, str]


@dataclass(frozen=True)
class Reading:
    """How a table is read; ``replaced``: canonical column → value in the export → canonical value."""

    table: str
    contract: Mapping[str, Column]
    replaced: Mapping[str, Mapping[str, str]]
    date_format: str | None
    sources: Sequence[Source]

    def written(self, source: Source, name: str) -> Any:
        """A column as a file writes it."""
        return written(source.raw[source.names[name]], self.replaced.get(name, {}))

    def place(self, source: Source, name: str) -> str:
        """A column of a file, for a message."""
        return f"{source.path}: column {source.names[name]!r} ({self.table}.{name})"


def read_table(engine: ibis.BaseBackend, reading: Reading) -> tuple[ir.Table, list[Counts]]:
    """The table, and for each of its files what was counted: rows, and by column filled_, first_ and last_.

    Raises DataError when a file cannot be read or has no rows, or a value breaks the contract.
    """
    parts = [_part(engine, reading, number) for number in range(len(reading.sources))]
    whole = engine.create_table(reading.table, ibis.union(*parts)) if len(parts) > 1 else parts[0]
    found = _counts(reading, whole)
    for number, (source, counts) in enumerate(zip(reading.sources, found, strict=True)):
        for name in source.names:
            _check_column(reading, whole, number, name, counts)
    for name, column in reading.contract.items():
        if column.key and (len(found) > 1 or found[0][f"distinct_{name}"] < found[0]["rows"]):
            _check_key(reading, whole, name)
    return whole.select(*_columns(reading)), found


def _part(engine: ibis.BaseBackend, reading: Reading, number: int) -> ir.Table:
    try:
        return engine.create_table(f"{reading.table}_{number}", _typed(reading, number))
    except duckdb.Error as error:
        raise broken(reading.sources[number].path, error) from None


def _typed(reading: Reading, number: int) -> ir.Table:
    """The rows of a file: canonical columns, the place, and whether they break a column's rule."""
    source = reading.sources[number]
    typed: dict[str, Any] = {"file": ibis.literal(number), "row": ibis.row_number()}
    for name, column in reading.contract.items():
        there = name in source.names
        raw = reading.written(source, name) if there else ibis.null("string")
        typed[name] = canonical(raw, column, reading.date_format) if there else ibis.null(TYPES[column.kind])
        if can_break(column):
            typed[f"bad_{name}"] = raw.notnull() & typed[name].isnull()
    if reading.table == "opportunities":
        # The close date of an open deal is an expectation, and no close.
        is_open = typed["status"] == "open"
        typed["due"] = ibis.ifelse(is_open, typed["closed"], None)
        typed["closed"] = ibis.ifelse(is_open, None, typed["closed"])
    return source.raw.select(**typed)


def _columns(reading: Reading) -> list[str]:
    return [*reading.contract, *(["due"] if reading.table == "opportunities" else [])]


def _counts(reading: Reading, whole: ir.Table) -> list[Counts]:
    """What there is in each file, in one query. Raises DataError for a file without rows."""
    days = [name for name in _columns(reading) if whole[name].type().is_date()]
    query = whole.group_by("file").aggregate(
        rows=whole.count(),
        **{f"filled_{name}": whole[name].count() for name in _columns(reading)},
        **{f"bad_{name}": whole[f"bad_{name}"].sum() for name, one in reading.contract.items() if can_break(one)},
        **{f"distinct_{name}": whole[name].nunique() for name, one in reading.contract.items() if one.key},
        **{f"first_{name}": whole[name].min() for name in days},
        **{f"last_{name}": whole[name].max() for name in days},
    )
    of_file = {counts["file"]: counts for counts in query.to_pyarrow().to_pylist()}
    for number, source in enumerate(reading.sources):
        if number not in of_file:
            raise DataError(f"{source.path}: expected rows, got a header alone; export it again")
    return [of_file[number] for number in range(len(reading.sources))]


def _check_column(reading: Reading, whole: ir.Table, number: int, name: str, counts: Counts) -> None:
    """Raises DataError when values break the column's rule, or are missing where every row needs one."""
    column, source = reading.contract[name], reading.sources[number]
    bad, missing = counts.get(f"bad_{name}", 0), counts["rows"] - counts[f"filled_{name}"]
    if bad:
        rows = _first_rows(whole.filter(whole.file == number, whole[f"bad_{name}"]))
        expected = rule(column, reading.date_format)
        got = f"{bad} other{'s' if bad > 1 else ''}: {_shown(reading, source, name, rows)}"
        out = way_out(column, reading.date_format)
        raise DataError(f"{reading.place(source, name)}: expected {expected}, got {got}; {out}")
    if column.filled and missing:
        rows = _first_rows(whole.filter(whole.file == number, whole[name].isnull()))
        at = places(source.path, rows)
        got = f"{missing} empty: {', '.join(at[row] for row in rows)}"
        raise DataError(
            f"{reading.place(source, name)}: expected a value in every row, got {got}; fill them in or remove the rows"
        )


def _check_key(reading: Reading, whole: ir.Table, name: str) -> None:
    """Raises DataError when an id that must be unique is not."""
    ids = whole.group_by(name).aggregate(times=ibis._.count())
    twice = ids.filter(ids.times > 1)
    count = int(twice.count().execute())
    if not count:
        return
    three = twice.order_by(name).limit(3)[name].to_pyarrow().to_pylist()
    rows = whole.filter(whole[name].isin(three)).order_by("file", "row").select("file", "row", id=name)
    found: dict[str, list[tuple[int, int]]] = {one: [] for one in three}
    for one in rows.to_pyarrow().to_pylist():
        found[one["id"]].append((one["file"], one["row"]))
    shown = ", ".join(f"{one!r} ({_where(reading, where[:3])})" for one, where in found.items())
    source = reading.sources[found[three[0]][0][0]]
    raise DataError(
        f"{reading.place(source, name)}: expected every id once, got {count} more than once: {shown}; "
        "remove the duplicates"
    )


def _where(reading: Reading, rows: list[tuple[int, int]]) -> str:
    """Rows by number of file and of row; with the file's name where there are several."""
    shown = []
    for file, row in rows:
        path = reading.sources[file].path
        name = f"{path.name} " if len(reading.sources) > 1 else ""
        shown.append(name + places(path, [row])[row])
    return ", ".join(shown)


def _first_rows(bad: ir.Table) -> list[int]:
    rows: list[int] = bad.order_by("row").limit(3).row.to_pyarrow().to_pylist()
    return rows


def _shown(reading: Reading, source: Source, name: str, rows: list[int]) -> str:
    """Rows of a file with what they hold."""
    numbered = source.raw.select(row=ibis.row_number(), got=reading.written(source, name).cast("string"))
    got = numbered.filter(numbered.row.isin(rows)).to_pyarrow().to_pylist()
    of_row = {one["row"]: one["got"] for one in got}
    at = places(source.path, rows)
    return ", ".join(f"{at[row]} {_short(of_row[row])!r}" for row in rows)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
