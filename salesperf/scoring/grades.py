"""Grades of a period that is over: one that runs on has scores so far, and no grade yet (docs/methods.md §3)."""

from dataclasses import replace

import numpy as np

from salesperf.data.export import Export
from salesperf.measures.coverage import reaches_end
from salesperf.periods import Period
from salesperf.scoring.scorecard import Scorecard

_GRADES = ("grade", "pay_grade", "forced_grade")
_COEFFICIENTS = ("coefficient", "earned_coefficient")


def graded(export: Export, period: Period, card: Scorecard) -> Scorecard:
    """The scorecard of a period itself; without grades and their coefficients where the export does not reach its end.

    A grade is a judgement of the whole period, and a score so far is not one of it.
    """
    return card if reaches_end(export, period) else without_grades(card)


def without_grades(card: Scorecard) -> Scorecard:
    """The scorecard without grades and their coefficients."""
    blank = {name: "" for name in _GRADES} | dict.fromkeys(_COEFFICIENTS, np.nan)
    known = {name: value for name, value in blank.items() if name in card.summary}
    return replace(card, summary=card.summary.assign(**known))


def has_grades(card: Scorecard) -> bool:
    """Whether anybody with a score has a grade, of who is not too new: nobody has while the period is not over."""
    could = card.summary["score"].notna() & ~card.summary["too_new"]
    return bool((card.summary["grade"] != "").any()) or not could.any()
