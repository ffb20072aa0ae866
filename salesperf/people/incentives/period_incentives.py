"""The incentives of a client for a period: plan, payouts, awards, suggestions, comparisons (docs/methods.md §8)."""

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

    ``plan``: None where the client file names none; ``paid``: the payouts with their awards, or why there are none;
    ``suggested``: for the whole company, empty where the plan has no rules for it.
    """

    plan: IncentivePlan | None
    paid: Payouts | Unpaid
    suggested: tuple[Suggestion, ...]


def incentives(export: Export, plan: str = "") -> Incentives:
    """The incentives of a client's period under the client's plan, or under another one by its preset or file.

    ``plan``: the name of a preset or a file, "" for the client's. Raises RequestError naming file, line and key of a
    wrong plan, DataError for wrong splits or targets.
    """
    if not plan:
        return _client_incentives(export)
    other = plan_at(plan, export)
    return Incentives(other, payouts(export, other), tuple(suggested(export, other)))


@company_wide
def own_payouts(export: Export) -> Payouts | Unpaid:
    """The payouts of the client's period under the client's plan, or why there are none."""
    plan = read_incentives(export)
    return payouts(export, plan) if plan else Unpaid("no_plan")


@company_wide
def _client_incentives(export: Export) -> Incentives:
    plan = read_incentives(export)
    return Incentives(plan, own_payouts(export), tuple(suggested(export, plan)) if plan else ())


def plan_of(export: Export, plan: str = "") -> IncentivePlan | None:
    """The client's plan, or another one by its preset or file; None where ``plan`` is "" and there is none.

    Raises RequestError naming file, line and key of a wrong plan.
    """
    return plan_at(plan, export) if plan else read_incentives(export)


def compared(export: Export, present: IncentivePlan | None, against: str, count: int = 4) -> WhatIf | None:
    """A plan on its last ``count`` settlement periods compared with another one, the preset or file ``against``.

    None where ``present`` is None or ``against`` is "". Raises RequestError for a wrong plan, and where both plans have
    no settlement period in common.
    """
    other = plan_of(export, against) if against else None
    return what_if(export, present, other, count) if present and other else None
