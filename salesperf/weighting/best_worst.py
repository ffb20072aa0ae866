"""Weights from comparisons with the most and the least important KPI alone: the best-worst method (Rezaei 2015, 2016).

See docs/methods.md §5.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

_HALVINGS = 100  # of the interval that holds ξ; fewer than that exhaust what a float can tell
Array = NDArray[np.float64]


@dataclass(frozen=True)
class BestWorst:
    """Weights by the best-worst method, and how consistent the comparisons are.

    ``weights``: KPIs, summing to 1, of the linear model (Rezaei 2016), whose solution is unique; ``linear_error``: its
    ξᴸ, the largest violation of a comparison in units of weight; ``error``: ξ* of the nonlinear model (Rezaei 2015),
    the largest violation in units of the comparisons; ``ratio``: ξ* ÷ the consistency index, 0 where all comparisons
    are consistent.
    """

    weights: Array
    linear_error: float
    error: float
    ratio: float


def best_worst(best_to_others: Array, others_to_worst: Array, *, best: int, worst: int) -> BestWorst:
    """Weights from how much more important the best KPI is than each, and each than the worst.

    Both arrays: KPIs, values of 1 or more, usually up to 9; ``best`` and ``worst``: indices of the most and the least
    important KPI. Raises ValueError for arrays of different or no length, for a value under 1, where a KPI is not 1
    against itself, and where the two arrays differ on the best against the worst.

    >>> result = best_worst(np.array([8.0, 2.0, 1.0]), np.array([1.0, 5.0, 8.0]), best=2, worst=0)
    >>> result.weights.round(4).tolist(), round(result.error, 2), round(result.ratio, 3)
    ([0.0714, 0.3214, 0.6071], 0.26, 0.058)
    """
    _check(best_to_others, others_to_worst, best, worst)
    weights, linear_error = _linear(best_to_others, others_to_worst, best, worst)
    error, largest = _nonlinear_error(best_to_others, others_to_worst, best, worst), float(best_to_others[worst])
    index = consistency_index(largest)
    return BestWorst(weights, linear_error, error, 0.0 if error < 1e-9 else error / index if index else float("inf"))


def consistency_index(largest: float) -> float:
    """The largest ξ* that comparisons can have where the best is ``largest`` times as important as the worst.

    The smaller root of ξ² − (1 + 2a)ξ + a² − a = 0 for a = ``largest`` (Rezaei 2015), to two digits as in his table,
    which is given for whole numbers up to 9.

    >>> [consistency_index(value) for value in range(1, 10)]
    [0.0, 0.44, 1.0, 1.63, 2.3, 3.0, 3.73, 4.47, 5.23]
    """
    return round((1 + 2 * largest - float(np.sqrt(1 + 8 * largest))) / 2, 2)


def _check(best_to_others: Array, others_to_worst: Array, best: int, worst: int) -> None:
    count = len(best_to_others)
    if best_to_others.shape != (count,) or others_to_worst.shape != (count,) or not count:
        shapes = f"{best_to_others.shape} and {others_to_worst.shape}"
        raise ValueError(f"comparisons must have a value for each KPI; got {shapes}")
    if not (0 <= best < count and 0 <= worst < count):
        raise ValueError(f"best and worst must be KPIs from 0 to {count - 1}; got {best} and {worst}")
    for name, values, one in (("best_to_others", best_to_others, best), ("others_to_worst", others_to_worst, worst)):
        for kpi in np.flatnonzero(~(np.isfinite(values) & (values >= 1)))[:1]:
            raise ValueError(f"{name}, KPI {kpi}: expected a number of 1 or more; got {values[kpi]:g}")
        if values[one] != 1:
            raise ValueError(f"{name}, KPI {one} against itself: expected 1; got {values[one]:g}")
    if best_to_others[worst] != others_to_worst[best]:
        both = f"{best_to_others[worst]:g} and {others_to_worst[best]:g}"
        raise ValueError(f"best against worst: expected the same value twice; got {both}")


def _linear(best_to_others: Array, others_to_worst: Array, best: int, worst: int) -> tuple[Array, float]:
    """Minimises ξ subject to |w_best − a·w| ≤ ξ and |w − b·w_worst| ≤ ξ for all KPIs, and Σw = 1, w ≥ 0."""
    count = len(best_to_others)
    same = np.eye(count)
    differences = np.concatenate(
        [same[best] - best_to_others[:, None] * same, same - others_to_worst[:, None] * same[worst]]
    )
    both = np.concatenate([differences, -differences])
    answer = linprog(
        np.append(np.zeros(count), 1.0),
        A_ub=np.column_stack([both, -np.ones(len(both))]),
        b_ub=np.zeros(len(both)),
        A_eq=[np.append(np.ones(count), 0.0)],
        b_eq=[1.0],
        method="highs",
    )
    return np.asarray(answer.x[:-1]), float(max(0.0, answer.x[-1]))


def _nonlinear_error(best_to_others: Array, others_to_worst: Array, best: int, worst: int) -> float:
    """The smallest ξ for which weights exist with |w_best ÷ w − a| ≤ ξ and |w ÷ w_worst − b| ≤ ξ for all KPIs.

    Let x be w_best ÷ w_worst. A weight w in between exists where (a − ξ)(b − ξ) ≤ x ≤ (a + ξ)(b + ξ), with 0 for a
    factor below 0; and x itself lies within ξ of the best against the worst. One x has to do for all KPIs. The lower
    limits fall and the upper ones rise with ξ, so that halving an interval finds where they meet.
    """
    largest = float(best_to_others[worst])
    others = np.delete(np.arange(len(best_to_others)), [best, worst])
    a, b = best_to_others[others], others_to_worst[others]

    def possible(error: float) -> bool:
        lower = max([largest - error, *(np.maximum(a - error, 0) * np.maximum(b - error, 0))])
        return bool(lower <= min([largest + error, *((a + error) * (b + error))]))

    low, high = 0.0, float(max(best_to_others.max(), others_to_worst.max()))
    if possible(0.0):
        return 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if possible(middle) else (middle, high)
    return high
