"""Weights from data, against published examples, and what weights come to, by hand."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from salesperf.weighting.data_weights import (
    correlations,
    critic_weights,
    effective_weights,
    entropy_weights,
    equal_weights,
)

Array = NDArray[np.float64]
points = arrays(np.float64, st.tuples(st.integers(3, 12), st.integers(2, 5)), elements=st.integers(0, 120).map(float))


def rows(text: str) -> Array:
    return np.array([[float(value) for value in line.split()] for line in text.split("/")])


def test_entropy_weights_are_xus() -> None:
    """Xu (2004)."""
    weights = entropy_weights(rows("30 30 38 29 / 19 54 86 29 / 19 15 85 28.9 / 68 70 60 29"))
    assert weights.round(4).tolist() == [0.4630, 0.3992, 0.1378, 0.0000]


CONTRACTS = rows("5000 3 3 4 3 2 / 680 5 3 2 2 1 / 2000 3 2 3 4 3 / 600 4 3 1 2 2 / 800 2 4 3 3 4")


@pytest.mark.parametrize(
    ("costs", "weights"),
    [
        ([], [0.157, 0.249, 0.168, 0.121, 0.154, 0.151]),
        ([0], [0.184, 0.213, 0.142, 0.158, 0.168, 0.134]),
    ],
)
def test_critic_weights_are_those_of_tus_and_aytac_adali(costs: list[int], weights: list[float]) -> None:
    """Tuş & Aytaç Adalı (2019), with the first column as a benefit and as a cost."""
    lower_is_better = np.isin(np.arange(6), costs)
    assert critic_weights(CONTRACTS, lower_is_better).round(3).tolist() == weights


def test_equal_weights_sum_to_1() -> None:
    assert equal_weights(4).tolist() == [0.25] * 4
    with pytest.raises(ValueError, match="kpis must be 1 or more; got 0"):
        equal_weights(0)


def test_a_kpi_that_is_the_same_for_everybody_has_no_weight() -> None:
    table = np.array([[80.0, 100, 0], [90, 100, 0], [60, 100, 0]])
    for weights_of in (entropy_weights, critic_weights):
        assert weights_of(table).tolist() in ([1, 0, 0], [1 / 3] * 3)
    assert entropy_weights(table).tolist() == [1, 0, 0]
    table[:, 2] = [30, 0, 60]
    assert critic_weights(table)[1] == 0
    assert critic_weights(table).sum() == pytest.approx(1)


def test_where_nothing_tells_people_apart_weights_are_equal() -> None:
    for weights_of in (entropy_weights, critic_weights):
        assert weights_of(np.full((5, 4), 80.0)).tolist() == [0.25] * 4
    assert critic_weights(np.array([[1.0, 10], [2, 20], [3, 30]])).tolist() == [0.5, 0.5]  # in no conflict


def test_the_more_a_kpi_spreads_and_the_less_it_goes_with_others_the_more_it_weighs() -> None:
    by_hand = np.array([[0.0, 0, 1], [1, 1, 0], [0, 1, 0], [1, 0, 1]])
    r = np.corrcoef(by_hand.T)
    information = by_hand.std(axis=0) * (1 - r).sum(axis=1)
    assert critic_weights(by_hand) == pytest.approx(information / information.sum())


@given(points, st.randoms())
def test_the_order_of_people_changes_nothing(table: Array, random) -> None:
    order = list(range(len(table)))
    random.shuffle(order)
    for weights_of in (entropy_weights, critic_weights):
        weights = weights_of(table)
        assert weights.sum() == pytest.approx(1) and (weights >= 0).all()
        assert weights_of(table[order]) == pytest.approx(weights)


@given(points)
def test_effective_weights_sum_to_1(table: Array) -> None:
    shares = effective_weights(table, equal_weights(table.shape[1]))
    assert np.isnan(shares).all() or shares.sum() == pytest.approx(1)
    assert np.isnan(shares).all() == (np.ptp(table.sum(axis=1)) == 0)


def test_effective_weights_are_shares_of_the_variance_of_the_score() -> None:
    table = np.random.default_rng(0).normal(size=(50, 3)) @ np.array([[1, 0.5, 0], [0, 2, 0], [0, 0, 1.0]])
    weights = np.array([0.5, 0.2, 0.3])
    score = table @ weights
    covariances = [np.cov(column, score)[0, 1] for column in table.T]
    expected = weights * covariances / score.var(ddof=1)
    assert effective_weights(table, weights) == pytest.approx(expected)


def test_two_uncorrelated_kpis_of_one_spread_decide_by_the_squares_of_their_weights() -> None:
    table = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    assert effective_weights(table, np.array([0.75, 0.25])) == pytest.approx([0.9, 0.1])


def test_a_kpi_that_goes_against_the_score_decides_less_than_nothing() -> None:
    table = np.array([[0.0, 2], [5, 1], [10, 0]])
    assert effective_weights(table, np.array([0.5, 0.5])) == pytest.approx([1.25, -0.25])


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_what_is_decided_depends_on_no_unit_and_is_nan_where_all_scores_are_equal(scale: float) -> None:
    even = np.array([[80.0, 100], [100, 80], [90, 90]]) * scale
    assert np.isnan(effective_weights(even, np.array([0.5, 0.5]))).all()
    assert effective_weights(even, np.array([0.6, 0.4])) == pytest.approx([3, -2])


def test_correlations_are_pearsons_and_nan_where_nothing_varies() -> None:
    table = np.random.default_rng(1).normal(size=(20, 3))
    assert correlations(table) == pytest.approx(np.corrcoef(table.T))
    table[:, 1] = 0.1
    found = correlations(table)
    assert np.isnan(found[1]).all() and np.isnan(found[:, 1]).all()
    assert found[0, 2] == pytest.approx(np.corrcoef(table[:, 0], table[:, 2])[0, 1])


def test_two_people_are_enough() -> None:
    table = np.array([[80.0, 60, 10], [90, 40, 30]])
    assert correlations(table) == pytest.approx(np.array([[1, -1, 1], [-1, 1, -1], [1, -1, 1]]))
    assert critic_weights(table) == pytest.approx([0.25, 0.5, 0.25])
    assert effective_weights(table, np.array([0.5, 0.0, 0.5])) == pytest.approx([1 / 3, 0, 2 / 3])
    assert entropy_weights(table).sum() == pytest.approx(1)


@pytest.mark.parametrize(
    "found_by", [entropy_weights, critic_weights, correlations, lambda table: effective_weights(table, np.ones(2) / 2)]
)
def test_who_lacks_a_kpi_is_left_out_and_of_one_person_nothing_is_told(found_by: Callable[[Array], Array]) -> None:
    table = np.array([[80.0, 60], [90, 100], [70, 60]])
    with_gap = np.concatenate([table, [[np.nan, 500.0]]])
    assert found_by(with_gap) == pytest.approx(found_by(table))
    assert np.isnan(found_by(with_gap[2:])).all()


def test_wrong_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match="person 1, KPI 0: expected 0 points or more; got -1"):
        entropy_weights(np.array([[1.0, 2], [-1, 2]]))
    with pytest.raises(ValueError, match=r"weights must be one for each of 2 KPIs; got \(3,\)"):
        effective_weights(np.ones((2, 2)), np.ones(3))
    for found_by in (entropy_weights, critic_weights, correlations):
        with pytest.raises(ValueError, match=r"points must be people × KPIs; got \(3,\)"):
            found_by(np.ones(3))
