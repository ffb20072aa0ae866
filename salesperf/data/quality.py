"""Faults of an export that its contract lets pass: counted, with examples, and never repaired."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from salesperf.data.tables import Tables


@dataclass(frozen=True)
class Finding:
    """A fault that at least one row has.

    ``name``: ``data_<name>`` in the language files is its text; ``count``: the rows that have it; ``table``: where the
    text names one; ``examples``: up to three values, such as ids of unknown reps; ``amount``: the money of the rows
    where the text tells it, else None.
    """

    name: str
    count: int
    table: str = ""
    examples: tuple[str, ...] = ()
    amount: Decimal | None = None


def findings(tables: Tables) -> list[Finding]:
    """All findings of the export, company-wide, without names of people; empty where there are none."""
    return [
        Finding(check.name, row["rows"], check.table, tuple(row["examples"] or ()), row["amount"])
        for check, row in zip(_checks(tables), _answers(tables)[:-1], strict=True)
        if row["rows"]
    ]


def reps_without_deals(tables: Tables, region: str) -> list[str]:
    """The names of a region's reps who have neither an opportunity nor an order anywhere in the export, sorted."""
    idle = _answers(tables)[-1]
    names = zip(idle["regions"] or (), idle["examples"] or (), strict=True)
    return sorted(name for rep_region, name in names if rep_region == region)


class _Check(NamedTuple):
    """A fault to look for: its name, the table that its text names, and in SQL the rows to count (what stands behind
    FROM), an aggregate of examples, one of the regions of these, and one of the money of the rows.
    """

    name: str
    table: str
    rows: str
    examples: str = "NULL"
    regions: str = "NULL"
    amount: str = "NULL"


def _answers(tables: Tables) -> list[dict[str, Any]]:
    """A row for each check, in one query: number, rows, examples, regions, amount; last that of reps without deals."""
    idle = [f"rep_id NOT IN (SELECT rep_id FROM {name})" for name in ("opportunities", "orders") if tables.has(name)]
    rows = f"reps WHERE {' AND '.join(idle)}"
    checks = [*_checks(tables), _Check("", "", rows, "list(rep ORDER BY rep_id)", "list(region ORDER BY rep_id)")]
    question = " UNION ALL ".join(
        f"SELECT {number} AS number, count(*) AS rows, {check.examples} AS examples, {check.regions} AS regions,"
        f" CAST({check.amount} AS DECIMAL(38, 4)) AS amount"
        f" FROM {check.rows}"
        for number, check in enumerate(checks)
    )
    answers: list[dict[str, Any]] = tables.ask(f"{question} ORDER BY number").to_pylist()
    return answers


def _checks(tables: Tables) -> list[_Check]:
    """The checks for which the export has the tables and columns."""
    three = "list_slice(list_sort(list(DISTINCT rep_id)), 1, 3)"
    checks = []
    for name in ("opportunities", "orders"):
        if tables.has(name):
            rows = f"{name} WHERE rep_id NOT IN (SELECT rep_id FROM reps)"
            sells = name == "orders" or not tables.has("orders")
            won = " FILTER (WHERE status = 'won')" if name == "opportunities" else ""
            amount = {"amount": f"coalesce(sum(amount){won}, 0)"} if sells else {}
            checks.append(_Check("unknown_seller" if sells else "unknown_rep", name, rows, three, **amount))
    if tables.has("opportunities"):
        won = "opportunities WHERE status = 'won' AND"
        checks.append(_Check("won_without_close", "", f"{won} closed IS NULL"))
        checks.append(_Check("lost_without_close", "", "opportunities WHERE status = 'lost' AND closed IS NULL"))
        if tables.has("opportunities", "amount") and not tables.has("orders"):
            checks.append(_Check("won_without_amount", "", f"{won} amount IS NULL"))
            checks.append(_Check("no_account", "", f"{won} account_id IS NULL"))
        closed_early = "opportunities WHERE status <> 'open' AND closed < created"
        checks.append(_Check("closed_before_created", "", closed_early))
    if tables.has("orders"):
        checks.append(_Check("no_account", "", "orders WHERE account_id IS NULL"))
    if tables.list_day:
        gaps = (
            "(SELECT rep_id, end_date, lead(start_date) OVER (PARTITION BY rep_id ORDER BY stint) AS next FROM homes)"
        )
        checks.append(_Check("away", "", f"{gaps} WHERE next > end_date + 1", three))
    if tables.has("splits"):
        kind, key = ("orders", "order_id") if tables.has("orders") else ("opportunities", "opportunity_id")
        unknown, ids = f"splits WHERE sale_id NOT IN (SELECT {key} FROM {kind})", three.replace("rep_id", "sale_id")
        checks.append(_Check("unknown_sale", "", unknown, ids))
    if tables.has("targets"):
        checks.append(_Check("zero_targets", "", "targets WHERE target = 0"))
    return checks
