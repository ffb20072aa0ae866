"""Hit rates: the share of reps who reach their targets, or would have on past results (docs/methods.md §1)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.planning.pacing import results_by_month
from salesperf.measures.planning.targets import Plan

# Mark → attainment from which on it is reached; mark → range of the share of reps who reach it in a healthy plan [B].
MARKS = {"threshold": 0.6, "target": 1.0, "excellent": 1.2}
HEALTHY = {"threshold": (0.9, 1.0), "target": (0.6, 0.7), "excellent": (0.1, 0.2)}


@dataclass(frozen=True)
class HitRates:
    """How many reps reach each mark.

    ``n``: reps with a target and a result; ``shares``: mark → the share of them at or above it, 0 to 1, NaN where n is
    0; ``left_out``: reps with a target who are not in ``n``, as they have no comparable result.
    """

    n: int
    shares: dict[str, float]
    left_out: int


def hit_rates(attainment: pd.Series, left_out: int = 0) -> HitRates:
    """The shares of reps at or above each mark. ``attainment``: a value per rep, NaN where there is none.

    >>> hit_rates(pd.Series([0.5, 0.8, 1.0, 1.3])).shares
    {'threshold': 0.75, 'target': 0.5, 'excellent': 0.25}
    """
    known = attainment.dropna().to_numpy(dtype=np.float64)
    # Rounded, so that binary rounding does not put a target that was just reached below the mark.
    shares = {name: float((known.round(9) >= mark).mean()) if len(known) else np.nan for name, mark in MARKS.items()}
    return HitRates(len(known), shares, left_out)


def past_attainment(export: Export, plan: Plan, kpi: str = "revenue") -> pd.Series:
    """Each rep's result of a year before ÷ the target of the client's period; index: rep_id.

    Has every rep with a target who is employed in the period. NaN for those who were not employed in all of the same
    months a year before, or whose results of these months are not available.
    """
    period, months = export.period, export.period.months()
    past = results_by_month(export, plan, by="rep", kpi=kpi, months=[month.year_before for month in months])
    employed = plan.company.present(period.first, period.length)
    employed_before = plan.company.present(period.first - 12, period.length)
    targets = plan.targets(kpi, period)
    ratios = {}
    for row in plan.company.employed:
        if targets[row] > 0 and employed[row].any():
            same = not (employed[row] & ~employed_before[row]).any()
            result = past[row][employed[row]].sum() if same else np.nan
            ratios[plan.company.entities[row][-1]] = result / targets[row]
    return pd.Series(ratios, dtype="float64")


def past_hit_rates(export: Export, plan: Plan, kpi: str = "revenue") -> HitRates:
    """The hit rates of the client's period if every rep had the result of a year before."""
    ratios = past_attainment(export, plan, kpi)
    return hit_rates(ratios, left_out=int(ratios.isna().sum()))
