"""Severity of raters, separated from the performance of the people rated where possible (docs/methods.md §3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.schemas import RATERS

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
_MOST_PASSES, _CLOSE_ENOUGH = 1000, 1e-12  # of conjugate gradients: passes; largest scaled residual, in points
_NONE = 1e-9  # stands for a variance of 0, whose inverse would not be finite


@dataclass(frozen=True)
class Variances:
    """The variance components of ratings, in squared points: person, rater, pair of both, and the rest.

    All are NaN where no rater can be separated from the people rated.
    """

    people: float
    raters: float
    pairs: float
    rest: float


@dataclass(frozen=True)
class Raters:
    """The raters of a set of ratings, with their severity.

    ``raters``: one row per rater, sorted; index: rater; columns: group (number), people (number of people rated),
    ratings (number), separable (bool) and severity (points that the rater gives above the others of the group: negative
    for a severe rater, 0 where not separable). ``people``: rep_id → group. ``unnamed``: number of ratings without a
    rater.

    Raters and rated are of one group where a chain of common ratings leads from one to the other. Between groups, a
    severe rater cannot be told from weak people. A rater who is alone in a group is not separable from those rated.
    """

    raters: pd.DataFrame
    people: "pd.Series[int]"
    variances: Variances
    unnamed: int

    @property
    def spread(self) -> float:
        """The standard deviation between raters, in points; NaN where no rater can be separated."""
        return float(np.sqrt(self.variances.raters))

    def corrected(self, ratings: pd.DataFrame) -> "pd.Series[float]":
        """The ratings less their raters' severity, in points; as given where there is no rater or none separable.

        ``ratings``: columns rating and rater; the result has its index.
        """
        severity = self.raters["severity"].reindex(ratings["rater"]).fillna(0.0).to_numpy()
        fair: pd.Series[float] = ratings["rating"] - severity
        return fair


@dataclass(frozen=True)
class _Pairs:
    """The pairs of a person and a rater, sorted by both.

    ``mean``: mean residual of the pair's ratings, in points; ``count``: number of these; ``rep``, ``rater`` and
    ``group``: numbers from 0 on.
    """

    mean: Array
    count: Array
    rep: Codes
    rater: Codes
    group: Codes

    def of(self, chosen: NDArray[np.bool_]) -> "_Pairs":
        """The pairs where a mask is True, with people, raters and groups numbered anew from 0 on."""
        rep, rater, group = (_numbered(codes[chosen]) for codes in (self.rep, self.rater, self.group))
        return _Pairs(self.mean[chosen], self.count[chosen], rep, rater, group)


def severities(ratings: pd.DataFrame) -> Raters:
    """The severity of each rater, by a mixed model with crossed random effects (docs/methods.md §3).

    ``ratings``: columns rep_id, period, criterion, rating (points) and rater; rows without a rating or a rater are left
    out. A rating is the mean of its criterion in its period + person + rater + pair + the rest. The variances come from
    sums of squares (Gao & Owen 2017), the severities are best linear unbiased predictions (Henderson 1975). Differences
    between groups (see `Raters`) stay in the ratings. The order of rows does not matter.
    """
    rows = ratings.dropna(subset=["rating", "rater"])
    names = [pd.factorize(rows[name], sort=True) for name in ("rep_id", "rater", "period", "criterion")]
    (rep, reps), (rater, raters), (period, _), (criterion, criteria) = names
    rating = rows["rating"].to_numpy(np.float64)
    order = np.lexsort((rating, criterion, period, rater, rep))
    residuals = _left_of_means(rating[order], _numbered((period * max(1, len(criteria)) + criterion)[order]))
    pairs, rest = _paired(residuals, rep[order], rater[order], len(raters))
    table = _separability(pairs, len(raters)).set_axis(pd.Index(raters, name="rater", dtype="str"))
    variances, separable = Variances(*[float("nan")] * 4), table["separable"].to_numpy()
    if separable.any():
        crossed = pairs.of(separable[pairs.rater])
        variances = _variances(crossed, rest)
        table.loc[separable, "severity"] = _severity(crossed, variances)
    people = pd.Series(_of_each(pairs.rep, pairs.group, len(reps)), pd.Index(reps, name="rep_id", dtype="str"))
    return Raters(RATERS.checked(table), people, variances, int(ratings["rating"].notna().sum()) - len(rows))


def _separability(pairs: _Pairs, raters: int) -> pd.DataFrame:
    """The table `Raters.raters` without its index, one row per rater, with severities of 0."""
    group = _of_each(pairs.rater, pairs.group, raters)
    return pd.DataFrame(
        {
            "group": group,
            "people": np.bincount(pairs.rater, minlength=raters),
            "ratings": np.bincount(pairs.rater, pairs.count, minlength=raters).astype(np.int64),
            "separable": np.bincount(group, minlength=raters)[group] > 1,
            "severity": np.zeros(raters),
        }
    )


def _of_each(codes: Codes, group: Codes, count: int) -> Codes:
    """The group of each of ``count`` raters (or people), from the rater (or person) and the group of each pair."""
    groups = np.zeros(count, dtype=np.int64)
    groups[codes] = group
    return groups


def _left_of_means(values: Array, group: Codes) -> Array:
    """The values less the mean of their group."""
    return values - (np.bincount(group, values) / np.bincount(group))[group] if len(values) else values


def _paired(residuals: Array, rep: Codes, rater: Codes, raters: int) -> tuple[_Pairs, float]:
    """The pairs of person and rater, and the variance of ratings within a pair: 0 where no pair has two.

    ``residuals``, ``rep`` and ``rater`` are of each rating, sorted by rep and rater; ``raters``: the number of raters.
    """
    codes, pair, count = np.unique(rep * max(1, raters) + rater, return_inverse=True, return_counts=True)
    mean = np.bincount(pair, residuals, minlength=len(codes)) / count
    freedom = len(residuals) - len(codes)
    rest = float(((residuals - mean[pair]) ** 2).sum() / freedom) if freedom else 0.0
    of_rep, of_rater = np.divmod(codes, max(1, raters))
    return _Pairs(mean, count.astype(np.float64), of_rep, of_rater, _groups(of_rep, of_rater)), rest


def _groups(rep: Codes, rater: Codes) -> Codes:
    """The group of each pair: the connected components of the graph of raters and rated, numbered by first rater."""
    if not len(rep):
        return rep
    label = np.arange(rater.max() + 1)
    while True:
        least = np.full(rep.max() + 1, len(label))
        np.minimum.at(least, rep, label[rater])
        nearer = label.copy()
        np.minimum.at(nearer, rater, least[rep])
        nearer = nearer[nearer]  # a step further each time, so that long chains take few passes
        if (nearer == label).all():
            return _numbered(label[rater])
        label = nearer


def _variances(pairs: _Pairs, rest: float) -> Variances:
    """The variance components, from sums of squares around the means of people, raters and groups (Gao & Owen 2017).

    Within a person's pairs only raters and error differ, within a rater's only people and error, within a group all of
    them: three sums whose expectations are linear in the three variances. A negative variance is set to 0. ``rest``:
    the variance of ratings within a pair.
    """
    codes = (pairs.rep, pairs.rater, pairs.group)
    squares = np.array([(_left_of_means(pairs.mean, code) ** 2).sum() for code in codes])
    total = float(len(pairs.mean))
    people, raters, groups = (float(code.max() + 1) for code in codes)
    size = np.bincount(pairs.group)
    of_people = (np.bincount(pairs.rep)[pairs.rep] / size[pairs.group]).sum()
    of_raters = (np.bincount(pairs.rater)[pairs.rater] / size[pairs.group]).sum()
    expected = np.array(
        [
            [0, total - people, total - people],
            [total - raters, 0, total - raters],
            [total - of_people, total - of_raters, total - groups],
        ]
    )
    of_person, of_rater, error = np.linalg.lstsq(expected, squares, rcond=None)[0].clip(0)
    of_pair = max(0.0, float(error) - rest * float((1 / pairs.count).mean()))
    return Variances(float(of_person), float(of_rater), of_pair, rest or 0.0)


def _severity(pairs: _Pairs, variances: Variances) -> Array:
    """The severity of each rater, in points, with a sum of 0 over the ratings of every group.

    Henderson's (1975) mixed model equations, solved by conjugate gradients (Hestenes & Stiefel 1952).
    """
    weight = 1 / np.maximum(variances.pairs + variances.rest / pairs.count, _NONE)
    blocks = (
        _Effect(pairs.group, weight, 0.0),
        _Effect(pairs.rep, weight, 1 / max(variances.people, _NONE)),
        _Effect(pairs.rater, weight, 1 / max(variances.raters, _NONE)),
    )
    _, _, severity = _solved(blocks, pairs.mean)
    sums = np.bincount(pairs.group, pairs.count * severity[pairs.rater]) / np.bincount(pairs.group, pairs.count)
    return np.asarray(severity - sums[_of_each(pairs.rater, pairs.group, len(severity))])


class _Effect:
    """One block of the mixed model equations: an effect for each code.

    ``penalty``: the inverse of the effect's variance, 0 for a fixed effect; ``diagonal``: that of the block's matrix.
    """

    def __init__(self, codes: Codes, weight: Array, penalty: float) -> None:
        self.codes, self.weight, self.penalty = codes, weight, penalty
        self.diagonal = np.bincount(codes, weight) + penalty

    def summed(self, values: Array) -> Array:
        """The weighted sum of the pairs' values for each code."""
        return np.asarray(np.bincount(self.codes, self.weight * values, len(self.diagonal)))


def _solved(blocks: Sequence[_Effect], values: Array) -> list[Array]:
    """The effects of each block: the penalized least squares solution for the values of the pairs.

    Conjugate gradients, preconditioned by the diagonal.
    """

    def together(effects: Sequence[Array]) -> Array:
        return np.asarray(sum(effect[block.codes] for block, effect in zip(blocks, effects, strict=True)))

    def product(effects: Sequence[Array], other: Sequence[Array]) -> float:
        return sum(float(left @ right) for left, right in zip(effects, other, strict=True))

    effects = [np.zeros(len(block.diagonal)) for block in blocks]
    residuals = [block.summed(values) for block in blocks]
    scaled = [residual / block.diagonal for block, residual in zip(blocks, residuals, strict=True)]
    directions, norm = scaled, product(residuals, scaled)
    for _ in range(_MOST_PASSES):
        if max(float(np.abs(residual).max()) for residual in scaled) < _CLOSE_ENOUGH:
            break
        fitted = together(directions)
        images = [
            block.summed(fitted) + block.penalty * effect for block, effect in zip(blocks, directions, strict=True)
        ]
        step = norm / product(directions, images)
        effects = [effect + step * further for effect, further in zip(effects, directions, strict=True)]
        residuals = [residual - step * further for residual, further in zip(residuals, images, strict=True)]
        scaled = [residual / block.diagonal for block, residual in zip(blocks, residuals, strict=True)]
        before, norm = norm, product(residuals, scaled)
        directions = [effect + norm / before * further for effect, further in zip(scaled, directions, strict=True)]
    return effects


def _numbered(codes: NDArray[Any]) -> Codes:
    """The rank of each code among the distinct codes, from 0 on."""
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)
