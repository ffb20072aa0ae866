"""KPI tables of companies whose tables are written in the test."""

from collections.abc import Callable

import pandas as pd
import pytest

KpisOf = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def kpis_of(company_of) -> KpisOf:
    """The KPI table of tables given as rows, for one or several periods (as text)."""

    def kpis(tables, by="company", periods="2025Q4", **settings) -> pd.DataFrame:
        asked = [periods] if isinstance(periods, str) else periods
        return company_of(tables, period=asked[-1], **settings).kpis(by, asked)

    return kpis
