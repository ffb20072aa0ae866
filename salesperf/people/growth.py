"""The chance that a person's results grow more than those of the peers (docs/methods.md §6, *Chance*)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr

from salesperf.inference.fay_herriot import fay_herriot
from salesperf.people.estimates import RECENT, trends
from salesperf.people.features import GROWTH, Features

BEHAVIOUR = tuple(name for name in GROWTH if name != "trend")  # what the trend is expected to follow from
FEWEST_PEERS = 5
_LEAST = 0.2  # of a person's usual results: a trend is not continued below it
_NEARLY_SURE = 0.005  # no chance is nearer to 0 or 1
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Forecast:
    """Growth as expected, by person: ln(results of the next RECENT quarters ÷ the last), and its standard error.

    NaN for who had no results in the last RECENT quarters.
    """

    growth: Array
    error: Array


def growth_chances(features: Features, z: pd.DataFrame, membership: Array) -> pd.Series:
    """The chance of each person to grow more than the median of the peers, as the last quarters let one expect it.

    ``z``: the features as robust z (index rep_id); ``membership``: the share of clusterings that put a person into the
    best group, NaN without groups. By rep, 0 to 1, NaN where no growth can be told.
    """
    revenue = features.revenue.reindex(z.index).to_numpy(np.float64)
    behaviour = z.reindex(columns=list(BEHAVIOUR)).to_numpy()
    # A share runs from 0 to 1 where z run from about −1 to 1: twice it is on their scale.
    covariates = np.column_stack([behaviour, 2 * membership])
    forecast = growth_forecast(revenue, np.nan_to_num(covariates))
    peers = tenure_bands(features.people["quarters"].to_numpy(), features.quarters)
    return pd.Series(chance_above_peers(forecast, peers), z.index)


def growth_forecast(revenue: Array, covariates: Array) -> Forecast:
    """The growth that is expected of each person.

    ``revenue``: people × quarters, NaN before employment; ``covariates``: people × covariates, finite. A person's level
    and trend are both drawn to what the covariates let one expect (Fay & Herriot 1979): a year far above the usual
    level is followed by a fall, and the trend of a few quarters is mostly noise. The error is that of level and trend
    and of the next quarters themselves.
    """
    lines = trends(revenue)
    unknown = np.full(len(revenue), np.nan)
    if not revenue.size:
        return Forecast(unknown, unknown)
    slope = fay_herriot(lines.slope, lines.noise / lines.time_squares, covariates)
    quarters = np.where(lines.quarters > 0, lines.quarters, np.nan)
    level = fay_herriot(np.log(lines.mean), lines.noise / quarters, covariates)
    ahead = revenue.shape[1] - 1 + (RECENT + 1) / 2 - lines.time  # to the middle of the next year
    last = np.nanmean(revenue[:, -RECENT:], axis=1)
    last = np.log(np.where(last > 0, last, np.nan))
    growth = level.mean + np.log(np.maximum(1 + slope.mean * ahead, _LEAST)) - last
    error = np.sqrt(slope.variance * ahead**2 + level.variance + lines.noise / RECENT)
    return Forecast(growth, np.where(np.isnan(growth), np.nan, error))


def tenure_bands(quarters: NDArray[np.int64], looked_at: int) -> NDArray[np.bool_]:
    """Who is compared with whom: True for those employed in all quarters looked at, False for who came later.

    All are peers, True, where either band has fewer than FEWEST_PEERS.
    """
    throughout = quarters >= looked_at
    if min(throughout.sum(), (~throughout).sum()) < FEWEST_PEERS:
        return np.ones(len(quarters), dtype=np.bool_)
    return np.asarray(throughout)


def chance_above_peers(forecast: Forecast, peers: NDArray[np.bool_]) -> Array:
    """The chance of each person to grow more than the median of those in the same band of ``peers``."""
    chances = np.full(len(peers), np.nan)
    for band in (True, False):
        known = (peers == band) & np.isfinite(forecast.growth)
        if known.any():
            ahead = forecast.growth[known] - np.median(forecast.growth[known])
            chances[known] = ndtr(ahead / forecast.error[known]).clip(_NEARLY_SURE, 1 - _NEARLY_SURE)
    return chances


def calibrated(chances: pd.Series, persistence: float) -> pd.Series:
    """Chances whose log odds are multiplied by ``persistence`` (see `Backtest`)."""
    return pd.Series(expit(persistence * logit(chances.to_numpy(np.float64))), chances.index)
