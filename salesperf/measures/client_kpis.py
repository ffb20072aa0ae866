"""A client's own KPIs: sums, counts, means and ratios that the client file defines (docs/client_kpis.md)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from salesperf.data.contracts import CONTRACTS, Kind
from salesperf.data.tables import Tables
from salesperf.documents import Document, Place, Settings, checked
from salesperf.errors import did_you_mean
from salesperf.measures.kpi import Filter, How, Kpi, Measure, Unit
from salesperf.measures.rows import CREDITED, OF_ACCOUNTS, holds
from salesperf.measures.sales import column_behind
from salesperf.params import Client

# The tables that a KPI can be over, and the columns that can place their rows in a period, the default first.
DAYS: Mapping[str, tuple[str, ...]] = {
    "sales": ("date",),
    "opportunities": ("closed", "created", "due"),
    "activities": ("date",),
    "surveys": ("date",),
    "actions": ("date", "due"),
    "assessments": ("period",),
    "key_results": ("period",),
}
# Columns that no KPI names: rows are counted by `count: rows`, and every KPI can be shown by region.
_NOT_ASKED = ("order_id", "opportunity_id", "refund_of", "region", "currency")
_HOWS: tuple[How, ...] = ("sum", "count", "distinct", "mean")
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, strict=True)]
Number = Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True)]
Value = Text | Number


class MeasureSettings(Settings):
    """The schema of a measure in the client file: how it is aggregated, of which column, over which rows.

    Exactly one of ``sum``, ``count``, ``distinct`` and ``mean`` must be set; ``where``: column → the value, or one of
    the values, that a row must have.
    """

    sum: Text | None = None
    count: Literal["rows"] | None = None
    distinct: Text | None = None
    mean: Text | None = None
    where: dict[str, Value | Annotated[list[Value], Field(min_length=1)]] = {}


class RatioSettings(Settings):
    """The schema of a ratio in the client file: ``of`` ÷ ``to``, two measures over the same table and day."""

    of: MeasureSettings
    to: MeasureSettings


class OwnKpiSettings(MeasureSettings):
    """The schema of one entry under ``kpis:`` in the client file: a measure, or a ratio of two.

    ``day``: the column that places a row in a period, by default the first one of `DAYS`.
    """

    name: Text | None = None
    unit: Unit | None = None
    better: Literal["higher", "lower"] = "higher"
    table: Literal["sales", "opportunities", "activities", "surveys", "actions", "assessments", "key_results"] = "sales"
    day: Text | None = None
    ratio: RatioSettings | None = None


def client_kpis(client: Client, tables: Tables, taken: Collection[str], ends: tuple[str, ...]) -> dict[str, Kpi]:
    """The KPIs that the client file defines, by id and in its order.

    ``taken``: ids that are in use already; ``ends``: endings of the columns beside a KPI, which no id may have. A KPI
    that filters by a value that the export has nowhere gets it as ``lacks``, so that it is not available. Raises
    RequestError with file, line and key for a definition that is wrong.
    """
    kpis = [_own_kpi(client.document, name, taken, ends) for name in client.settings.kpis]
    missing = _missing(tables, kpis)
    return {
        kpi.id: replace(
            kpi, lacks=next((missing[condition] for condition in _filters_of(kpi) if condition in missing), "")
        )
        for kpi in kpis
    }


def _own_kpi(document: Document, name: str, taken: Collection[str], ends: tuple[str, ...]) -> Kpi:
    """The KPI that the client file defines under an id. Raises RequestError."""
    place: Place = ("kpis", name)
    if not re.fullmatch(r"[^\W\d_]\w*", name) or name.endswith(ends):
        wrong = f"expected letters, digits and '_' that begin with a letter and do not end with {', '.join(ends)}"
        raise document.error(place, f"kpis: {wrong}, got {name!r}; choose another id")
    if name in taken:
        raise document.error(place, f"kpis: {name!r} is a column already; choose another id")
    settings = checked(document, OwnKpiSettings, place)
    if settings.day is not None and settings.day not in DAYS[settings.table]:
        way_out = did_you_mean(settings.day, DAYS[settings.table])
        raise document.error((*place, "day"), f"day: {settings.day!r} is no day of {settings.table}; {way_out}")
    source = _Source(document, settings.table, settings.day or DAYS[settings.table][0])
    if settings.ratio:
        _check_aggregation(document, place, settings)
        around = source.filters((*place, "where"), settings.where)
        of = source.measure((*place, "ratio", "of"), settings.ratio.of, around)
        to = source.measure((*place, "ratio", "to"), settings.ratio.to, around)
        words, unit = f"{_in_words(of)} ÷ {_in_words(to)}", settings.unit or _usual_unit(of, to)
        of, to = _credited(of), _credited(to)
        cases = replace(to, how="count") if to.how in ("sum", "mean") else to
        return _kpi(name, settings, words, unit=unit, terms=(of, to, cases))
    of = source.measure(place, settings, [])
    unit = settings.unit or _usual_unit(of)
    if of.how == "mean":
        count = replace(of, how="count")
        return _kpi(name, settings, _in_words(of), unit=unit, terms=(replace(of, how="sum"), count, count))
    return _kpi(name, settings, _in_words(of), unit=unit, terms=(_credited(of), None, None))


def _credited(measure: Measure) -> Measure:
    """The measure itself, but of a sum of money of the sales that of what is credited (see `CREDITED`)."""
    by_share = measure.table == "sales" and measure.how == "sum" and measure.column in CREDITED
    return replace(measure, column=CREDITED[measure.column]) if by_share else measure


def _kpi(
    name: str, written: OwnKpiSettings, words: str, *, unit: Unit, terms: tuple[Measure, Measure | None, Measure | None]
) -> Kpi:
    """The KPI of a definition; ``terms``: numerator, denominator and cases; ``words``: its definition in words."""
    numerator, denominator, cases = terms
    booked = {credited: column for column, credited in CREDITED.items()}
    columns = [(term.table, booked.get(column, column)) for term in terms if term for column in _columns_of(term)]
    needs = [need for table, column in columns for need in _needs(table, column)]
    return Kpi(
        name,
        written.name or name,
        words[0].upper() + words[1:],
        unit,
        tuple(dict.fromkeys(needs)),
        f"{numerator.table}.{numerator.day}",
        numerator,
        denominator,
        cases=cases,
        better=written.better,
    )


@dataclass(frozen=True)
class _Source:
    """The table that a KPI is over and the column of the day that places its rows; reads measures and filters."""

    document: Document
    table: str
    day: str

    def measure(self, place: Place, written: MeasureSettings, around: list[Filter]) -> Measure:
        """The measure written at a place of the client file.

        ``around``: filters that hold for both measures of a ratio; a filter of the measure itself replaces one on the
        same column. A refund lowers a sum, but neither it nor a sale refunded in full is a row to count or average.
        Raises RequestError.
        """
        _check_aggregation(self.document, place, written)
        how = next(name for name in _HOWS if getattr(written, name) is not None)
        column = "" if how == "count" else str(getattr(written, how))
        if column:
            kind = self._kind((*place, how), column)
            if how in ("sum", "mean") and kind not in ("money", "number"):
                numbers = [name for name, kind in columns(self.table).items() if kind in ("money", "number")]
                wrong = f"{how}: expected a column of numbers, got {column!r} ({kind}); {did_you_mean(column, numbers)}"
                raise self.document.error((*place, how), wrong)
        filters = self.filters((*place, "where"), written.where)
        where = (*(condition for condition in around if condition.column not in written.where), *filters)
        return Measure(self.table, self.day, how, column, where, orders_only=self.table == "sales" and how != "sum")

    def filters(self, place: Place, where: Mapping[str, object]) -> list[Filter]:
        """The filters written at a place of the client file. Raises RequestError."""
        filters = []
        for column, value in where.items():
            values = value if isinstance(value, list) else [value]
            kind = self._kind((*place, column), column)
            if kind == "date":
                wrong = f"where: expected a column of texts or numbers, got {column!r} (date); the period says the days"
                raise self.document.error((*place, column), wrong)
            if kind == "text":
                filters.append(Filter(column, tuple(str(value) for value in values)))
                continue
            try:
                filters.append(Filter(column, tuple(Decimal(str(value)) for value in values)))
            except InvalidOperation:
                wrong = f"{column}: expected numbers, got {value!r}; correct it"
                raise self.document.error((*place, column), wrong) from None
        return filters

    def _kind(self, place: Place, column: str) -> Kind:
        """The kind of values in a column. Raises RequestError where a KPI over the table cannot name it."""
        known = columns(self.table)
        if column not in known:
            wrong = f"{place[-1]}: {column!r} is no column of {self.table}; {did_you_mean(column, known)}"
            raise self.document.error(place, wrong)
        return known[column]


def _check_aggregation(document: Document, place: Place, written: MeasureSettings) -> None:
    """Raises RequestError unless exactly one aggregation (or ratio) is set."""
    ways = [name for name in (*_HOWS, "ratio") if name in type(written).model_fields]
    if len(named := [name for name in ways if getattr(written, name) is not None]) != 1:
        wrong = f"expected one of {', '.join(ways)}, got {' and '.join(named) or 'none'}"
        raise document.error(place, f"{place[-1]}: {wrong}")


def columns(table: str) -> dict[str, Kind]:
    """Column → kind of its values, for all columns that a KPI over a table can name.

    Those of the account (`OF_ACCOUNTS`) are among them where the table has an account_id.
    """
    contract = CONTRACTS["orders" if table == "sales" else table]
    known: dict[str, Kind] = {
        name: column.kind for name, column in contract.items() if name not in _NOT_ASKED and column.kind != "period"
    }
    return known | dict.fromkeys(OF_ACCOUNTS, "text") if "account_id" in known else known


def _usual_unit(*measures: Measure) -> Unit:
    """The unit of a KPI that names none, from its measure, or the two of a ratio.

    Of one measure its own unit; of a ratio share where both have the same unit, money for money by something else, and
    otherwise number.
    """
    units = [_unit(summed) for summed in measures]
    if len(units) == 1:
        return units[0]
    return "share" if units[0] == units[1] else units[0] if units[0] == "money" else "number"


def _unit(measure: Measure) -> Unit:
    if measure.how in ("count", "distinct"):
        return "count"
    return "money" if columns(measure.table)[measure.column] == "money" else "number"


def _columns_of(measure: Measure) -> list[str]:
    return [*([measure.column] if measure.column else []), *(condition.column for condition in measure.where)]


def _needs(table: str, column: str) -> tuple[str, ...]:
    """The columns of the export behind a column of the rows, as in ``Kpi.needs``."""
    if column in OF_ACCOUNTS:
        return f"{table}.account_id", f"accounts.{column}"
    return (f"{table}.{column}",)


def _filters_of(kpi: Kpi) -> list[Filter]:
    return [condition for term in kpi.terms if isinstance(term, Measure) for condition in term.where]


def _missing(tables: Tables, kpis: Collection[Kpi]) -> dict[Filter, str]:
    """The filters that no row of the export meets → column and values as a text; one query for each table.

    Their KPIs are not available rather than 0: a misspelt value must not look like nothing sold.
    """
    of_table: dict[str, list[tuple[Filter, Filter, str]]] = {}
    for kpi in kpis:
        for condition in _filters_of(kpi):
            place = (
                f"accounts.{condition.column}"
                if condition.column in OF_ACCOUNTS
                else f"{kpi.day.partition('.')[0]}.{condition.column}"
            )
            table, column = column_behind(place, tables)
            if tables.has(table, column):
                text = f"{table}.{column} {_or(condition)}"
                of_table.setdefault(table, []).append((condition, replace(condition, column=column), text))
    missing: dict[Filter, str] = {}
    for table, filters in of_table.items():
        asked = ", ".join(
            f"coalesce(bool_or({holds(in_export)}), FALSE) AS f{place}"
            for place, (_, in_export, _) in enumerate(filters)
        )
        answer = tables.ask(f"SELECT {asked} FROM {table}")
        missing |= {
            condition: text for place, (condition, _, text) in enumerate(filters) if not answer[f"f{place}"][0].as_py()
        }
    return missing


def _in_words(measure: Measure) -> str:
    """A measure in English words, for the definition of a KPI."""
    begin = {"sum": "sum of {}", "count": "number of rows", "distinct": "distinct {}", "mean": "mean {}"}[measure.how]
    where = " and ".join(f"{condition.column} is {_or(condition)}" for condition in measure.where)
    return f"{begin.format(measure.column)} in {measure.table}" + (f" where {where}" if where else "")


def _or(part: Filter) -> str:
    """The values of a filter in words: "a or b"."""
    return " or ".join(f"{value.normalize():f}" if isinstance(value, Decimal) else value for value in part.values)
