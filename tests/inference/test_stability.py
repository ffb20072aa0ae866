"""Whether clusterings of bootstrap samples find groups again."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_iris

from salesperf.inference.kmeans import kmeans, scattered
from salesperf.inference.linkage import ward
from salesperf.inference.stability import band, bootstrap_draws, bootstrap_jaccard, found_again

Array = NDArray[np.float64]

# Hennig 2007; the R package fpc 2.2-10 on the scaled iris data, 100 draws: a standard error of up to 0.02. From the
# least stable group on, as groups have no order.
IRIS_KMEANS = {2: [1, 1], 3: [0.904, 0.908, 0.995], 4: [0.609, 0.666, 0.720, 0.762]}
IRIS_WARD = {2: [0.986, 0.993], 3: [0.530, 0.615, 0.986], 4: [0.622, 0.665, 0.802, 0.875]}


@pytest.fixture(scope="module")
def iris() -> Array:
    flowers = load_iris().data
    return np.asarray((flowers - flowers.mean(axis=0)) / flowers.std(axis=0, ddof=1))


@pytest.mark.parametrize("count", IRIS_KMEANS)
def test_the_stability_of_kmeans_on_iris_is_that_of_fpc(iris: Array, count: int) -> None:
    everybody, drawn = np.ones((1, 150), dtype=bool), bootstrap_draws(150, 400)
    labels = kmeans(iris, [scattered(iris, everybody, count, seed=seed) for seed in range(20)], count)[0]
    sampled = kmeans(iris, [scattered(iris, drawn, count, seed=seed) for seed in range(2)], count)
    found = np.sort(bootstrap_jaccard(labels, sampled))
    assert found == pytest.approx(IRIS_KMEANS[count], abs=0.04 if count == 4 else 0.03)


@pytest.mark.parametrize("count", IRIS_WARD)
def test_the_stability_of_wards_tree_on_iris_is_that_of_fpc(iris: Array, count: int) -> None:
    labels = ward(iris, np.ones((1, 150), dtype=bool), [count])[0, 0]
    found = np.sort(bootstrap_jaccard(labels, ward(iris, bootstrap_draws(150, 300), [count])[0]))
    assert found == pytest.approx(IRIS_WARD[count], abs=0.03)


def test_the_most_similar_group_of_the_sample_counts() -> None:
    labels, sample = np.array([0, 0, 0, 1, 1, 1]), np.array([[2, 2, 0, 0, 0, 1]])
    # Group 0 shares two people with group 2 of three in either; group 1 shares two with group 0 of four in either.
    similar, which = found_again(labels, sample)
    assert similar.tolist() == [[2 / 3, 2 / 4]]
    assert which.tolist() == [[2, 0]]


def test_people_who_are_not_in_the_sample_do_not_count() -> None:
    similar, which = found_again(np.array([0, 0, 0, 1, 1]), np.array([[0, 0, -1, 1, -1]]))
    assert similar.tolist() == [[1, 1]]
    assert which.tolist() == [[0, 1]]


def test_of_equally_similar_groups_the_first_counts() -> None:
    assert found_again(np.array([0, 0]), np.array([[1, 0]]))[1].tolist() == [[0]]


def test_a_sample_without_anybody_of_a_group_does_not_count_for_it() -> None:
    labels, sampled = np.array([0, 1, 1]), np.array([[-1, 0, 0], [0, 1, 0], [-1, -1, -1]])
    similar, which = found_again(labels, sampled)
    np.testing.assert_array_equal(similar, [[np.nan, 1], [1 / 2, 1 / 2], [np.nan, np.nan]])
    assert which.tolist() == [[-1, 0], [0, 1], [-1, -1]]
    assert bootstrap_jaccard(labels, sampled).tolist() == [0.5, 0.75]


def test_the_stability_of_a_group_that_is_in_no_sample_is_not_available() -> None:
    np.testing.assert_array_equal(bootstrap_jaccard(np.array([0, 1]), np.array([[-1, 0]])), [np.nan, 1])
    np.testing.assert_array_equal(bootstrap_jaccard(np.array([0, 1]), np.array([[-1, -1]])), [np.nan, np.nan])
    np.testing.assert_array_equal(bootstrap_jaccard(np.array([0, 1]), np.empty((0, 2), dtype=int)), [np.nan, np.nan])


def test_nobody_makes_no_groups() -> None:
    assert bootstrap_jaccard(np.empty(0, dtype=int), np.empty((3, 0), dtype=int)).shape == (0,)
    assert bootstrap_draws(0, 3).shape == (3, 0)


def test_a_bootstrap_sample_has_63_percent_of_the_people() -> None:
    drawn = bootstrap_draws(200, 500)
    assert drawn.mean() == pytest.approx(1 - np.exp(-1), abs=0.003)
    assert drawn.mean(axis=0).std() < 0.03
    assert len(np.unique(drawn, axis=0)) == 500
    assert bootstrap_draws(1, 4).all()


def test_draws_are_the_same_for_a_seed_and_others_for_another() -> None:
    assert (bootstrap_draws(30, 5, seed=1) == bootstrap_draws(30, 5, seed=1)).all()
    assert (bootstrap_draws(30, 5, seed=1) != bootstrap_draws(30, 5, seed=2)).any()


@pytest.mark.parametrize(
    ("stability", "word"),
    [
        (0.0, "unstable"), (0.599, "unstable"), (0.6, "doubtful"), (0.749, "doubtful"), (0.75, "stable"),
        (0.849, "stable"), (0.85, "highly stable"), (1.0, "highly stable"), (float("nan"), ""),
    ],
)  # fmt: skip
def test_bands_begin_at_their_lower_limit(stability: float, word: str) -> None:
    assert band(stability) == word
