"""Priors: how the true rates, or the true means, of a company's entities are spread, estimated from their results."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from salesperf.inference.beta_binomial import MOST_STRENGTH, Likelihood
from salesperf.inference.intervals import two_sided_quantile
from salesperf.inference.measurements import checked_counts, checked_errors

Array = NDArray[np.float64]
VOLUME_LEVEL = 0.95  # share of companies whose rates do not depend on volume that are found not to
FEWEST_FOR_VOLUME = 10  # entities with cases
_FARTHEST = 20.0  # logit of a mean rate, so that the mean stays above 0 and below 1 at any volume
_GRID, _ZOOMS = 41, 8  # variances looked at at a time, and how often between the neighbours of the best
_HALVINGS = 100
_NARROWEST = 1e-12  # least variance, of that of values and errors


@dataclass(frozen=True)
class BetaPrior:
    """The beta distribution of the true rates of entities.

    ``mean``: its mean, above 0 and below 1; ``strength``: the number of cases that it counts as, above 0; infinite
    where all have the same rate. Where the mean depends on volume, ``mean`` is that at the volume whose log(1 + volume)
    is ``centre``, and its logit changes by ``slope`` per unit of log(1 + volume). NaN: there was nothing to estimate it
    from. Raises ValueError for other values.
    """

    mean: float
    strength: float
    slope: float = 0.0
    centre: float = 0.0

    def __post_init__(self) -> None:
        """Refuses what is no prior."""
        if not (np.isnan(self.mean) or 0 < self.mean < 1) or not (np.isnan(self.strength) or self.strength > 0):
            raise ValueError(f"a prior's mean lies between 0 and 1 and its strength above 0, got {self}")
        if not np.isfinite([self.slope, self.centre]).all():
            raise ValueError(f"a prior's slope and centre are finite, got {self}")

    def means(self, volume: ArrayLike | None = None) -> Array:
        """The mean of the prior for entities of these volumes, or one for all where it does not depend on volume.

        NaN where it does and the volume is NaN. Raises ValueError where it does and none is given, or is none.
        """
        if self.slope == 0:
            return np.asarray(self.mean, np.float64)
        if volume is None:
            raise ValueError("the mean of this prior depends on volume: the volume of each entity is needed")
        logits = logit(self.mean) + self.slope * (_log_volume(volume) - self.centre)
        return np.asarray(expit(np.clip(logits, -_FARTHEST, _FARTHEST)))


@dataclass(frozen=True)
class NormalPrior:
    """The normal distribution of the true values of entities.

    ``mean``; ``variance``: 0 where all have the same value, infinite where nothing is known of them, so that every
    entity's own value stands. NaN: there was nothing to estimate it from. Raises ValueError for a negative variance.
    """

    mean: float
    variance: float

    def __post_init__(self) -> None:
        """Refuses a negative variance."""
        if self.variance < 0:
            raise ValueError(f"a prior's variance is at least 0, got {self}")


def beta_prior(successes: ArrayLike, cases: ArrayLike, volume: ArrayLike | None = None) -> BetaPrior:
    """The prior of entities' rates, from the counts of all of them.

    ``successes``, ``cases``: arrays, one count per entity; those without cases, or NaN, are left out. ``volume``: at
    least 0, such as the number of cases; the logit of the mean is then linear in log(1 + volume), if the likelihood
    ratio says so at VOLUME_LEVEL and there are FEWEST_FOR_VOLUME entities; those whose volume is NaN are left out.
    Without any cases the prior is NaN. Raises ValueError for counts and volumes that are none.

    The estimate is the peak of the beta-binomial likelihood (Skellam 1948) times s ÷ (s + 1 ÷ 4r(1 − r))², s being the
    strength and r the rate of all cases together: the mode of log s, if before every spread of rates, 1 ÷ s, is as
    likely, but those are less so that have most rates near 0 or 1 (Morris 1988; Tak, Kelly & Morris 2017). The
    likelihood alone is often highest where all have one rate, and the intervals from it are far too narrow. Half a
    success and half a failure are added to all cases, so that neither r nor the mean is 0 or 1.

    >>> prior = beta_prior([12, 30, 22, 41, 18], [40, 60, 50, 70, 30])
    >>> round(prior.mean, 3), round(prior.strength, 1)
    (0.486, 15.9)
    """
    won, total = checked_counts(successes, cases)
    size = np.zeros(total.shape) if volume is None else np.broadcast_to(_log_volume(volume), total.shape)
    used = (total > 0) & np.isfinite(size)
    won, total, size = _in_order(won[used], total[used], size[used])
    if not len(total):
        return BetaPrior(np.nan, np.nan)
    centre, spread = float(size.mean()), float(size.std())
    constant = np.ones((len(total), 1))
    peak = Likelihood(won, total, constant).peak()
    slope = 0.0
    if len(total) >= FEWEST_FOR_VOLUME and spread > 1e-9:
        terms = np.column_stack([constant, (size - centre) / spread])
        with_volume = Likelihood(won, total, terms).peak()
        if 2 * (with_volume.height - peak.height) > two_sided_quantile(VOLUME_LEVEL) ** 2:
            peak, slope = with_volume, float(with_volume.coefficients[1] / spread)
    strength = min(float(np.exp(peak.log_strength)), MOST_STRENGTH)
    return BetaPrior(float(expit(peak.coefficients[0])), strength, slope, centre if slope else 0.0)


def normal_prior(values: ArrayLike, errors: ArrayLike, *, adjusted: bool = True) -> NormalPrior:
    """The prior of entities' true values, from their measured values and the error variances of these.

    ``values``, ``errors``: arrays, one per entity; where either is NaN, or the error infinite, it is left out. The mean
    is that of the values weighted by 1 ÷ (variance + error). The variance is infinite for up to three entities, which
    do not tell it, and 0 where all values are equal without error. Without any value the prior is NaN. Raises
    ValueError for infinite values and negative errors.

    The variance is the peak of the residual likelihood times itself, the mode of its logarithm if before it is as
    likely anywhere (Morris 1988; Li & Lahiri 2010). Residual likelihood, Paule–Mandel and DerSimonian–Laird are often 0
    where entities differ little, and the intervals from them are far too narrow. ``adjusted=False`` is Paule & Mandel's
    (1982) with k − 3 degrees of freedom for k entities (Morris 1983). With equal errors its estimates are James &
    Stein's (1961), of less squared error where entities differ little, but there its intervals are too narrow.

    >>> prior = normal_prior([3.0, 5.0, 8.0, 9.0, 10.0], [1.0, 1.0, 1.0, 1.0, 1.0], adjusted=False)
    >>> round(prior.mean, 6), round(prior.variance, 6)
    (7.0, 16.0)
    """
    value, error = checked_errors(values, errors)
    used = np.isfinite(error)
    value, error = _in_order(value[used], error[used])
    if not len(value):
        return NormalPrior(np.nan, np.nan)
    scale = float(value.var() + error.mean())
    if len(value) <= 3:
        variance = np.inf
    elif scale == 0:
        variance = 0.0
    else:
        variance = _adjusted_variance(value, error, scale) if adjusted else _moment_variance(value, error, scale)
    return NormalPrior(_weighted_mean(value, error, variance), variance)


def _adjusted_variance(value: Array, error: Array, scale: float) -> float:
    """The variance at the peak of the residual likelihood times it; ``scale``: about that of values and errors."""
    low, high = np.log(scale * _NARROWEST), np.log(scale * 4 * len(value))
    for _ in range(_ZOOMS):
        tried = np.linspace(low, high, _GRID)
        total = np.exp(tried)[:, None] + error
        precision = (1 / total).sum(axis=1)
        squares = ((value - (value / total).sum(axis=1, keepdims=True) / precision[:, None]) ** 2 / total).sum(axis=1)
        best = int(np.argmax(tried - (np.log(total).sum(axis=1) + np.log(precision) + squares) / 2))
        low, high = tried[max(best - 1, 0)], tried[min(best + 1, _GRID - 1)]
    return float(np.exp(tried[best]))


def _moment_variance(value: Array, error: Array, scale: float) -> float:
    """The variance with which the squares, each ÷ (variance + error), sum to k − 3; 0 where they are less without."""

    def squares(variance: float) -> float:
        total = variance + np.maximum(error, scale * _NARROWEST)
        return float(((value - _weighted_mean(value, total, 0.0)) ** 2 / total).sum())

    low, high = 0.0, scale * len(value)
    if squares(low) <= len(value) - 3:
        return 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if squares(middle) > len(value) - 3 else (low, middle)
    return high


def _weighted_mean(value: Array, error: Array, variance: float) -> float:
    """The mean of the values, each weighted by 1 ÷ (variance + error)."""
    total = variance + error
    if np.isinf(variance) or not total.all():  # where some have no error at all, the others tell nothing besides
        return float(value[total == total.min()].mean())
    return float((value / total).sum() / (1 / total).sum())


def _log_volume(volume: ArrayLike) -> Array:
    """log(1 + volume), refusing what is no volume."""
    size = np.asarray(volume, np.float64)
    if (size < 0).any() or np.isinf(size).any():
        raise ValueError("volumes are finite and at least 0")
    return np.log1p(size)


def _in_order(*columns: Array) -> tuple[Array, ...]:
    """The columns sorted by all of them, so that not even the last digit of a sum depends on the order of entities."""
    order = np.lexsort(columns)
    return tuple(column[order] for column in columns)
