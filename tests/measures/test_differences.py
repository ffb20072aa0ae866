"""How far values are from references, and how often chance goes as far."""

from math import isnan, sqrt

import numpy as np
import pytest
from scipy.stats import binom, norm, t

from salesperf.measures.differences import UpsAndDowns, from_average, from_median, standard_error, ups_and_downs
from salesperf.measures.kpis import KPIS

NAN = float("nan")
UNKNOWN = UpsAndDowns(NAN, 0)
REVENUE, SATISFACTION, CUSTOMERS, CYCLE = (
    KPIS[name] for name in ("revenue", "satisfaction", "new_customers", "cycle_days")
)


def test_the_ups_and_downs_are_everybodys_together() -> None:
    # 90, 110 around 100 and 45, 55 around 50: each -0.1 and 0.1; 0.04 over 1 + 1 + 0 degrees of freedom, too few.
    few = ups_and_downs(np.array([[90, 110, NAN], [45, 55, NAN], [7, NAN, NAN]]))
    assert isnan(few.share) and few.freedom == 2
    # With a third value at the mean each: 0.04 over 2 + 2.
    enough = ups_and_downs(np.array([[90.0, 110, 100], [45, 55, 50]]))
    assert (enough.share, enough.freedom) == (pytest.approx(0.1), 4)


def test_whose_mean_is_not_above_0_has_no_ups_and_downs() -> None:
    usual = ups_and_downs(np.array([[-1.0, 1, 0, 0], [10, 10, 10, 14]]))
    assert usual.freedom == 3
    assert usual.share == pytest.approx(sqrt((3 * (1 / 11) ** 2 + (3 / 11) ** 2) / 3))


def test_customers_have_at_least_the_error_of_a_poisson_count() -> None:
    assert standard_error(CUSTOMERS, 9, NAN, UNKNOWN) == 3
    assert standard_error(CUSTOMERS, 9, NAN, UpsAndDowns(0.5, 9)) == 4.5
    assert isnan(standard_error(REVENUE, 9, NAN, UNKNOWN))


def test_a_rate_is_held_against_the_binomial_distribution() -> None:
    # Around 0.75 of 20 answers the share is (15 + 1) ÷ 22.
    low = from_median(SATISFACTION, 0.4, 0.75, 20, UNKNOWN)
    assert low.p_value == pytest.approx(2 * binom.cdf(8, 20, 16 / 22))
    assert low.distance == pytest.approx((0.4 - 0.75) / sqrt(16 / 22 * 6 / 22 / 20))
    high = from_median(SATISFACTION, 1.0, 0.75, 20, UNKNOWN)
    assert high.p_value == pytest.approx(2 * binom.sf(19, 20, 16 / 22))
    assert from_median(SATISFACTION, 0.75, 0.75, 20, UNKNOWN).p_value == 1
    assert from_median(SATISFACTION, 0.0, 0.75, 2, UNKNOWN).p_value == pytest.approx(2 * (1 - 2.5 / 4) ** 2)


def test_a_count_of_customers_is_held_against_a_poisson_count_by_its_square_root() -> None:
    found = from_median(CUSTOMERS, 2, 9, NAN, UNKNOWN)
    z = 2 * (sqrt(2.375) - sqrt(9.375))
    assert found.p_value == pytest.approx(2 * norm.sf(abs(z)))
    wider = from_median(CUSTOMERS, 2, 9, NAN, UpsAndDowns(2 / 3, 9))  # twice the error of a Poisson count
    assert wider.p_value == pytest.approx(2 * norm.sf(abs(z) / 2))
    assert found.distance == pytest.approx(-7 / 3) and wider.error == 6


def test_an_amount_is_held_against_the_usual_ups_and_downs_by_its_cube_root() -> None:
    found = from_median(REVENUE, 50.0, 100.0, NAN, UpsAndDowns(0.3, 20))
    assert found.p_value == pytest.approx(2 * t.sf(3 * (1 - 0.5 ** (1 / 3)) / 0.3, 20))
    assert (found.distance, found.error) == (pytest.approx(-0.5 / 0.3), 30)


def test_an_average_errs_too_and_lies_above_the_middle_of_skewed_values() -> None:
    past = np.array([90.0, 110, 100])
    found = from_average(REVENUE, 160.0, past, NAN, UpsAndDowns(0.3, 20))
    error = 0.3 * sqrt(4 / 3)
    assert found.error == pytest.approx(100 * error)
    assert found.p_value == pytest.approx(2 * t.sf(3 * (1.6 ** (1 / 3) - 1 + error**2 / 9) / error, 20))


def test_where_lower_is_better_more_is_worse() -> None:
    assert from_median(CYCLE, 80.0, 50.0, NAN, UpsAndDowns(0.3, 20)).distance == pytest.approx(-2)


def test_around_nothing_and_less_an_amount_is_held_as_it_is() -> None:
    found = from_median(REVENUE, 5.0, -10.0, NAN, UpsAndDowns(0.5, 20))
    assert found.p_value == pytest.approx(2 * t.sf(3, 20))


@pytest.mark.parametrize(
    ("value", "reference", "usual"),
    [(NAN, 1.0, UpsAndDowns(0.3, 9)), (1.0, NAN, UpsAndDowns(0.3, 9)), (1.0, 1.0, UNKNOWN), (1.0, 0.0, UNKNOWN)],
)
def test_without_a_value_a_reference_or_an_error_there_is_no_difference(
    value: float, reference: float, usual: UpsAndDowns
) -> None:
    found = from_median(REVENUE, value, reference, NAN, usual)
    assert isnan(found.distance) and isnan(found.error) and isnan(found.p_value)
    assert isnan(from_average(REVENUE, 1.0, np.empty(0), NAN, usual).p_value)
