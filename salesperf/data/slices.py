"""A region's slice of the tables: its own people's rows, and what was sold in it by others."""

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

SLICE = "slice"  # the column that says whose row it is

Tables = Mapping[str, ir.Table]


def sliced(tables: Tables, table: str) -> ir.Table:
    """The rows of a table with the region whose slice they are in, a row for each region that it belongs to.

    A rep belongs to one region, with all that bears the rep's id; a sale also to the region written on it; an account
    wherever it was sold to; a target to its region, its team's and its rep's. What belongs to no region is in no slice.
    """
    rows = _SLICED.get(table, _of_rep)(tables, table)
    return rows.filter(rows[SLICE].notnull())


def _reps(tables: Tables, table: str) -> ir.Table:
    return tables[table].mutate(**{SLICE: tables[table].region})


def _of_rep(tables: Tables, table: str) -> ir.Table:
    """Rows that bear a rep's id."""
    return tables[table].inner_join(_homes(tables), "rep_id")


def _sales(tables: Tables, table: str) -> ir.Table:
    """Sales and deals, at home and where they are made."""
    rows = tables[table]
    at_home = rows.left_join(_homes(tables), "rep_id").drop("rep_id_right")
    elsewhere = at_home.filter(at_home.region.notnull(), ~(at_home.region == at_home[SLICE]).fill_null(False))
    return at_home.union(elsewhere.mutate(**{SLICE: elsewhere.region}))


def _accounts(tables: Tables, table: str) -> ir.Table:
    sold = [_sales(tables, name).select("account_id", SLICE) for name in ("opportunities", "orders") if name in tables]
    pairs = ibis.union(*sold) if len(sold) > 1 else sold[0]
    return tables[table].inner_join(pairs.distinct(), "account_id")


def _stages(tables: Tables, table: str) -> ir.Table:
    if "opportunities" not in tables:  # stages of deals that the export does not have
        return tables[table].mutate(**{SLICE: ibis.null("string")})
    deals = _sales(tables, "opportunities").select("opportunity_id", SLICE)
    return tables[table].inner_join(deals, "opportunity_id")


def _splits(tables: Tables, table: str) -> ir.Table:
    """The shares of every sale that a rep of the region has a share in."""
    owners = _of_rep(tables, table).select("sale_id", SLICE).distinct()
    return tables[table].inner_join(owners, "sale_id")


def _targets(tables: Tables, table: str) -> ir.Table:
    reps = tables["reps"]
    named = [
        reps.select(level=ibis.literal(level), name=reps[column], **{SLICE: reps.region})
        for level, column in (("region", "region"), ("team", "team"), ("rep", "rep_id"))
    ]
    return tables[table].inner_join(ibis.union(*named, distinct=True), ["level", "name"])


def _homes(tables: Tables) -> ir.Table:
    return tables["reps"].select("rep_id", **{SLICE: tables["reps"].region})


_SLICED: Mapping[str, Callable[[Tables, str], ir.Table]] = {
    "reps": _reps,
    "opportunities": _sales,
    "orders": _sales,
    "accounts": _accounts,
    "stage_history": _stages,
    "splits": _splits,
    "targets": _targets,
}
