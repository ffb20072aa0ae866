"""Counters: functions for statistics that are no sum over rows, such as a median; each declares what it gives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from salesperf.data.export import Export
from salesperf.measures.facts import By, Counts
from salesperf.periods import Period

Work = Callable[[Export, Sequence[Period], By], Counts]  # the values' keys are names of statistics


@dataclass(frozen=True)
class Counter:
    """A function that computes statistics of the entities of a level in each period, and the names of these.

    Beside ``names`` the function may give statistics named after the export's content, such as a criterion of
    assessment.
    """

    names: tuple[str, ...]
    work: Work

    def __call__(self, export: Export, periods: Sequence[Period], by: By) -> Counts:
        """The statistics of each period, for the entities of a level; every array is periods × entities."""
        return self.work(export, periods, by)


def counts(*names: str) -> Callable[[Work], Counter]:
    """Decorator that makes a function the counter of the statistics named."""
    return lambda work: Counter(names, work)
