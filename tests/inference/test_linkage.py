"""Trees of people, cut into groups."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import adjusted_rand_score

from salesperf.inference.linkage import average_linkage, ward

Array = NDArray[np.float64]


def people(seed: int, count: int = 30) -> Array:
    return np.random.default_rng(seed).normal(size=(count, 3))


@pytest.mark.parametrize("seed", range(3))
def test_wards_groups_of_a_sample_are_those_of_scipy(seed: int) -> None:
    rows, present = people(seed), np.random.default_rng(seed).random((4, 30)) < 0.6
    labels = ward(rows, present, range(1, 9))
    assert labels.shape == (8, 4, 30)
    for sample, there in enumerate(present):
        tree = linkage(rows[there], "ward")
        for count in range(1, 9):
            found = labels[count - 1, sample]
            assert (found[~there] == -1).all()
            assert sorted(set(found[there].tolist())) == list(range(count))
            assert adjusted_rand_score(found[there], fcluster(tree, count, "maxclust")) == 1


@pytest.mark.parametrize("count", [1, 2, 5, 30])
def test_groups_of_average_linkage_are_those_of_scipy(count: int) -> None:
    distances = pdist(people(5))
    found = average_linkage(squareform(distances), count)
    assert sorted(set(found.tolist())) == list(range(count))
    assert adjusted_rand_score(found, fcluster(linkage(distances, "average"), count, "maxclust")) == 1


def test_average_linkage_looks_at_the_mean_distance_and_not_the_least_or_largest() -> None:
    places = np.array([0.0, 2, 4.4, 7.2])  # the third is 2.4 from the nearest, 3.4 from the mean of both, 2.8 from 7.2
    assert average_linkage(np.abs(places[:, None] - places), 2).tolist() in ([0, 0, 1, 1], [1, 1, 0, 0])


def test_people_on_one_spot_are_never_separated() -> None:
    rows = np.repeat(np.array([[0.0, 0], [0, 1], [5, 5]]), 4, axis=0)
    labels = ward(rows, np.ones((1, 12), dtype=bool), [2, 3, 6])[:, 0]
    assert [len(set(cut.tolist())) for cut in labels] == [2, 3, 3]
    assert all(len(set(cut[place : place + 4].tolist())) == 1 for cut in labels for place in (0, 4, 8))
    assert len(set(average_linkage(squareform(pdist(rows)), 6).tolist())) == 3


@pytest.mark.parametrize("there", [[], [2], [0, 1]])
def test_fewer_people_than_groups_have_a_group_each(there: list[int]) -> None:
    present = np.isin(np.arange(5), there)[None]
    labels = ward(people(0, 5), present, [3])[0, 0]
    assert sorted(labels[present[0]].tolist()) == list(range(len(there)))
    assert (labels[~present[0]] == -1).all()


def test_no_counts_give_no_cuts_and_nobody_or_one_person_one_group_at_most() -> None:
    assert ward(people(0), np.ones((2, 30), dtype=bool), []).shape == (0, 2, 30)
    assert average_linkage(np.zeros((0, 0)), 2).tolist() == []
    assert average_linkage(np.zeros((1, 1)), 2).tolist() == [0]
