"""Learned weights, against scikit-learn, in simulations whose truth is known, and as properties."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import nnls
from sklearn.linear_model import Ridge

from salesperf.weighting import learned as room
from salesperf.weighting.learned import FOLDS, LEAST, LearnedWeights, learned_weights

Array = NDArray[np.float64]


def company(people: int, truth: list[float], noise: float, seed: int = 0) -> tuple[Array, Array]:
    """Points that go together a little, and outcomes that follow from them by true weights."""
    rng = np.random.default_rng(seed)
    points = 80 + 20 * rng.normal(size=(people, len(truth))) + 8 * rng.normal(size=(people, 1))
    return points, points @ np.array(truth) * 1000 + rng.normal(0, noise * 1000, people)


def same(one: LearnedWeights, other: LearnedWeights) -> None:
    for field in ("weights", "lower", "upper", "explained", "penalty", "nothing", "people"):
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field), err_msg=field)


def test_weights_that_decide_the_outcome_are_found() -> None:
    found = learned_weights(*company(2000, [0.5, 0.3, 0.2, 0.0], noise=5), draws=200)
    assert found.weights == pytest.approx([0.5, 0.3, 0.2, 0.0], abs=0.02)
    assert (found.lower <= found.weights).all() and (found.weights <= found.upper).all()
    assert (found.upper - found.lower < 0.06).all()
    assert found.explained > 0.85 and found.nothing == 0 and found.people == 2000
    assert found.weights.sum() == pytest.approx(1)


def test_where_nothing_predicts_no_variance_is_explained() -> None:
    explained, widths = [], []
    for seed in range(20):
        found = learned_weights(*company(60, [0.0] * 4, noise=5, seed=seed), draws=50)
        explained.append(found.explained)
        widths.append(np.nanmax(found.upper - found.lower))
    assert np.mean(explained) < 0.01 and np.max(explained) < 0.2
    assert np.median(widths) > 0.6


def test_the_interval_holds_a_true_weight_about_as_often_as_it_says() -> None:
    """Ridge and bounds bias a little; 40 simulations of 3 weights tell it to 3 %."""
    held = []
    for seed in range(40):
        found = learned_weights(*company(200, [0.5, 0.3, 0.2], noise=15, seed=seed), draws=150, level=0.9)
        held.append((found.lower <= [0.5, 0.3, 0.2]) & (found.upper >= [0.5, 0.3, 0.2]))
    assert 0.82 <= np.mean(held) <= 0.97


def test_a_kpi_that_predicts_worse_results_has_no_weight() -> None:
    points, outcomes = company(300, [0.6, 0.4, -0.5], noise=5)
    assert learned_weights(points, outcomes, draws=20).weights[2] == 0


def test_where_only_worse_results_are_predicted_there_are_no_weights() -> None:
    points, outcomes = company(100, [-0.6, -0.4], noise=1)
    found = learned_weights(points, outcomes, draws=20)
    assert np.isnan(found.weights).all() and np.isnan(found.lower).all()
    assert found.nothing == 1
    assert found.explained == pytest.approx(0, abs=1e-9)


def test_coefficients_are_those_of_scikit_learn_and_of_the_augmented_system() -> None:
    points, outcomes = company(80, [0.5, 0.3, 0.2], noise=5)
    moments = room._moments(points, outcomes)
    strength = 0.3 * 80 * points.var(axis=0).mean()
    ridge = Ridge(alpha=strength).fit(points, outcomes)
    assert room._coefficients(moments, 0.3) == pytest.approx(ridge.coef_)
    outcomes = outcomes - 700 * points[:, 1]
    centred = np.concatenate([points - points.mean(axis=0), np.sqrt(strength) * np.eye(3)])
    expected, _ = nnls(centred, np.concatenate([outcomes - outcomes.mean(), np.zeros(3)]))
    assert expected[1] == 0
    assert room._coefficients(room._moments(points, outcomes), 0.3) == pytest.approx(expected)


def test_squared_errors_are_those_of_predictions() -> None:
    points, outcomes = company(50, [0.5, 0.3, 0.2], noise=5)
    ridge = Ridge(alpha=2.0 * 30 * points[:30].var(axis=0).mean()).fit(points[:30], outcomes[:30])
    expected = ((ridge.predict(points[30:]) - outcomes[30:]) ** 2).sum()
    error = room._squared_error(
        room._moments(points[:30], outcomes[:30]), room._moments(points[30:], outcomes[30:]), 2.0
    )
    assert error == pytest.approx(expected)


def test_the_ridge_is_the_best_out_of_fold_and_chosen_anew_without_each_fold() -> None:
    points, outcomes = company(60, [0.4, 0.3, 0.2, 0.1, 0, 0], noise=20, seed=3)
    order = np.argsort(outcomes)
    x, y, fold = points[order], outcomes[order], np.arange(60) % FOLDS

    def predicted(kept: NDArray[np.bool_], asked: NDArray[np.bool_], penalty: float) -> Array:
        centre, middle, count = x[kept].mean(axis=0), y[kept].mean(), kept.sum()
        strength = penalty * count * x[kept].var(axis=0).mean()
        rows = np.concatenate([x[kept] - centre, np.sqrt(strength) * np.eye(6)])
        coefficients, _ = nnls(rows, np.concatenate([y[kept] - middle, np.zeros(6)]))
        return np.asarray(middle + (x[asked] - centre) @ coefficients)

    def best(among: list[int]) -> float:
        errors = {}
        for penalty in room._PENALTIES:
            left = [(np.isin(fold, [g for g in among if g != f]), fold == f) for f in among]
            errors[penalty] = sum(((predicted(kept, asked, penalty) - y[asked]) ** 2).sum() for kept, asked in left)
        return float(min(errors, key=errors.__getitem__))

    found = learned_weights(points, outcomes, draws=5)
    assert found.penalty == best(list(range(FOLDS)))
    error = alone = 0.0
    for one in range(FOLDS):
        kept, asked = fold != one, fold == one
        penalty = best([other for other in range(FOLDS) if other != one])
        error += ((predicted(kept, asked, penalty) - y[asked]) ** 2).sum()
        alone += ((y[kept].mean() - y[asked]) ** 2).sum()
    assert found.explained == pytest.approx(1 - error / alone)


def test_the_order_of_people_changes_nothing_and_the_seed_alone_decides() -> None:
    points, outcomes = company(50, [0.5, 0.3, 0.2], noise=10)
    points[7], outcomes[7] = points[20], outcomes[20]
    order = np.random.default_rng(5).permutation(50)
    found = learned_weights(points, outcomes, draws=30)
    np.random.seed(1)
    same(learned_weights(points[order], outcomes[order], draws=30), found)
    assert (learned_weights(points, outcomes, draws=30, seed=1).lower != found.lower).any()


def test_who_lacks_a_number_is_left_out() -> None:
    points, outcomes = company(40, [0.5, 0.5], noise=10)
    gaps = np.concatenate([points, [[np.nan, 80.0], [80.0, 80.0]]]), np.concatenate([outcomes, [1.0, np.nan]])
    same(learned_weights(*gaps, draws=10), learned_weights(points, outcomes, draws=10))


def test_points_or_outcomes_that_do_not_vary_tell_nothing() -> None:
    points, outcomes = company(40, [0.5, 0.5], noise=10)
    for found in (
        learned_weights(np.full((40, 2), 80.0), outcomes, draws=5),
        learned_weights(points, np.full(40, 7.0), draws=5),
    ):
        assert np.isnan(found.weights).all() and found.nothing == 1
    assert np.isnan(found.explained)
    one_still = np.column_stack([points, np.full(40, 80.0)])
    assert learned_weights(one_still, outcomes, draws=5).weights[2] == 0


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_unit_of_outcomes_and_points_changes_nothing(scale: float) -> None:
    points, outcomes = company(60, [0.5, 0.3, 0.2], noise=10)
    found = learned_weights(points, outcomes, draws=20)
    for again in (
        learned_weights(points, outcomes * scale + 5, draws=20),
        learned_weights(points * scale, outcomes, draws=20),
    ):
        assert again.weights == pytest.approx(found.weights)
        assert again.explained == pytest.approx(found.explained)
        assert again.penalty == found.penalty


def test_wrong_arguments_are_refused() -> None:
    points, outcomes = company(LEAST - 1, [0.5, 0.5], noise=10)
    with pytest.raises(ValueError, match="expected 20 people or more of whom all is known; got 19"):
        learned_weights(points, outcomes)
    with pytest.raises(ValueError, match=r"people × KPIs, and one for each of the people; got \(19, 2\) and \(2,\)"):
        learned_weights(points, outcomes[:2])
    points, outcomes = company(LEAST, [0.5, 0.5], noise=10)
    for arguments in ({"level": 1.0}, {"level": 0.0}, {"draws": 0}):
        with pytest.raises(ValueError, match="level must lie between 0 and 1 and draws be 1 or more"):
            learned_weights(points, outcomes, **arguments)
