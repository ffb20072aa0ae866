"""The batch: all reports of a client and period, and those that are asked for."""

from dataclasses import dataclass

from salesperf.data.tables import Tables
from salesperf.reports.keys import Key
from salesperf.reports.publishing.order import Order
from salesperf.reports.report import Report, region_reports, sheets


@dataclass(frozen=True)
class Batch:
    """An order with the tables of the export.

    ``reports``: all reports that the export gives, regions first, then sheets, whatever the order asks for; ``wanted``:
    those of them that it asks for.
    """

    order: Order
    tables: Tables
    reports: tuple[Report, ...]
    wanted: tuple[Report, ...]

    def key(self, report: Report) -> Key:
        """The key of a report, as it is built now."""
        return self.order.shared_key.key(report, self.order.period)


def batch_of(order: Order, tables: Tables) -> Batch:
    """The batch for an order. Raises RequestError for a region that the export does not have."""
    regions = [tables.check_region(region) for region in order.only] or tables.regions()
    known = [*region_reports(tables.regions()), *sheets(tables.staff(), order.client.period)]
    wanted = [report for report in known if report.kind in order.kinds and report.region in regions]
    return Batch(order, tables, tuple(known), tuple(wanted))
