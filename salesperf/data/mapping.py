"""Which column of an export is which canonical column: the preset, and what the client file overrides."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from salesperf.data.contracts import CONTRACTS
from salesperf.documents import Place, Settings, checked, read_document
from salesperf.errors import DataError, did_you_mean, quoted
from salesperf.params import TABLE_NAMES, Client, preset_names

SYSTEMS = Path(__file__).parent / "presets"  # the CRM systems whose column names are known
_OF_CURRENCIES = re.compile(r"currency|^curr(\b|_)|币种|货币|währung|devise$|moneda|valuta", re.IGNORECASE)
_Values = Mapping[str, Mapping[str, str]]


class _Preset(Settings):
    """The schema of a preset file; ``columns`` and ``values`` as in the client file's ``source``."""

    columns: dict[str, dict[str, str]] = {}
    values: dict[str, dict[str, dict[str, str]]] = {}


@dataclass(frozen=True)
class TableMapping:
    """How the columns and values of one table are named in the export.

    ``columns``: canonical name → name in the export; ``insisted``: the columns that the client file
    itself names, which must be there; ``values``: canonical column → value in the export → canonical value;
    ``date_forms``: canonical column of dates → the strptime forms of its dates.
    """

    columns: Mapping[str, str]
    insisted: frozenset[str]
    values: _Values
    date_forms: Mapping[str, tuple[str, ...]]


def table_mappings(client: Client) -> dict[str, TableMapping]:
    """The mapping of every canonical table, by its name, whether the export has it or not.

    The client file overrides the preset, and the preset the canonical names. Raises RequestError for an unknown preset,
    table or column, and for a canonical value that the column does not allow.
    """
    source = client.settings.source
    preset = _preset(client)
    for place in _named_columns(source.columns, "columns"):
        _check_place(client, place)
    for place in _named_columns(source.values, "values"):
        _check_place(client, place)
        _check_values(client, place)
    for table in source.header_line:
        _check_place(client, ("source", "header_line", table, ""))
    if isinstance(source.date_format, dict):
        by_column = {table: forms if isinstance(forms, dict) else {} for table, forms in source.date_format.items()}
        for place in _named_columns(by_column, "date_format"):
            _check_place(client, place)
            _check_date(client, place)
    return {
        table: TableMapping(
            columns={
                **{name: name for name in CONTRACTS[table]},
                **preset.columns.get(table, {}),
                **source.columns.get(table, {}),
            },
            insisted=frozenset(source.columns.get(table, {})),
            values=_merged(
                _merged(_own_periods(client, table), preset.values.get(table, {})), source.values.get(table, {})
            ),
            date_forms={
                name: source.date_forms(table, name)
                for name, column in CONTRACTS[table].items()
                if column.kind == "date"
            },
        )
        for table in TABLE_NAMES
    }


def names_in(columns: Sequence[str], table: str, mapping: TableMapping, path: Path) -> dict[str, str]:
    """Canonical name → its name in the file, for the columns that the file has; case is ignored.

    Every column of the reps table whose name begins with ``group_`` is taken in, too, under its name in lower case. One
    that is called like a column of currencies is, where the table has money and the client file names no other.

    Raises DataError when a required column, or one that the client file names, is missing.
    """
    in_file = {name.casefold(): name for name in columns}
    expected = dict(mapping.columns)
    if table == "reps":
        expected = {name.casefold(): name for name in columns if name.casefold().startswith("group_")} | expected
    contract = CONTRACTS[table]
    if "currency" in contract and expected["currency"].casefold() not in in_file and "currency" not in mapping.insisted:
        # A column of currencies that nobody has mapped is noticed, as sums over several would be of nothing.
        expected["currency"] = next(filter(_OF_CURRENCIES.search, columns), expected["currency"])
    for name, exported in expected.items():
        needed = name in mapping.insisted or (name in contract and contract[name].required)
        if needed and exported.casefold() not in in_file:
            raise DataError(
                f"{path}: expected a column {exported!r} for {table}.{name}, got {quoted(columns)}; "
                f"name the right one under source.columns.{table} in the client file"
            )
    return {name: in_file[exported.casefold()] for name, exported in expected.items() if exported.casefold() in in_file}


def _own_periods(client: Client, table: str) -> _Values:
    """The client's own names for periods as values of the columns that name periods; empty where it has none."""
    labels = client.calendar.labels
    periods = [name for name, column in CONTRACTS[table].items() if column.kind == "period"]
    return dict.fromkeys(periods, labels) if labels else {}


def _merged(preset: _Values, client: _Values) -> _Values:
    """Both mappings of values as one; where both map the same value, the client file's counts."""
    return {column: {**preset.get(column, {}), **client.get(column, {})} for column in {**preset, **client}}


def _preset(client: Client) -> _Preset:
    name = client.settings.source.preset
    if name is None:
        return _Preset()
    if name not in preset_names(SYSTEMS):
        unknown = f"preset: {name!r} is not a known system; {did_you_mean(name, preset_names(SYSTEMS))}"
        raise client.document.error(("source", "preset"), unknown)
    return checked(read_document(SYSTEMS / f"{name}.yml"), _Preset)


def _named_columns(part: Mapping[str, Mapping[str, object]], key: str) -> Iterator[Place]:
    """The place in the client file of every column named there; for a table without any, one with an empty column."""
    for table, columns in part.items():
        yield from (("source", key, table, column) for column in columns or [""])


def _check_place(client: Client, place: Place) -> None:
    """Raises RequestError when the table or column at the place is not a canonical one."""
    table, column = str(place[2]), str(place[3])
    if table not in CONTRACTS:
        raise client.document.error(place[:3], f"{table!r} is not a table; {did_you_mean(table, CONTRACTS)}")
    known = CONTRACTS[table]
    if column and column not in known and not (table == "reps" and column.startswith("group_")):
        unknown = f"{column!r} is not a column of {table}; {did_you_mean(column, known)}"
        raise client.document.error(place, unknown)


def _check_values(client: Client, place: Place) -> None:
    """Raises RequestError when a value is mapped to one that the column does not allow."""
    table, column = str(place[2]), str(place[3])
    allowed = CONTRACTS[table][column].allowed if column in CONTRACTS[table] else ()
    for exported, canonical in client.settings.source.values[table].get(column, {}).items():
        if allowed and canonical and canonical.lower() not in allowed:
            unknown = f"{canonical!r} is not a {column} of {table}; {did_you_mean(canonical, allowed)}"
            raise client.document.error((*place, exported), unknown)


def _check_date(client: Client, place: Place) -> None:
    """Raises RequestError when the column at the place, if one is named, has no dates."""
    table, column = str(place[2]), str(place[3])
    dates = [name for name, of_contract in CONTRACTS[table].items() if of_contract.kind == "date"]
    if column and column not in dates:
        raise client.document.error(place, f"{table}.{column} has no dates; {did_you_mean(column, dates)}")
