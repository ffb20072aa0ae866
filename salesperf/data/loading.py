"""The canonical tables of a client: read through the column mapping, typed and checked, or out of a batch's dataset."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from salesperf.data import sql
from salesperf.data.company_wide import InFolder, InMemory
from salesperf.data.contracts import CONTRACTS, Column
from salesperf.data.currencies import in_one_currency
from salesperf.data.dataset import Handover, handed_over, parquet_views, write_handover, write_tables
from salesperf.data.engine import Engine, set_up
from salesperf.data.export import Export
from salesperf.data.files import RawFile, header_below, read_raw
from salesperf.data.homes import labelled, make_homes, reps_on
from salesperf.data.mapping import TableMapping, names_in, table_mappings
from salesperf.data.reading import Counts, Reading, Source, read_table
from salesperf.data.sources import Input, fingerprint, named_as_written, source_files
from salesperf.data.splits import check_splits
from salesperf.data.tables import ColumnOf, Tables
from salesperf.data.values import TYPES, check_date_forms, check_zone
from salesperf.errors import DataError, quoted
from salesperf.params import TABLE_NAMES, Client

_SCALES = {"surveys": ("score", "survey_scale"), "assessments": ("rating", "rating_scale")}


def open_export(client: Client) -> Export:
    """The export of a client. Raises DataError where it cannot be used, RequestError for the client file."""
    return Export(client, load_tables(client))


def load_tables(client: Client) -> Tables:
    """Every table that the client file names, checked against its contract.

    In a kernel of a batch they are read from the batch's dataset, which was checked before. Raises DataError naming
    file, column, rule, number of bad rows and three of them, and RequestError for the client file.
    """
    if (from_batch := handed_over()) and from_batch[0].client_file == client.path.resolve():
        return _from_dataset(*from_batch, client)
    tables = _from_export(client)
    check_splits(tables)
    return tables


def write_dataset(tables: Tables, client: Client, folder: Path) -> None:
    """Writes the tables as a dataset into a new folder: Parquet files, and the company-wide results worked out so far.

    Beside them is the file by which kernels find the dataset (see `dataset_file`). Raises FileExistsError when the
    folder already has a dataset.
    """
    (folder / "results").mkdir(parents=True)
    results = InFolder(folder / "results")
    for name, content in tables.results.kept.items() if isinstance(tables.results, InMemory) else ():
        results.put(name, content)
    handover = Handover(
        client_file=client.path.resolve(),
        rows=tables.rows,
        filled=tables.filled,
        spans=tables.spans,
        inputs=tables.inputs,
        files=write_tables(folder, tables, tables.rows),
    )
    write_handover(dataset_file(folder), handover)


def dataset_file(folder: Path) -> Path:
    """The file in a dataset's folder by which kernels find it (see `write_handover`)."""
    return folder / "dataset.handover"


def _from_dataset(handover: Handover, folder: Path, client: Client) -> Tables:
    engine = Engine(parquet_views(folder, handover.files))
    results = InFolder(folder / "results")
    return Tables(engine, handover.rows, handover.filled, handover.spans, handover.inputs, results).of_client(client)


def _from_export(client: Client) -> Tables:
    """The tables read from the export's files, with their results kept in memory."""
    con = set_up(duckdb.connect())
    mappings = table_mappings(client)
    check_date_forms(con, client)
    check_zone(con, client)
    files = source_files(client)
    readings, inputs, counts = {}, [], {}
    with named_as_written(files):
        for table in TABLE_NAMES:
            if of_table := [file for file in files if file.table == table]:
                readings[table] = _reading(con, client, mappings[table], table, [file.path for file in of_table])
                counts[table] = read_table(con, readings[table])
                inputs += [
                    Input(file.written, fingerprint(file.path), file_counts["rows"], readings[table].zones(number))
                    for number, (file, file_counts) in enumerate(zip(of_table, counts[table], strict=True))
                ]
                if not any(of_file["rows"] for of_file in counts[table]):  # as if the export had no such table
                    del readings[table], counts[table]
    rows, filled, spans = _known(readings, counts)
    converted = in_one_currency(con, client, [table for table in readings if filled.get((table, "currency"))])
    views = {table: _view(table, reading, converted.get(table, "")) for table, reading in readings.items()}
    if moved := make_homes(con):
        rows["homes"], views["homes"] = moved, "SELECT * FROM main.homes"
        views["reps"] = reps_on("main.homes", client.period.end)
    views["reps"] = labelled(views["reps"])
    return Tables(Engine(views, con), rows, filled, spans, tuple(inputs), InMemory()).of_client(client)


def _view(table: str, reading: Reading, converted: str) -> str:
    """SQL for the rows of a table that was read; ``converted``: SQL for amounts in another currency, "" for none."""
    columns = ", ".join(map(sql.name, reading.columns))
    replaced = f" REPLACE ({converted})" if converted else ""
    return f"SELECT {columns} FROM (SELECT *{replaced} FROM main.{table})"


def _reading(
    con: duckdb.DuckDBPyConnection, client: Client, mapping: TableMapping, table: str, paths: list[Path]
) -> Reading:
    """How to read a table: its contract, with the groups of reps and the client's scales, and its files."""
    files = [read_raw(con, path, client.settings.source.header_line.get(table, 1)) for path in paths]
    sources = [Source(file, _names_in(file, table, mapping)) for file in files]
    groups = {name for source in sources for name in source.names if name.startswith("group_")}
    contract = {**CONTRACTS[table], **{name: Column() for name in sorted(groups)}}
    if table in _SCALES:
        column, setting = _SCALES[table]
        scale = getattr(client.settings.definitions, setting)
        contract[column] = replace(contract[column], between=scale, setting=f"definitions.{setting}")
    given = client.settings.source
    has_lines, mark = table == "orders" and given.order_lines, given.decimal_mark or ""
    return Reading(
        table, contract, mapping.values, mapping.date_forms, tuple(sources), has_lines, mark, given.time_zone
    )


def _names_in(file: RawFile, table: str, mapping: TableMapping) -> dict[str, str]:
    """The names of the table's columns in a file, as `names_in`; its error tells where a header below a title is."""
    try:
        return names_in(list(file.types), table, mapping, file.path)
    except DataError:
        required = [mapping.columns[name] for name, column in CONTRACTS[table].items() if column.required]
        line = header_below(file.path, required)
        if line is None or line == file.above + 1:
            raise
        raise DataError(
            f"{file.path}: line {file.above + 1}: expected the names of columns, got {quoted(list(file.types)[:3])}; "
            f"line {line} looks like the header: say header_line: {{{table}: {line}}} under source in the client file"
        ) from None


def _known(
    readings: Mapping[str, Reading], counts: Mapping[str, list[Counts]]
) -> tuple[dict[str, int], dict[ColumnOf, int], dict[ColumnOf, tuple[date, date]]]:
    """Rows of every table, values of every column, and first and last day of every date column, over all files."""
    rows, filled, spans = {}, {}, {}
    for table, of_files in counts.items():
        rows[table] = sum(of_file["rows"] for of_file in of_files)
        for name, kind in readings[table].columns.items():
            filled[table, name] = sum(of_file[f"filled_{name}"] for of_file in of_files)
            if kind == TYPES["date"] and filled[table, name]:
                dated = [of_file for of_file in of_files if of_file[f"filled_{name}"]]
                first = min(of_file[f"first_{name}"] for of_file in dated)
                last = max(of_file[f"last_{name}"] for of_file in dated)
                spans[table, name] = date.fromisoformat(first), date.fromisoformat(last)
    return rows, filled, spans
