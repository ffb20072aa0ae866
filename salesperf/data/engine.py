"""The engine that heavy rows stay in: DuckDB in this process, with the canonical tables under their own names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import duckdb

from salesperf.data.slices import sliced

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa


def set_up(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The connection, with the clock of nowhere, and without the bar that is drawn while a query takes long.

    Where the bar is off already nothing is set: in Jupyter without ipywidgets DuckDB refuses even that.
    """
    connection.execute("SET TimeZone = 'UTC'")
    if connection.execute("SELECT current_setting('enable_progress_bar')").fetchall() == [(True,)]:
        connection.execute("SET enable_progress_bar = false")
    return connection


class Engine:
    """The tables as views of one schema. Nothing is started, and no file opened, before something is asked.

    ``views``: table → its rows in SQL; ``connection``: where what they name is, None for a new one.
    """

    def __init__(self, views: Mapping[str, str], connection: duckdb.DuckDBPyConnection | None = None) -> None:
        self._views, self._given = views, connection

    def answer(self, question: str) -> pa.Table:
        """The answer to a query over the tables."""
        return self._connection.sql(question).to_arrow_table()

    def table(self, name: str) -> ir.Table:
        """A table as an Ibis expression."""
        return self._ibis.table(name)

    def slice_of(self, region: str) -> Engine:
        """An engine with a region's slice of every table (see `sliced`)."""
        schema = self._connection.execute("SELECT current_schema()").fetchall()[0][0]
        views = {name: sliced(name, region, self._views, f'"{schema}".') for name in self._views}
        return Engine(views, self._connection)

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own, so that several engines can share a database and keep their schemas apart."""
        connection = set_up(self._given.cursor() if self._given is not None else duckdb.connect())
        schema = f'"tables {id(self)}"'
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
