"""The canonical tables of a client: read through the column mapping, typed, checked, ready to be measured."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from salesperf.data.company_wide import InFolder, InMemory, Results
from salesperf.data.contracts import CONTRACTS, Column
from salesperf.data.dataset import (
    ColumnOf,
    Handover,
    ParquetTables,
    handed_over,
    write_handover,
    write_slices,
    write_tables,
)
from salesperf.data.files import read_raw
from salesperf.data.mapping import TableMapping, names_in, table_mappings
from salesperf.data.reading import Counts, Reading, Source, read_table
from salesperf.data.slices import SLICE, sliced
from salesperf.data.sources import Input, fingerprint, named_as_written, source_files
from salesperf.data.values import check_date_format
from salesperf.errors import RequestError, did_you_mean
from salesperf.params import TABLE_NAMES, Client

_SCALES = {"surveys": ("score", "survey_scale"), "assessments": ("rating", "rating_scale")}


@dataclass(frozen=True, eq=False)
class Tables:
    """The canonical tables of a client as Ibis expressions, with what is known of each; equal to nothing but itself.

    ``filled`` counts the values of every column, ``spans`` has the first and last day of every date column.
    The close date of an open opportunity is an expectation: it stands in ``due``, not in ``closed``. ``results``:
    where company-wide results are kept (see `company_wide`); ``slices``: parts that lie ready (see `slice_of`).
    """

    expressions: Mapping[str, ir.Table]
    rows: Mapping[str, int]
    filled: Mapping[ColumnOf, int]
    spans: Mapping[ColumnOf, tuple[date, date]]
    inputs: tuple[Input, ...]
    results: Results | None = None
    slices: Mapping[str, Mapping[str, ir.Table]] = field(default_factory=dict)

    def __getitem__(self, table: str) -> ir.Table:
        return self.expressions[table]

    def ask(self, question: str) -> pa.Table:
        """The engine's answer to a query over the canonical tables, by their names; nothing is asked of it twice."""
        if question not in self._answers:
            self._answers[question] = self._answer(question)
        return self._answers[question]

    def _answer(self, question: str) -> pa.Table:
        name = hashlib.sha256(question.encode()).hexdigest()
        if self.results is not None and (kept := self.results.get(name)) is not None:
            return pa.ipc.open_file(kept).read_all()
        answer = self._engine.sql(question).to_arrow_table()
        if self.results is not None:
            sink = pa.BufferOutputStream()
            with pa.ipc.new_file(sink, answer.schema) as file:
                file.write_table(answer)
            self.results.put(name, sink.getvalue().to_pybytes())
        return answer

    @cached_property
    def _engine(self) -> duckdb.DuckDBPyConnection:
        """A connection to the engine in which the tables are views under their own names."""
        tables = dict(self.expressions)
        backend = next(iter(tables.values())).get_backend()
        schema = f"canonical_{id(self)}"
        cursor: duckdb.DuckDBPyConnection = backend.con.cursor()
        cursor.execute(f"CREATE SCHEMA {schema}")
        for name, expression in tables.items():
            cursor.execute(f'CREATE VIEW {schema}."{name}" AS {ibis.to_sql(expression)}')
        cursor.execute(f"SET schema = '{schema}'")
        return cursor

    @cached_property
    def _answers(self) -> dict[str, pa.Table]:
        return {}

    def has(self, table: str, *columns: str) -> bool:
        """Whether the export has the table and at least one value in each of the columns."""
        return table in self.expressions and all(self.filled.get((table, column)) for column in columns)

    def slice_of(self, region: str) -> "Tables":
        """The region's slice of every table (see `sliced`).

        Careful: ``rows``, ``filled`` and ``spans`` stay those of the whole export.
        """
        if (rows := self.slices.get(region)) is None:
            parts = {name: sliced(self.expressions, name) for name in self.expressions}
            rows = {name: one.filter(one[SLICE] == region).drop(SLICE) for name, one in parts.items()}
        return replace(self, expressions=rows, results=None, slices={})

    def regions(self) -> list[str]:
        """The regions of the company, by name: those of its reps and those written on sales."""
        return list(self._regions)

    def check_region(self, region: str) -> str:
        """The region itself. Raises RequestError when the company has none of that name."""
        if region not in self._regions:
            raise RequestError(f"region: {region!r} is not in the export; {did_you_mean(region, self._regions)}")
        return region

    def staff(self) -> list[dict[str, Any]]:
        """The reps, by id: rep_id, rep, region, team, manager, start_date, end_date; None for what is not told."""
        return list(self._staff)

    @cached_property
    def _staff(self) -> tuple[dict[str, Any], ...]:
        return _staff(self)

    @cached_property
    def _regions(self) -> tuple[str, ...]:
        return _regions(self)


def _staff(tables: Tables) -> tuple[dict[str, Any], ...]:
    columns = "rep_id, rep, region, team, manager, start_date, end_date"
    return tuple(tables.ask(f"SELECT {columns} FROM reps ORDER BY rep_id").to_pylist())


def _regions(tables: Tables) -> tuple[str, ...]:
    written = [name for name in ("reps", "opportunities", "orders") if tables.has(name, "region")]
    answer = tables.ask(" UNION ".join(f"SELECT region FROM {name} WHERE region IS NOT NULL" for name in written))
    return tuple(sorted(answer["region"].to_pylist()))


def load_tables(client: Client) -> Tables:
    """Every table that the client file names, checked against its contract.

    In a kernel of a batch they come from the batch's dataset, checked before it began. Raises DataError naming file,
    column, rule, number of bad rows and three of them.
    """
    if (found := handed_over()) and found[0].client_file == client.path.resolve():
        return _from_dataset(*found)
    return _from_export(client)


def write_dataset(tables: Tables, client: Client, folder: Path) -> None:
    """Lays the tables down as a dataset: Parquet files in a new private folder, with the company-wide results so far.

    Beside them lies, for each region, the file that hands its kernels the dataset (see `slice_file`).
    """
    (folder / "results").mkdir(parents=True)
    whole = write_tables(folder, tables.expressions)
    parts = write_slices(folder, tables.expressions)
    results = InFolder(folder / "results")
    if isinstance(tables.results, InMemory):
        for name, content in tables.results.kept.items():
            results.put(name, content)
    for region in replace(tables, results=results).regions():
        handover = Handover(
            client_file=client.path.resolve(),
            region=region,
            rows=tables.rows,
            filled=tables.filled,
            spans=tables.spans,
            inputs=tables.inputs,
            files_of_company=whole,
            files_of_slice=parts[region],
        )
        write_handover(slice_file(folder, region), handover)


def slice_file(folder: Path, region: str) -> Path:
    """The file in a dataset's folder that hands a kernel the slice of a region."""
    return folder / f"{hashlib.sha256(region.encode()).hexdigest()}.slice"


def _from_dataset(handover: Handover, folder: Path) -> Tables:
    return Tables(
        ParquetTables(folder, handover.files_of_company),
        handover.rows,
        handover.filled,
        handover.spans,
        handover.inputs,
        InFolder(folder / "results"),
        {handover.region: ParquetTables(folder, handover.files_of_slice)},
    )


def _from_export(client: Client) -> Tables:
    engine = ibis.duckdb.connect()
    mappings = table_mappings(client)
    check_date_format(engine, client)
    files = source_files(client)
    expressions, inputs, counts = {}, [], {}
    with named_as_written(files):
        for table in TABLE_NAMES:
            if own := [one for one in files if one.table == table]:
                reading = _reading(engine, client, mappings[table], table, [one.path for one in own])
                expressions[table], counts[table] = read_table(engine, reading)
                inputs += [
                    Input(one.written, fingerprint(one.path), counted["rows"])
                    for one, counted in zip(own, counts[table], strict=True)
                ]
    expressions["reps"] = _labelled(expressions["reps"])
    return Tables(expressions, *_known(expressions, counts), tuple(inputs), InMemory())


def _reading(engine: ibis.BaseBackend, client: Client, mapping: TableMapping, table: str, paths: list[Path]) -> Reading:
    sources = []
    for path in paths:
        raw = read_raw(engine, path)
        sources.append(Source(path, raw, names_in(raw.columns, table, mapping, path)))
    groups = {name for source in sources for name in source.names if name.startswith("group_")}
    contract = {**CONTRACTS[table], **{name: Column() for name in sorted(groups)}}
    if table in _SCALES:
        column, setting = _SCALES[table]
        scale = getattr(client.settings.definitions, setting)
        contract[column] = replace(contract[column], between=scale, setting=f"definitions.{setting}")
    return Reading(table, contract, mapping.values, client.settings.source.date_format, tuple(sources))


def _labelled(reps: ir.Table) -> ir.Table:
    """Reps with names that tell them apart: where two bear the same name, their ids stand behind it."""
    namesakes = reps.count().over(group_by=reps.rep)
    return reps.mutate(rep=ibis.ifelse(namesakes > 1, reps.rep + " (" + reps.rep_id + ")", reps.rep))


def _known(
    expressions: Mapping[str, ir.Table], counts: Mapping[str, list[Counts]]
) -> tuple[dict[str, int], dict[ColumnOf, int], dict[ColumnOf, tuple[date, date]]]:
    """Rows of every table, values of every column, and the span of every date column, over all files."""
    rows, filled, spans = {}, {}, {}
    for table, files in counts.items():
        rows[table] = sum(file["rows"] for file in files)
        for name, kind in expressions[table].schema().items():
            filled[table, name] = sum(file[f"filled_{name}"] for file in files)
            if kind.is_date() and filled[table, name]:
                told = [file for file in files if file[f"filled_{name}"]]
                first = min(file[f"first_{name}"] for file in told)
                spans[table, name] = first, max(file[f"last_{name}"] for file in told)
    return rows, filled, spans
