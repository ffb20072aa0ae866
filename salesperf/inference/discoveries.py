"""Which of many differences are discoveries, if no more than a given share of these may be due to chance."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]
_ROUNDING = 1e-12  # relative, so that a p-value at the limit itself is a discovery whatever the last digit


def discoveries(p_values: ArrayLike, rate: float = 0.05, *, beside: ArrayLike = ()) -> NDArray[np.bool_]:
    """Which of the p-values are discoveries, at a false discovery rate of ``rate`` (Benjamini & Hochberg 1995).

    ``p_values``: an array of any shape, which is one family; ``rate``: the expected share of false discoveries among
    all of them, above 0 and below 1, which holds where the p-values are independent or positively dependent;
    ``beside``: further p-values of the family, about which nothing is answered. NaN is no discovery and does not count
    in the family. Raises ValueError for p-values outside 0 to 1, and other rates.

    >>> discoveries([0.01, 0.03, 0.04, 0.9]).tolist()
    [True, False, False, False]
    >>> discoveries([0.01, 0.03], beside=[0.04, 0.9]).tolist()
    [True, False]
    """
    if not 0 < rate < 1:
        raise ValueError(f"rate must be above 0 and below 1, got {rate}")
    asked, others = np.asarray(p_values, np.float64), np.asarray(beside, np.float64)
    rates = adjusted(np.concatenate([asked.ravel(), others.ravel()]))[: asked.size]
    return np.asarray(rates.reshape(asked.shape) <= rate * (1 + _ROUNDING))


def adjusted(p_values: ArrayLike) -> Array:
    """For every p-value the least false discovery rate at which it is a discovery (Benjamini & Hochberg 1995).

    ``p_values``: as in `discoveries`. NaN stays NaN. Raises ValueError for p-values outside 0 to 1.

    >>> adjusted([0.01, 0.03, 0.04, 0.9]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.9]
    """
    p = np.asarray(p_values, np.float64)
    if ((p < 0) | (p > 1)).any():
        raise ValueError("p-values lie between 0 and 1")
    known = ~np.isnan(p)
    family = p[known]
    falling = np.argsort(-family, kind="stable")
    scaled = family[falling] * len(family) / np.arange(len(family), 0, -1)
    least = np.empty_like(family)
    least[falling] = np.minimum.accumulate(scaled)
    rates = np.full(p.shape, np.nan)
    rates[known] = least
    return rates


def two_sided_p_values(z: ArrayLike) -> Array:
    """The probabilities that a standard normal variable is as far from 0 as each z, or farther; NaN for NaN.

    >>> two_sided_p_values([0.0, -1.96, 1.96]).round(3).tolist()
    [1.0, 0.05, 0.05]
    """
    return np.asarray(2 * ndtr(-np.abs(np.asarray(z, np.float64))))
