"""Whether people are all of one kind: how often chance alone sets an upper group apart as clearly."""

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from salesperf.inference.many_people import MOST_CLUSTERED, some_people
from salesperf.inference.mixtures import Mixture, mixtures

FEWEST_PEOPLE = 20  # with fewer, a hundred simulated companies tell nothing
_UPPER_SHARES = (0.10, 0.25, 0.50)  # of people in the upper group, to start from
_LARGEST_SHARE = 0.5 + 1e-9  # of people in the upper group: half, whatever the rounding
_PASSES = 120  # of expectation maximisation on a line
Array = NDArray[np.float64]
Labels = NDArray[np.int64]


def chance_of_one_kind(rows: Array, *, companies: int = 99, seed: int = 0, most: int = MOST_CLUSTERED) -> float:
    """The probability that people of one kind have an upper group that stands apart as clearly as here.

    ``rows``: people × features, all on one scale and better when higher. The p-value of a likelihood ratio by
    simulation (McLachlan 1987): `separation` here, among that of ``companies`` simulated companies in which the
    features have the same distributions and correlations but nobody is of another kind (see `companies_of_one_kind`).
    Of more than ``most`` people, so many drawn at random are looked at (`some_people`). NaN for fewer than
    FEWEST_PEOPLE people or no features. The order of rows changes nothing. Raises ValueError for values that are not
    finite.
    """
    if not np.isfinite(rows).all():
        raise ValueError("rows: expected finite values, got NaN or infinity")
    if len(rows) < FEWEST_PEOPLE or not rows.shape[1]:
        return float("nan")
    some = some_people(rows, most, seed=seed)
    ordered = some[np.lexsort(some.T)]
    with threadpool_limits(1):  # on so few rows, threads wait for each other longer than they work
        here, *there = separation(np.concatenate([ordered[None], companies_of_one_kind(ordered, companies, seed=seed)]))
    # Where nothing stands apart anywhere, rounding must not tell companies from each other.
    return float((1 + (np.array(there) >= here - 1e-9).sum()) / (1 + companies))


def separation(stack: Array) -> Array:
    """How much better two groups, one above the other, fit the people of each company than one group does.

    ``stack``: companies × people × features. A Gaussian mixture of two groups, of which the higher has no more than
    half of the people, gives the line from the mean of the lower to that of the higher; the answer, per company, is the
    log-likelihood ratio on this line of two normal distributions with equal variances to one. 0 where no upper group
    is found.
    """
    upper = _best(mixtures(stack, start, 2) for start in _starts(stack.mean(axis=2)))
    between = upper.means[:, 1] - upper.means[:, 0]
    line = stack @ between[..., None]
    on_line = _best(mixtures(line, start, 2, passes=_PASSES, tolerance=1e-6) for start in _starts(line[..., 0]))
    return on_line.gain


def companies_of_one_kind(rows: Array, companies: int, *, seed: int = 0) -> Array:
    """Simulated companies, companies × people × features, with the features' distributions and correlations.

    By a normal copula with the margins of ``rows`` (people × features), so that skewed or long-tailed features are not
    taken for groups. Each feature of each company has the same values as in ``rows``, given to other people.
    """
    people, features = rows.shape
    variances, axes = np.linalg.eigh(_correlations(_normal_scores(rows)))
    independent = np.random.default_rng(seed).standard_normal((companies, people, features))
    drawn = (independent * np.sqrt(variances.clip(0.0))) @ axes.T
    places = drawn.argsort(axis=1, kind="stable").argsort(axis=1)
    return np.take_along_axis(np.sort(rows, axis=0)[None], places, axis=1)


def _correlations(scores: Array) -> Array:
    """The correlations of the columns, shrunk towards 0 by what of them is sampling error (Schäfer & Strimmer 2005).

    A simulated company adds sampling error of its own; unshrunk, its features would be more correlated than these.
    """
    spread = scores.std(axis=0)
    unit = np.divide(scores - scores.mean(axis=0), spread, out=np.zeros_like(scores), where=spread > 0)
    observed = unit.T @ unit / len(scores)
    between = ~np.eye(len(observed), dtype=np.bool_)
    squares, errors = (observed[between] ** 2).sum(), ((1 - observed[between] ** 2) ** 2).sum() / len(scores)
    kept = 1 - errors / squares if squares > errors else 0.0
    return np.where(between, kept * observed, 1.0)


def _normal_scores(rows: Array) -> Array:
    """The values that a normal distribution has at each value's rank within its column; ties share their mean rank."""
    people, spread = len(rows), np.sort(rows, axis=0)
    normal = NormalDist()
    at_half_ranks = np.array([normal.inv_cdf((half + 1) / (2 * people)) for half in range(2 * people - 1)])
    halves = [
        np.searchsorted(spread[:, column], rows[:, column], side=side)
        for column in range(rows.shape[1])
        for side in ("left", "right")
    ]
    return np.asarray(at_half_ranks[np.array(halves).reshape(-1, 2, people).sum(axis=1).T - 1])


def _starts(heights: Array) -> Iterator[Labels]:
    """Labels to start from: 1 for the highest people, by several shares of them; ``heights``: companies × people."""
    for share in _UPPER_SHARES:
        yield (heights > np.quantile(heights, 1 - share, axis=1, keepdims=True)).astype(np.int64)


def _best(fits: Iterator[Mixture]) -> Mixture:
    """Per company the likeliest mixture whose upper group, 1, is no more than half; without any, the gain is 0."""
    tried = [_upper_last(fit) for fit in fits]
    gains = np.array([np.where(fit.chance[:, 1].mean(axis=1) <= _LARGEST_SHARE, fit.gain, 0.0) for fit in tried])
    best, company = gains.argmax(axis=0), np.arange(gains.shape[1])
    chance = np.array([fit.chance for fit in tried])[best, company]
    return Mixture(chance, np.array([fit.means for fit in tried])[best, company], gains[best, company])


def _upper_last(fit: Mixture) -> Mixture:
    """The same mixture with the group of the higher mean of all features as the last one."""
    heights = fit.means.mean(axis=2)
    order = np.argsort(heights, axis=1, kind="stable")[..., None]
    return Mixture(
        np.take_along_axis(fit.chance, order, axis=1), np.take_along_axis(fit.means, order, axis=1), fit.gain
    )
