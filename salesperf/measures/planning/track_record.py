"""Past results of entities by month, which split keys by history and seasonality are computed from."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from salesperf.data.export import Export
from salesperf.measures.availability import reason_not_available
from salesperf.measures.calculation import calculated
from salesperf.measures.codebook import KPIS
from salesperf.measures.coverage import is_whole
from salesperf.measures.facts import By
from salesperf.measures.planning.organisation import Organisation
from salesperf.periods import Period

Floats = NDArray[np.float64]
YEARS = 3  # the most fiscal years of history that a season is computed from


@dataclass(frozen=True)
class Season:
    """The shares of a fiscal year's twelve months, which sum to 1.

    ``years``: labels of the fiscal years that they come from; empty where they do not come from history.
    """

    shares: tuple[float, ...]
    years: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrackRecord:
    """Results of a KPI by month, from `YEARS` fiscal years before a plan to the beginning of the plan's last year.

    ``plan``: its first month, counted from year 0, and its number of months, in whole fiscal years. Later results are
    left out, as no target may depend on the result of its own year.
    """

    export: Export
    kpi: str
    company: Organisation
    plan: tuple[int, int]
    _by_level: dict[By, Floats] = field(default_factory=dict)

    @property
    def first(self) -> int:
        """Its first month, counted from year 0."""
        return self.plan[0] - 12 * YEARS

    @property
    def length(self) -> int:
        """Its number of months."""
        return self.plan[1] - 12 + 12 * YEARS

    def results(self, by: By) -> Floats:
        """Rows of the company × months: the results of the entities of a level.

        0 for every row without a result, NaN for all rows in months that the export does not cover whole.
        """
        if by not in self._by_level:
            months = [self.export.period.other(self.first + month, 1) for month in range(self.length)]
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
        """The months' shares of the company's results in up to `YEARS` fiscal years before ``year``.

        Uses the years that the export covers whole; None where there are none, or they sum to 0 or less.
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
        """Whether the KPI is available for a month and the export covers it whole."""
        return reason_not_available(KPIS[self.kpi], self.export, month) is None and is_whole(self.export, month)
