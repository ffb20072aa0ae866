"""Confidence sets for ranks, from estimates and their errors (Mogstad, Romano, Shaikh & Wilhelm 2024).

Everywhere rank 1 is that of the highest value; equal values share the better rank. ``errors`` are either the standard
errors of independent estimates, one per entity, or a covariance matrix of the estimates. An entity whose estimate or
error is not finite has no rank: it is not counted among the others, and its own ranks are 0.
"""

import numpy as np
from numpy.typing import NDArray

DRAWS = 1000  # the default number of simulations that a critical value or an interval is taken from
Array = NDArray[np.float64]
Ranks = NDArray[np.int64]
_BLOCK = 1 << 18  # numbers in a block of differences, so that it stays in the processor's cache


def rank_sets(
    estimates: Array,
    errors: Array,
    *,
    level: float = 0.95,
    simultaneous: bool = False,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[Ranks, Ranks]:
    """The lowest and the highest rank that each entity can have at a confidence level.

    Marginal sets (the default) hold each entity's true rank with probability ``level``, taken on its own; simultaneous
    ones hold the true ranks of all of them at once. An entity's best possible rank is one more than the number of those
    that are surely above it, its worst one that of those not surely below. Who is sure is decided by the studentised
    differences of all pairs (marginal: of all pairs with the entity), tested one-sided and stepwise: what is decided is
    taken out, and the critical value drawn again from what is left. Where two errors are 0 the difference is known.

    Raises ValueError for arrays of other shapes than n and n or n × n, for a negative error or a covariance matrix that
    is none, for a ``level`` outside 0 to 1, and for fewer than 1 ``draws``. The same arguments give the same sets, in
    any order of rows. Time and memory grow with n² × draws and with n × draws.

    >>> lower, upper = rank_sets(np.array([9.0, 5.0, 4.9, 1.0]), np.array([0.1, 0.1, 0.1, 0.1]))
    >>> list(zip(lower.tolist(), upper.tolist()))
    [(1, 1), (2, 3), (2, 3), (4, 4)]
    """
    _check(level)
    order, value, error = _in_order(estimates, errors)
    surely = _surely(value, error, level, simultaneous, _noise(error, draws, seed).astype(np.float32))
    lower = 1 + (surely < 0).sum(axis=1)
    upper = 1 + (surely <= 0).sum(axis=1)
    return _of_all(lower, upper, order, value, error, len(estimates))


def top_set(
    estimates: Array, errors: Array, k: int, *, level: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> NDArray[np.bool_]:
    """Whether each entity may be among the ``k`` best: the set that holds all of them with probability ``level``.

    These are the entities whose simultaneous set of ranks (`rank_sets`) reaches to ``k``: the projection set of
    Mogstad, Romano, Shaikh & Wilhelm 2024. An entity without a rank is not in it. Raises ValueError as `rank_sets`, and
    for a ``k`` under 1.
    """
    if k < 1:
        raise ValueError(f"k must be 1 or more; got {k}")
    lower, _ = rank_sets(estimates, errors, level=level, simultaneous=True, draws=draws, seed=seed)
    return np.asarray((lower > 0) & (lower <= k))


def chance_all_equal(estimates: Array, errors: Array, *, draws: int = DRAWS, seed: int = 0) -> float:
    """How probable it is that among entities of one true value any two are as far apart as the farthest two here.

    The p-value of the first step of simultaneous `rank_sets`, by simulation: at a level of 1 less this, the sets are
    the first to tell anybody apart. NaN for fewer than two entities with a rank. 0 where two known values differ.
    Arguments and errors as those of `rank_sets`.

    >>> chance_all_equal(np.array([1.0, 1.1, 0.9]), np.ones(3)) > 0.9
    True
    """
    _, value, error = _in_order(estimates, errors)
    if len(value) < 2:
        return float("nan")
    between = _errors_of_differences(error)
    difference = np.abs(value[:, None] - value)
    if (difference[between == 0] > 0).any():
        return 0.0
    weight = np.divide(1.0, between, out=np.zeros_like(between), where=between > 0)
    noise = _noise(error, draws, seed).astype(np.float32)
    largest = _largest(noise, weight, np.zeros_like(weight), np.arange(len(value))).max(axis=0)
    return float((1 + (largest >= (difference * weight).max()).sum()) / (1 + draws))


def bootstrap_ranks(
    estimates: Array, errors: Array, *, level: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> tuple[Ranks, Ranks]:
    """Percentile intervals of the ranks in simulations of estimates plus noise, only to be compared with `rank_sets`.

    They do not keep the promise of their level where entities are close to each other (Mogstad, Romano, Shaikh &
    Wilhelm 2024): the noise of the estimates is in them once already, and adding it again moves the highest and the
    lowest towards the middle. Of 20 entities evenly spaced over two standard errors, intervals of 95 % cover 90 % of
    the true ranks, those of the first and the last about 70 %, and all 20 at once in 12 % of simulations. Print their
    coverage beside them. Arguments, results and errors as those of `rank_sets`.
    """
    _check(level)
    order, value, error = _in_order(estimates, errors)
    ranks = _ranks((value[:, None] + _noise(error, draws, seed)).T)
    tails = [(1 - level) / 2, (1 + level) / 2]
    lower, upper = np.quantile(ranks, tails, axis=0, method="inverted_cdf").astype(np.int64)
    return _of_all(lower, upper, order, value, error, len(estimates))


def _surely(value: Array, error: Array, level: float, simultaneous: bool, noise: NDArray[np.float32]) -> Array:
    """Row against column: 1 where surely above or known to be equal, −1 where surely below, 0 where undecided.

    In marginal sets a row holds the decisions of that entity's own family of pairs, so that the two halves need not
    agree.
    """
    between = _errors_of_differences(error)
    difference = value[:, None] - value
    weight = np.divide(1.0, between, out=np.zeros_like(between), where=between > 0)
    sign = np.where((between == 0) & (difference == 0), 1.0, np.sign(difference))
    statistic = np.where(between > 0, np.abs(difference) * weight, np.inf)
    surely = np.where(between > 0, 0.0, sign)
    critical, changed = np.zeros(len(value)), np.arange(len(value))
    while len(changed):
        largest = _largest(noise, weight, surely, changed)
        critical[changed] = _quantile(largest.max(axis=0, keepdims=True) if simultaneous else largest, level)
        decided = np.where(statistic > critical[:, None], sign, 0.0)
        changed = np.flatnonzero((decided != surely).any(axis=1))
        if simultaneous and len(changed):
            changed = np.arange(len(value))
        surely = decided
    return surely


def _largest(noise: NDArray[np.float32], weight: Array, surely: Array, rows: Ranks) -> NDArray[np.float32]:
    """Per row and draw the largest studentised difference among the hypotheses of the row that are not decided yet.

    A pair stands for two hypotheses, that the one is not above the other and the reverse. Where the first was rejected
    the second is still in the family (Mogstad et al. 2024): without it, wrong directions would not be counted.
    """
    forth = (weight * np.where(surely == 0, 1.0, -surely)).astype(np.float32)[rows, :, None]
    back = np.where((surely == 0) | (weight == 0), -1, 0).astype(np.float32)[rows, :, None]
    largest = np.empty((len(rows), noise.shape[1]), dtype=np.float32)
    width = max(64, _BLOCK // max(1, len(noise) * len(rows)))
    height = max(1, _BLOCK // (len(noise) * width))
    for left in range(0, noise.shape[1], width):
        drawn = np.ascontiguousarray(noise[:, left : left + width])
        for top in range(0, len(rows), height):
            block = slice(top, top + height)
            apart = drawn[rows[block], None] - drawn
            apart *= forth[block]
            if (back[block] < 0).all():
                np.abs(apart, out=apart)
            else:
                np.maximum(apart, apart * back[block], out=apart)
            largest[block, left : left + width] = apart.max(axis=1)
    return largest


def _quantile(largest: NDArray[np.float32], level: float) -> Array:
    """The quantile of each row: of the two numbers around it the higher, so that the level is not missed."""
    return np.asarray(np.quantile(largest, level, axis=1, method="higher"), dtype=np.float64)


def _ranks(rows: Array) -> Ranks:
    """The rank of each value within its row: 1 for the highest, equal values share the better one."""
    order = np.argsort(-rows, axis=1, kind="stable")
    falling = np.take_along_axis(rows, order, axis=1)
    place = np.broadcast_to(np.arange(1, rows.shape[1] + 1), rows.shape).copy()
    place[:, 1:][falling[:, 1:] == falling[:, :-1]] = 0
    ranks = np.empty_like(place)
    np.put_along_axis(ranks, order, np.maximum.accumulate(place, axis=1), axis=1)
    return ranks


def _noise(error: Array, draws: int, seed: int) -> Array:
    """Entities × draws: what the estimates would be if all true values were 0."""
    if draws < 1:
        raise ValueError(f"draws must be 1 or more; got {draws}")
    drawn = np.random.default_rng(seed).standard_normal((len(error), draws))
    if error.ndim == 1:
        return np.asarray(error[:, None] * drawn)
    variances, directions = np.linalg.eigh(error)
    return np.asarray((directions * np.sqrt(np.maximum(variances, 0.0))) @ drawn)


def _errors_of_differences(error: Array) -> Array:
    """The standard error of the difference of each pair; 0 of an entity and itself."""
    variance = np.diag(error**2) if error.ndim == 1 else error
    own = np.diag(variance)
    squares = own[:, None] + own - 2 * np.where(np.eye(len(own), dtype=bool), own, variance)
    # Of what cancels in a covariance matrix only rounding is left.
    return np.asarray(np.sqrt(np.where(squares > 1e-12 * (own[:, None] + own), squares, 0.0)))


def _check(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1; got {level}")


def _in_order(estimates: Array, errors: Array) -> tuple[Ranks, Array, Array]:
    """The indices of the entities that have a rank, by estimate and error, with their estimates and errors.

    The order makes the draws, and so the sets, independent of the order of the rows.
    """
    count = len(estimates)
    if estimates.ndim != 1 or errors.shape not in ((count,), (count, count)):
        raise ValueError(f"estimates and errors must have n and n or n × n; got {estimates.shape} and {errors.shape}")
    own = errors if errors.ndim == 1 else np.diag(errors)
    known = np.isfinite(estimates) & np.isfinite(own)
    order = np.lexsort((own, estimates))
    order = order[known[order]]
    error = errors[order] if errors.ndim == 1 else errors[np.ix_(order, order)]
    if (own[known] < 0).any():
        raise ValueError("an error must not be negative")
    if errors.ndim == 2 and not (np.isfinite(error).all() and np.allclose(error, error.T)):
        raise ValueError("a covariance matrix must be symmetric and finite")
    if errors.ndim == 2 and len(error) and np.linalg.eigvalsh(error)[0] < -1e-8 * np.trace(error):
        raise ValueError("a covariance matrix must not have negative variances")
    return order, estimates[order], error


def _of_all(lower: Ranks, upper: Ranks, order: Ranks, value: Array, error: Array, count: int) -> tuple[Ranks, Ranks]:
    """The ranks in the order of rows, 0 where there is none.

    Entities of equal estimate and error have different draws. They get the widest of their sets, all of them the same.
    """
    best, worst = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    if len(order):
        own = error if error.ndim == 1 else np.diag(error)
        first = np.r_[True, (np.diff(value) != 0) | (np.diff(own) != 0)]
        start, twins = np.flatnonzero(first), np.cumsum(first) - 1
        best[order] = np.minimum.reduceat(lower, start)[twins]
        worst[order] = np.maximum.reduceat(upper, start)[twins]
    return best, worst
