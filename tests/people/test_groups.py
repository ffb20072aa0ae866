"""Groups of people by k-means, and when the best of them counts."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import norm, rankdata
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score

from salesperf.people import groups
from salesperf.people.groups import find_groups

Array = NDArray[np.float64]


@pytest.fixture
def any_groups_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """No company by chance looks as well separated."""
    monkeypatch.setattr(groups, "_share_of_chance", lambda rows, k, fit: 0.01)


def people(*heaps: tuple[float, int], features: int = 2, width: float = 1.0, seed: int = 0) -> pd.DataFrame:
    """People around middles, so many at each, the same middle in all features; named r00, r01, …"""
    draw = np.random.default_rng(seed)
    rows = np.concatenate([draw.normal(middle, width, (count, features)) for middle, count in heaps])
    return pd.DataFrame(rows, index=[f"r{place:02}" for place in range(len(rows))])


def is_none(found: groups.Groups) -> bool:
    return found.count == 0 and (found.labels == -1).all() and bool(np.isnan(found.chance).all())


def test_the_best_group_is_0_and_the_others_follow_by_their_means(any_groups_count: None) -> None:
    found = find_groups(people((-8, 8), (12, 6), (0, 10)))
    assert found.count == 3
    assert found.labels.tolist() == [2] * 8 + [0] * 6 + [1] * 10


def test_the_silhouette_is_that_of_the_groups_in_the_plane(any_groups_count: None) -> None:
    rows = people((0, 15), (4, 8), features=4)
    found = find_groups(rows)
    assert found.silhouette == pytest.approx(silhouette_score(PCA(2).fit_transform(rows), found.labels))


def test_chance_is_of_the_upper_heap_in_the_order_of_the_rows(any_groups_count: None) -> None:
    rows = people((0, 18), (9, 6))
    found = find_groups(rows)
    assert found.chance == pytest.approx([0] * 18 + [1] * 6, abs=1e-3)
    mixed = rows.sample(frac=1, random_state=2)
    again = find_groups(mixed)
    best = np.array([name >= "r18" for name in mixed.index])
    assert again.labels.tolist() == np.where(best, 0, 1).tolist()
    assert again.chance.tolist() == found.chance[[rows.index.get_loc(name) for name in mixed.index]].tolist()


@pytest.mark.parametrize(("count", "grouped"), [(19, False), (20, True)])
def test_groups_need_twenty_people(any_groups_count: None, count: int, grouped: bool) -> None:
    found = find_groups(people((0, count - 6), (9, 6)))
    assert is_none(found) is not grouped
    assert np.isnan(found.silhouette) is not grouped
    assert len(found.labels) == len(found.chance) == count


@pytest.mark.parametrize(("features", "grouped"), [(1, False), (2, True)])
def test_groups_need_two_features(any_groups_count: None, features: int, grouped: bool) -> None:
    assert is_none(find_groups(people((0, 18), (9, 6), features=features))) is not grouped


@pytest.mark.parametrize(("best", "grouped"), [(12, True), (13, False)])
def test_a_best_group_of_more_than_half_is_none(any_groups_count: None, best: int, grouped: bool) -> None:
    found = find_groups(people((0, 24 - best), (9, best)))
    assert is_none(found) is not grouped
    assert found.silhouette > 0.7


@pytest.mark.parametrize(("share", "grouped"), [(0.05, True), (0.06, False)])
def test_groups_count_up_to_five_percent_of_chance(
    monkeypatch: pytest.MonkeyPatch, share: float, grouped: bool
) -> None:
    monkeypatch.setattr(groups, "_share_of_chance", lambda rows, k, fit: share)
    found = find_groups(people((0, 18), (9, 6)))
    assert is_none(found) is not grouped
    assert found.silhouette > 0.7


def test_chance_is_asked_about_the_same_people_groups_and_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Array, int, float]] = []
    monkeypatch.setattr(groups, "_share_of_chance", lambda *given: asked.append(given) or 0.0)
    rows = people((-9, 7), (0, 10), (9, 5))
    find_groups(rows[::-1])
    ((given, k, fit),) = asked
    assert (given == rows.to_numpy()).all()
    assert k == 3
    plane = PCA(2).fit_transform(rows)
    line = plane @ (plane[17:].mean(axis=0) - plane[:17].mean(axis=0))
    assert fit == pytest.approx(groups.two_groups_fit(line[None])[0][0])


@pytest.mark.parametrize("locations", [1, 2])
def test_people_on_fewer_than_three_spots_are_not_grouped(any_groups_count: None, locations: int) -> None:
    rows = people(*((5.0 * location, 12) for location in range(locations)), width=0)
    assert is_none(find_groups(pd.concat([rows, rows]).reset_index(drop=True)))


def test_people_less_than_a_billionth_apart_stand_on_one_spot(any_groups_count: None) -> None:
    rows = people((0, 12), (5, 12), width=0)
    assert is_none(find_groups(rows + people((0, 24)) * 1e-10))


def test_three_spots_can_be_two_groups_and_no_more(any_groups_count: None) -> None:
    found = find_groups(people((0, 10), (1, 6), (9, 8), width=0))
    assert found.labels.tolist() == [1] * 16 + [0] * 8


@pytest.mark.parametrize(("locations", "count"), [(3, 3), (5, 5), (6, 6), (7, 6)])
def test_there_are_as_many_groups_as_are_clearest_but_no_more_than_six(
    any_groups_count: None, locations: int, count: int
) -> None:
    corners = [(40.0 * place, 40.0 * (place % 2) + 9 * place**2) for place in range(locations)]
    draw = np.random.default_rng(3)
    rows = np.concatenate([draw.normal(corner, 1, (7, 2)) for corner in corners])
    assert find_groups(pd.DataFrame(rows)).count == count


def test_of_equally_clear_groupings_the_one_of_fewest_groups_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clear = {2: 0.3, 3: 0.5, 4: 0.5, 5: 0.1, 6: 0.2}
    monkeypatch.setattr(groups, "silhouette_score", lambda plane, labels: clear[labels.max() + 1])
    plane = people((0, 30)).to_numpy()
    silhouette, labels, k = groups._clearest(plane)
    assert (silhouette, k, len(set(labels))) == (0.5, 3, 3)


def test_the_plane_is_the_first_two_principal_components() -> None:
    rows = people((0, 30), features=5).to_numpy() * [1, 2, 3, 4, 5] + 7
    assert np.abs(groups._plane(rows)) == pytest.approx(np.abs(PCA(2).fit_transform(rows)))


def test_k_means_counts_the_best_of_four_starts() -> None:
    plane = people((0, 40), seed=1).to_numpy()
    by_starts = {starts: KMeans(6, n_init=starts, random_state=0).fit_predict(plane).tolist() for starts in (3, 4, 5)}
    assert groups._grouped(plane, 6).tolist() == by_starts[4]
    assert by_starts[4] not in (by_starts[3], by_starts[5])


def line(rows: Sequence[Sequence[float]], labels: Sequence[int]) -> list[float]:
    table = np.array(rows, dtype=np.float64)
    return groups._line(table, table[:, :2], np.array(labels)).tolist()


def test_the_line_leads_from_the_middle_of_the_others_to_that_of_the_best() -> None:
    # The best, 1, has the middle (3, 3), the others (0, 1): the line leads along (3, 2).
    assert line([[0, 0, 0], [2, 4, 9], [4, 2, 9], [0, 2, 0]], [0, 1, 1, 2]) == [0, 14, 16, 4]


def test_groups_are_ordered_by_the_mean_of_all_their_features() -> None:
    rows = np.array([[1.0, 0], [3, 0], [0, 9], [0, 0], [0, -1]])
    assert groups._by_height(rows, np.array([0, 0, 1, 2, 2])) == [1, 0, 2]


def share_of_chance(monkeypatch: pytest.MonkeyPatch, fit: float) -> float:
    """With the fits 0, 1, …, 98 of the companies drawn."""
    monkeypatch.setattr(groups, "_grouped", lambda plane, k: (np.arange(len(plane)) < 5).astype(np.int64))
    monkeypatch.setattr(groups, "two_groups_fit", lambda lines: (np.arange(len(lines), dtype=np.float64), lines))
    return groups._share_of_chance(people((0, 20)).to_numpy(), 2, fit)


@pytest.mark.parametrize(("fit", "share"), [(99, 0.01), (98, 0.02), (94, 0.06), (94.5, 0.05), (0, 1.0)])
def test_the_share_of_chance_counts_companies_at_least_as_well_separated_and_the_present_one(
    monkeypatch: pytest.MonkeyPatch, fit: float, share: float
) -> None:
    assert share_of_chance(monkeypatch, fit) == pytest.approx(share)


def test_companies_by_chance_are_grouped_into_as_many_groups_and_put_on_their_own_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, seen = people((0, 12), (3, 10), features=3).to_numpy(), []
    monkeypatch.setattr(groups, "DRAWS", 3)
    monkeypatch.setattr(groups, "two_groups_fit", lambda lines: (seen.append(lines) or np.zeros(len(lines)), lines))
    groups._share_of_chance(rows, 3, 1.0)
    for found, drawn in zip(seen[0], groups._without_groups(rows), strict=True):
        plane = PCA(2).fit_transform(drawn)
        labels = KMeans(3, n_init=4, random_state=0).fit_predict(plane)
        heights = [drawn[labels == label].mean() for label in range(3)]
        best = labels == int(np.argmax(heights))
        expected = plane @ (plane[best].mean(axis=0) - plane[~best].mean(axis=0))
        assert found == pytest.approx(expected)


def test_companies_without_groups_have_the_same_margins_and_correlation_by_a_normal_copula() -> None:
    draw = np.random.default_rng(4)
    first = draw.normal(0, 1, 25)
    rows = np.column_stack([np.exp(first), first + draw.normal(0, 0.5, 25), draw.normal(0, 1, 25)])
    scores = norm.ppf((rankdata(rows, axis=0) - 0.5) / 25)
    again, count = np.random.default_rng(0), 0
    for found in groups._without_groups(rows):
        normal = again.multivariate_normal([0, 0, 0], np.corrcoef(scores.T), 25)
        for feature in range(3):
            place = rankdata(normal[:, feature]).astype(int) - 1
            assert found[:, feature].tolist() == np.sort(rows[:, feature])[place].tolist()
        count += 1
    assert count == 99


def test_ranks_of_equals_follow_the_order_of_rows() -> None:
    assert groups._ranks(np.array([[5.0, 1], [2, 1], [5, 0], [9, 1]])).tolist() == [[1, 1], [0, 2], [2, 0], [3, 3]]
