"""Several models of what should count, on the same people: where they agree, and who is hurt by whose wish."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.data.export import Export
from salesperf.errors import RequestError
from salesperf.people.weights.comparison import ModelComparison, compared
from salesperf.people.weights.experiment import Experiment, experiment
from salesperf.people.weights.robustness import TAILS
from salesperf.rounding import half_up
from salesperf.schemas import BY_MIND, MINDS
from salesperf.scoring.model import Model
from salesperf.weighting.agreement import concordance
from salesperf.weighting.score_ranks import ranks
from salesperf.weighting.weight_draws import DRAWS, any_weights

Array = NDArray[np.float64]
MOST = 8  # minds side by side


@dataclass(frozen=True, eq=False)
class Minds:
    """Several models, by the name of who wants them, on the people of a period.

    ``comparisons``: each one against the model in force. ``people``: one row per rep who has a rank under all of them
    (index rep_id). Columns: region, team, rep; best and worst, the best and the worst rank among these people, best_by
    and worst_by, who gives it (the first of several); ``spread``, worst less best; mixed_low and mixed_high, between
    which 95 % of the ranks lie by mixtures of all scores, drawn uniformly. ``ranks``: a column per mind, among the same
    people. ``tau``: minds × minds, Kendall's τ-b of their orders by printed scores; ``agreement``: Kendall's W of all
    of them, 0 to 1; NaN for fewer than two people.
    """

    comparisons: dict[str, ModelComparison]
    people: pd.DataFrame
    ranks: pd.DataFrame
    tau: pd.DataFrame
    agreement: float

    @property
    def grades(self) -> pd.DataFrame:
        """The grades that pay follows of the people ranked by all: a column per mind; "" without a grade."""
        columns = {name: one.people["other_grade"] for name, one in self.comparisons.items()}
        return pd.DataFrame(columns).loc[self.people.index]

    def hurt_by(self, name: str) -> pd.DataFrame:
        """The rows of `ModelComparison.people` of those whose rank is worse by a mind than in force.

        The largest fall of rank comes first.
        """
        people = self.comparisons[name].people
        fall = (people["other_rank"] - people["rank"]).rename("fall")
        ordered = people[["rep"]].join(fall).sort_values(["fall", "rep"], ascending=[False, True])
        return people.loc[ordered.index[ordered["fall"] > 0]]


def minds(export: Export, models: Mapping[str, Model]) -> Minds:
    """Several models on the people of the export's period. ``models``: name of who wants it → model.

    Raises RequestError for fewer than two models or more than MOST.
    """
    if not 2 <= len(models) <= MOST:
        raise RequestError(f"minds: expected 2 to {MOST} models, got {len(models)}; name others")
    return minds_of(experiment(export, models), models)


def minds_of(tried: Experiment, models: Mapping[str, Model]) -> Minds:
    """Several models on the people of an experiment that has them (see `minds`)."""
    comparisons = {name: compared(tried, model) for name, model in models.items()}
    scores = pd.DataFrame({name: one.people["other_score"] for name, one in comparisons.items()})
    ranked = pd.DataFrame({name: one.people["other_rank"].notna() for name, one in comparisons.items()}).all(axis=1)
    printed = pd.DataFrame(half_up(scores[ranked].to_numpy(np.float64)), scores.index[ranked], scores.columns)
    by_rank = printed.rank(ascending=False, method="min")
    names, (low, high) = list(models), _mixed(printed)
    people = tried.rows.loc[ranked, ["region", "team", "rep"]].assign(
        best=by_rank.min(axis=1),
        best_by=[names[place] for place in by_rank.to_numpy().argmin(axis=1)],
        worst=by_rank.max(axis=1),
        worst_by=[names[place] for place in by_rank.to_numpy().argmax(axis=1)],
        spread=by_rank.max(axis=1) - by_rank.min(axis=1),
        mixed_low=low,
        mixed_high=high,
    )
    agreement = concordance(printed.to_numpy().T)
    tau = printed.corr(method="kendall")
    return Minds(comparisons, MINDS.checked(people), BY_MIND.checked(by_rank), tau, agreement)


def _mixed(printed: pd.DataFrame) -> tuple[Array, Array]:
    """The ranks between which 95 % of each person's ranks lie by mixtures of the minds' scores."""
    if printed.empty:
        return np.empty(0), np.empty(0)
    mixtures = any_weights(printed.shape[1], draws=DRAWS)
    drawn = ranks(half_up(mixtures @ printed.to_numpy().T)).astype(np.float64)
    low, high = np.quantile(drawn, TAILS, axis=0, method="inverted_cdf")
    return low, high
