"""Whether the splits of an export fit its sales and reps."""

from salesperf.data.tables import Tables
from salesperf.errors import DataError, counted, quoted


def check_splits(tables: Tables) -> None:
    """Raises DataError for splits among unknown reps, and where the shares of a sale do not sum to 100 %.

    Splits of sales that are not in the export credit nobody, and are a finding (see `salesperf.data.quality`).
    """
    if not tables.has("splits"):
        return
    kind, key = ("orders", "order_id") if tables.has("orders") else ("opportunities", "opportunity_id")
    odd = tables.ask(
        "SELECT sale_id, rep_id, total, rows, rep_id IN (SELECT rep_id FROM reps) AS rep_known FROM splits JOIN"
        " (SELECT sale_id, sum(share) AS total, count(*) AS rows FROM splits GROUP BY sale_id) AS sums USING (sale_id)"
        f" WHERE sale_id IN (SELECT {key} FROM {kind}) AND (NOT rep_known OR total <> 100) ORDER BY sale_id"
    ).to_pylist()
    if unknown := {row["rep_id"] for row in odd if not row["rep_known"]}:
        got = f"{counted(len(unknown), 'other')}: {quoted(sorted(unknown)[:3])}"
        raise DataError(f"splits: column 'rep_id': expected ids of the list of reps, got {got}; correct them")
    if unequal := {row["sale_id"]: row for row in odd if row["total"] != 100}:
        first = next(iter(unequal.values()))
        more = f" (and {counted(len(unequal) - 1, 'more sale')})" if len(unequal) > 1 else ""
        raise DataError(
            f"splits: sale {first['sale_id']!r}: expected shares that sum to 100, got {first['total'].normalize():f} "
            f"over {counted(first['rows'], 'row')}; correct them{more}"
        )
