"""Weights from how KPIs spread and go together among people, and what given weights come to. See docs/methods.md §5.

``points`` are people × KPIs. A person of whom a KPI is not finite is left out; with fewer than two people left the
results are NaN. Weights by data depend on who else is there: they are a question to given weights, no answer.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def equal_weights(kpis: int) -> Array:
    """The same weight for each KPI, summing to 1. Raises ValueError for fewer than one."""
    if kpis < 1:
        raise ValueError(f"kpis must be 1 or more; got {kpis}")
    return np.full(kpis, 1 / kpis)


def entropy_weights(points: Array) -> Array:
    """Weights in proportion to 1 − the entropy of each KPI's shares of its sum (Shannon 1948; Hwang & Yoon 1981).

    KPIs, summing to 1; a KPI that is the same for everybody has 0, and where all are, the weights are equal. Raises
    ValueError for points below 0, of which there are no shares.

    >>> entropy_weights(np.array([[1.0, 5.0], [3.0, 5.0]])).tolist()
    [1.0, 0.0]
    """
    rows = _complete(points)
    for person, kpi in np.argwhere(points < 0)[:1]:
        raise ValueError(f"person {person}, KPI {kpi}: expected 0 points or more; got {points[person, kpi]:g}")
    if len(rows) < 2:
        return np.full(points.shape[1], np.nan)
    sums = rows.sum(axis=0)
    shares = np.divide(rows, sums, out=np.full_like(rows, 1 / len(rows)), where=sums > 0)
    entropy = -(shares * np.log(shares, out=np.zeros_like(shares), where=shares > 0)).sum(axis=0) / np.log(len(rows))
    return _in_proportion(np.where(np.ptp(rows, axis=0) > 0, np.maximum(1 - entropy, 0.0), 0.0))


def critic_weights(points: Array, lower_is_better: Mask | None = None) -> Array:
    """Weights in proportion to spread × conflict of each KPI: CRITIC (Diakoulaki, Mavrotas & Papayannakis 1995).

    Spread is the standard deviation after scaling to 0 (the worst) … 1 (the best); conflict is Σ (1 − r) over the other
    KPIs, where r is their correlation. ``lower_is_better``: which KPIs are to be turned round, none by default. KPIs,
    summing to 1. A KPI that is the same for everybody has 0 and is in no conflict; where all weights would be 0, as
    with one KPI, they are equal.
    """
    rows = _complete(points)
    if len(rows) < 2:
        return np.full(points.shape[1], np.nan)
    width = np.ptp(rows, axis=0)
    scaled = np.divide(rows - rows.min(axis=0), width, out=np.zeros_like(rows), where=width > 0)
    if lower_is_better is not None:
        scaled = np.where(lower_is_better & (width > 0), 1 - scaled, scaled)
    conflict = np.nansum(1 - correlations(scaled), axis=1)
    return _in_proportion(scaled.std(axis=0) * np.where(conflict > 1e-12, conflict, 0.0))


def correlations(points: Array) -> Array:
    """KPIs × KPIs: Pearson's correlations of the KPIs among people; NaN of a KPI that is the same for everybody."""
    rows = _complete(points)
    if len(rows) < 2:
        return np.full((points.shape[1], points.shape[1]), np.nan)
    centred = np.where(np.ptp(rows, axis=0) > 0, rows - rows.mean(axis=0), 0.0)
    length = np.sqrt((centred**2).sum(axis=0))
    unit = np.divide(centred, length, out=np.full_like(rows, np.nan), where=length > 0)
    return np.asarray(np.clip(unit.T @ unit, -1.0, 1.0))


def effective_weights(points: Array, weights: Array) -> Array:
    """The share of the score's variance among people that each KPI decides: weight × cov(KPI, score) ÷ var(score).

    Shorrocks's (1982) decomposition. KPIs, summing to 1. A KPI that goes with others decides more than its nominal
    weight says (Paruolo, Saisana & Saltelli 2013), one that goes against them less, even less than 0. NaN where all
    scores are the same. Raises ValueError where ``weights`` are not one for each KPI.
    """
    if weights.shape != points.shape[1:]:
        raise ValueError(f"weights must be one for each of {points.shape[1]} KPIs; got {weights.shape}")
    rows = _complete(points)
    if len(rows) < 2:
        return np.full(points.shape[1], np.nan)
    parts = (rows - rows.mean(axis=0)) * weights
    score = parts.sum(axis=1)
    variance = float(score @ score)
    # Of scores that are all the same, rounding leaves a rest.
    if variance <= 1e-24 * float((rows**2).max() * (weights**2).max()) * len(rows):
        return np.full(points.shape[1], np.nan)
    return np.asarray(parts.T @ score / variance)


def _complete(points: Array) -> Array:
    """The rows of those of whom every KPI is finite."""
    if points.ndim != 2 or not points.shape[1]:
        raise ValueError(f"points must be people × KPIs; got {points.shape}")
    return points[np.isfinite(points).all(axis=1)]


def _in_proportion(values: Array) -> Array:
    total = values.sum()
    return values / total if total > 0 else equal_weights(len(values))
