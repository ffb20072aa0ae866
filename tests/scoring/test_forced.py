"""A forced distribution: who gets which grade, and what the force alone does."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.scoring.forced import Consequences, consequences
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import Scorecard, scorecard

NAN = float("nan")
SHARES = {"S": 0.1, "A": 0.2, "B": 0.4, "C": 0.2, "D": 0.1}
PERCENT = {"threshold": 60, "target": 100, "excellent": 120}  # a value is its own points
KPI = {"kpi": "a", "weight": 1, "anchors": PERCENT}


def model_with(shares: dict[str, float], **pay: object) -> Model:
    return Model.model_validate(
        {"perspectives": [{"name": "all", "weight": 1, "kpis": [KPI], **pay}], "forced": shares}
    )


def card_of(scores: list[float], shares: dict[str, float] = SHARES) -> Scorecard:
    return scorecard(pd.DataFrame({"a": scores}, dtype=float), model_with(shares))


def forced(scores: list[float], shares: dict[str, float] = SHARES) -> str:
    return " ".join(one or "-" for one in card_of(scores, shares).summary["forced_grade"])


def test_ten_people_fill_the_seats_from_the_best_down():
    # 1, 2, 4, 2 and 1 of 10, whatever they earned.
    assert forced([119, 118, 117, 116, 115, 114, 113, 112, 111, 110]) == "S A A B B B B C C D"


def test_whoever_has_no_score_takes_no_seat_and_gets_no_grade():
    # Of 5: 0.5, 1, 2, 1, 0.5 seats; the one left over goes to the first of the largest remainders, S.
    assert forced([50, NAN, 40, 30, 20, 10]) == "S - A B B C"


def test_equal_scores_share_the_better_grade():
    # One S for 10 people, but three lead together; then places 4 to 7 are B's, 8 and 9 C's.
    assert forced([100, 100, 100, 90, 80, 70, 60, 50, 40, 30]) == "S S S B B B B C C D"


def test_scores_that_are_printed_alike_are_alike():
    assert forced([100.04, 100.01, *range(90, 98)]).split()[:2] == ["S", "S"]


def test_a_grade_without_a_share_is_given_to_nobody():
    shares = {"S": 0, "A": 0.5, "B": 0.5, "C": 0, "D": 0}
    assert forced([4, 3, 2, 1], shares) == "A A B B"


def test_the_grade_as_earned_and_the_score_stay_and_the_coefficient_follows_the_forced_one():
    card, earned = card_of([115, 112, 90]), scorecard(pd.DataFrame({"a": [115.0, 112, 90]}), model_with({}))
    for column in ("score", "grade", "pay_score", "measured"):
        pd.testing.assert_series_equal(card.summary[column], earned.summary[column])
    # Of 3: 0.3, 0.6, 1.2, 0.6, 0.3 seats: one B, then the two left over go to A and C.
    assert card.summary["forced_grade"].tolist() == ["A", "B", "C"]
    assert card.summary["coefficient"].tolist() == [1.2, 1.0, 0.7]
    assert card.summary["earned_coefficient"].tolist() == [1.5, 1.5, 1.0]


def test_its_consequences_are_counted():
    card = card_of([115, 112, 90])
    # S → A, S → B, B → C: three lowered. 1.5 + 1.5 + 1.0 = 4.0 became 1.2 + 1.0 + 0.7 = 2.9.
    got = consequences(card.summary, card.model)
    assert got == Consequences(people=3, raised=0, lowered=3, earned=4.0, forced=pytest.approx(2.9))


def test_who_is_raised_by_force_is_counted_apart():
    card = card_of([70, 50, 40, NAN], {"S": 0.5, "A": 0, "B": 0, "C": 0, "D": 0.5})
    # Of 3: 1.5 and 1.5 seats, the one left over is the first's: S, S, D. C → S and D → S; D stays.
    got = consequences(card.summary, card.model)
    assert (got.people, got.raised, got.lowered, got.earned, got.forced) == (3, 2, 0, 0.7, 3.0)


def test_nobody_with_a_score_leaves_nobody_to_grade():
    card = card_of([NAN, NAN])
    assert card.summary["forced_grade"].tolist() == ["", ""]
    assert consequences(card.summary, card.model) == Consequences(0, 0, 0, 0, 0)


def test_several_periods_are_graded_each_by_itself():
    rows = pd.DataFrame({"a": [100.0, 90, 50, 40], "period": ["2025Q3", "2025Q3", "2025Q4", "2025Q4"]})
    card = scorecard(rows, model_with({"S": 0.5, "A": 0.5, "B": 0, "C": 0, "D": 0}))
    assert card.summary["forced_grade"].tolist() == ["S", "A", "S", "A"]


def test_a_region_keeps_the_grades_that_the_company_gave_it():
    card = card_of([100, 90, 80, 70, 60, 50, 40, 30, 20, 10])
    assert card.only(pd.Index([8, 9])).summary["forced_grade"].tolist() == ["C", "D"]


def test_models_without_the_force_have_no_columns_of_it():
    summary = scorecard(pd.DataFrame({"a": [100.0]}), model_with(SHARES).as_earned()).summary
    assert "forced_grade" not in summary and "earned_coefficient" not in summary


scores = st.lists(st.one_of(st.just(NAN), st.integers(0, 120).map(float)), min_size=1, max_size=40)
tenths = st.lists(st.integers(0, 10), min_size=4, max_size=4).map(sorted)


@given(scores, tenths, st.randoms(use_true_random=False))
def test_a_better_score_never_gets_a_worse_grade_whatever_the_order_of_rows(values, cuts, random):
    parts = [b - a for a, b in zip([0, *cuts], [*cuts, 10], strict=True)]
    shares = dict(zip("SABCD", (one / 10 for one in parts), strict=True))
    card = card_of(values, shares)
    place = card.summary["forced_grade"].map({"S": 0, "A": 1, "B": 2, "C": 3, "D": 4, "": NAN})
    for one, other in zip(np.argsort(values)[:-1], np.argsort(values)[1:], strict=True):
        if not np.isnan(values[one]) and not np.isnan(values[other]):
            assert place[other] <= place[one] if values[other] > values[one] else place[other] == place[one]
    order = list(range(len(values)))
    random.shuffle(order)
    shuffled = scorecard(pd.DataFrame({"a": values}, dtype=float).iloc[order], card.model)
    pd.testing.assert_frame_equal(shuffled.summary.sort_index(), card.summary)


@given(st.lists(st.integers(0, 12000), min_size=1, max_size=40, unique=True))
def test_without_ties_every_grade_gets_its_share_to_within_one_person(hundredths):
    values = [one / 10 for one in hundredths if one <= 1200] or [1.0]
    counts = card_of(values).summary["forced_grade"].value_counts()
    assert all(abs(counts.get(grade, 0) - share * len(values)) < 1 for grade, share in SHARES.items())
