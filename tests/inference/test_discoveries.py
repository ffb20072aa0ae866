"""Discoveries among many p-values, against the published example and scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, norm

from salesperf.inference.discoveries import adjusted, discoveries, two_sided_p_values

P_VALUES = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528]
P_VALUES += [0.7590, 1.0]
PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


def test_of_benjamini_and_hochbergs_fifteen_exactly_the_first_four_are_discoveries() -> None:
    assert discoveries(P_VALUES).tolist() == [True] * 4 + [False] * 11


@given(PROBABILITIES)
@settings(max_examples=40)
def test_adjusted_p_values_are_those_of_scipy(p_values: list[float]) -> None:
    assert adjusted(p_values) == pytest.approx(false_discovery_control(p_values))


@given(PROBABILITIES, st.sampled_from([0.01, 0.05, 0.2]), st.integers(0, 10_000))
@settings(max_examples=40)
def test_the_order_of_the_family_changes_nothing(p_values: list[float], rate: float, seed: int) -> None:
    family, order = np.array(p_values), np.random.default_rng(seed).permutation(len(p_values))
    assert discoveries(family[order], rate).tolist() == discoveries(family, rate)[order].tolist()
    assert adjusted(family[order]).tolist() == adjusted(family)[order].tolist()


def test_a_larger_p_value_that_passes_takes_the_smaller_ones_with_it() -> None:
    # Of three, 0.04 passes 3/3 · 0.05, so 0.035 does too, though it fails 2/3 · 0.05, and so does 0.03 at 1/3 · 0.05.
    assert discoveries([0.03, 0.035, 0.04]).tolist() == [True, True, True]


def test_a_p_value_that_is_missing_is_no_discovery_and_makes_the_family_no_larger() -> None:
    # 0.02 passes 1/2 · 0.05, but would not pass 1/3 · 0.05.
    assert discoveries([0.02, np.nan, 0.9]).tolist() == [True, False, False]
    assert adjusted([0.02, np.nan, 0.9]) == pytest.approx([0.04, np.nan, 0.9], nan_ok=True)


@pytest.mark.parametrize("size", range(1, 60))
def test_a_p_value_at_the_limit_itself_is_a_discovery(size: int) -> None:
    for place in range(1, size + 1):
        family = [place * 0.05 / size] * place + [1.0] * (size - place)
        assert discoveries(family).sum() == place


def test_without_p_values_there_are_no_discoveries() -> None:
    assert discoveries([]).tolist() == []
    assert discoveries([np.nan]).tolist() == [False]
    assert adjusted([]).tolist() == []


def test_a_table_is_one_family() -> None:
    assert discoveries([[0.02, 0.9], [0.9, 0.9]]).tolist() == [[False, False], [False, False]]
    assert discoveries([[0.01, 0.9], [0.9, 0.9]]).tolist() == [[True, False], [False, False]]


@pytest.mark.parametrize("p_values", [[-0.1, 0.5], [1.1]])
def test_what_is_no_probability_is_refused(p_values: list[float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        discoveries(p_values)


@pytest.mark.parametrize("rate", [0, 1, 5, np.nan])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate must"):
        discoveries([0.5], rate)


def test_p_values_of_z_scores_count_both_sides() -> None:
    z = np.array([-30.0, -1.5, 0, 0.3, 2, np.nan])
    assert two_sided_p_values(z) == pytest.approx(2 * norm.sf(np.abs(z)), nan_ok=True)
