"""KPI tables of clients whose tables are written in the test."""

from collections.abc import Callable

import pandas as pd
import pytest

from salesperf.data.loading import load_tables
from salesperf.measures.table import kpi_table
from salesperf.periods import parse_period

KpisOf = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def kpis_of(client_of) -> KpisOf:
    """The KPI table of tables given as rows, for one or several periods (as text)."""

    def kpis(tables, by="company", periods="2025Q4", **client) -> pd.DataFrame:
        asked = [periods] if isinstance(periods, str) else periods
        start = client.get("fiscal_year_start", 1)
        opened = client_of(tables, period=asked[-1], **client)
        return kpi_table(load_tables(opened), opened, [parse_period(one, start) for one in asked], by)

    return kpis
