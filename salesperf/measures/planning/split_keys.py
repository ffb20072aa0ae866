"""Split keys: the weights of parts in their whole, equal, by history, by potential or blended (docs/methods.md §1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from salesperf.measures.planning.organisation import Organisation
from salesperf.measures.planning.spreading import Flags, Floats, Ints, summed
from salesperf.measures.planning.target_rules import TargetRules
from salesperf.measures.planning.track_record import TrackRecord

ENOUGH = 3  # months of employment below which a past result is too little to be history


@dataclass(frozen=True)
class SplitKeys:
    """A function of parts, their wholes and months that returns the weights of the parts (see ``Tree.weights``).

    ``shape``: rows × months of the plan, season × ramp × employment. ``employed``: rows × months of the track record.
    ``potential``: row → weight. ``without``: collects (row of a whole, first month of a fiscal year) where the parts
    were to be weighed by history and none of them has any.
    """

    company: Organisation
    rules: TargetRules
    shape: Floats
    track: TrackRecord
    potential: Mapping[int, float]
    employed: Flags
    without: set[tuple[int, int]] = field(default_factory=set)

    def __call__(self, parts: Ints, wholes: Ints, takes: Flags) -> Floats:
        """Parts × months: the share of each part in its whole, 0 to 1, in the months in which it takes one.

        ``parts`` and ``wholes``: rows, one of each per part; all parts are of one level. ``takes``: parts × months.
        """
        shares = np.zeros(takes.shape)
        key = self.rules.key(self.company.level(int(parts[0])))
        blend: dict[str, float] = self.rules.blend.model_dump() if key == "blend" else {key: 1.0}
        _, groups = np.unique(wholes, return_inverse=True)
        for start in range(0, takes.shape[1], 12):
            year = slice(start, start + 12)
            shape = np.where(takes[:, year], self.shape[parts, year], 0.0)
            asked = summed(takes[:, year], groups) > 0
            for blended, weight in blend.items():
                if weight and asked.any():
                    pace = self._pace(blended, parts, groups, asked, start)
                    self._remember(wholes, asked, start, pace)
                    pace = np.where(np.isnan(pace), 1.0, pace)
                    shares[:, year] += weight * _normal(pace[:, None] * shape, groups)
        return shares

    def _remember(self, wholes: Ints, asked: Flags, start: int, pace: Floats) -> None:
        """Adds to ``without`` the wholes whose parts have no history in a fiscal year (``start``: its first month)."""
        silent = np.isnan(pace) & asked.any(axis=1)
        self.without.update((row, start) for row in np.unique(wholes[silent]).tolist())

    def _pace(self, key: str, parts: Ints, groups: Ints, asked: Flags, start: int) -> Floats:
        """The weight of a full month of each part by a key; NaN where the key is history and no sibling has any.

        ``groups``: index of each part's whole. ``asked``: parts × months of the fiscal year, whether the whole is
        shared in the month. ``start``: the year's first month. A part without history gets the mean of its siblings.
        """
        if key == "potential":
            return np.array([self.potential[part] for part in parts.tolist()])
        if key == "equal":
            return np.ones(len(parts))
        pace = self._past_pace(parts, asked, start)
        known = ~np.isnan(pace)
        sums, counts = np.bincount(groups, np.where(known, pace, 0.0)), np.bincount(groups, known)
        mean = (sums / np.maximum(counts, 1))[groups]
        return np.where(mean > 0, np.where(known, pace, mean), np.nan)

    def _past_pace(self, parts: Ints, asked: Flags, start: int) -> Floats:
        """Each part's result per month of employment in the same months of the year before; NaN without enough history.

        Enough are `ENOUGH` months of employment, or all that the export covers if those are fewer. A result below 0
        counts as 0.
        """
        before = np.arange(start, start + 12) + self.track.plan[0] - self.track.first - 12
        results = self.track.results(self.company.level(int(parts[0])))[np.ix_(parts, before)]
        covered = asked & ~np.isnan(results)
        counted = covered & self.employed[np.ix_(parts, before)]
        months = counted.sum(axis=1)
        enough = months >= np.maximum(1, np.minimum(ENOUGH, covered.sum(axis=1)))
        total = np.clip(np.where(counted, results, 0.0).sum(axis=1), 0, None)
        return np.where(enough, total / np.maximum(months, 1), np.nan)


def _normal(weights: Floats, groups: Ints) -> Floats:
    """Parts × months: the weights ÷ their sum over the siblings in the month; 0 where that sum is 0."""
    sums = summed(weights, groups)
    return np.where(sums > 0, weights / np.where(sums > 0, sums, 1.0), 0.0)
