"""High potential: who is named by clustering, how all rank, and for which reasons (docs/methods.md §6)."""

from dataclasses import dataclass

import pandas as pd

from salesperf.people.backtest import Backtest
from salesperf.people.features import GROWTH, Features

CUT = 0.43  # robust z of the thirds of a normal distribution: the nine-box's default lines


@dataclass(frozen=True)
class Potential:
    """The potential of everyone who can be judged, with the nine-box, groups and reasons (docs/methods.md §6).

    ``people``: one row per rep (index rep_id); region, team, rep, quarters; performance and potential (robust z, NaN
    where not available), each with _low and _high (the 95 % interval of what the person could expect) and _third (0
    low, 1, 2 high in the nine-box; -1 for NaN) with its _chance (0 to 1); group
    (0 the one with the highest potential, -1 without groups); membership and stability (see `Groups`; stability of the
    person's group, NaN without); named (bool: in group 0, in most clusterings too); forecast (the chance to grow more
    than the peers' median, as expected, 0 to 1); chance (the same, calibrated on the year before; NaN without
    ``backtest``); reasons (tuple of features, strongest first). ``z``: the features as robust z within ±3, index
    rep_id. ``groups``: the number of groups, 0 for none; ``of_one_kind``: see `Groups`; ``why_none``: "few" people,
    "unclear" groups, "untold" (nobody's potential is available), or "" where there are groups. ``features``: what all
    this is computed from. ``scored``: whether performance is the one given to `potential`, such as the score, else the
    level of results. ``backtest``: what became of the people of a year ago, None where the export does not go back so
    far.
    """

    people: pd.DataFrame
    z: pd.DataFrame
    groups: int
    of_one_kind: float
    why_none: str
    features: Features
    scored: bool
    backtest: Backtest | None = None

    @property
    def profiles(self) -> pd.DataFrame:
        """The mean z of each feature but the level, by group (index: 0 for the highest); no rows without groups."""
        growth = self.z[[name for name in GROWTH if name in self.z]]
        means: pd.DataFrame = growth.groupby(self.people["group"]).mean()
        return means[means.index >= 0]

    @property
    def employed(self) -> "pd.Index[str]":
        """The ids of everyone employed at the period's end, whether they can be judged or not."""
        everyone = (self.features.people, self.features.too_new, self.features.unsold)
        return pd.Index([str(rep) for part in everyone for rep in part.index])

    @property
    def missing(self) -> tuple[str, ...]:
        """Features that are not available."""
        return self.features.missing

    @property
    def too_new(self) -> pd.DataFrame:
        """Who has been employed for fewer than RECENT whole quarters: region, team, rep, quarters; index rep_id."""
        return self.features.too_new
