"""Groups on which three methods agree."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import silhouette_score

from salesperf.inference import consensus as room
from salesperf.inference.consensus import ConsensusGroups, consensus, consensus_groups
from salesperf.inference.linkage import ward
from salesperf.inference.mixtures import mixtures
from salesperf.inference.stability import bootstrap_draws

Array = NDArray[np.float64]


def people(*heaps: tuple[float, int], features: int = 3, width: float = 1.0, seed: int = 0) -> Array:
    """People around middles, so many at each, the same middle in all features."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(middle, width, (count, features)) for middle, count in heaps])


def squares_within(rows: Array, labels: NDArray[np.int64]) -> float:
    groups = [rows[labels == group] for group in set(labels.tolist()) - {-1}]
    return sum(float(((group - group.mean(axis=0)) ** 2).sum()) for group in groups)


def is_none(groups: ConsensusGroups) -> bool:
    return groups.count == 0 and bool((groups.labels == -1).all() and np.isnan(groups.membership).all())


def alike(one: ConsensusGroups, other: ConsensusGroups, order: NDArray[np.int64]) -> None:
    """Asserts that ``other`` says the same of the people in that order."""
    for field in dataclasses.fields(ConsensusGroups):
        value, again = getattr(one, field.name), getattr(other, field.name)
        by_person = field.name in ("labels", "membership")
        np.testing.assert_array_equal(again, value[order] if by_person else value, err_msg=field.name)


def test_consensus_is_the_share_of_clusterings_of_both_that_put_them_together() -> None:
    clusterings = np.array([[0, 0, 1, -1], [1, 1, 1, -1], [0, 1, -1, -1], [2, 2, 0, -1]])
    together = consensus(clusterings)
    assert together[0].tolist() == pytest.approx([1, 3 / 4, 1 / 3, 0])
    assert together[2].tolist() == pytest.approx([1 / 3, 1 / 3, 1, 0])
    assert (together == together.T).all() and (np.diag(together) == 1).all()


def test_groups_that_stand_apart_are_found_by_all_and_the_highest_is_0() -> None:
    groups = consensus_groups(people((-9, 10), (9, 8), (0, 12)), draws=30)
    assert groups.count == 3
    assert groups.labels.tolist() == [2] * 10 + [0] * 8 + [1] * 12
    assert groups.membership.tolist() == [0] * 10 + [1] * 8 + [0] * 12
    assert groups.stability.tolist() == [1, 1, 1]


def test_the_silhouette_is_that_of_the_groups() -> None:
    rows = people((0, 20), (4, 8))
    groups = consensus_groups(rows, draws=20)
    assert groups.silhouette == pytest.approx(silhouette_score(rows, groups.labels))


def test_who_stands_between_the_groups_is_a_member_in_a_part_of_the_clusterings() -> None:
    rows = np.concatenate([people((0, 20), (6, 10)), [[3.2, 3.2, 3.2]]])
    groups = consensus_groups(rows, draws=40)
    assert 0.05 < groups.membership[-1] < 0.95
    assert groups.membership[:20].max() < 0.2 and groups.membership[20:30].min() > 0.8


def test_membership_is_the_share_of_the_persons_samples_in_the_most_similar_group() -> None:
    labels = np.array([0, 0, 0, 1, 1])
    clusterings = np.array([[1, 1, 0, 0, 0], [0, 0, 0, 1, -1], [-1, 0, 0, 0, 1]])
    assert room._membership(labels, clusterings).tolist() == pytest.approx([1, 1, 2 / 3, 1 / 3, 0])


@pytest.mark.parametrize(("count", "grouped"), [(19, False), (20, True)])
def test_groups_need_twenty_people(count: int, grouped: bool) -> None:
    groups = consensus_groups(people((0, count - 6), (9, 6)), draws=10)
    assert is_none(groups) is not grouped
    assert np.isnan(groups.silhouette) is not grouped
    assert len(groups.labels) == count


@pytest.mark.parametrize(("best", "grouped"), [(2, False), (3, True), (12, True), (13, False)])
def test_the_best_group_has_three_people_or_more_and_no_more_than_half(best: int, grouped: bool) -> None:
    groups = consensus_groups(people((0, 24 - best), (30, best), width=0.5), draws=20)
    assert (groups.count == 2) is grouped
    assert is_none(groups) is not grouped


def test_unstable_groups_are_none_and_how_unstable_they_are_is_said() -> None:
    rows = people((0, 40), features=6, seed=3)
    tried = consensus_groups(rows, draws=20, least_stability=0.99)
    assert is_none(tried)
    assert len(tried.stability) >= 2 and tried.stability[0] < 0.99 and tried.silhouette < 0.3
    assert consensus_groups(rows, draws=20, least_stability=0.0).count == len(tried.stability)


def division(silhouette: float, *stability: float, best: int = 10, people: int = 40) -> room._Division:
    labels = np.where(np.arange(people) < best, 0, 1)
    return room._Division(labels, labels * 0.5, silhouette, np.array(stability), labels[None])


@pytest.mark.parametrize(
    ("divisions", "stability"),
    [
        ([division(0.2, 0.8), division(0.3, 0.7)], 0.7),  # the clearest of those that are stable
        ([division(0.25, 0.75, 0.1), division(0.25, 0.75, 0.9)], 0.75),  # of equals the one of fewer groups
        ([division(0.9, 0.59), division(0.1, 0.60)], 0.60),  # what is not stable does not count
        ([division(0.9, 1.0, best=2), division(0.1, 0.8)], 0.8),  # nor do two people
    ],
)
def test_silhouette_and_stability_choose_the_number_of_groups(
    monkeypatch: pytest.MonkeyPatch, divisions: list[room._Division], stability: float
) -> None:
    monkeypatch.setattr(room, "_divisions", lambda rows, spots, drawn, seed: divisions)
    groups = consensus_groups(people((0, 40)), draws=2)
    assert groups.count >= 1
    assert groups.stability[0] == stability
    assert groups.stability[1:].tolist() in ([], [0.1])


def test_where_the_clearest_best_group_is_most_of_the_people_a_part_of_it_is_no_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lower_end = division(0.9, 0.9, best=21)
    monkeypatch.setattr(room, "_divisions", lambda rows, spots, drawn, seed: [lower_end, division(0.1, 0.8)])
    groups = consensus_groups(people((0, 40)), draws=2)
    assert is_none(groups)
    assert (groups.silhouette, groups.stability.tolist()) == (0.9, [0.9])
    lower_end.labels[20] = 1
    assert consensus_groups(people((0, 40)), draws=2).count == 1


def test_there_are_no_more_than_eight_groups_and_five_people_to_each() -> None:
    def tried(count: int) -> list[int]:
        rows = people(*((9.0 * place, count // 10) for place in range(10)), width=0.1)
        drawn = np.ones((3, count), dtype=bool)
        return [len(set(one.labels.tolist())) for one in room._divisions(rows, count, drawn, 0)]

    assert tried(100) == [2, 3, 4, 5, 6, 7, 8]
    assert tried(20) == [2, 3, 4]


def test_all_three_methods_are_asked_about_every_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[NDArray[np.int64]] = []
    monkeypatch.setattr(room, "consensus", lambda clusterings: asked.append(clusterings) or consensus(clusterings))
    rows = np.concatenate([people((0, 30), (2, 30), width=0.7), [[8.0, -8, 0]]])
    drawn = bootstrap_draws(61, 45)
    assert len(list(room._divisions(rows, 61, drawn, 0))) == len(asked) == 7
    assert all(((clusterings >= 0) == np.tile(drawn, (3, 1))).all() for clusterings in asked)
    tree, by_kmeans, by_mixture = asked[-1].reshape(3, 45, 61)
    assert (tree == ward(rows, drawn, [8])[0]).all()
    assert (by_mixture == mixtures(rows, tree, 8).labels).all()
    of_tree, of_kmeans = ([squares_within(rows, labels) for labels in method] for method in (tree, by_kmeans))
    gained = np.array(of_tree) - np.array(of_kmeans)
    assert (gained > -1e-9).all() and (gained > 1e-3).mean() > 0.2


def test_kmeans_starts_from_wards_groups_and_from_two_at_random_per_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[NDArray[np.int64]]] = []
    monkeypatch.setattr(room, "kmeans", lambda rows, starts, count: given.append(starts) or starts[0])
    rows, drawn = people((0, 30)), bootstrap_draws(30, 25)
    tree = ward(rows, drawn, [2])[0]
    by_kmeans, _ = room._refined(rows, tree, 2, seed=0)
    assert [len(starts) for starts in given] == [3, 3]
    assert (by_kmeans == tree).all()
    assert all(
        (one != other).any() for starts in given for one, other in zip(starts, [*starts[1:], starts[0]], strict=True)
    )


def test_the_order_of_people_changes_nothing() -> None:
    rows = np.concatenate([people((0, 30), (3, 9), seed=4), people((3, 1), seed=9).repeat(3, axis=0)])
    order = np.random.default_rng(1).permutation(len(rows))
    alike(consensus_groups(rows, draws=15), consensus_groups(rows[order], draws=15), order)


def test_people_with_equal_rows_have_equal_results() -> None:
    rows = people((0, 24), (2.5, 8), seed=5)
    rows[[3, 7, 28]] = rows[11]
    groups = consensus_groups(rows, draws=15)
    for values in (groups.labels, groups.membership):
        assert len(set(values[[3, 7, 11, 28]].tolist())) == 1


def test_the_seed_alone_decides_what_is_drawn() -> None:
    rows = people((0, 30), (2.5, 9), seed=6)
    groups = consensus_groups(rows, draws=15, seed=1)
    np.random.seed(7)
    alike(groups, consensus_groups(rows, draws=15, seed=1), np.arange(39))
    assert (consensus_groups(rows, draws=15, seed=2).membership != groups.membership).any()


@pytest.mark.parametrize(
    "rows",
    [
        np.empty((0, 3)), np.empty((30, 0)), np.zeros((1, 2)), np.ones((30, 4)), np.full((30, 2), 0.1),
        np.repeat([[0.0, 0.0], [1.0, 1.0]], 15, axis=0),
    ],
    ids=["nobody", "no features", "one person", "all equal", "all equal, with rounding", "two spots"],
)  # fmt: skip
def test_where_there_is_nothing_to_divide_there_are_no_groups(rows: Array) -> None:
    groups = consensus_groups(rows, draws=5)
    assert is_none(groups)
    assert np.isnan(groups.silhouette) and groups.stability.tolist() == []


def test_three_spots_can_be_two_groups() -> None:
    groups = consensus_groups(people((0, 10), (1, 6), (9, 8), width=0), draws=10)
    assert groups.labels.tolist() == [1] * 16 + [0] * 8


def test_one_feature_is_enough() -> None:
    assert consensus_groups(people((0, 20), (9, 8), features=1), draws=10).labels.tolist() == [1] * 20 + [0] * 8


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_missing_and_infinite_values_are_refused(value: float) -> None:
    rows = people((0, 30))
    rows[4, 1] = value
    with pytest.raises(ValueError, match="finite"):
        consensus_groups(rows)


def test_at_least_one_sample_is_drawn() -> None:
    with pytest.raises(ValueError, match="draws: expected 1 or more, got 0"):
        consensus_groups(people((0, 30)), draws=0)
    assert consensus_groups(people((0, 20), (30, 10)), draws=1).labels[-1] <= 0


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(20, 40), tied=st.booleans())
def test_what_is_said_of_people_is_within_its_limits(seed: int, count: int, tied: bool) -> None:
    rows = people((0, count - 6), (1.5, 6), seed=seed)
    groups = consensus_groups(np.round(rows) if tied else rows, draws=30, least_stability=0.0)
    assert set(groups.labels.tolist()) == set(range(groups.count)) or is_none(groups)
    assert len(groups.stability) >= groups.count
    for shares in (groups.membership, groups.stability):
        assert ((shares >= 0) & (shares <= 1 + 1e-9) | np.isnan(shares)).all()
