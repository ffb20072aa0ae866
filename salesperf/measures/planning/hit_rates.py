"""How many people reach their targets, and how many would have on past results (docs/methods.md §1)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.planning.pacing import results_by_month
from salesperf.measures.planning.targets import Plan

# Attainment at threshold, target and excellence, and the shares of people there in a healthy plan [B].
MARKS = {"threshold": 0.6, "target": 1.0, "excellent": 1.2}
HEALTHY = {"threshold": (0.9, 1.0), "target": (0.6, 0.7), "excellent": (0.1, 0.2)}


@dataclass(frozen=True)
class HitRates:
    """``n``: people with a target and a result; ``shares``: mark → the share of them at or above it, NaN where n is 0.

    ``left_out``: people with a target whose result is not known, or not for as many months.
    """

    n: int
    shares: dict[str, float]
    left_out: int = 0


def hit_rates(attainment: pd.Series, left_out: int = 0) -> HitRates:
    """The shares of people at or above each mark. ``attainment``: one value a person, NaN where there is none.

    >>> hit_rates(pd.Series([0.5, 0.8, 1.0, 1.3])).shares
    {'threshold': 0.75, 'target': 0.5, 'excellent': 0.25}
    """
    reached = attainment.dropna().to_numpy(dtype=np.float64)
    # A target reached is reached, whatever the error of binary numbers.
    shares = {
        name: float((reached.round(9) >= mark).mean()) if len(reached) else np.nan for name, mark in MARKS.items()
    }
    return HitRates(len(reached), shares, left_out)


def past_attainment(export: Export, plan: Plan, kpi: str = "revenue") -> pd.Series:
    """What each rep's result a year before would have been of the target of the client's period, by rep_id.

    Everyone with a target is there; NaN for those who were not employed in all the same months a year before, or whose
    results are not known.
    """
    period, months = export.period, export.period.months()
    past = results_by_month(export, plan, by="rep", kpi=kpi, months=[month.year_before for month in months])
    there = plan.company.present(period.first, period.length)
    then = plan.company.present(period.first - 12, period.length)
    targets = plan.targets(kpi, period)
    ratios = {}
    for row in plan.company.employed:
        if targets[row] > 0 and there[row].any():
            same = not (there[row] & ~then[row]).any()
            result = past[row][there[row]].sum() if same else np.nan
            ratios[plan.company.entities[row][-1]] = result / targets[row]
    return pd.Series(ratios, dtype="float64")


def past_hit_rates(export: Export, plan: Plan, kpi: str = "revenue") -> HitRates:
    """How many would have reached their target of the period on their own results of a year before."""
    ratios = past_attainment(export, plan, kpi)
    return hit_rates(ratios, left_out=int(ratios.isna().sum()))
