"""Kendall's W, by hand, against SciPy's Friedman test and as properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.stats import friedmanchisquare

from salesperf.weighting.agreement import concordance

whole = st.integers(0, 6).map(float)


def test_by_hand() -> None:
    # Ranks 1 2 3, 1 3 2, 2 1 3: sums 4, 6, 8; W = (12 × 116 − 3 × 9 × 3 × 16) ÷ (9 × 3 × 8) = 96 ÷ 216.
    assert concordance(np.array([[3.0, 2, 1], [3, 1, 2], [2, 3, 1]])) == pytest.approx(96 / 216)


def test_two_opposite_orders_do_not_agree_and_an_order_agrees_with_itself() -> None:
    assert concordance(np.array([[1.0, 2, 3], [3, 2, 1]])) == 0
    assert concordance(np.array([[1.0, 2, 2], [10, 20, 20]])) == pytest.approx(1)


@given(arrays(np.float64, st.tuples(st.integers(3, 5), st.integers(3, 8)), elements=whole))
def test_with_ties_it_is_friedmans_statistic_as_a_share_of_the_largest(scores: NDArray[np.float64]) -> None:
    orders, people = scores.shape
    found = concordance(scores)
    if (np.ptp(scores, axis=1) == 0).all():
        assert np.isnan(found)
    else:
        statistic = friedmanchisquare(*scores.T).statistic
        assert found == pytest.approx(statistic / (orders * (people - 1)))


def test_one_person_and_wrong_shapes() -> None:
    assert np.isnan(concordance(np.array([[1.0], [2.0]])))
    for scores in (np.array([1.0, 2.0]), np.empty((0, 3)), np.array([[np.nan, 1.0]])):
        with pytest.raises(ValueError, match="orders × people and finite"):
            concordance(scores)
