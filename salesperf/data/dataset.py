"""The dataset of a batch: its tables as Parquet files named after their content, and the results that reports share."""

import hashlib
import io
import os
import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from salesperf.data.sources import Input
from salesperf.data.sql import literal
from salesperf.data.tables import ColumnOf, Tables

VARIABLE = "SALESPERF_DATASET"  # the environment variable by which a batch hands a kernel its dataset


@dataclass(frozen=True)
class Handover:
    """What a kernel is handed: what is known of the tables, and the files that hold them.

    ``client_file``: the one that the tables are of; ``files``: table → its Parquet file.
    """

    client_file: Path
    rows: Mapping[str, int]
    filled: Mapping[ColumnOf, int]
    spans: Mapping[ColumnOf, tuple[date, date]]
    inputs: tuple[Input, ...]
    files: Mapping[str, str]


def write_tables(folder: Path, tables: Tables, names: Iterable[str]) -> dict[str, str]:
    """Lays each table down as a Parquet file named after its content; table → file."""
    return {name: _written(folder, tables, name) for name in names}


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


def parquet_views(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    """Table → the rows of its Parquet file, in SQL."""
    return {name: f"SELECT * FROM read_parquet({literal(str(folder / file))})" for name, file in files.items()}


def _written(folder: Path, tables: Tables, name: str) -> str:
    """The rows in an order of their own, so that equal content has equal bytes."""
    rows = tables.engine.answer(f"SELECT * FROM {name} ORDER BY ALL")
    buffer = io.BytesIO()
    pq.write_table(rows, buffer, compression="zstd")
    file = f"{hashlib.sha256(buffer.getbuffer()).hexdigest()}.parquet"
    if not (folder / file).exists():
        (folder / file).write_bytes(buffer.getbuffer())
    return file
