"""Scores by hand: points on fixed anchors, weights that move where something is missing, parts that add up."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.documents import checked, read_document
from salesperf.params import preset_names
from salesperf.scoring.model import MODELS, Anchors, Model, Points
from salesperf.scoring.scorecard import effective_weights, measured_share, points, printed, scorecard

NAN = float("nan")
UP = Anchors(threshold=0.6, target=1.0, excellent=1.2)
DOWN = Anchors(threshold=90, target=60, excellent=45)
PERCENT = {"threshold": 60, "target": 100, "excellent": 120}  # a value is its own points


def model_of(*sides: tuple[float, dict[str, float]], **settings: object) -> Model:
    """A model of perspectives (weight, KPI → weight) in which a value from 0 to 120 is its own points."""
    perspectives = [
        {
            "name": str(i),
            "weight": weight,
            "kpis": [{"kpi": k, "weight": w, "anchors": PERCENT} for k, w in kpis.items()],
        }
        for i, (weight, kpis) in enumerate(sides)
    ]
    return Model.model_validate({"perspectives": perspectives, **settings})


def preset(name: str) -> Model:
    return checked(read_document(MODELS / f"{name}.yml"), Model)


@st.composite
def shares(draw, most=4):
    """Weights in thousandths that sum to 1."""
    size = draw(st.integers(1, most))
    cuts = sorted(draw(st.lists(st.integers(1, 999), min_size=size - 1, max_size=size - 1, unique=True)))
    return [(b - a) / 1000 for a, b in zip([0, *cuts], [*cuts, 1000], strict=True)]


@st.composite
def cases(draw):
    """A model and a table of values, some of them missing."""
    sides = [(weight, draw(shares())) for weight in draw(shares())]
    model = model_of(*((w, {f"k{i}_{j}": one for j, one in enumerate(k)}) for i, (w, k) in enumerate(sides)))
    names = [one.kpi for _, one in model.kpis()]
    value = st.one_of(st.just(NAN), st.floats(-50, 150, width=32), st.integers(0, 2400).map(lambda one: one / 20))
    rows = draw(st.lists(st.lists(value, min_size=len(names), max_size=len(names)), min_size=1, max_size=5))
    return model, pd.DataFrame(rows, columns=names, dtype=float)


TWO_SIDES = model_of((0.6, {"a": 0.5, "b": 0.5}), (0.3, {"c": 1}), (0.1, {"d": 1}))


@pytest.mark.parametrize(
    ("value", "earned"),
    [(0.6, 60), (1.0, 100), (1.2, 120), (0.8, 80), (1.1, 110), (5, 120), (0.5, 50), (0.1, 10), (0, 0), (-3, 0)],
)
def test_points_lie_on_the_lines_between_the_anchors_and_go_on_below_down_to_0(value, earned):
    assert points(np.array([value]), UP, Points())[0] == pytest.approx(earned)


@pytest.mark.parametrize(
    ("days", "earned"), [(90, 60), (60, 100), (45, 120), (75, 80), (52.5, 110), (0, 120), (105, 40), (135, 0), (900, 0)]
)
def test_where_lower_is_better_points_fall_as_the_value_rises(days, earned):
    assert points(np.array([days]), DOWN, Points())[0] == pytest.approx(earned)


@pytest.mark.parametrize("anchors", [UP, DOWN])
def test_a_value_that_is_not_available_has_no_points(anchors):
    assert np.isnan(points(np.array([NAN]), anchors, Points())[0])


def test_a_client_s_own_points_are_used():
    own = Points(threshold=50, target=80, excellent=100)
    assert points(np.array([0.6, 0.8, 1.0, 2.0]), UP, own) == pytest.approx([50, 65, 80, 100])


@pytest.mark.parametrize(
    ("available", "weights", "share"),
    [
        ("1111", [0.3, 0.3, 0.3, 0.1], 1.0),
        ("0111", [0, 0.6, 0.3, 0.1], 0.7),
        ("0011", [0, 0, 0.75, 0.25], 0.4),
        ("1101", [3 / 7, 3 / 7, 0, 1 / 7], 0.7),
        ("0000", [0, 0, 0, 0], 0.0),
    ],
)
def test_the_weight_of_what_is_missing_moves_within_its_perspective_and_then_in_proportion(available, weights, share):
    known = np.array([[one == "1" for one in available]])
    assert effective_weights(known, TWO_SIDES)[0] == pytest.approx(weights)
    assert measured_share(known, TWO_SIDES)[0] == pytest.approx(share)


@pytest.mark.parametrize(("first", "scores"), [(0.59, False), (0.6, True), (0.61, True)])
def test_from_60_percent_of_the_weight_there_is_a_score(first, scores):
    model = model_of((1, {"a": first, "b": round(1 - first, 2)}))
    row = scorecard(pd.DataFrame({"a": [90.0], "b": [NAN]}), model).summary.iloc[0]
    assert row["measured"] == pytest.approx(first)
    assert (row["score"], row["grade"]) == (90, "B") if scores else np.isnan(row["score"]) and row["grade"] == ""
    assert np.isnan(row["coefficient"]) != scores


def test_60_percent_made_of_three_parts_is_60_percent():
    model = model_of((1, {"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4}))
    row = pd.DataFrame({"a": [90.0], "b": [90.0], "c": [90.0], "d": [NAN]})
    assert scorecard(row, model).summary["score"][0] == pytest.approx(90)


def test_who_has_nothing_measured_has_no_score_even_where_nothing_is_asked_for():
    model = model_of((1, {"a": 1}), measured_at_least=0)
    assert np.isnan(scorecard(pd.DataFrame({"a": [NAN]}), model).summary["score"][0])


@pytest.mark.parametrize(
    ("score", "grade", "coefficient"),
    [
        (120, "S", 1.5), (110, "S", 1.5), (109.95, "S", 1.5), (109.94, "A", 1.2), (100, "A", 1.2), (99.95, "A", 1.2),
        (99.94, "B", 1.0), (80, "B", 1.0), (79.94, "C", 0.7), (60, "C", 0.7), (59.95, "C", 0.7), (59.94, "D", 0),
        (0, "D", 0),
    ],
)  # fmt: skip
def test_a_grade_is_given_for_the_score_as_printed(score, grade, coefficient):
    row = scorecard(pd.DataFrame({"a": [float(score)]}), model_of((1, {"a": 1}))).summary.iloc[0]
    assert (row["grade"], row["coefficient"]) == (grade, coefficient)


def test_a_client_s_own_grades_are_used():
    scale = [{"grade": "top", "at_least": 95, "coefficient": 2}, {"grade": "rest", "at_least": 0, "coefficient": 1}]
    card = scorecard(pd.DataFrame({"a": [95.0, 94.9]}), model_of((1, {"a": 1}), grades=scale))
    assert card.summary[["grade", "coefficient"]].to_numpy().tolist() == [["top", 2], ["rest", 1]]


def test_rounding_goes_to_the_largest_remainders_and_ties_to_the_first():
    parts, scores = printed(pd.DataFrame({"a": [10.05, 1.04], "b": [10.05, 1.08], "c": [NAN, 1.04]}))
    assert parts.to_numpy()[0, :2].tolist() == [10.1, 10.0] and np.isnan(parts["c"][0])
    assert parts.to_numpy()[1].tolist() == [1.1, 1.1, 1.0] and scores.tolist() == [20.1, 3.2]


def test_core_three_by_hand():
    # 110 % of revenue: 110 points. 60 % satisfied: 60 + 40 × 10/25 = 76. 80 % of the new customers: 80.
    row = pd.DataFrame({"revenue_attainment": [1.1], "satisfaction": [0.6], "new_customers_attainment": [0.8]})
    card = scorecard(row, preset("core_three"))
    assert card.contributions.iloc[0].tolist() == pytest.approx([55, 19, 20])
    assert card.summary["score"][0] == pytest.approx(94) and card.summary["grade"][0] == "B"


def test_goal_oriented_by_hand():
    # 90 % of revenue: 90 points. 120 % of the new customers: 120. A margin of 40 %: 100 + 20 × 5/10 = 110.
    row = pd.DataFrame({"revenue_attainment": [0.9], "new_customers_attainment": [1.2], "gross_margin": [0.4]})
    card = scorecard(row, preset("goal_oriented"))
    assert card.contributions.iloc[0].tolist() == pytest.approx([63, 18, 16.5])
    assert card.summary["score"][0] == pytest.approx(97.5) and card.summary["grade"][0] == "B"


def test_behaviour_driven_by_hand():
    # 22.5 activities a week: 60 + 40 × 7.5/10 = 90. Quality 3.95: 100 + 20 × 0.35/0.70 = 110. Assessed 3: 80.
    # 120 % of revenue: 120. 0.40 × 90 + 0.25 × 110 + 0.20 × 80 + 0.15 × 120 = 36 + 27.5 + 16 + 18 = 97.5.
    row = {"activities_weekly": [22.5], "activity_quality": [3.95], "assessed": [3.0], "revenue_attainment": [1.2]}
    card = scorecard(pd.DataFrame(row), preset("behaviour_driven"))
    assert card.contributions.iloc[0].tolist() == pytest.approx([36, 27.5, 16, 18])
    assert card.summary["score"][0] == pytest.approx(97.5) and card.summary["grade"][0] == "B"


def test_balanced_scorecard_by_hand():
    # Financial: 110 % of revenue is 110, a margin of 35 % is 80: 0.7 × 110 + 0.3 × 80 = 101.
    # Customer: 100 % of the new customers is 100; nobody answered, so its whole weight lies there: 100.
    # Process: 50 days are 110, a quality of 3.3 is 80: 95. Learning: 3.85 is 110.
    # 0.40 × 101 + 0.25 × 100 + 0.20 × 95 + 0.15 × 110 = 40.4 + 25 + 19 + 16.5 = 100.9; measured: all but 0.25 × 0.4.
    row = {
        "revenue_attainment": [1.1], "gross_margin": [0.35], "new_customers_attainment": [1.0], "satisfaction": [NAN],
        "cycle_days": [50.0], "activity_quality": [3.3], "assessed": [3.85],
    }  # fmt: skip
    card = scorecard(pd.DataFrame(row), preset("balanced_scorecard"))
    assert card.perspective_scores.iloc[0].tolist() == pytest.approx([101, 100, 95, 110])
    assert card.contributions.iloc[0].dropna().tolist() == pytest.approx([30.8, 9.6, 25, 11, 8, 16.5])
    assert card.summary["score"][0] == pytest.approx(100.9) and card.summary["grade"][0] == "A"
    assert card.summary["measured"][0] == pytest.approx(0.9)


def test_kpi_okr_by_hand():
    # KPIs: 0.6 × 90 + 0.2 × 100 + 0.2 × 80 = 54 + 20 + 16 = 90. Key results: 0.55 is 80. 0.7 × 90 + 0.3 × 80 = 87.
    # Pay follows the KPIs alone: 90.
    row = {
        "revenue_attainment": [0.9], "new_customers_attainment": [1.0], "gross_margin": [0.35], "key_results": [0.55],
    }  # fmt: skip
    card = scorecard(pd.DataFrame(row), preset("kpi_okr"))
    assert card.perspective_scores.iloc[0].tolist() == pytest.approx([90, 80])
    assert card.contributions.iloc[0].tolist() == pytest.approx([37.8, 14, 11.2, 24])
    assert card.summary[["score", "pay_score"]].iloc[0].tolist() == pytest.approx([87, 90])


def paid(own: float, pay: float | None, values: list[float]) -> pd.Series:
    """The summary of one row under two perspectives, a with its own weight and b with the rest and a pay weight."""
    sides = model_of((own, {"a": 1}), (round(1 - own, 2), {"b": 1})).model_dump()
    sides["perspectives"][1]["pay_weight"] = pay
    frame = pd.DataFrame([values], columns=["a", "b"])
    return scorecard(frame, Model.model_validate(sides)).summary.iloc[0]


# The score is 0.7 × 90 + 0.3 × 120 = 99. For pay, b weighs 0.3 ÷ 1, 0, 0.7 ÷ 1.4 and 1 ÷ 1.7: 90 + 30 × that.
@pytest.mark.parametrize(("pay", "expected"), [(None, 99), (0.3, 99), (0, 90), (0.7, 105), (1, 90 + 30 / 1.7)])
def test_pay_follows_weights_of_its_own_in_proportion(pay, expected):
    row = paid(0.7, pay, [90, 120])
    assert row[["score", "pay_score"]].tolist() == pytest.approx([99, expected])


def test_the_coefficient_is_that_of_the_pay_score_s_grade():
    row = paid(0.7, 0, [100, 50])
    # 0.7 × 100 + 0.3 × 50 = 85 is B, but pay follows the 100: A, 1.2.
    assert row[["score", "grade", "pay_score", "pay_grade", "coefficient"]].tolist() == [85, "B", 100, "A", 1.2]


def test_what_pays_nothing_may_be_missing_without_harm_and_what_pays_may_not():
    assert paid(0.5, 0, [100, NAN])[["grade", "pay_grade"]].tolist() == ["", "A"]  # half measured; of pay, all
    row = paid(0.4, 0, [NAN, 100])
    assert row["score"] == 100 and np.isnan(row["pay_score"]) and np.isnan(row["coefficient"])


def test_where_nothing_that_pays_is_measured_there_is_no_pay_score_even_where_nothing_is_asked_for():
    sides = model_of((0.5, {"a": 1}), (0.5, {"b": 1}), measured_at_least=0).model_dump()
    sides["perspectives"][1]["pay_weight"] = 0
    row = scorecard(pd.DataFrame({"a": [NAN], "b": [100.0]}), Model.model_validate(sides)).summary.iloc[0]
    assert (row["score"], row["pay_grade"]) == (100, "") and np.isnan(row["pay_score"])


@given(cases())
def test_without_pay_weights_the_pay_score_is_the_score(case):
    model, kpis = case
    summary = scorecard(kpis, model).summary
    pd.testing.assert_series_equal(summary["score"], summary["pay_score"], check_names=False, check_exact=True)
    assert summary["grade"].tolist() == summary["pay_grade"].tolist()


@given(cases())
def test_the_scores_of_perspectives_by_their_weights_are_the_score(case):
    model, kpis = case
    card = scorecard(kpis, model)
    outer = np.array([side.weight for side in model.perspectives])
    told = card.perspective_scores.notna().to_numpy()
    weights = told * outer / np.maximum((told * outer).sum(axis=1), 1e-12)[:, None]
    whole = pd.Series((np.nan_to_num(card.perspective_scores) * weights).sum(axis=1), index=kpis.index)
    scored = card.summary["score"].notna()
    assert whole[scored].to_numpy() == pytest.approx(card.summary["score"][scored].to_numpy())


def test_a_scorecard_can_be_cut_to_some_of_its_people_in_the_order_asked_for():
    card = scorecard(pd.DataFrame({"a": [90.0, 100.0, 80.0]}, index=["x", "y", "z"]), model_of((1, {"a": 1})))
    cut = card.only(pd.Index(["z", "x"]))
    frames = (cut.points, cut.weights, cut.contributions, cut.perspective_scores, cut.summary)
    assert all(one.index.tolist() == ["z", "x"] for one in frames)
    assert cut.summary["score"].tolist() == [80, 90] and cut.model is card.model
    assert card.only(card.summary["score"] > 85).summary.index.tolist() == ["x", "y"]


def test_every_preset_has_an_example_by_hand_here():
    assert all(f"test_{name}_by_hand" in globals() for name in preset_names(MODELS))


@given(cases())
def test_contributions_sum_to_the_score_and_printed_ones_to_the_printed_score_exactly(case):
    model, kpis = case
    card = scorecard(kpis, model)
    parts, scores = printed(card.contributions)
    for i in range(len(kpis)):
        row, shown = card.contributions.loc[i].dropna(), parts.loc[i].dropna()
        assert list(row.index) == list(shown.index)
        if np.isnan(card.summary["score"][i]):
            assert row.empty and np.isnan(scores[i]) and card.summary["grade"][i] == ""
            continue
        assert row.sum() == pytest.approx(card.summary["score"][i])
        assert sum(Decimal(str(one)) for one in shown) == Decimal(str(scores[i]))
        assert scores[i] == pytest.approx(card.summary["score"][i], abs=0.0500001)
        assert (abs(shown - row) < 0.100001).all() and (shown >= 0).all()
        assert card.summary["grade"][i] == next(one.grade for one in model.grades if scores[i] >= one.at_least)


@given(cases())
def test_weights_sum_to_1_where_anything_is_measured(case):
    model, kpis = case
    available = kpis.notna().to_numpy()
    weights, measured = effective_weights(available, model), measured_share(available, model)
    assert weights.sum(axis=1) == pytest.approx(available.any(axis=1).astype(float))
    assert (weights[~available] == 0).all() and ((measured >= 0) & (measured <= 1 + 1e-9)).all()


@given(cases(), st.data())
def test_nobody_s_score_depends_on_who_else_is_there_or_on_the_order_of_the_rows(case, data):
    model, kpis = case
    whole = scorecard(kpis, model).summary
    some = data.draw(st.lists(st.sampled_from(list(kpis.index)), unique=True, min_size=1))
    pd.testing.assert_frame_equal(scorecard(kpis.loc[some], model).summary, whole.loc[some], check_exact=True)


def test_not_even_the_last_digit_depends_on_who_else_is_there():
    # Eight parts or more: from there on a plain sum over a table adds them in another order than over one row.
    sides = [(0.001, [0.001, 0.999]), (0.001, [0.001, 0.001, 0.998]), (0.998, [0.001, 0.001, 0.998])]
    model = model_of(*((w, {f"k{i}_{j}": one for j, one in enumerate(k)}) for i, (w, k) in enumerate(sides)))
    names = [one.kpi for _, one in model.kpis()]
    kpis = pd.DataFrame([[NAN] * 5 + [0.0] * 3, [NAN] * 8], columns=names)
    alone = scorecard(kpis.loc[[0]], model).summary
    pd.testing.assert_frame_equal(alone, scorecard(kpis, model).summary.loc[[0]], check_exact=True)


def test_rows_may_bear_one_label():
    card = scorecard(pd.DataFrame({"a": [90.0, 100.0]}, index=["x", "x"]), model_of((1, {"a": 1})))
    assert card.summary["score"].tolist() == [90, 100]
