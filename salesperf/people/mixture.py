"""Whether people on a line are a mixture of two groups or a single group (docs/methods.md §6, *Groups*)."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_STARTS = (0.10, 0.25, 0.50)  # shares of people in the upper group to start from
_PASSES = 120  # of expectation maximisation
_NARROWEST = 1e-3  # least variance within groups, of the whole variance, so that no group shrinks to a point


def two_groups_fit(lines: Array) -> tuple[Array, Array]:
    """How much better two normal distributions of equal variance fit each line than a single one does.

    ``lines``: one row per line, one column per person with the place on it. Returns the logarithm of the likelihood
    ratio per line, and each person's probability of the upper distribution, in the shape of ``lines``. Fitted by
    expectation maximisation from several starts (McLachlan 1987). Both are 0 for a line whose places are all equal, and
    where two distributions fit no better.
    """
    spread = lines.std(axis=1, keepdims=True)
    places = np.divide(lines - lines.mean(axis=1, keepdims=True), spread, out=np.zeros_like(lines), where=spread > 1e-9)
    best, chance = np.zeros(len(lines)), np.zeros_like(lines)
    for share in _STARTS:
        fit, upper = _fitted(places, share)
        better = (fit > best) & (spread[:, 0] > 1e-9)
        best[better], chance[better] = fit[better], upper[better]
    return best, chance


def _fitted(places: Array, share: float) -> tuple[Array, Array]:
    """The same for standardised places, from a start with that share of people in the upper distribution."""
    upper = (places > np.quantile(places, 1 - share, axis=1, keepdims=True)).astype(np.float64)
    for _ in range(_PASSES):
        size = upper.mean(axis=1, keepdims=True).clip(1e-9, 1 - 1e-9)
        high = (upper * places).mean(axis=1, keepdims=True) / size
        low = ((1 - upper) * places).mean(axis=1, keepdims=True) / (1 - size)
        within = upper * (places - high) ** 2 + (1 - upper) * (places - low) ** 2
        variance = within.mean(axis=1, keepdims=True).clip(_NARROWEST)
        of_high = np.log(size) - (places - high) ** 2 / variance / 2
        of_low = np.log(1 - size) - (places - low) ** 2 / variance / 2
        with np.errstate(over="ignore"):  # odds of infinity are a probability of 0
            upper = 1 / (1 + np.exp(of_low - of_high))
    either = np.logaddexp(of_high, of_low)
    alone = -(places**2).sum(axis=1) / 2
    return either.sum(axis=1) - np.log(variance[:, 0]) * places.shape[1] / 2 - alone, upper
