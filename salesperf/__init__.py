"""Sales-performance management with reproducible reports: count, score, find potential, publish."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from salesperf.company import Company

__all__ = ["open_company"]


def open_company(client_file: "str | Path", period: str | None = None) -> "Company":
    """Opens the company of a client file, in the file's own period or another one.

    The client file is looked up in the working folder and those above it. The libraries are imported only by this call.
    Raises RequestError for the client file or period, DataError for the export.

    >>> company = open_company("params/demo.yml", period="2025Q4")  # doctest: +SKIP
    >>> company.kpis(by="rep")  # doctest: +SKIP
    """
    from salesperf.company import opened

    return opened(client_file, period)
