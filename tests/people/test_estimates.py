"""Estimates of people, their errors and what is left of them after shrinkage, worked out by hand."""

from collections.abc import Sequence
from math import isnan, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.people.estimates import Estimate, repeated, results

NAN = float("nan")


def estimate(values: Sequence[float], errors: Sequence[float]) -> Estimate:
    return Estimate(np.array(values), np.array(errors))


def test_reliability_is_the_share_of_variance_that_is_no_error() -> None:
    # The variance of 1, 2, 3 is 1; a mean error of (0.1 + 0.2 + 0.6) ÷ 3 = 0.3 leaves 0.7.
    assert estimate([1, 2, 3], [0.1, 0.2, 0.6]).reliability == pytest.approx(0.7)


def test_where_errors_exceed_the_variance_nothing_is_reliable_and_all_are_the_mean() -> None:
    found = estimate([1, 2, 3], [2, 2, 2])
    assert found.reliability == 0
    assert found.shrunk.tolist() == [2, 2, 2]


def test_people_who_are_all_alike_tell_nothing_even_without_an_error() -> None:
    found = estimate([2, 2, 2], [0, 0, 0])
    assert found.reliability == 0
    assert found.shrunk.tolist() == [2, 2, 2]


def test_values_without_an_error_stay_as_they_are() -> None:
    found = estimate([0.2, 0.4, 0.9], [0, 0, 0])
    assert found.reliability == 1
    assert found.shrunk == pytest.approx([0.2, 0.4, 0.9])


def test_a_shrunk_value_has_the_error_that_shrinking_leaves() -> None:
    # The variance of 1, 3, 3, 1 is 4/3, of which (0.9 + 0.2) ÷ 4 is error.
    found = estimate([1, 3, 3, 1, NAN], [0.9, 0.2, 0.0, 0.0, NAN])
    between = 4 / 3 - 1.1 / 4
    expected = [between * 0.9 / (between + 0.9), between * 0.2 / (between + 0.2), 0, 0, NAN]
    assert found.shrunk_error == pytest.approx(np.array(expected), nan_ok=True)
    assert estimate([1.5], [0.1]).shrunk_error.tolist() == [0.1]  # which tells no reliability
    assert estimate([1, 2, 3], [2, 2, 2]).shrunk_error.tolist() == [0, 0, 0]


@pytest.mark.parametrize("values", [[], [1.5], [1.5, NAN], [NAN, NAN]], ids=["nobody", "one", "one of two", "none"])
def test_fewer_than_two_people_tell_no_reliability_and_keep_their_values(values: list[float]) -> None:
    found = estimate(values, [0.1] * len(values))
    assert isnan(found.reliability)
    assert found.shrunk == pytest.approx(np.array(values), nan_ok=True)


def test_two_people_are_enough_for_a_reliability() -> None:
    # The variance of 1 and 3 is 2, of which 0.5 is error.
    found = estimate([1, 3], [0.5, 0.5])
    assert found.reliability == pytest.approx(1.5 / 2)
    assert found.shrunk == pytest.approx([2 - 1.5 / 2, 2 + 1.5 / 2])


def test_without_any_error_known_values_stay_as_they_are() -> None:
    found = estimate([1, 2, 4], [NAN, NAN, NAN])
    assert isnan(found.reliability)
    assert found.shrunk.tolist() == [1, 2, 4]


def test_each_value_is_drawn_to_the_mean_by_its_own_error() -> None:
    # Variance 4, mean error 1, so 3 lies between people: weights 3 ÷ (3 + 0), 3 ÷ (3 + 1), 3 ÷ (3 + 2).
    found = estimate([1, 3, 5], [0, 1, 2])
    assert found.reliability == pytest.approx(3 / 4)
    assert found.shrunk == pytest.approx([1, 3, 3 + 2 * 3 / 5])


def test_whoever_has_no_value_or_no_error_does_not_count_for_the_others_variance() -> None:
    # Of 1, 3, 5 (variance 4, error 1); 9 has no error and counts for the mean alone: (1 + 3 + 5 + 9) ÷ 4 = 4.5.
    found = estimate([1, 3, 5, NAN, 9], [1, 1, 1, 70, NAN])
    assert found.reliability == pytest.approx(3 / 4)
    shrunk = [4.5 + (value - 4.5) * 3 / 4 for value in (1, 3, 5)]
    assert found.shrunk[:3] == pytest.approx(shrunk)
    assert isnan(found.shrunk[3])


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0, 50)), min_size=2, max_size=12))
def test_shrunk_values_lie_between_the_mean_and_what_they_were(people: list[tuple[float, float]]) -> None:
    values, errors = (np.array(column) for column in zip(*people, strict=True))
    found, mean = Estimate(values, errors), values.mean()
    assert 0 <= found.reliability <= 1
    assert (abs(found.shrunk - mean) <= abs(values - mean) + 1e-9).all()
    assert ((found.shrunk - mean) * (values - mean) >= -1e-9).all()


def test_the_level_is_the_logarithm_of_the_mean_of_the_last_four_quarters() -> None:
    level = results(np.array([[900.0, 1, 2, 3, 6], [NAN, NAN, 4, NAN, 6], [1, 1, 1, -20, -30]]))["level"]
    assert level.value == pytest.approx([log(1 + 12 / 4), log(1 + 10 / 2), 0])  # less than nothing counts as nothing
    assert level.error.tolist() == [0, 0, 0]


# Relative to its mean of 2, the first grows by 2 · (1, 1, 2, 2, 2, 4) … : see the sums in each test.
REVENUE = np.array(
    [
        [10.0, 20, 30, 40],  # on a line: mean 25, 10 more each quarter
        [30, 10, 10, 30],  # no trend: mean 20, ±0.5 of it around
        [NAN, 10, 30, 20],  # three quarters: mean 20
    ]
)


def test_a_trend_is_the_change_a_quarter_relative_to_the_mean() -> None:
    trend = results(REVENUE)["trend"]
    # The third: ((−1) · 0.5 + 0 · 1.5 + 1 · 1) ÷ 2.
    assert trend.value == pytest.approx([10 / 25, 0, 0.25])
    lines = [np.polyfit(np.arange(4), REVENUE[row] / REVENUE[row].mean(), 1)[0] for row in (0, 1)]
    assert trend.value[:2] == pytest.approx(lines)


def test_the_error_of_a_trend_is_the_noise_of_all_over_the_persons_own_time() -> None:
    # Squares around the lines: 0, 4 · 0.25 = 1, and for the third 0.25 off, −0.5, 0.25: 0.375. Degrees of freedom:
    # 2 + 2 + 1. Σ (t − t̄)² is 2 · (1.5² + 0.5²) = 5 over four quarters, and 2 over three.
    noise = (0 + 1 + 0.375) / (2 + 2 + 1)
    assert results(REVENUE)["trend"].error == pytest.approx([noise / 5, noise / 5, noise / 2])


def test_steadiness_is_minus_the_logarithm_of_the_spread_around_the_trend() -> None:
    steadiness = results(REVENUE)["steadiness"]
    assert steadiness.value == pytest.approx([-log(0.001), -log(sqrt(1 / 2)), -log(sqrt(0.375 / 1))])
    assert steadiness.error == pytest.approx([0.5 / 2, 0.5 / 2, 0.5 / 1])


def test_a_spread_under_a_thousandth_of_the_mean_counts_as_a_thousandth() -> None:
    # (1 − e, 1 + e, 1 + e, 1 − e): squares 4 e², two degrees of freedom, a spread of e √2.
    def steadiness(off: float) -> float:
        person = 100 * np.array([[1 - off, 1 + off, 1 + off, 1 - off]])
        return float(results(person)["steadiness"].value[0])

    assert steadiness(0.9e-3 / sqrt(2)) == pytest.approx(-log(1e-3))
    assert steadiness(1.1e-3 / sqrt(2)) == pytest.approx(-log(1.1e-3))


def test_two_quarters_give_a_trend_and_no_steadiness_and_one_gives_neither() -> None:
    found = results(np.array([[10.0, 30, NAN, NAN], [NAN, NAN, NAN, 5], [30, 10, 10, 30]]))
    assert found["trend"].value == pytest.approx([1, NAN, 0], nan_ok=True)
    # All noise is the third's, of its two degrees of freedom; Σ (t − t̄)² of two quarters is ½.
    assert found["trend"].error == pytest.approx([1 / 2 / 0.5, NAN, 1 / 2 / 5], nan_ok=True)
    assert found["steadiness"].value == pytest.approx([NAN, NAN, -log(sqrt(1 / 2))], nan_ok=True)
    assert found["steadiness"].error == pytest.approx([NAN, NAN, 0.5 / 2], nan_ok=True)


def test_where_nobody_has_three_quarters_no_noise_is_known_and_none_is_made_up() -> None:
    found = results(np.array([[10.0, 30], [30, 10]]))
    assert found["trend"].value == pytest.approx([1, -1])
    assert found["trend"].error == pytest.approx([0, 0])


@pytest.mark.parametrize("sold", [[0.0, 0, 0, 0], [-5, 5, 0, 0], [-10, 1, 1, 1], [NAN] * 4])
def test_whoever_sold_nothing_on_the_whole_has_neither_trend_nor_steadiness(sold: list[float]) -> None:
    found = results(np.array([sold, [30, 10, 10, 30]]))
    assert isnan(found["trend"].value[0]) and isnan(found["trend"].error[0])
    assert isnan(found["steadiness"].value[0]) and isnan(found["steadiness"].error[0])
    assert found["trend"].error[1] == pytest.approx(1 / 2 / 5)


def test_a_mean_over_quarters_leaves_out_what_moved_everybody() -> None:
    # Quarters' means are 2 and 6: what is left is (−1, −1) and (1, 1), without any ups and downs.
    found = repeated(np.array([[1.0, 5], [3, 7]]))
    assert found.value == pytest.approx([-1, 1])
    assert found.error == pytest.approx([0, 0])


def test_the_error_of_a_mean_is_the_ups_and_downs_of_all_over_the_persons_own_quarters() -> None:
    # Quarters' means 2, 2, 4: left are (−1, 1, −1), (1, −1, 1) and (0, –, –). The first two have means ∓⅓, squares
    # of 2 · (2/3)² + (4/3)² = 24/9 each, and 2 degrees of freedom each; the third has none.
    found = repeated(np.array([[1.0, 3, 3], [3, 1, 5], [2, NAN, NAN]]))
    assert found.value == pytest.approx([-1 / 3, 1 / 3, 0])
    within = (24 / 9 + 24 / 9) / (2 + 2)
    assert found.error == pytest.approx([within / 3, within / 3, within / 1])


def test_with_one_quarter_each_nothing_tells_the_error() -> None:
    found = repeated(np.array([[1.0, NAN], [3, NAN]]))
    assert found.value == pytest.approx([-1, 1])
    assert np.isnan(found.error).all()


def test_whoever_was_never_measured_has_no_estimate_and_changes_nobodys() -> None:
    found = repeated(np.array([[1.0, 3], [3, 1], [NAN, NAN]]))
    # Quarters' means 2 and 2: (−1, 1) and (1, −1) have means of 0 and squares of 2, of 1 degree of freedom each.
    assert found.value == pytest.approx([0, 0, NAN], nan_ok=True)
    assert found.error == pytest.approx([2 / 2, 2 / 2, NAN], nan_ok=True)


def test_the_unit_of_money_changes_neither_trend_nor_steadiness() -> None:
    whole, small = results(REVENUE), results(REVENUE / 1000)
    for name in ("trend", "steadiness"):
        assert small[name].value == pytest.approx(whole[name].value)
        assert small[name].error == pytest.approx(whole[name].error)


def test_one_person_with_three_quarters_is_enough_to_know_the_noise() -> None:
    assert results(REVENUE[2:])["trend"].error == pytest.approx([0.375 / 1 / 2])
