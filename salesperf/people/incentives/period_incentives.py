"""Incentives: everything of a client's plan for a period, at one door (docs/methods.md §8)."""

from dataclasses import dataclass

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export
from salesperf.people.incentives.accounts import Unpaid
from salesperf.people.incentives.incentive_plan import IncentivePlan, plan_at, read_incentives
from salesperf.people.incentives.payouts import Payouts, payouts
from salesperf.people.incentives.suggestions import Suggestion, suggested
from salesperf.people.incentives.what_if import WhatIf, what_if


@dataclass(frozen=True)
class Incentives:
    """A client's incentives for a period.

    ``plan`` is None where the client file names none. ``paid`` has the payouts with their awards, or says why there
    are none.
    """

    plan: IncentivePlan | None
    paid: Payouts | Unpaid
    suggested: tuple[Suggestion, ...]


def incentives(export: Export, plan: str = "") -> Incentives:
    """The incentives of a client's period under the client's plan, or under another one by its preset or file.

    Raises RequestError naming file, line and key of a wrong plan, DataError for wrong splits or targets.
    """
    if not plan:
        return _own_incentives(export)
    read = plan_at(plan, export)
    return Incentives(read, payouts(export, read), tuple(suggested(export, read)))


@company_wide
def own_payouts(export: Export) -> Payouts | Unpaid:
    """The payouts of the client's period under the client's plan, or why there are none."""
    read = read_incentives(export)
    return payouts(export, read) if read else Unpaid("no_plan")


@company_wide
def _own_incentives(export: Export) -> Incentives:
    read = read_incentives(export)
    return Incentives(read, own_payouts(export), tuple(suggested(export, read)) if read else ())


def plan_of(export: Export, plan: str = "") -> IncentivePlan | None:
    """The client's plan, or another one by its preset or file; None where the client file names none."""
    return plan_at(plan, export) if plan else read_incentives(export)


def compared(export: Export, present: IncentivePlan | None, against: str, count: int = 4) -> WhatIf | None:
    """A plan on its last settlement periods against another one, a preset or a file; None where one of them is missing.

    Raises RequestError where no settlement period is covered by both.
    """
    other = plan_of(export, against) if against else None
    return what_if(export, present, other, count) if present and other else None
