"""What estimates are made of, checked."""

import numpy as np
import pytest

from salesperf.inference.measurements import checked_counts, checked_errors, raw_rates


def test_counts_are_both_missing_where_either_is() -> None:
    for counts in checked_counts([1, np.nan, 2], [np.nan, 5, 3]):
        assert np.isnan(counts).tolist() == [True, True, False]


def test_values_and_errors_are_both_missing_where_either_is_and_an_error_may_be_infinite() -> None:
    values, errors = checked_errors([1, np.nan, 2, 3], [np.nan, 5, 3, np.inf])
    assert np.isnan(values).tolist() == np.isnan(errors).tolist() == [True, True, False, False]
    assert errors[3] == np.inf


def test_numbers_fit_arrays_and_what_is_given_is_not_changed() -> None:
    given = np.array([1.0, np.nan])
    won, cases = checked_counts(given, 4)
    assert won.shape == cases.shape == (2,) and np.isnan(cases[1])
    won[0] = 3
    assert given[0] == 1


def test_a_rate_of_no_cases_is_not_available() -> None:
    assert raw_rates(*checked_counts([0, 1, np.nan], [0, 4, 2])) == pytest.approx([np.nan, 0.25, np.nan], nan_ok=True)


@pytest.mark.parametrize("counts", [([-1], [4]), ([1], [-4]), ([5], [4]), ([1], [np.inf]), ([1, 2], [3, 4, 5])])
def test_counts_that_are_none_are_refused(counts: tuple[list[float], list[float]]) -> None:
    with pytest.raises(ValueError, match=r"finite counts|broadcast"):
        checked_counts(*counts)


@pytest.mark.parametrize("values", [([1], [-1]), ([np.inf], [1]), ([1, 2], [3, 4, 5])])
def test_values_and_errors_that_are_none_are_refused(values: tuple[list[float], list[float]]) -> None:
    with pytest.raises(ValueError, match=r"values must|broadcast"):
        checked_errors(*values)
