"""What is wrong with an export that its contract lets pass: counted, with examples, never silently repaired."""

from dataclasses import dataclass

from salesperf.data.tables import Tables


@dataclass(frozen=True)
class Finding:
    """One thing found: its name (see ``data_<name>`` in the language files), in how many rows, and some of them."""

    name: str
    count: int
    table: str = ""
    examples: tuple[str, ...] = ()


def findings(tables: Tables) -> list[Finding]:
    """Every finding of the export, company-wide, without the names of people. An empty list is a clean export."""
    checks = _checks(tables)
    if not checks:
        return []
    asked = " UNION ALL ".join(
        f"SELECT {number} AS number, count(*) AS rows, {examples} AS examples FROM {rows}"
        for number, (_, _, rows, examples) in enumerate(checks)
    )
    told = {row["number"]: row for row in tables.ask(asked).to_pylist()}
    return [
        Finding(name, told[number]["rows"], table, tuple(told[number]["examples"] or ()))
        for number, (name, table, *_) in enumerate(checks)
        if told[number]["rows"]
    ]


def _checks(tables: Tables) -> list[tuple[str, str, str, str]]:
    """Each check: its name, the table that it names, the rows that it counts and examples of them, in SQL."""
    none = "NULL"
    checks = [
        (
            "unknown_rep",
            table,
            f"{table} WHERE rep_id NOT IN (SELECT rep_id FROM reps)",
            "list_slice(list_sort(list(DISTINCT rep_id)), 1, 3)",
        )
        for table in ("opportunities", "orders")
        if tables.has(table)
    ]
    if tables.has("opportunities"):
        won = "opportunities WHERE status = 'won' AND"
        checks.append(("won_without_close", "", f"{won} closed IS NULL", none))
        if tables.has("opportunities", "amount") and not tables.has("orders"):
            checks.append(("won_without_amount", "", f"{won} amount IS NULL", none))
            checks.append(("no_account", "", f"{won} account_id IS NULL", none))
        checks.append(("closed_before_created", "", "opportunities WHERE status <> 'open' AND closed < created", none))
    if tables.has("orders"):
        checks.append(("no_account", "", "orders WHERE account_id IS NULL", none))
    if tables.has("targets"):
        checks.append(("zero_targets", "", "targets WHERE target = 0", none))
    return checks


def reps_without_deals(tables: Tables, region: str) -> list[str]:
    """The names of a region's reps who have neither an opportunity nor an order anywhere in the export, sorted."""
    deals = [f"rep_id NOT IN (SELECT rep_id FROM {name})" for name in ("opportunities", "orders") if tables.has(name)]
    idle = tables.ask(f"SELECT region, rep FROM reps WHERE {' AND '.join(deals)}").to_pylist()
    return sorted(one["rep"] for one in idle if one["region"] == region)
