"""How far a result of a person or region is from what is usual, in standard errors, and how often chance goes as far.

The errors stand in docs/methods.md §4, *A rep's sheet*.
"""

from dataclasses import dataclass
from math import isnan, nan, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc, ndtr, stdtr

from salesperf.inference.intervals import rate_error
from salesperf.measures.kpis import Kpi

Array = NDArray[np.float64]
_FEWEST_UPS_AND_DOWNS = 3  # degrees of freedom that `ups_and_downs` needs
_COUNT_SHIFT = 3 / 8  # under which the square root of a Poisson count has one variance (Anscombe 1948)


@dataclass(frozen=True)
class UpsAndDowns:
    """The usual ups and downs of a KPI within a person or region, as a share of its mean (u in docs/methods.md §4).

    ``share`` is NaN where fewer than three degrees of ``freedom`` tell it.
    """

    share: float
    freedom: float


@dataclass(frozen=True)
class Difference:
    """How much better a value is than a reference: in the KPI's unit ÷ ``error``; all NaN where it is not told.

    ``distance``: in standard errors, above 0 where the value is the better one; ``error``: one of them, in the KPI's
    unit; ``p_value``: the probability that chance alone takes a value as far, in either direction.
    """

    distance: float
    error: float
    p_value: float


UNTOLD = Difference(nan, nan, nan)


def ups_and_downs(values: Array) -> UpsAndDowns:
    """The ups and downs of a KPI. ``values``: people (or regions) × periods, NaN where there is none.

    All count together, as the few periods of one would give mostly noise.
    """
    periods = np.isfinite(values).sum(axis=1)
    mean = np.nansum(values, axis=1) / np.maximum(periods, 1)
    told = (periods > 1) & (mean > 0)
    freedom = float((periods[told] - 1).sum())
    if freedom < _FEWEST_UPS_AND_DOWNS:
        return UpsAndDowns(nan, freedom)
    squares = np.nansum((values[told] / mean[told, None] - 1) ** 2)
    return UpsAndDowns(sqrt(float(squares) / freedom), freedom)


def standard_error(kpi: Kpi, reference: float, n: float, usual: UpsAndDowns) -> float:
    """The standard error of a KPI around a reference value, in the KPI's unit.

    Of a proportion of n cases: binomial, with one case added on either side, so that it is not 0 at 0 % and 100 %. Of
    all others: the usual ups and downs × the reference; of a count of customers or deals at least that of a Poisson
    count. NaN where n or the ups and downs are needed and not available.
    """
    if kpi.is_proportion:
        return float(rate_error(reference * n, n))
    error = usual.share * abs(reference)
    if kpi.comes_singly and reference >= 0:
        return float(np.fmax(error, sqrt(reference)))
    return error


def from_median(kpi: Kpi, value: float, median: float, n: float, usual: UpsAndDowns) -> Difference:
    """The difference of a value, of n cases where it is a rate, from the median of the peers."""
    error = standard_error(kpi, median, n, usual)
    return _difference(kpi, value, median, error, p_value=_p_value(kpi, value, median, error, n=n, usual=usual))


def from_average(kpi: Kpi, value: float, past: Array, n: float, usual: UpsAndDowns) -> Difference:
    """The difference of a value, of n cases where it is a rate, from the average of past ones, which errs, too."""
    if not len(past):
        return UNTOLD
    average = float(past.mean())
    error = standard_error(kpi, average, n, usual) * sqrt(1 + 1 / len(past))
    cases = n / (1 + 1 / len(past)) if kpi.is_proportion else n  # fewer, as the average errs, too
    p_value = _p_value(kpi, value, average, error, n=cases, usual=usual, of_mean=True)
    return _difference(kpi, value, average, error, p_value=p_value)


def _difference(kpi: Kpi, value: float, reference: float, error: float, *, p_value: float) -> Difference:
    if isnan(value) or not error > 0:
        return UNTOLD
    distance = (value - reference) / error
    return Difference(distance if kpi.better == "higher" else -distance, error, p_value)


def _p_value(
    kpi: Kpi, value: float, reference: float, error: float, *, n: float, usual: UpsAndDowns, of_mean: bool = False
) -> float:
    """The two-sided p-value of a value around a reference; NaN where the value or the error are.

    Of a proportion by the binomial distribution; of a count of customers or deals by its square root (Anscombe 1948),
    and of all else above 0 by its cube root (Wilson & Hilferty 1931), as both are nearly normal where sums and counts
    are skewed. ``of_mean``: whether the reference is a mean, which lies above the middle of skewed values.
    """
    if isnan(value) or not error > 0:
        return nan
    if kpi.is_proportion:
        share, won = (reference * n + 1) / (n + 2), round(value * n)
        below = float(bdtr(won, round(n), share))
        above = float(bdtrc(won - 1, round(n), share)) if won else 1.0
        return min(1.0, 2 * min(below, above))
    if kpi.comes_singly and value >= 0 and reference >= 0:
        roots = sqrt(value + _COUNT_SHIFT) - sqrt(reference + _COUNT_SHIFT)
        return 2 * float(ndtr(-abs(2 * roots * sqrt(reference) / error)))
    relative = error / abs(reference)
    if reference > 0:
        z = 3 * (np.cbrt(value / reference) - 1 + (relative**2 / 9 if of_mean else 0.0)) / relative
    else:
        z = (value - reference) / error
    return 2 * float(stdtr(usual.freedom, -abs(z)))
