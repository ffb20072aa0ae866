"""The engine that holds the rows: DuckDB in this process, with the canonical tables under their own names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any

import duckdb

from salesperf.data.homes import labelled, reps_on
from salesperf.data.slices import sliced

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

_numbers = count()  # of the engines of this process, which may share a database


def set_up(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The connection itself, set to UTC and without a progress bar for long queries.

    Where the bar is off already it is not set: in Jupyter without ipywidgets DuckDB refuses even to turn it off.
    """
    connection.execute("SET TimeZone = 'UTC'")
    if connection.execute("SELECT current_setting('enable_progress_bar')").fetchall() == [(True,)]:
        connection.execute("SET enable_progress_bar = false")
    return connection


class Engine:
    """The tables as views in a schema of their own. No database is started, and no file opened, before the first use.

    ``views``: table → SQL for its rows; ``connection``: the database in which that SQL is run, None for a new one.
    """

    def __init__(self, views: Mapping[str, str], connection: duckdb.DuckDBPyConnection | None = None) -> None:
        self._views, self._shared = views, connection

    def answer(self, question: str) -> pa.Table:
        """The result of an SQL query over the tables, by their names."""
        return self._connection.sql(question).to_arrow_table()

    def table(self, name: str) -> ir.Table:
        """A table as an Ibis expression."""
        return self._ibis.table(name)

    def slice_of(self, region: str) -> Engine:
        """An engine with a region's slice of every table (see `sliced`)."""
        schema = self._connection.execute("SELECT current_schema()").fetchall()[0][0]
        views = {name: sliced(name, region, self._views, f'"{schema}".') for name in self._views}
        return Engine(views, self._connection)

    def listed(self, day: date) -> Engine:
        """An engine with the list of reps of another day (see `salesperf.data.homes`)."""
        schema = self._connection.execute("SELECT current_schema()").fetchall()[0][0]
        views = {name: f'SELECT * FROM "{schema}".{name}' for name in self._views}
        return Engine(views | {"reps": labelled(reps_on(f'"{schema}".homes', day))}, self._connection)

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        """A connection with its own current schema, so that several engines can share a database."""
        connection = set_up(self._shared.cursor() if self._shared is not None else duckdb.connect())
        schema = f'"tables {next(_numbers)}"'
        connection.execute(f"CREATE SCHEMA {schema}")
        for name, rows in self._views.items():
            connection.execute(f'CREATE VIEW {schema}."{name}" AS {rows}')
        connection.execute(f"SET schema = '{schema}'")
        return connection

    @cached_property
    def _ibis(self) -> Any:
        """Ibis on the same connection; imported here, as it takes half a second and few need it."""
        import ibis

        return ibis.duckdb.from_connection(self._connection)
