"""Priors of KPIs: what is expected of a person before the period's own results, from the periods before it.

They are of the company's whole periods before, so that nobody's points depend on who else is there. The method stands
in docs/methods.md §4.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export
from salesperf.inference.priors import BetaPrior, beta_prior
from salesperf.measures.coverage import is_whole
from salesperf.measures.facts import By
from salesperf.measures.kpis import registry
from salesperf.measures.sales import column_behind
from salesperf.measures.statistics import statistics
from salesperf.measures.table import kpi_table
from salesperf.periods import Period

_INSIDE = 1e-6  # how far a prior's mean stays from 0 and 1, where every draw would be the same


def periods_before(export: Export, period: Period) -> list[Period]:
    """The periods that priors are from: those before this one, of its length and covered whole, oldest first.

    Empty where there are none.
    """
    span = export.tables.spans.get(column_behind("sales.date", export.tables))
    if span is None:
        return []
    months = period.first - export.client.calendar.month_of(span[0])
    before = period.trailing(max(months // period.length, 0) + 1)[:-1]
    return [earlier for earlier in before if is_whole(export, earlier)]


def neutral_rates(export: Export, periods: Sequence[Period], kpis: Sequence[str]) -> pd.DataFrame:
    """The neutral value of KPIs in some periods: the company's rate over the `periods_before`.

    That is the mean of its values, each weighted by its cases; where these have no case, the rate of the period itself.
    One row per period, by label; a column for each of the KPIs that has a number of cases and can have a neutral value
    (see `Kpi.has_neutral`); NaN without a case.
    """
    known = registry(export)
    rates = [name for name in kpis if known[name].n and known[name].has_neutral]
    earlier = {period.label: periods_before(export, period) if rates else [] for period in periods}
    neutral = pd.DataFrame(np.nan, index=list(earlier), columns=rates)
    if rates:
        asked = {*periods, *(before for of_period in earlier.values() for before in of_period)}
        company = kpi_table(export, sorted(asked), "company", rates).set_index("period")
        for label, of_period in earlier.items():
            before, now = company.loc[[before.label for before in of_period]], company.loc[[label]]
            for name in rates:
                rate = _rate(before, name)
                neutral.loc[label, name] = _rate(now, name) if np.isnan(rate) else rate
    return neutral


def _rate(rows: pd.DataFrame, kpi: str) -> float:
    """The mean of a KPI's values, each weighted by its cases; NaN without a case."""
    cases = rows[f"{kpi}_n"].where(rows[kpi].notna())
    return float((rows[kpi] * cases).sum() / cases.sum()) if cases.sum() > 0 else float("nan")


@company_wide
def rate_priors(export: Export, period: Period, by: By, kpis: tuple[str, ...]) -> dict[str, BetaPrior]:
    """The prior of each proportion among the KPIs in a period, by id: how true rates differ between entities.

    Its mean is the neutral value (see `neutral_rates`); its strength is estimated from the rate of every entity of the
    level in each of the `periods_before`, or in the period itself where these have no case. A KPI without a neutral
    value has none.
    """
    known = registry(export)
    means = neutral_rates(export, [period], kpis).loc[period.label].dropna()
    priors = {}
    for name, mean in means.items():
        if known[str(name)].is_proportion:
            cells = statistics(export, str(name), [*periods_before(export, period), period], by)
            before = cells[cells["period"] != period.label]
            told = before if before["cases"].sum() > 0 else cells
            strength = beta_prior(told["total"].to_numpy(), told["cases"].to_numpy()).strength
            if not np.isnan(strength):
                priors[str(name)] = BetaPrior(float(np.clip(mean, _INSIDE, 1 - _INSIDE)), strength)
    return priors
