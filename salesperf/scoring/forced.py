"""A forced distribution of grades, and what the force alone does (docs/methods.md §3). Scores never change by it."""

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

    ``people`` is their number; ``raised`` and ``lowered`` count those whose grade the force alone changed; ``earned``
    and ``forced`` are the sums of their coefficients without and with it.
    """

    people: int
    raised: int
    lowered: int
    earned: float
    forced: float


def forced_places(scores: Array, model: Model) -> NDArray[np.int64]:
    """The place of each score's forced grade among the model's grades, the best first; −1 where there is no score.

    ``scores``: those of all people, as printed. The seats of a grade are its share of the people, by largest
    remainder; equal scores get one grade, the better one. What a person gets depends on everybody's scores, and on
    nothing else.
    """
    scored = ~np.isnan(scores)
    ranked = np.sort(scores[scored])
    better = len(ranked) - np.searchsorted(ranked, scores, side="right")
    shares = [model.forced[grade.grade] for grade in model.grades]
    filled = np.cumsum(apportioned(len(ranked), shares))
    return np.where(scored, np.searchsorted(filled, better, side="right"), -1)


def consequences(summary: pd.DataFrame, model: Model) -> Consequences:
    """What the forced distribution of a model does; ``summary``: that of a scorecard of everybody."""
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
