"""The trace of a payout: a line per deal, then one per part of the plan; the lines sum to the payout exactly."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from salesperf.data.export import Export
from salesperf.people.incentives.accounts import Accounts
from salesperf.people.incentives.commission import Earned, earned, tiered, to_the_cent
from salesperf.people.incentives.credits import CreditedSale, credited_sales
from salesperf.people.incentives.pay_rules import ZERO, Commission
from salesperf.people.incentives.payouts import Payouts
from salesperf.people.incentives.settlement import BEFORE, Settlement
from salesperf.periods import Period

Part = Literal["deal", "curve", "bonus", "cap_cut", "draw", "recovered", "clawback", "award"]


class Line(NamedTuple):
    """One line of a trace: an amount in money to the cent, negative where it is taken off, and what it is for.

    ``period``: the settlement period, or that of the award. Of a deal or clawback, ``sale``: the sale or refund. Of a
    deal, ``reached``: the rep's credited amount in the period up to and with it; ``rates``: the rates of the tiers that
    it lies in. Of a clawback, ``made``: the settlement period of the sale, None where that lies before the plan. Of an
    award, ``name``: its name.
    """

    period: Period
    part: Part
    amount: Decimal
    sale: CreditedSale | None = None
    reached: Decimal | None = None
    rates: tuple[Decimal, ...] = ()
    made: Period | None = None
    name: str = ""


def trace(export: Export, payouts: Payouts, rep: str) -> list[Line]:
    """The lines that sum to a rep's payout, by settlement period, then the awards.

    A settlement period whose payout is not available has its deals only, with amounts of 0.
    """
    accounts = payouts.accounts
    sales = credited_sales(export, accounts.credited, rep, accounts.first)
    lines = [
        line for period in payouts.settled for line in _lines(accounts, rep, accounts.settlements[rep][period], sales)
    ]
    won = [(result, winner) for result in payouts.awards for winner in result.winners if winner.rep_id == rep]
    return lines + [Line(result.period, "award", winner.prize, name=result.award.name) for result, winner in won]


def _lines(accounts: Accounts, rep: str, settlement: Settlement, sales: Sequence[CreditedSale]) -> Iterator[Line]:
    """The lines of one settlement; ``sales``: all that the rep is credited with, by day and id."""
    place, period = settlement.place, accounts.periods[settlement.place]
    of_period = [sale for sale in sales if sale.made == place and sale.known == place]
    yield from _deals(accounts, settlement, period, of_period)
    if settlement.payout is None:
        return
    parts: list[tuple[Part, Decimal]] = [
        ("curve", settlement.earned.curve),
        ("bonus", settlement.earned.bonus),
        ("cap_cut", -settlement.earned.cap_cut),
        ("draw", settlement.draw),
        ("recovered", -settlement.recovered),
    ]
    yield from (Line(period, part, amount) for part, amount in parts if amount)
    yield from _clawbacks(accounts, rep, settlement, sales)


def _deals(accounts: Accounts, settlement: Settlement, period: Period, sales: Sequence[CreditedSale]) -> Iterator[Line]:
    """The lines of a period's sales and refunds, given by day and id, each with the commission that it adds."""
    plan, target = accounts.plan.commission, settlement.conditions.target
    reached, exact, rates = ZERO, [], []
    for sale in sales:
        before, reached = reached, reached + sale.credited
        is_paid = plan is not None and settlement.payout is not None
        exact.append(_commission(plan, sale, settlement.credited, before, target) if is_paid and plan else ZERO)
        rates.append(rates_between(plan, before, reached, settlement) if is_paid and plan else ())
    amounts = to_the_cent(exact, settlement.earned.commission) if exact else []
    reached = ZERO
    for sale, amount, lies_in in zip(sales, amounts, rates, strict=True):
        reached += sale.credited
        yield Line(period, "deal", amount, sale, reached, lies_in)


def _commission(
    plan: Commission, sale: CreditedSale, whole: Decimal, before: Decimal, target: Decimal | None
) -> Decimal:
    """What a deal adds to the commission of its settlement period, not rounded.

    ``whole``: the credited amount of the period; ``before``: that of the deals before this one. Of marginal tiers it is
    the commission up to the deal less that before it; of retroactive ones, and of the margin, the mean rate of the
    period × the deal.
    """
    if plan.of == "margin":
        rate = tiered(plan, whole, target) / whole if whole else plan.rates[0][1]
        return rate * (sale.margin or ZERO)
    if plan.mode == "retroactive":
        return tiered(plan, whole, target) / whole * sale.credited if whole else ZERO
    return tiered(plan, before + sale.credited, target) - tiered(plan, before, target)


def rates_between(plan: Commission, before: Decimal, after: Decimal, settlement: Settlement) -> tuple[Decimal, ...]:
    """The rates of the tiers that lie between two credited amounts, the lowest tier first.

    Of retroactive tiers, the single rate that the whole settlement period reaches; of the margin, all rates up to that.
    """
    unit = Decimal(1) if plan.by == "amount" else settlement.conditions.target or ZERO
    low, high = sorted((before, after))
    if plan.mode == "retroactive" or plan.of == "margin":
        credited = settlement.credited
        low, high = (credited, credited) if plan.mode == "retroactive" else (ZERO, credited)
    ends = [start * unit for start, _ in plan.rates[1:]]
    lowest = sum(low >= end for end in ends)
    highest = max(lowest, sum(high > end for end in ends))
    return tuple(rate for _, rate in plan.rates[lowest : highest + 1])


def _clawbacks(accounts: Accounts, rep: str, settlement: Settlement, sales: Sequence[CreditedSale]) -> Iterator[Line]:
    """The lines of refunds that became known since the last payout, of sales of earlier periods, by that period.

    The change of what the period earned is divided among its refunds in proportion to their amounts.
    """
    place, paid = settlement.place, settlement.paid_before
    late = [sale for sale in sales if paid < sale.known <= place and sale.made < sale.known and sale.made < place]
    for made in sorted({sale.made for sale in late}):
        refunds = [sale for sale in late if sale.made == made]
        change = ZERO if made == BEFORE else _worked_out(accounts, rep, made, place).total
        change -= ZERO if made == BEFORE else _worked_out(accounts, rep, made, max(paid, made)).total
        whole = sum((refund.credited for refund in refunds), ZERO)
        exact = [change * refund.credited / whole if whole else ZERO for refund in refunds]
        if not whole:
            exact[0] = change
        where = None if made == BEFORE else accounts.periods[made]
        for refund, amount in zip(refunds, to_the_cent(exact, change), strict=True):
            yield Line(accounts.periods[place], "clawback", amount, refund, made=where)


def _worked_out(accounts: Accounts, rep: str, made: int, known: int) -> Earned:
    """What the period at place ``made`` earned by all that is known at the end of the one at ``known``."""
    sums = [entry for entry in accounts.entries.get(rep, ()) if entry.made == made and entry.known <= known]
    margins = [entry.margin for entry in sums if entry.margin is not None]
    margin = sum(margins, ZERO) if len(margins) == len(sums) else None
    sold = sum((entry.amount for entry in sums), ZERO)
    return earned(accounts.plan, sold, margin, accounts.conditions[rep][made])
