"""Why a score changed: parts by hand, and parts that add up whatever is missing."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.scoring.change import WEIGHTS, ScoreChange, printed_change, score_change
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import scorecard

NAN = float("nan")
PERCENT = {"threshold": 60, "target": 100, "excellent": 120}  # a value is its own points


def model_of(*sides: tuple[float, dict[str, float]], **settings: object) -> Model:
    perspectives = [
        {
            "name": str(i),
            "weight": weight,
            "kpis": [{"kpi": k, "weight": w, "anchors": PERCENT} for k, w in kpis.items()],
        }
        for i, (weight, kpis) in enumerate(sides)
    ]
    return Model.model_validate({"perspectives": perspectives, **settings})


HALVES = model_of((1, {"a": 0.5, "b": 0.5}), measured_at_least=0.4)


def change_of(before: list[float], now: list[float], model: Model = HALVES) -> ScoreChange:
    names = [one.kpi for _, one in model.kpis()]
    frames = (pd.DataFrame([row], columns=names, index=["r1"], dtype=float) for row in (before, now))
    return score_change(*(scorecard(one, model) for one in frames))


def test_points_that_rise_are_parts_by_their_weight():
    got = change_of([80, 100], [100, 90])
    # 0.5 × 20 and 0.5 × −10: from 90 to 95.
    assert got.parts.loc["r1"].tolist() == [10, -5, 0]
    assert got.scores.loc["r1"].tolist() == [90, 95, 5]
    assert got.parts.columns.tolist() == ["a", "b", WEIGHTS]


def test_weight_that_moves_is_a_part_of_its_own():
    got = change_of([80, NAN], [100, 60])
    # Before: 80, all its weight on a. Now: 0.5 × 100 + 0.5 × 60 = 80. a's points: mean weight 0.75 × 20 = 15; the
    # rest, −15, came of b, which weighs now and is lower.
    assert got.parts.loc["r1"].tolist()[0] == pytest.approx(15)
    assert np.isnan(got.parts.loc["r1", "b"]) and got.parts.loc["r1", WEIGHTS] == pytest.approx(-15)
    assert got.scores.loc["r1", "change"] == pytest.approx(0)


def test_a_kpi_that_is_no_longer_available_takes_its_weight_along():
    got = change_of([100, 60], [100, NAN])
    # 80 → 100, and a's points did not move.
    assert got.parts.loc["r1", ["a", WEIGHTS]].tolist() == [0, 20]


@pytest.mark.parametrize(("before", "now"), [([NAN, NAN], [90, 90]), ([90, 90], [NAN, NAN])])
def test_without_a_score_both_times_there_is_no_explanation(before, now):
    got = change_of(before, now)
    assert np.isnan(got.scores.loc["r1", "change"]) and got.parts.loc["r1"].isna().all()
    assert printed_change(got).parts.loc["r1"].isna().all()


def test_who_was_not_there_before_has_no_explanation():
    cards = [scorecard(pd.DataFrame({"a": [90.0], "b": [90.0]}, index=[name]), HALVES) for name in ("r1", "r2")]
    got = score_change(*cards)
    assert got.scores.index.tolist() == ["r2"] and got.parts.loc["r2"].isna().all()


def test_printed_parts_meet_the_difference_of_the_printed_scores():
    # 0.5 × 90.1 + 0.5 × 80 = 85.05 is printed 85.1; 0.5 × 90 + 0.5 × 80 = 85. −0.05 is printed −0.1.
    got = printed_change(change_of([90.1, 80], [90, 80]))
    assert got.scores.loc["r1"].tolist() == [85.1, 85.0, -0.1]
    assert got.parts.loc["r1"].tolist() == [-0.1, 0, 0]


def test_what_rounding_adds_goes_with_the_largest_part():
    # 60.04 and 30.0 → 45.02, printed 45.0; 60.14 and 30.16 → 45.15, printed 45.2: a change of 0.2.
    # The parts are 0.05 and 0.08, together 0.13; with 0.07 more the larger one is 0.15: 0.0 and 0.2.
    got = printed_change(change_of([60.04, 30.0], [60.14, 30.16]))
    assert got.scores.loc["r1", "change"] == 0.2
    assert sum(got.parts.loc["r1"]) == pytest.approx(0.2) and got.parts.loc["r1", "b"] >= got.parts.loc["r1", "a"]


def test_what_rounding_adds_never_goes_to_a_part_that_is_not_available():
    third = model_of((1, {"a": 0.4, "b": 0.4, "c": 0.2}))
    # a and b weigh half each: (90.04 + 90.04) ÷ 2 = 90.04, printed 90.0; (90.05 + 90.06) ÷ 2 = 90.055, printed 90.1.
    got = printed_change(change_of([90.04, 90.04, NAN], [90.05, 90.06, NAN], third))
    assert got.scores.loc["r1"].tolist() == [90.0, 90.1, 0.1]
    assert got.parts.loc["r1", ["a", "b"]].tolist() == [0.0, 0.1]
    assert np.isnan(got.parts.loc["r1", "c"])


@st.composite
def pairs(draw):
    """A model and two tables of values for the same people, some of them missing."""
    outer = draw(st.sampled_from([[1.0], [0.6, 0.4], [0.5, 0.3, 0.2]]))
    inner = [draw(st.sampled_from([[1.0], [0.7, 0.3], [0.2, 0.3, 0.5]])) for _ in outer]
    sides = [
        (w, {f"k{i}_{j}": one for j, one in enumerate(k)}) for i, (w, k) in enumerate(zip(outer, inner, strict=True))
    ]
    model = model_of(*sides, measured_at_least=draw(st.sampled_from([0.0, 0.6])))
    names = [one.kpi for _, one in model.kpis()]
    value = st.one_of(st.just(NAN), st.floats(-50, 150, width=32), st.integers(0, 2400).map(lambda one: one / 20))
    row = st.lists(value, min_size=len(names), max_size=len(names))
    size = draw(st.integers(1, 4))
    tables = [
        pd.DataFrame([draw(row) for _ in range(size)], columns=names, dtype=float).rename(index=lambda one: f"r{one}")
        for _ in range(2)
    ]
    return model, *tables


@given(pairs())
def test_parts_sum_to_the_change_and_printed_ones_to_the_printed_change_exactly(case):
    model, *tables = case
    before, now = (scorecard(one, model) for one in tables)
    change = score_change(before, now)
    shown = printed_change(change)
    for rep in change.scores.index:
        if np.isnan(change.scores.loc[rep, "change"]):
            assert shown.parts.loc[rep].isna().all()
            continue
        assert change.parts.loc[rep].sum() == pytest.approx(change.scores.loc[rep, "change"], abs=1e-9)
        printed = sum(Decimal(str(one)) for one in shown.parts.loc[rep].dropna())
        scores = [Decimal(str(shown.scores.loc[rep, name])) for name in ("before", "now")]
        assert printed == scores[1] - scores[0] == Decimal(str(shown.scores.loc[rep, "change"]))
        assert (abs(shown.parts.loc[rep] - change.parts.loc[rep]).dropna() < 0.2000001).all()
        if (before.weights.loc[rep] == now.weights.loc[rep]).all():
            assert shown.parts.loc[rep, WEIGHTS] == 0


@given(pairs())
def test_the_way_back_has_the_same_parts_with_the_other_sign(case):
    model, *tables = case
    before, now = (scorecard(one, model) for one in tables)
    there, back = score_change(before, now).parts, score_change(now, before).parts
    np.testing.assert_allclose(there, -back, atol=1e-9)
