"""A client's own KPIs: sums, counts, means and ratios over named columns with named filters, as plain data."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from salesperf.data.contracts import CONTRACTS, Kind
from salesperf.documents import Document, Place, Settings, checked
from salesperf.errors import did_you_mean
from salesperf.measures.codebook import Unit
from salesperf.params import Client

# The tables that a KPI can be over, and the columns that can place their rows in a period, the usual one first.
DAYS: Mapping[str, tuple[str, ...]] = {
    "sales": ("date",),
    "opportunities": ("closed", "created", "due"),
    "activities": ("date",),
    "surveys": ("date",),
    "actions": ("date", "due"),
    "assessments": ("period",),
    "key_results": ("period",),
}
OF_ACCOUNTS = ("segment", "account")  # known of whatever has an account
_NOT_ASKED = ("order_id", "opportunity_id", "refund_of", "region")  # rows are counted, and every KPI told by region
How = Literal["sum", "count", "distinct", "mean"]
_HOWS: tuple[How, ...] = ("sum", "count", "distinct", "mean")
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, strict=True)]
Number = Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True)]
Value = Text | Number


class MeasureSettings(Settings):
    """One measure as written: what is done with which column, and the rows that it is over."""

    sum: Text | None = None
    count: Literal["rows"] | None = None
    distinct: Text | None = None
    mean: Text | None = None
    where: dict[str, Value | Annotated[list[Value], Field(min_length=1)]] = {}


class RatioSettings(Settings):
    """A ratio as written: one measure by another, over the same table and day."""

    of: MeasureSettings
    to: MeasureSettings


class OwnKpiSettings(MeasureSettings):
    """The schema of one entry under ``kpis:`` in the client file."""

    name: Text | None = None
    unit: Unit | None = None
    better: Literal["higher", "lower"] = "higher"
    table: Literal["sales", "opportunities", "activities", "surveys", "actions", "assessments", "key_results"] = "sales"
    day: Text | None = None
    ratio: RatioSettings | None = None


@dataclass(frozen=True)
class Filter:
    """A column of the table, or of its accounts, and the values of which it must have one."""

    column: str
    values: tuple[str, ...] | tuple[Decimal, ...]


@dataclass(frozen=True)
class Measure:
    """What is done with which column ("" for rows) of the rows that all filters let through."""

    how: How
    column: str
    where: tuple[Filter, ...]


@dataclass(frozen=True)
class OwnKpi:
    """A client's own KPI: ``of``, or ``of`` ÷ ``to``, over a table's rows placed by ``day``."""

    id: str
    name: str
    unit: Unit
    better: Literal["higher", "lower"]
    table: str
    day: str
    of: Measure
    to: Measure | None = None

    @property
    def counted(self) -> bool:
        """Whether nothing found means 0; a mean or ratio of nothing is none."""
        return self.to is None and self.of.how != "mean"


def own_kpis(client: Client, taken: Collection[str], ends: tuple[str, ...]) -> list[OwnKpi]:
    """The KPIs that the client file defines, in its order.

    ``taken``: ids that are others'; ``ends``: endings of columns beside KPIs, which no id may have. Raises RequestError
    naming file, line and key.
    """
    return [_own_kpi(client.document, name, taken, ends) for name in client.settings.kpis]


def _own_kpi(document: Document, name: str, taken: Collection[str], ends: tuple[str, ...]) -> OwnKpi:
    place: Place = ("kpis", name)
    if not re.fullmatch(r"[^\W\d_]\w*", name) or name.endswith(ends):
        wrong = f"expected letters, digits and '_' that begin with a letter and do not end with {', '.join(ends)}"
        raise document.error(place, f"kpis: {wrong}, got {name!r}; choose another id")
    if name in taken:
        raise document.error(place, f"kpis: {name!r} is a column already; choose another id")
    one = checked(document, OwnKpiSettings, place)
    if one.day is not None and one.day not in DAYS[one.table]:
        way_out = did_you_mean(one.day, DAYS[one.table])
        raise document.error((*place, "day"), f"day: {one.day!r} is no day of {one.table}; {way_out}")
    if one.ratio:
        _check_said_once(document, place, one)
        around = _filters(document, (*place, "where"), one.table, one.where)
        of = _measure(document, (*place, "ratio", "of"), one.table, one.ratio.of, around)
        to: Measure | None = _measure(document, (*place, "ratio", "to"), one.table, one.ratio.to, around)
    else:
        of, to = _measure(document, place, one.table, one, []), None
    unit = one.unit or _usual_unit(one.table, of, to)
    return OwnKpi(name, one.name or name, unit, one.better, one.table, one.day or DAYS[one.table][0], of, to)


def _measure(document: Document, place: Place, table: str, written: MeasureSettings, around: list[Filter]) -> Measure:
    """A measure with its own filters and those around it; a filter of its own goes before one on the same column."""
    _check_said_once(document, place, written)
    how = next(one for one in _HOWS if getattr(written, one) is not None)
    column = "" if how == "count" else str(getattr(written, how))
    if column:
        kind = _kind(document, (*place, how), table, column)
        if how in ("sum", "mean") and kind not in ("money", "number"):
            numbers = [name for name, one in columns(table).items() if one in ("money", "number")]
            wrong = f"{how}: expected a column of numbers, got {column!r} ({kind}); {did_you_mean(column, numbers)}"
            raise document.error((*place, how), wrong)
    own = _filters(document, (*place, "where"), table, written.where)
    return Measure(how, column, (*(one for one in around if one.column not in written.where), *own))


def _check_said_once(document: Document, place: Place, written: MeasureSettings) -> None:
    """Raises RequestError unless exactly one way of measuring is named."""
    ways = [name for name in (*_HOWS, "ratio") if name in type(written).model_fields]
    if len(named := [name for name in ways if getattr(written, name) is not None]) != 1:
        wrong = f"expected one of {', '.join(ways)}, got {' and '.join(named) or 'none'}"
        raise document.error(place, f"{place[-1]}: {wrong}")


def _filters(document: Document, place: Place, table: str, where: Mapping[str, object]) -> list[Filter]:
    found = []
    for column, value in where.items():
        values = value if isinstance(value, list) else [value]
        kind = _kind(document, (*place, column), table, column)
        if kind == "date":
            wrong = f"where: expected a column of texts or numbers, got {column!r} (date); the period says the days"
            raise document.error((*place, column), wrong)
        if kind == "text":
            found.append(Filter(column, tuple(str(one) for one in values)))
            continue
        try:
            found.append(Filter(column, tuple(Decimal(str(one)) for one in values)))
        except InvalidOperation:
            raise document.error((*place, column), f"{column}: expected numbers, got {value!r}; correct it") from None
    return found


def _kind(document: Document, place: Place, table: str, column: str) -> Kind:
    known = columns(table)
    if column not in known:
        raise document.error(place, f"{place[-1]}: {column!r} is no column of {table}; {did_you_mean(column, known)}")
    return known[column]


def columns(table: str) -> dict[str, Kind]:
    """The columns that a KPI over a table can name, with what they hold; an account's segment is among them."""
    contract = CONTRACTS["orders" if table == "sales" else table]
    known: dict[str, Kind] = {
        name: one.kind for name, one in contract.items() if name not in _NOT_ASKED and one.kind != "period"
    }
    return known | dict.fromkeys(OF_ACCOUNTS, "text") if "account_id" in known else known


def _usual_unit(table: str, of: Measure, to: Measure | None) -> Unit:
    """Money for what is summed of money, a share for a ratio of like to like."""
    units = [_unit(table, one) for one in (of, to) if one]
    if len(units) == 1:
        return units[0]
    return "share" if units[0] == units[1] else units[0] if units[0] == "money" else "number"


def _unit(table: str, measure: Measure) -> Unit:
    if measure.how in ("count", "distinct"):
        return "count"
    return "money" if columns(table)[measure.column] == "money" else "number"


def measures(own: OwnKpi) -> Iterator[Measure]:
    """The one measure of a KPI, or the two of a ratio."""
    yield own.of
    if own.to:
        yield own.to
