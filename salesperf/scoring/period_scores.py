"""Scores of several periods side by side, such as the months of a quarter beside the quarter."""

from dataclasses import dataclass

import pandas as pd

from salesperf.periods import Period
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import Scorecard, scorecard


@dataclass(frozen=True)
class PeriodScores:
    """Scores of several periods side by side: a row per person, a column per period.

    ``measured`` is the share of the model's weight that was measured; ``cases`` the smallest number of cases behind a
    rate in the score, NaN where it has none.
    """

    scores: pd.DataFrame
    measured: pd.DataFrame
    cases: pd.DataFrame


def parts_of(period: Period) -> list[Period]:
    """The shorter periods that a period's scores stand beside: its months; of a year, its quarters; of a month, none.

    >>> [one.label for one in parts_of(Period(24309, 3))]
    ['2025-10', '2025-11', '2025-12']
    """
    if period.length < 12:
        return period.months() if period.length > 1 else []
    return [Period(period.first + step, 3, period.fiscal_year_start) for step in range(0, period.length, 3)]


def period_scores(kpis: pd.DataFrame, periods: list[Period], model: Model) -> PeriodScores:
    """The scores of everybody in several periods, each period scored by itself.

    ``kpis``: the KPI table of all these periods, with whoever is scored as its index, such as
    ``company.kpis("rep", [*parts_of(now), now]).set_index("rep_id")``. Who has no row in a period, or too
    little measured in it, has no score there.
    """
    scores, measured, cases = {}, {}, {}
    for period in periods:
        rows = kpis[kpis["period"] == period.label]
        card = scorecard(rows, model)
        scores[period.label] = card.summary["score"]
        measured[period.label] = card.summary["measured"]
        cases[period.label] = _fewest_cases(rows, card)
    return PeriodScores(*(pd.DataFrame(columns) for columns in (scores, measured, cases)))


def _fewest_cases(rows: pd.DataFrame, card: Scorecard) -> pd.Series:
    """The smallest number of cases behind a rate in each score; NaN where no rate or no score is."""
    behind = {name: rows[f"{name}_n"].where(card.points[name].notna()) for name in card.points if f"{name}_n" in rows}
    fewest: pd.Series = pd.DataFrame(behind, index=rows.index).min(axis=1).where(card.summary["score"].notna())
    return fewest
