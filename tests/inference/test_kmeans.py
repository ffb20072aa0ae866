"""k-means of many samples at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from salesperf.inference.kmeans import kmeans, scattered

Array = NDArray[np.float64]


def people(seed: int, count: int = 40, features: int = 3) -> Array:
    return np.random.default_rng(seed).normal(size=(count, features))


def squares_within(rows: Array, labels: NDArray[np.int64]) -> float:
    groups = (rows[labels == group] for group in set(labels.tolist()) - {-1})
    return sum(float(((group - group.mean(axis=0)) ** 2).sum()) for group in groups)


@pytest.mark.parametrize("seed", range(5))
def test_a_sample_ends_where_scikit_learn_ends_from_the_same_start(seed: int) -> None:
    rows, present = people(seed), np.random.default_rng(seed).random((3, 40)) < 0.7
    starts = scattered(rows, present, 4, seed=seed)
    for labels, start, there in zip(kmeans(rows, [starts], 4), starts, present, strict=True):
        centres = np.array([rows[start == group].mean(axis=0) for group in range(4)])
        reference = KMeans(4, init=centres, n_init=1, tol=0, algorithm="lloyd").fit(rows[there])
        assert labels[there].tolist() == reference.labels_.tolist()
        assert (labels[~there] == -1).all()


def test_of_several_starts_the_least_sum_of_squares_counts_in_each_sample() -> None:
    rows, present = people(1), np.ones((6, 40), dtype=bool)
    starts = [scattered(rows, present, 5, seed=seed) for seed in range(4)]
    alone = np.array([[squares_within(rows, labels) for labels in kmeans(rows, [start], 5)] for start in starts])
    together = [squares_within(rows, labels) for labels in kmeans(rows, starts, 5)]
    assert together == pytest.approx(alone.min(axis=0))
    assert len(set(alone.argmin(axis=0).tolist())) > 1


def test_samples_with_rows_of_their_own_are_clustered_as_if_alone() -> None:
    stack, there = np.array([people(seed) for seed in range(3)]), np.ones((3, 40), dtype=bool)
    starts = scattered(stack, there, 3)
    together = kmeans(stack, [starts], 3)
    assert (starts == np.concatenate([scattered(stack, there, 3)])).all()
    for sample in range(3):
        assert (kmeans(stack[sample], [starts[[sample]]], 3)[0] == together[sample]).all()


def test_starts_are_so_many_people_and_everybody_joins_the_nearest() -> None:
    rows, present = people(2), np.random.default_rng(2).random((20, 40)) < 0.6
    for labels, there in zip(scattered(rows, present, 5), present, strict=True):
        assert set(labels[there].tolist()) == set(range(5))
        assert (labels[~there] == -1).all()


def test_starts_are_far_from_each_other() -> None:
    spots = np.repeat(np.array([[0.0, 0], [100, 0], [0, 100]]), 10, axis=0) + people(0, 30, 2)
    starts = scattered(spots, np.ones((50, 30), dtype=bool), 3)
    assert all(len({tuple(sorted(set(row[i : i + 10].tolist()))) for i in (0, 10, 20)}) == 3 for row in starts)


def test_starts_differ_by_seed_and_by_sample_and_not_by_call() -> None:
    rows, present = people(3), np.ones((10, 40), dtype=bool)
    assert (scattered(rows, present, 4, seed=1) == scattered(rows, present, 4, seed=1)).all()
    assert (scattered(rows, present, 4, seed=1) != scattered(rows, present, 4, seed=2)).any()
    assert len(np.unique(scattered(rows, present, 4), axis=0)) == 10


def test_a_group_that_nobody_is_nearest_to_stays_empty() -> None:
    rows = np.array([[0.0], [0], [10], [10], [4.9]])
    assert kmeans(rows, [np.array([[0, 0, 2, 2, 2]])], 3).tolist() == [[0, 0, 2, 2, 2]]


def test_a_large_constant_in_all_rows_changes_nothing() -> None:
    rows = np.round(people(6), 3)
    starts = scattered(rows, np.ones((5, 40), dtype=bool), 4)
    assert (kmeans(rows + 1e9, [starts], 4) == kmeans(rows, [starts], 4)).all()


def test_people_on_one_spot_are_one_group() -> None:
    rows = np.ones((5, 2))
    assert len(set(kmeans(rows, [scattered(rows, np.ones((1, 5), dtype=bool), 3)], 3)[0].tolist())) == 1


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 6), shift=st.sampled_from([0.0, 1e6]))
def test_everybody_ends_in_the_group_with_the_nearest_mean(seed: int, count: int, shift: float) -> None:
    rows = people(seed, 30, 2) + shift
    labels = kmeans(rows, [scattered(rows, np.ones((1, 30), dtype=bool), count, seed=seed)], count)[0]
    groups = sorted(set(labels.tolist()))
    means = np.array([rows[labels == group].mean(axis=0) for group in groups])
    nearest = ((rows[:, None] - means) ** 2).sum(axis=2)
    assert nearest[np.arange(30), np.searchsorted(groups, labels)] == pytest.approx(nearest.min(axis=1), abs=1e-6)
