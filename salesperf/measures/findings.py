"""What of a region's period is off its own past beyond chance, and what that is worth (docs/methods.md §4)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from salesperf.inference.discoveries import discoveries
from salesperf.measures.differences import Difference, from_average, ups_and_downs
from salesperf.measures.kpis import Kpi

FEWEST_PERIODS = 3  # with fewer past periods, nothing is said
MOST_FINDINGS = 3
FALSE_FINDINGS = 0.05  # of all that a region's page claims, the share that chance may make
_Worth = Callable[[float, "pd.Series[float]"], float]
# What a region is looked at by, and what a difference of it is worth in money, from the row of the present period. No
# KPI whose periods overlap, as a cohort's do: its past tells less of chance than it seems to.
_LOOKED_AT: Mapping[str, _Worth] = {
    "revenue": lambda difference, row: difference,
    "new_customers": lambda difference, row: (
        difference * row["revenue"] / row["customers"] if row["customers"] else nan
    ),
    "win_rate": lambda difference, row: difference * row["win_rate_n"] * row["average_deal"],
    "average_deal": lambda difference, row: difference * row["average_deal_n"],
    "gross_margin": lambda difference, row: difference * row["revenue"],
    "satisfaction": lambda difference, row: nan,
    "activities": lambda difference, row: nan,
}
MOST_LOOKED_AT = len(_LOOKED_AT)


@dataclass(frozen=True)
class Finding:
    """A KPI of the period that is off its average of the whole periods before by more than chance explains.

    ``now``, ``average``: in the KPI's unit; ``n``: the cases of ``now``, NaN where it is no rate; ``periods``: how many
    the average is of; ``better``: whether the difference is for the better; ``worth``: what it is in money, NaN where
    that cannot be told.
    """

    kpi: Kpi
    now: float
    average: float
    n: float
    periods: int
    better: bool
    worth: float


@dataclass(frozen=True)
class Findings:
    """What was found, the least likely by chance first; ``p_values``: of each KPI that was held against its past."""

    found: tuple[Finding, ...] = ()
    p_values: tuple[float, ...] = ()

    @property
    def looked_at(self) -> int:
        """How many KPIs were held against their past."""
        return len(self.p_values)


def findings(
    history: pd.DataFrame,
    region: str,
    periods: Sequence[str],
    known: Mapping[str, Kpi],
    *,
    beside: ArrayLike = (),
) -> Findings:
    """What moved in a region beyond chance.

    ``history``: the KPI rows of all regions, one per region and period, whose usual ups and downs tell what chance
    does; ``periods``: the labels of the whole periods, in order of time, the present one last; ``known``: KPIs by id;
    ``beside``: the p-values of what else a page could claim. All claims are one family (Benjamini & Hochberg 1995): of
    what is found, chance makes a share of FALSE_FINDINGS at most.
    """
    rows, regions = history.set_index(["region", "period"]), sorted(set(history["region"]))
    now = rows.loc[[(region, periods[-1])]].iloc[0]
    table = rows[list(_LOOKED_AT)].reindex(pd.MultiIndex.from_product([regions, periods]))
    compared: dict[str, tuple[Difference, float, int]] = {}
    for name in _LOOKED_AT:
        values = table[name].to_numpy(np.float64).reshape(len(regions), len(periods))
        own = values[regions.index(region)]
        past = own[:-1][np.isfinite(own[:-1])]
        if len(past) >= FEWEST_PERIODS:
            n = float(now.get(f"{name}_n", nan))
            difference = from_average(known[name], float(own[-1]), past, n, ups_and_downs(values))
            if not isnan(difference.p_value):
                compared[name] = difference, float(past.mean()), len(past)
    p_values = tuple(difference.p_value for difference, _, _ in compared.values())
    told = discoveries(p_values, FALSE_FINDINGS, beside=beside)
    found = [
        (difference.p_value, _finding(known[name], now, difference, average=average, periods=count))
        for (name, (difference, average, count)), is_told in zip(compared.items(), told, strict=True)
        if is_told
    ]
    ordered = sorted(found, key=lambda pair: pair[0])[:MOST_FINDINGS]
    return Findings(tuple(finding for _, finding in ordered), p_values)


def _finding(kpi: Kpi, row: "pd.Series[float]", difference: Difference, *, average: float, periods: int) -> Finding:
    value = float(row[kpi.id])
    return Finding(
        kpi=kpi,
        now=value,
        average=average,
        n=float(row.get(f"{kpi.id}_n", nan)),
        periods=periods,
        better=difference.distance > 0,
        worth=float(_LOOKED_AT[kpi.id](value - average, row)),
    )
