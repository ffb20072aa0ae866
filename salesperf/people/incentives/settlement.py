"""The settlement of a rep's account, period by period: what is due by all that is known, less what was paid.

What is due for all periods up to q is worked out anew with every refund known at the end of q; q pays the difference
to what was due by what was known before. So a sale and its full refund, whenever it comes, pay nothing together, under
every plan: tiers, curve, cap and draw alike (docs/methods.md §8).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from salesperf.people.incentives.commission import Conditions, Earned, draw_of, earned
from salesperf.people.incentives.incentive_plan import IncentivePlan
from salesperf.people.incentives.pay_rules import ZERO

BEFORE = -1  # the place of every period before the plan


class Entry(NamedTuple):
    """Credited sales of one rep: the period they were made in, the one in which they or their refund became known.

    Places count settlement periods from the first of the plan; ``margin`` is None where the cost is not known.
    """

    made: int
    known: int
    amount: Decimal
    margin: Decimal | None = None


class Settlement(NamedTuple):
    """What one rep is paid for one settlement period, and what it is made of.

    ``payout`` = commission + curve + bonus − cap_cut + draw − recovered + clawback, to the cent; None with a
    ``reason`` where it is not available. ``revenue``: sales less refunds by the day of each; ``credited``: sales of
    the period less their refunds known by its end; ``clawback``: the change of what earlier periods earned, 0 or
    less for refunds; ``draw`` and ``recovered`` include what changes for earlier periods; ``paid_before``: the last
    period before that was paid, up to whose end everything known is settled.
    """

    place: int
    revenue: Decimal
    credited: Decimal
    held: Conditions
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
        return self.credited / self.held.target if self.held.target else None


class Account:
    """The account of one rep under a plan: entries come in by the period in which they become known."""

    def __init__(self, plan: IncentivePlan, conditions: Sequence[Conditions]) -> None:
        self._plan, self._conditions = plan, conditions
        self._least = [draw_of(plan, held) for held in conditions] if plan.draw else []
        self._sold: dict[int, Decimal] = {}
        self._margin: dict[int, Decimal | None] = {}
        self._earned: list[Earned] = []
        self._open = self._drawn = self._recovered = self._balance = ZERO
        self._paid, self._paid_draws = BEFORE, (ZERO, ZERO)  # up to where, and the draws and recoveries in it

    def settle(self, entries: Iterable[Entry]) -> Settlement:
        """The next settlement period, with the entries that became known in it."""
        settlement = self._settled(self._enter(entries))
        self._close()
        return settlement

    def skip(self, entries: Iterable[Entry]) -> None:
        """Settles the next period without telling it."""
        self._enter(entries)
        self._close()

    def _enter(self, entries: Iterable[Entry]) -> Decimal:
        """Works out the next period, and earlier ones anew whose sales changed; gives the period's revenue."""
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
        now = len(self._earned) - 1
        own, held, credited = self._earned[now], self._conditions[now], self._sold.get(now, ZERO)
        draw, recovered = self._drawn - self._paid_draws[0], self._recovered - self._paid_draws[1]
        if own.reason:
            return Settlement(
                now, revenue, credited, held, own, draw, recovered, self._open, None, own.reason, self._paid
            )
        payout = own.total + self._open + draw - recovered
        reason = "score" if self._plan.bonus and held.employed and held.coefficient is None else ""
        return Settlement(now, revenue, credited, held, own, draw, recovered, self._open, payout, reason, self._paid)

    def _close(self) -> None:
        """Nothing is open after a period that is paid; one that is not waits for the next that can be."""
        if not self._earned[-1].reason:
            self._open, self._paid = ZERO, len(self._earned) - 1
            self._paid_draws = self._drawn, self._recovered

    def _book(self, entry: Entry) -> None:
        self._sold[entry.made] = self._sold.get(entry.made, ZERO) + entry.amount
        margin = self._margin.get(entry.made, ZERO)
        self._margin[entry.made] = None if margin is None or entry.margin is None else margin + entry.margin

    def _restate(self, place: int) -> None:
        anew = self._worked_out(place)
        self._open += anew.total - self._earned[place].total
        self._earned[place] = anew

    def _worked_out(self, place: int) -> Earned:
        sold, margin = self._sold.get(place, ZERO), self._margin.get(place, ZERO)
        return earned(self._plan, sold, margin, self._conditions[place])

    def _draw_again(self) -> None:
        self._drawn = self._recovered = self._balance = ZERO
        for place in range(len(self._earned)):
            self._draw(place)

    def _draw(self, place: int) -> None:
        """The draw of a period on what it earned; a recoverable one is owed until more than it is earned."""
        draw, own = self._plan.draw, self._earned[place]
        if draw is None or own.reason:
            return
        least = self._least[place]
        if least and own.total < least:
            self._drawn += least - own.total
            self._balance += least - own.total if draw.recoverable else ZERO
        elif own.total > least:
            back = min(self._balance, own.total - least)
            self._recovered += back
            self._balance -= back


def settled(
    plan: IncentivePlan, entries: Sequence[Entry], conditions: Sequence[Conditions], start: int = 0
) -> list[Settlement]:
    """The settlements of one rep, from the period at ``start`` on; the order of entries changes nothing.

    ``conditions``: one per period from the plan's first on. Entries that become known after the last are left out.
    """
    of_period: dict[int, list[Entry]] = {}
    for entry in entries:
        of_period.setdefault(entry.known, []).append(entry)
    account = Account(plan, conditions)
    for place in range(start):
        account.skip(of_period.get(place, ()))
    return [account.settle(of_period.get(place, ())) for place in range(start, len(conditions))]
