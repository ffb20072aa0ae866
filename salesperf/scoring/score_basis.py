"""What scores are worked out from: KPIs, what stands in for a rate without cases, and who is too new to be judged."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.coverage import is_whole
from salesperf.measures.facts import By
from salesperf.measures.kpis import registry
from salesperf.measures.planning.target_rules import target_rules
from salesperf.measures.sales import column_behind
from salesperf.measures.table import kpi_table
from salesperf.periods import Period
from salesperf.schemas import SCORE_BASIS
from salesperf.scoring.model import Model, read_model

RAMP = 3  # months in which a rep is new where the targets have no ramp [B]


def score_basis(
    export: Export,
    periods: Sequence[Period],
    by: By,
    only: Collection[str] | None = None,
    model: Model | None = None,
) -> pd.DataFrame:
    """The rows of `kpi_table` with what scores need beside the KPIs (docs/methods.md §3).

    ``only``: ids of KPIs to which it is limited, those of the model among them; ``model``: by default the client's.
    Further columns: ``<id>_neutral`` for each KPI of the model that has a number of cases, with the value that stands
    in for it where there are none, NaN elsewhere; by rep also too_new (bool): see `months_until_judged`.
    """
    rows = kpi_table(export, list(periods), by, only)
    used = model or read_model(export.client, registry(export))
    if used.without_cases == "neutral":
        rows = rows.assign(**_stand_ins(rows, neutral_rates(export, periods, used.kpi_ids)))
    if by == "rep":
        rows = rows.assign(too_new=_too_new(export, rows, periods))
    return SCORE_BASIS.checked(rows)


def neutral_rates(export: Export, periods: Sequence[Period], kpis: Sequence[str]) -> pd.DataFrame:
    """The neutral value of KPIs in some periods: the company's rate over all whole periods before, of the same length.

    That is the mean of its values, each weighted by its cases. One row per period, by label; a column for each of the
    KPIs that has a number of cases and can have a neutral value (see `Kpi.has_neutral`); NaN without such periods.
    """
    known = registry(export)
    rates = [name for name in kpis if known[name].n and known[name].has_neutral]
    earlier = {period.label: _whole_before(export, period) if rates else [] for period in periods}
    asked = sorted({before for of_period in earlier.values() for before in of_period})
    neutral = pd.DataFrame(np.nan, index=list(earlier), columns=rates)
    if asked:
        company = kpi_table(export, asked, "company", rates).set_index("period")
        for label, of_period in earlier.items():
            values = company.loc[[before.label for before in of_period]]
            for name in rates:
                cases = values[f"{name}_n"].where(values[name].notna())
                if cases.sum() > 0:
                    neutral.loc[label, name] = (values[name] * cases).sum() / cases.sum()
    return neutral


def months_until_judged(export: Export) -> int:
    """The number of months in which a rep is too new: those of the targets' ramp, 3 where there is none."""
    return len(target_rules(export.client).ramp) or RAMP


def _whole_before(export: Export, period: Period) -> list[Period]:
    """The periods before this one, and of its length, that the export covers whole, oldest first."""
    span = export.tables.spans.get(column_behind("sales.date", export.tables))
    if span is None:
        return []
    months = period.first - export.client.calendar.month_of(span[0])
    return [before for before in period.trailing(max(months // period.length, 0) + 1)[:-1] if is_whole(export, before)]


def _stand_ins(rows: pd.DataFrame, neutral: pd.DataFrame) -> dict[str, pd.Series]:
    """Column → the neutral value of a KPI in the rows that have no case of it, NaN in the others."""
    without = {name: rows[name].isna() & (rows[f"{name}_n"] == 0) for name in neutral}
    return {f"{name}_neutral": rows["period"].map(neutral[name]).where(without[name]) for name in neutral}


def _too_new(export: Export, rows: pd.DataFrame, periods: Sequence[Period]) -> list[bool]:
    """For each row of reps, whether at the period's end fewer months are begun than `months_until_judged` and one."""
    months, month_of = months_until_judged(export), export.client.calendar.month_of
    started = {
        person["rep_id"]: month_of(person["start_date"]) for person in export.tables.staff() if person["start_date"]
    }
    ends = {period.label: period.first + period.length - 1 for period in periods}
    return [
        ends[label] - started.get(rep, -months) < months
        for rep, label in zip(rows["rep_id"], rows["period"], strict=True)
    ]
