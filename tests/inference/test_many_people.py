"""More people than can be compared each with each."""

import numpy as np
import pytest
from numpy.typing import NDArray

from salesperf.inference import consensus as consensus_room
from salesperf.inference import many_people, one_kind
from salesperf.inference.consensus import ConsensusGroups, consensus, consensus_groups
from salesperf.inference.many_people import MOST_CLUSTERED, joined, some_people
from salesperf.inference.one_kind import chance_of_one_kind

Array = NDArray[np.float64]
UPPER = np.arange(300) >= 250


def company(shift: float = 2.5, seed: int = 0) -> Array:
    """300 people of whom the last 50 are higher in all of five features."""
    return np.random.default_rng(seed).normal(size=(300, 5)) + shift * UPPER[:, None]


def few_clustered(rows: Array, seed: int = 0) -> ConsensusGroups:
    return consensus_groups(rows, draws=12, seed=seed, most=80)


def named(groups: ConsensusGroups) -> NDArray[np.bool_]:
    return (groups.labels == 0) & (groups.membership > 0.5)


def test_a_thousand_people_are_all_clustered_and_of_more_a_thousand() -> None:
    assert MOST_CLUSTERED == 1000
    rows = np.random.default_rng(0).normal(size=(1001, 2))
    assert some_people(rows[1:], MOST_CLUSTERED) is not rows
    assert (some_people(rows[1:], MOST_CLUSTERED) == rows[1:]).all()
    assert len(some_people(rows, MOST_CLUSTERED)) == 1000


def test_some_people_are_drawn_at_random_each_at_most_once() -> None:
    rows = np.arange(500.0)[:, None]
    drawn = some_people(rows, 100)[:, 0]
    assert len(set(drawn.tolist())) == 100
    assert (np.histogram(drawn, 4, (0, 500))[0] > 12).all()
    assert set(some_people(rows, 100, seed=1)[:, 0].tolist()) != set(drawn.tolist())


def test_who_is_drawn_does_not_depend_on_the_order_of_rows() -> None:
    rows = np.round(company(), 1)  # with ties
    assert (some_people(rows, 80) == some_people(rows[::-1], 80)).all()


def test_everybody_is_clustered_up_to_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = company()[170:270]
    unbounded = consensus_groups(rows, draws=10, most=10_000)
    monkeypatch.setattr(consensus_room, "joined", lambda *_: pytest.fail("somebody joined"))
    groups = consensus_groups(rows, draws=10, most=100)
    assert groups.count == 2 and (groups.labels == unbounded.labels).all()
    assert (groups.membership == unbounded.membership).all()
    assert chance_of_one_kind(rows, most=100) == chance_of_one_kind(rows, most=10_000)


def test_beyond_the_bound_no_more_people_are_compared_with_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []
    monkeypatch.setattr(consensus_room, "consensus", lambda each: compared.append(each.shape[1]) or consensus(each))
    few_clustered(company())
    assert set(compared) == {80}


def test_people_of_one_kind_are_simulated_up_to_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Array] = []
    monkeypatch.setattr(one_kind, "separation", lambda stack: asked.append(stack) or np.zeros(len(stack)))
    rows = company()
    for mixed in (rows, rows[::-1]):
        chance_of_one_kind(mixed, most=80)
    assert asked[0].shape == (100, 80, 5)
    assert (asked[0] == asked[1]).all()
    assert {tuple(row) for row in asked[0][0]} < {tuple(row) for row in rows}


def test_a_planted_upper_group_is_found_as_well_as_when_all_are_clustered() -> None:
    rows = company()
    found, unbounded = few_clustered(rows), consensus_groups(rows, draws=12)
    assert found.count == unbounded.count == 2
    assert (named(found) == UPPER).mean() > 0.97
    assert (named(found) == named(unbounded)).mean() > 0.97
    assert np.abs(found.membership - unbounded.membership).mean() < 0.03
    assert chance_of_one_kind(rows, companies=19, most=80) == 0.05


def test_who_stands_between_the_groups_is_a_member_in_a_part_of_the_clusterings() -> None:
    between = np.linspace(0.4, 1.8, 15)[:, None].repeat(5, axis=1)
    membership = few_clustered(np.concatenate([company(), between])).membership[300:]
    assert membership[0] < 0.2 and membership[-1] > 0.8
    assert (np.diff(membership) >= 0).all()
    assert ((membership > 0.1) & (membership < 0.9)).any()


def test_the_order_of_people_changes_nothing() -> None:
    rows, order = np.round(company(shift=1.8), 1), np.random.default_rng(1).permutation(300)
    groups, again = few_clustered(rows), few_clustered(rows[order])
    assert again.labels.tolist() == groups.labels[order].tolist()
    assert again.membership.tolist() == groups.membership[order].tolist()
    assert again.stability.tolist() == groups.stability.tolist()


def test_people_with_equal_rows_have_equal_results() -> None:
    rows = company(shift=1.8)
    rows[::20] = 0.9  # between the groups, and so many that some are clustered and some are not
    groups = few_clustered(rows)
    assert groups.count
    assert len(set(groups.membership[::20].tolist())) == len(set(groups.labels[::20].tolist())) == 1
    assert 0 < groups.membership[0] < 1


def test_the_seed_alone_decides_who_is_clustered(monkeypatch: pytest.MonkeyPatch) -> None:
    clustered: list[Array] = []
    monkeypatch.setattr(consensus_room, "_divisions", lambda rows, *_: clustered.append(rows) or [])
    for seed in (0, 0, 1):
        few_clustered(company(), seed=seed)
        np.random.seed(7)
    assert (clustered[0] == clustered[1]).all()
    assert (clustered[0] != clustered[2]).any()


def test_how_many_join_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = company(shift=1.8)
    groups = few_clustered(rows)
    monkeypatch.setattr(many_people, "_AT_ONCE", 37)
    again = few_clustered(rows)
    assert again.labels.tolist() == groups.labels.tolist()
    assert again.membership == pytest.approx(groups.membership)


def test_people_join_whom_they_are_with_most_often_and_membership_counts_all_clusterings() -> None:
    some = np.array([[0.0], [0.2], [10.0], [10.2], [20.0], [20.2]])
    labels = np.array([1, 1, 1, 1, 0, 0])  # 0 the highest
    clusterings = np.array([[0, 0, 0, 0, 1, 1], [1, 1, 0, 0, 0, 0], [1, 1, -1, 0, -1, 0], [1, 1, 0, 0, 2, 2]])
    groups, membership = joined(np.array([[21.0], [9.0], [-1.0], [9.0]]), some, labels, clusterings)
    assert groups.tolist() == [0, 1, 1, 1]
    # The upper group is label 1, 0, 0 and 2; whoever stands at 9 is with it in the second clustering and the third.
    assert membership.tolist() == [1, 0.5, 0, 0.5]


def test_a_group_that_a_clustering_has_nobody_of_is_joined_by_the_others() -> None:
    some = np.array([[0.0], [0.2], [10.0], [10.2]])
    clusterings = np.array([[0, 0, 1, 1], [0, 0, -1, -1], [0, 0, -1, -1]])
    groups, membership = joined(np.array([[11.0], [-1.0]]), some, np.array([1, 1, 0, 0]), clusterings)
    assert groups.tolist() == [0, 1]
    assert membership.tolist() == pytest.approx([1 / 3, 0])
