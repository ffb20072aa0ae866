"""How much of a whole each of its parts gets: equal, by history, by potential, or a blend (docs/methods.md §1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from salesperf.measures.planning.organisation import Organisation
from salesperf.measures.planning.spreading import Flags, Floats, Ints, summed
from salesperf.measures.planning.target_rules import TargetRules
from salesperf.measures.planning.track_record import TrackRecord

ENOUGH = 3  # months of employment without which a result tells nothing of a person or team yet


@dataclass(frozen=True)
class SplitKeys:
    """The weights of parts. ``shape``: rows × months of the plan, what a row's months count (season × ramp × there).
    ``employed``: rows × months of the track record.

    ``without``: collects the rows and months whose parts were to be weighed by history and have none.
    """

    company: Organisation
    rules: TargetRules
    shape: Floats
    track: TrackRecord
    potential: Mapping[int, float]
    employed: Flags
    without: set[tuple[int, int]] = field(default_factory=set)

    def __call__(self, parts: Ints, wholes: Ints, takes: Flags) -> Floats:
        """Parts × months: the share of each part of its whole in every month in which it takes one."""
        shares = np.zeros(takes.shape)
        key = self.rules.key(self.company.level(int(parts[0])))
        blend: dict[str, float] = self.rules.blend.model_dump() if key == "blend" else {key: 1.0}
        _, groups = np.unique(wholes, return_inverse=True)
        for start in range(0, takes.shape[1], 12):
            year = slice(start, start + 12)
            there = np.where(takes[:, year], self.shape[parts, year], 0.0)
            asked = summed(takes[:, year], groups) > 0
            for part, weight in blend.items():
                if weight and asked.any():
                    pace = self._pace(part, parts, groups, asked, start)
                    self._remember(wholes, asked, start, pace)
                    pace = np.where(np.isnan(pace), 1.0, pace)
                    shares[:, year] += weight * _normal(pace[:, None] * there, groups)
        return shares

    def _remember(self, wholes: Ints, asked: Flags, start: int, pace: Floats) -> None:
        """Notes the wholes for which a key could say nothing."""
        silent = np.isnan(pace) & asked.any(axis=1)
        self.without.update((row, start) for row in np.unique(wholes[silent]).tolist())

    def _pace(self, key: str, parts: Ints, groups: Ints, asked: Flags, start: int) -> Floats:
        """What a full month of each part weighs by one key; NaN where history tells nothing of a whole's parts.

        ``asked``: parts × months of the year in which their whole is shared. A part without history of its own gets the
        mean of the others.
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
        """Each part's result a month of employment in the same months of the year before, NaN without history."""
        before = np.arange(start, start + 12) + self.track.plan[0] - self.track.first - 12
        results = self.track.results(self.company.level(int(parts[0])))[np.ix_(parts, before)]
        covered = asked & ~np.isnan(results)
        counted = covered & self.employed[np.ix_(parts, before)]
        months = counted.sum(axis=1)
        enough = months >= np.maximum(1, np.minimum(ENOUGH, covered.sum(axis=1)))
        total = np.clip(np.where(counted, results, 0.0).sum(axis=1), 0, None)
        return np.where(enough, total / np.maximum(months, 1), np.nan)


def _normal(weights: Floats, groups: Ints) -> Floats:
    """Months in which the parts of each whole sum to 1, or to 0 where nothing weighs anything."""
    sums = summed(weights, groups)
    return np.where(sums > 0, weights / np.where(sums > 0, sums, 1.0), 0.0)
