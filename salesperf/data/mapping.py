"""Which column of an export is which canonical column: the preset, and what the client file overrides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from salesperf.data.contracts import CONTRACTS
from salesperf.documents import Place, Settings, checked, read_document
from salesperf.errors import DataError, did_you_mean, quoted
from salesperf.params import TABLE_NAMES, Client, preset_names

SYSTEMS = Path(__file__).parent / "presets"  # the CRM systems whose column names are known
_Values = Mapping[str, Mapping[str, str]]


class _Preset(Settings):
    columns: dict[str, dict[str, str]] = {}
    values: dict[str, dict[str, dict[str, str]]] = {}


@dataclass(frozen=True)
class TableMapping:
    """How one table of the export is called.

    ``columns``: canonical name → name in the export; ``insisted``: those that the client file itself names,
    which must be there; ``values``: canonical column → value in the export → canonical value.
    """

    columns: Mapping[str, str]
    insisted: frozenset[str]
    values: _Values


def table_mappings(client: Client) -> dict[str, TableMapping]:
    """The mapping of every table. Raises RequestError for a preset, table or column that there is not."""
    source = client.settings.source
    preset = _preset(client)
    for place in _named_columns(source.columns, "columns"):
        _check_place(client, place)
    for place in _named_columns(source.values, "values"):
        _check_place(client, place)
        _check_values(client, place)
    return {
        table: TableMapping(
            columns={
                **{name: name for name in CONTRACTS[table]},
                **preset.columns.get(table, {}),
                **source.columns.get(table, {}),
            },
            insisted=frozenset(source.columns.get(table, {})),
            values=_merged(preset.values.get(table, {}), source.values.get(table, {})),
        )
        for table in TABLE_NAMES
    }


def names_in(columns: Sequence[str], table: str, mapping: TableMapping, path: Path) -> dict[str, str]:
    """Canonical name → a file's own name, for the columns that the file has; upper and lower case are one.

    Raises DataError when a required column, or one that the client file names, is not there.
    """
    own = {name.casefold(): name for name in columns}
    wanted = dict(mapping.columns)
    if table == "reps":
        wanted = {name.casefold(): name for name in columns if name.casefold().startswith("group_")} | wanted
    contract = CONTRACTS[table]
    for name, theirs in wanted.items():
        needed = name in mapping.insisted or (name in contract and contract[name].required)
        if needed and theirs.casefold() not in own:
            raise DataError(
                f"{path}: expected a column {theirs!r} for {table}.{name}, got {quoted(columns)}; "
                f"name the right one under source.columns.{table} in the client file"
            )
    return {name: own[theirs.casefold()] for name, theirs in wanted.items() if theirs.casefold() in own}


def _merged(preset: _Values, own: _Values) -> _Values:
    """The client file's values before the preset's, value by value."""
    return {column: {**preset.get(column, {}), **own.get(column, {})} for column in {**preset, **own}}


def _preset(client: Client) -> _Preset:
    name = client.settings.source.preset
    if name is None:
        return _Preset()
    if name not in preset_names(SYSTEMS):
        unknown = f"preset: {name!r} is not a known system; {did_you_mean(name, preset_names(SYSTEMS))}"
        raise client.document.error(("source", "preset"), unknown)
    return checked(read_document(SYSTEMS / f"{name}.yml"), _Preset)


def _named_columns(part: Mapping[str, Mapping[str, object]], key: str) -> Iterator[Place]:
    for table, columns in part.items():
        yield from (("source", key, table, column) for column in columns or [""])


def _check_place(client: Client, place: Place) -> None:
    table, column = str(place[2]), str(place[3])
    if table not in CONTRACTS:
        raise client.document.error(place[:3], f"{table!r} is not a table; {did_you_mean(table, CONTRACTS)}")
    known = CONTRACTS[table]
    if column and column not in known and not (table == "reps" and column.startswith("group_")):
        unknown = f"{column!r} is not a column of {table}; {did_you_mean(column, known)}"
        raise client.document.error(place, unknown)


def _check_values(client: Client, place: Place) -> None:
    table, column = str(place[2]), str(place[3])
    allowed = CONTRACTS[table][column].allowed if column in CONTRACTS[table] else ()
    for theirs, ours in client.settings.source.values[table].get(column, {}).items():
        if allowed and ours and ours.lower() not in allowed:
            unknown = f"{ours!r} is not a {column} of {table}; {did_you_mean(ours, allowed)}"
            raise client.document.error((*place, theirs), unknown)
