"""Sets of ranks, against csranks on PISA scores, in simulations whose truth is known, and by hand."""

from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from salesperf.inference import rank_sets as rank_sets_module
from salesperf.inference.rank_sets import bootstrap_ranks, chance_all_equal, rank_sets, top_set

Array = NDArray[np.float64]
PISA = Path(__file__).parents[3] / "shared" / "oracles" / "pisa_2018_mathematics.csv"
BOUND = 0.95 - 2.326 * np.sqrt(0.95 * 0.05 / 200)  # what a coverage of 95 % reaches in 99 % of 200 simulations


@pytest.fixture(scope="module")
def pisa() -> pd.DataFrame:
    if not PISA.exists():
        pytest.skip("the PISA scores are not there")
    return pd.read_csv(PISA)


@pytest.mark.parametrize(("kind", "differing", "by"), [("marginal", 6, 2), ("simultaneous", 2, 1)])
def test_sets_of_pisa_ranks_are_those_of_csranks(pisa: pd.DataFrame, kind: str, differing: int, by: int) -> None:
    """csranks draws at random too, so that a few of the 76 ends that lie close to a critical value may differ."""
    scores, errors = pisa["score"].to_numpy(), pisa["standard_error"].to_numpy()
    ends = rank_sets(scores, errors, draws=10_000, simultaneous=kind == "simultaneous")
    off = np.abs(np.array(ends) - pisa[[f"{kind}_low", f"{kind}_high"]].to_numpy().T)
    assert (off > 0).sum() <= differing and off.max() <= by


def test_five_best_countries_are_among_the_first_twelve(pisa: pd.DataFrame) -> None:
    best = top_set(pisa["score"].to_numpy(), pisa["standard_error"].to_numpy(), 5, draws=10_000)
    assert best.tolist() == pisa["in_top_5_set"].tolist()


def simulated(true: Array, errors: Array, kind: str, companies: int = 200) -> tuple[NDArray[np.bool_], float]:
    """Whether the sets of simulated companies hold the true ranks (companies × entities), and their mean width."""
    ranks = 1 + (true[:, None] < true).sum(axis=1)
    draw, holds, widths = np.random.default_rng(1), [], []
    for company in range(companies):
        estimates = true + errors * draw.standard_normal(len(true))
        if kind == "bootstrap":
            lower, upper = bootstrap_ranks(estimates, errors, draws=200, seed=company)
        else:
            lower, upper = rank_sets(estimates, errors, simultaneous=kind == "simultaneous", draws=200, seed=company)
        holds.append((lower <= ranks) & (ranks <= upper))
        widths.append(float((upper - lower + 1).mean()))
    return np.array(holds), float(np.mean(widths))


@pytest.mark.parametrize("reach", [0.01, 6.0])
def test_sets_hold_the_true_ranks_as_often_as_they_promise(reach: float) -> None:
    true, errors = np.linspace(0, reach, 20), np.ones(20)
    marginal, width = simulated(true, errors, "marginal")
    together, wider = simulated(true, errors, "simultaneous")
    assert marginal.mean(axis=0).min() >= BOUND
    assert together.all(axis=1).mean() >= BOUND
    assert width <= wider <= 20


def test_sets_are_not_wider_than_they_need_be_where_all_values_are_apart() -> None:
    """Neighbours are 3 errors of a difference apart: on either side about one is left in doubt."""
    holds, width = simulated(np.arange(12) * 3 * np.sqrt(2), np.ones(12), "marginal")
    assert holds.mean() >= BOUND and 1.0 < width < 2.2


def test_marginal_set_of_two_keeps_its_level_exactly() -> None:
    """Two equal entities: both sets hold ranks 1 to 1 as often as nothing is decided, 95 %."""
    holds, _ = simulated(np.zeros(2), np.ones(2), "marginal", companies=1000)
    assert 0.95 - 2.6 * np.sqrt(0.05 * 0.95 / 1000) < holds.all(axis=1).mean() < 0.97


def test_bootstrap_covers_less_than_it_says() -> None:
    true, errors = np.linspace(0, 2, 20), np.ones(20)
    holds, width = simulated(true, errors, "bootstrap")
    assert holds.mean() < 0.93 and holds[:, [0, -1]].mean() < 0.8 and holds.all(axis=1).mean() < 0.3
    assert width < simulated(true, errors, "marginal", companies=30)[1]


def test_five_best_are_in_their_set_as_often_as_promised() -> None:
    true, draw, held = np.linspace(0, 4, 15), np.random.default_rng(2), []
    for company in range(200):
        best = top_set(true + draw.standard_normal(15), np.ones(15), 5, draws=200, seed=company)
        held.append(best[-5:].all())
        assert best.sum() >= 5
    assert np.mean(held) >= BOUND


@pytest.mark.parametrize(("apart", "decided"), [(2.9, True), (2.65, False)])
def test_two_entities_are_compared_by_the_normal_quantile(apart: float, decided: bool) -> None:
    """1.96 × √2 = 2.77 errors apart is the limit."""
    assert 2.65 < NormalDist().inv_cdf(0.975) * np.sqrt(2) < 2.9
    lower, upper = rank_sets(np.array([0.0, apart]), np.ones(2), draws=20_000)
    assert (lower.tolist(), upper.tolist()) == (([2, 1], [2, 1]) if decided else ([1, 1], [2, 2]))


def test_critical_values_are_those_of_independent_normal_differences() -> None:
    """One entity is known exactly, so that its 10 pairs are independent and the limit has a formula."""
    limit = NormalDist().inv_cdf((1 + 0.95**0.1) / 2)
    errors = np.r_[0.0, np.ones(10)]
    for apart, decided in [(limit - 0.06, 0), (limit + 0.06, 1)]:
        lower, _ = rank_sets(np.r_[0.0, apart, np.zeros(9)], errors, draws=20_000)
        assert lower[0] == 1 + decided


@pytest.mark.parametrize(("height", "decided"), [(2.7, True), (2.52, False)])
def test_a_second_step_decides_by_what_the_first_leaves_open(height: float, decided: bool) -> None:
    """Nine are far above an exact one; a tenth is so by its height in errors.

    The first step takes the tenth for one of ten and asks for 2.80. The second asks for 2.60: left are both sides of
    the tenth and, of the nine, that they are below. Without these it would ask for 1.96.
    """
    first = NormalDist().inv_cdf((1 + 0.95**0.1) / 2)
    second = 2.60
    assert NormalDist().cdf(second) ** 9 * (2 * NormalDist().cdf(second) - 1) == pytest.approx(0.95, abs=5e-4)
    assert 1.96 < 2.52 < second < 2.7 < first
    lower, _ = rank_sets(np.r_[0.0, np.full(9, 50.0), height], np.r_[0.0, np.ones(10)], draws=20_000)
    assert lower[0] == (11 if decided else 10)


def test_a_covariance_matrix_of_independent_estimates_is_their_errors() -> None:
    draw = np.random.default_rng(3)
    errors = draw.uniform(0.3, 1, 12)
    estimates = draw.normal(0, 2, 12)
    for simultaneous in (False, True):
        apart = rank_sets(estimates, errors, simultaneous=simultaneous, draws=20_000)
        together = rank_sets(estimates, np.diag(errors**2), simultaneous=simultaneous, draws=20_000)
        assert np.abs(np.array(apart) - together).max() <= 1


def test_an_error_that_all_share_does_not_blur_their_order() -> None:
    covariance = np.diag([1e-4] * 3) + 100.0
    lower, upper = rank_sets(np.array([1.0, 2.0, 3.0]), covariance)
    assert (lower.tolist(), upper.tolist()) == ([3, 2, 1], [3, 2, 1])
    lower, upper = rank_sets(np.array([1.0, 2.0, 3.0]), np.full((3, 3), 100.0))
    assert (lower.tolist(), upper.tolist()) == ([3, 2, 1], [3, 2, 1])


def test_opposite_errors_blur_an_order_more() -> None:
    estimates = np.array([0.0, 3.3])
    assert rank_sets(estimates, np.array([[1.0, 0.0], [0.0, 1.0]]))[1].tolist() == [2, 1]
    assert rank_sets(estimates, np.array([[1.0, -0.9], [-0.9, 1.0]]))[1].tolist() == [2, 2]


def test_each_pair_is_measured_by_its_own_error() -> None:
    """The first two share nearly all of their error, so that .6 is 4 errors of their difference."""
    covariance = np.array([[1.0, 0.99, 0.0], [0.99, 1.0, 0.0], [0.0, 0.0, 1.0]])
    for simultaneous in (False, True):
        lower, upper = rank_sets(np.array([0.0, 0.6, 1.0]), covariance, simultaneous=simultaneous)
        assert (lower.tolist(), upper.tolist()) == ([2, 1, 1], [3, 2, 3])


def test_twins_have_the_same_sets() -> None:
    """With few draws, which differ between them, their critical values would differ."""
    draw = np.random.default_rng(12)
    estimates, errors = np.repeat(draw.normal(0, 2, 30), 2), np.repeat(draw.uniform(0.3, 1, 30), 2)
    for sets in (rank_sets, bootstrap_ranks):
        ends = np.array(sets(estimates, errors, draws=40))
        assert np.array_equal(ends[:, ::2], ends[:, 1::2])


def test_critical_value_is_one_that_the_level_reaches() -> None:
    """95 % of 10 numbers are reached by none but the last."""
    assert rank_sets_module._quantile(np.arange(10, dtype=np.float32)[None], 0.95).tolist() == [9.0]


@pytest.mark.parametrize("simultaneous", [False, True])
def test_what_is_known_exactly_has_its_rank(simultaneous: bool) -> None:
    values = np.array([3.0, 1.0, 3.0, 2.0])
    lower, upper = rank_sets(values, np.zeros(4), simultaneous=simultaneous)
    assert lower.tolist() == upper.tolist() == [1, 4, 1, 3]
    assert bootstrap_ranks(values, np.zeros(4))[1].tolist() == [1, 4, 1, 3]


def test_an_exact_value_is_compared_with_others_by_their_errors() -> None:
    lower, upper = rank_sets(np.array([5.0, 5.5, 0.0]), np.array([0.0, 1.0, 1.0]))
    assert (lower.tolist(), upper.tolist()) == ([1, 1, 3], [2, 2, 3])


def test_equal_estimates_have_all_ranks() -> None:
    lower, upper = rank_sets(np.ones(6), np.full(6, 0.5))
    assert (lower.tolist(), upper.tolist()) == ([1] * 6, [6] * 6)


def test_who_has_no_estimate_or_error_has_no_rank_and_is_not_counted() -> None:
    estimates = np.array([1.0, np.nan, 30.0, 60.0, 5.0])
    errors = np.array([1.0, 1.0, 1.0, np.nan, np.inf])
    for ends in (rank_sets(estimates, errors), bootstrap_ranks(estimates, errors)):
        assert [end.tolist() for end in ends] == [[2, 0, 1, 0, 0]] * 2
    assert top_set(estimates, errors, 2).tolist() == [True, False, True, False, False]
    covariance = np.diag(errors**2)
    covariance[1] = covariance[:, 1] = np.nan
    assert rank_sets(estimates, covariance)[0].tolist() == [2, 0, 1, 0, 0]


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("simultaneous", [False, True])
def test_nobody_and_one_alone_have_their_ranks(count: int, simultaneous: bool) -> None:
    estimates, errors = np.zeros(count), np.ones(count)
    for ends in (rank_sets(estimates, errors, simultaneous=simultaneous), bootstrap_ranks(estimates, errors)):
        assert [end.tolist() for end in ends] == [[1] * count] * 2
    assert rank_sets(estimates, np.ones((count, count)))[0].tolist() == [1] * count
    assert top_set(estimates, errors, 3).tolist() == [True] * count


entities = st.lists(
    st.tuples(st.integers(-6, 6).map(float) | st.just(float("nan")), st.sampled_from([0.0, 0.5, 1.0, 3.0])),
    min_size=1,
    max_size=9,
)


@settings(max_examples=40, deadline=None)
@given(entities, st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_rows_changes_nothing(rows: list[tuple[float, float]], mix: object, simultaneous: bool) -> None:
    values, errors = np.array(rows).T
    shuffled = np.array(mix.sample(range(len(rows)), len(rows)))  # type: ignore[attr-defined]
    for sets in (lambda x, e: rank_sets(x, e, simultaneous=simultaneous, draws=60), bootstrap_ranks):
        straight, mixed = np.array(sets(values, errors)), np.array(sets(values[shuffled], errors[shuffled]))
        assert (straight[:, shuffled] == mixed).all()


@settings(max_examples=40, deadline=None)
@given(entities)
def test_sets_hold_the_estimated_rank_and_grow_with_what_is_asked(rows: list[tuple[float, float]]) -> None:
    values, errors = np.array(rows).T
    known = np.isfinite(values)
    lower, upper = rank_sets(values, errors, draws=200)
    wide = rank_sets(values, errors, draws=200, simultaneous=True)
    wider = rank_sets(values, errors, draws=200, simultaneous=True, level=0.99)
    rank = 1 + (values[:, None] < values).sum(axis=1)
    assert (wider[0] <= wide[0])[known].all() and (wide[0] <= lower)[known].all() and (lower <= rank)[known].all()
    assert (wider[1] >= wide[1])[known].all() and (wide[1] >= upper)[known].all() and (upper >= rank)[known].all()
    assert (upper <= known.sum()).all()


def test_units_and_direction_do_not_matter() -> None:
    draw = np.random.default_rng(4)
    estimates, errors = draw.normal(0, 2, 15), draw.uniform(0.3, 1, 15)
    lower, upper = rank_sets(estimates, errors, draws=4000)
    assert np.array_equal(rank_sets(1e6 * estimates, 1e6 * errors, draws=4000), (lower, upper))
    last, first = rank_sets(-estimates, errors, draws=4000)
    assert np.abs(16 - first - lower).mean() < 0.5 and np.abs(16 - last - upper).mean() < 0.5


def test_the_same_seed_gives_the_same_sets_whatever_was_drawn_before() -> None:
    draw = np.random.default_rng(5)
    estimates, errors = draw.normal(0, 1.5, 30), np.ones(30)
    first = rank_sets(estimates, errors, draws=50)
    np.random.seed(7)
    assert np.array_equal(first, rank_sets(estimates, errors, draws=50))
    assert not np.array_equal(first, rank_sets(estimates, errors, draws=50, seed=1))


def test_blocks_give_what_one_block_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(6)
    estimates, errors = draw.normal(0, 3, 40), draw.uniform(0.3, 1, 40)
    whole = [rank_sets(estimates, errors, simultaneous=together, draws=300) for together in (False, True)]
    monkeypatch.setattr("salesperf.inference.rank_sets._BLOCK", 5000)
    blocks = [rank_sets(estimates, errors, simultaneous=together, draws=300) for together in (False, True)]
    assert np.array_equal(whole, blocks)


@pytest.mark.parametrize(
    ("estimates", "errors", "arguments", "message"),
    [
        (np.zeros(3), np.zeros(2), {}, "must have n and n or n × n"),
        (np.zeros((2, 2)), np.zeros(2), {}, "must have n and n or n × n"),
        (np.zeros(2), np.array([1.0, -1.0]), {}, "must not be negative"),
        (np.zeros(2), np.array([[1.0, 0.5], [0.0, 1.0]]), {}, "symmetric"),
        (np.zeros(2), np.array([[1.0, 2.0], [2.0, 1.0]]), {}, "negative variances"),
        (np.zeros(2), np.ones(2), {"level": 1.0}, "level must lie between 0 and 1; got 1.0"),
        (np.zeros(2), np.ones(2), {"draws": 0}, "draws must be 1 or more; got 0"),
    ],
)
def test_wrong_arguments_are_refused(
    estimates: Array, errors: Array, arguments: dict[str, float], message: str
) -> None:
    for sets in (rank_sets, bootstrap_ranks):
        with pytest.raises(ValueError, match=message):
            sets(estimates, errors, **arguments)  # type: ignore[arg-type]


def test_fewer_than_one_best_is_refused() -> None:
    with pytest.raises(ValueError, match="k must be 1 or more; got 0"):
        top_set(np.zeros(2), np.ones(2), 0)


def test_of_entities_that_are_alike_one_company_in_twenty_looks_as_if_somebody_were_not() -> None:
    draw, errors = np.random.default_rng(5), np.linspace(0.5, 2.0, 12)
    chances = np.array([chance_all_equal(errors * draw.standard_normal(12), errors) for _ in range(400)])
    for level in (0.05, 0.5):
        assert abs((chances <= level).mean() - level) <= 2.58 * np.sqrt(level * (1 - level) / 400)


def test_entities_are_told_apart_at_the_level_that_their_chance_says() -> None:
    estimates, errors = np.array([4.0, 1.0, 0.0, 0.5, 2.0]), np.array([1.0, 0.8, 1.2, 1.0, 0.9])
    chance = chance_all_equal(estimates, errors)
    assert 0.01 < chance < 0.2
    for level, apart in ((1 - chance - 0.005, True), (1 - chance + 0.005, False)):
        lower, upper = rank_sets(estimates, errors, level=level, simultaneous=True)
        assert (upper - lower < 4).any() == apart
    order = np.array([3, 0, 4, 1, 2])
    assert chance_all_equal(estimates[order], errors[order]) == chance
    assert chance_all_equal(np.append(estimates, np.nan), np.append(errors, 1.0)) == chance


def test_of_known_values_it_is_certain_whether_they_are_equal() -> None:
    assert chance_all_equal(np.array([1.0, 2.0, 5.0]), np.array([0.0, 0.0, 9.0])) == 0
    assert chance_all_equal(np.ones(3), np.zeros(3)) == 1
    assert np.isnan(chance_all_equal(np.array([1.0, np.nan]), np.ones(2)))
