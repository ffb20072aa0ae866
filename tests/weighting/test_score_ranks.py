"""Ranks of scores: equal scores share the better rank, whatever rounding did to them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.weighting.score_ranks import in_order, ranks, ranks_of_counts, unit


@given(st.lists(st.lists(st.integers(-5, 5), min_size=4, max_size=4), min_size=1, max_size=5))
def test_a_rank_is_one_more_than_the_number_of_higher_scores(rows: list[list[int]]) -> None:
    expected = [[1 + sum(other > score for other in row) for score in row] for row in rows]
    assert ranks(np.array(rows, float)).tolist() == expected
    assert ranks(np.array(rows[0], float)).tolist() == expected[0]


def test_scores_that_are_equal_on_paper_share_a_rank() -> None:
    scores = np.array([0.1 + 0.2, 0.3, 0.3 - 1e-9])
    assert scores[0] != scores[1]
    assert ranks(scores).tolist() == [1, 1, 3]
    assert ranks(scores * 1e6).tolist() == [1, 1, 3]


@pytest.mark.parametrize("people", [1, 2, 3, 4, 5, 1024, 1025])
def test_everybody_is_in_one_place_however_many_there_are(people: int) -> None:
    scores = np.random.default_rng(people).normal(size=(3, people))
    order, place = in_order(scores, unit(10.0))
    assert (np.sort(order, axis=1) == np.arange(people)).all()
    assert (order == np.argsort(-scores, axis=1)).all()
    assert place.tolist() == [list(range(people))]


def test_scores_that_are_all_0_or_the_largest_there_can_be_are_ranked() -> None:
    assert ranks(np.zeros(3)).tolist() == [1, 1, 1]
    assert ranks(np.array([-120.0, 120.0, 119.9999999])).tolist() == [3, 1, 2]


def test_scores_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="scores must be finite"):
        ranks(np.array([1.0, np.nan]))


@given(st.lists(st.lists(st.integers(-5, 5) | st.integers(-(10**9), 10**9), min_size=4, max_size=4), min_size=1))
def test_ranks_by_counting_are_those_by_sorting(rows: list[list[int]]) -> None:
    assert (ranks_of_counts(np.array(rows)) == [ranks(np.array(row, float)) for row in rows]).all()


def test_nobody_has_no_rank() -> None:
    assert ranks_of_counts(np.empty((3, 0), dtype=np.int64)).shape == (3, 0)
