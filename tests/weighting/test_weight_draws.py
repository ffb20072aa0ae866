"""Drawn weights are uniform on what is allowed: against rejection, against exact integrals, and by known moments."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import ks_2samp, kstest

from salesperf.weighting.importance_order import rank_order_centroid
from salesperf.weighting.weight_draws import any_weights, weights_in_order, weights_within

Array = NDArray[np.float64]
SURELY = 1e-4  # tests of about fifty distributions, whose seeds are fixed


def alike(some: Array, others: Array) -> bool:
    """Whether two samples of weights are of one distribution: of each weight, of their differences, of the largest."""
    rng = np.random.default_rng(9)
    directions = np.column_stack([np.eye(some.shape[1]), rng.normal(size=(some.shape[1], 6))])
    p_values = [ks_2samp(some @ each, others @ each).pvalue for each in directions.T]
    return min(*p_values, ks_2samp(some.max(axis=1), others.max(axis=1)).pvalue) > SURELY


def by_rejection(low: Array, high: Array, draws: int) -> Array:
    drawn = np.random.default_rng(77).dirichlet(np.ones(len(low)), draws)
    return drawn[((drawn >= low) & (drawn <= high)).all(axis=1)]


def test_any_weights_are_dirichlet() -> None:
    weights = any_weights(4, draws=20_000, seed=3)
    assert weights.sum(axis=1) == pytest.approx(np.ones(20_000))
    for column in weights.T:
        assert kstest(column, "beta", args=(1, 3)).pvalue > SURELY


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ([0.0, 0.0, 0.0], [1.0, 1.0, 1.0]),
        ([0.1, 0.2, 0.0], [0.6, 0.7, 0.4]),
        ([0.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.1, 0.9]),
        ([0.05, 0.1, 0.0, 0.0, 0.0], [0.4, 0.3, 0.2, 0.8, 1.0]),
        ([0.0, 0.0, 0.0], [0.45, 0.4, 0.35]),  # near the sum of the upper bounds, so that densities rise
    ],
)
def test_weights_within_bounds_are_as_by_rejection(low: list[float], high: list[float]) -> None:
    bounds = np.array(low), np.array(high)
    expected = by_rejection(*bounds, draws=300_000)
    assert len(expected) > 3000
    assert alike(weights_within(*bounds, draws=20_000, seed=5), expected)


def test_weights_within_narrow_bounds_are_as_by_rejection_of_a_box() -> None:
    """Of the whole simplex, hardly any draw in 10¹² would lie within these bounds."""
    low = np.array([0.30, 0.20, 0.12, 0.10, 0.08, 0.06, 0.04, 0.02])
    high = low + np.array([0.04, 0.03, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02])
    box = np.random.default_rng(8).uniform(low[1:], high[1:], (400_000, 7))
    first = 1 - box.sum(axis=1)
    kept = (first >= low[0]) & (first <= high[0])
    assert kept.sum() > 3000
    assert alike(weights_within(low, high, draws=20_000), np.column_stack([first, box])[kept])


def test_moments_within_bounds_are_those_of_the_area() -> None:
    low, high = np.array([0.3, 0.25, 0.1]), np.array([0.5, 0.6, 0.22])
    first, second = np.meshgrid(*(np.linspace(a, b, 2001) for a, b in zip(low[:2], high[:2], strict=True)))
    area = np.column_stack([first.ravel(), second.ravel(), 1 - first.ravel() - second.ravel()])
    area = area[(area[:, 2] >= low[2]) & (area[:, 2] <= high[2])]
    weights = weights_within(low, high, draws=100_000, seed=2)
    assert weights.mean(axis=0) == pytest.approx(area.mean(axis=0), abs=0.001)
    assert np.cov(weights.T) == pytest.approx(np.cov(area.T), abs=2e-5)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ([0.0] * 30, [0.04] * 30),
        ([0.0] * 30, [0.1] * 30),
        ([0.0] * 20, [0.05000001] * 20),
        ([0.04999999] * 20, [1.0] * 20),
        ([0.0] * 10, [0.9, *[0.012] * 9]),
    ],
)
def test_many_weights_within_tight_bounds_are_drawn_at_once(low: list[float], high: list[float]) -> None:
    bounds = np.array(low), np.array(high)
    weights = weights_within(*bounds, draws=2000)
    assert ((weights >= bounds[0] - 1e-12) & (weights <= bounds[1] + 1e-12)).all()
    assert weights.sum(axis=1) == pytest.approx(np.ones(2000), abs=1e-12)
    if len(set(high)) == 1:
        assert weights.mean(axis=0) == pytest.approx(np.full(len(low), 1 / len(low)), abs=0.005)
    assert len(np.unique(weights[:, 0])) > 1900


@settings(deadline=None, max_examples=60)
@example([(0.0, 0.0, False), (0.0, 0.5, False), (1.0, 0.0, False)], 0)  # one KPI alone is free, with little to take
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.booleans()), min_size=1, max_size=8), st.integers(0, 99))
def test_draws_keep_any_bounds_and_locked_weights(parts: list[tuple[float, float, bool]], seed: int) -> None:
    inside = np.array([part for part, _, _ in parts]) + 1e-3
    inside /= inside.sum()
    slack = np.array([0.0 if locked else width for _, width, locked in parts])
    low, high = np.maximum(inside - slack * 0.3, 0), np.minimum(inside + slack * 0.2, 1)
    weights = weights_within(low, high, draws=50, seed=seed)
    assert ((weights >= low - 1e-9) & (weights <= high + 1e-9)).all()
    assert weights.sum(axis=1) == pytest.approx(np.ones(50))


def test_where_bounds_leave_one_choice_it_is_drawn() -> None:
    for low, high in (([0.5, 0.5], [1.0, 1.0]), ([0.0, 0.0], [0.5, 0.5]), ([0.3, 0.2], [0.3, 0.9])):
        expected = [0.5, 0.5] if low[0] != 0.3 else [0.3, 0.7]
        assert weights_within(np.array(low), np.array(high), draws=5) == pytest.approx(np.tile(expected, (5, 1)))
    tenths = np.full(10, 0.1)  # sums to a little less than 1
    assert weights_within(tenths, tenths, draws=2) == pytest.approx(np.full((2, 10), 0.1))


def test_weights_in_order_fall_and_are_uniform_there() -> None:
    weights = weights_in_order(np.array([2, 1, 3]), draws=20_000, seed=4)
    assert (weights[:, 1] >= weights[:, 0]).all() and (weights[:, 0] >= weights[:, 2]).all()
    drawn = np.random.default_rng(6).dirichlet(np.ones(3), 120_000)
    assert alike(weights, drawn[(drawn[:, 1] >= drawn[:, 0]) & (drawn[:, 0] >= drawn[:, 2])])


def test_within_a_class_any_order_is_possible() -> None:
    importance = np.array([2, 1, 2, 3, 2])
    weights = weights_in_order(importance, draws=40_000)
    drawn = np.random.default_rng(6).dirichlet(np.ones(5), 400_000)
    middle = drawn[:, [0, 2, 4]]
    agrees = (drawn[:, 1] >= middle.max(axis=1)) & (middle.min(axis=1) >= drawn[:, 3])
    assert alike(weights, drawn[agrees])
    assert weights.mean(axis=0) == pytest.approx(rank_order_centroid(importance), abs=0.003)


def test_one_class_is_no_order_at_all() -> None:
    assert alike(weights_in_order(np.ones(4, dtype=np.int64)), any_weights(4, seed=8))


def test_the_seed_alone_decides_what_is_drawn() -> None:
    low, high, order = np.zeros(3), np.full(3, 0.6), np.array([1, 2, 2])
    for draw in (
        lambda seed: any_weights(3, draws=20, seed=seed),
        lambda seed: weights_within(low, high, draws=20, seed=seed),
        lambda seed: weights_in_order(order, draws=20, seed=seed),
    ):
        one = draw(1)
        np.random.seed(0)
        assert (draw(1) == one).all() and (draw(2) != one).any()


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        ([0.1], [0.2, 0.9], r"a bound for each KPI; got \(1,\) and \(2,\)"),
        ([], [], "a bound for each KPI"),
        ([0.5, 0.6], [0.6, 0.5], "KPI 1: expected 0 <= low <= high <= 1; got 0.6 and 0.5"),
        ([0.0, np.nan], [1.0, 1.0], "KPI 1: expected 0 <= low <= high <= 1; got nan and 1"),
        ([0.0, -0.1], [1.0, 1.0], "KPI 1"),
        ([0.0, 0.0], [1.0, 1.1], "KPI 1"),
        ([0.6, 0.6], [1.0, 1.0], r"sums of 1.2 \(low\) and 2 \(high\)"),
        ([0.0, 0.0], [0.4, 0.4], r"sums of 0 \(low\) and 0.8 \(high\)"),
    ],
)
def test_bounds_without_weights_are_refused(low: list[float], high: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        weights_within(np.array(low), np.array(high))


def test_no_kpis_and_no_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="kpis must be 1 or more; got 0"):
        any_weights(0)
    for draw in (lambda: any_weights(2, draws=0), lambda: weights_within(np.zeros(2), np.ones(2), draws=0)):
        with pytest.raises(ValueError, match="draws must be 1 or more; got 0"):
            draw()
