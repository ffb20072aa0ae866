"""Gaussian mixtures of many samples at once."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture

from salesperf.inference.mixtures import likeliest, mixtures

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


def people(seed: int = 0, features: int = 2) -> tuple[Array, Labels]:
    """Forty people in three overlapping groups, and rough labels to start from."""
    rng = np.random.default_rng(seed)
    true = np.repeat([0, 1, 2], [12, 12, 16])
    return rng.normal(size=(40, features)) + 2.0 * true[:, None], (np.roll(true, 3) + 1)[None] % 3


def expected_by_hand(rows: Array, labels: Labels, count: int) -> list[list[float]]:
    """One pass of expectation maximisation, person by person."""
    groups = [rows[labels == group] for group in range(count)]
    within = sum(((group - group.mean(axis=0)) ** 2).sum(axis=0) for group in groups) / len(rows)
    chances = []
    for row in rows:
        densities = [
            len(group) / len(rows) * math.exp(-(((row - group.mean(axis=0)) ** 2) / within).sum() / 2)
            for group in groups
        ]
        chances.append([density / sum(densities) for density in densities])
    return chances


def test_a_pass_weighs_the_densities_of_groups_of_one_variance_per_feature() -> None:
    rows, start = people()
    rows = rows * np.array([1.0, 50.0])
    fit = mixtures(rows, start, 3, passes=1)
    assert fit.chance[0] == pytest.approx(np.array(expected_by_hand(rows, start[0], 3)).T)
    assert fit.means[0] == pytest.approx(np.array([rows[start[0] == group].mean(axis=0) for group in range(3)]))


@pytest.mark.parametrize("seed", range(3))
def test_on_a_line_the_fit_is_that_of_scikit_learn(seed: int) -> None:
    rows, start = people(seed, features=1)
    fit = mixtures(rows, start, 3, passes=3000, tolerance=1e-9)
    means = np.array([rows[start[0] == group].mean(axis=0) for group in range(3)])
    within = ((rows - means[start[0]]) ** 2).mean(axis=0)[:, None]
    reference = GaussianMixture(
        3, covariance_type="tied", reg_covar=0, tol=1e-12, max_iter=5000,
        weights_init=np.bincount(start[0]) / 40, means_init=means, precisions_init=1 / within,
    ).fit(rows)  # fmt: skip
    assert fit.means[0] == pytest.approx(reference.means_, abs=1e-3)
    assert fit.chance[0] == pytest.approx(reference.predict_proba(rows).T, abs=1e-3)
    alone = GaussianMixture(1, covariance_type="tied", reg_covar=0).fit(rows)
    assert fit.gain[0] == pytest.approx(40 * (reference.score(rows) - alone.score(rows)), abs=1e-3)


def test_each_pass_gains_likelihood_from_nothing_on() -> None:
    rows, start = people(4)
    mixed = np.arange(40)[None] % 3
    gains = [mixtures(rows, mixed, 3, passes=passes, tolerance=0).gain[0] for passes in range(1, 40)]
    assert (np.diff(gains) >= -1e-9).all()
    assert gains[0] == pytest.approx(0, abs=1.5)
    assert mixtures(rows, start * 0, 1).gain == pytest.approx([0])


def test_who_is_not_in_the_sample_has_no_chances_and_no_influence() -> None:
    rows, start = people(1)
    there = np.arange(40) % 4 > 0
    fit = mixtures(rows, np.where(there, start, -1), 3)
    alone = mixtures(rows[there], start[:, there], 3)
    assert (fit.chance[0][:, ~there] == 0).all() and (fit.labels[0, ~there] == -1).all()
    assert fit.chance[0][:, there] == pytest.approx(alone.chance[0])
    assert fit.gain == pytest.approx(alone.gain)
    assert fit.labels[0, there].tolist() == alone.chance[0].argmax(axis=0).tolist()


def test_samples_are_fitted_as_if_alone_however_long_the_others_take() -> None:
    stack, starts = np.array([people(seed)[0] for seed in range(4)]), np.repeat(people()[1], 4, axis=0)
    together = mixtures(stack, starts, 3, passes=200)
    for sample in range(4):
        alone = mixtures(stack[sample], starts[[sample]], 3, passes=200)
        assert together.chance[sample] == pytest.approx(alone.chance[0], abs=1e-9)
        assert together.gain[sample] == pytest.approx(alone.gain[0])


def test_a_group_does_not_shrink_to_a_point() -> None:
    rows = np.repeat(np.array([[0.0, 0.0], [1.0, 1.0]]), 10, axis=0)
    fit = mixtures(rows, np.repeat([[0, 1]], 10, axis=1), 2)
    assert fit.labels[0].tolist() == [0] * 10 + [1] * 10
    # Two features of variance 0.001 of the whole, and a choice between two groups: 20 · (½ ln 1000 · 2 − ln 2 + 1 − 0).
    assert fit.gain[0] == pytest.approx(20 * (math.log(1000) - math.log(2) + 1), rel=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9])
def test_features_without_variance_tell_nothing(value: float) -> None:
    rows, start = people(2)
    flat = np.column_stack([rows, np.full(40, value)])
    assert mixtures(flat, start, 3).chance == pytest.approx(mixtures(rows, start, 3).chance)
    alike = mixtures(flat[:, 2:], start, 3)
    assert alike.gain == pytest.approx([0])
    assert alike.chance[0] == pytest.approx(np.tile(np.bincount(start[0])[:, None] / 40, (1, 40)))


def test_an_empty_group_stays_empty() -> None:
    rows, start = people(3)
    fit = mixtures(rows, start, 4)
    assert (fit.chance[0, 3] == 0).all()
    assert fit.chance[0, :3] == pytest.approx(mixtures(rows, start, 3).chance[0])


def test_a_sample_of_nobody_has_no_gain() -> None:
    fit = mixtures(people()[0], np.full((1, 40), -1), 2)
    assert fit.gain.tolist() == [0] and (fit.labels == -1).all()


def test_others_are_put_into_the_likeliest_of_a_samples_groups() -> None:
    rows, labels = people()
    rows = rows * np.array([1.0, 50.0]) + 1000
    labels = np.concatenate([labels, np.where(np.arange(40) % 5 == 0, -1, labels)])
    others = np.random.default_rng(1).uniform(rows.min(axis=0), rows.max(axis=0), (60, 2))
    rows[::5, 0] *= 30  # of those who are not in the second sample
    there = rows[labels[1] >= 0], labels[1][labels[1] >= 0]
    groups = [there[0][there[1] == group] for group in range(3)]
    within = sum(((group - group.mean(axis=0)) ** 2).sum(axis=0) for group in groups) / len(there[0])
    logs = [math.log(len(each)) - ((others - each.mean(axis=0)) ** 2 / within).sum(axis=1) / 2 for each in groups]
    put = likeliest(others, rows, labels, 4)
    assert put.shape == (2, 60)
    assert put[1].tolist() == np.argmax(logs, axis=0).tolist()
    assert len(set(put[1].tolist())) == 3
    assert (put[0] != put[1]).any()
