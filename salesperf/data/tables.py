"""The canonical tables of a client: read through the column mapping, typed, checked, ready to be measured."""

import glob
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from salesperf.data.contracts import CONTRACTS, Column
from salesperf.data.files import Input, fingerprint, matching, read_raw
from salesperf.data.mapping import TableMapping, names_in, table_mappings
from salesperf.data.reading import Counts, Reading, Source, read_table
from salesperf.data.values import check_date_format
from salesperf.errors import DataError, RequestError, did_you_mean
from salesperf.params import TABLE_NAMES, Client

Place = tuple[str, str]  # a table and its column
_SCALES = {"surveys": ("score", "survey_scale"), "assessments": ("rating", "rating_scale")}


@dataclass(frozen=True, eq=False)
class Tables:
    """The canonical tables of a client as Ibis expressions, with what is known of each; equal to nothing but itself.

    ``filled`` counts the values of every column, ``spans`` has the first and last day of every date column.
    The close date of an open opportunity is an expectation: it stands in ``due``, not in ``closed``.
    """

    expressions: Mapping[str, ir.Table]
    rows: Mapping[str, int]
    filled: Mapping[Place, int]
    spans: Mapping[Place, tuple[date, date]]
    inputs: tuple[Input, ...]

    def __getitem__(self, table: str) -> ir.Table:
        return self.expressions[table]

    def has(self, table: str, *columns: str) -> bool:
        """Whether the export has the table and at least one value in each of the columns."""
        return table in self.expressions and all(self.filled.get((table, column)) for column in columns)

    def regions(self) -> list[str]:
        """The regions of the company, by name: those of its reps and those written on sales."""
        return list(self._regions)

    def check_region(self, region: str) -> str:
        """The region itself. Raises RequestError when the company has none of that name."""
        if region not in self._regions:
            raise RequestError(f"region: {region!r} is not in the export; {did_you_mean(region, self._regions)}")
        return region

    def staff(self) -> list[dict[str, Any]]:
        """The reps, by id: rep_id, rep, region, team (None without), start_date, end_date (None if not told)."""
        return list(self._staff)

    @cached_property
    def _staff(self) -> tuple[dict[str, Any], ...]:
        columns = ("rep_id", "rep", "region", "team", "start_date", "end_date")
        return tuple(self["reps"].select(*columns).order_by("rep_id").to_pyarrow().to_pylist())

    @cached_property
    def _regions(self) -> tuple[str, ...]:
        names = self["reps"].select("region")
        for table in ("opportunities", "orders"):
            if self.has(table, "region"):
                names = names.union(self[table].select("region"))
        found = names.filter(names.region.notnull()).distinct().to_pyarrow()["region"].to_pylist()
        return tuple(sorted(found))


def load_tables(client: Client) -> Tables:
    """Every table that the client file names, checked against its contract.

    Raises DataError naming file, column, rule, number of bad rows and three of them.
    """
    engine = ibis.duckdb.connect()
    mappings = table_mappings(client)
    check_date_format(engine, client)
    expressions, inputs, counts = {}, [], {}
    for table in TABLE_NAMES:
        if files := _files(client, table):
            reading = _reading(engine, client, mappings[table], table, [path for _, path in files])
            expressions[table], counts[table] = read_table(engine, reading)
            inputs += [
                Input(written, fingerprint(path), counted["rows"])
                for (written, path), counted in zip(files, counts[table], strict=True)
            ]
    expressions["reps"] = _labelled(expressions["reps"])
    return Tables(expressions, *_facts(expressions, counts), tuple(inputs))


def _files(client: Client, table: str) -> list[tuple[str, Path]]:
    """The files of a table, each once, as written and as a path. Raises DataError when there is none."""
    found: dict[Path, tuple[str, Path]] = {}
    for place, pattern in enumerate(client.settings.source.files(table)):
        paths = {name: client.folder / name for name in matching(client.folder, pattern)}
        if not all(path.is_file() for path in paths.values()):
            raise _not_there(client, table, place, "a file", f"a folder; name its files, such as {pattern}/*.csv")
        if not paths:
            expected = "files" if glob.has_magic(pattern) else "a file"
            raise _not_there(client, table, place, expected, "none; check the path")
        for name, path in paths.items():
            found.setdefault(path.resolve(), (name, path))
    return list(found.values())


def _not_there(client: Client, table: str, place: int, expected: str, got: str) -> DataError:
    line = client.document.line(("source", table, place))
    path = client.folder / client.settings.source.files(table)[place]
    return DataError(f"{client.path}:{line}: {table}: expected {expected} at {path}, got {got}")


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


_Facts = tuple[dict[str, int], dict[Place, int], dict[Place, tuple[date, date]]]


def _facts(expressions: Mapping[str, ir.Table], counts: Mapping[str, list[Counts]]) -> _Facts:
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
