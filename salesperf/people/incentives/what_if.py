"""What another plan would have paid on past periods: costs, gainers, losers, curves and cliffs (docs/methods.md §8)."""

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
from salesperf.schemas import PLAN_COSTS, PLAN_GAINS

NEAR = Decimal("0.05")  # how far from a cliff is near it, as a part of the attainment or amount where it is


@dataclass(frozen=True)
class WhatIf:
    """The payouts of two plans on the same past periods.

    ``costs``: one row per settlement period, of the plan whose periods are longer; columns: period (label), revenue,
    present, other (payouts of the two plans, awards included, of those whose payout is available; Decimal, in money).
    ``people``: one row per rep (index rep_id); columns: region, team, rep, present, other (payout over all periods,
    awards included, 0 for a rep whom a plan pays nothing, None where it is not available), difference (other − present,
    None where either is).
    """

    present: Payouts
    other: Payouts
    costs: pd.DataFrame
    people: pd.DataFrame

    @property
    def gainers(self) -> int:
        """How many reps the other plan would have paid more."""
        return sum(value is not None and value > 0 for value in self.people["difference"])

    @property
    def losers(self) -> int:
        """How many reps the other plan would have paid less."""
        return sum(value is not None and value < 0 for value in self.people["difference"])

    @property
    def unavailable(self) -> int:
        """How many reps cannot be compared, as a payout is not available."""
        return sum(value is None for value in self.people["difference"])


class Segment(NamedTuple):
    """A stretch between two points of a payout curve, or a tier, and how many settlements lie in it.

    ``start`` and ``end``: attainments, or amounts sold for tiers on the amount; ``end`` is None at the top; ``share``:
    of all settlements that are available, NaN where there are none.
    """

    start: Decimal
    end: Decimal | None
    settlements: int
    share: float


class Cliff(NamedTuple):
    """A place where the payout jumps.

    ``at``: an attainment, or an amount sold for tiers on the amount; ``jump``: of a commission as a part of the target
    (in money for tiers on the amount), of a curve as a part of the target incentive; ``near`` and ``just_over``: the
    numbers of settlements that lie within NEAR below, and at or within NEAR above it.
    """

    kind: Literal["commission", "curve"]
    at: Decimal
    jump: Decimal
    near: int
    just_over: int


def what_if(export: Export, present: IncentivePlan, other: IncentivePlan, count: int = 4) -> WhatIf:
    """Another plan compared with the present one, on its last ``count`` settlement periods up to the client's period.

    Fewer where both plans do not settle as many. Raises RequestError where they have none in common, DataError for
    wrong splits or targets.
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
    """The settlement periods of each plan in the last ``count`` of the present one, as far as both settle them.

    They are taken by whole periods of the plan whose periods are longer. Raises RequestError where there are none.
    """
    longer = max(present.length, other.length)
    end = export.period.first + export.period.length
    end -= (end - (export.period.fiscal_year_start - 1)) % longer
    steps = -(-count * present.length // longer)
    spans = export.period.other(end - longer, longer).trailing(steps)
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

    Settlements that are not available are left out. Empty where the plan has no such part.
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
    counts[0] = len(values)  # an amount below 0 lies on the first one
    inside = [count - above for count, above in pairwise([*counts, 0])]
    ends = [*starts[1:], None]
    return [
        Segment(start, end, count, count / len(values) if values else float("nan"))
        for start, end, count in zip(starts, ends, inside, strict=True)
    ]


def cliffs(payouts: Payouts) -> list[Cliff]:
    """The places where the plan's payout jumps; empty where it has none.

    They are the tiers of a retroactive commission, and the first point of a curve that begins to pay above 0.
    """
    plan, settlements = payouts.plan, list(_available(payouts))
    result = []
    if plan.commission is not None and plan.commission.mode == "retroactive":
        by_amount = plan.commission.by == "amount"
        rates = plan.commission.rates
        for (_, below), (at, rate) in pairwise(rates):
            result.append(Cliff("commission", at, (rate - below) * at, *_near(settlements, at, by_amount=by_amount)))
    if plan.curve is not None and plan.curve.points[0][1] > 0 and plan.curve.points[0][0] > 0:
        at, pays = plan.curve.points[0]
        result.append(Cliff("curve", at, pays * plan.curve.share, *_near(settlements, at, by_amount=False)))
    return result


def payout_line(plan: IncentivePlan, kind: Literal["commission", "curve"], places: Iterable[Decimal]) -> list[Decimal]:
    """What a part of a plan pays at some places: attainments, or amounts sold for tiers on the amount.

    A commission as a part of the target (in money for tiers on the amount), a curve as a part of the target incentive.
    Empty where the plan has no such part.
    """
    if kind == "curve":
        curve = plan.curve
        return [curve.share * curve_factor(curve, place) for place in places] if curve else []
    return [tiered(plan.commission, place, ONE) for place in places] if plan.commission else []


def standing(payouts: Payouts, kind: Literal["commission", "curve"]) -> list[Decimal]:
    """The attainments of the available settlements; their credited amounts for a commission by the amount."""
    by_amount = kind == "commission" and payouts.plan.commission is not None and payouts.plan.commission.by == "amount"
    return [_value(settlement, by_amount=by_amount) for settlement in _available(payouts)]


def _available(payouts: Payouts) -> Iterable[Settlement]:
    """The settlements of periods with employment whose payout is available."""
    for by_period in payouts.accounts.settlements.values():
        for settlement in by_period.values():
            if settlement.payout is not None and settlement.conditions.employed:
                yield settlement


def _value(settlement: Settlement, *, by_amount: bool) -> Decimal:
    return settlement.credited if by_amount else settlement.attainment or ZERO


def _near(settlements: Sequence[Settlement], at: Decimal, *, by_amount: bool) -> tuple[int, int]:
    """How many settlements lie within NEAR below a place, and at or within NEAR above it."""
    values = [_value(settlement, by_amount=by_amount) for settlement in settlements]
    below = sum(at * (1 - NEAR) <= value < at for value in values)
    return below, sum(at <= value < at * (1 + NEAR) for value in values)


def _costs(present: Payouts, other: Payouts) -> pd.DataFrame:
    """The table ``costs`` of `WhatIf`."""
    longer = present if present.plan.length >= other.plan.length else other
    rows = []
    for period in longer.settled:
        revenue, paid = _cost(present, period)
        _, would_be = _cost(other, period)
        rows.append({"period": period.label, "revenue": revenue, "present": paid, "other": would_be})
    return PLAN_COSTS.checked(pd.DataFrame(rows, columns=list(PLAN_COSTS.columns), dtype=object))


def _cost(payouts: Payouts, period: Period) -> tuple[Decimal, Decimal]:
    """Revenue and payouts, awards included, of the settlements in a period."""
    by_rep = payouts.accounts.settlements.values()
    settlements = [settlement for of_rep in by_rep for at, settlement in of_rep.items() if period.contains(at)]
    paid = sum((settlement.payout for settlement in settlements if settlement.payout is not None), ZERO)
    won = (winner.prize for result in payouts.awards if _ends_in(result.period, period) for winner in result.winners)
    return sum((settlement.revenue for settlement in settlements), ZERO), paid + sum(won, ZERO)


def _ends_in(span: Period, period: Period) -> bool:
    """Whether the last day of ``span`` lies in ``period``."""
    return period.start <= span.end <= period.end


def _compared(present: Payouts, other: Payouts) -> pd.DataFrame:
    """The table ``people`` of `WhatIf`."""
    reps = present.people.index.union(other.people.index)
    who = other.people.reindex(reps)[["region", "team", "rep"]]
    who = who.where(who.notna(), present.people.reindex(reps)[["region", "team", "rep"]])
    by_plan = [{rep: payout for rep, payout in plan.people["payout"].items()} for plan in (present, other)]
    amounts = [[of_plan.get(rep, ZERO) for rep in reps] for of_plan in by_plan]
    pairs = zip(*amounts, strict=True)
    difference = [None if paid is None or would_be is None else would_be - paid for paid, would_be in pairs]
    columns = {"present": amounts[0], "other": amounts[1], "difference": difference}
    gains = who.assign(**{name: pd.Series(values, index=reps, dtype=object) for name, values in columns.items()})
    return PLAN_GAINS.checked(gains)
