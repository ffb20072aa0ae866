"""The dataset of a batch: the tables as Parquet files named by the hashes of their content, and how kernels get it."""

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
    """What a batch passes to its kernels: what is known of the tables (as in `Tables`), and the files of their rows.

    ``client_file``: the client file that the tables belong to; ``files``: table → name of its Parquet file.
    """

    client_file: Path
    rows: Mapping[str, int]
    filled: Mapping[ColumnOf, int]
    spans: Mapping[ColumnOf, tuple[date, date]]
    inputs: tuple[Input, ...]
    files: Mapping[str, str]


def write_tables(folder: Path, tables: Tables, names: Iterable[str]) -> dict[str, str]:
    """Writes each table to a Parquet file named by the SHA-256 of its content; table → name of its file."""
    return {name: _written(folder, tables, name) for name in names}


def write_handover(path: Path, handover: Handover) -> None:
    """Writes the file by which a kernel gets the dataset: a pickle that `handed_over` reads."""
    path.write_bytes(pickle.dumps(handover))


def handed_over() -> tuple[Handover, Path] | None:
    """What the batch that started this process has passed to it, and the folder of the files; None without a batch."""
    if not (path := os.environ.get(VARIABLE)):
        return None
    # The batch's own private file, in a folder that only its user can write to.
    handover: Handover = pickle.loads(Path(path).read_bytes())
    return handover, Path(path).parent


def parquet_views(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    """Table → SQL for the rows of its Parquet file."""
    return {name: f"SELECT * FROM read_parquet({literal(str(folder / file))})" for name, file in files.items()}


def _written(folder: Path, tables: Tables, name: str) -> str:
    """Writes a table and returns the file's name. Rows are sorted, so that equal content has equal bytes."""
    rows = tables.engine.answer(f"SELECT * FROM {name} ORDER BY ALL")
    buffer = io.BytesIO()
    pq.write_table(rows, buffer, compression="zstd")
    file = f"{hashlib.sha256(buffer.getbuffer()).hexdigest()}.parquet"
    if not (folder / file).exists():
        (folder / file).write_bytes(buffer.getbuffer())
    return file
