"""Weights by the best-worst method, against published examples, and against the linear programme of its definition."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from salesperf.weighting.best_worst import BestWorst, best_worst, consistency_index


def compared(best_to_others: list[float], others_to_worst: list[float]) -> BestWorst:
    best, worst = best_to_others.index(1), others_to_worst.index(1)
    return best_worst(np.array(best_to_others, float), np.array(others_to_worst, float), best=best, worst=worst)


def test_weights_of_a_transport_mode_are_rezaeis() -> None:
    """Rezaei (2015, 2016): load flexibility, accessibility and cost, which is the best."""
    result = compared([8, 2, 1], [1, 5, 8])
    assert (round(result.error, 2), round(result.ratio, 3)) == (0.26, 0.058)
    assert result.weights.round(4).tolist() == [0.0714, 0.3214, 0.6071]
    assert result.linear_error == pytest.approx(1 / 28)


def test_weights_of_a_car_are_those_of_the_r_package_bwm() -> None:
    """Quality, price, comfort, safety and style, by the linear model of Rezaei (2016); BWM's own tests."""
    consistent = compared([2, 1, 4, 2, 8], [4, 8, 2, 4, 1])
    assert consistent.weights.round(8).tolist() == [0.21052632, 0.42105263, 0.10526316, 0.21052632, 0.05263158]
    assert (consistent.ratio, consistent.error) == (0, 0)
    assert consistent.linear_error == pytest.approx(0, abs=1e-9)
    other = compared([2, 1, 4, 3, 8], [4, 8, 2, 3, 1])
    assert other.weights.round(8).tolist() == [0.22950820, 0.44808743, 0.11475410, 0.15300546, 0.05464481]
    # BWM divides the error of the linear model by the index; here the ratio is of the nonlinear one.
    assert other.linear_error / consistency_index(8) == pytest.approx(0.002444958, abs=1e-9)


def nonlinear_by_linear_programmes(best_to_others: list[float], others_to_worst: list[float]) -> float:
    """ξ* by its definition, the best first and the worst last: for a given ξ the conditions are linear in weights."""
    count = len(best_to_others)
    best, worst, same = 0, count - 1, np.eye(count)

    def possible(error: float) -> bool:
        rows = []
        for kpi in range(count):
            pairs = ((best, kpi, best_to_others[kpi]), (kpi, worst, others_to_worst[kpi]))
            for above, below, value in pairs:
                if above != below:
                    rows.append(same[above] - (value + error) * same[below])
                    rows.append((value - error) * same[below] - same[above])
        answer = linprog(np.zeros(count), A_ub=rows, b_ub=np.zeros(len(rows)), A_eq=[np.ones(count)], b_eq=[1])
        return bool(answer.status == 0)

    low, high = 0.0, 9.0
    for _ in range(30):
        low, high = (low, (low + high) / 2) if possible((low + high) / 2) else ((low + high) / 2, high)
    return high


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 9), st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=4))
def test_the_error_of_the_nonlinear_model_is_the_smallest_for_which_there_are_weights(
    largest: int, others: list[tuple[int, int]]
) -> None:
    best_to_others = [1.0, *(min(a, largest) for a, _ in others), largest]
    others_to_worst = [largest, *(min(b, largest) for _, b in others), 1.0]
    result = best_worst(
        np.array(best_to_others, float), np.array(others_to_worst, float), best=0, worst=len(others) + 1
    )
    # HiGHS takes what misses a condition by 1e-7 for possible.
    assert result.error == pytest.approx(nonlinear_by_linear_programmes(best_to_others, others_to_worst), abs=1e-5)
    assert result.weights.sum() == pytest.approx(1) and (result.weights >= 0).all()
    assert result.ratio >= 0


@given(st.lists(st.integers(2, 9), min_size=1, max_size=5), st.randoms())
def test_the_order_of_kpis_changes_nothing(values: list[int], random) -> None:
    assume(max(values) > 1)
    best_to_others = np.array([1.0, *values, 9.0])
    others_to_worst = np.array([9.0, *(max(1.0, round(9 / value)) for value in values), 1.0])
    order = list(range(len(best_to_others)))
    random.shuffle(order)
    one = best_worst(best_to_others, others_to_worst, best=0, worst=len(order) - 1)
    again = best_worst(
        best_to_others[order], others_to_worst[order], best=order.index(0), worst=order.index(len(order) - 1)
    )
    assert again.error == pytest.approx(one.error)
    assert again.linear_error == pytest.approx(one.linear_error)


def test_the_largest_inconsistency_has_a_ratio_of_1() -> None:
    """The worst case: a KPI that is as far from both as the best is from the worst."""
    assert compared([1, 8, 8], [8, 8, 1]).ratio == pytest.approx(1, abs=0.001)


def test_where_best_and_worst_are_equal_all_must_be() -> None:
    equal = best_worst(np.ones(3), np.ones(3), best=0, worst=2)
    assert (equal.weights == pytest.approx([1 / 3] * 3)) and equal.ratio == 0
    assert best_worst(np.array([1.0, 2.0, 1.0]), np.ones(3), best=0, worst=2).ratio == float("inf")


@pytest.mark.parametrize(
    ("best_to_others", "others_to_worst", "best", "worst", "message"),
    [
        ([1, 2], [2, 1, 1], 0, 1, r"a value for each KPI; got \(2,\) and \(3,\)"),
        ([], [], 0, 0, r"a value for each KPI"),
        ([1, 2], [2, 1], 0, 2, "KPIs from 0 to 1; got 0 and 2"),
        ([1, 0.5, 2], [2, 1, 1], 0, 2, "best_to_others, KPI 1: expected a number of 1 or more; got 0.5"),
        ([1, 2, 2], [2, np.nan, 1], 0, 2, "others_to_worst, KPI 1: expected a number of 1 or more; got nan"),
        ([2, 2, 2], [2, 2, 1], 0, 2, "best_to_others, KPI 0 against itself: expected 1; got 2"),
        ([1, 2, 3], [3, 2, 2], 0, 2, "others_to_worst, KPI 2 against itself: expected 1; got 2"),
        ([1, 2, 4], [3, 2, 1], 0, 2, "best against worst: expected the same value twice; got 4 and 3"),
    ],
)
def test_wrong_comparisons_are_refused_with_the_place(
    best_to_others: list[float], others_to_worst: list[float], best: int, worst: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        best_worst(np.array(best_to_others, float), np.array(others_to_worst, float), best=best, worst=worst)
