"""Commission, payout curve, bonus and cap, each worked out by hand."""

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.people.incentives.commission import (
    Conditions,
    Earned,
    cap_of,
    commission_on,
    curve_factor,
    draw_of,
    earned,
    full_bonus,
    reached_rate,
    tiered,
    to_the_cent,
)
from salesperf.people.incentives.incentive_plan import IncentivePlan
from salesperf.people.incentives.pay_rules import Commission, Curve

TIERS = [{"from": 0, "to": 1, "rate": 0.02}, {"from": 1, "to": 1.2, "rate": 0.03}, {"from": 1.2, "rate": 0.04}]


def commission(**settings: Any) -> Commission:
    return Commission.model_validate({"tiers": TIERS, **settings})


def plan(**settings: Any) -> IncentivePlan:
    return IncentivePlan.model_validate({"target_incentive": 6000, **settings})


def held(
    target: object = 100_000, coefficient: object = 1, employed: object = 1, incentive: object = 6000
) -> Conditions:
    told = [None if one is None else D(str(one)) for one in (target, coefficient)]
    return Conditions(D(str(employed)), told[0], told[1], D(str(incentive)))


@pytest.mark.parametrize(
    ("sold", "paid"),
    [
        (50_000, "1000"),  # 50,000 × 2 %
        (100_000, "2000"),  # 100,000 × 2 %
        (110_000, "2300"),  # 2,000 + 10,000 × 3 %
        (150_000, "3800"),  # 2,000 + 20,000 × 3 % + 30,000 × 4 %
        (0, "0"),
        (-10_000, "-200"),  # the first rate is taken back
    ],
)
def test_marginal_tiers_pay_each_rate_on_its_own_slice(sold: int, paid: str) -> None:
    assert tiered(commission(), D(sold), D(100_000)) == D(paid)


@pytest.mark.parametrize(
    ("sold", "paid"),
    [
        (99_999, "1999.98"),  # 99,999 × 2 %
        (100_000, "3000"),  # the rate reached on everything: 100,000 × 3 %
        (120_000, "4800"),  # 120,000 × 4 %
        (-10_000, "-200"),
    ],
)
def test_retroactive_tiers_pay_the_rate_reached_on_everything(sold: int, paid: str) -> None:
    assert tiered(commission(mode="retroactive"), D(sold), D(100_000)) == D(paid)


def test_tiers_on_the_amount_need_no_target() -> None:
    tiers = [{"from": 0, "to": 50_000, "rate": 0.01}, {"from": 50_000, "rate": 0.02}]
    # 50,000 × 1 % + 10,000 × 2 %
    assert tiered(commission(by="amount", tiers=tiers), D(60_000), None) == 700


def test_an_accelerator_multiplies_the_rates_above_its_start() -> None:
    tiers = [{"from": 0, "rate": 0.02}]
    faster = commission(tiers=tiers, accelerators=[{"from": 1, "times": 1.5}, {"from": 1.5, "times": 2}])
    assert faster.rates == ((D(0), D("0.02")), (D(1), D("0.030")), (D("1.5"), D("0.04")))
    # 100,000 × 2 % + 50,000 × 3 % + 10,000 × 4 %
    assert tiered(faster, D(160_000), D(100_000)) == 3900
    assert reached_rate(faster, D(160_000), D(100_000)) == D("0.04")


def test_of_the_margin_the_mean_rate_of_the_amount_is_paid() -> None:
    # 110,000 sold earn 2,300, a mean rate of 2,300 ÷ 110,000; of a margin of 44,000 that is 920.
    assert commission_on(commission(of="margin"), D(110_000), D(44_000), D(100_000)) == 920
    assert commission_on(commission(of="margin"), D(110_000), None, D(100_000)) is None
    assert commission_on(commission(of="margin"), D(0), D(0), D(100_000)) == 0


@pytest.mark.parametrize(
    ("attainment", "factor"),
    [("0.74", "0"), ("0.75", "0.5"), ("0.9", "0.8"), ("1", "1"), ("1.1", "1.4"), ("1.5", "3"), ("9", "3"), ("-1", "0")],
)
def test_the_usual_curve_is_linear_between_its_points(attainment: str, factor: str) -> None:
    # 90 %: 0.5 + 0.15 ÷ 0.25 × 0.5 = 0.8; 110 %: 1 + 0.1 ÷ 0.5 × 2 = 1.4
    assert curve_factor(Curve(), D(attainment)) == D(factor)


def test_bonus_and_curve_are_shares_of_the_target_incentive() -> None:
    usual = plan(bonus={"share": 0.4}, curve={"share": 0.6})
    # curve: 6,000 × 0.6 × 1.4 = 5,040; bonus: 6,000 × 0.4 × 1.2 = 2,880
    assert earned(usual, D(110_000), None, held(coefficient=1.2)) == Earned(
        D("0.00"), D("5040.00"), D("2880.00"), D("0.00"), D("7920.00")
    )


def test_who_was_there_for_two_of_three_months_has_two_thirds_of_the_incentive() -> None:
    usual = plan(bonus={"amount": 1200}, curve={"share": 0.5}, cap={"times": 0.5}, draw={"amount": 900})
    two_thirds = held(employed=D(2) / 3, coefficient=1.5)
    # curve: 6,000 × ⅔ × 0.5 = 2,000; bonus 1,200 × ⅔ × 1.5 = 1,200; cap 6,000 × ⅔ × 0.5 = 2,000
    assert earned(usual, D(100_000), None, two_thirds) == Earned(D(0), D(2000), D(1200), D(1200), D(2000))
    assert (cap_of(usual, two_thirds), draw_of(usual, two_thirds)) == (D(2000), D(600))
    assert full_bonus(usual, two_thirds).quantize(D("0.01")) == 800


def test_a_cap_cuts_commission_curve_and_bonus_together() -> None:
    capped = plan(commission={"tiers": TIERS}, curve={"share": 1}, cap={"amount": 10_000})
    # commission 3,800 and curve 6,000 × 3 = 18,000: 21,800, of which 11,800 are cut
    assert earned(capped, D(150_000), None, held()) == Earned(D(3800), D(18_000), D(0), D(11_800), D(10_000))


def test_without_a_target_what_is_paid_by_attainment_is_not_available_and_not_0() -> None:
    for target in (None, 0):
        assert earned(plan(curve={}), D(5), None, held(target=target)).reason == "target"
    by_amount = plan(commission={"by": "amount", "tiers": [{"from": 0, "rate": 0.1}]})
    assert earned(by_amount, D(5), None, held(target=None)).total == D("0.50")


def test_who_has_left_and_sold_nothing_needs_no_target() -> None:
    assert earned(plan(curve={}), D(0), None, held(target=None, employed=0)) == Earned()


def test_without_a_score_the_other_parts_are_paid() -> None:
    both = plan(bonus={"share": 0.4}, commission={"tiers": TIERS})
    assert earned(both, D(100_000), None, held(coefficient=None)) == Earned(D(2000), D(0), D(0), D(0), D(2000))


def test_without_a_cost_a_commission_of_the_margin_is_not_available() -> None:
    assert earned(plan(commission={"of": "margin", "tiers": TIERS}), D(5), None, held()).reason == "cost"


AMOUNTS = st.decimals("-100000", "100000", places=4)


@given(st.lists(AMOUNTS, min_size=1, max_size=20))
def test_rounded_parts_sum_to_the_rounded_whole_and_none_is_a_cent_away(parts: list[D]) -> None:
    whole = sum(parts, D(0)).quantize(D("0.01"), "ROUND_HALF_UP")
    rounded = to_the_cent(parts, whole)
    assert sum(rounded) == whole
    assert all(abs(one - part) < D("0.01") for one, part in zip(rounded, parts, strict=True))


RATES = st.decimals(0, 1, places=4)


@st.composite
def commissions(draw: st.DrawFn, **settings: Any) -> Commission:
    starts = sorted(draw(st.sets(st.decimals("0.1", 3, places=2), max_size=4)))
    tiers = [{"from": start, "rate": draw(RATES)} for start in [D(0), *starts]]
    return Commission.model_validate({"tiers": tiers, **settings})


@given(commissions(mode="marginal"), AMOUNTS, AMOUNTS, st.decimals(1, 100_000, places=2))
def test_more_sold_never_earns_less_with_marginal_tiers(one: Commission, sold: D, other: D, target: D) -> None:
    low, high = sorted((sold, other))
    assert tiered(one, low, target) <= tiered(one, high, target)


@given(st.decimals(0, 5, places=4), st.decimals(0, 5, places=4))
def test_more_attainment_never_earns_less_on_the_curve(one: D, other: D) -> None:
    low, high = sorted((one, other))
    assert curve_factor(Curve(), low) <= curve_factor(Curve(), high)
