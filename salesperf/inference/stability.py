"""How stable groups are: whether clusterings of bootstrap samples find them again."""

import numpy as np
from numpy.typing import NDArray

from salesperf.inference.indicators import indicators

DOUBTFUL, STABLE, HIGHLY_STABLE = 0.60, 0.75, 0.85  # the least Jaccard similarity of each band (Hennig 2007)
Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Mask = NDArray[np.bool_]


def bootstrap_draws(people: int, draws: int, *, seed: int = 0) -> Mask:
    """Draws × people: who is in each bootstrap sample of as many people, drawn with replacement.

    Who is drawn more than once counts once, as in Hennig (2007) and fpc's ``clusterboot``: copies of a person stand on
    one spot and would look like a group. A sample has 63 % of the people on average.
    """
    there = np.zeros((draws, people), dtype=np.bool_)
    there[np.arange(draws)[:, None], np.random.default_rng(seed).integers(max(people, 1), size=(draws, people))] = True
    return there


def found_again(labels: Labels, sampled: Labels) -> tuple[Array, Labels]:
    """The largest Jaccard similarity of each group to a group of each sample, and the label of that group.

    ``labels``: the groups of all people, counted from 0; ``sampled``: samples × people, the clusterings of samples, -1
    for who is not in one. Both results are samples × groups. Groups are compared by the people in the sample; of
    equally similar groups the first counts. A group of whom nobody is in the sample has NaN and -1.

    >>> found_again(np.array([0, 0, 0, 1, 1]), np.array([[1, 1, -1, 0, 1]]))
    (array([[0.66666667, 0.5       ]]), array([[1, 0]]))
    """
    here = indicators(labels[None], labels.max(initial=-1) + 1) * (sampled >= 0)[:, None]
    there = indicators(sampled, sampled.max(initial=-1) + 1)
    shared = here @ there.swapaxes(1, 2)
    either = here.sum(axis=2)[:, :, None] + there.sum(axis=2)[:, None, :] - shared
    similar = np.divide(shared, either, out=np.zeros_like(shared), where=either > 0)
    absent = ~here.any(axis=2)
    if not similar.shape[2]:
        return np.full(absent.shape, np.nan), np.full(absent.shape, -1)
    return np.where(absent, np.nan, similar.max(axis=2)), np.where(absent, -1, similar.argmax(axis=2))


def bootstrap_jaccard(labels: Labels, sampled: Labels) -> Array:
    """The stability of each group: its mean Jaccard similarity to the most similar group of each sample (Hennig 2007).

    Arguments as of `found_again`. 0 to 1; samples without anybody of the group do not count, and where there are no
    others the stability is NaN. See `band` for what it says.
    """
    similar, _ = found_again(labels, sampled)
    counted = np.isfinite(similar).sum(axis=0)
    return np.asarray(np.nansum(similar, axis=0) / np.where(counted > 0, counted, np.nan))


def band(stability: float) -> str:
    """Hennig's (2007) word for a stability: unstable, doubtful, stable or highly stable; "" for NaN.

    >>> [band(stability) for stability in (0.59, 0.60, 0.75, 0.86)]
    ['unstable', 'doubtful', 'stable', 'highly stable']
    """
    if np.isnan(stability):
        return ""
    words = ("unstable", "doubtful", "stable", "highly stable")
    return words[int(np.searchsorted([DOUBTFUL, STABLE, HIGHLY_STABLE], stability, side="right"))]
