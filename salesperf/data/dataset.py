"""The dataset of a batch: Parquet files named after their content, of the company and of each region's slice."""

import hashlib
import io
import os
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from salesperf.data.slices import SLICE, sliced
from salesperf.data.sources import Input

ColumnOf = tuple[str, str]  # a table and its column
VARIABLE = "SALESPERF_DATASET"  # the environment variable by which a batch hands a kernel its part of a dataset


@dataclass(frozen=True)
class Handover:
    """What a kernel is handed: what is known of the tables, and the files that hold them.

    ``client_file``: the one that the tables are of; ``files_of_company``, ``files_of_slice``: table → its Parquet file,
    of the company and of ``region``.
    """

    client_file: Path
    region: str
    rows: Mapping[str, int]
    filled: Mapping[ColumnOf, int]
    spans: Mapping[ColumnOf, tuple[date, date]]
    inputs: tuple[Input, ...]
    files_of_company: Mapping[str, str]
    files_of_slice: Mapping[str, str]


class ParquetTables(Mapping[str, ir.Table]):
    """Tables in Parquet files. An engine is started, and a file opened, when a table is first asked for."""

    def __init__(self, folder: Path, files: Mapping[str, str]) -> None:
        self._folder, self._files = folder, files
        self._engine: ibis.BaseBackend | None = None
        self._tables: dict[str, ir.Table] = {}

    def __getitem__(self, table: str) -> ir.Table:
        if table not in self._tables:
            path = self._folder / self._files[table]
            self._engine = self._engine or ibis.duckdb.connect()
            self._tables[table] = self._engine.read_parquet(path, table_name=table)
        return self._tables[table]

    def __contains__(self, table: object) -> bool:
        return table in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def write_tables(folder: Path, tables: Mapping[str, ir.Table]) -> dict[str, str]:
    """Lays each table down as a Parquet file named after its content; table → file."""
    return {name: _written(folder, _ordered(rows)) for name, rows in tables.items()}


def write_slices(folder: Path, tables: Mapping[str, ir.Table]) -> dict[str, dict[str, str]]:
    """Lays down each region's slice of every table, as `write_tables` does; region → table → file."""
    found: dict[str, dict[str, str]] = {}
    empty = {}
    for name in tables:
        rows = _ordered(sliced(tables, name))
        regions = rows[SLICE]
        rows = rows.drop_columns([SLICE])
        for region in pc.unique(regions).to_pylist():
            part = rows.filter(pc.equal(regions, region))
            found.setdefault(region, {})[name] = _written(folder, part)
        empty[name] = _written(folder, rows.slice(0, 0))
    return {region: empty | files for region, files in found.items()}


def write_handover(path: Path, handover: Handover) -> None:
    """Lays down what a kernel is handed."""
    path.write_bytes(pickle.dumps(handover))


def handed_over() -> tuple[Handover, Path] | None:
    """What the batch that started this process handed it, and the folder of the files; None without a batch."""
    if not (path := os.environ.get(VARIABLE)):
        return None
    # The batch's own private file, in a folder that only its user can write to.
    handover: Handover = pickle.loads(Path(path).read_bytes())
    return handover, Path(path).parent


def _ordered(rows: ir.Table) -> pa.Table:
    """The rows in an order of their own, so that equal content has equal bytes."""
    return rows.order_by(rows.columns).to_pyarrow()


def _written(folder: Path, rows: pa.Table) -> str:
    buffer = io.BytesIO()
    pq.write_table(rows, buffer, compression="zstd")
    name = f"{hashlib.sha256(buffer.getbuffer()).hexdigest()}.parquet"
    if not (folder / name).exists():
        (folder / name).write_bytes(buffer.getbuffer())
    return name
