"""SQL for a region's slice of the tables: the rows of its reps, and what others sold in it."""

from collections.abc import Callable, Collection

from salesperf.data.sql import literal

Tables = Collection[str]


def sliced(table: str, region: str, tables: Tables, schema: str = "") -> str:
    """SQL for the rows of a table that are in a region's slice.

    ``tables``: the names of all tables of the export; ``schema``: what stands in front of a table's name in SQL.
    A rep belongs to one region, with all rows that have the rep's id; a sale also to the region written on it; an
    account to every region in which it was sold to; a split to those of all reps who share the sale; a target to its
    region, its team's or its rep's. What belongs to no region, such as a company's target, is in no slice.
    """
    return _SLICED.get(table, _of_reps)(table, literal(region), tables, schema)


def _of_reps(table: str, region: str, tables: Tables, schema: str) -> str:
    """The rows with the id of a rep of the region."""
    return f"SELECT * FROM {schema}{table} WHERE rep_id IN ({_reps_of('rep_id', region, schema)})"


def _reps(table: str, region: str, tables: Tables, schema: str) -> str:
    return f"SELECT * FROM {schema}reps WHERE region = {region}"


def _sales(table: str, region: str, tables: Tables, schema: str) -> str:
    """Deals or orders of the region's reps, and those with the region written on them."""
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
    """The values in a column of the sales in a region's slice."""
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
