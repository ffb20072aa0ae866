"""Estimates of many entities at once, drawn to what their covariates would lead one to expect (Fay & Herriot 1979)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Variances that are tried, as shares of that of the values: of the entities around their expectation, and of what all
# covariates explain. Evenly spaced: under a flat prior of variances, intervals hold what they promise (Morris 1983).
_AROUND = tuple(np.linspace(0.0, 2.0, 25))
_EXPLAINED = tuple(np.linspace(0.0, 1.0, 11))
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Expected:
    """What is expected of each entity, and the variance of the truth around it; NaN where nothing can be said."""

    mean: Array
    variance: Array


@dataclass(frozen=True)
class _Fit:
    """The answer under one pair of variances, with the logarithm of its likelihood."""

    likelihood: float
    mean: Array
    variance: Array


def fay_herriot(values: Array, errors: Array, covariates: Array) -> Expected:
    """The expected true value of each entity.

    True values are normal around μ + covariates · β with one variance; ``values`` are normal around them with the
    variances ``errors``, both above 0 or NaN where an entity was not measured, of which the covariates alone then tell.
    ``covariates``: entities × covariates, finite, on one scale; coefficients β are normal around 0 with one variance,
    so that covariates that tell nothing do no harm. Both variances are averaged over a grid by their likelihood, as a
    single best pair would make the answer too sure where entities are few. NaN for all where fewer than three entities
    were measured, or all have the same value.
    """
    known = np.isfinite(values) & np.isfinite(errors)
    spread = float(values[known].var()) if known.sum() > 2 else 0.0
    if spread <= 0:
        unknown = np.full(len(values), np.nan)
        return Expected(unknown, unknown)
    centred = covariates - covariates[known].mean(axis=0)
    fits = list(_fits(values, errors, centred, known, spread))
    likelihoods = np.array([fit.likelihood for fit in fits])
    weights = np.exp(likelihoods - likelihoods.max())
    weights /= weights.sum()
    means = np.array([fit.mean for fit in fits])
    mean = weights @ means
    variance = weights @ np.array([fit.variance for fit in fits]) + weights @ (means - mean) ** 2
    return Expected(np.asarray(mean), np.asarray(variance))


def _fits(values: Array, errors: Array, covariates: Array, known: NDArray[np.bool_], spread: float) -> Iterator[_Fit]:
    """The answers under each pair of variances; the sums over entities are taken once per variance around."""
    table = np.column_stack([np.ones(known.sum()), values[known], covariates[known]])
    count = covariates.shape[1]
    coefficients = [explained / count for explained in _EXPLAINED] if count else [0.0]
    for around in _AROUND:
        precision = 1 / (errors[known] + around * spread)
        sums = table.T @ (table * precision[:, None])
        for coefficient in coefficients:
            likelihood, centre, slopes, spread_of_centre, spread_of_slopes = _regression(sums, coefficient * spread)
            prior = centre + covariates @ slopes
            weight = np.zeros(len(values))
            weight[known] = around * spread * precision
            across = 1 - covariates @ (spread_of_slopes @ sums[2:, 0])
            of_prior = ((covariates @ spread_of_slopes) * covariates).sum(axis=1) + across**2 * spread_of_centre
            yield _Fit(
                likelihood + float(np.log(precision).sum()) / 2,
                prior + weight * (np.where(known, values, 0.0) - prior),
                around * spread * (1 - weight) + (1 - weight) ** 2 * of_prior,
            )


def _regression(sums: Array, variance: float) -> tuple[float, float, Array, float, Array]:
    """Weighted regression with normal coefficients: log-likelihood, centre and slopes, and their variances.

    ``sums``: the weighted sums of products of 1, the value and the covariates, in this order; ``variance``: that of
    the coefficients. The centre has a flat prior, and its likelihood is integrated out with it.
    """
    count = len(sums) - 2
    likelihood = 0.0
    spread: Array = np.zeros((count, count))
    if variance > 0 and count:
        inner = np.eye(count) / variance + sums[2:, 2:]
        spread = np.asarray(np.linalg.inv(inner), dtype=np.float64)
        likelihood -= float(np.linalg.slogdet(inner)[1] + count * np.log(variance)) / 2
    left = sums - sums[:, 2:] @ spread @ sums[2:]  # what the slopes leave over
    centre = float(left[0, 1] / left[0, 0])
    likelihood -= float(left[1, 1] - left[0, 1] ** 2 / left[0, 0] + np.log(left[0, 0])) / 2
    slopes = spread @ (sums[2:, 1] - centre * sums[2:, 0])
    return likelihood, centre, slopes, float(1 / left[0, 0]), spread
