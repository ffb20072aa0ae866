"""Scores of several periods side by side, such as the months of a quarter beside the quarter."""

from dataclasses import dataclass

import pandas as pd

from salesperf.periods import Period
from salesperf.schemas import BY_PERIOD
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import Scorecard, scorecard


@dataclass(frozen=True)
class PeriodScores:
    """Scores of several periods side by side; each frame has a row per entity and a column per period, by its label.

    ``scores``: points, NaN where there is no score. ``measured``: the share of the model's weight that was measured, 0
    to 1, NaN for who has no row in the period. ``cases``: the smallest number of cases behind a rate in the score, NaN
    where no rate or no score is.
    """

    scores: pd.DataFrame
    measured: pd.DataFrame
    cases: pd.DataFrame


def parts_of(period: Period) -> list[Period]:
    """The shorter periods that a period is shown with: its months; of a year, its quarters; of a month, none.

    >>> [part.label for part in parts_of(Period(24309, 3))]
    ['2025-10', '2025-11', '2025-12']
    """
    if period.length < 12:
        return period.months() if period.length > 1 else []
    return [period.other(period.first + step, 3) for step in range(0, period.length, 3)]


def period_scores(kpis: pd.DataFrame, periods: list[Period], model: Model) -> PeriodScores:
    """The scores of all entities in several periods, each period scored by itself (docs/methods.md §3).

    ``kpis``: the KPI table of all these periods (`kpi_table`), with the scored entities as its index, such as
    ``company.kpis("rep", [*parts_of(now), now]).set_index("rep_id")``. An entity without a row in a period, or with too
    little measured in it, has no score there.
    """
    scores, measured, cases = {}, {}, {}
    for period in periods:
        rows = kpis[kpis["period"] == period.label]
        card = scorecard(rows, model)
        scores[period.label] = card.summary["score"]
        measured[period.label] = card.summary["measured"]
        cases[period.label] = _fewest_cases(rows, card)
    return PeriodScores(*(BY_PERIOD.checked(pd.DataFrame(columns)) for columns in (scores, measured, cases)))


def _fewest_cases(rows: pd.DataFrame, card: Scorecard) -> pd.Series:
    """Per row, the smallest number of cases (``<id>_n``) behind a rate in its score; NaN without a rate or score."""
    known = card.points.notna() & card.neutral.isna()
    behind = {name: rows[f"{name}_n"].where(known[name]) for name in card.points if f"{name}_n" in rows}
    fewest: pd.Series = (
        pd.DataFrame(behind, index=rows.index, dtype="float64").min(axis=1).where(card.summary["score"].notna())
    )
    return fewest
