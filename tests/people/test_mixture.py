"""Two heaps on a line, against sklearn's mixture of two normal distributions of one width, and by hand."""

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from salesperf.people import mixture

Array = NDArray[np.float64]


def drawn(*heaps: tuple[float, int], seed: int = 0) -> Array:
    """One line with people around middles, so many at each."""
    draw = np.random.default_rng(seed)
    return np.concatenate([draw.normal(middle, 1, count) for middle, count in heaps])


def by_library(line: Array, share: float, steps: int) -> tuple[float, Array]:
    """The log likelihood ratio and the probabilities of the upper heap, after so many steps from the top share."""
    places = ((line - line.mean()) / line.std())[:, None]
    upper = places[:, 0] > np.quantile(places, 1 - share)
    middles = [places[~upper].mean(), places[upper].mean()]
    width = (places[~upper].var() * (~upper).sum() + places[upper].var() * upper.sum()) / len(line)
    model = GaussianMixture(
        2,
        covariance_type="tied",
        tol=0,
        reg_covar=0,
        max_iter=steps - 1,  # the start is the first
        weights_init=[1 - upper.mean(), upper.mean()],
        means_init=np.array(middles)[:, None],
        precisions_init=[[1 / width]],
    )
    with threadpool_limits(1), config_context(assume_finite=True), pytest.warns(ConvergenceWarning):
        model.fit(places)
    alone = GaussianMixture(1, reg_covar=0).fit(places)
    return len(line) * (model.score(places) - alone.score(places)), model.predict_proba(places)[:, 1]


LINES = {
    "two heaps": drawn((0, 60), (5, 20)),
    "two heaps of one size": drawn((0, 40), (3, 40), seed=1),
    "a few far above": drawn((0, 70), (4, 7), seed=2),
    "one heap, in which the fit never settles": drawn((0, 41), seed=3),
    "one heap of other places": drawn((0, 81), seed=5),
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_the_fit_is_that_of_a_mixture_after_120_steps_from_the_best_of_three_starts(line: Array) -> None:
    fits, chances = zip(*(by_library(line, share, 120) for share in (0.10, 0.25, 0.50)), strict=True)
    best = int(np.argmax(fits))
    fit, chance = mixture.two_groups_fit(line[None])
    assert fit == pytest.approx([fits[best]], abs=1e-8)
    assert chance[0] == pytest.approx(chances[best], abs=1e-6)


def test_two_spots_are_as_wide_as_a_thousandth_of_the_variance() -> None:
    # Each of 10 people is on the middle of a heap of half of the people: ln ½ − ½ ln 0.001 against −½ z², z = ±1.
    fit, chance = mixture.two_groups_fit(np.array([[3.0] * 5 + [7.0] * 5]))
    assert fit == pytest.approx([10 * (log(0.5) - log(0.001) / 2 + 1 / 2)])
    assert chance[0] == pytest.approx([0] * 5 + [1] * 5)


def test_people_on_one_spot_are_no_heaps() -> None:
    fit, chance = mixture.two_groups_fit(np.array([[4.0] * 12, [4.0 + 1e-10] * 6 + [4.0] * 6]))
    assert fit.tolist() == [0, 0]
    assert not chance.any()


def test_a_line_of_any_length_counts_from_a_billionth_on() -> None:
    line = np.array([0.0] * 5 + [1.0] * 5)
    (long, short, location), _ = mixture.two_groups_fit(np.stack([line, line * 2.2e-9, line * 1.8e-9]))
    assert short == pytest.approx(long, rel=1e-6)  # half a step is its spread
    assert location == 0


@settings(max_examples=12)
@given(st.integers(0, 1000), st.floats(-50, 50), st.floats(0.01, 100))
def test_where_a_line_begins_and_its_unit_change_nothing(seed: int, begin: float, unit: float) -> None:
    line = drawn((0, 25), (4, 10), seed=seed)
    fits, chances = mixture.two_groups_fit(np.stack([line, begin + unit * line]))
    assert fits[1] == pytest.approx(fits[0], abs=1e-6)
    assert chances[1] == pytest.approx(chances[0], abs=1e-5)


def test_lines_do_not_mind_each_other() -> None:
    lines = np.stack([drawn((0, 40), seed=1), drawn((0, 25), (6, 15), seed=2), np.full(40, 2.0)])
    fits, chances = mixture.two_groups_fit(lines)
    for row, line in enumerate(lines):
        fit, chance = mixture.two_groups_fit(line[None])
        assert fits[row] == pytest.approx(fit[0])
        assert chances[row] == pytest.approx(chance[0])


def test_the_fit_starts_with_a_tenth_a_quarter_and_a_half_of_the_people(monkeypatch: pytest.MonkeyPatch) -> None:
    shares: list[float] = []
    fitted = mixture._fitted
    monkeypatch.setattr(mixture, "_fitted", lambda places, share: shares.append(share) or fitted(places, share))
    mixture.two_groups_fit(LINES["two heaps"][None])
    assert shares == [0.10, 0.25, 0.50]
