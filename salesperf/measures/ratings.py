"""Raters and rated: how severe each rater is, as far as ratings can tell it from the people (docs/methods.md §3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
_MOST_PASSES, _CLOSE_ENOUGH = 1000, 1e-12  # points
_NONE = 1e-9  # a variance that stands for none, so that its inverse is still a number


@dataclass(frozen=True)
class Variances:
    """What makes two ratings differ, in squared points: the people, their raters, the pair, all the rest."""

    people: float
    raters: float
    pairs: float
    rest: float


@dataclass(frozen=True)
class Raters:
    """What a set of ratings tells of its raters.

    ``raters``: one row per rater (index, by name): group, people (how many they rated), ratings, separable, and
    severity: points above the others of the group, 0 where it can't be told. ``people``: rep_id → group. Raters and
    rated are of one group where a chain of common ratings leads from one to the other; between groups nothing tells
    severe raters from weak people. A rater who is alone in a group can't be separated from the people rated.
    ``unnamed``: how many ratings have no rater's name.
    """

    raters: pd.DataFrame
    people: "pd.Series[int]"
    variances: Variances
    unnamed: int = 0

    @property
    def spread(self) -> float:
        """The standard deviation between raters, in points; NaN where no rater can be separated."""
        return float(np.sqrt(self.variances.raters))

    def corrected(self, ratings: pd.DataFrame) -> "pd.Series[float]":
        """Ratings (columns rating, rater) with their raters' severity taken out; as given where it can't be told."""
        severity = self.raters["severity"].reindex(ratings["rater"]).fillna(0.0).to_numpy()
        fair: pd.Series[float] = ratings["rating"] - severity
        return fair


@dataclass(frozen=True)
class _Pairs:
    """The mean rating that each rater gave each person, and how many ratings it is of, in an order of its own."""

    mean: Array
    count: Array
    rep: Codes
    rater: Codes
    group: Codes

    def of(self, chosen: NDArray[np.bool_]) -> "_Pairs":
        """Some of the pairs, numbered anew."""
        rep, rater, group = (_numbered(codes[chosen]) for codes in (self.rep, self.rater, self.group))
        return _Pairs(self.mean[chosen], self.count[chosen], rep, rater, group)


def severities(ratings: pd.DataFrame) -> Raters:
    """How severe each rater is: a mixed model with crossed random effects.

    ``ratings``: rep_id, period, criterion, rating (points), rater; rows without a rating or a rater tell nothing here.
    A rating is the mean of its criterion in its period + person + rater + pair + the rest. The variances come from
    sums of squares (Gao & Owen 2017), the severities are best linear unbiased predictions (Henderson 1975); differences
    between groups of people without a common rater are left alone.
    """
    rows = ratings.dropna(subset=["rating", "rater"])
    names = [pd.factorize(rows[name], sort=True) for name in ("rep_id", "rater", "period", "criterion")]
    (rep, reps), (rater, raters), (period, _), (criterion, criteria) = names
    rating = rows["rating"].to_numpy(np.float64)
    order = np.lexsort((rating, criterion, period, rater, rep))
    own = _left_of_means(rating[order], _numbered((period * max(1, len(criteria)) + criterion)[order]))
    pairs, rest = _paired(own, rep[order], rater[order], len(raters))
    table = _separability(pairs, len(raters)).set_axis(pd.Index(raters, name="rater", dtype="str"))
    variances, separable = Variances(*[float("nan")] * 4), table["separable"].to_numpy()
    if separable.any():
        crossed = pairs.of(separable[pairs.rater])
        variances = _variances(crossed, rest)
        table.loc[separable, "severity"] = _severity(crossed, variances)
    people = pd.Series(_of_each(pairs.rep, pairs.group, len(reps)), pd.Index(reps, name="rep_id", dtype="str"))
    return Raters(table, people, variances, int(ratings["rating"].notna().sum()) - len(rows))


def _separability(pairs: _Pairs, raters: int) -> pd.DataFrame:
    """The table of raters, in their order, as long as no severity is known."""
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
    """The group of each rater or person, out of those of their pairs."""
    groups = np.zeros(count, dtype=np.int64)
    groups[codes] = group
    return groups


def _left_of_means(values: Array, group: Codes) -> Array:
    """What is left of values when the mean of their group is taken out."""
    return values - (np.bincount(group, values) / np.bincount(group))[group] if len(values) else values


def _paired(own: Array, rep: Codes, rater: Codes, raters: int) -> tuple[_Pairs, float]:
    """The pairs of person and rater, and the variance of ratings within a pair: 0 where none has two.

    The rows are sorted by rep and rater.
    """
    codes, pair, count = np.unique(rep * max(1, raters) + rater, return_inverse=True, return_counts=True)
    mean = np.bincount(pair, own, minlength=len(codes)) / count
    freedom = len(own) - len(codes)
    rest = float(((own - mean[pair]) ** 2).sum() / freedom) if freedom else 0.0
    of_rep, of_rater = np.divmod(codes, max(1, raters))
    return _Pairs(mean, count.astype(np.float64), of_rep, of_rater, _groups(of_rep, of_rater)), rest


def _groups(rep: Codes, rater: Codes) -> Codes:
    """The group of each pair: the connected parts of the graph of raters and rated, by their first rater."""
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
    """The variance components, from the squares around the means of people, of raters and of groups.

    Within a person's pairs only raters and error differ, within a rater's only people and error, within a group all of
    them: three sums whose expectations are linear in the three variances. A negative one is none.
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
    """The severity of each rater, the ratings of every group adding up to none.

    Henderson's equations, solved by conjugate gradients (Hestenes & Stiefel 1952).
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
    """One block of the mixed model's equations: an effect for each code, drawn to 0 by the inverse of its variance."""

    def __init__(self, codes: Codes, weight: Array, drawn: float) -> None:
        self.codes, self.weight, self.drawn = codes, weight, drawn
        self.room = np.bincount(codes, weight) + drawn

    def summed(self, values: Array) -> Array:
        """The weighted sum of the values of each code."""
        return np.asarray(np.bincount(self.codes, self.weight * values, len(self.room)))


def _solved(blocks: Sequence[_Effect], values: Array) -> list[Array]:
    """The effects of each block that together come nearest to the values of the pairs."""

    def together(effects: Sequence[Array]) -> Array:
        return np.asarray(sum(effect[block.codes] for block, effect in zip(blocks, effects, strict=True)))

    def product(effects: Sequence[Array], other: Sequence[Array]) -> float:
        return sum(float(left @ right) for left, right in zip(effects, other, strict=True))

    effects = [np.zeros(len(block.room)) for block in blocks]
    left = [block.summed(values) for block in blocks]
    scaled = [residual / block.room for block, residual in zip(blocks, left, strict=True)]
    way, size = scaled, product(left, scaled)
    for _ in range(_MOST_PASSES):
        if max(float(np.abs(residual).max()) for residual in scaled) < _CLOSE_ENOUGH:
            break
        fitted = together(way)
        pull = [block.summed(fitted) + block.drawn * effect for block, effect in zip(blocks, way, strict=True)]
        step = size / product(way, pull)
        effects = [effect + step * further for effect, further in zip(effects, way, strict=True)]
        left = [residual - step * further for residual, further in zip(left, pull, strict=True)]
        scaled = [residual / block.room for block, residual in zip(blocks, left, strict=True)]
        before, size = size, product(left, scaled)
        way = [effect + size / before * further for effect, further in zip(scaled, way, strict=True)]
    return effects


def _numbered(codes: NDArray[Any]) -> Codes:
    """Codes as 0, 1, … in their order."""
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)
