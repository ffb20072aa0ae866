"""What became of those who were looked at a year ago, beside two simple ways to choose (docs/methods.md §6)."""

from dataclasses import dataclass

import pandas as pd

from salesperf.inference.intervals import wilson

# Mean and standard deviation of persistence before the past is looked at. Forecasts from a few quarters are a little
# too sure of themselves; the mean is what calibrated them over simulated companies (bench/potential.py).
AS_EXPECTED, SPREAD = 0.85, 0.25


@dataclass(frozen=True)
class Tally:
    """Of ``people`` looked at, how many ``grew`` more than their peers' median, and how many would by chance alone.

    ``lower``, ``upper``: the 95 % interval (Wilson) of the share that grew.
    """

    people: int
    grew: int
    by_chance: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Backtest:
    """What was said of people a year ago, from what was known then, and what their results did in the year since.

    ``people``: index rep_id; region; named (bool); chance (0 to 1, as expected then); level and growth (results of the
    year before then, and their ratio to those of the year before that: the two simple ways to choose); grew (1 where
    the results grew more than the median of the peers, 0 where not, NaN for who left or is not known). ``quarter``: the
    label of the last quarter that was known then. ``persistence``: what the log odds of chances are multiplied by, as
    the year since tells (1: taken as they are).
    """

    people: pd.DataFrame
    quarter: str
    persistence: float

    @property
    def named(self) -> Tally:
        """What became of those who were named."""
        return _tally(self._known[self._known["named"]], self._known)

    @property
    def left(self) -> int:
        """How many of those who were named have no results to compare: they left, mostly."""
        return int((self.people["named"] & self.people["grew"].isna()).sum())

    @property
    def tenth(self) -> int:
        """A tenth of the people whose results are known, rounded up: how many to look at where nobody was named."""
        return -(-len(self._known) // 10)

    def first(self, way: str, count: int) -> Tally:
        """What became of the first ``count`` people by a column of ``people``, highest first: chance, level or growth.

        By "low_level" the lowest level comes first: as results return to their own mean, many of these grow.
        """
        column = "level" if way == "low_level" else way
        known = self._known.dropna(subset=column)
        ordered = known.sort_values([column, "rep"], ascending=[way == "low_level", True])
        return _tally(ordered.head(count), self._known)

    @property
    def _known(self) -> pd.DataFrame:
        return self.people.dropna(subset="grew")


def _tally(chosen: pd.DataFrame, known: pd.DataFrame) -> Tally:
    grew = int(chosen["grew"].sum())
    lower, upper = wilson(grew, len(chosen)) if len(chosen) else (float("nan"), float("nan"))
    return Tally(len(chosen), grew, float(len(chosen) * known["grew"].mean()), float(lower), float(upper))
