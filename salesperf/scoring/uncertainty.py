"""How sure scores, grades and ranks are: intervals by a parametric bootstrap through the model (docs/methods.md §4).

The score that is paid is exact arithmetic on the period's results. What is estimated is the score of an entity's true
values: the results that it could expect in such a period.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.inference.rank_sets import chance_all_equal, rank_sets, top_set
from salesperf.inference.report_card import order_in_draws, report_card
from salesperf.rounding import half_up
from salesperf.schemas import CERTAINTY
from salesperf.scoring.evidence import Evidence
from salesperf.scoring.model import WeightedKpi
from salesperf.scoring.scorecard import Scorecard, grade_places, points

Array = NDArray[np.float64]
DRAWS = 2000
TAILS = (0.025, 0.975)  # of the printed intervals, which hold 95 %
SETTLED = 0.9  # probability of a grade from which it is settled
MOST_PERIODS = 20  # further ones; a person's true values do not stay as they are for longer


@dataclass(frozen=True)
class ScoreDraws:
    """Scores drawn for the entities of a scorecard, in its order; draws × entities, NaN where there is no score.

    ``expected``: scores of true values. ``error``: per entity, the standard deviation of a period's score around the
    score of the true values.
    """

    expected: Array
    error: Array


def score_draws(card: Scorecard, evidence: Mapping[str, Evidence], *, draws: int = DRAWS, seed: int = 0) -> ScoreDraws:
    """The scores of a scorecard's entities, drawn from what the period's results tell of their true values.

    ``evidence``: of every KPI of the model, the entities in the order of the scorecard. The weights are those of the
    scorecard. NaN of who has no score, or has weight on a KPI of which nothing is known.
    """
    expected, results = _unscored(card, draws), _unscored(card, draws)
    for place, (_, kpi) in enumerate(card.model.kpis()):
        of_kpi = evidence[kpi.kpi]
        true_values = of_kpi.true_values(draws, (seed, place, 0))
        expected += _earned(card, kpi, true_values)
        results += _earned(card, kpi, of_kpi.results(true_values, (seed, place, 1)))
    return ScoreDraws(expected, (results - expected).std(axis=0))


def periods_to_settle(card: Scorecard, evidence: Mapping[str, Evidence], *, draws: int = DRAWS, seed: int = 0) -> Array:
    """The least number of further periods like this one after which it would be settled what each entity's grade is.

    Settled it is where the expected score earns one of the grades with a probability of SETTLED: 0 where it does now,
    infinity where MOST_PERIODS do not settle it, NaN without a grade. What the periods would bring: see `Evidence`.
    Other arguments as in `score_draws`.
    """

    def surest(periods: Array) -> Array:
        expected = _unscored(card, draws)
        for place, (_, kpi) in enumerate(card.model.kpis()):
            of_kpi = evidence[kpi.kpi].continued(periods)
            expected += _earned(card, kpi, of_kpi.true_values(draws, (seed, place, 0)))
        return grade_chances(card, expected)["likeliest_chance"].to_numpy()

    # By halving: the number is above the lower one, and the upper one or below it.
    lower, upper = (np.full(len(card.summary), float(periods)) for periods in (-1, MOST_PERIODS + 1))
    while (upper - lower > 1).any():
        middle = np.floor((lower + upper) / 2).clip(0)
        reached = surest(middle)
        lower, upper = np.where(reached >= SETTLED, lower, middle), np.where(reached >= SETTLED, middle, upper)
    return np.where(np.isnan(reached), np.nan, np.where(upper > MOST_PERIODS, np.inf, upper))


def certainty(card: Scorecard, drawn: ScoreDraws) -> pd.DataFrame:
    """How sure the scores, grades and ranks of a scorecard are, among its entities; its index is the scorecard's.

    Columns: score_low and score_high (points), the 95 % interval of the expected score; grade_chance (0 to 1), the
    probability that the expected score earns the grade; rank by the score as printed, 1 for the best, equal scores
    share one; rank_low and rank_high, the marginal 95 % confidence set of the rank (`rank_sets`); rank_group, 1 for the
    best of the groups that can be told apart (`report_card`). NaN where there is no score, grade_chance also where
    there is no grade, and the ranks of who is too new to be judged.
    """
    summary = card.summary
    low, high = np.quantile(drawn.expected, TAILS, axis=0)
    ranked = (summary["score"].notna() & ~summary["too_new"]).to_numpy()
    columns = {
        "score_low": low,
        "score_high": high,
        "grade_chance": grade_chances(card, drawn.expected)["grade_chance"],
    }
    return CERTAINTY.checked(pd.DataFrame(columns | _ranks(summary["score"], drawn, ranked), index=summary.index))


def among(table: pd.DataFrame, card: Scorecard, drawn: ScoreDraws, rows: NDArray[np.bool_]) -> pd.DataFrame:
    """The rows of a table of `certainty` with the ranks among these entities alone. ``rows``: which ones.

    And two columns more: first (0 or 1), whether the entity is one of those that hold the truly best with a probability
    of 95 % (`top_set`); alike, for all the same, how probable scores as far apart would be if all were truly alike
    (`chance_all_equal`). NaN of who is not ranked.
    """
    scores = card.summary["score"]
    ranked = (scores.notna() & ~card.summary["too_new"]).to_numpy() & rows
    printed, error, sure = _as_printed(scores, drawn, ranked)
    first = np.where(sure, top_set(printed, error, 1).astype(np.float64), np.nan)
    alike = np.where(sure, chance_all_equal(printed, error), np.nan)
    return table.assign(**_ranks(scores, drawn, ranked), first=first, alike=alike)[rows]


def _unscored(card: Scorecard, draws: int) -> Array:
    """Draws × entities: 0 to add points to, NaN of who has no score."""
    scored = card.summary["score"].notna().to_numpy()
    return np.where(scored, 0.0, np.full((draws, len(scored)), np.nan))


def _earned(card: Scorecard, kpi: WeightedKpi, values: Array) -> Array:
    """What the values of a KPI (draws × entities) contribute to the scores; 0 where it has no weight."""
    weights = card.weights[kpi.kpi].to_numpy(np.float64)
    return np.where(weights > 0, points(values, kpi.anchors, card.model.points) * weights, 0.0)


def grade_chances(card: Scorecard, expected: Array) -> pd.DataFrame:
    """How probable grades are by the expected score; its index is the scorecard's. ``expected``: see `ScoreDraws`.

    Columns: grade_chance (0 to 1), of the printed grade; likeliest, the grade earned in most draws, of equally likely
    ones the best, and likeliest_chance, its own. NaN and "" without a grade or an expected score.
    """
    places, names = grade_places(expected, card.model), [grade.grade for grade in card.model.grades]
    shares = np.array([(places == place).mean(axis=0) for place in range(len(names))])
    printed = card.summary["grade"].map(dict(zip(names, range(len(names)), strict=True))).fillna(-1).astype("int64")
    graded = (printed >= 0).to_numpy() & ~np.isnan(expected).any(axis=0)
    columns = {
        "grade_chance": np.where(graded, np.take_along_axis(shares, printed.to_numpy()[None], axis=0)[0], np.nan),
        "likeliest": np.where(graded, np.array(names, dtype=object)[shares.argmax(axis=0)], ""),
        "likeliest_chance": np.where(graded, shares.max(axis=0), np.nan),
    }
    return pd.DataFrame(columns, index=card.summary.index)


def _ranks(scores: pd.Series, drawn: ScoreDraws, ranked: NDArray[np.bool_]) -> dict[str, Array]:
    """The columns rank, rank_low, rank_high and rank_group, among who is ranked; NaN of the others."""
    printed, error, sure = _as_printed(scores, drawn, ranked)
    lower, upper = rank_sets(printed, error)
    groups = report_card(order_in_draws(np.where(sure, drawn.expected, np.nan))).groups
    shown = np.where(ranked, half_up(scores.to_numpy(np.float64)), np.nan)
    ranks = pd.Series(shown).rank(ascending=False, method="min").to_numpy(np.float64)
    sets = {"rank_low": lower, "rank_high": upper, "rank_group": groups}
    return {"rank": ranks, **{name: np.asarray(np.where(sure, values, np.nan)) for name, values in sets.items()}}


def _as_printed(
    scores: pd.Series, drawn: ScoreDraws, ranked: NDArray[np.bool_]
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """The printed scores and their errors, NaN of who is not ranked or of unknown error, and who has both."""
    sure = ranked & ~np.isnan(drawn.error)
    return np.where(sure, half_up(scores.to_numpy(np.float64)), np.nan), np.where(sure, drawn.error, np.nan), sure
