"""What another plan would have paid on past periods: its cost, who gains and loses, where the reps stand on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Literal, NamedTuple

import pandas as pd

from salesperf.data.export import Export
from salesperf.errors import RequestError
from salesperf.people.incentives.accounts import settled_periods
from salesperf.people.incentives.commission import ONE, curve_factor, tiered
from salesperf.people.incentives.incentive_plan import IncentivePlan, periods_of
from salesperf.people.incentives.pay_rules import ZERO
from salesperf.people.incentives.payouts import Payouts, needed_scores, settled_payouts
from salesperf.people.incentives.settlement import Settlement
from salesperf.people.scores import rep_scores
from salesperf.periods import Period

NEAR = Decimal("0.05")  # below a cliff, as a part of the amount where it stands


@dataclass(frozen=True)
class WhatIf:
    """Two plans on the same past periods.

    ``costs``: one row per period (the longer settlement period of both): period, revenue, present, other (Decimal).
    ``people``: one row per rep (index rep_id) with region, team, rep, present, other, difference over all periods,
    None where either is not available; awards are in them.
    """

    present: Payouts
    other: Payouts
    costs: pd.DataFrame
    people: pd.DataFrame

    @property
    def gainers(self) -> int:
        """How many would have been paid more."""
        return sum(value is not None and value > 0 for value in self.people["difference"])

    @property
    def losers(self) -> int:
        """How many would have been paid less."""
        return sum(value is not None and value < 0 for value in self.people["difference"])

    @property
    def unavailable(self) -> int:
        """How many cannot be compared."""
        return sum(value is None for value in self.people["difference"])


class Segment(NamedTuple):
    """A stretch of a payout curve or a tier: from, to (None at the top), and how many settlements lie in it."""

    start: Decimal
    end: Decimal | None
    settlements: int
    share: float


class Cliff(NamedTuple):
    """A place where one more unit sold moves the whole payout.

    ``at``: attainment, or the amount sold for tiers on it; ``jump``: of a commission as a part of the target (in money
    for tiers on the amount), of a curve as a part of the target incentive; ``near`` and ``just_over``: settlements
    that lie within NEAR below and above it.
    """

    kind: Literal["commission", "curve"]
    at: Decimal
    jump: Decimal
    near: int
    just_over: int


def what_if(export: Export, present: IncentivePlan, other: IncentivePlan, count: int = 4) -> WhatIf:
    """Another plan against the present one on its last settlement periods, up to the client's period.

    Where fewer than ``count`` are covered by both, those. Raises RequestError where there are none.
    """
    of_present, of_other = common_periods(export, present, other, count)
    needed = dict.fromkeys([*needed_scores(export, present, of_present), *needed_scores(export, other, of_other)])
    scores = rep_scores(export, list(needed)) if needed else None
    paid = settled_payouts(export, present, of_present, scores)
    would_be = settled_payouts(export, other, of_other, scores)
    return WhatIf(paid, would_be, _costs(paid, would_be), _compared(paid, would_be))


def common_periods(
    export: Export, present: IncentivePlan, other: IncentivePlan, count: int
) -> tuple[list[Period], list[Period]]:
    """The settlement periods of both plans in the last ``count`` of the present one, as far as both settle them."""
    longer, year = max(present.length, other.length), export.period.fiscal_year_start
    end = export.period.first + export.period.length
    end -= (end - (year - 1)) % longer
    steps = -(-count * present.length // longer)
    spans = Period(end - longer, longer, year).trailing(steps)
    kept = [period for period in spans if all(_is_settled(export, plan, period) for plan in (present, other))]
    if not kept:
        raise RequestError(
            f"period: expected past settlements of both plans up to {export.period}, got none; choose a later period"
        )
    return (
        [period for span in kept for period in periods_of(present.length, span)],
        [period for span in kept for period in periods_of(other.length, span)],
    )


def _is_settled(export: Export, plan: IncentivePlan, span: Period) -> bool:
    """Whether a plan settles every one of its periods in a span."""
    settled = settled_periods(export, plan, span)
    return isinstance(settled, list) and len(settled) * plan.length == span.length


def segments(payouts: Payouts, kind: Literal["commission", "curve"]) -> list[Segment]:
    """How many settlements lie on each stretch of the plan's curve, or in each of its tiers.

    Settlements that are not available are left out; none where the plan has no such part.
    """
    plan, starts = payouts.plan, [ZERO]
    if kind == "curve" and plan.curve is not None:
        starts += [point for point, _ in plan.curve.points if point > 0]
    elif kind == "commission" and plan.commission is not None:
        starts = [start for start, _ in plan.commission.rates]
    else:
        return []
    values = standing(payouts, kind)
    counts = [sum(start <= value for value in values) for start in starts]
    counts[0] = len(values)  # a debt lies on the first one
    inside = [count - above for count, above in pairwise([*counts, 0])]
    ends = [*starts[1:], None]
    return [
        Segment(start, end, count, count / len(values) if values else float("nan"))
        for start, end, count in zip(starts, ends, inside, strict=True)
    ]


def cliffs(payouts: Payouts) -> list[Cliff]:
    """Where the plan's payout jumps: at every tier of a retroactive commission, and where a curve begins to pay."""
    plan, there = payouts.plan, list(_available(payouts))
    result = []
    if plan.commission is not None and plan.commission.mode == "retroactive":
        by_amount = plan.commission.by == "amount"
        rates = plan.commission.rates
        for (_, below), (at, rate) in pairwise(rates):
            result.append(Cliff("commission", at, (rate - below) * at, *_near(there, at, by_amount=by_amount)))
    if plan.curve is not None and plan.curve.points[0][1] > 0 and plan.curve.points[0][0] > 0:
        at, pays = plan.curve.points[0]
        result.append(Cliff("curve", at, pays * plan.curve.share, *_near(there, at, by_amount=False)))
    return result


def payout_line(plan: IncentivePlan, kind: Literal["commission", "curve"], places: Iterable[Decimal]) -> list[Decimal]:
    """What a part of a plan pays at some places: attainments, or amounts sold for tiers on the amount.

    A commission as a part of the target (in money for tiers on the amount), a curve as a part of the target incentive.
    """
    if kind == "curve":
        curve = plan.curve
        return [curve.share * curve_factor(curve, place) for place in places] if curve else []
    return [tiered(plan.commission, place, ONE) for place in places] if plan.commission else []


def standing(payouts: Payouts, kind: Literal["commission", "curve"]) -> list[Decimal]:
    """Where the settlements stand on the scale of a part of the plan: attainments, or amounts sold."""
    by_amount = kind == "commission" and payouts.plan.commission is not None and payouts.plan.commission.by == "amount"
    return [_value(settlement, by_amount=by_amount) for settlement in _available(payouts)]


def _available(payouts: Payouts) -> Iterable[Settlement]:
    """The settlements of whoever was employed and can be paid."""
    for own in payouts.accounts.settlements.values():
        yield from (
            settlement for settlement in own.values() if settlement.payout is not None and settlement.held.employed
        )


def _value(settlement: Settlement, *, by_amount: bool) -> Decimal:
    return settlement.credited if by_amount else settlement.attainment or ZERO


def _near(there: Sequence[Settlement], at: Decimal, *, by_amount: bool) -> tuple[int, int]:
    values = [_value(settlement, by_amount=by_amount) for settlement in there]
    below = sum(at * (1 - NEAR) <= value < at for value in values)
    return below, sum(at <= value < at * (1 + NEAR) for value in values)


def _costs(present: Payouts, other: Payouts) -> pd.DataFrame:
    longer = present if present.plan.length >= other.plan.length else other
    rows = []
    for period in longer.settled:
        revenue, paid = _cost(present, period)
        _, would_be = _cost(other, period)
        rows.append({"period": period.label, "revenue": revenue, "present": paid, "other": would_be})
    return pd.DataFrame(rows, columns=["period", "revenue", "present", "other"], dtype=object)


def _cost(payouts: Payouts, period: Period) -> tuple[Decimal, Decimal]:
    """Revenue and payouts, awards included, of the settlements in a period."""
    by_rep = payouts.accounts.settlements.values()
    own = [settlement for settlements in by_rep for at, settlement in settlements.items() if period.contains(at)]
    paid = sum((settlement.payout for settlement in own if settlement.payout is not None), ZERO)
    won = (winner.prize for award in payouts.awards if _ends_in(award.period, period) for winner in award.winners)
    return sum((settlement.revenue for settlement in own), ZERO), paid + sum(won, ZERO)


def _ends_in(span: Period, period: Period) -> bool:
    return period.start <= span.end <= period.end


def _compared(present: Payouts, other: Payouts) -> pd.DataFrame:
    names = present.people.index.union(other.people.index)
    who = other.people.reindex(names)[["region", "team", "rep"]]
    who = who.where(who.notna(), present.people.reindex(names)[["region", "team", "rep"]])
    pays = [{rep: payout for rep, payout in payouts.people["payout"].items()} for payouts in (present, other)]
    paid = [[of_plan.get(rep, ZERO) for rep in names] for of_plan in pays]
    both = zip(*paid, strict=True)
    difference = [None if paid is None or would_be is None else would_be - paid for paid, would_be in both]
    columns = {"present": paid[0], "other": paid[1], "difference": difference}
    return who.assign(**{name: pd.Series(values, index=names, dtype=object) for name, values in columns.items()})
