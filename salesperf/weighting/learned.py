"""Weights learned from what predicts the next period, and how much they predict at all. See docs/methods.md §5."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

FOLDS = 5
LEAST = 4 * FOLDS  # people; with fewer, a fold is too small to tell anything
DRAWS = 1000  # bootstrap samples
_PENALTIES = 10.0 ** np.arange(-4, 3.01, 0.5)  # relative to the mean variance of a KPI
Array = NDArray[np.float64]


@dataclass(frozen=True)
class LearnedWeights:
    """Weights by which KPIs predict what comes next.

    ``weights``: KPIs, summing to 1; NaN where no KPI predicts anything. ``lower``, ``upper``: the bootstrap interval of
    each weight, NaN where no sample predicts anything. ``explained``: the share of the variance of outcomes that is
    explained in people who were not learned from (out-of-fold R²); 0 is what the mean of the others predicts, and below
    0 is worse than that: the weights then tell nothing. NaN where all outcomes are the same. ``penalty``: the strength
    of the ridge, relative to the mean variance of a KPI. ``nothing``: the share of bootstrap samples in which no KPI
    predicts anything. ``people``: how many were learned from.
    """

    weights: Array
    lower: Array
    upper: Array
    explained: float
    penalty: float
    nothing: float
    people: int


def learned_weights(
    points: Array, outcomes: Array, *, level: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> LearnedWeights:
    """Weights of 0 or more by which the points of a period predict outcomes of the next.

    ``points``: people × KPIs, on one scale, higher being better; ``outcomes``: people. Who lacks a number is left out.
    Outcomes are regressed on points by least squares with a ridge (Hoerl & Kennard 1970) and coefficients of 0 or more
    (Lawson & Hanson 1974); weights are their shares of the sum. The ridge is the one with the smallest squared error
    over FOLDS folds, of equal ones the stronger; for ``explained`` it is chosen anew without each fold. Folds go by
    turns along the order of outcomes. The interval is that of percentiles of ``draws`` samples of people with
    replacement, with the ridge as chosen for all.

    The order of people changes nothing, and the seed is fixed. Raises ValueError for arrays of other shapes, fewer than
    LEAST people of whom all is known, a ``level`` outside 0 to 1 and fewer than one of ``draws``.
    """
    rows, values = _in_order(points, outcomes)
    if not 0 < level < 1 or draws < 1:
        raise ValueError(f"level must lie between 0 and 1 and draws be 1 or more; got {level} and {draws}")
    folds = np.stack([_moments(rows[fold::FOLDS], values[fold::FOLDS]) for fold in range(FOLDS)])
    penalty = _best_penalty(folds)
    samples = _bootstrap(rows, values, penalty, draws=draws, seed=seed)
    predicting = samples[np.isfinite(samples[:, 0])]
    tails = [(1 - level) / 2, (1 + level) / 2]
    lower, upper = np.quantile(predicting, tails, axis=0) if len(predicting) else np.full((2, rows.shape[1]), np.nan)
    nothing = 1 - len(predicting) / draws
    weights = _shares(_coefficients(folds.sum(axis=0), penalty))
    return LearnedWeights(weights, lower, upper, _explained(folds, values), penalty, nothing, len(rows))


def _in_order(points: Array, outcomes: Array) -> tuple[Array, Array]:
    """Points and outcomes of those of whom all is known, less their means, by outcome and then by points.

    The order makes folds and samples, and so all results, independent of the order of people.
    """
    if points.ndim != 2 or outcomes.shape != points.shape[:1] or not points.shape[1]:
        expected = "people × KPIs, and one for each of the people"
        raise ValueError(f"points and outcomes must be {expected}; got {points.shape} and {outcomes.shape}")
    known = np.isfinite(points).all(axis=1) & np.isfinite(outcomes)
    if known.sum() < LEAST:
        raise ValueError(
            f"points and outcomes: expected {LEAST} people or more of whom all is known; got {known.sum()}"
        )
    rows, values = points[known], outcomes[known]
    order = np.lexsort((*rows.T, values))
    rows, values = rows[order], values[order]
    return rows - rows.mean(axis=0), values - values.mean()


def _moments(rows: Array, values: Array) -> Array:
    """Σ z zᵀ over people with z = (1, points, outcome): all that least squares need; those of parts add up."""
    whole = np.column_stack([np.ones(len(rows)), rows, values])
    return np.asarray(whole.T @ whole)


def _coefficients(moments: Array, penalty: float) -> Array:
    """The ridge coefficients of 0 or more, one for each KPI.

    Non-negative least squares on the system augmented by √λ × the unit matrix, here by the Cholesky factor of its
    normal equations, which has as many rows as KPIs and the same solution.
    """
    people, mean = moments[0, 0], moments[0, 1:] / moments[0, 0]
    centred = moments[1:, 1:] - people * np.outer(mean, mean)
    gram, cross = centred[:-1, :-1], centred[:-1, -1]
    strength = float(np.trace(gram)) / len(gram)
    if strength <= 0:
        return np.zeros(len(gram))
    factor = np.linalg.cholesky(gram + penalty * strength * np.eye(len(gram)))
    return np.asarray(nnls(factor.T, np.linalg.solve(factor, cross))[0])


def _shares(coefficients: Array) -> Array:
    total = coefficients.sum()
    return coefficients / total if total > 0 else np.full(len(coefficients), np.nan)


def _squared_error(training: Array, test: Array, penalty: float) -> float:
    """The sum of squared errors of the people of ``test``, predicted from those of ``training``.

    With an error b·z for a person with z = (1, points, outcome), the sum is bᵀ (Σ z zᵀ) b.
    """
    coefficients = _coefficients(training, penalty)
    mean = training[0, 1:] / training[0, 0]
    error = np.concatenate([[mean[:-1] @ coefficients - mean[-1]], -coefficients, [1.0]])
    return float(error @ test @ error)


def _best_penalty(folds: Array) -> float:
    """The ridge with the smallest squared error out of fold; of equal ones the strongest."""
    total = folds.sum(axis=0)
    errors = [sum(_squared_error(total - fold, fold, penalty) for fold in folds) for penalty in _PENALTIES]
    return float(_PENALTIES[len(errors) - 1 - int(np.argmin(errors[::-1]))])


def _explained(folds: Array, values: Array) -> float:
    """Out-of-fold R²; against the mean of the people learned from, so that no KPIs at all give 0."""
    if np.ptp(values) == 0:
        return float("nan")
    total, error, alone = folds.sum(axis=0), 0.0, 0.0
    for place, fold in enumerate(folds):
        error += _squared_error(total - fold, fold, _best_penalty(np.delete(folds, place, axis=0)))
        mean = (total - fold)[0, -1] / (total - fold)[0, 0]
        alone += fold[-1, -1] - 2 * mean * fold[0, -1] + mean**2 * fold[0, 0]
    return float(1 - error / alone)


def _bootstrap(rows: Array, values: Array, penalty: float, *, draws: int, seed: int) -> Array:
    """Draws × KPIs: the weights of samples of as many people, drawn with replacement; NaN where nothing predicts."""
    rng, count = np.random.default_rng(seed), len(rows)
    whole = np.column_stack([np.ones(count), rows, values])
    weights = np.empty((draws, rows.shape[1]))
    for draw in range(draws):
        times = np.bincount(rng.integers(count, size=count), minlength=count).astype(np.float64)
        weights[draw] = _shares(_coefficients((whole.T * times) @ whole, penalty))
    return weights
