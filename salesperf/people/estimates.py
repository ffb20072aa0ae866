"""Estimates of people from a few quarters each, with error, reliability and shrunk values (docs/methods.md §6)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesperf.inference.reliability import reliability

RECENT = 4  # the last quarters, which every feature but trend and steadiness is taken from
_STEADIEST = 1e-3  # the least spread around a trend, relative to the mean, so that its logarithm is finite
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A number estimated of each person: arrays of the values and of their error variances; NaN where there is none."""

    value: Array
    error: Array

    @property
    def reliability(self) -> float:
        """The share of the values' variance that is between people (docs/methods.md §4), 0 to 1.

        NaN where fewer than two people have both a value and an error.
        """
        return reliability(self.value, self.error)

    @property
    def shrunk(self) -> Array:
        """Every value moved towards the mean of all, the more the larger its error variance (Morris 1983).

        The values themselves where the reliability is NaN.
        """
        if np.isnan(self.reliability):
            return self.value
        total = self._between + self.error
        weight = np.divide(self._between, total, out=np.zeros_like(total), where=total > 0)
        centre = self.value[np.isfinite(self.value)].mean()
        return np.asarray(centre + (self.value - centre) * weight)

    @property
    def _known(self) -> NDArray[np.bool_]:
        """Who has both a value and an error."""
        return np.isfinite(self.value) & np.isfinite(self.error)

    @property
    def _variance(self) -> float:
        """The variance of the values; NaN for fewer than two."""
        return float(self.value[self._known].var(ddof=1)) if self._known.sum() > 1 else float("nan")

    @property
    def _between(self) -> float:
        """The variance between people: that of the values less the mean of their errors', 0 at least."""
        return max(0.0, self._variance - float(self.error[self._known].mean()))


def results(revenue: Array) -> dict[str, Estimate]:
    """The estimates of level, trend and steadiness of quarterly revenue (docs/methods.md §6).

    ``revenue``: one row per person, one column per quarter, NaN before employment. Level: ln(1 + mean of the last
    RECENT quarters), without error. Trend: least-squares change per quarter ÷ mean; its error comes from the residual
    variance of all people together, as that of one person's few quarters would itself be mostly noise. Steadiness:
    minus the log of the standard deviation around the trend, relative to the mean; its error, ½ ÷ (quarters − 2),
    follows from the number of quarters alone. Trend and steadiness are NaN where mean revenue is not
    above 0; trend also for fewer than two quarters, steadiness for fewer than three.
    """
    mean = _mean(revenue)
    relative = revenue / np.where(mean > 0, mean, np.nan)[:, None]
    time = np.where(np.isnan(relative), np.nan, np.arange(revenue.shape[1], dtype=np.float64))
    centred = time - _mean(time)[:, None]
    time_squares = np.nansum(centred**2, axis=1)
    time_squares = np.where(time_squares > 0, time_squares, np.nan)
    slope = np.nansum(centred * relative, axis=1) / time_squares
    squares = np.nansum((relative - 1 - slope[:, None] * centred) ** 2, axis=1)
    freedom = np.where(_count(relative) > 2, _count(relative) - 2, np.nan)
    noise = squares[np.isfinite(freedom)].sum() / max(np.nansum(freedom), 1.0)
    spread = np.sqrt(np.maximum(squares / freedom, _STEADIEST**2))
    level = np.log1p(np.maximum(_mean(revenue[:, -RECENT:]), 0.0))
    return {
        "level": Estimate(level, np.zeros_like(level)),
        "trend": Estimate(slope, noise / time_squares),
        "steadiness": Estimate(-np.log(spread), 0.5 / freedom),
    }


def repeated(quarterly: Array) -> Estimate:
    """The mean over the quarters of something measured in each, less the quarters' means over all people.

    ``quarterly``: one row per person, one column per quarter, NaN where it was not measured. The quarter's mean is
    subtracted because it moves everybody alike. The error is the variance within people, all of them together, ÷ the
    number of quarters; NaN where nobody has more than one quarter.
    """
    adjusted = quarterly - np.nan_to_num(_mean(quarterly.T))
    count, mean = _count(adjusted), _mean(adjusted)
    freedom = np.maximum(count - 1, 0).sum()
    within = np.nansum((adjusted - mean[:, None]) ** 2) / freedom if freedom else np.nan
    return Estimate(mean, within / np.where(count > 0, count, np.nan))


def _count(rows: Array) -> Array:
    """The number of values in each row that are not NaN."""
    return np.asarray((~np.isnan(rows)).sum(axis=1), dtype=np.float64)


def _mean(rows: Array) -> Array:
    """The mean of each row without its NaN; NaN for a row of nothing else."""
    count = _count(rows)
    return np.asarray(np.nansum(rows, axis=1) / np.where(count > 0, count, np.nan))
