"""What entities brought in the months before a plan: the ground of split keys by history and of seasonality."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from salesperf.data.export import Export
from salesperf.measures.availability import is_whole, reason_not_available
from salesperf.measures.calculation import calculated
from salesperf.measures.codebook import KPIS
from salesperf.measures.facts import By
from salesperf.measures.planning.organisation import Organisation
from salesperf.periods import Period

Floats = NDArray[np.float64]
YEARS = 3  # of history that seasonality looks back on, at most


@dataclass(frozen=True)
class Season:
    """The shares of a fiscal year's twelve months; ``years``: those it was found in, none where it is not history."""

    shares: tuple[float, ...]
    years: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrackRecord:
    """Results of a KPI by month, from three fiscal years before a plan begins to the last one's beginning.

    ``plan``: from the first to the last month of the plan, as whole fiscal years. What comes later is no part of it: a
    target is not set by its own result.
    """

    export: Export
    kpi: str
    company: Organisation
    plan: tuple[int, int]
    _by_level: dict[By, Floats] = field(default_factory=dict)

    @property
    def first(self) -> int:
        """Month 0, counted from year 0."""
        return self.plan[0] - 12 * YEARS

    @property
    def length(self) -> int:
        """Its number of months."""
        return self.plan[1] - 12 + 12 * YEARS

    def results(self, by: By) -> Floats:
        """Entities × months: the results of a level, 0 where there are none, NaN in months that are not covered."""
        if by not in self._by_level:
            months = [Period(self.first + month, 1) for month in range(self.length)]
            known = [month for month in months if self._covers(month)]
            values = np.full((len(self.company.entities), self.length), np.nan)
            values[:, [month.first - self.first for month in known]] = 0.0
            if known:
                kpi = KPIS[self.kpi]
                results = calculated(self.export, [kpi], known, by)
                rows = np.array([self.company.rows.get(key, -1) for key in results.keys], dtype=np.int64)
                columns = np.array([month.first - self.first for month in known])
                values[np.ix_(rows[rows >= 0], columns)] = results.value(kpi, KPIS)[:, rows >= 0].T
            self._by_level[by] = values
        return self._by_level[by]

    def season(self, year: Period) -> Season | None:
        """The company's monthly shares in up to three fiscal years before a year, of those wholly covered.

        None where there are none.
        """
        whole: dict[str, Floats] = {}
        for step in range(1, YEARS + 1):
            begin = year.first - 12 * step - self.first
            months = self.results("company")[0, begin : begin + 12]
            if not np.isnan(months).any():
                whole[year.before(step).label] = months
        total = np.clip(sum(whole.values(), start=np.zeros(12)), 0, None)
        if not total.sum() > 0:
            return None
        return Season(tuple((total / total.sum()).tolist()), tuple(sorted(whole)))

    def _covers(self, month: Period) -> bool:
        return reason_not_available(KPIS[self.kpi], self.export, month) is None and is_whole(self.export, month)
