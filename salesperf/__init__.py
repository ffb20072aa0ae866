"""Sales-performance management with reproducible reports: count, score, find potential, publish."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from salesperf.company import Company

__all__ = ["open_company"]


def open_company(client_file: "str | Path", period: str | None = None, as_of: str | None = None) -> "Company":
    """Opens the company of a client file, in the file's own period or another one.

    The client file is looked up in the working folder and those above it. The libraries are imported only by this call.
    ``as_of``: the day up to which the export tells, such as 2025-12-31, in place of the file's own. Raises RequestError
    for the client file, period or day, DataError for the export.

    >>> company = open_company("params/demo.yml", period="2025Q4")  # doctest: +SKIP
    >>> company.kpis(by="rep")  # doctest: +SKIP
    """
    from salesperf.company import opened

    return opened(client_file, period, as_of)
