"""Who stands in no dense region."""

import numpy as np
import pytest

from salesperf.inference.density import outside_dense_regions


def two_regions(*others: tuple[float, float]) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(0, 0.3, (20, 2)), rng.normal(6, 0.3, (20, 2)), np.array(others).reshape(-1, 2)])


def test_who_stands_far_from_all_regions_is_noise() -> None:
    noise = outside_dense_regions(two_regions((-3, 9), (12, -2)))
    assert noise[40:].all()
    assert noise[:40].mean() < 0.1


def test_regions_are_looked_for_among_the_first_two_principal_components() -> None:
    rng = np.random.default_rng(1)
    plane = two_regions((-3, 9), (12, -2))
    # In all seven features, everybody stands alone.
    wide = np.concatenate([10 * plane, rng.normal(0, 4, (42, 5))], axis=1) @ np.linalg.qr(rng.normal(size=(7, 7)))[0]
    noise = outside_dense_regions(wide)
    assert noise[40:].all()
    assert noise[:40].mean() < 0.1


def test_five_people_on_one_spot_are_a_dense_region_and_four_are_not() -> None:
    def noise(copies: int) -> list[bool]:
        return outside_dense_regions(np.concatenate([np.zeros((30, 2)), np.full((copies, 2), 1.0)])).tolist()

    assert noise(5) == [False] * 35
    assert noise(4)[:30] == [False] * 30


@pytest.mark.parametrize("shape", [(0, 3), (4, 3), (30, 0), (30, 1)])
def test_nobody_is_noise_among_too_few_people_or_features(shape: tuple[int, int]) -> None:
    assert not outside_dense_regions(np.random.default_rng(2).normal(size=shape)).any()


def test_nobody_is_noise_where_nothing_is_dense() -> None:
    assert not outside_dense_regions(np.array([[0.0, 0], [1, 0], [0, 1], [1, 1], [3, 3], [9, 9]]) ** 3).any()
