"""Weights from an order of importance, against published tables, and from swings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.weighting.importance_order import rank_order_centroid, swing_weights


@pytest.mark.parametrize(
    "weights",
    [
        [0.7500, 0.2500],
        [0.6111, 0.2778, 0.1111],
        [0.5208, 0.2708, 0.1458, 0.0625],
        [0.4567, 0.2567, 0.1567, 0.0900, 0.0400],
        [0.4083, 0.2417, 0.1583, 0.1028, 0.0611, 0.0278],
    ],
)
def test_rank_order_centroids_are_those_of_edwards_and_barron(weights: list[float]) -> None:
    assert rank_order_centroid(np.arange(len(weights)) + 1).round(4).tolist() == weights


def test_kpis_of_one_class_share_the_weights_of_their_places() -> None:
    assert rank_order_centroid(np.array([1, 2, 2])) == pytest.approx([11 / 18, 7 / 36, 7 / 36])
    assert rank_order_centroid(np.array([5, 1, 5])) == pytest.approx([7 / 36, 11 / 18, 7 / 36])
    assert rank_order_centroid(np.array([1, 1, 1, 1])) == pytest.approx([0.25] * 4)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=9), st.randoms())
def test_centroids_sum_to_1_fall_with_the_order_and_follow_the_kpis(importance: list[int], random) -> None:
    order = list(range(len(importance)))
    random.shuffle(order)
    classes = np.array(importance)
    weights = rank_order_centroid(classes)
    assert weights.sum() == pytest.approx(1)
    assert all((weights[a] > weights[b]) == (classes[a] < classes[b]) for a in order for b in order)
    assert (rank_order_centroid(classes[order]) == weights[order]).all()


def test_swings_are_shared_out_in_proportion() -> None:
    assert swing_weights(np.array([100.0, 50.0, 0.0])) == pytest.approx([2 / 3, 1 / 3, 0])


@pytest.mark.parametrize("swings", [[], [0.0, 0.0], [100.0, -1.0], [100.0, np.nan]])
def test_swings_below_0_or_all_0_are_refused(swings: list[float]) -> None:
    with pytest.raises(ValueError, match="swings must be 0 or more, one of them above 0"):
        swing_weights(np.array(swings))


def test_no_kpis_are_refused() -> None:
    with pytest.raises(ValueError, match=r"importance must be a number for each KPI; got \(0,\)"):
        rank_order_centroid(np.array([], dtype=np.int64))
