"""Gaussian mixtures of many samples at once, by expectation maximisation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesperf.inference.indicators import group_means, indicators, rows_of

_NARROWEST = 1e-3  # least variance within groups, of a feature's whole variance, so that no group shrinks to a point
_FLAT = 1e-12  # a feature whose variance is below this share of the largest one's tells nothing
Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Mixture:
    """Gaussian mixtures, one per sample.

    ``chance``: samples × groups × people, each person's probability of each group, 0 for who is not in the sample;
    ``means``: samples × groups × features; ``gain``: per sample, by how much the log-likelihood exceeds that of a
    single normal distribution.
    """

    chance: Array
    means: Array
    gain: Array

    @property
    def labels(self) -> Labels:
        """Samples × people: the likeliest group, of equally likely ones the first; -1 for who is not in the sample."""
        return np.where(self.chance.any(axis=1), self.chance.argmax(axis=1), -1)


@dataclass(frozen=True)
class _Spread:
    """Of each sample: the number of people, and by feature the mean of squares and the variance, 0 for flat ones."""

    people: Array
    squares: Array
    whole: Array

    def of(self, samples: Labels) -> "_Spread":
        """The same of some samples."""
        return _Spread(self.people[samples], self.squares[samples], self.whole[samples])


def mixtures(rows: Array, starts: Labels, count: int, *, passes: int = 30, tolerance: float = 1e-2) -> Mixture:
    """Gaussian mixtures, fitted by expectation maximisation (Dempster, Laird & Rubin 1977).

    ``rows``: people × features, the same for all samples, or samples × people × features. ``starts``: labels to start
    from (samples × people, -1 for who is not in the sample). All groups of a sample share one variance per feature, and
    features are independent within groups: a few dozen people tell no more than that, and the likelihood has no poles.
    A sample is done when no chance moves by more than ``tolerance``, or after so many ``passes``.
    """
    centre = rows.mean(axis=-2, keepdims=True)
    rows, chance, left = rows - centre, indicators(starts, count), np.arange(len(starts))
    means, gain = np.zeros((len(starts), count, rows.shape[-1])), np.zeros(len(starts))
    spread = _spread(rows, starts >= 0)
    for _ in range(passes):
        some, before, present = rows_of(rows, left), chance[left], starts[left] >= 0
        means[left] = group_means(some, before)
        chance[left], gain[left] = _expected(some, present, spread.of(left), means[left], before.sum(axis=2))
        left = left[np.abs(chance[left] - before).max(axis=(1, 2), initial=0.0) > tolerance]
        if not len(left):
            break
    return Mixture(chance, means + centre, gain)


def likeliest(rows: Array, some: Array, labels: Labels, count: int) -> Labels:
    """The group that each person most likely belongs to, by the groups of other people: samples × ``rows``.

    ``rows``: people × features; ``some``: the rows of those in ``labels`` (samples × people, -1 for who is not in the
    sample). The groups of a sample are taken to be normal as in `mixtures`, with their means, their shares of the
    people and one variance per feature: the linear discriminant rule for independent features (Fisher 1936).
    """
    centre, members = some.mean(axis=0), indicators(labels, count)
    spread, everybody = _spread(some - centre, labels >= 0), np.ones((len(labels), len(rows)), dtype=np.bool_)
    means = group_means(some - centre, members)
    return np.asarray(_expected(rows - centre, everybody, spread, means, members.sum(axis=2))[0].argmax(axis=1))


def _expected(rows: Array, present: Mask, spread: _Spread, means: Array, sizes: Array) -> tuple[Array, Array]:
    """Each person's chances of the groups, given the groups' means and sizes, and the gain in log-likelihood."""
    shares = sizes / spread.people[:, None]
    within = spread.squares - (shares[..., None] * means**2).sum(axis=1)
    variance = np.maximum(within, _NARROWEST * spread.whole)
    told = spread.whole > 0
    precision = np.divide(1.0, variance, out=np.zeros_like(variance), where=told)
    # Log densities, less a term of the person's own row that is the same for all groups.
    levels = (means * precision[:, None]) @ rows.swapaxes(-1, -2)
    levels += (_log(shares) - (means**2 * precision[:, None]).sum(axis=2) / 2)[..., None]
    top = levels.max(axis=1, keepdims=True)
    odds = np.exp(levels - top)
    sums = odds.sum(axis=1, keepdims=True)
    narrower = np.divide(variance, spread.whole, out=np.ones_like(variance), where=told)
    per_person = (spread.squares * precision - told + np.log(narrower)).sum(axis=1) / 2
    gain = ((top + np.log(sums))[:, 0] * present).sum(axis=1) - spread.people * per_person
    return odds / sums * present[:, None], gain


def _spread(rows: Array, present: Mask) -> _Spread:
    weights = present[:, None].astype(np.float64)
    squares = group_means(rows**2, weights)[:, 0]
    whole = squares - group_means(rows, weights)[:, 0] ** 2
    flat = whole <= _FLAT * whole.max(axis=1, keepdims=True, initial=0.0)
    return _Spread(present.sum(axis=1).clip(1).astype(np.float64), squares, np.where(flat, 0.0, whole))


def _log(shares: Array) -> Array:
    return np.log(shares, out=np.full_like(shares, -1e300), where=shares > 0)
