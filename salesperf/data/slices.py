"""A region's slice of the tables: its own people's rows, and what was sold in it by others."""

from collections.abc import Callable, Collection

from salesperf.data.sql import literal

Tables = Collection[str]


def sliced(table: str, region: str, tables: Tables, schema: str = "") -> str:
    """The rows of a table that are in a region's slice, in SQL; ``tables``: those that there are, in a schema.

    A rep belongs to one region, with all that bears the rep's id; a sale also to the region written on it; an account
    wherever it was sold to; a target to its region, its team's and its rep's. What belongs to no region is in no slice.
    """
    return _SLICED.get(table, _of_reps)(table, literal(region), tables, schema)


def _of_reps(table: str, region: str, tables: Tables, schema: str) -> str:
    """Rows that bear a rep's id."""
    return f"SELECT * FROM {schema}{table} WHERE rep_id IN ({_reps_of('rep_id', region, schema)})"


def _reps(table: str, region: str, tables: Tables, schema: str) -> str:
    return f"SELECT * FROM {schema}reps WHERE region = {region}"


def _sales(table: str, region: str, tables: Tables, schema: str) -> str:
    """Sales and deals, at home and where they are made."""
    return f"{_of_reps(table, region, tables, schema)} OR region = {region}"


def _accounts(table: str, region: str, tables: Tables, schema: str) -> str:
    sold = [_ids("account_id", name, region, tables, schema) for name in ("opportunities", "orders") if name in tables]
    return f"SELECT * FROM {schema}accounts WHERE account_id IN ({' UNION '.join(sold)})"


def _stages(table: str, region: str, tables: Tables, schema: str) -> str:
    if "opportunities" not in tables:  # stages of deals that the export does not have
        return f"SELECT * FROM {schema}stage_history WHERE FALSE"
    deals = _ids("opportunity_id", "opportunities", region, tables, schema)
    return f"SELECT * FROM {schema}stage_history WHERE opportunity_id IN ({deals})"


def _splits(table: str, region: str, tables: Tables, schema: str) -> str:
    """The shares of every sale that a rep of the region has a share in."""
    shares = _of_reps(table, region, tables, schema)
    return f"SELECT * FROM {schema}splits WHERE sale_id IN (SELECT sale_id FROM ({shares}))"


def _targets(table: str, region: str, tables: Tables, schema: str) -> str:
    named = " OR ".join(
        f"level = '{level}' AND name IN ({_reps_of(column, region, schema)})"
        for level, column in (("region", "region"), ("team", "team"), ("rep", "rep_id"))
    )
    return f"SELECT * FROM {schema}targets WHERE {named}"


def _reps_of(column: str, region: str, schema: str) -> str:
    return f"SELECT {column} FROM {schema}reps WHERE region = {region}"


def _ids(column: str, table: str, region: str, tables: Tables, schema: str) -> str:
    """The ids in a column of what is sold in a region."""
    return f"SELECT {column} FROM ({_sales(table, region, tables, schema)})"


_SLICED: dict[str, Callable[[str, str, Tables, str], str]] = {
    "reps": _reps,
    "opportunities": _sales,
    "orders": _sales,
    "accounts": _accounts,
    "stage_history": _stages,
    "splits": _splits,
    "targets": _targets,
}
