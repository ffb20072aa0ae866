"""What is estimated of people from a few quarters each: the estimates, how sure they are, and their shrunk form."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RECENT = 4  # quarters that the level of results is taken from
_STEADIEST = 1e-3  # spread around a trend, relative to the mean, that counts as none
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """An estimate of each person, with the variance of its error; NaN where there is none."""

    value: Array
    error: Array

    @property
    def reliability(self) -> float:
        """The share of the variance that is between people (docs/methods.md §4), 0 to 1; NaN where nothing tells it."""
        return self._between / self._all if self._all > 0 else 0.0 if self._all == 0 else float("nan")

    @property
    def shrunk(self) -> Array:
        """Every value drawn to the mean of all, by as much as it is unsure (Morris 1983)."""
        if np.isnan(self.reliability):
            return self.value
        whole = self._between + self.error
        weight = np.divide(self._between, whole, out=np.zeros_like(whole), where=whole > 0)
        centre = self.value[np.isfinite(self.value)].mean()
        return np.asarray(centre + (self.value - centre) * weight)

    @property
    def _told(self) -> NDArray[np.bool_]:
        return np.isfinite(self.value) & np.isfinite(self.error)

    @property
    def _all(self) -> float:
        """The variance of the values."""
        return float(self.value[self._told].var(ddof=1)) if self._told.sum() > 1 else float("nan")

    @property
    def _between(self) -> float:
        """The part of it that is not their errors'."""
        return max(0.0, self._all - float(self.error[self._told].mean()))


def results(revenue: Array) -> dict[str, Estimate]:
    """Level, trend and steadiness of quarterly revenue; rows are people, columns quarters, NaN before employment.

    Level: log of the mean of the last RECENT quarters. Trend: least-squares change per quarter relative to the mean;
    the noise is everybody's together, as a person's own from a few quarters would be noise itself. Steadiness: minus
    the log of the spread around that trend, whose error follows from the number of quarters alone.
    """
    mean = _mean(revenue)
    relative = revenue / np.where(mean > 0, mean, np.nan)[:, None]
    time = np.where(np.isnan(relative), np.nan, np.arange(revenue.shape[1], dtype=np.float64))
    centred = time - _mean(time)[:, None]
    room = np.nansum(centred**2, axis=1)
    room = np.where(room > 0, room, np.nan)
    slope = np.nansum(centred * relative, axis=1) / room
    squares = np.nansum((relative - 1 - slope[:, None] * centred) ** 2, axis=1)
    freedom = np.where(_count(relative) > 2, _count(relative) - 2, np.nan)
    noise = squares[np.isfinite(freedom)].sum() / max(np.nansum(freedom), 1.0)
    spread = np.sqrt(np.maximum(squares / freedom, _STEADIEST**2))
    level = np.log1p(np.maximum(_mean(revenue[:, -RECENT:]), 0.0))
    return {
        "level": Estimate(level, np.zeros_like(level)),
        "trend": Estimate(slope, noise / room),
        "steadiness": Estimate(-np.log(spread), 0.5 / freedom),
    }


def repeated(quarterly: Array) -> Estimate:
    """The mean over quarters of something measured in each; rows are people, columns quarters, NaN where it was not.

    What moves everybody in a quarter is taken out first; the error comes from what is left of the ups and downs of
    all. With one quarter each, nothing tells how large it is.
    """
    own = quarterly - np.nan_to_num(_mean(quarterly.T))
    count, mean = _count(own), _mean(own)
    freedom = np.maximum(count - 1, 0).sum()
    within = np.nansum((own - mean[:, None]) ** 2) / freedom if freedom else np.nan
    return Estimate(mean, within / np.where(count > 0, count, np.nan))


def _count(rows: Array) -> Array:
    return np.asarray((~np.isnan(rows)).sum(axis=1), dtype=np.float64)


def _mean(rows: Array) -> Array:
    count = _count(rows)
    return np.asarray(np.nansum(rows, axis=1) / np.where(count > 0, count, np.nan))
