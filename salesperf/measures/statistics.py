"""The sufficient statistics of a KPI, from which an interval, a shrunken rate or a test can be computed."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.calculation import calculated
from salesperf.measures.facts import By
from salesperf.measures.kpi import Kpi, Measure, Statistic, Term, counted, squares
from salesperf.measures.kpis import check_kpi, registry
from salesperf.measures.table import blanked, rows_of_table
from salesperf.periods import Period
from salesperf.schemas import STATISTICS


def statistics(export: Export, kpi: str, periods: Sequence[Period], by: By) -> pd.DataFrame:
    """The sufficient statistics of a KPI in every period, for every entity of a level.

    ``kpi``: the KPI's id. One row per period and entity, sorted as in the KPI table (see `kpi_table`). Columns: period
    and the keys, texts as there; then floats: cases (number of cases of a rate, of rows of a sum; a count itself),
    total (the numerator; of a proportion the successes; NaN for an estimate such as a median) and squares (sum of the
    squares of what a sum adds up; otherwise NaN). All are NaN where the KPI is not available. Raises RequestError for
    an unknown id.
    """
    asked = check_kpi(kpi, registry(export))
    total = None if isinstance(asked.numerator, Statistic) and not asked.numerator.adds else asked.numerator
    parts = {"cases": _cases(asked), "total": total, "squares": squares(asked.numerator)}
    beside = tuple(replace(asked, id=name, numerator=term, denominator=None) for name, term in parts.items() if term)
    values = calculated(export, [replace(asked, beside=beside)], periods, by)
    nothing = np.full(values.there.shape, np.nan)
    columns = {name: (values.term(term) if term else nothing, asked) for name, term in parts.items()}
    return STATISTICS.checked(rows_of_table(export, values, blanked(export, periods, columns), periods, by))


def _cases(kpi: Kpi) -> Term | None:
    """The term for the cases of a KPI: the n of a rate, the rows of a sum, and of a count the count itself."""
    if kpi.n:
        return kpi.n
    of_sum = isinstance(kpi.numerator, Measure) and kpi.numerator.how == "sum"
    return counted(kpi.numerator) if of_sum else kpi.numerator
