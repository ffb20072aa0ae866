"""The sufficient statistics behind a KPI: what an interval, a shrunk rate or a test of it needs."""

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


def statistics(export: Export, kpi: str, periods: Sequence[Period], by: By) -> pd.DataFrame:
    """The statistics of a KPI for every entity of a grouping and period.

    One row per period and entity, as in the KPI table: period, the keys, then ``cases`` (what it is over), ``total``
    (the sum over the cases; of a proportion its successes; of an estimate none) and ``squares`` (the sum of the squares
    of what is added up; NaN where nothing is). NaN where the export cannot tell the KPI. Raises RequestError for an id
    that is no KPI.
    """
    asked = check_kpi(kpi, registry(export))
    total = None if isinstance(asked.numerator, Statistic) and not asked.numerator.adds else asked.numerator
    parts = {"cases": _cases(asked), "total": total, "squares": squares(asked.numerator)}
    beside = tuple(replace(asked, id=name, numerator=term, denominator=None) for name, term in parts.items() if term)
    values = calculated(export, [replace(asked, beside=beside)], periods, by)
    nothing = np.full(values.there.shape, np.nan)
    columns = {name: (values.term(term) if term else nothing, asked) for name, term in parts.items()}
    return rows_of_table(export, values, blanked(export, periods, columns), periods, by)


def _cases(kpi: Kpi) -> Term | None:
    """What a KPI is over: the cases of a rate, the rows of a sum; a count is of its own cases."""
    if kpi.n:
        return kpi.n
    of_sum = isinstance(kpi.numerator, Measure) and kpi.numerator.how == "sum"
    return counted(kpi.numerator) if of_sum else kpi.numerator
