"""Whether people are all of one kind."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm, rankdata
from sklearn.mixture import GaussianMixture

from salesperf.inference import one_kind
from salesperf.inference.mixtures import Mixture
from salesperf.inference.one_kind import chance_of_one_kind, companies_of_one_kind, separation

Array = NDArray[np.float64]


def people(upper: int, shift: float, *, count: int = 60, features: int = 5, seed: int = 0) -> Array:
    """People of whom the last ones are higher in all features but one."""
    rows = np.random.default_rng(seed).normal(size=(count, features))
    rows[count - upper :, 1:] += shift
    return rows


def test_an_upper_group_that_stands_apart_is_not_of_one_kind() -> None:
    assert chance_of_one_kind(people(8, 3.0)) == 0.01


def test_people_of_one_kind_are_seldom_called_two() -> None:
    chances = [chance_of_one_kind(people(0, 0.0, count=40, seed=seed), companies=19) for seed in range(12)]
    assert sum(chance <= 0.05 for chance in chances) <= 3  # at a level of 5 %, four or more would come once in 450
    assert np.mean(chances) > 0.3


def test_skewed_and_correlated_features_are_not_taken_for_groups() -> None:
    rng = np.random.default_rng(5)
    skewed = [np.exp(rng.normal(size=(60, 4)) / 2 + rng.normal(size=(60, 1)) / 2) for _ in range(8)]
    assert sum(chance_of_one_kind(rows, companies=19) <= 0.05 for rows in skewed) <= 2


def test_a_lower_group_that_stands_apart_is_no_upper_group() -> None:
    assert chance_of_one_kind(-people(8, 3.0)) > 0.05
    assert separation(np.array([-people(8, 3.0), people(52, 3.0)])).tolist() == [0, 0]
    assert separation(people(30, 6.0)[None])[0] > 20


def test_the_order_of_people_and_the_global_random_state_change_nothing() -> None:
    rows = people(6, 1.0)
    chance = chance_of_one_kind(rows, companies=29)
    np.random.seed(3)
    assert chance_of_one_kind(rows[::-1], companies=29) == chance
    assert 0.04 < chance < 1


def test_chance_is_asked_about_people_in_the_order_of_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Array] = []
    monkeypatch.setattr(one_kind, "separation", lambda stack: asked.append(stack) or np.zeros(len(stack)))
    rows = people(6, 1.0)
    for mixed in (rows, rows[::-1]):
        chance_of_one_kind(mixed)
    assert (asked[0] == asked[1]).all()
    assert sorted(asked[0][0].tolist()) == sorted(rows.tolist())
    assert len(asked[0]) == 100


def test_the_chance_counts_the_company_among_those_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_kind, "separation", lambda stack: np.array([5.0] + [5.0] * 3 + [4.9] * 6))
    assert chance_of_one_kind(people(0, 0.0), companies=9) == pytest.approx((1 + 3) / 10)


def test_the_seed_draws_other_companies() -> None:
    drawn = [companies_of_one_kind(people(0, 0.0), 2, seed=seed) for seed in (1, 1, 2)]
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] != drawn[2]).any()


@pytest.mark.parametrize("shape", [(19, 3), (0, 3), (30, 0)])
def test_too_few_people_or_features_have_no_chance(shape: tuple[int, int]) -> None:
    assert np.isnan(chance_of_one_kind(np.zeros(shape)))


def test_equal_people_are_of_one_kind() -> None:
    assert chance_of_one_kind(np.full((20, 3), 0.1)) == 1
    assert chance_of_one_kind(np.column_stack([people(0, 0.0)[:, 0] * 0, people(8, 4.0)])) == 0.01


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_missing_and_infinite_values_are_refused(value: float) -> None:
    rows = people(0, 0.0)
    rows[3, 1] = value
    with pytest.raises(ValueError, match="finite"):
        chance_of_one_kind(rows)


def test_separation_is_the_likelihood_ratio_on_the_line_between_the_groups() -> None:
    rows = people(15, 6.0, seed=2)
    between = rows[45:].mean(axis=0) - rows[:45].mean(axis=0)
    line = (rows @ between)[:, None]
    two = GaussianMixture(2, covariance_type="tied", reg_covar=0, n_init=5, tol=1e-9, random_state=0).fit(line)
    one = GaussianMixture(1, covariance_type="tied", reg_covar=0).fit(line)
    assert separation(rows[None])[0] == pytest.approx(60 * (two.score(line) - one.score(line)), rel=1e-3)


def test_separation_is_of_each_company_alone_and_does_not_depend_on_the_scale() -> None:
    stack = np.array([people(8, 3.0), people(8, 1.0, seed=1), people(0, 0.0, seed=2)])
    assert separation(stack) == pytest.approx(np.concatenate([separation(rows[None]) for rows in stack]))
    assert separation(1000 + 7 * stack) == pytest.approx(separation(stack), rel=1e-6)


def test_the_upper_group_is_the_one_with_the_higher_mean_of_all_features() -> None:
    chance = np.array([[[0.9, 0.2], [0.1, 0.8]], [[0.6, 0.3], [0.4, 0.7]]])
    means = np.array([[[3.0, 0.0], [1.0, 1.0]], [[0.0, 0.0], [-1.0, 2.0]]])
    fit = one_kind._upper_last(Mixture(chance, means, np.array([1.0, 2.0])))
    assert fit.chance.tolist() == [[[0.1, 0.8], [0.9, 0.2]], [[0.6, 0.3], [0.4, 0.7]]]
    assert fit.means[0].tolist() == [[1, 1], [3, 0]]
    assert fit.gain.tolist() == [1, 2]


def test_of_several_starts_the_likeliest_fit_with_an_upper_group_of_half_or_less_counts() -> None:
    def fit(upper: float, gain: float) -> Mixture:
        return Mixture(np.array([[[1 - upper] * 4, [upper] * 4]]), np.array([[[0.0], [upper]]]), np.array([gain]))

    best = one_kind._best(iter([fit(0.2, 1.0), fit(0.5, 3.0), fit(0.6, 9.0), fit(0.1, 2.0)]))
    assert (best.gain.tolist(), best.means.tolist()) == ([3], [[[0], [0.5]]])
    assert one_kind._best(iter([fit(0.6, 9.0), fit(0.7, 8.0)])).gain.tolist() == [0]


def test_simulated_companies_have_the_same_values_in_each_feature() -> None:
    rows = np.exp(people(5, 1.0, count=30))
    for drawn in companies_of_one_kind(rows, 4):
        assert (np.sort(drawn, axis=0) == np.sort(rows, axis=0)).all()
        assert (drawn != rows).any(axis=0).all()


def test_simulated_companies_have_the_same_correlations() -> None:
    rng = np.random.default_rng(3)
    rows = np.exp(rng.normal(size=(300, 3)) @ np.array([[1.0, 0.9, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 1.0]]))
    scores = np.apply_along_axis(lambda column: norm.ppf((rankdata(column) - 0.5) / 300), 0, rows)
    drawn = companies_of_one_kind(rows, 30)
    places = drawn.argsort(axis=1).argsort(axis=1)
    together = np.mean([np.corrcoef(norm.ppf((place + 0.5) / 300).T) for place in places], axis=0)
    assert together == pytest.approx(np.corrcoef(scores.T), abs=0.04)
    assert together[0, 1] > 0.8


def test_sampling_error_is_taken_out_of_the_correlations() -> None:
    scores = np.column_stack([np.tile([1.0, -1], 8), np.repeat([1.0, -1], 8), np.tile([1.0, 1, 1, -1] * 2, 2)])
    observed = np.corrcoef(scores.T)
    off = observed[np.triu_indices(3, 1)]
    kept = 1 - ((1 - off**2) ** 2).sum() / 16 / (off**2).sum()
    assert 0 < kept < 1
    assert one_kind._correlations(scores) == pytest.approx(np.where(np.eye(3) == 1, 1, kept * observed))
    assert one_kind._correlations(scores[:, :2]) == pytest.approx(np.eye(2))


def test_tied_values_have_the_normal_score_of_their_mean_rank() -> None:
    rows = np.array([[5.0, 1], [2, 1], [5, 0], [9, 1]])
    expected = norm.ppf((np.column_stack([rankdata(column) for column in rows.T]) - 0.5) / 4)
    assert one_kind._normal_scores(rows) == pytest.approx(expected)
