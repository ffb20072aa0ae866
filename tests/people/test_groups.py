"""When groups of people count."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from salesperf.inference.consensus import consensus_groups
from salesperf.people import groups
from salesperf.people.groups import find_groups

Array = NDArray[np.float64]


@pytest.fixture
def of_one_kind(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], list[Array]]:
    """Sets the chance that people are of one kind, and returns the rows that it is asked of."""

    def at(chance: float) -> list[Array]:
        asked: list[Array] = []
        monkeypatch.setattr(groups, "chance_of_one_kind", lambda rows: asked.append(rows) or chance)
        return asked

    return at


def people(*kinds: tuple[float, int], features: int = 2, seed: int = 0) -> pd.DataFrame:
    """People around middles, so many at each, the same middle in all features; named r00, r01, …"""
    draw = np.random.default_rng(seed)
    rows = np.concatenate([draw.normal(middle, 1.0, (count, features)) for middle, count in kinds])
    return pd.DataFrame(rows, index=[f"r{place:02}" for place in range(len(rows))])


def is_none(found: groups.Groups) -> bool:
    return (
        found.count == 0
        and (found.labels == -1).all()
        and np.isnan(found.membership).all()
        and not len(found.stability)
    )


def test_groups_are_those_that_three_methods_agree_on(of_one_kind: Callable[[float], list[Array]]) -> None:
    asked, rows = of_one_kind(0.01), people((-8, 8), (12, 6), (0, 10))
    found, consensus = find_groups(rows), consensus_groups(rows.to_numpy())
    assert found.labels.tolist() == consensus.labels.tolist() == [2] * 8 + [0] * 6 + [1] * 10
    assert found.membership.tolist() == consensus.membership.tolist()
    assert found.stability.tolist() == consensus.stability.tolist()
    assert (found.count, found.of_one_kind) == (3, 0.01)
    assert (asked[0] == rows.to_numpy()).all()


@pytest.mark.parametrize(("chance", "grouped"), [(0.05, True), (0.06, False)])
def test_groups_count_up_to_five_percent_of_chance(
    of_one_kind: Callable[[float], list[Array]], chance: float, grouped: bool
) -> None:
    of_one_kind(chance)
    found = find_groups(people((0, 18), (9, 6)))
    assert is_none(found) is not grouped
    assert found.of_one_kind == chance


def test_where_three_methods_do_not_agree_there_are_none(of_one_kind: Callable[[float], list[Array]]) -> None:
    of_one_kind(0.01)
    assert is_none(find_groups(people((0, 6), (9, 18))))  # the lower end stands apart


@pytest.mark.parametrize(("count", "grouped"), [(19, False), (20, True)])
def test_groups_need_twenty_people(count: int, grouped: bool) -> None:
    found = find_groups(people((0, count - 6), (9, 6)))
    assert is_none(found) is not grouped
    assert np.isnan(found.of_one_kind) is not grouped


@pytest.mark.parametrize(("features", "grouped"), [(1, False), (2, True)])
def test_groups_need_two_features(features: int, grouped: bool) -> None:
    assert is_none(find_groups(people((0, 18), (9, 6), features=features))) is not grouped


def test_the_order_of_people_changes_nothing() -> None:
    rows = people((0, 18), (5, 6))
    mixed = rows.sample(frac=1, random_state=2)
    found, again = find_groups(rows), find_groups(mixed)
    places = [rows.index.get_loc(name) for name in mixed.index]
    assert again.labels.tolist() == found.labels[places].tolist()
    assert again.membership.tolist() == found.membership[places].tolist()
