"""What is wrong with an export that its contract lets pass: counted, with examples, never silently repaired."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from salesperf.data.company_wide import company_wide
from salesperf.data.tables import Tables


@dataclass(frozen=True)
class Finding:
    """One thing found: its name (see ``data_<name>`` in the language files), in how many rows, and some of them."""

    name: str
    count: int
    table: str = ""
    examples: tuple[str, ...] = ()


@company_wide
def findings(tables: Tables) -> list[Finding]:
    """Every finding of the export, company-wide, without the names of people. An empty list is a clean export."""
    found = [_unknown_reps(tables, table) for table in ("opportunities", "orders") if tables.has(table)]
    if tables.has("opportunities"):
        deals = tables["opportunities"]
        won = deals.filter(deals.status == "won")
        found += [_count("won_without_close", won.filter(won.closed.isnull()))]
        if tables.has("opportunities", "amount") and not tables.has("orders"):
            found += [_count("won_without_amount", won.filter(won.amount.isnull()))]
            found += [_count("no_account", won.filter(won.account_id.isnull()))]
        closed = deals.filter(deals.status != "open")
        found += [_count("closed_before_created", closed.filter(closed.closed < closed.created))]
    if tables.has("orders"):
        found += [_count("no_account", tables["orders"].filter(ibis._.account_id.isnull()))]
    if tables.has("targets"):
        found += [_count("zero_targets", tables["targets"].filter(ibis._.target == 0))]
    return [one for one in found if one.count]


def reps_without_deals(tables: Tables, region: str) -> list[str]:
    """The names of a region's reps who have neither an opportunity nor an order anywhere in the export, sorted."""
    own = tables.slice_of(region)
    reps = own["reps"]
    for table in ("opportunities", "orders"):
        if own.has(table):
            reps = reps.anti_join(own[table], "rep_id")
    return sorted(reps.rep.execute())


def _unknown_reps(tables: Tables, table: str) -> Finding:
    strangers = tables[table].anti_join(tables["reps"], "rep_id")
    names = strangers.select("rep_id").distinct().order_by("rep_id").limit(3).rep_id.execute()
    return Finding("unknown_rep", int(strangers.count().execute()), table, tuple(names))


def _count(name: str, rows: ir.Table) -> Finding:
    return Finding(name, int(rows.count().execute()))
