"""Weights from pairwise comparisons, against a published example, in closed form, and by hand."""

import csv
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from salesperf.weighting.ahp import RANDOM_INDEX, ahp, combined_judgements, comparison_matrix

Array = NDArray[np.float64]
DRINKS = Path(__file__).parents[3] / "shared" / "oracles" / "ahp_drinks.csv"
judgements = st.floats(1 / 9, 9)


def reciprocal(*upper: float) -> Array:
    """The matrix of judgements given row by row above the diagonal."""
    kpis = int((1 + np.sqrt(1 + 8 * len(upper))) / 2)
    pairs = zip(*np.triu_indices(kpis, 1), strict=True)
    return comparison_matrix(kpis, {(int(i), int(j)): value for (i, j), value in zip(pairs, upper, strict=True)})


def consistent(*weights: float) -> Array:
    return np.array(weights)[:, None] / np.array(weights)


def test_weights_of_drinks_are_saatys() -> None:
    if not DRINKS.exists():
        pytest.skip("the comparisons of drinks are not there")
    names = ["coffee", "wine", "tea", "beer", "soda", "milk", "water"]
    with DRINKS.open(encoding="utf-8") as file:
        rows = {
            (names.index(row["first"]), names.index(row["second"])): float(Fraction(row["first_over_second"]))
            for row in csv.DictReader(file)
        }
    result = ahp(comparison_matrix(7, rows))
    weights = dict(zip(names, result.weights.round(3), strict=True))
    assert weights == {
        "water": 0.327, "soda": 0.190, "coffee": 0.177, "milk": 0.129, "beer": 0.116, "tea": 0.042, "wine": 0.019,
    }  # fmt: skip
    assert (round(result.eigenvalue, 4), round(result.index, 4), round(result.ratio, 3)) == (7.1766, 0.0294, 0.022)


@given(judgements, judgements, judgements)
def test_three_kpis_have_geometric_means_and_an_eigenvalue_in_closed_form(a: float, b: float, c: float) -> None:
    """For three KPIs the eigenvector is that of row geometric means, and λ is 1 + q + 1 ÷ q with q³ = ac ÷ b."""
    matrix = reciprocal(a, b, c)
    result = ahp(matrix)
    means = matrix.prod(axis=1) ** (1 / 3)
    assert result.weights == pytest.approx(means / means.sum())
    q = (a * c / b) ** (1 / 3)
    assert result.eigenvalue == pytest.approx(1 + q + 1 / q)
    assert result.ratio == pytest.approx((q + 1 / q - 2) / 2 / 0.58, abs=1e-12)


@given(st.lists(judgements, min_size=10, max_size=10), st.permutations(range(5)))
def test_weights_sum_to_1_and_follow_the_order_of_kpis(upper: list[float], order: list[int]) -> None:
    matrix = reciprocal(*upper)
    result, again = ahp(matrix), ahp(matrix[np.ix_(order, order)])
    assert result.weights.sum() == pytest.approx(1) and (result.weights > 0).all()
    assert again.weights == pytest.approx(result.weights[order])
    assert again.ratio == pytest.approx(result.ratio, abs=1e-9)


def test_consistent_judgements_give_their_weights_and_nothing_to_reconsider() -> None:
    result = ahp(consistent(0.5, 0.3, 0.15, 0.05))
    assert result.weights == pytest.approx([0.5, 0.3, 0.15, 0.05])
    assert result.eigenvalue == pytest.approx(4)
    assert result.ratio == pytest.approx(0, abs=1e-9) and result.index >= 0
    assert result.reconsider is None


@pytest.mark.parametrize(("kpis", "first", "second", "factor"), [(4, 1, 3, 5.0), (5, 0, 2, 1 / 4), (7, 5, 6, 3.0)])
def test_the_one_wrong_judgement_is_named_with_the_value_that_the_others_imply(
    kpis: int, first: int, second: int, factor: float
) -> None:
    matrix = consistent(*np.arange(kpis, 0, -1.0))
    right = matrix[first, second]
    matrix[first, second] *= factor
    matrix[second, first] /= factor
    result = ahp(matrix)
    assert result.reconsider is not None and result.ratio > 0.01
    assert (result.reconsider.first, result.reconsider.second) == (first, second)
    assert result.reconsider.given == pytest.approx(right * factor)
    assert result.reconsider.consistent == pytest.approx(right)
    assert result.reconsider.ratio == pytest.approx(0, abs=1e-9)


def test_of_three_kpis_the_first_of_the_equally_wrong_judgements_is_named() -> None:
    result = ahp(reciprocal(2, 2, 2))
    assert result.reconsider is not None
    assert (result.reconsider.first, result.reconsider.second) == (0, 1)
    assert result.reconsider.consistent == pytest.approx(1)


def test_one_and_two_kpis_are_always_consistent() -> None:
    one, two = ahp(np.ones((1, 1))), ahp(reciprocal(3))
    assert (one.weights.tolist(), one.ratio, one.index, one.reconsider) == ([1], 0, 0, None)
    assert two.weights == pytest.approx([0.75, 0.25])
    assert (two.ratio, two.reconsider) == (0, None)


def test_fifteen_kpis_have_a_random_index_and_sixteen_none() -> None:
    rng = np.random.default_rng(0)
    for kpis in (15, 16):
        result = ahp(reciprocal(*rng.choice([1 / 3, 1, 3], kpis * (kpis - 1) // 2)))
        assert np.isnan(result.ratio) == (kpis == 16)
        if kpis == 15:
            assert result.ratio == pytest.approx(result.index / 1.59)


def test_the_ratio_is_by_saatys_table() -> None:
    rng = np.random.default_rng(2)
    by_table = [0.58, 0.9, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59]
    for kpis, expected in enumerate(by_table, start=3):
        result = ahp(reciprocal(*rng.choice([1 / 5, 3], kpis * (kpis - 1) // 2)))
        assert result.index / result.ratio == pytest.approx(expected)


def test_random_indices_are_those_of_random_judgements() -> None:
    """Saaty's table comes of few simulations; his 0.58 for three KPIs is 0.52 in later ones, and left out here."""
    rng, scale = np.random.default_rng(1), np.concatenate([1 / np.arange(9.0, 1, -1), np.arange(1.0, 10)])
    for kpis in range(4, 9):
        indices = [ahp(reciprocal(*rng.choice(scale, kpis * (kpis - 1) // 2))).index for _ in range(500)]
        assert np.mean(indices) == pytest.approx(RANDOM_INDEX[kpis - 1], abs=0.07)


def test_judgements_of_several_people_are_combined_by_the_geometric_mean() -> None:
    both = np.stack([reciprocal(2, 4, 1), reciprocal(8, 1, 9)])
    assert combined_judgements(both) == pytest.approx(reciprocal(4, 2, 3))
    assert combined_judgements(both, np.array([2.0, 0.0])) == pytest.approx(both[0])
    assert combined_judgements(both, np.array([3.0, 1.0]))[0, 1] == pytest.approx(2**0.75 * 8**0.25)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.ones((2, 3)), r"comparisons must be KPIs × KPIs; got \(2, 3\)"),
        (np.ones((0, 0)), r"comparisons must be KPIs × KPIs; got \(0, 0\)"),
        (np.array([[1.0, -2.0], [-0.5, 1.0]]), "judgement 0, 1: expected a number above 0; got -2.0"),
        (np.array([[1.0, np.nan], [0.5, 1.0]]), "judgement 0, 1: expected a number above 0; got nan"),
        (np.array([[1.0, 2.0], [0.4, 1.0]]), "judgement 0, 1: expected 2.5, the reciprocal; got 2"),
        (np.array([[2.0, 2.0], [0.5, 1.0]]), "judgement 0, 0: expected 0.5, the reciprocal; got 2"),
    ],
)
def test_a_matrix_that_is_none_is_refused_with_the_place(matrix: Array, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ahp(matrix)


def test_the_person_with_a_wrong_matrix_is_named() -> None:
    with pytest.raises(ValueError, match="matrix 1, judgement 0, 1: expected 4, the reciprocal; got 3"):
        combined_judgements(np.array([[[1, 2], [0.5, 1]], [[1, 3], [0.25, 1]]]))
    with pytest.raises(ValueError, match="people × KPIs × KPIs"):
        combined_judgements(np.ones((2, 2)))
    for people in ([1.0], [0.0, 0.0], [1.0, -1.0]):
        with pytest.raises(ValueError, match="people must have 2 weights of 0 or more"):
            combined_judgements(np.ones((2, 2, 2)), np.array(people))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({(0, 1): 2.0}, "judgement 0, 2: expected a number above 0; got none"),
        ({(0, 1): 2.0, (1, 0): 0.5}, "judgement 1, 0: expected once; got twice"),
        ({(0, 0): 1.0}, "two of the KPIs 0 to 2; got 0, 0"),
        ({(0, 3): 1.0}, "two of the KPIs 0 to 2; got 0, 3"),
        ({(0, 1): 0.0}, "judgement 0, 1: expected a number above 0; got 0"),
    ],
)
def test_each_pair_is_judged_once(given: dict[tuple[int, int], float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        comparison_matrix(3, given)
