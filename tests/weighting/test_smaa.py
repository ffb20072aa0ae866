"""SMAA, against published analyses, one draw at a time, and as properties."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from salesperf.weighting import smaa as room
from salesperf.weighting.smaa import pairwise_winning, smaa
from salesperf.weighting.weight_draws import any_weights

Array = NDArray[np.float64]
ORACLES = Path(__file__).parents[3] / "shared" / "oracles"
whole = st.integers(0, 12).map(float)


def oracle(name: str) -> tuple[Array, Array]:
    path = ORACLES / f"smaa_{name}.npz"
    if not path.exists():
        pytest.skip(f"the measurements of {name} are not there")
    with np.load(path) as file:
        return file["measurements"], file["weights"]


def people(count: int, kpis: int = 4, seed: int = 0) -> Array:
    return np.random.default_rng(seed).uniform(0, 120, (count, kpis))


def test_acceptabilities_of_antithrombotics_are_tervonens_and_lahdelmas() -> None:
    points, weights = oracle("thrombo")
    found = smaa(points, weights)
    assert found.acceptability.round(4).tolist() == [[0.3504, 0.6496], [0.6496, 0.3504]]
    assert found.central_weights.round(7).tolist() == [
        [0.1865097, 0.2772205, 0.5362698],
        [0.4073100, 0.3641477, 0.2285423],
    ]
    assert found.confidence.round(4).tolist() == [0.6682, 0.8956]
    one = smaa(points, np.array([[0.5, 0.2, 0.3]]))
    assert one.acceptability[:, 0].round(4).tolist() == [0.1279, 0.8721]


def test_first_ranks_with_an_order_of_weights_are_those_of_rsmaa() -> None:
    found = smaa(*oracle("hansen"))
    assert found.acceptability[:, 0].round(4).tolist() == [0.0244, 0.145, 0.6002, 0.0768, 0.1536]
    assert found.confidence.round(4).tolist() == [0.1183, 0.5217, 0.986, 0.5188, 0.6458]


def by_loop(points: Array, weights: Array) -> tuple[Array, Array]:
    """Acceptabilities and central weights from their definition, draw by draw."""
    draws = max(len(weights), len(points) if points.ndim == 3 else 1)
    count = points.shape[-2]
    times, sums = np.zeros((count, count)), np.zeros((count, points.shape[-1]))
    for draw in range(draws):
        weight = weights[draw if len(weights) > 1 else 0]
        scores = ((points[draw] if points.ndim == 3 else points) @ weight).round(7)
        for person in range(count):
            rank = int((scores > scores[person]).sum())
            times[person, rank] += 1
            sums[person] += weight * (rank == 0)
    with np.errstate(invalid="ignore"):
        return times / draws, sums / times[:, :1]


@settings(deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(1, 6), st.just(3)), elements=whole),
    arrays(np.float64, st.tuples(st.integers(1, 30), st.just(3)), elements=st.integers(0, 4).map(float)),
)
def test_all_is_as_counted_draw_by_draw_with_ties(points: Array, weights: Array) -> None:
    found = smaa(points, weights / 4)
    acceptability, central = by_loop(points, weights / 4)
    assert found.acceptability == pytest.approx(acceptability)
    assert found.central_weights == pytest.approx(central, nan_ok=True)
    assert found.acceptability.sum(axis=1) == pytest.approx(np.ones(len(points)))


@settings(deadline=None)
@given(arrays(np.float64, (20, 4, 3), elements=whole), st.booleans())
def test_uncertain_points_go_with_the_weights_of_their_draw(points: Array, one: bool) -> None:
    weights = any_weights(3, draws=1 if one else 20)
    found = smaa(points, weights)
    acceptability, central = by_loop(points, weights)
    assert found.acceptability == pytest.approx(acceptability)
    assert found.central_weights == pytest.approx(central, nan_ok=True)
    for person in np.flatnonzero(found.acceptability[:, 0]):
        scores = (points @ found.central_weights[person]).round(7)
        first = (scores[:, person] >= scores.max(axis=1)).mean()
        assert found.confidence[person] == pytest.approx(first)


@pytest.mark.parametrize("numbers", [1, 100, 1 << 20])
def test_blocks_of_any_size_give_the_same(monkeypatch: pytest.MonkeyPatch, numbers: int) -> None:
    points, weights = people(12), any_weights(4, draws=200)
    drawn = points + np.random.default_rng(2).normal(0, 10, (200, 12, 4))
    expected = smaa(points, weights), smaa(drawn, weights), pairwise_winning(drawn, weights)
    monkeypatch.setattr(room, "_BLOCK", numbers)
    for one, other in zip(expected, (smaa(points, weights), smaa(drawn, weights)), strict=False):
        assert (one.acceptability == other.acceptability).all()
        assert one.central_weights == pytest.approx(other.central_weights, nan_ok=True)
        assert one.confidence == pytest.approx(other.confidence, nan_ok=True)
    assert (pairwise_winning(drawn, weights) == expected[2]).all()


def test_the_order_of_people_and_of_kpis_changes_nothing() -> None:
    points, weights = people(30, seed=4), any_weights(4, draws=500)
    points[[3, 17, 20]] = points[11]
    order, turned = np.random.default_rng(1).permutation(30), [2, 0, 3, 1]
    found, again = smaa(points, weights), smaa(points[order], weights)
    assert (again.acceptability == found.acceptability[order]).all()
    assert again.central_weights == pytest.approx(found.central_weights[order], nan_ok=True)
    by_kpi = smaa(points[:, turned], weights[:, turned])
    assert (by_kpi.acceptability == found.acceptability).all()
    assert by_kpi.central_weights == pytest.approx(found.central_weights[:, turned], nan_ok=True)


@pytest.mark.parametrize("count", [13, 1001, 1003])
def test_people_with_equal_points_have_the_same_score_to_the_last_bit(count: int) -> None:
    """BLAS does not promise it: at the edge of a matrix it may sum in another order."""
    points = people(count, kpis=8)
    points[-1] = points[count // 2] = points[0]
    for draws in (5, 66):
        for scores, _ in room._blocks(points, any_weights(8, draws=draws), count):
            assert (scores[:, [count // 2, -1]] == scores[:, :1]).all()


def test_people_with_equal_points_have_the_same_ranks_the_better_ones() -> None:
    points = np.array([[90.0, 50], [90, 50], [50, 90], [0, 0]])
    found = smaa(points, np.array([[0.75, 0.25], [0.25, 0.75]]))
    assert found.acceptability.tolist() == [[0.5, 0.5, 0, 0]] * 2 + [[0.5, 0, 0.5, 0], [0, 0, 0, 1]]
    assert found.central_weights[:3].tolist() == [[0.75, 0.25], [0.75, 0.25], [0.25, 0.75]]
    assert np.isnan(found.central_weights[3]).all() and np.isnan(found.confidence[3])


def test_who_has_known_points_and_is_ever_the_first_is_the_first_under_the_central_weights() -> None:
    found = smaa(people(40, seed=7), any_weights(4, draws=2000))
    ever = found.acceptability[:, 0] > 0
    assert 2 <= ever.sum() < 40
    assert (found.confidence[ever] == 1).all() and np.isnan(found.confidence[~ever]).all()
    assert found.central_weights[ever].sum(axis=1) == pytest.approx(np.ones(ever.sum()))


def test_of_two_people_and_two_kpis_the_acceptability_is_a_length() -> None:
    """10 points behind in one KPI and 30 ahead in the other: the first from a weight of a quarter on."""
    found = smaa(np.array([[70.0, 100], [80, 70]]), any_weights(2, draws=100_000))
    assert found.acceptability[0, 0] == pytest.approx(0.75, abs=0.005)
    assert found.central_weights == pytest.approx(np.array([[0.375, 0.625], [0.875, 0.125]]), abs=0.005)


@given(arrays(np.float64, (4, 3), elements=whole))
def test_a_pair_wins_loses_or_is_equal(points: Array) -> None:
    weights = any_weights(3, draws=50)
    won = pairwise_winning(points, weights)
    scores = (points @ weights.T).round(7)
    expected = (scores[:, None] > scores).mean(axis=2)
    assert won == pytest.approx(expected)
    assert pairwise_winning(points, weights, [2, 0]) == pytest.approx(expected[np.ix_([2, 0], [2, 0])])


@pytest.mark.parametrize(
    ("points", "weights", "message"),
    [
        (np.ones(3), np.ones((1, 3)), r"got \(3,\) and \(1, 3\)"),
        (np.ones((2, 3)), np.ones(3), r"got \(2, 3\) and \(3,\)"),
        (np.ones((2, 3)), np.ones((5, 2)), r"got \(2, 3\) and \(5, 2\)"),
        (np.ones((0, 3)), np.ones((5, 3)), r"got \(0, 3\)"),
        (np.ones((4, 2, 3)), np.ones((5, 3)), "weights must have 4 draws, as points have; got 5"),
        (np.ones((2, 3)), np.ones((0, 3)), "weights must have 1 draws"),
        (np.array([[1.0, np.nan]]), np.ones((5, 2)), "points and weights must be finite"),
        (np.ones((2, 2)), np.array([[1.0, np.inf]]), "points and weights must be finite"),
    ],
)
def test_arrays_that_do_not_go_together_are_refused(points: Array, weights: Array, message: str) -> None:
    for found in (smaa, pairwise_winning):
        with pytest.raises(ValueError, match=message):
            found(points, weights)
