"""Counters: what works out statistics that no sum over rows gives, each declaring the names of those it gives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from salesperf.data.export import Export
from salesperf.measures.facts import By, Counts
from salesperf.periods import Period

Work = Callable[[Export, Sequence[Period], By], Counts]


@dataclass(frozen=True)
class Counter:
    """A function from periods and a level to statistics of their entities, and the names of these.

    Beside them it may give others, named by the export, such as a criterion of assessment.
    """

    names: tuple[str, ...]
    work: Work

    def __call__(self, export: Export, periods: Sequence[Period], by: By) -> Counts:
        """The statistics of each period, for the entities of a level."""
        return self.work(export, periods, by)


def counts(*names: str) -> Callable[[Work], Counter]:
    """Marks a function as the counter of some statistics."""
    return lambda work: Counter(names, work)
