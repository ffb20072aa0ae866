"""The settlement of a rep's account, period by period: what is due by all that is known, less what was paid.

A settlement period works out what it and all periods before it have earned, by every sale and refund known at its end,
and pays the difference to what had been paid. So a sale and its full refund, whenever it comes, pay nothing together
under every plan (docs/methods.md §8, *Settlement*).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from salesperf.people.incentives.commission import Conditions, Earned, draw_of, earned
from salesperf.people.incentives.incentive_plan import IncentivePlan
from salesperf.people.incentives.pay_rules import ZERO

BEFORE = -1  # the place of every period before the plan


class Entry(NamedTuple):
    """A sum of credited sales, or of refunds, of one rep.

    ``made``: the settlement period of the sales; ``known``: the one in which the sales, or their refunds, became known.
    Both are places, counted from 0 for the plan's first settlement period; BEFORE is any period before it. ``amount``
    and ``margin`` in money, negative for refunds; ``margin`` is None where a cost is not known.
    """

    made: int
    known: int
    amount: Decimal
    margin: Decimal | None = None


class Settlement(NamedTuple):
    """What one rep is paid for one settlement period, and what it is made of.

    ``place``: that of the settlement period (see `Entry`). ``payout`` = commission + curve + bonus − cap_cut + draw −
    recovered + clawback, in money to the cent; None with a ``reason`` ("target", "cost") where it is not available.
    With the reason "score" there is a payout, but no score and so no bonus; with "left" it pays nothing for what
    somebody sold who was not employed in the period and has no target for it. ``revenue``: credited sales less refunds,
    each in the period that it became known in; ``credited``: sales of the period less their refunds known by its end.
    ``clawback``: the change of what earlier periods earned, since the last period that was paid. ``draw`` and
    ``recovered`` include what changed for earlier periods. ``paid_before``: the place of the last period before this
    one that was paid, up to whose end everything known is settled; BEFORE where there is none.
    """

    place: int
    revenue: Decimal
    credited: Decimal
    conditions: Conditions
    earned: Earned
    draw: Decimal
    recovered: Decimal
    clawback: Decimal
    payout: Decimal | None
    reason: str
    paid_before: int = BEFORE

    @property
    def attainment(self) -> Decimal | None:
        """Credited ÷ target; None without a target."""
        return self.credited / self.conditions.target if self.conditions.target else None


class Account:
    """The account of one rep under a plan, settled period by period from the plan's first on.

    ``conditions``: those of each settlement period, in order.
    """

    def __init__(self, plan: IncentivePlan, conditions: Sequence[Conditions]) -> None:
        self._plan, self._conditions = plan, conditions
        self._least = [draw_of(plan, of_period) for of_period in conditions] if plan.draw else []  # the draws
        self._sold: dict[int, Decimal] = {}  # place → credited amount by all that is known
        self._margin: dict[int, Decimal | None] = {}
        self._earned: list[Earned] = []  # by place, by all that is known
        self._open = ZERO  # change of what earlier periods earned, not paid yet
        self._drawn = self._recovered = self._balance = ZERO  # sums of all periods, and what is owed of the draws
        self._paid, self._paid_draws = BEFORE, (ZERO, ZERO)  # last place paid, sums of draws and recoveries paid

    def settle(self, entries: Iterable[Entry]) -> Settlement:
        """Settles the next period with the entries that became known in it, and returns its settlement."""
        settlement = self._settled(self._enter(entries))
        self._close()
        return settlement

    def skip(self, entries: Iterable[Entry]) -> None:
        """Settles the next period with the entries that became known in it, without returning its settlement."""
        self._enter(entries)
        self._close()

    def _enter(self, entries: Iterable[Entry]) -> Decimal:
        """Works out what the next period earned, and anew those whose sales changed; returns the period's revenue."""
        now, revenue = len(self._earned), ZERO
        late: set[int] = set()
        for entry in entries:
            revenue += entry.amount
            if entry.made != BEFORE:
                self._book(entry)
                late.add(entry.made)
        late.discard(now)
        for place in late:
            self._restate(place)
        self._earned.append(self._worked_out(now))
        if self._plan.draw is not None:
            self._draw_again() if late else self._draw(now)
        return revenue

    def _settled(self, revenue: Decimal) -> Settlement:
        """The settlement of the period entered last."""
        now = len(self._earned) - 1
        earnings, conditions, credited = self._earned[now], self._conditions[now], self._sold.get(now, ZERO)
        draw, recovered = self._drawn - self._paid_draws[0], self._recovered - self._paid_draws[1]
        if earnings.reason:
            reason = earnings.reason
            return Settlement(
                now, revenue, credited, conditions, earnings, draw, recovered, self._open, None, reason, self._paid
            )
        payout = earnings.total + self._open + draw - recovered
        reason = "score" if self._plan.bonus and conditions.employed and conditions.coefficient is None else ""
        if self._plan.bonus and conditions.employed and conditions.too_new:
            reason = "too_new"
        if self._plan.by_attainment and not conditions.employed and not conditions.target and credited:
            reason = "left"
        return Settlement(
            now, revenue, credited, conditions, earnings, draw, recovered, self._open, payout, reason, self._paid
        )

    def _close(self) -> None:
        """Marks the last period as paid; what is open of one that is not available waits for the next one that is."""
        if not self._earned[-1].reason:
            self._open, self._paid = ZERO, len(self._earned) - 1
            self._paid_draws = self._drawn, self._recovered

    def _book(self, entry: Entry) -> None:
        self._sold[entry.made] = self._sold.get(entry.made, ZERO) + entry.amount
        margin = self._margin.get(entry.made, ZERO)
        self._margin[entry.made] = None if margin is None or entry.margin is None else margin + entry.margin

    def _restate(self, place: int) -> None:
        """Works out an earlier period anew, and adds the change of what it earned to what is open."""
        anew = self._worked_out(place)
        self._open += anew.total - self._earned[place].total
        self._earned[place] = anew

    def _worked_out(self, place: int) -> Earned:
        sold, margin = self._sold.get(place, ZERO), self._margin.get(place, ZERO)
        return earned(self._plan, sold, margin, self._conditions[place])

    def _draw_again(self) -> None:
        """Works out all draws anew, as a change of an earlier period may change every draw after it."""
        self._drawn = self._recovered = self._balance = ZERO
        for place in range(len(self._earned)):
            self._draw(place)

    def _draw(self, place: int) -> None:
        """Adds a period's draw, which fills what it earned up to the draw, or what it recovers of earlier draws."""
        draw, earnings = self._plan.draw, self._earned[place]
        if draw is None or earnings.reason:
            return
        least = self._least[place]
        if least and earnings.total < least:
            self._drawn += least - earnings.total
            self._balance += least - earnings.total if draw.recoverable else ZERO
        elif earnings.total > least:
            back = min(self._balance, earnings.total - least)
            self._recovered += back
            self._balance -= back


def settled(
    plan: IncentivePlan, entries: Sequence[Entry], conditions: Sequence[Conditions], start: int = 0
) -> list[Settlement]:
    """The settlements of one rep, from the period at ``start`` on; the order of entries changes nothing.

    ``conditions``: one per settlement period, from the plan's first on, so that `Entry` places are indices into it.
    Entries that become known after the last are left out.
    """
    of_period: dict[int, list[Entry]] = {}
    for entry in entries:
        of_period.setdefault(entry.known, []).append(entry)
    account = Account(plan, conditions)
    for place in range(start):
        account.skip(of_period.get(place, ()))
    return [account.settle(of_period.get(place, ())) for place in range(start, len(conditions))]
