"""A forced distribution of grades, and what it alone changes (docs/methods.md §3). Scores stay as they are."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.rounding import apportioned
from salesperf.scoring.model import Model

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Consequences:
    """What a forced distribution does to those who have a score.

    ``people``: their number. ``raised`` and ``lowered``: the number of those whose forced grade is better, or worse,
    than the earned one. ``earned`` and ``forced``: the sums of their coefficients without and with the forced
    distribution.
    """

    people: int
    raised: int
    lowered: int
    earned: float
    forced: float


def forced_places(scores: Array, model: Model) -> NDArray[np.int64]:
    """The index of each score's forced grade in ``model.grades``, 0 for the best; −1 where there is no score.

    ``scores``: the pay scores of all people, rounded as printed, NaN where there is none. The seats of a grade are its
    share of the people, by largest remainder. Equal scores get the same grade, the better one.
    """
    scored = ~np.isnan(scores)
    ranked = np.sort(scores[scored])
    better = len(ranked) - np.searchsorted(ranked, scores, side="right")
    return np.where(scored, np.searchsorted(seats_filled(len(ranked), model), better, side="right"), -1)


def seats_filled(people: int, model: Model) -> NDArray[np.int64]:
    """The seats of each grade and of all better ones, of so many people who have a score."""
    return np.cumsum(apportioned(people, [model.forced[grade.grade] for grade in model.grades]))


def consequences(summary: pd.DataFrame, model: Model) -> Consequences:
    """What the forced distribution of a model does to those who have a score.

    ``summary``: `Scorecard.summary` under that model; the columns pay_grade, forced_grade, coefficient and
    earned_coefficient are used.
    """
    scored = summary[summary["forced_grade"] != ""]
    place = {grade.grade: place for place, grade in enumerate(model.grades)}
    earned, forced = (scored[name].map(place).astype(float) for name in ("pay_grade", "forced_grade"))
    return Consequences(
        people=len(scored),
        raised=int((forced < earned).sum()),
        lowered=int((forced > earned).sum()),
        earned=float(scored["earned_coefficient"].sum()),
        forced=float(scored["coefficient"].sum()),
    )
