"""Weights from pairwise comparisons: the analytic hierarchy process (AHP; Saaty 1980). See docs/methods.md §5.

A judgement ``matrix[i, j]`` says how many times as important KPI ``i`` is as KPI ``j``, on Saaty's scale from 1 (equal)
to 9 (extremely more); ``matrix[j, i]`` is its reciprocal.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ACCEPTABLE = 0.10  # a consistency ratio above this is to be reconsidered (Saaty 1980)
# The mean consistency index of random reciprocal matrices of 1, 2, … 15 KPIs (Saaty 1980):
RANDOM_INDEX = (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
_RECIPROCAL = 1e-6  # how far a product of a judgement and its reciprocal may be from 1
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Judgement:
    """The judgement of a matrix that agrees least with the others.

    ``first`` and ``second``: the indices of the two KPIs, first < second; ``given``: how many times as important the
    first was said to be; ``consistent``: the value that all other judgements imply, unrounded; ``ratio``: the
    consistency ratio with that value in place of the given one.
    """

    first: int
    second: int
    given: float
    consistent: float
    ratio: float


@dataclass(frozen=True)
class Ahp:
    """Weights from pairwise comparisons, and how consistent these are.

    ``weights``: KPIs, summing to 1; ``eigenvalue``: the largest of the matrix, λmax, n where all judgements are
    consistent; ``index``: (λmax − n) ÷ (n − 1); ``ratio``: the index ÷ that of random judgements, 0 for one or two
    KPIs, NaN for more than 15, for which Saaty gives no random index; ``reconsider``: the judgement to reconsider, None
    where all are consistent.
    """

    weights: Array
    eigenvalue: float
    index: float
    ratio: float
    reconsider: Judgement | None


def comparison_matrix(kpis: int, judgements: Mapping[tuple[int, int], float]) -> Array:
    """The reciprocal matrix of judgements, each given once for a pair of KPIs.

    Raises ValueError for a pair that is missing, given twice (both ways), or not a pair of the KPIs from 0 to
    ``kpis`` − 1, and for a judgement that is not above 0.

    >>> comparison_matrix(2, {(0, 1): 4}).tolist()
    [[1.0, 4.0], [0.25, 1.0]]
    """
    matrix = np.where(np.eye(kpis, dtype=np.bool_), 1.0, np.nan)
    for (first, second), value in judgements.items():
        if first == second or not (0 <= first < kpis and 0 <= second < kpis):
            raise ValueError(f"a judgement must be of two of the KPIs 0 to {kpis - 1}; got {first}, {second}")
        if not np.isnan(matrix[first, second]):
            raise ValueError(f"judgement {first}, {second}: expected once; got twice")
        if not (value > 0 and np.isfinite(value)):
            raise ValueError(f"judgement {first}, {second}: expected a number above 0; got {value}")
        matrix[first, second], matrix[second, first] = value, 1 / value
    for first, second in np.argwhere(np.isnan(matrix))[:1]:
        raise ValueError(f"judgement {first}, {second}: expected a number above 0; got none")
    return matrix


def ahp(matrix: Array) -> Ahp:
    """Weights from a matrix of pairwise comparisons, by its principal eigenvector (Saaty 1980).

    ``matrix``: KPIs × KPIs. Raises ValueError where it is not square, not positive, or not reciprocal.

    >>> result = ahp(np.array([[1, 2, 6], [1 / 2, 1, 3], [1 / 6, 1 / 3, 1]]))
    >>> result.weights.round(3).tolist(), round(result.ratio, 6)
    ([0.6, 0.3, 0.1], 0.0)
    """
    _check(matrix)
    weights, eigenvalue = _principal(matrix)
    index = _index(eigenvalue, len(matrix))
    return Ahp(weights, eigenvalue, index, _ratio(index, len(matrix)), _least_consistent(matrix, weights))


def combined_judgements(matrices: Array, people: Array | None = None) -> Array:
    """One matrix from those of several people: the geometric mean of each judgement, weighted by ``people``.

    ``matrices``: people × KPIs × KPIs; ``people``: a weight of 0 or more for each, all 1 by default. The geometric mean
    is the one that keeps matrices reciprocal (Aczél & Saaty 1983). Raises ValueError for a matrix as `ahp` does, and
    for weights of another number, below 0 or all 0.
    """
    if matrices.ndim != 3 or not len(matrices):
        raise ValueError(f"matrices must be people × KPIs × KPIs; got {matrices.shape}")
    weights = np.ones(len(matrices)) if people is None else people
    if weights.shape != (len(matrices),) or not ((weights >= 0).all() and 0 < weights.sum() < np.inf):
        raise ValueError(f"people must have {len(matrices)} weights of 0 or more, one of them above 0; got {weights}")
    for person, matrix in enumerate(matrices):
        _check(matrix, f"matrix {person}, ")
    return np.asarray(np.exp(np.tensordot(weights / weights.sum(), np.log(matrices), axes=1)))


def _check(matrix: Array, place: str = "") -> None:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not len(matrix):
        raise ValueError(f"{place}comparisons must be KPIs × KPIs; got {matrix.shape}")
    for first, second in np.argwhere(~(np.isfinite(matrix) & (matrix > 0)))[:1]:
        value = matrix[first, second]
        raise ValueError(f"{place}judgement {first}, {second}: expected a number above 0; got {value}")
    for first, second in np.argwhere(np.abs(matrix * matrix.T - 1) > _RECIPROCAL)[:1]:
        expected, value = 1 / matrix[second, first], matrix[first, second]
        raise ValueError(f"{place}judgement {first}, {second}: expected {expected:g}, the reciprocal; got {value:g}")


def _principal(matrix: Array) -> tuple[Array, float]:
    """The principal eigenvector, summing to 1, and its eigenvalue: real and simple, as the matrix is positive."""
    values, vectors = np.linalg.eig(matrix)
    largest = int(values.real.argmax())
    vector = np.abs(vectors[:, largest].real)
    return vector / vector.sum(), float(values[largest].real)


def _index(eigenvalue: float, kpis: int) -> float:
    """The consistency index; rounding alone would bring it below 0."""
    return max(0.0, (eigenvalue - kpis) / (kpis - 1)) if kpis > 1 else 0.0


def _ratio(index: float, kpis: int) -> float:
    if kpis <= 2:
        return 0.0
    return index / RANDOM_INDEX[kpis - 1] if kpis <= len(RANDOM_INDEX) else float("nan")


def _least_consistent(matrix: Array, weights: Array) -> Judgement | None:
    """The judgement that is farthest, as a ratio, from the ratio of the two weights; of equally far ones the first.

    Of three KPIs all judgements are equally far: any one of them may be the wrong one.
    """
    off = np.triu(np.abs(np.log(matrix * weights / weights[:, None]))).round(9)
    first, second = (int(place) for place in np.unravel_index(off.argmax(), off.shape))
    if off[first, second] == 0:
        return None
    consistent = _implied(matrix, first, second)
    repaired = matrix.copy()
    repaired[first, second], repaired[second, first] = consistent, 1 / consistent
    ratio = _ratio(_index(_principal(repaired)[1], len(matrix)), len(matrix))
    return Judgement(first, second, float(matrix[first, second]), consistent, ratio)


def _implied(matrix: Array, first: int, second: int) -> float:
    """What all other judgements say of a pair: the ratio of the weights without its judgement (Harker 1987).

    In place of the judgement stands the ratio of the weights itself, which as an eigenvector is that of a matrix with 0
    for the judgement and 2 on the diagonal of both KPIs.
    """
    without = matrix.copy()
    without[first, second] = without[second, first] = 0.0
    without[first, first] = without[second, second] = 2.0
    weights, _ = _principal(without)
    return float(weights[first] / weights[second])
