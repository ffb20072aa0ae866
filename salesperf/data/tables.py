"""The canonical tables of a client, with counts and spans of each; the rows stay in the engine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, Self

import pyarrow as pa

from salesperf.calendars import USUAL, Calendar
from salesperf.data.company_wide import Results, kept_or
from salesperf.data.homes import seat
from salesperf.data.sources import Input
from salesperf.errors import RequestError, did_you_mean
from salesperf.params import Client, Credit

if TYPE_CHECKING:
    import ibis.expr.types as ir

ColumnOf = tuple[str, str]  # a table and its column
# The columns of names, which have few different values: see `Tables.texts`.
_NAMING: tuple[ColumnOf, ...] = (
    ("reps", "region"),
    ("opportunities", "region"),
    ("orders", "region"),
    ("activities", "kind"),
    ("assessments", "criterion"),
    ("assessments", "period"),
    ("key_results", "period"),
    ("accounts", "segment"),
)
_DATED, _UNDATED = ("opportunities", "status of dated"), ("opportunities", "status of undated")


class Engine(Protocol):
    """What holds the rows and answers queries (see `salesperf.data.engine`)."""

    def answer(self, question: str) -> pa.Table:
        """The result of an SQL query over the tables, by their names."""

    def table(self, name: str) -> ir.Table:
        """A table as an Ibis expression."""

    def slice_of(self, region: str) -> Engine:
        """An engine with a region's slice of every table."""

    def listed(self, day: date) -> Engine:
        """An engine with the list of reps of another day (see `Tables.listed`)."""


@dataclass(frozen=True, eq=False)
class Tables:
    """The canonical tables of a client, with what is known of each. Compared by identity.

    ``rows``: table → number of rows; ``filled``: (table, column) → number of values; ``spans``: (table, date column)
    → first and last day, where there is any. ``inputs``: the files that were read. ``results``: where company-wide
    results and the engine's answers are kept (see `company_wide`), None where they are not. ``credit``: the client's
    rule for the region that a sale or deal counts for (docs/methods.md, "Whose"). ``list_day``: where somebody has
    moved, the day of the list of reps in ``reps``, beside which ``homes`` has all rows (see `salesperf.data.homes`);
    else None. ``calendar``: the client's.

    The columns are those of `salesperf.data.contracts`, the client's ``group_`` columns of reps, and ``due`` of
    opportunities: the close date of an open opportunity is an expectation and stands there, not in ``closed``.
    """

    engine: Engine
    rows: Mapping[str, int]
    filled: Mapping[ColumnOf, int]
    spans: Mapping[ColumnOf, tuple[date, date]]
    inputs: tuple[Input, ...]
    results: Results | None = None
    credit: Credit = "rep"
    list_day: date | None = None
    calendar: Calendar = USUAL

    def __getitem__(self, table: str) -> ir.Table:
        return self.engine.table(table)

    def has(self, table: str, *columns: str) -> bool:
        """Whether the export has the table and at least one value in each of the columns."""
        return table in self.rows and all(self.filled.get((table, column)) for column in columns)

    def ask(self, question: str) -> pa.Table:
        """The result of an SQL query over the tables, by their names; the engine runs each query once."""
        if question not in self._answers:
            self._answers[question] = self._kept(question)
        return self._answers[question]

    def slice_of(self, region: str) -> Self:
        """The same tables with only a region's slice of the rows (see `sliced`), and nowhere to keep results.

        Careful: ``rows``, ``filled`` and ``spans`` stay those of the whole export.
        """
        return replace(self, engine=self.engine.slice_of(region), results=None)

    def of_client(self, client: Client) -> Self:
        """The same tables by a client's calendar and rule of credit, with the list of reps of its period's last day."""
        list_day = client.period.end if self.has("homes") else None
        return replace(self, credit=client.settings.credit, list_day=list_day, calendar=client.calendar)

    def listed(self, day: date) -> Self:
        """The same tables with the list of reps of another day, and nowhere to keep results; itself if nobody moved."""
        if self.list_day in (None, day):
            return self
        return replace(self, engine=self.engine.listed(day), list_day=day, results=None)

    def regions(self) -> list[str]:
        """The regions of the company, sorted by name: those of its reps and those written on sales."""
        return list(self._regions)

    def texts(self, table: str, column: str) -> list[str]:
        """The distinct texts in a column, sorted; empty where the export does not have it.

        For the columns of regions, kinds of activity, criteria, periods and segments only; raises KeyError for others.
        """
        return self._texts[table, column]

    def closed_deals(self, status: str) -> tuple[int, int]:
        """The number of won or lost deals, by ``status``: with and without a close date."""
        with_date, without = (self._counted_texts[place].get(status, 0) for place in (_DATED, _UNDATED))
        return with_date, without

    def check_region(self, region: str) -> str:
        """The region itself. Raises RequestError when the company has none of that name."""
        if region not in self._regions:
            raise RequestError(f"region: {region!r} is not in the export; {did_you_mean(region, self._regions)}")
        return region

    def staff(self) -> list[dict[str, Any]]:
        """The reps sorted by id: rep_id, rep, region, team, manager, start_date, end_date; None where empty."""
        return list(self._staff)

    def homes(self) -> list[dict[str, Any]]:
        """The rows of the list of reps where somebody moved, sorted by id and start; empty where nobody did.

        One dict each: seat (see `salesperf.data.homes.seat`), rep_id, region, team, start_date, end_date, since,
        is_last.
        """
        return list(self._homes)

    def _kept(self, question: str) -> pa.Table:
        """The result of a query as ``results`` keep it; else the engine's, which then is kept."""
        of_list = f"{self.list_day} {question}" if self.list_day else question
        name, store = f"{hashlib.sha256(of_list.encode()).hexdigest()}.arrow", self.results
        if store is None:
            return self.engine.answer(question)
        content = kept_or(store, name, lambda: _serialized(self.engine.answer(question)))
        return pa.ipc.open_file(content).read_all()

    @cached_property
    def _answers(self) -> dict[str, pa.Table]:
        return {}

    @cached_property
    def _staff(self) -> tuple[dict[str, Any], ...]:
        columns = "rep_id, rep, region, team, manager, start_date, end_date"
        return tuple(self.ask(f"SELECT {columns} FROM reps ORDER BY rep_id").to_pylist())

    @cached_property
    def _homes(self) -> tuple[dict[str, Any], ...]:
        if self.list_day is None:
            return ()
        columns = f"{seat('homes', self.list_day)} AS seat, rep_id, region, team, start_date, end_date, since"
        rows = f"SELECT {columns}, until = DATE '{date.max}' AS is_last FROM homes ORDER BY rep_id, stint"
        return tuple(self.ask(rows).to_pylist())

    @cached_property
    def _regions(self) -> tuple[str, ...]:
        return tuple(
            sorted({region for (_, column), texts in self._texts.items() if column == "region" for region in texts})
        )

    @cached_property
    def _texts(self) -> dict[ColumnOf, list[str]]:
        """The distinct texts in each of the `_NAMING` columns, sorted."""
        return {place: sorted(of_column) for place, of_column in self._counted_texts.items()}

    @cached_property
    def _counted_texts(self) -> dict[ColumnOf, dict[str, int]]:
        """The distinct texts in each of the `_NAMING` columns and how often each stands there, in one query.

        Of closed deals also the status, by whether they have a close date (see `closed_deals`).
        """
        filled = [place for place in _NAMING if self.has(*place)]
        parts = [
            f"SELECT {number} AS place, {column} AS text, count(*) AS rows FROM {table} WHERE {column} IS NOT NULL"
            " GROUP BY ALL"
            for number, (table, column) in enumerate(filled)
        ]
        if self.has("opportunities"):
            parts.append(
                f"SELECT {len(filled)} + CAST(closed IS NULL AS INTEGER), status, count(*) FROM opportunities"
                " WHERE status <> 'open' GROUP BY ALL"
            )
        places = [*filled, _DATED, _UNDATED]
        texts: dict[ColumnOf, dict[str, int]] = {place: {} for place in (*_NAMING, _DATED, _UNDATED)}
        for row in self.ask(" UNION ALL ".join(parts)).to_pylist():
            texts[places[row["place"]]][row["text"]] = row["rows"]
        return texts


def _serialized(answer: pa.Table) -> bytes:
    """A table as a compressed Arrow file."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, answer.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as file:
        file.write_table(answer)
    content: bytes = sink.getvalue().to_pybytes()
    return content
