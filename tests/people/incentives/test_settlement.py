"""Settlements: what is due by all that is known less what was paid; a sale and its full refund pay nothing together."""

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesperf.people.incentives.commission import Conditions
from salesperf.people.incentives.incentive_plan import IncentivePlan
from salesperf.people.incentives.settlement import BEFORE, Entry, settled

TIERS = [{"from": 0, "to": 1, "rate": 0.02}, {"from": 1, "rate": 0.04}]
MARGINAL, RETROACTIVE = {"tiers": TIERS}, {"tiers": TIERS, "mode": "retroactive"}


def plan(**parts: Any) -> IncentivePlan:
    return IncentivePlan.model_validate({"target_incentive": 1000, **parts})


def held(target: object = 1000, coefficient: object = 1, employed: object = 1) -> Conditions:
    told = [None if one is None else D(str(one)) for one in (target, coefficient)]
    return Conditions(D(str(employed)), told[0], told[1], D(1000))


def sale(made: int, amount: object, known: int | None = None) -> Entry:
    return Entry(made, made if known is None else known, D(str(amount)), D(str(amount)) / 2)


def paid(one: IncentivePlan, entries: list[Entry], conditions: list[Conditions]) -> list[D | None]:
    return [part.payout for part in settled(one, entries, conditions)]


def test_a_refund_takes_back_what_its_sale_earned_in_its_own_period() -> None:
    # Period 0: 1,500 sold of 1,000 pay 20 + 500 × 4 % = 40. The refund of 1,000 leaves 500 × 2 % = 10: −30 in period 1,
    # which earns 800 × 2 % = 16 itself.
    entries = [sale(0, 500), sale(0, 1000), sale(0, -1000, known=1), sale(1, 800)]
    first, second = settled(plan(commission=MARGINAL), entries, [held()] * 2)
    assert (first.payout, second.payout) == (D("40.00"), D("-14.00"))
    assert (second.earned.commission, second.clawback, second.credited) == (D("16.00"), D("-30.00"), D(800))
    assert (first.revenue, second.revenue) == (D(1500), D(-200))


def test_a_refund_can_take_back_a_retroactive_tier() -> None:
    # 1,000 sold pay 1,000 × 4 % = 40; less 100, 900 × 2 % = 18 are left: the refund of 100 takes back 22.
    entries = [sale(0, 900), sale(0, 100), sale(0, -100, known=1)]
    assert paid(plan(commission=RETROACTIVE), entries, [held()] * 2) == [D("40.00"), D("-22.00")]


def test_a_refund_of_a_sale_before_the_plan_takes_nothing_back() -> None:
    entries = [sale(0, 500), Entry(BEFORE, 0, D(-400), D(-200))]
    (only,) = settled(plan(commission=MARGINAL), entries, [held()])
    assert (only.payout, only.credited, only.revenue) == (D("10.00"), D(500), D(100))


def test_a_draw_that_is_not_recoverable_pays_up_to_the_least() -> None:
    # 500 × 2 % = 10 and 3,000 × 2–4 % = 20 + 80 = 100, with at least 50 each.
    entries = [sale(0, 500), sale(1, 3000)]
    draw = plan(commission=MARGINAL, draw={"amount": 50, "recoverable": False})
    assert paid(draw, entries, [held()] * 2) == [D("50.00"), D("100.00")]


def test_a_recoverable_draw_is_taken_back_from_what_is_earned_above_it() -> None:
    # Earned 10, 70, 100 with a draw of 50: 40 are drawn; of 70, 20 above the draw go back; of 100 the other 20.
    entries = [sale(0, 500), sale(1, 2250), sale(2, 3000)]
    draw = plan(commission=MARGINAL, draw={"amount": 50})
    found = settled(draw, entries, [held()] * 3)
    assert [one.payout for one in found] == [D("50.00"), D("50.00"), D("80.00")]
    assert [(one.draw, one.recovered) for one in found] == [(D(40), D(0)), (D(0), D(20)), (D(0), D(20))]


def test_a_debt_of_who_has_left_is_not_drawn() -> None:
    entries = [sale(0, 500), sale(0, -500, known=1)]
    draw = plan(commission=MARGINAL, draw={"amount": 50})
    # Period 0 pays a draw of 50 whether 10 are earned or nothing; nobody is employed in period 1.
    assert paid(draw, entries, [held(), held(employed=0, target=None)]) == [D("50.00"), D("0.00")]


def test_a_period_without_a_target_waits_and_the_next_one_pays_what_is_open() -> None:
    entries = [sale(0, 500), sale(0, -500, known=1), sale(2, 500)]
    found = settled(plan(commission=MARGINAL), entries, [held(), held(target=None), held()])
    assert [one.payout for one in found] == [D("10.00"), None, D("0.00")]  # 500 × 2 % less the 10 of the refund
    assert [one.reason for one in found] == ["", "target", ""]


@pytest.mark.parametrize(
    ("known", "owed"),
    [
        ([sale(0, -500, known=1)], ["10.00", "-10.00", "0.00"]),  # the whole sale
        ([sale(0, -100, known=1), sale(0, -400, known=2)], ["10.00", "-2.00", "-8.00"]),  # in two parts
        ([sale(0, -500, known=2)], ["10.00", "0.00", "-10.00"]),  # long after
        ([sale(1, 900), sale(1, -900, known=2)], ["10.00", "0.00", "0.00"]),  # of a sale that paid nothing
    ],
)
def test_who_has_left_owes_what_refunds_take_back_and_waits_for_no_further_target(
    known: list[Entry], owed: list[str]
) -> None:
    gone = held(employed=0, target=None)
    assert paid(plan(commission=MARGINAL), [sale(0, 500), *known], [held(), gone, gone]) == [D(one) for one in owed]


def test_what_is_sold_after_leaving_pays_nothing_by_attainment_and_is_said() -> None:
    gone = held(employed=0, target=None)
    found = settled(plan(commission=MARGINAL), [sale(0, 500), sale(1, 900)], [held(), gone, gone])
    assert [(one.payout, one.reason) for one in found] == [(D("10.00"), ""), (D("0.00"), "left"), (D("0.00"), "")]
    by_amount = plan(commission={"by": "amount", "tiers": [{"from": 0, "rate": 0.02}]})
    (_, one, _) = settled(by_amount, [sale(0, 500), sale(1, 900)], [held(), gone, gone])
    assert (one.payout, one.reason) == (D("18.00"), "")


def test_a_missing_score_is_said_and_the_rest_is_paid() -> None:
    (one,) = settled(plan(commission=MARGINAL, bonus={"share": 1}), [sale(0, 500)], [held(coefficient=None)])
    assert (one.payout, one.reason) == (D("10.00"), "score")


RATE = st.decimals(0, 1, places=3)
AMOUNT = st.decimals(1, 5000, places=2)


@st.composite
def plans(draw: st.DrawFn, marginal: bool = False) -> IncentivePlan:
    """Any plan: tiers in both modes and scales, of amount or margin, curve, bonus, cap, both draws."""
    by = draw(st.sampled_from(["attainment", "amount"]))
    scale = 1 if by == "attainment" else 1000
    starts = sorted(draw(st.sets(st.decimals("0.2", 2, places=1), max_size=3)))
    parts: dict[str, Any] = {
        "commission": {
            "by": by,
            "of": "amount" if marginal else draw(st.sampled_from(["amount", "margin"])),
            "mode": "marginal" if marginal else draw(st.sampled_from(["marginal", "retroactive"])),
            "tiers": [{"from": start * scale, "rate": draw(RATE)} for start in [D(0), *starts]],
            "accelerators": draw(st.sampled_from([[], [{"from": scale, "times": 2}]])),
        },
        "curve": draw(st.sampled_from([None, {"share": 0.6}])),
        "bonus": draw(st.sampled_from([None, {"share": 0.4}])),
        "cap": draw(st.sampled_from([None, {"times": 1}, {"amount": 300}])),
        "draw": draw(
            st.sampled_from([None, {"amount": 200, "recoverable": True}, {"amount": 200, "recoverable": False}])
        ),
    }
    return plan(**parts)


COUNT = 4
PLACES = st.integers(0, COUNT - 1)
CONDITIONS = st.lists(
    st.builds(
        held, st.decimals(100, 3000, places=0), st.sampled_from([None, 0, 1, "1.5"]), st.sampled_from([0, "0.5", 1])
    ),
    min_size=COUNT,
    max_size=COUNT,
)
SALES = st.lists(st.builds(sale, PLACES, AMOUNT), max_size=6)


@st.composite
def histories(draw: st.DrawFn) -> list[Entry]:
    """Sales, some of them refunded in part in the same or a later period."""
    entries = draw(SALES)
    back = [
        Entry(one.made, draw(st.integers(one.made, COUNT - 1)), -one.amount / 2, -one.amount / 4)
        for one in entries
        if draw(st.booleans())
    ]
    return entries + back


@settings(max_examples=300, deadline=None)
@given(plans(), histories(), CONDITIONS, PLACES, PLACES, AMOUNT)
def test_a_sale_and_its_full_refund_pay_nothing_together_under_every_plan(
    one: IncentivePlan, entries: list[Entry], conditions: list[Conditions], place: int, other: int, amount: D
) -> None:
    made, known = sorted((place, other))
    pair = [sale(made, amount), sale(made, -amount, known=known)]
    with_pair, without = settled(one, entries + pair, conditions), settled(one, entries, conditions)
    assert sum(part.payout or 0 for part in with_pair) == sum(part.payout or 0 for part in without)
    assert [part.earned.bonus for part in with_pair] == [part.earned.bonus for part in without]
    for part, plain in zip(with_pair, without, strict=True):
        if part.place < made or part.place > known:
            assert part.payout == plain.payout


@settings(max_examples=100, deadline=None)
@given(plans(), histories(), CONDITIONS, st.randoms(use_true_random=False))
def test_the_order_of_entries_changes_nothing(
    one: IncentivePlan, entries: list[Entry], conditions: list[Conditions], chance: Any
) -> None:
    mixed = list(entries)
    chance.shuffle(mixed)
    assert settled(one, mixed, conditions) == settled(one, entries, conditions)


@settings(max_examples=100, deadline=None)
@given(plans(marginal=True), SALES, CONDITIONS, PLACES, AMOUNT)
def test_one_more_sale_never_pays_less_with_marginal_tiers(
    one: IncentivePlan, entries: list[Entry], conditions: list[Conditions], place: int, amount: D
) -> None:
    more = settled(one, [*entries, sale(place, amount)], conditions)
    assert sum(part.payout or 0 for part in more) >= sum(part.payout or 0 for part in settled(one, entries, conditions))


@settings(max_examples=100, deadline=None)
@given(plans(), histories(), CONDITIONS)
def test_every_amount_is_a_decimal_to_the_cent_and_the_parts_sum_to_the_payout(
    one: IncentivePlan, entries: list[Entry], conditions: list[Conditions]
) -> None:
    for part in settled(one, entries, conditions):
        if part.payout is not None:
            assert part.payout == part.earned.total + part.draw - part.recovered + part.clawback
            own = part.earned
            assert own.total == own.commission + own.curve + own.bonus - own.cap_cut
        for amount in (*part.earned[:5], part.draw, part.recovered, part.clawback, part.payout or D(0)):
            assert isinstance(amount, D) and amount == amount.quantize(D("0.01"))
