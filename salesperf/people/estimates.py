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
    def shrunk_error(self) -> Array:
        """The error variance of every shrunk value, given that the true values are normal around the mean of all.

        That of the value itself where the reliability is NaN.
        """
        if np.isnan(self.reliability):
            return self.error
        total = self._between + self.error
        return np.divide(self._between * self.error, total, out=0 * total, where=total > 0)

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


@dataclass(frozen=True)
class Trends:
    """The straight line through each person's quarterly results, relative to the person's mean; arrays by person.

    ``mean``: of the results, NaN where it is not above 0, as all that follows; ``slope``: least-squares change per
    quarter ÷ mean, NaN for fewer than two quarters; ``time``: the mean of the quarters' numbers, from 0;
    ``time_squares``: the sum of their squared distances from it, NaN for fewer than two; ``spread``: the standard
    deviation around the line, NaN for fewer than three; ``quarters``: their number. ``noise``: the variance around the
    lines of all people together, as that of one person's few quarters would itself be mostly noise.
    """

    mean: Array
    slope: Array
    time: Array
    time_squares: Array
    spread: Array
    quarters: Array
    noise: float


def trends(revenue: Array) -> Trends:
    """The trends of quarterly results: one row per person, one column per quarter, NaN before employment."""
    mean = _mean(revenue)
    mean = np.where(mean > 0, mean, np.nan)
    relative = revenue / mean[:, None]
    numbers = np.where(np.isnan(relative), np.nan, np.arange(revenue.shape[1], dtype=np.float64))
    time = _mean(numbers)
    centred = numbers - time[:, None]
    time_squares = np.nansum(centred**2, axis=1)
    time_squares = np.where(time_squares > 0, time_squares, np.nan)
    slope = np.nansum(centred * relative, axis=1) / time_squares
    squares = np.nansum((relative - 1 - slope[:, None] * centred) ** 2, axis=1)
    quarters = _count(relative)
    freedom = np.where(quarters > 2, quarters - 2, np.nan)
    noise = squares[np.isfinite(freedom)].sum() / max(np.nansum(freedom), 1.0)
    return Trends(mean, slope, time, time_squares, np.sqrt(squares / freedom), quarters, float(noise))


def results(revenue: Array) -> dict[str, Estimate]:
    """The estimates of level, trend and steadiness of quarterly revenue (docs/methods.md §6).

    ``revenue``: as of `trends`. Level: ln(1 + mean of the last RECENT quarters), without error. Trend: the slope, whose
    error comes from the noise of all people together. Steadiness: minus the log of the standard deviation around the
    trend; its error, ½ ÷ (quarters − 2), follows from the number of quarters alone. Trend and steadiness are NaN where
    mean revenue is not above 0; trend also for fewer than two quarters, steadiness for fewer than three.
    """
    lines = trends(revenue)
    freedom = np.where(lines.quarters > 2, lines.quarters - 2, np.nan)
    level = np.log1p(np.maximum(_mean(revenue[:, -RECENT:]), 0.0))
    return {
        "level": Estimate(level, np.zeros_like(level)),
        "trend": Estimate(lines.slope, lines.noise / lines.time_squares),
        "steadiness": Estimate(-np.log(np.maximum(lines.spread, _STEADIEST)), 0.5 / freedom),
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
