"""How everyone ranks, who is named and for which reasons, worked out by hand."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from salesperf.people import potential_ranking
from salesperf.people.backtest import Backtest
from salesperf.people.features import Features
from salesperf.people.groups import Groups
from salesperf.people.potential import Potential
from salesperf.people.potential_ranking import potential

NAN = float("nan")
# Nine people whose quartiles are at −1 and 1: a value counts as 0.6745 of itself, half of 1.349.
QUARTER = 0.6744897501960817
NINE = [-2.0, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2]


def features(values: Mapping[str, Sequence[float]], **errors: float) -> Features:
    frame = pd.DataFrame(values, dtype="float64")
    frame.index = pd.Index([f"r{place:02}" for place in range(len(frame))], name="rep_id")
    people = pd.DataFrame({"region": "East", "team": "", "rep": frame.index, "quarters": 8}, index=frame.index)
    known = pd.DataFrame({name: np.full(len(frame), error) for name, error in errors.items()}, frame.index)
    return Features(frame, people, ("products",), people.iloc[:0], errors=known)


def found(values: Mapping[str, Sequence[float]], scores: Sequence[float] | None = None) -> Potential:
    told = features(values)
    return potential(told, None if scores is None else pd.Series(scores, told.values.index, dtype="float64"))


def grouped(
    monkeypatch: pytest.MonkeyPatch, labels: Sequence[int], membership: Sequence[float], count: int = 2
) -> list[pd.DataFrame]:
    """Has people grouped so; the features that were asked about."""
    asked: list[pd.DataFrame] = []
    groups = Groups(np.array(labels), np.array(membership), np.array([0.7, 0.9][:count]), count, 0.02)
    monkeypatch.setattr(potential_ranking, "find_groups", lambda growth: asked.append(growth) or groups)
    return asked


def test_features_are_told_as_distance_from_the_median_in_normal_quartiles() -> None:
    z = found({"trend": [3 + 10 * value for value in NINE]}).z["trend"]
    assert z.tolist() == pytest.approx([QUARTER * value for value in NINE])


def test_a_feature_counts_up_to_three_in_both_directions() -> None:
    nine = [-5, -4, -1, -0.5, 0, 0.5, 1, 4, 40]
    z = found({"trend": nine}).z["trend"].tolist()
    assert z == pytest.approx([-3, -4 * QUARTER, *(QUARTER * value for value in nine[2:7]), 4 * QUARTER, 3])


def test_potential_is_the_robust_mean_of_what_is_told_without_the_level() -> None:
    other = [*NINE[:7], NAN, 2]
    told = found({"level": NINE[::-1], "trend": NINE, "quality": [*NINE[:8], NAN], "products": other})
    mean = told.z[["trend", "quality", "products"]].mean(axis=1).to_numpy()
    quartiles = np.quantile(mean, [0.25, 0.5, 0.75])
    expected = (mean - quartiles[1]) / ((quartiles[2] - quartiles[0]) / (2 * QUARTER))
    assert told.people["potential"].to_numpy() == pytest.approx(expected)
    assert mean[8] == pytest.approx((told.z["trend"].iloc[8] + told.z["products"].iloc[8]) / 2)


def test_thirds_are_parted_at_forty_three_hundredths() -> None:
    # 0.63 · 0.6745 = 0.425 and 0.65 · 0.6745 = 0.438, on both sides of 0.43.
    nine = [-1.2, -1, -1, -0.65, 0, 0.63, 1, 1, 1.2]
    told = found({"trend": nine, "level": [-value for value in nine]}).people
    assert told["potential_third"].tolist() == [0, 0, 0, 0, 1, 1, 2, 2, 2]
    assert told["performance_third"].tolist() == [2, 2, 2, 2, 1, 1, 0, 0, 0]
    other = found({"trend": [-value for value in nine], "level": nine}).people
    assert other["potential_third"].tolist() == [2, 2, 2, 2, 1, 1, 0, 0, 0]


def test_the_interval_of_potential_comes_from_the_errors_of_its_features() -> None:
    told = potential(features({"trend": NINE, "level": NINE}, trend=0.09, level=4.0)).people
    # In units of 2 ÷ 1.349; the level is no part of potential.
    half = 1.959964 * 0.3 * QUARTER
    assert (told["potential_high"] - told["potential"]).to_numpy() == pytest.approx(half)
    assert (told["potential"] - told["potential_low"]).to_numpy() == pytest.approx(half)


def test_features_share_in_the_error_as_they_do_in_the_mean() -> None:
    told = potential(features({"trend": NINE, "quality": [*NINE[:8], NAN]}, trend=0.09, quality=0.16)).people
    z = told["potential"].iloc[1] / (-1.5 * QUARTER)  # both features tell the same; only their units differ
    scale = np.quantile([*NINE[:8]], [0.25, 0.75])
    units = np.array([2, scale[1] - scale[0]]) / (2 * QUARTER)
    mean = np.sqrt((np.array([0.09, 0.16]) / units**2).sum()) / 2
    alone = np.sqrt(0.09) / units[0]
    ratio = (told["potential_high"] - told["potential"]).iloc[[0, 8]].to_numpy()
    assert ratio[1] / ratio[0] == pytest.approx(alone / mean) and z > 0


def test_how_likely_a_third_is_follows_from_the_interval() -> None:
    nine = [-3.0, -2, -1, -0.5, 0, 0.43 / QUARTER, 1, 2, 3]
    told = potential(features({"trend": nine}, trend=0.01 / QUARTER**2)).people
    # On a limit it is even; a distance of three errors or more is sure.
    assert told["potential_chance"].iloc[5] == pytest.approx(0.5, abs=0.001)
    assert told["potential_chance"].iloc[[0, 1, 7, 8]].tolist() == pytest.approx([1, 1, 1, 1])
    # The median is 4.3 errors of a tenth within the limits; at −0.5 the z is −0.337, 0.93 errors within.
    assert told["potential_chance"].iloc[3] == pytest.approx(0.8239, abs=0.001)


def test_the_interval_of_performance_is_that_of_the_expected_score() -> None:
    told = features({"trend": NINE})
    scores = pd.Series([80.0 + 10 * value for value in NINE], told.values.index)
    ends = pd.DataFrame({"score_low": scores - 25, "score_high": scores - 5}).iloc[:-1]
    of_scores = potential(told, scores, expected=ends).people
    tenths = QUARTER / 10
    low, high = (of_scores["performance"] - points * tenths for points in (25, 5))
    assert of_scores["performance_low"].iloc[:-1].to_numpy() == pytest.approx(low.iloc[:-1].to_numpy())
    assert of_scores["performance_high"].iloc[:-1].to_numpy() == pytest.approx(high.iloc[:-1].to_numpy())
    assert np.isnan(of_scores["performance_low"].iloc[-1]) and np.isnan(of_scores["performance_chance"].iloc[-1])
    # At the median the middle of the interval is 15 points below, 1.01 z; the error is 10 ÷ 1.96 points, 0.344 z.
    assert of_scores["performance_chance"].iloc[4] == pytest.approx(0.0457, abs=0.001)
    by_level = potential(told, scores.iloc[:2], expected=ends).people  # too few have a score
    assert by_level[["performance_low", "performance_high", "performance_chance"]].isna().all(axis=None)


def test_who_has_no_value_is_in_no_third() -> None:
    told = found({"trend": [NAN, *NINE], "level": [*NINE, NAN]}).people
    assert told["potential_third"].tolist() == [-1, 0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert told["performance_third"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, -1]


def test_performance_is_the_score_where_half_have_one_and_else_the_level() -> None:
    values = {"trend": [0.0, 1, 2, 3], "level": [4.0, 3, 2, 1]}
    half, fewer = found(values, [90, 110, NAN, NAN]), found(values, [90, NAN, NAN, NAN])
    assert (half.scored, fewer.scored, found(values).scored) == (True, False, False)
    # Of 90 and 110 the quartiles are 95 and 105: the distance of 10 from the median is as much as between those.
    assert half.people["performance"].tolist() == pytest.approx([-2 * QUARTER, 2 * QUARTER, NAN, NAN], nan_ok=True)
    assert fewer.people["performance"].tolist() == fewer.z["level"].tolist()
    assert not found({"trend": range(5)}, [90, 110, NAN, NAN, NAN]).scored


def test_scores_go_with_people_and_not_with_places() -> None:
    told = features({"trend": NINE})
    scores = pd.Series(NINE, told.values.index)[::-1]
    assert potential(told, scores).people["performance"].tolist() == pytest.approx([QUARTER * one for one in NINE])


def test_without_scores_or_level_performance_is_not_available() -> None:
    told = found({"trend": NINE}).people
    assert told["performance"].isna().all()
    assert (told["performance_third"] == -1).all()


def test_named_is_who_is_in_the_best_group_and_in_most_clusterings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = grouped(monkeypatch, [0, 0, 0, 1, 1, -1], [0.5, 0.51, 0.99, 0.99, 0.1, NAN])
    told = found({"trend": [0.0, 1, 2, 3, 4, NAN], "level": [1.0] * 6, "quality": [NAN, 1, 2, 3, 4, 5]})
    assert told.people["named"].tolist() == [False, True, True, False, False, False]
    assert told.people["group"].tolist() == [0, 0, 0, 1, 1, -1]
    assert told.people["membership"].tolist() == pytest.approx([0.5, 0.51, 0.99, 0.99, 0.1, NAN], nan_ok=True)
    assert told.people["stability"].tolist() == pytest.approx([0.7, 0.7, 0.7, 0.9, 0.9, NAN], nan_ok=True)
    assert (told.groups, told.of_one_kind, told.why_none) == (2, 0.02, "")
    (growth,) = asked
    assert list(growth) == ["trend", "quality"]
    assert growth["trend"].tolist() == [*told.z["trend"].tolist()[:5], 0]
    assert growth["quality"].tolist() == [0, *told.z["quality"].tolist()[1:]]


@pytest.mark.parametrize(("count", "why"), [(19, "few"), (20, "unclear")])
def test_why_there_are_no_groups_is_said(monkeypatch: pytest.MonkeyPatch, count: int, why: str) -> None:
    grouped(monkeypatch, [-1] * count, [NAN] * count, 0)
    assert found({"trend": range(count)}).why_none == why


def test_where_no_feature_tells_people_apart_that_is_why() -> None:
    assert found({"level": NINE}).why_none == "untold"
    told = found({"level": NINE, "trend": [NAN] * 9})
    assert told.why_none == "untold"
    assert told.z["trend"].isna().all()


def test_where_nobody_can_be_judged_the_answer_is_empty() -> None:
    told = found({"level": [], "trend": []})
    assert told.people.empty and not told.scored


def test_a_feature_that_one_person_alone_has_is_still_told() -> None:
    assert found({"trend": [NAN, NAN, 5]}).z["trend"].tolist() == pytest.approx([NAN, NAN, 0], nan_ok=True)


def test_reasons_are_features_from_half_a_unit_on() -> None:
    # The last person stands at 0.74 · 0.6745 = 0.499 and at 0.75 · 0.6745 = 0.506.
    base = [-1.0, -1, -1, 0, 0, 1, 1, 1]
    told = found({"level": [*base, 9], "trend": [*base, 0.74], "quality": [*base, 0.75], "products": [*base, NAN]})
    assert told.people["reasons"].iloc[-1] == ("quality",)
    assert told.people["reasons"].iloc[0] == ()
    assert potential_ranking._reasons(pd.DataFrame({"trend": [0.5]})) == [("trend",)]


def test_at_most_three_reasons_are_given_the_strongest_first() -> None:
    base = [-1.0, -1, -1, 0, 0, 1, 1, 1]
    values = {"trend": [*base, 1.0], "steadiness": [*base, 1.1], "activities": [*base, 1.3], "quality": [*base, 1.2]}
    told = found(values)
    assert told.people["reasons"].iloc[-1] == ("activities", "quality", "steadiness")
    assert told.people["reasons"].iloc[5] == ("trend", "steadiness", "activities")  # as strong: in their own order


def test_what_the_export_cannot_tell_and_who_is_too_new_is_told_along() -> None:
    told = found({"trend": NINE})
    assert told.missing == ("products",)
    assert told.too_new.empty


def test_chances_are_those_expected_calibrated_on_the_year_before(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = pd.Series([0.5, 0.8, NAN], ["r00", "r01", "r02"])
    monkeypatch.setattr(potential_ranking, "growth_chances", lambda features, z, membership: expected)
    told = features({"trend": [0.0, 1, 2]})
    year = Backtest(pd.DataFrame(), "2024Q4", 0.5)
    people = potential(told, backtest=year).people
    assert people["forecast"].tolist() == pytest.approx([0.5, 0.8, NAN], nan_ok=True)
    assert people["chance"].tolist() == pytest.approx([0.5, 2 / 3, NAN], nan_ok=True)
    without = potential(told)
    assert without.people["chance"].isna().all() and without.backtest is None
    assert potential(told, backtest=year).backtest is year
