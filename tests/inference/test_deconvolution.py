"""The distribution behind estimates, against the published example of drrank, scipy's splines, and known truths."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.interpolate import BSpline
from scipy.optimize import minimize

from salesperf.inference import deconvolution
from salesperf.inference.deconvolution import deconvolved_prior, posterior_intervals, posterior_masses

Array = NDArray[np.float64]
NAMES = Path(__file__).parents[3] / "shared" / "oracles" / "report_card_names.csv"


def summary(estimates: Array, errors: Array, points: int = 1000) -> tuple[Array, Array, Array]:
    """The posterior means and the ends of the intervals under the distribution behind the estimates."""
    grid, prior = deconvolved_prior(estimates, errors, points=points)
    return posterior_intervals(grid, posterior_masses(grid, prior, estimates, errors))


@pytest.fixture(scope="module")
def names() -> tuple[Array, Array]:
    if not NAMES.exists():
        pytest.skip("the estimates of first names are not there")
    table = pd.read_csv(NAMES)
    assert table["first_name"].head(5).tolist() == ["Adam", "Aisha", "Allison", "Amanda", "Amy"]
    return table["estimate"].to_numpy(), table["standard_error"].to_numpy()


def test_posteriors_of_first_names_are_the_published_ones(names: tuple[Array, Array]) -> None:
    """To the last digit but one for the means; the ends of intervals to one of the 5,000 points."""
    means, lower, upper = summary(*names, points=5000)
    assert means[:5] == pytest.approx([0.522524, 0.515032, 0.52051, 0.521265, 0.521993], abs=1.5e-6)
    assert lower[:3] == pytest.approx([0.50771, 0.493166, 0.497425], abs=1.7e-5)
    assert upper[:3] == pytest.approx([0.532169, 0.529646, 0.531542], abs=1e-6)


def test_fewer_points_give_nearly_the_same_posteriors(names: tuple[Array, Array]) -> None:
    fine, coarse = summary(*names, points=5000), summary(*names, points=500)
    step = np.ptp(names[0]) / 499
    assert np.abs(fine[0] - coarse[0]).max() < 0.02 * step
    assert np.abs(np.array(fine[1:]) - coarse[1:]).max() < 1.5 * step


def test_splines_are_those_of_scipy() -> None:
    knots = np.r_[[0.0] * 3, np.linspace(0, 1, 6), [1.0] * 3]
    at = np.linspace(0, 1, 101)
    splines = [BSpline(knots, one, 3) for one in np.eye(8)]
    ours = deconvolution._b_splines(at, knots, 3, 0)
    assert ours == pytest.approx(np.column_stack([spline(at) for spline in splines]), abs=1e-12)
    bends = deconvolution._b_splines(np.array([0.0, 1.0]), knots, 3, 2)
    assert bends == pytest.approx(np.array([spline.derivative(2)([0.0, 1.0]) for spline in splines]).T, abs=1e-9)


def test_functions_of_the_density_are_straight_at_both_ends() -> None:
    functions = deconvolution._spline(4001)
    bends = np.diff(functions, 2, axis=0) * 4000**2
    assert np.abs(bends[[0, -1]]).max() < 0.01 * np.abs(bends).max()
    assert functions.mean(axis=0) == pytest.approx(np.zeros(5), abs=1e-12)
    assert (functions**2).mean(axis=0) == pytest.approx(np.ones(5))


@pytest.mark.parametrize("penalty", [0.01, 1.0, 5.0])
def test_fit_is_the_maximum_that_scipy_finds(penalty: float) -> None:
    draw = np.random.default_rng(0)
    value = np.sort(draw.normal(0, 1.5, 60))
    grid = np.linspace(value[0], value[-1], 300)
    likelihood, spline = deconvolution._likelihood(grid, value, np.ones(60)), deconvolution._spline(300)
    ours = deconvolution._fit(likelihood, spline, np.full(5, 0.01), penalty)
    heights = [deconvolution._height(likelihood, spline, ours, penalty)]
    for start in (0.1, 1.0):
        found = minimize(lambda at: -deconvolution._height(likelihood, spline, at, penalty), np.full(5, start))
        heights.append(-found.fun)
    assert heights[0] >= max(heights[1:]) - 1e-6


def test_spread_is_that_of_the_true_values() -> None:
    draw = np.random.default_rng(1)
    true = draw.normal(5, 2, 600)
    errors = draw.uniform(0.5, 2, 600)
    grid, prior = deconvolved_prior(true + errors * draw.standard_normal(600), errors)
    mean = prior @ grid
    assert mean == pytest.approx(5, abs=0.2)
    assert np.sqrt(prior @ grid**2 - mean**2) == pytest.approx(2, abs=0.15)


def test_spread_of_few_is_that_of_a_sample() -> None:
    """The sum of squares, 18.5, is divided by the number less one: √(3.7 − 1) rather than √(3.08 − 1)."""
    grid, prior = deconvolved_prior(np.array([-3.0, -0.5, 0.0, 0.0, 0.5, 3.0]), np.ones(6))
    spread = np.sqrt(prior @ grid**2 - (prior @ grid) ** 2)
    assert spread == pytest.approx(np.sqrt(2.7), rel=0.03)


def test_two_heaps_are_found_behind_one() -> None:
    draw = np.random.default_rng(2)
    true = np.where(np.arange(400) % 2 == 0, -1.5, 1.5)
    grid, prior = deconvolved_prior(true + draw.standard_normal(400), np.ones(400))
    middle = prior[np.abs(grid) < 0.25].mean()
    assert middle < 0.6 * prior[np.abs(grid + 1.5) < 0.25].mean()
    assert middle < 0.6 * prior[np.abs(grid - 1.5) < 0.25].mean()


@pytest.mark.parametrize(("people", "companies", "least", "most"), [(40, 40, 0.80, 0.92), (400, 6, 0.925, 0.96)])
def test_intervals_hold_the_true_values_as_often_as_documented(
    people: int, companies: int, least: float, most: float
) -> None:
    """Of many nearly as often as they say, of few less often."""
    draw, held = np.random.default_rng(3), []
    for _ in range(companies):
        true, errors = draw.normal(0, 1, people), draw.uniform(0.4, 1.2, people)
        _, lower, upper = summary(true + errors * draw.standard_normal(people), errors, points=200)
        held.append(((lower <= true) & (true <= upper)).mean())
    assert least < np.mean(held) < most


def test_what_is_known_exactly_stays_where_it_is() -> None:
    values = np.array([1.0, 2.0, 4.0, 3.0])
    means, lower, upper = summary(values, np.array([0.0, 0.0, 0.0, 0.8]))
    step = 3.0 / 999
    assert np.abs(means[:3] - values[:3]).max() < step and np.abs(upper - lower)[:3].max() < 4.5 * step
    assert upper[3] - lower[3] > 0.5


def test_an_estimate_outside_the_grid_has_a_posterior_too() -> None:
    grid, prior = deconvolved_prior(np.array([0.0, 1.0, 2.0, 3.0]), np.full(4, 0.5))
    masses = posterior_masses(grid, prior, np.array([500.0, -500.0]), np.array([0.5, 0.5]))
    assert masses.sum(axis=1) == pytest.approx([1, 1]) and (masses @ grid).round(1).tolist() == [3.0, 0.0]


def test_noise_alone_leaves_the_narrowest_distribution() -> None:
    """It is not a point, but much narrower than the estimates."""
    estimates = np.random.default_rng(4).standard_normal(200)
    grid, prior = deconvolved_prior(estimates, np.ones(200) * 1.2)
    assert np.sqrt(prior @ grid**2 - (prior @ grid) ** 2) < 0.5 * estimates.std()


def test_equal_estimates_are_one_point() -> None:
    grid, prior = deconvolved_prior(np.full(3, 7.0), np.ones(3))
    assert (grid.tolist(), prior.tolist()) == ([7.0], [1.0])
    for ends in summary(np.full(3, 7.0), np.ones(3)):
        assert ends.tolist() == [7.0] * 3


@pytest.mark.parametrize("estimates", [[], [np.nan, np.nan]])
def test_without_estimates_there_is_no_posterior(estimates: list[float]) -> None:
    for ends in summary(np.array(estimates, dtype=np.float64), np.ones(len(estimates))):
        assert len(ends) == len(estimates) and np.isnan(ends).all()


def test_who_has_no_estimate_or_error_is_left_out() -> None:
    estimates, errors = np.array([1.0, np.nan, 3.0, 9.0, 2.0]), np.array([0.5, 0.5, 0.5, np.nan, 0.5])
    known = np.array([0, 2, 4])
    alone = summary(estimates[known], errors[known])
    for ends, others in zip(summary(estimates, errors), alone, strict=True):
        assert ends[known] == pytest.approx(others, abs=1e-9) and np.isnan(ends[[1, 3]]).all()


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-20, 20), st.integers(1, 8)), min_size=2, max_size=12),
    st.randoms(use_true_random=False),
    st.sampled_from([1e-3, 1e6]),
)
def test_neither_the_order_of_rows_nor_the_unit_changes_a_posterior(
    rows: list[tuple[int, int]], mix: object, unit: float
) -> None:
    estimates, errors = np.array(rows, dtype=np.float64).T
    shuffled = np.array(mix.sample(range(len(rows)), len(rows)))  # type: ignore[attr-defined]
    straight = np.array(summary(estimates, errors, 200))
    mixed = np.array(summary(unit * estimates[shuffled], unit * errors[shuffled], 200)) / unit
    step = np.ptp(estimates) / 199
    assert np.abs(straight[0][shuffled] - mixed[0]).max() <= 0.01 * step + 1e-9
    assert np.abs(straight[1:, shuffled] - mixed[1:]).max() <= 1.01 * step + 1e-9
    assert (straight[1] <= straight[2]).all()


@pytest.mark.parametrize(
    ("estimates", "errors", "points"), [(2, [1.0], 100), (2, [1.0, -1.0], 100), (2, [1.0, 1.0], 9)]
)
def test_wrong_arguments_are_refused(estimates: int, errors: list[float], points: int) -> None:
    with pytest.raises(ValueError, match="of one length, errors 0 or more, and points 10 or more"):
        deconvolved_prior(np.arange(float(estimates)), np.array(errors), points=points)


def test_a_level_outside_0_to_1_is_refused() -> None:
    with pytest.raises(ValueError, match=r"level must lie between 0 and 1; got 95"):
        posterior_intervals(np.arange(3.0), np.full((1, 3), 1 / 3), level=95)
