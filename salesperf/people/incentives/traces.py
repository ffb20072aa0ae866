"""The trace of a payout: deal by deal, then what the plan adds and takes off; its lines sum to the payout exactly."""

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
    """One line of a trace: an amount to the cent, and what it is for.

    ``sale``: the sale or refund, of deals and clawbacks; ``reached``: the rep's credited amount with it; ``rates``: the
    rates of the tiers that it lies in; ``made``: of a clawback the settlement period that it takes back from, None
    where that lies before the plan; ``name``: of an award.
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
    """The lines that sum to a rep's payout; only the deals, without amounts, where the payout is not available."""
    accounts = payouts.accounts
    sales = credited_sales(export, accounts.credited, rep, accounts.first)
    lines = [
        line for period in payouts.settled for line in _settled(accounts, rep, accounts.settlements[rep][period], sales)
    ]
    won = [(result, winner) for result in payouts.awards for winner in result.winners if winner.rep_id == rep]
    return lines + [Line(result.period, "award", winner.prize, name=result.award.name) for result, winner in won]


def _settled(accounts: Accounts, rep: str, own: Settlement, sales: Sequence[CreditedSale]) -> Iterator[Line]:
    place, period = own.place, accounts.periods[own.place]
    yield from _deals(accounts, own, period, [sale for sale in sales if sale.made == place and sale.known == place])
    if own.payout is None:
        return
    parts: list[tuple[Part, Decimal]] = [
        ("curve", own.earned.curve),
        ("bonus", own.earned.bonus),
        ("cap_cut", -own.earned.cap_cut),
        ("draw", own.draw),
        ("recovered", -own.recovered),
    ]
    yield from (Line(period, part, amount) for part, amount in parts if amount)
    yield from _clawbacks(accounts, rep, own, sales)


def _deals(accounts: Accounts, own: Settlement, period: Period, sales: Sequence[CreditedSale]) -> Iterator[Line]:
    """Deals and same-period refunds in order of day and id, each with the commission that it adds."""
    plan, target = accounts.plan.commission, own.held.target
    reached, exact, rates = ZERO, [], []
    for sale in sales:
        before, reached = reached, reached + sale.credited
        is_paid = plan is not None and own.payout is not None
        exact.append(_commission(plan, sale, own.credited, before, target) if is_paid and plan else ZERO)
        rates.append(rates_between(plan, before, reached, own) if is_paid and plan else ())
    amounts = to_the_cent(exact, own.earned.commission) if exact else []
    reached = ZERO
    for sale, amount, lies_in in zip(sales, amounts, rates, strict=True):
        reached += sale.credited
        yield Line(period, "deal", amount, sale, reached, lies_in)


def _commission(
    plan: Commission, sale: CreditedSale, whole: Decimal, before: Decimal, target: Decimal | None
) -> Decimal:
    """What a deal adds to the commission, exact.

    Marginal: the tiers up to it less those before it; retroactive, and of the margin: the mean rate of the whole.
    """
    if plan.of == "margin":
        rate = tiered(plan, whole, target) / whole if whole else plan.rates[0][1]
        return rate * (sale.margin or ZERO)
    if plan.mode == "retroactive":
        return tiered(plan, whole, target) / whole * sale.credited if whole else ZERO
    return tiered(plan, before + sale.credited, target) - tiered(plan, before, target)


def rates_between(plan: Commission, before: Decimal, after: Decimal, own: Settlement) -> tuple[Decimal, ...]:
    """The rates of the tiers between two credited amounts; retroactive, the one that the whole period reaches."""
    unit = Decimal(1) if plan.by == "amount" else own.held.target or ZERO
    low, high = sorted((before, after))
    if plan.mode == "retroactive" or plan.of == "margin":
        low, high = (own.credited, own.credited) if plan.mode == "retroactive" else (ZERO, own.credited)
    ends = [start * unit for start, _ in plan.rates[1:]]
    lowest = sum(low >= end for end in ends)
    highest = max(lowest, sum(high > end for end in ends))
    return tuple(rate for _, rate in plan.rates[lowest : highest + 1])


def _clawbacks(accounts: Accounts, rep: str, settled: Settlement, sales: Sequence[CreditedSale]) -> Iterator[Line]:
    """What refunds that became known since the last payout take back, by the period of their sale."""
    place, paid = settled.place, settled.paid_before
    late = [sale for sale in sales if paid < sale.known <= place and sale.made < sale.known and sale.made < place]
    for made in sorted({sale.made for sale in late}):
        own = [sale for sale in late if sale.made == made]
        change = ZERO if made == BEFORE else _worked_out(accounts, rep, made, place).total
        change -= ZERO if made == BEFORE else _worked_out(accounts, rep, made, max(paid, made)).total
        whole = sum((sale.credited for sale in own), ZERO)
        exact = [change * sale.credited / whole if whole else ZERO for sale in own]
        if not whole:
            exact[0] = change
        where = None if made == BEFORE else accounts.periods[made]
        for sale, amount in zip(own, to_the_cent(exact, change), strict=True):
            yield Line(accounts.periods[place], "clawback", amount, sale, made=where)


def _worked_out(accounts: Accounts, rep: str, made: int, known: int) -> Earned:
    """What a period earns by what is known at the end of another."""
    sums = [entry for entry in accounts.entries.get(rep, ()) if entry.made == made and entry.known <= known]
    margins = [entry.margin for entry in sums if entry.margin is not None]
    margin = sum(margins, ZERO) if len(margins) == len(sums) else None
    sold = sum((entry.amount for entry in sums), ZERO)
    return earned(accounts.plan, sold, margin, accounts.conditions[rep][made])
