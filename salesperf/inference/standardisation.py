"""Rates of regions, raw and as if all had the same mix of cases."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesperf.inference.intervals import wilson
from salesperf.inference.measurements import checked_counts, raw_rates

Array = NDArray[np.float64]


@dataclass(frozen=True)
class StandardisedRates:
    """The rates of regions, with arrays of one value per region.

    ``raw``: all successes ÷ all cases; ``rate``: that expected under the standard mix; ``error``: its standard error;
    ``lower``, ``upper``: its interval; all of them shares, 0 to 1, NaN for a region without cases. ``common``: for each
    stratum, whether the rates are compared in it; ``covered``: the share of the standard mix in these strata, 0 to 1.
    Without any common stratum it is 0, and all but ``raw`` is NaN.
    """

    raw: Array
    rate: Array
    error: Array
    lower: Array
    upper: Array
    common: NDArray[np.bool_]
    covered: float


def standardised_rates(
    successes: ArrayLike, cases: ArrayLike, weights: ArrayLike | None = None, *, level: float = 0.95
) -> StandardisedRates:
    """The directly standardised rates of regions (Fleiss, Levin & Paik 2003), against Simpson's paradox (Simpson 1951).

    ``successes``, ``cases``: counts, regions × strata (such as products); NaN counts as no cases; ``weights``: of the
    strata in the standard mix, at least 0, by default the cases of all regions; ``level``: of the interval. Rates under
    one mix can be compared only in strata in which every region has cases, regions without any at all aside: they are
    of these strata, with their weights scaled to 1, and ``covered`` tells how much that is. The interval combines the
    Wilson intervals of the strata (Zou & Donner 2008); with one stratum it is Wilson's. Raises ValueError for counts
    and weights that are none, and for arrays that are not regions × strata.

    >>> rates = standardised_rates([[9, 40], [32, 3]], [[10, 90], [40, 10]])
    >>> rates.raw.round(2).tolist(), rates.rate.round(3).tolist()
    ([0.49, 0.7], [0.596, 0.467])
    """
    won, total = checked_counts(successes, cases)
    if won.ndim != 2:
        raise ValueError(f"counts are regions × strata, got an array of {won.ndim} dimensions")
    won, total = np.nan_to_num(won), np.nan_to_num(total)
    standard = _standard(total, weights)
    there = total.sum(axis=1) > 0
    common = (standard > 0) & (total[there] > 0).all(axis=0) & there.any()
    mix = standard[common] / standard[common].sum()
    rates, counts = raw_rates(won, total)[:, common], np.where(there[:, None], total[:, common], np.nan)
    lower, upper = wilson(won[:, common], total[:, common], level)
    rate = np.where(common.any(), (mix * rates).sum(axis=1), np.nan)
    return StandardisedRates(
        raw_rates(won.sum(axis=1), total.sum(axis=1)),
        rate,
        error=_together(mix * np.sqrt(rates * (1 - rates) / counts)),
        lower=rate - _together(mix * (rates - lower)),
        upper=rate + _together(mix * (upper - rates)),
        common=common,
        covered=float(standard[common].sum() / standard.sum()) if common.any() else 0.0,
    )


def _standard(cases: Array, weights: ArrayLike | None) -> Array:
    """The weight of each stratum in the standard mix, checked."""
    standard = cases.sum(axis=0) if weights is None else np.asarray(weights, np.float64)
    if standard.shape != cases.shape[1:] or not (np.isfinite(standard) & (standard >= 0)).all():
        raise ValueError("weights must be one finite number of at least 0 for each stratum")
    return standard


def _together(distances: Array) -> Array:
    """The distance of a sum from its limit, of those of its independent parts (regions × strata) from theirs."""
    return np.where(distances.shape[1] > 0, np.sqrt((distances**2).sum(axis=1)), np.nan)
