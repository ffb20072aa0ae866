"""Two models on the same people: who moves, what that costs, and which moves lie within the error of the scores."""

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.people.incentives.pay_rules import ZERO
from salesperf.people.weights.experiment import Experiment
from salesperf.rounding import half_up
from salesperf.schemas import MODEL_MOVES
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import Scorecard

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ModelComparison:
    """What another model does to the people of an experiment, or to some of them.

    ``present`` and ``other``: the scores under the model in force and under the other one, of all people of the
    experiment. ``people``: one row per rep (index rep_id), in its order. Columns: region, team, rep; score, grade and
    rank under the model in force and other_score, other_grade and other_rank under the other one (rank: by the score as
    printed among all of the company who are not too new, 1 for the best, equal scores share one; NaN without);
    ``within_error`` (bool): the scores differ by less than the half width of the 95 % interval of the score in force;
    payout, other_payout and difference (Decimal, in money; None where not available or where no pay follows from
    grades). The grades are those that pay follows.
    """

    present: Scorecard
    other: Scorecard
    people: pd.DataFrame

    def within(self, region: str) -> "ModelComparison":
        """The comparison of a region's people, with their ranks in the company."""
        return replace(self, people=self.people[self.people["region"] == region])

    @property
    def moved(self) -> pd.DataFrame:
        """The rows of those whose grade or rank changes."""
        ranks = self.people[["rank", "other_rank"]]
        same = (ranks["rank"] == ranks["other_rank"]) | ranks.isna().all(axis=1)
        return self.people[~same | (self.people["grade"] != self.people["other_grade"])]

    @property
    def regraded(self) -> pd.DataFrame:
        """The rows of those who have a grade under both models, and another one."""
        grades = self.people[["grade", "other_grade"]]
        return self.people[(grades != "").all(axis=1) & (grades["grade"] != grades["other_grade"])]

    @property
    def ungraded(self) -> int:
        """How many have a grade under the model in force alone."""
        return int(((self.people["grade"] != "") & (self.people["other_grade"] == "")).sum())

    @property
    def newly_graded(self) -> int:
        """How many have a grade under the other model alone."""
        return int(((self.people["grade"] == "") & (self.people["other_grade"] != "")).sum())

    @property
    def raised(self) -> int:
        """How many get a better grade, of those who have one under both models.

        Where the models call their grades otherwise, the better one is that of the higher coefficient.
        """
        return int((self._steps() > 0).sum())

    @property
    def lowered(self) -> int:
        """How many get a worse grade, of those who have one under both models (see ``raised``)."""
        return int((self._steps() < 0).sum())

    @property
    def unsure(self) -> int:
        """How many grades change while the scores differ by less than the error of the score (``within_error``)."""
        return int(self.regraded["within_error"].sum())

    @property
    def costs(self) -> tuple[Decimal, Decimal] | None:
        """The sums of payouts under both models, of those who have both; None where nobody has."""
        both = self.people[[difference is not None for difference in self.people["difference"]]]
        return None if both.empty else (sum(both["payout"], ZERO), sum(both["other_payout"], ZERO))

    @property
    def unavailable(self) -> int:
        """How many have a grade, but no payout under both models."""
        graded = (self.people["grade"] != "") | (self.people["other_grade"] != "")
        return sum(difference is None for difference in self.people["difference"][graded])

    @property
    def gainers(self) -> int:
        """How many would be paid more."""
        return sum(difference is not None and difference > 0 for difference in self.people["difference"])

    @property
    def losers(self) -> int:
        """How many would be paid less."""
        return sum(difference is not None and difference < 0 for difference in self.people["difference"])

    @property
    def tau(self) -> float:
        """Kendall's τ-b between the two orders by score, of those ranked in both; NaN for fewer than two."""
        ranks = self.people[["rank", "other_rank"]].dropna()
        return float(ranks["rank"].corr(ranks["other_rank"], method="kendall")) if len(ranks) > 1 else float("nan")

    def _steps(self) -> pd.Series:
        """How far each person rises, in grades or else in coefficients; NaN of who has none under one of the models."""
        present, other = self.present.model.grades, self.other.model.grades
        if [grade.grade for grade in present] == [grade.grade for grade in other]:
            place: dict[str, float] = {grade.grade: -number for number, grade in enumerate(present)}
            return self.people["other_grade"].map(place) - self.people["grade"].map(place)
        before, after = ({grade.grade: grade.coefficient for grade in grades} for grades in (present, other))
        return self.people["other_grade"].map(after) - self.people["grade"].map(before)


def compared(tried: Experiment, other: Model) -> ModelComparison:
    """Another model on the people of an experiment.

    Raises KeyError where the model has a KPI, ``least_cases`` or a scale of grades that the experiment does not have.
    """
    card = tried.scored(other)
    before, after = tried.card.summary, card.summary
    paid, would_be = _payouts(tried.payouts, before), _payouts(tried.payouts_under(other), after)
    people = tried.rows[["region", "team", "rep"]].assign(
        score=before["score"],
        grade=paying_grade(before),
        rank=_ranks(before),
        other_score=after["score"],
        other_grade=paying_grade(after),
        other_rank=_ranks(after),
        within_error=(after["score"] - before["score"]).abs() < tried.sure,
        payout=paid,
        other_payout=would_be,
        difference=_difference(paid, would_be),
    )
    return ModelComparison(tried.card, card, MODEL_MOVES.checked(people))


def paying_grade(summary: pd.DataFrame) -> pd.Series:
    """The grade whose coefficient a person's bonus has. ``summary``: `Scorecard.summary`."""
    return summary["forced_grade"] if "forced_grade" in summary else summary["pay_grade"]


def _ranks(summary: pd.DataFrame) -> Array:
    shown = pd.Series(half_up(summary["score"].to_numpy(np.float64))).where(~summary["too_new"].to_numpy())
    return np.asarray(shown.rank(ascending=False, method="min"), np.float64)


def _payouts(by_grade: pd.DataFrame | None, summary: pd.DataFrame) -> pd.Series:
    """What each person is paid for the grade; None where that is not available."""
    table = pd.DataFrame() if by_grade is None else by_grade
    amounts = {(rep, grade): amount for grade in table for rep, amount in table[grade].items()}
    keys = paying_grade(summary).items()
    return pd.Series([amounts.get(key) for key in keys], index=summary.index, dtype=object)


def _difference(paid: pd.Series, would_be: pd.Series) -> pd.Series:
    """What would be paid less what is, None where either is not available."""
    pairs = zip(paid, would_be, strict=True)
    differences = [None if now is None or then is None else then - now for now, then in pairs]
    return pd.Series(differences, index=paid.index, dtype=object)
