"""How sure scores, grades and ranks are: held against simulations whose truth is known, and worked out by hand."""

from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from salesperf.company import Company
from salesperf.inference.priors import BetaPrior, NormalPrior
from salesperf.scoring.company_scores import basis_and_scores
from salesperf.scoring.evidence import AmountEvidence, Evidence, RateEvidence
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import Scorecard, points, scorecard
from salesperf.scoring.uncertainty import among, certainty, grade_chances, periods_to_settle, score_draws

Array = NDArray[np.float64]
PEOPLE = 40
CASES = np.resize([3.0, 8.0, 12.0, 30.0, 80.0], PEOPLE)
RATE, AMOUNT = BetaPrior(0.6, 20.0), NormalPrior(1.0, 0.04)
ERRORS = np.resize([0.01, 0.04, 0.09], PEOPLE)
WIDE = {"threshold": -9.0, "target": 1.0, "excellent": 11.0}  # no true value comes near a cap
USUAL = {"threshold": 0.6, "target": 1.0, "excellent": 1.2}
RATES = {"threshold": 0.5, "target": 0.75, "excellent": 0.9}


def model_of(amount: dict[str, float] = USUAL, rate: dict[str, float] = RATES, **settings: Any) -> Model:
    """A model of an amount and a rate, of which each is a half."""
    kpis = [{"kpi": "revenue_attainment", "weight": 0.5, "anchors": amount}]
    kpis += [{"kpi": "satisfaction", "weight": 0.5, "anchors": rate, "least_cases": 0}]
    return Model.model_validate({"perspectives": [{"name": "both", "weight": 1, "kpis": kpis}], **settings})


def companies(model: Model, number: int) -> Any:
    """Simulated companies whose people are from the priors: true scores, scorecards, and what is known of them."""
    draw = np.random.default_rng(7)
    for _ in range(number):
        rates = draw.beta(RATE.mean * RATE.strength, (1 - RATE.mean) * RATE.strength, PEOPLE)
        amounts = draw.normal(AMOUNT.mean, np.sqrt(AMOUNT.variance), PEOPLE)
        successes = draw.binomial(CASES.astype(int), rates).astype(np.float64)
        values = draw.normal(amounts, np.sqrt(ERRORS))
        known: dict[str, Evidence] = {
            "revenue_attainment": AmountEvidence(values, ERRORS, AMOUNT),
            "satisfaction": RateEvidence(successes, CASES, RATE),
        }
        frame = pd.DataFrame({"revenue_attainment": values, "satisfaction": successes / CASES})
        true = [amounts, rates]
        whole = sum(points(t, k.anchors, model.points) / 2 for t, (_, k) in zip(true, model.kpis(), strict=True))
        yield np.asarray(whole), scorecard(frame, model), known


def covered(model: Model, number: int = 50) -> tuple[int, int]:
    """In how many cases of how many the interval holds the true score."""
    held = [
        (sure["score_low"].to_numpy() <= true) & (true <= sure["score_high"].to_numpy())
        for true, card, known in companies(model, number)
        for sure in [certainty(card, score_draws(card, known, draws=800))]
    ]
    return int(np.sum(held)), number * PEOPLE


def bound(share: float, cases: int) -> float:
    """How far a share of cases strays from the true one by chance, with 99 %."""
    return NormalDist().inv_cdf(0.995) * float(np.sqrt(share * (1 - share) / cases))


def test_intervals_of_scores_without_a_cap_hold_the_true_score_in_95_of_100_cases() -> None:
    held, cases = covered(model_of(WIDE, {"threshold": -4.0, "target": 1.0, "excellent": 6.0}))
    assert 0.95 - bound(0.95, cases) - 0.005 <= held / cases <= 0.95 + bound(0.95, cases) + 0.005


def test_with_caps_they_hold_it_in_94_or_more() -> None:
    held, cases = covered(model_of())
    assert held / cases >= 0.94


def test_the_chance_of_a_grade_comes_true() -> None:
    chances, came = [], []
    for true, card, known in companies(model_of(), 50):
        sure = certainty(card, score_draws(card, known, draws=800))
        graded = scorecard(pd.DataFrame({"s": true}), _identity(card.model)).summary["grade"]
        chances.append(sure["grade_chance"].to_numpy())
        came.append((graded == card.summary["grade"]).to_numpy())
    chance, true_grade = np.concatenate(chances), np.concatenate(came).astype(np.float64)
    slope = np.polyfit(chance, true_grade, 1)[0]
    assert 0.9 <= slope <= 1.1 and abs(true_grade.mean() - chance.mean()) < bound(0.5, len(chance))


def _identity(model: Model) -> Model:
    """A model with the grades of another one, in which a value is its own score."""
    kpi = {"kpi": "s", "weight": 1, "anchors": {"threshold": 60, "target": 100, "excellent": 120}}
    grades = [grade.model_dump() for grade in model.grades]
    return Model.model_validate({"perspectives": [{"name": "one", "weight": 1, "kpis": [kpi]}], "grades": grades})


def of_amounts(values: list[float], error: float, **columns: Any) -> tuple[Scorecard, dict[str, Evidence]]:
    """A scorecard of one amount alone, whose errors are all alike, and what is known of it; the prior says nothing."""
    kpi = {"kpi": "revenue_attainment", "weight": 1, "anchors": USUAL}
    model = Model.model_validate({"perspectives": [{"name": "one", "weight": 1, "kpis": [kpi]}]})
    frame = pd.DataFrame({"revenue_attainment": values, **columns}, index=list("abcdefgh"[: len(values)]))
    errors = np.full(len(values), error)
    known: dict[str, Evidence] = {
        "revenue_attainment": AmountEvidence(np.array(values), errors, NormalPrior(0.8, np.inf))
    }
    return scorecard(frame, model), known


def test_an_interval_is_the_error_in_points() -> None:
    card, known = of_amounts([0.8, 0.7], 0.0001)
    sure = certainty(card, score_draws(card, known))
    # A hundredth of attainment is a point, and a standard error: 1.96 on either side.
    assert sure["score_low"].tolist() == pytest.approx([78.04, 68.04], abs=0.15)
    assert sure["score_high"].tolist() == pytest.approx([81.96, 71.96], abs=0.15)


def test_a_score_at_a_limit_has_either_grade_with_one_half() -> None:
    card, known = of_amounts([0.8, 0.9], 0.0001)
    sure = certainty(card, score_draws(card, known))
    assert card.summary["grade"].tolist() == ["B", "B"]
    assert sure["grade_chance"].tolist() == pytest.approx([0.5, 1.0], abs=0.04)


def test_who_is_surely_apart_has_a_rank_of_its_own_and_who_is_not_shares_them() -> None:
    card, known = of_amounts([0.7, 0.95, 0.951, 0.8], 0.0001)
    sure = certainty(card, score_draws(card, known))
    assert sure["rank"].tolist() == [4, 2, 1, 3]
    assert sure["rank_low"].tolist() == [4, 1, 1, 3] and sure["rank_high"].tolist() == [4, 2, 2, 3]
    assert sure["rank_group"].tolist() == [3, 1, 1, 2]


def test_equal_scores_share_a_rank_as_they_are_printed() -> None:
    card, known = of_amounts([0.8, 0.80001, 0.7], 0.0001)
    assert certainty(card, score_draws(card, known))["rank"].tolist() == [1, 1, 3]


def test_who_is_too_new_has_an_interval_and_neither_rank_nor_chance_of_a_grade() -> None:
    card, known = of_amounts([0.8, 0.9, 0.7], 0.0001, too_new=[False, True, False])
    sure = certainty(card, score_draws(card, known))
    assert sure["score_low"].notna().all() and sure["rank"].tolist() == pytest.approx([1, np.nan, 2], nan_ok=True)
    assert sure.loc["b", ["grade_chance", "rank_low", "rank_high", "rank_group"]].isna().all()


def test_without_a_score_or_an_error_nothing_is_said() -> None:
    card, known = of_amounts([0.8, np.nan, 0.7], np.nan)
    sure = certainty(card, score_draws(card, known))
    assert sure.drop(columns="rank").isna().all(axis=None)
    assert sure["rank"].tolist() == pytest.approx([1, np.nan, 2], nan_ok=True)


def test_one_person_is_the_first_surely() -> None:
    card, known = of_amounts([0.8], 0.01)
    ranks = certainty(card, score_draws(card, known)).loc["a", ["rank", "rank_low", "rank_high", "rank_group"]]
    assert ranks.tolist() == [1, 1, 1, 1]


def test_ranks_among_some_are_those_that_these_alone_would_have() -> None:
    card, known = of_amounts([0.7, 0.95, 0.6, 0.8], 0.0001)
    drawn = score_draws(card, known)
    part = among(certainty(card, drawn), card, drawn, np.array([True, False, True, True]))
    assert part.index.tolist() == ["a", "c", "d"]
    assert part["rank"].tolist() == [2, 3, 1] and part["rank_high"].tolist() == [2, 3, 1]


def test_the_order_of_people_changes_nothing() -> None:
    card, known = of_amounts([0.7, 0.95, 0.6, 0.8, 0.81], 0.01)
    back, known_back = of_amounts([0.81, 0.8, 0.6, 0.95, 0.7], 0.01)
    one = certainty(card, score_draws(card, known)).to_numpy()
    other = certainty(back, score_draws(back, known_back)).to_numpy()
    assert np.allclose(one, other[::-1])


def test_a_neutral_value_is_as_sure_as_the_prior() -> None:
    values, errors = np.array([0.8, 0.8]), np.array([np.inf, 0.0001])
    of_kpi = AmountEvidence(values, errors, NormalPrior(0.8, 0.01))
    drawn = of_kpi.true_values(4000, (0, 0))
    assert drawn.std(axis=0).tolist() == pytest.approx([0.1, 0.00995], rel=0.05)
    assert of_kpi.results(drawn, (0, 1))[:, 0].tolist() == [0.8] * 4000


def test_rates_of_few_cases_are_counted_as_the_score_counts_them() -> None:
    of_kpi = RateEvidence(np.array([1.0, 5.0, 0.0]), np.array([2.0, 10.0, 0.0]), BetaPrior(0.6, 8.0), least_cases=10)
    results = of_kpi.results(np.full((500, 3), 0.5), (0, 0))
    assert set(results[:, 0].round(4)) == {0.48, 0.58, 0.68}  # (0, 1 or 2 + 4.8) ÷ 10
    assert set((results[:, 1] * 10).round(6)) <= set(range(11))
    assert set(results[:, 2]) == {0.6}


def test_redrawn_answers_change_few_of_the_demo_companys_grades(demo: Company) -> None:
    rows, card = basis_and_scores(demo, "rep")
    draw, n = np.random.default_rng(3), rows["satisfaction_n"].to_numpy()
    rate, prior = rows["satisfaction"].fillna(0).to_numpy(), float(rows["satisfaction"].mean())
    few, changed = rows["satisfaction_drawn"].notna().to_numpy(), []
    mean = demo.score_basis("rep")["satisfaction_neutral"].max()
    strength = ((rows["satisfaction"] - rows["satisfaction_drawn"]) / (rows["satisfaction_drawn"] - mean) * n).median()
    for _ in range(20):
        true = draw.beta(4 * prior + rate * n, 4 * (1 - prior) + (1 - rate) * n)
        share = draw.binomial(n.astype(int), true) / np.where(n > 0, n, 1)
        drawn = (share * n + mean * strength) / (n + strength)
        again = rows.assign(
            satisfaction=np.where(n > 0, share, np.nan), satisfaction_drawn=np.where(few, drawn, np.nan)
        )
        changed.append((scorecard(again, card.model).summary["grade"] != card.summary["grade"]).mean())
    assert np.mean(changed) <= 0.15


@pytest.fixture(scope="module")
def demo(demo_client: Any) -> Company:
    from salesperf.data.loading import load_tables

    return Company(demo_client, load_tables(demo_client))


def test_who_could_be_first_and_how_probable_such_scores_are_among_equals_is_told_among_some() -> None:
    card, known = of_amounts([0.7, 0.95, 0.951, 0.8, 0.8], 0.0001)
    drawn = score_draws(card, known)
    sure = certainty(card, drawn)
    best = among(sure, card, drawn, np.array([True, True, True, False, False]))
    assert best["first"].tolist() == [0, 1, 1] and (best["alike"] < 0.01).all()
    rest = among(sure, card, drawn, np.array([False, False, False, True, True]))
    assert rest["first"].tolist() == [1, 1] and rest["alike"].tolist() == [1, 1]


def test_a_grade_is_settled_after_as_many_periods_as_take_its_limit_out_of_reach() -> None:
    # 0.0128 above 79.95 points, from which grade B is printed, with an error of 0.02: after q more periods that is
    # 0.64 √(1 + q) errors. 90 % need 1.2816 of them, so 1 + q is 4.01, which is over 4; twice as far, over 1.
    card, known = of_amounts([0.8123, 0.8251, 0.85, 0.8], 0.0004)
    assert periods_to_settle(card, known, draws=200_000).tolist() == [4, 1, 0, np.inf]


def test_it_may_be_settled_that_another_grade_is_due_than_that_of_the_period() -> None:
    card, _ = of_amounts([0.81, 0.79], 0.0001)
    known = {"revenue_attainment": AmountEvidence(np.array([0.81, 0.79]), np.full(2, 0.01), NormalPrior(0.7, 1e-6))}
    assert card.summary["grade"].tolist() == ["B", "C"]
    assert periods_to_settle(card, known).tolist() == [0, 0]
    chances = grade_chances(card, score_draws(card, known).expected)
    assert chances["likeliest"].tolist() == ["C", "C"] and chances["likeliest_chance"].tolist() == [1.0, 1.0]
    assert chances["grade_chance"].tolist() == [0.0, 1.0]


def test_without_a_grade_or_an_error_nothing_settles_it() -> None:
    card, known = of_amounts([0.8, 0.9], 0.0001, too_new=[False, True])
    assert np.isnan(periods_to_settle(card, known)).tolist() == [False, True]
    card, known = of_amounts([0.8, np.nan], np.nan)
    assert np.isnan(periods_to_settle(card, known)).all()
    chances = grade_chances(card, score_draws(card, known).expected)
    assert chances["likeliest"].tolist() == ["", ""] and chances["likeliest_chance"].isna().all()
