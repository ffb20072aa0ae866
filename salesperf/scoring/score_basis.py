"""What scores are worked out from: KPIs, what counts in place of rates of no or few cases, and who is too new."""

from collections.abc import Collection, Sequence

import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.facts import By
from salesperf.measures.kpis import registry
from salesperf.measures.planning.target_rules import target_rules
from salesperf.measures.table import kpi_table
from salesperf.periods import Period
from salesperf.schemas import SCORE_BASIS
from salesperf.scoring.model import Model, read_model
from salesperf.scoring.priors import neutral_rates, rate_priors

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
    in for it where there are none, NaN elsewhere; by rep also ``<id>_drawn`` for each proportion in the model, with the
    value that counts where there are fewer cases than its ``least_cases``, and too_new (bool): see
    `months_until_judged`.
    """
    rows = kpi_table(export, list(periods), by, only)
    used = model or read_model(export.client, registry(export))
    if used.without_cases == "neutral":
        rows = rows.assign(**_stand_ins(rows, neutral_rates(export, periods, used.kpi_ids)))
    if by == "rep":
        rows = rows.assign(**_drawn(export, rows, periods, used), too_new=_too_new(export, rows, periods))
    return SCORE_BASIS.checked(rows)


def months_until_judged(export: Export) -> int:
    """The number of months in which a rep is too new: those of the targets' ramp, 3 where there is none."""
    return len(target_rules(export.client).ramp) or RAMP


def _stand_ins(rows: pd.DataFrame, neutral: pd.DataFrame) -> dict[str, pd.Series]:
    """Column → the neutral value of a KPI in the rows that have no case of it, NaN in the others."""
    without = {name: rows[name].isna() & (rows[f"{name}_n"] == 0) for name in neutral}
    return {f"{name}_neutral": rows["period"].map(neutral[name]).where(without[name]) for name in neutral}


def _drawn(export: Export, rows: pd.DataFrame, periods: Sequence[Period], model: Model) -> dict[str, pd.Series]:
    """Column → the value of a proportion drawn to its prior, in the rows with few cases of it; NaN in the others.

    That is the mean of the posterior: own cases and those that the prior counts as, together (docs/methods.md §3).
    """
    least = {kpi.kpi: kpi.least_cases for _, kpi in model.kpis() if kpi.least_cases}
    known, drawn = registry(export), dict[str, pd.Series]()
    few = {
        name: rows[f"{name}_n"].between(0, cases, inclusive="neither")
        for name, cases in least.items()
        if known[name].is_proportion
    }
    few = {name: there for name, there in few.items() if there.any()}
    priors = {period.label: rate_priors(export, period, "rep", tuple(few)) for period in periods} if few else {}
    for name, there in few.items():
        strength = rows["period"].map({label: of[name].strength for label, of in priors.items() if name in of})
        mean = rows["period"].map({label: of[name].mean for label, of in priors.items() if name in of})
        n = rows[f"{name}_n"]
        drawn[f"{name}_drawn"] = ((rows[name] * n + mean * strength) / (n + strength)).where(there).astype("float64")
    return drawn


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
