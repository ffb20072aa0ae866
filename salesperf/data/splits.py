"""Whether the splits of an export fit its sales and reps."""

from salesperf.data.tables import Tables
from salesperf.errors import DataError, quoted


def check_splits(tables: Tables) -> None:
    """Raises DataError for splits of unknown sales or reps, and where the shares of a sale do not sum to 100 %."""
    if not tables.has("splits"):
        return
    kind, key = ("orders", "order_id") if tables.has("orders") else ("opportunities", "opportunity_id")
    odd = tables.ask(
        f"SELECT sale_id, rep_id, total, rows, sale_id IN (SELECT {key} FROM {kind}) AS sale_known,"
        " rep_id IN (SELECT rep_id FROM reps) AS rep_known FROM splits JOIN"
        " (SELECT sale_id, sum(share) AS total, count(*) AS rows FROM splits GROUP BY sale_id) AS sums USING (sale_id)"
        " WHERE NOT sale_known OR NOT rep_known OR total <> 100 ORDER BY sale_id"
    ).to_pylist()
    _check_known({row["sale_id"] for row in odd if not row["sale_known"]}, "sale_id", f"ids of {kind}")
    _check_known({row["rep_id"] for row in odd if not row["rep_known"]}, "rep_id", "ids of the list of reps")
    if unequal := {row["sale_id"]: row for row in odd if row["total"] != 100}:
        first = next(iter(unequal.values()))
        rows = f"{first['rows']} row{'s' if first['rows'] > 1 else ''}"
        more = f" (and {len(unequal) - 1} more sales)" if len(unequal) > 1 else ""
        raise DataError(
            f"splits: sale {first['sale_id']!r}: expected shares that sum to 100, got {first['total'].normalize():f} "
            f"over {rows}; correct them{more}"
        )


def _check_known(odd: set[str], column: str, expected: str) -> None:
    if odd:
        others = f"{len(odd)} other{'s' if len(odd) > 1 else ''}: {quoted(sorted(odd)[:3])}"
        raise DataError(f"splits: column {column!r}: expected {expected}, got {others}; correct them")
