"""What people's ranks are under all weights that are not ruled out: SMAA-2 (Lahdelma & Salminen 2001).

Stochastic multicriteria acceptability analysis for additive scores, by simulation (Tervonen & Lahdelma 2007); see
docs/methods.md §5. Weights are drawn beforehand (`weight_draws`), and results are exact for these draws. Ranks are
those of `score_ranks`: who ties for a rank has the better one, so that each person has one rank in each draw, while a
rank may be held by several people or by nobody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesperf.weighting.score_ranks import Ranks, in_order, unit

_BLOCK = 1 << 16  # numbers looked at together, so that they stay in the processor's cache
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Smaa:
    """What people's ranks are under drawn weights.

    ``acceptability``: people × ranks, the share of draws in which the person has the rank; each row sums to 1.
    ``central_weights``: people × KPIs, the mean of the weights that make the person the first; NaN where none do.
    ``confidence``: people, how probable it is that the person is the first under these central weights; NaN without
    them. With points that are known it is 1, as the weights that make somebody the first are convex; where points are
    drawn, a low one says that the points are too uncertain to call the person the first under any weights.
    """

    acceptability: Array
    central_weights: Array
    confidence: Array


def smaa(points: Array, weights: Array) -> Smaa:
    """Rank acceptabilities, central weights and confidence factors of people with additive scores.

    ``points``: people × KPIs, or draws × people × KPIs where they are uncertain, higher being better; ``weights``:
    draws × KPIs. Draws of both go together one by one, so that there must be as many of each; one row of weights goes
    with all draws of points. Time grows with draws × people × log people, memory with people²; a confidence factor of
    uncertain points takes draws × people for each person who is ever the first. People with equal points have equal
    results, and the order of people changes nothing. Raises ValueError for other shapes and for numbers that are not
    finite.

    >>> result = smaa(np.array([[90.0, 60.0], [70.0, 80.0]]), np.array([[0.8, 0.2], [0.6, 0.4], [0.3, 0.7]]))
    >>> result.acceptability.round(2).tolist(), result.central_weights.round(2).tolist()
    ([[0.67, 0.33], [0.33, 0.67]], [[0.7, 0.3], [0.3, 0.7]])
    """
    _check(points, weights)
    people, kpis = points.shape[-2:]
    counts = np.zeros(people * people, dtype=np.int64)
    firsts, sums = np.zeros(people), np.zeros((people, kpis))
    scale = unit(_largest(points) * _largest_sum(weights))
    for scores, drawn in _blocks(points, weights, people):
        order, place = in_order(scores, scale)
        np.add.at(counts, (order * people + place).ravel(), 1)
        draw, who = _in_front(order, place)
        firsts += np.bincount(who, minlength=people)
        for kpi in range(kpis):
            sums[:, kpi] += np.bincount(who, weights=drawn[draw, kpi], minlength=people)
    acceptability = counts.reshape(people, people) / max(len(weights), _draws(points))
    central = sums / np.where(firsts > 0, firsts, np.nan)[:, None]
    return Smaa(acceptability, central, _confidence(points, central))


def pairwise_winning(points: Array, weights: Array, people: Sequence[int] | None = None) -> Array:
    """The share of draws in which one person's score is higher than another's (Leskinen et al. 2006).

    Arguments as those of `smaa`; ``people``: the indices of those to compare, everybody by default. The result is as
    many × as many, row against column, 0 on its diagonal; what a pair lacks to 1 are draws in which both scores are
    equal. Time grows with the square of the people compared.
    """
    _check(points, weights)
    chosen = np.arange(points.shape[-2]) if people is None else np.asarray(people, dtype=np.int64)
    points = points[..., chosen, :]
    wins, scale = np.zeros((len(chosen), len(chosen)), dtype=np.int64), unit(_largest(points) * _largest_sum(weights))
    for scores, _ in _blocks(points, weights, len(chosen) ** 2):
        compared = np.rint(scores * scale)
        wins += (compared[:, :, None] > compared[:, None, :]).sum(axis=0)
    return np.asarray(wins / max(len(weights), _draws(points)))


def _check(points: Array, weights: Array) -> None:
    if points.ndim not in (2, 3) or weights.ndim != 2 or points.shape[-1] != weights.shape[-1] or not points.size:
        expected = "people × KPIs or draws × people × KPIs, and draws × KPIs"
        raise ValueError(f"points and weights must be {expected}; got {points.shape} and {weights.shape}")
    if not len(weights) or (points.ndim == 3 and len(weights) not in (1, len(points))):
        raise ValueError(f"weights must have {_draws(points)} draws, as points have; got {len(weights)}")
    if not (np.isfinite(points).all() and np.isfinite(weights).all()):
        raise ValueError("points and weights must be finite")


def _draws(points: Array) -> int:
    return len(points) if points.ndim == 3 else 1


def _largest(points: Array) -> float:
    return max(float(points.max()), -float(points.min()))


def _largest_sum(weights: Array) -> float:
    return float(np.abs(weights).sum(axis=1).max())


def _blocks(points: Array, weights: Array, size: int) -> Iterator[tuple[Array, Array]]:
    """Scores, draws × people, with the weights that made them, block by block; ``size``: numbers per draw."""
    draws = max(len(weights), _draws(points))
    weights = np.broadcast_to(weights, (draws, weights.shape[1]))
    step = max(1, _BLOCK // size)
    # A matrix product may round equal rows differently, by where they stand; so each different row is scored once.
    spots, spot = np.unique(points, axis=0, return_inverse=True) if points.ndim == 2 else (points, np.empty(0))
    twins = points.ndim == 2 and len(spots) < len(points)
    for first in range(0, draws, step):
        drawn = weights[first : first + step]
        if points.ndim == 3:
            yield np.einsum("dpk,dk->dp", points[first : first + step], drawn), drawn
        else:
            yield (drawn @ spots.T)[:, spot.reshape(-1)] if twins else drawn @ points.T, drawn


def _in_front(order: Ranks, place: Ranks) -> tuple[Ranks, Ranks]:
    """The draws of a block and who is the first in them; more than one person where scores are equal."""
    if len(place) < len(order):
        return np.arange(len(order)), order[:, 0]
    draw, column = np.nonzero(place == 0)
    return draw, order[draw, column]


def _confidence(points: Array, central: Array) -> Array:
    """The share of the draws of points in which each person is the first under the person's central weights."""
    confidence = np.full(len(central), np.nan)
    measured = points if points.ndim == 3 else points[None]
    step, largest = max(1, _BLOCK // measured[0].size), _largest(points)
    for person in np.flatnonzero(np.isfinite(central[:, 0])):
        scale, first = unit(largest * _largest_sum(central[person : person + 1])), 0
        for start in range(0, len(measured), step):
            scores = np.rint(measured[start : start + step] @ central[person] * scale)
            first += int((scores[:, person] >= scores.max(axis=1)).sum())
        confidence[person] = first / len(measured)
    return confidence
