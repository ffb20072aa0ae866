"""Who stands in no dense region."""

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN
from sklearn.decomposition import PCA

from salesperf.inference.density import outside_dense_regions


def two_regions(*others: tuple[float, float]) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(0, 0.3, (20, 2)), rng.normal(6, 0.3, (20, 2)), np.array(others).reshape(-1, 2)])


def test_who_stands_far_from_all_regions_is_noise() -> None:
    noise = outside_dense_regions(two_regions((-3, 9), (12, -2)))
    assert noise[40:].all()
    assert noise[:40].mean() < 0.1


@pytest.mark.parametrize("seed", range(4))
def test_density_is_that_among_the_first_two_principal_components(seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(60, 6)) * np.array([1, 1, 1, 1, 1, 4])
    rows[:9] += 3
    regions = HDBSCAN(5, copy=True).fit_predict(PCA(2).fit_transform(rows))
    assert outside_dense_regions(rows).tolist() == ((regions < 0) & (regions >= 0).any()).tolist()


def test_people_on_one_spot_are_a_dense_region() -> None:
    assert not outside_dense_regions(np.repeat([[0.0, 0.0], [1.0, 1.0]], [24, 6], axis=0)).any()
    assert outside_dense_regions(np.repeat([[0.0, 0.0], [1.0, 1.0], [5.0, 2.0]], [24, 6, 1], axis=0))[-1]


@pytest.mark.parametrize("shape", [(0, 3), (4, 3), (30, 0), (30, 1)])
def test_nobody_is_noise_among_too_few_people_or_features(shape: tuple[int, int]) -> None:
    assert not outside_dense_regions(np.random.default_rng(2).normal(size=shape)).any()


def test_nobody_is_noise_where_nothing_is_dense() -> None:
    assert not outside_dense_regions(np.array([[0.0, 0], [1, 0], [0, 1], [1, 1], [3, 3], [9, 9]]) ** 3).any()
