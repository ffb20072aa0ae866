"""Raw and standardised rates of regions, worked out by hand."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesperf.inference.intervals import wilson
from salesperf.inference.standardisation import standardised_rates

CASES = [[10, 90], [40, 10]]
WON = [[9, 40], [32, 3]]
TABLES = st.integers(1, 5).flatmap(
    lambda strata: st.lists(st.lists(st.integers(1, 400), min_size=strata, max_size=strata), min_size=1, max_size=6)
)


def test_a_region_ahead_in_every_stratum_is_ahead_though_its_raw_rate_is_behind() -> None:
    # East wins more of both products (0.9 against 0.8, 0.444 against 0.3), but most of its cases are of the harder one.
    rates = standardised_rates(WON, CASES)
    assert rates.raw == pytest.approx([49 / 100, 35 / 50])
    assert rates.rate == pytest.approx([0.9 * 50 / 150 + 40 / 90 * 100 / 150, 0.8 * 50 / 150 + 0.3 * 100 / 150])
    assert rates.covered == 1 and rates.common.all()


def test_the_standard_error_is_that_of_a_weighted_sum() -> None:
    rates = standardised_rates(WON, CASES)
    east = sqrt((1 / 3) ** 2 * 0.9 * 0.1 / 10 + (2 / 3) ** 2 * (4 / 9) * (5 / 9) / 90)
    west = sqrt((1 / 3) ** 2 * 0.8 * 0.2 / 40 + (2 / 3) ** 2 * 0.3 * 0.7 / 10)
    assert rates.error == pytest.approx([east, west])


def test_weights_of_ones_own_replace_the_mix_of_all() -> None:
    rates = standardised_rates(WON, CASES, [3, 1])
    assert rates.rate == pytest.approx([0.75 * 0.9 + 0.25 * 40 / 90, 0.75 * 0.8 + 0.25 * 0.3])


def test_a_stratum_in_which_a_region_has_no_case_is_left_out_for_all_and_counted() -> None:
    # The third stratum has 30 of 180 cases.
    rates = standardised_rates([[9, 40, 20], [32, 3, 0]], [[10, 90, 30], [40, 10, 0]])
    assert rates.common.tolist() == [True, True, False]
    assert rates.covered == pytest.approx(150 / 180)
    assert rates.rate == pytest.approx(standardised_rates(WON, CASES).rate)
    assert rates.raw == pytest.approx([69 / 130, 35 / 50])


def test_unknown_counts_of_a_stratum_are_as_no_cases() -> None:
    rates = standardised_rates([[9, 40, 20], [32, 3, np.nan]], [[10, 90, 30], [40, 10, 5]])
    assert rates.common.tolist() == [True, True, False]
    assert rates.raw == pytest.approx([69 / 130, 35 / 50])


def test_a_region_without_any_case_has_no_rate_and_takes_no_stratum_from_the_others() -> None:
    rates = standardised_rates([*WON, [0, 0]], [*CASES, [0, 0]])
    assert rates.rate[:2] == pytest.approx(standardised_rates(WON, CASES).rate)
    assert rates.covered == 1
    for column in (rates.raw, rates.rate, rates.error, rates.lower, rates.upper):
        assert np.isnan(column).tolist() == [False, False, True]


def test_a_stratum_without_weight_need_not_be_common() -> None:
    rates = standardised_rates([[9, 20], [32, 0]], [[10, 30], [40, 0]], [1, 0])
    assert rates.covered == 1
    assert rates.rate == pytest.approx([0.9, 0.8])


def test_a_stratum_without_weight_is_not_compared() -> None:
    assert standardised_rates(WON, CASES, [1, 0]).common.tolist() == [True, False]


def test_weights_of_0_alone_or_of_strata_without_any_case_cover_nothing() -> None:
    for rates in (standardised_rates(WON, CASES, [0, 0]), standardised_rates([[0, 0]], [[0, 0]], [1, 1])):
        assert rates.covered == 0 and not rates.common.any() and np.isnan(rates.rate).all()


def test_regions_without_a_common_stratum_cannot_be_compared() -> None:
    rates = standardised_rates([[5, 0], [0, 6]], [[10, 0], [0, 10]])
    assert rates.covered == 0 and not rates.common.any()
    assert rates.raw == pytest.approx([0.5, 0.6])
    for column in (rates.rate, rates.error, rates.lower, rates.upper):
        assert np.isnan(column).all()


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0), (2, 2)])
def test_where_there_are_no_cases_nothing_is_available(shape: tuple[int, int]) -> None:
    rates = standardised_rates(np.zeros(shape), np.zeros(shape))
    assert rates.covered == 0
    assert rates.rate.shape == rates.raw.shape == (shape[0],)
    assert np.isnan(rates.rate).all() and np.isnan(rates.raw).all() and np.isnan(rates.upper).all()


def test_of_one_stratum_the_interval_is_wilsons() -> None:
    rates = standardised_rates([[6], [0]], [[10], [5]], level=0.9)
    lower, upper = wilson([6, 0], [10, 5], 0.9)
    assert rates.lower == pytest.approx(lower, abs=1e-15) and rates.upper == pytest.approx(upper)


def test_an_interval_has_a_width_where_everybody_succeeds() -> None:
    rates = standardised_rates([[10, 5]], [[10, 5]])
    assert rates.error[0] == 0
    assert rates.lower[0] < 0.9 and rates.upper[0] == 1


@given(TABLES)
@settings(max_examples=40)
def test_intervals_hold_the_rate_and_stay_within_0_and_1(cases: list[list[int]]) -> None:
    won = [[count * (7 * place % 11) // 10 if place % 11 else 0 for place, count in enumerate(row)] for row in cases]
    won = [
        [min(successes, count) for successes, count in zip(*rows, strict=True)] for rows in zip(won, cases, strict=True)
    ]
    rates = standardised_rates(won, cases)
    assert (rates.lower <= rates.rate + 1e-12).all() and (rates.rate <= rates.upper + 1e-12).all()
    assert (rates.lower >= -1e-12).all() and (rates.upper <= 1 + 1e-12).all()


@given(TABLES)
@settings(max_examples=40)
def test_regions_of_the_standard_mix_keep_their_raw_rates(cases: list[list[int]]) -> None:
    mix = np.array(cases[0])
    rates = standardised_rates(np.array([mix // 2, mix // 3]), np.array([mix, mix]))
    assert rates.rate == pytest.approx(rates.raw)


def test_the_order_of_regions_changes_nothing() -> None:
    there, back = standardised_rates(WON, CASES), standardised_rates(WON[::-1], CASES[::-1])
    assert there.rate.tolist() == back.rate[::-1].tolist() and there.lower.tolist() == back.lower[::-1].tolist()


def test_intervals_cover_the_rate_that_they_are_of() -> None:
    draw, cases, true = np.random.default_rng(8), np.array([12, 40, 25]), np.array([0.9, 0.6, 0.15])
    won = draw.binomial(cases, true, (4000, 3))
    rates = standardised_rates(won, np.broadcast_to(cases, won.shape), [1, 1, 2])
    held = (rates.lower <= true @ [0.25, 0.25, 0.5]) & (true @ [0.25, 0.25, 0.5] <= rates.upper)
    assert 0.94 < held.mean() < 0.98


@pytest.mark.parametrize("weights", [[1], [1, -1], [1, np.inf], [1, np.nan], [[1, 1]]])
def test_weights_that_are_none_are_refused(weights: object) -> None:
    with pytest.raises(ValueError, match="weights must"):
        standardised_rates(WON, CASES, weights)  # type: ignore[arg-type]


def test_counts_that_are_no_table_are_refused() -> None:
    with pytest.raises(ValueError, match="regions × strata"):
        standardised_rates([1, 2], [3, 4])
    with pytest.raises(ValueError, match="counts"):
        standardised_rates([[5]], [[4]])
