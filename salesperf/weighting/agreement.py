"""How far several orders of the same people agree: Kendall's coefficient of concordance. See docs/methods.md §5."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]


def concordance(scores: Array) -> float:
    """Kendall's W of several orders by scores, from 0 (no agreement) to 1 (the same order), corrected for ties.

    ``scores``: orders × people, finite. With m orders of n people and R the sum of each person's ranks, equal scores
    having their mean rank, W = (12 Σ R² − 3 m² n (n + 1)²) ÷ (m² n (n² − 1) − m Σ (t³ − t)), the last sum over the
    groups of t equal scores in all orders (Kendall & Babington Smith 1939; Kendall 1948). NaN for fewer than two people
    and where every order has one rank alone. Raises ValueError for other shapes and numbers that are not finite.

    >>> concordance(np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]]))
    1.0
    """
    if scores.ndim != 2 or not len(scores) or not np.isfinite(scores).all():
        raise ValueError(f"scores must be orders × people and finite; got {scores.shape}")
    orders, people = scores.shape
    if people < 2:
        return float("nan")
    ranks = np.apply_along_axis(rankdata, 1, -scores)
    ties = sum(int((sizes**3 - sizes).sum()) for sizes in (np.unique(row, return_counts=True)[1] for row in ranks))
    above = 12 * float((ranks.sum(axis=0) ** 2).sum()) - 3 * orders**2 * people * (people + 1) ** 2
    below = orders**2 * people * (people**2 - 1) - orders * ties
    return above / below if below > 0 else float("nan")
