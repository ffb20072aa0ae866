"""Who is in which group of many samples, and the groups' means."""

import numpy as np

from salesperf.inference.indicators import group_means, indicators, rows_of

LABELS = np.array([[0, 1, -1, 1], [2, -1, 2, 0]])


def test_a_person_is_in_one_group_of_a_sample_or_not_in_the_sample() -> None:
    members = indicators(LABELS, 3)
    assert members.shape == (2, 3, 4)
    assert members.sum(axis=1).tolist() == [[1, 1, 0, 1], [1, 0, 1, 1]]
    assert members[1].tolist() == [[0, 0, 0, 1], [0, 0, 0, 0], [1, 0, 1, 0]]


def test_means_are_of_the_members_and_an_empty_group_has_zeros() -> None:
    rows = np.array([[1.0, 10], [2, 20], [4, 40], [8, 80]])
    means = group_means(rows, indicators(LABELS, 3))
    assert means[0].tolist() == [[1, 10], [5, 50], [0, 0]]
    assert means[1].tolist() == [[8, 80], [0, 0], [2.5, 25]]


def test_means_are_weighted_and_samples_can_have_rows_of_their_own() -> None:
    stack = np.array([[[0.0], [4]], [[10], [20]]])
    assert group_means(stack, np.array([[[1.0, 3]], [[1, 1]]])).tolist() == [[[3]], [[15]]]


def test_samples_share_rows_or_have_their_own() -> None:
    rows, stack = np.zeros((4, 2)), np.arange(12.0).reshape(3, 2, 2)
    assert rows_of(rows, np.array([1])) is rows
    assert rows_of(stack, np.array([2])).tolist() == [[[8, 9], [10, 11]]]
