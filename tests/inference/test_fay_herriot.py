"""Estimates drawn to what covariates lead one to expect."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from salesperf.inference import fay_herriot as room
from salesperf.inference.fay_herriot import fay_herriot

Array = NDArray[np.float64]
NAN = float("nan")


@pytest.fixture
def one_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the values' variance around what is expected, a tenth of each coefficient, and no others."""
    monkeypatch.setattr(room, "_AROUND", (0.5,))
    monkeypatch.setattr(room, "_EXPLAINED", (0.2,))


def posterior(
    values: Array, errors: Array, covariates: Array, around: float, coefficient: float
) -> tuple[Array, Array]:
    """Mean and variance of the true values, by conditioning one normal distribution of everything on the values."""
    count, wide = len(values), 1e5  # the variance of the centre, flat in the limit
    truth = around * np.eye(count) + coefficient * covariates @ covariates.T + wide
    gain = truth @ np.linalg.inv(truth + np.diag(errors))
    return gain @ values, np.diag(truth - gain @ truth)


def company(count: int, seed: int = 0) -> tuple[Array, Array, Array]:
    draw = np.random.default_rng(seed)
    covariates = draw.normal(size=(count, 2))
    covariates -= covariates.mean(axis=0)
    errors = draw.uniform(0.5, 2.0, count)
    return draw.normal(covariates @ [1.0, -0.5], np.sqrt(errors + 0.3)), errors, covariates


def test_with_given_variances_it_is_the_posterior_of_a_normal_model(one_pair: None) -> None:
    values, errors, covariates = company(12)
    found = fay_herriot(values, errors, covariates)
    mean, variance = posterior(values, errors, covariates, 0.5 * values.var(), 0.1 * values.var())
    assert found.mean == pytest.approx(mean, abs=1e-4)
    assert found.variance == pytest.approx(variance, rel=1e-3)


def test_pairs_of_variances_weigh_by_their_likelihood(monkeypatch: pytest.MonkeyPatch) -> None:
    values, errors, covariates = company(15, seed=3)
    pairs = [(0.1, 0.05), (0.1, 0.4), (1.5, 0.05), (1.5, 0.4)]
    monkeypatch.setattr(room, "_AROUND", (0.1, 1.5))
    monkeypatch.setattr(room, "_EXPLAINED", (0.1, 0.8))
    likelihoods, answers = [], []
    residual = np.eye(15) - 1 / 15  # contrasts, whose distribution does not depend on the centre
    contrasts = np.linalg.svd(residual)[0][:, :14].T
    for around, coefficient in pairs:
        spread = np.diag(errors) + values.var() * (around * np.eye(15) + coefficient * covariates @ covariates.T)
        inner = contrasts @ spread @ contrasts.T
        off = contrasts @ values
        likelihoods.append(-0.5 * (np.linalg.slogdet(inner)[1] + off @ np.linalg.solve(inner, off)))
        answers.append(posterior(values, errors, covariates, around * values.var(), coefficient * values.var()))
    weights = np.exp(np.array(likelihoods) - max(likelihoods))
    weights /= weights.sum()
    assert weights.min() > 0.01
    mean = sum(weight * answer[0] for weight, answer in zip(weights, answers, strict=True))
    variance = sum(
        weight * (answer[1] + (answer[0] - mean) ** 2) for weight, answer in zip(weights, answers, strict=True)
    )
    found = fay_herriot(values, errors, covariates)
    assert found.mean == pytest.approx(mean, abs=1e-4)
    assert found.variance == pytest.approx(variance, rel=1e-3)


def test_who_was_not_measured_has_what_the_covariates_let_expect(one_pair: None) -> None:
    values, errors, covariates = company(20, seed=1)
    values[4], errors[7] = NAN, NAN
    found = fay_herriot(values, errors, covariates)
    known = np.isfinite(values) & np.isfinite(errors)
    without = fay_herriot(values[known], errors[known], covariates[known])
    assert found.mean[known] == pytest.approx(without.mean)
    assert found.variance[[4, 7]].min() > 0.5 * values[known].var()
    assert found.mean[4] == pytest.approx(
        posterior(
            np.where(known, values, 0.0),
            np.where(known, errors, 1e7),
            covariates,
            0.5 * values[known].var(),
            0.1 * values[known].var(),
        )[0][4],
        abs=1e-3,
    )


@pytest.mark.parametrize("values", [[], [1.0, 2.0], [3.0, 3.0, 3.0, 3.0], [1.0, NAN, 2.0]])
def test_too_few_or_equal_values_tell_nothing(values: list[float]) -> None:
    found = fay_herriot(np.array(values), np.ones(len(values)), np.zeros((len(values), 1)))
    assert np.isnan(found.mean).all() and np.isnan(found.variance).all()


def test_intervals_hold_the_truth_as_often_as_they_promise() -> None:
    held = total = 0
    for seed in range(150):
        draw = np.random.default_rng(seed)
        covariates = draw.normal(size=(40, 3))
        truth = covariates @ draw.normal(0, 0.4, 3) + draw.normal(0, 0.6, 40)
        errors = draw.uniform(0.3, 2.0, 40)
        found = fay_herriot(draw.normal(truth, np.sqrt(errors)), errors, covariates)
        held += int((abs(truth - found.mean) <= 1.96 * np.sqrt(found.variance)).sum())
        total += 40
    assert 0.93 <= held / total <= 0.97


def test_covariates_that_tell_nothing_do_little_harm() -> None:
    draw = np.random.default_rng(5)
    gained = []
    for _ in range(60):
        truth, errors = draw.normal(0, 0.5, 40), np.ones(40)
        values, noise = draw.normal(truth, 1.0), draw.normal(size=(40, 6))
        with_noise, without = (fay_herriot(values, errors, rows).mean for rows in (noise, np.empty((40, 0))))
        gained.append(((with_noise - truth) ** 2).mean() - ((without - truth) ** 2).mean())
    assert np.mean(gained) < 0.03  # of a variance of 0.25


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(-50, 50))
def test_the_unit_of_the_values_changes_nothing_else(seed: int, unit: float, shift: float) -> None:
    values, errors, covariates = company(10, seed=seed)
    found = fay_herriot(values, errors, covariates)
    scaled = fay_herriot(shift + unit * values, unit**2 * errors, covariates)
    assert scaled.mean == pytest.approx(shift + unit * found.mean, rel=1e-6, abs=1e-6 * unit)
    assert scaled.variance == pytest.approx(unit**2 * found.variance, rel=1e-6)
