"""The best split of an ordered row, against all splits that there are."""

from itertools import combinations
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from salesperf.inference.ordered_groups import group_ends

Array = NDArray[np.float64]


def measured(below: Array, ends: tuple[int, ...]) -> tuple[float, float]:
    """The expected share of misordered pairs, and the expected τ, of a split; pair by pair."""
    pairs = list(combinations(range(len(below)), 2))
    group = np.searchsorted(ends, np.arange(len(below)), side="right")
    apart = [(first, second) for first, second in pairs if group[first] != group[second]]
    wrong = sum(below[pair] for pair in apart)
    return wrong / len(pairs), (len(apart) - 2 * wrong) / len(pairs)


def best_tau(below: Array, units: list[int], limit: float) -> float:
    """The highest τ of all splits with few enough misordered pairs."""
    inner, best = units[1:-1], 0.0
    for count in range(len(inner) + 1):
        for cuts in combinations(inner, count):
            wrong, tau = measured(below, (*cuts, len(below)))
            if wrong <= limit + 1e-12:
                best = max(best, tau)
    return best


def below_of(means: Array, error: float) -> Array:
    """The probabilities that the one in the row is below the one in the column, of normal posteriors."""
    apart = (means - means[:, None]) / (error * np.sqrt(2))
    return np.vectorize(NormalDist().cdf)(apart)


@st.composite
def rows(draw: st.DrawFn) -> tuple[Array, list[int], float]:
    """Any probabilities at all, some places where no group may end, and a limit.

    In millionths, so that what is wrong is at the limit or clearly off it, and not within what counts as rounding.
    """
    millionths = st.integers(0, 10**6).map(lambda number: number / 10**6)
    count = draw(st.integers(2, 8))
    cells = draw(st.lists(millionths, min_size=count * count, max_size=count * count))
    inner = draw(st.sets(st.integers(1, count - 1)))
    return (
        np.array(cells).reshape(count, count),
        [0, *sorted(inner), count],
        draw(millionths.filter(lambda limit: limit <= 0.6)),
    )


@settings(max_examples=80, deadline=None)
@given(rows())
def test_no_other_split_has_a_higher_tau_within_the_limit(row: tuple[Array, list[int], float]) -> None:
    below, units, limit = row
    ends = group_ends(below, np.array(units), limit)
    wrong, tau = measured(below, tuple(ends))
    assert ends[-1] == len(below) and (np.diff(ends) > 0).all() and set(ends) <= set(units[1:])
    assert wrong <= limit + 1e-9
    assert tau == pytest.approx(best_tau(below, units, limit), abs=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_split_of_a_dozen_people_is_the_best_of_all_splits(seed: int) -> None:
    """The splits of these lie off the convex hull of all, where a single price of a misordered pair finds none."""
    means = np.sort(np.random.default_rng(seed).normal(size=12))[::-1]
    below = below_of(means, 0.7)
    ends = group_ends(below, np.arange(13), 0.05)
    wrong, tau = measured(below, tuple(ends))
    assert wrong <= 0.05 and tau == pytest.approx(best_tau(below, list(range(13)), 0.05), abs=1e-9)


def test_a_limit_that_does_not_bind_tells_all_apart() -> None:
    below = below_of(np.array([4.0, 3.0, 2.0, 1.0]), 1.0)
    assert group_ends(below, np.arange(5), 1.0).tolist() == [1, 2, 3, 4]


def test_a_limit_of_none_tells_only_apart_what_is_sure() -> None:
    below = np.array([[0.5, 0.2, 0.0], [0.8, 0.5, 0.0], [1.0, 1.0, 0.5]])
    assert group_ends(below, np.arange(4), 0.0).tolist() == [2, 3]
    assert group_ends(below, np.arange(4), 0.2 / 3).tolist() == [1, 2, 3]


def test_pairs_in_the_wrong_order_are_kept_together() -> None:
    """The order given is 2 before 3, but the third is above the second with 70 %."""
    below = np.array([[0.5, 0.0, 0.0], [1.0, 0.5, 0.7], [1.0, 0.3, 0.5]])
    assert group_ends(below, np.arange(4), 1.0).tolist() == [1, 3]


def test_a_thousand_are_split_within_their_limit() -> None:
    """Close to the best that any split can reach: the whole limit is used."""
    means = np.sort(np.random.default_rng(0).normal(size=1000))[::-1]
    apart = (means - means[:, None]) / np.sqrt(2)
    below = 1 / (1 + np.exp(-1.702 * apart))
    ends = group_ends(below, np.arange(1001), 0.05)
    group = np.searchsorted(ends, np.arange(1000), side="right")
    wrong = below[np.triu(group[:, None] != group, 1)].sum() / 499_500
    assert 0.0499 < wrong <= 0.05 + 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_following_fewer_beginnings_costs_little(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    means = np.sort(np.random.default_rng(seed).normal(size=60))[::-1]
    below = below_of(means, 0.4)
    best = measured(below, tuple(group_ends(below, np.arange(61), 0.05)))[1]
    monkeypatch.setattr("salesperf.inference.ordered_groups._MOST", 60 * 10)
    wrong, tau = measured(below, tuple(group_ends(below, np.arange(61), 0.05)))
    assert wrong <= 0.05 and best - 0.01 < tau <= best + 1e-12
