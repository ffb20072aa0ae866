"""The smallest change of weights, against linear programming, and rankings without one KPI."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from salesperf.weighting.smallest_change import (
    Bounds,
    any_bounds,
    change_to_fall,
    change_to_overtake,
    change_to_reach,
    ranks_without_each,
    without_each,
)

Array = NDArray[np.float64]


def by_linear_programming(d: Array, weights: Array, bounds: Bounds, goal: float) -> float | None:
    """The smallest sum of gains and losses, by HiGHS; None where it finds that there are no such weights."""
    count = len(d)
    both = np.concatenate([d, -d])
    answer = linprog(
        np.ones(2 * count),
        A_ub=[-both],
        b_ub=[weights @ d - goal],
        A_eq=[np.repeat([1.0, -1.0], count)],
        b_eq=[0.0],
        bounds=[(0.0, most) for most in (*(bounds.high - weights), *(weights - bounds.low))],
        method="highs",
    )
    return None if answer.status == 2 else float(answer.fun)


def case(rng: np.random.Generator) -> tuple[Array, Array, Array, Bounds]:
    """Two people's points, whole ones in half of the cases, and weights with bounds and locks."""
    kpis = int(rng.integers(1, 10))
    points = rng.uniform(0, 120, (2, kpis))
    if rng.random() < 0.5:
        points = points.round(-1)
    weights = rng.dirichlet(np.ones(kpis))
    locked = rng.random(kpis) < rng.choice([0.0, 0.3])
    low, high = weights * rng.uniform(0, 1, kpis), weights + (1 - weights) * rng.uniform(0, 0.4, kpis)
    if rng.random() < 0.5:
        low, high = np.zeros(kpis), np.ones(kpis)
    return *points, weights, Bounds(np.where(locked, weights, low), np.where(locked, weights, high))


def test_changes_are_as_small_as_linear_programming_finds_them_and_impossible_where_it_says_so() -> None:
    rng = np.random.default_rng(0)
    possible, impossible, nothing = 0, 0, 0
    for _ in range(800):
        one, other, weights, bounds = case(rng)
        lower, higher = (one, other) if (one - other) @ weights < 0 else (other, one)
        change = change_to_overtake(lower, higher, weights, bounds=bounds)
        expected = by_linear_programming(lower - higher, weights, bounds, 0.0)
        if change is None or expected is None:
            impossible += 1
            assert change is None and expected is None
            continue
        possible += 1
        assert change.size == pytest.approx(expected, abs=1e-7)
        keeps(change.weights, bounds)
        assert change.reached == pytest.approx((lower - higher) @ change.weights)
        assert change.reached == pytest.approx(0, abs=1e-7)
        nothing += change.size == 0
    assert min(possible, impossible) > 250 and nothing < 60


@pytest.mark.parametrize("sign", [1, -1])
def test_changes_to_a_limit_are_as_small_as_linear_programming_finds_them(sign: int) -> None:
    rng = np.random.default_rng(sign + 5)
    possible, impossible = 0, 0
    for _ in range(400):
        points, _, weights, bounds = case(rng)
        limit = float(points @ weights) + sign * float(rng.uniform(-2, 30))
        change = (change_to_reach if sign > 0 else change_to_fall)(points, limit, weights, bounds=bounds)
        expected = by_linear_programming(sign * points, weights, bounds, sign * limit)
        if change is None or expected is None:
            impossible += 1
            assert change is None and expected is None
            continue
        possible += 1
        assert change.size == pytest.approx(expected, abs=1e-7)
        keeps(change.weights, bounds)
        assert change.reached == pytest.approx(points @ change.weights)
        assert sign * (change.reached - limit) >= -1e-7
    assert min(possible, impossible) > 100


def keeps(weights: Array, bounds: Bounds) -> None:
    assert weights.sum() == pytest.approx(1)
    assert (weights >= bounds.low - 1e-12).all() and (weights <= bounds.high + 1e-12).all()


def test_weight_moves_from_the_kpi_of_the_largest_lag_to_that_of_the_largest_lead() -> None:
    """30 behind and 10 ahead: 0.5 × −30 + 0.3 × 10 + 0.2 × 0 = −12 needs a mass of 12 ÷ 40."""
    weights = np.array([0.5, 0.3, 0.2])
    behind, ahead = np.array([60.0, 90.0, 80.0]), np.array([90.0, 80.0, 80.0])
    change = change_to_overtake(behind, ahead, weights, bounds=any_bounds(weights))
    assert change is not None
    assert change.weights == pytest.approx([0.2, 0.6, 0.2])
    assert (change.size, change.reached) == (pytest.approx(0.6), pytest.approx(0))


def test_where_a_bound_is_reached_the_next_kpi_gives_or_takes() -> None:
    weights = np.array([0.5, 0.3, 0.2])
    behind, ahead = np.array([60.0, 90.0, 80.0]), np.array([90.0, 80.0, 80.0])
    bounds = Bounds(np.zeros(3), np.array([1.0, 0.4, 1.0]))
    change = change_to_overtake(behind, ahead, weights, bounds=bounds)
    assert change is not None  # 0.1 × 40 = 4 of 12; the other 8 by 8 ÷ 30 to the third
    assert change.weights == pytest.approx([0.5 - 0.1 - 8 / 30, 0.4, 0.2 + 8 / 30])


def test_a_locked_weight_stays() -> None:
    weights = np.array([0.5, 0.3, 0.2])
    behind, ahead = np.array([60.0, 90.0, 80.0]), np.array([90.0, 80.0, 80.0])
    locked = any_bounds(weights, np.array([True, False, False]))
    assert change_to_overtake(behind, ahead, weights, bounds=locked) is None  # 0.5 × −30 + 0.5 × 10
    of_the_third = any_bounds(weights, np.array([False, False, True]))
    change = change_to_overtake(behind, ahead, weights, bounds=of_the_third)
    assert change is not None and change.weights[2] == 0.2


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 100), st.integers(-50, 0)), min_size=1, max_size=8))
def test_nobody_overtakes_who_is_better_in_everything(parts: list[tuple[int, int]]) -> None:
    weights, d = np.array([[a, b] for a, b in parts], float).T
    weights = weights / weights.sum()
    change = change_to_overtake(100 + d, np.full(len(d), 100.0), weights, bounds=any_bounds(weights))
    assert (change is None) == (d.max() < 0)
    if change is not None:  # on the KPIs where both are level
        assert change.weights[d < 0] == pytest.approx(0)


def test_who_is_ahead_already_needs_no_change() -> None:
    weights = np.array([0.6, 0.4])
    points = np.array([100.0, 50.0])
    for change in (
        change_to_overtake(points, points - 1, weights, bounds=any_bounds(weights)),
        change_to_overtake(points, points, weights, bounds=any_bounds(weights)),
        change_to_reach(points, 80.0, weights, bounds=any_bounds(weights)),
        change_to_fall(points, 80.0, weights, bounds=any_bounds(weights)),
    ):
        assert change is not None and change.size == 0 and (change.weights == weights).all()


def test_a_limit_that_is_the_best_there_is_is_reached_in_spite_of_rounding() -> None:
    weights = np.full(10, 0.1)
    points = np.array([70.1, *[70.0] * 9])
    change = change_to_reach(points, 70.1, weights, bounds=any_bounds(weights))
    assert change is not None and change.weights == pytest.approx([1, *[0] * 9])
    assert change_to_reach(points, 70.11, weights, bounds=any_bounds(weights)) is None


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_without_a_kpi_the_others_keep_their_proportions(parts: list[float]) -> None:
    weights = (np.array(parts) + 0.01) / (np.array(parts) + 0.01).sum()
    others = without_each(weights)
    assert (np.diag(others) == 0).all()
    assert others.sum(axis=1) == pytest.approx(np.ones(len(weights)))
    for kpi, row in enumerate(others):
        kept = np.arange(len(weights)) != kpi
        assert row[kept] / row[kept].sum() == pytest.approx(weights[kept] / weights[kept].sum())


def test_rankings_without_a_kpi_have_the_better_rank_for_equal_scores() -> None:
    points = np.array([[100.0, 50, 50], [50, 100, 50], [50, 50, 50]])
    found = ranks_without_each(points, np.array([0.5, 0.3, 0.2]))
    assert found.tolist() == [[2, 1, 2], [1, 2, 2], [1, 2, 3]]
    assert ranks_without_each(points, np.array([0.0, 1.0, 0.0])).tolist() == [[2, 1, 2], [0, 0, 0], [2, 1, 2]]
    assert np.isnan(without_each(np.array([0.0, 1.0]))[1]).all()


@pytest.mark.parametrize(
    ("points", "weights", "low", "high", "message"),
    [
        ([1, 2, 3], [0.5, 0.5], [0, 0], [1, 1], r"one number per KPI; got \(3,\) and \(2,\)"),
        ([1, np.nan], [0.5, 0.5], [0, 0], [1, 1], "points must be finite"),
        ([1, 2], [0.5, 0.6], [0, 0], [1, 1], "weights must sum to 1; got 1.1"),
        ([1, 2], [np.nan, 0.6], [0, 0], [1, 1], "weights must sum to 1; got nan"),
        ([1, 2], [0.5, 0.5], [0], [1, 1], r"bounds must be two for each weight; got \(1,\) and \(2,\)"),
        ([1, 2], [0.5, 0.5], [0, 0.6], [1, 1], "weight 1: expected between 0.6 and 1, which lie from 0 to 1; got 0.5"),
        ([1, 2], [0.5, 0.5], [0, 0], [0.4, 1], "weight 0: expected between 0 and 0.4"),
        ([1, 2], [-0.5, 1.5], [-1, 0], [1, 2], "weight 0"),
    ],
)
def test_wrong_arguments_are_refused_with_the_place(
    points: list[float], weights: list[float], low: list[float], high: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        change_to_reach(np.array(points), 1.0, np.array(weights), bounds=Bounds(np.array(low), np.array(high)))


def test_rankings_of_wrong_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match=r"points must be people × 2 KPIs and finite; got \(2, 3\)"):
        ranks_without_each(np.ones((2, 3)), np.array([0.5, 0.5]))
    with pytest.raises(ValueError, match="weights must sum to 1; got 2"):
        without_each(np.ones(2))
    with pytest.raises(ValueError, match=r"one number per KPI; got \(3,\) and \(2,\)"):
        change_to_overtake(np.ones(2), np.ones(3), np.array([0.5, 0.5]), bounds=any_bounds(np.array([0.5, 0.5])))
