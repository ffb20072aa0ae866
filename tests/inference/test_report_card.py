"""Grades and their promise, worked by hand, on the public CRM export, and in companies whose truth is known."""

from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from salesperf.inference.deconvolution import deconvolved_prior, posterior_masses
from salesperf.inference.report_card import ReportCard, grid_order, normal_order, order_in_draws, report_card

Array = NDArray[np.float64]
PIPELINE = Path(__file__).parents[3] / "shared" / "data" / "crm" / "sales_pipeline.csv"


def sizes(card: ReportCard) -> list[int]:
    """The number of entities in each group, the best first."""
    return np.bincount(card.groups)[1:].tolist()


def realised(groups: NDArray[np.int64], true: Array) -> float:
    """The share of all pairs that are in different groups and in the wrong order."""
    first, second = np.triu_indices(len(true), 1)
    return float(((groups[first] - groups[second]) * (true[first] - true[second]) > 0).mean())


def test_groups_of_three_by_hand() -> None:
    """Apart from the others, the first is misplaced with .02 and .01 expected of 3 pairs; the others with .3."""
    above = np.array([[0.5, 0.98, 0.99], [0.02, 0.5, 0.7], [0.01, 0.3, 0.5]])
    card = report_card(above)
    assert card.groups.tolist() == [1, 2, 2] and card.count == 2
    assert card.misordered == pytest.approx(0.03 / 3)
    assert card.tau == pytest.approx((2 - 2 * 0.03) / 3)
    card = report_card(above, limit=0.11)
    assert card.groups.tolist() == [1, 2, 3] and card.misordered == pytest.approx(0.33 / 3)
    assert card.tau == pytest.approx((3 - 2 * 0.33) / 3)


def test_limit_is_a_share_of_all_pairs_and_not_of_those_told_apart() -> None:
    """One of 4 told apart from three with a doubt of .09 each: .27 of 6 pairs is 4.5 %, of the 3 told apart 9 %."""
    above = np.full((4, 4), 0.5)
    above[0, 1:], above[1:, 0] = 0.91, 0.09
    assert report_card(above).groups.tolist() == [1, 2, 2, 2]
    assert report_card(above).misordered == pytest.approx(0.045)
    assert report_card(above, limit=0.044).groups.tolist() == [1, 1, 1, 1]


def test_two_who_cannot_be_told_apart_are_in_one_group() -> None:
    card = report_card(np.array([[0.5, 0.94], [0.06, 0.5]]))
    assert (card.groups.tolist(), card.count, card.misordered, card.tau) == ([1, 1], 1, 0.0, 0.0)
    assert report_card(np.array([[0.5, 0.06], [0.94, 0.5]]), limit=0.06).groups.tolist() == [2, 1]


def test_equals_are_in_one_group_even_if_a_split_between_them_were_allowed() -> None:
    card = report_card(normal_order(np.array([5.0, 5.0, 1.0, 9.0]), np.full(4, 0.1)), limit=1.0)
    assert card.groups.tolist() == [2, 2, 3, 1]


def test_promise_is_kept_in_simulated_companies() -> None:
    """300 companies of 40 people, between nearly all noise and hardly any.

    In every other one the distribution of the true values is known, in the others its moments are estimated.
    """
    draw, shares, expected = np.random.default_rng(7), [], []
    for company in range(300):
        reliability = (0.1, 0.3, 0.5, 0.8)[company // 2 % 4]
        true = draw.standard_normal(40)
        errors = np.sqrt(1 / reliability - 1) * draw.uniform(0.7, 1.3, 40)
        estimates = true + errors * draw.standard_normal(40)
        centre, between = 0.0, 1.0
        if company % 2:
            centre, between = estimates.mean(), max(0.0, estimates.var(ddof=1) - (errors**2).mean())
        weight = between / (between + errors**2)
        card = report_card(normal_order(centre + weight * (estimates - centre), np.sqrt(weight) * errors))
        shares.append(realised(card.groups, true))
        expected.append(card.misordered)
    assert max(expected) <= 0.05 + 1e-9
    assert 0.03 < np.mean(shares[::2]) <= 0.05
    assert 0.03 < np.mean(shares[1::2]) <= 0.05


def test_expected_share_and_tau_are_those_that_come_true() -> None:
    draw, shares, taus, promised = np.random.default_rng(8), [], [], []
    for _ in range(120):
        true = draw.standard_normal(30)
        estimates = true + 0.8 * draw.standard_normal(30)
        weight = 1 / 1.64
        card = report_card(normal_order(weight * estimates, np.full(30, 0.8 * np.sqrt(weight))), limit=0.1)
        shares.append(realised(card.groups, true))
        taus.append(realised(-card.groups, true) - shares[-1])
        promised.append((card.misordered, card.tau))
    assert np.mean(promised, axis=0) == pytest.approx([np.mean(shares), np.mean(taus)], abs=0.015)


def test_a_stricter_promise_tells_fewer_apart() -> None:
    above = normal_order(np.random.default_rng(9).normal(size=60), np.full(60, 0.5))
    cards = [report_card(above, limit=limit) for limit in (0.0, 0.01, 0.05, 0.1, 1.0)]
    assert [card.tau for card in cards] == sorted(card.tau for card in cards)
    assert (cards[0].count, cards[-1].count) == (1, 60)


@pytest.fixture(scope="module")
def deals() -> pd.DataFrame:
    if not PIPELINE.exists():
        pytest.skip("the public CRM export is not there")
    table = pd.read_csv(PIPELINE, parse_dates=["close_date"])
    return table[table["deal_stage"].isin(["Won", "Lost"])]


def win_counts(deals: pd.DataFrame) -> tuple[Array, Array]:
    """Won and closed deals of each agent."""
    won = (deals["deal_stage"] == "Won").groupby(deals["sales_agent"]).agg(["sum", "size"])
    return won["sum"].to_numpy(np.float64), won["size"].to_numpy(np.float64)


def behind(estimates: Array, errors: Array) -> Array:
    """The order under the distribution behind estimates with errors."""
    grid, prior = deconvolved_prior(estimates, errors)
    return grid_order(posterior_masses(grid, prior, estimates, errors))


def test_win_rates_tell_three_of_thirty_agents_apart(deals: pd.DataFrame) -> None:
    """By the transformed rates and the distribution behind them. The three may be told apart further."""
    won, closed = win_counts(deals)
    card = report_card(behind(np.arcsin(np.sqrt(won / closed)), 1 / (2 * np.sqrt(closed))))
    assert (len(won), sizes(card)[0]) == (30, 27)
    assert card.tau == pytest.approx(0.09, abs=0.015)


def test_beta_binomial_win_rates_need_a_hair_more_than_the_limit(deals: pd.DataFrame) -> None:
    """With the weighted moments of the rates (Kleinman 1973), 27 and 3 agents are misordered in 5.04 % of pairs."""
    won, closed = win_counts(deals)
    rate, total = won.sum() / closed.sum(), closed.sum()
    squares = (closed * (won / closed - rate) ** 2).sum() - (len(won) - 1) * rate * (1 - rate)
    count = rate * (1 - rate) * (total - (closed**2).sum() / total) / squares - 1
    at = np.linspace(0, 1, 4002)[1:-1]
    logs = (won + count * rate - 1)[:, None] * np.log(at)
    logs += (closed - won + count * (1 - rate) - 1)[:, None] * np.log1p(-at)
    masses = np.exp(logs - logs.max(axis=1, keepdims=True))
    above = grid_order(masses / masses.sum(axis=1, keepdims=True))
    assert sizes(report_card(above))[0] == 28
    card = report_card(above, limit=0.0505)
    assert sizes(card) == [27, 3] and card.tau == pytest.approx(0.09, abs=0.005)
    assert card.misordered == pytest.approx(0.0504, abs=1e-4)


def test_revenue_of_all_time_tells_ten_groups_apart(deals: pd.DataFrame) -> None:
    """By bootstrapped sums of deals: how often each is closed, and so counted, is Poisson."""
    won, draw = deals[deals["deal_stage"] == "Won"], np.random.default_rng(0)
    amounts = [agent.to_numpy(np.float64) for _, agent in won.groupby("sales_agent")["close_value"]]
    card = report_card(order_in_draws(np.column_stack([draw.poisson(1, (1000, len(own))) @ own for own in amounts])))
    assert card.count == 10 and card.tau == pytest.approx(0.78, abs=0.01)


def test_revenue_of_a_quarter_tells_four_to_six_groups_apart(deals: pd.DataFrame) -> None:
    won = deals[deals["deal_stage"] == "Won"].assign(square=lambda table: table["close_value"] ** 2)
    for _, quarter in won.groupby(won["close_date"].dt.quarter):
        sums = quarter.groupby("sales_agent")[["close_value", "square"]].sum().to_numpy(np.float64)
        card = report_card(behind(sums[:, 0], np.sqrt(sums[:, 1])))
        assert 4 <= card.count <= 6 and 0.34 <= card.tau <= 0.67


def test_order_in_draws_is_the_share_of_draws() -> None:
    draws = np.array([[1.0, 2.0, 2.0], [3.0, 1.0, 1.0], [5.0, 5.0, 4.0], [9.0, 7.0, 8.0]])
    above = order_in_draws(draws)
    assert above.tolist() == [[0.5, 2.5 / 4, 3 / 4], [1.5 / 4, 0.5, 0.5], [1 / 4, 0.5, 0.5]]


def test_more_draws_than_a_byte_counts_are_counted() -> None:
    draws = np.tile([2.0, 1.0], (1000, 1))
    draws[:10] = 0.0
    assert order_in_draws(draws) == pytest.approx(np.array([[0.5, 0.995], [0.005, 0.5]]))


def test_normal_order_is_that_of_the_normal_distribution() -> None:
    draw = np.random.default_rng(10)
    means, errors = draw.normal(size=12), draw.uniform(0.1, 2, 12)
    above = normal_order(means, errors)
    for row in range(12):
        for column in range(12):
            apart = (means[row] - means[column]) / np.hypot(errors[row], errors[column])
            assert above[row, column] == pytest.approx(NormalDist().cdf(apart), abs=1e-7)


def test_normal_order_of_what_is_known_exactly_is_certain() -> None:
    above = normal_order(np.array([1.0, 2.0, 2.0]), np.zeros(3))
    assert above.tolist() == [[0.5, 0.0, 0.0], [1.0, 0.5, 0.5], [1.0, 0.5, 0.5]]
    assert normal_order(np.array([0.0, 1e6]), np.ones(2)).tolist() == [[0.5, 0.0], [1.0, 0.5]]


def test_grid_order_counts_one_point_as_half() -> None:
    above = grid_order(np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]))
    assert above[1, 0] == pytest.approx(0.75 + 0.25 / 2) and above[0, 1] == pytest.approx(0.125)
    assert np.diag(above).tolist() == [0.5, 0.5]


def test_three_ways_to_the_order_agree() -> None:
    draw = np.random.default_rng(11)
    means, errors = draw.normal(size=8), draw.uniform(0.5, 1, 8)
    at = np.linspace(-8, 8, 2001)
    masses = np.exp(-(((at - means[:, None]) / errors[:, None]) ** 2) / 2)
    normal = normal_order(means, errors)
    assert grid_order(masses / masses.sum(axis=1, keepdims=True)) == pytest.approx(normal, abs=1e-5)
    assert order_in_draws(means + errors * draw.standard_normal((20_000, 8))) == pytest.approx(normal, abs=0.015)


def test_who_is_not_known_has_no_group_and_is_not_counted() -> None:
    means, errors = np.array([9.0, np.nan, 1.0, 5.0]), np.array([0.1, 0.1, 0.1, np.nan])
    card = report_card(normal_order(means, errors))
    assert (card.groups.tolist(), card.count, card.misordered, card.tau) == ([1, 0, 2, 0], 2, 0.0, 1.0)
    draws = np.array([[9.0, np.nan, 1.0], [9.0, 4.0, 1.0]])
    assert report_card(order_in_draws(draws)).groups.tolist() == [1, 0, 2]
    masses = np.array([[0.0, 1.0], [np.nan, np.nan], [1.0, 0.0]])
    assert report_card(grid_order(masses)).groups.tolist() == [1, 0, 2]


@pytest.mark.parametrize(("means", "groups"), [([], []), ([3.0], [1]), ([np.nan, 3.0], [0, 1]), ([np.nan], [0])])
def test_fewer_than_two_have_no_promise(means: list[float], groups: list[int]) -> None:
    card = report_card(normal_order(np.array(means, dtype=np.float64), np.ones(len(means))))
    assert card.groups.tolist() == groups and card.count == max(groups, default=0)
    assert np.isnan(card.misordered) and np.isnan(card.tau)


def test_all_equal_are_one_group() -> None:
    card = report_card(order_in_draws(np.ones((5, 4))))
    assert (card.groups.tolist(), card.count, card.misordered, card.tau) == ([1, 1, 1, 1], 1, 0.0, 0.0)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-5, 5), st.sampled_from([0.0, 0.5, 1.0, 2.0])), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
    st.floats(0, 0.3),
)
def test_the_order_of_rows_changes_nothing(rows: list[tuple[int, float]], mix: object, limit: float) -> None:
    means, errors = np.array(rows, dtype=np.float64).T
    shuffled = np.array(mix.sample(range(len(rows)), len(rows)))  # type: ignore[attr-defined]
    straight = report_card(normal_order(means, errors), limit=limit)
    mixed = report_card(normal_order(means[shuffled], errors[shuffled]), limit=limit)
    assert straight.tau == pytest.approx(mixed.tau, abs=1e-8, nan_ok=True)
    assert np.array_equal(straight.groups[shuffled], mixed.groups)
    assert set(straight.groups) == set(range(1, straight.count + 1))


@pytest.mark.parametrize(
    ("above", "limit", "message"),
    [
        (np.full((2, 3), 0.5), 0.05, "a row and a column per entity"),
        (np.full((2, 2), 0.6), 0.05, "add up to 1"),
        (np.full((2, 2), 0.5), 1.5, "limit must lie between 0 and 1; got 1.5"),
        (np.full((2, 2), 0.5), float("nan"), "limit must lie between 0 and 1"),
    ],
)
def test_wrong_probabilities_are_refused(above: Array, limit: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        report_card(above, limit=limit)


def test_wrong_posteriors_are_refused() -> None:
    with pytest.raises(ValueError, match="errors 0 or more"):
        normal_order(np.zeros(2), np.array([1.0, -1.0]))
    with pytest.raises(ValueError, match="of one length"):
        normal_order(np.zeros(2), np.ones(3))
    with pytest.raises(ValueError, match="a row per draw"):
        order_in_draws(np.empty((0, 3)))
    with pytest.raises(ValueError, match="a row per draw"):
        order_in_draws(np.zeros(3))
