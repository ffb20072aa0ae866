"""What a credited amount earns: commission, payout curve, bonus, cap, in exact decimals (docs/methods.md §8)."""

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from salesperf.people.incentives.incentive_plan import IncentivePlan
from salesperf.people.incentives.pay_rules import CENT, ZERO, Commission, Curve

ONE = Decimal(1)


class Conditions(NamedTuple):
    """What a rep's payout for a settlement period depends on beside the sales.

    ``employed``: the share of the period's months with employment, 0 to 1; ``target``: for the credited amount, in
    money, None without; ``coefficient``: of the grade, None without a score; ``incentive``: the target incentive of a
    whole period, in money; ``too_new``: whether the coefficient stands in for that of a grade (`Bonus.newcomers`).
    """

    employed: Decimal
    target: Decimal | None
    coefficient: Decimal | None
    incentive: Decimal
    too_new: bool = False


class Earned(NamedTuple):
    """What a rep's sales of a settlement period earn, each part in money to the cent.

    ``total`` = commission + curve + bonus − cap_cut. ``reason``: "" or why it is not available, and then all parts are
    0: "target" (something is paid by attainment, and there is no target) or "cost" (commission is of the margin, and
    the cost of a sale is not known).
    """

    commission: Decimal = ZERO
    curve: Decimal = ZERO
    bonus: Decimal = ZERO
    cap_cut: Decimal = ZERO
    total: Decimal = ZERO
    reason: str = ""


def cents(amount: Decimal) -> Decimal:
    """An amount to the cent; half a cent is rounded away from 0.

    >>> cents(Decimal("0.125"))
    Decimal('0.13')
    """
    return amount.quantize(CENT, ROUND_HALF_UP)


def to_the_cent(parts: list[Decimal], whole: Decimal) -> list[Decimal]:
    """Parts rounded to cents by largest remainder, so that they sum to ``whole`` exactly; ties go to the first.

    ``whole``: the rounded sum of the parts, in whole cents.

    >>> [str(part) for part in to_the_cent([Decimal("1.006"), Decimal("1.004")], Decimal("2.01"))]
    ['1.01', '1.00']
    """
    rounded = [part.quantize(CENT, ROUND_FLOOR) for part in parts]
    missing = int((whole - sum(rounded, ZERO)) / CENT)
    by_remainder = sorted(range(len(parts)), key=lambda place: rounded[place] - parts[place])
    for place in by_remainder[:missing]:
        rounded[place] += CENT
    return rounded


def tiered(commission: Commission, sold: Decimal, target: Decimal | None) -> Decimal:
    """The commission on an amount sold, not rounded; tiers by attainment need a target above 0.

    Marginal: the sum of each rate × its slice; retroactive: the rate reached × the whole amount. An amount below 0
    gives a negative commission at the first rate.

    >>> tiers = [{"from": 0, "rate": 0.1}, {"from": 50, "rate": 0.2}]
    >>> plan = Commission.model_validate({"by": "amount", "tiers": tiers})
    >>> tiered(plan, Decimal(80), None)  # 50 × 10 % + 30 × 20 %
    Decimal('11.00')
    """
    unit = ONE if commission.by == "amount" else target or ZERO
    below, (start, rate) = ZERO, commission.rates[0]
    for start_above, rate_above in commission.rates[1:]:
        if sold < start_above * unit:
            break
        below += rate * (start_above - start) * unit
        start, rate = start_above, rate_above
    if commission.mode == "retroactive":
        return rate * sold
    return below + rate * (sold - start * unit)


def reached_rate(commission: Commission, sold: Decimal, target: Decimal | None) -> Decimal:
    """The rate of the tier that an amount sold reaches, accelerators included."""
    unit = ONE if commission.by == "amount" else target or ZERO
    return [rate for start, rate in commission.rates if start == 0 or sold >= start * unit][-1]


def commission_on(
    commission: Commission, sold: Decimal, margin: Decimal | None, target: Decimal | None
) -> Decimal | None:
    """The commission of a settlement period, not rounded; None where it is of the margin and that is not known.

    A commission of the margin applies the mean rate that the amount sold earns (`tiered` ÷ sold), so that the order of
    deals plays no part.
    """
    of_amount = tiered(commission, sold, target)
    if commission.of == "amount":
        return of_amount
    if margin is None:
        return None
    return of_amount * margin / sold if sold else commission.rates[0][1] * margin


def curve_factor(curve: Curve, attainment: Decimal) -> Decimal:
    """The part of its incentive that a payout curve pays at an attainment (1 is 100 %).

    Linear between the points, 0 below the first, level above the last.

    >>> curve_factor(Curve(), Decimal("1.25"))
    Decimal('2.0')
    """
    if attainment < curve.points[0][0]:
        return ZERO
    low, pays = curve.points[0]
    for high, pays_more in curve.points[1:]:
        if attainment < high:
            return pays + (pays_more - pays) * (attainment - low) / (high - low)
        low, pays = high, pays_more
    return pays


def earned(plan: IncentivePlan, sold: Decimal, margin: Decimal | None, conditions: Conditions) -> Earned:
    """What a rep's credited sales of a settlement period earn under a plan (docs/methods.md §8).

    ``sold`` and ``margin``: sums of credited amounts and margins, in money; ``margin`` is None where a cost is not
    known. What stands for a whole period (target incentive, amounts of bonus and cap) counts by the months of
    employment. Whoever was not employed in it has no target to come, and earns nothing by attainment. It depends on the
    sums alone, so a sale and its full refund change nothing together.
    """
    has_target = conditions.target is not None and conditions.target > 0
    if plan.by_attainment and not has_target:
        return Earned(reason="target") if conditions.employed else Earned()
    paid = commission_on(plan.commission, sold, margin, conditions.target) if plan.commission else ZERO
    if paid is None:
        return Earned(reason="cost")
    commission, curve = cents(paid), ZERO
    if plan.curve is not None and conditions.target:
        incentive = conditions.incentive * conditions.employed * plan.curve.share
        curve = cents(incentive * curve_factor(plan.curve, sold / conditions.target))
    bonus = cents(full_bonus(plan, conditions) * (conditions.coefficient or ZERO)) if plan.bonus else ZERO
    whole = commission + curve + bonus
    limit = cap_of(plan, conditions)
    cut = max(ZERO, whole - limit) if limit is not None else ZERO
    return Earned(commission, curve, bonus, cut, whole - cut)


def full_bonus(plan: IncentivePlan, conditions: Conditions) -> Decimal:
    """The bonus that a coefficient of 1 pays, not rounded; 0 where the plan has no bonus."""
    if plan.bonus is None:
        return ZERO
    whole = plan.bonus.amount if plan.bonus.share is None else plan.bonus.share * conditions.incentive
    return (whole or ZERO) * conditions.employed


def cap_of(plan: IncentivePlan, conditions: Conditions) -> Decimal | None:
    """The most that commission, curve and bonus of a settlement period pay, to the cent; None without a cap.

    It counts by the months of employment. A period without any, in which a rep is still credited with sales, has the
    cap of a whole period.
    """
    if plan.cap is None:
        return None
    whole = plan.cap.amount if plan.cap.times is None else plan.cap.times * conditions.incentive
    return cents((whole or ZERO) * (conditions.employed or ONE))


def draw_of(plan: IncentivePlan, conditions: Conditions) -> Decimal:
    """The draw of a settlement period for the months of employment, to the cent; 0 without one."""
    return cents(plan.draw.amount * conditions.employed) if plan.draw else ZERO
