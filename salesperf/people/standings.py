"""Where each person stands by the score: one word, to which every part of a report refers (docs/methods.md §3)."""

import numpy as np
import pandas as pd

from salesperf.rounding import half_up
from salesperf.scoring.grades import has_grades
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import Scorecard

HELP, BELOW_TARGET, ON_TARGET, TOO_NEW = "help", "below_target", "on_target", "too_new"


def standings(card: Scorecard) -> "pd.Series[str]":
    """The standing of each person, in the order of the scorecard, by the score as printed.

    HELP under the second lowest grade's limit; ON_TARGET from the points at target on; BELOW_TARGET between;
    TOO_NEW of who is too new to be judged; "" without a score, and while the period is not over.
    """
    score = half_up(card.summary["score"].to_numpy(np.float64))
    judged = np.select(
        [score < help_limit(card.model), score >= card.model.points.target], [HELP, ON_TARGET], BELOW_TARGET
    )
    known = ~np.isnan(score) & has_grades(card)
    words = np.where(card.summary["too_new"], TOO_NEW, np.where(known, judged, ""))
    return pd.Series(words.astype(object), index=card.summary.index)


def help_limit(model: Model) -> float:
    """The score under which a person needs help: the limit of the second lowest grade, 0 where there is one grade."""
    return min((grade.at_least for grade in model.grades if grade.at_least > 0), default=0.0)
