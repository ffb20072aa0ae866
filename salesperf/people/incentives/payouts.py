"""What everybody is paid for a period, out of what, and what it costs; every amount a decimal, to the cent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.kpis import registry
from salesperf.people.incentives.accounts import Accounts, Unpaid, first_settlement, opened_accounts, scored_periods
from salesperf.people.incentives.accounts import settled_periods as settled_in
from salesperf.people.incentives.awards import AwardResult, award_periods, award_results, prizes
from salesperf.people.incentives.incentive_plan import IncentivePlan
from salesperf.people.incentives.pay_rules import ZERO
from salesperf.people.incentives.settlement import Settlement
from salesperf.people.scores import RepScores, rep_scores
from salesperf.periods import Period

PARTS = ("commission", "curve", "bonus", "cap_cut", "draw", "recovered", "clawback", "award")
_SIGNS = {"cap_cut": -1, "recovered": -1}  # what is taken off; everything else is added


@dataclass(frozen=True)
class Payouts:
    """The payouts of a period.

    ``people``: one row per rep (index rep_id) with region, team, rep, revenue, credited, target, attainment, the PARTS,
    payout and reason; amounts are Decimal. The payout is the sum of its parts, cap_cut and recovered taken off; None
    with a reason ("target", "cost") where it is not available. The reason "score" says that the bonus alone is not.
    """

    accounts: Accounts
    awards: tuple[AwardResult, ...]
    people: pd.DataFrame

    @property
    def plan(self) -> IncentivePlan:
        """The plan that pays."""
        return self.accounts.plan

    @property
    def settled(self) -> tuple[Period, ...]:
        """The settlement periods that are paid."""
        return self.accounts.settled


def payouts(export: Export, plan: IncentivePlan, period: Period | None = None) -> Payouts | Unpaid:
    """The payouts of a period (default: the client's), the sum of its settlement periods; or why there are none.

    Raises DataError for splits or targets that are wrong.
    """
    settled = settled_in(export, plan, period or export.period)
    if isinstance(settled, Unpaid):
        return settled
    return settled_payouts(export, plan, settled)


def settled_payouts(
    export: Export, plan: IncentivePlan, settled: Sequence[Period], scores: RepScores | None = None
) -> Payouts:
    """The payouts of some settlement periods on end. ``scores``: of the periods that `needed_scores` names."""
    needed = needed_scores(export, plan, settled)
    if scores is None and needed:
        scores = rep_scores(export, needed)
    accounts = opened_accounts(export, plan, settled, scores)
    awards = award_results(plan, scores, settled, registry(export)) if scores else []
    return Payouts(accounts, tuple(awards), _people(accounts, prizes(awards)))


def needed_scores(export: Export, plan: IncentivePlan, settled: Sequence[Period]) -> list[Period]:
    """The periods whose scores and KPIs a plan needs for the settlement of some periods: for bonuses and awards."""
    first, last = first_settlement(export, plan), settled[-1]
    periods = last.trailing((last.first - first.first) // plan.length + 1)
    return list(dict.fromkeys([*scored_periods(plan, periods, settled), *award_periods(plan, settled)]))


def sums(people: pd.DataFrame, by: Literal["company", "region", "team"]) -> pd.DataFrame:
    """The payouts of teams, regions or the company, with their cost.

    Columns: region and team as they apply, revenue, credited, the PARTS, payout, cost (payout ÷ revenue, None without
    revenue), people, unavailable (whose payout is not: the sums leave them out).
    """
    keys = {"company": [], "region": ["region"], "team": ["region", "team"]}[by]
    groups: Any = people.groupby(keys, sort=True) if keys else [((), people)]
    rows = [dict(zip(keys, area, strict=True)) | _sum(group) for area, group in groups]
    return pd.DataFrame(rows, columns=[*keys, "revenue", "credited", *PARTS, "payout", "cost", "people", "unavailable"])


def _sum(group: pd.DataFrame) -> dict[str, object]:
    paid = group[[amount is not None for amount in group["payout"]]]
    amounts = {name: sum(group[name], ZERO) for name in ("revenue", "credited")}
    amounts |= {name: sum(paid[name], ZERO) for name in (*PARTS, "payout")}
    revenue, payout = sum(paid["revenue"], ZERO), amounts["payout"]
    cost = float(payout / revenue) if revenue > 0 else None
    return {**amounts, "cost": cost, "people": len(group), "unavailable": len(group) - len(paid)}


def _people(accounts: Accounts, won: Mapping[str, Decimal]) -> pd.DataFrame:
    rows = {}
    for person in accounts.staff:
        rep = person["rep_id"]
        own = list(accounts.settlements[rep].values())
        award = won.get(rep, ZERO)
        if award or any(_is_there(settlement) for settlement in own):
            who = {"region": person["region"], "team": person["team"] or "", "rep": person["rep"]}
            rows[rep] = who | _added(own, award)
    columns = ["region", "team", "rep", "revenue", "credited", "target", "attainment", *PARTS, "payout", "reason"]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=object)
    return frame.rename_axis("rep_id")


def _is_there(settlement: Settlement) -> bool:
    return bool(
        settlement.held.employed
        or settlement.revenue
        or settlement.credited
        or settlement.clawback
        or settlement.payout
    )


def _added(own: Sequence[Settlement], award: Decimal) -> dict[str, object]:
    """One or several settlements of a rep as one row."""
    reason = next((settlement.reason for settlement in own if settlement.payout is None), "")
    credited = sum((settlement.credited for settlement in own), ZERO)
    targets = [settlement.held.target for settlement in own]
    target = None if not all(targets) else sum((amount for amount in targets if amount is not None), ZERO)
    row: dict[str, object] = {"revenue": sum((settlement.revenue for settlement in own), ZERO), "credited": credited}
    row |= {"target": target, "attainment": credited / target if target else None}
    if reason:
        return row | dict.fromkeys(PARTS) | {"award": award, "payout": None, "reason": reason}
    parts = {name: sum((_part(settlement, name) for settlement in own), ZERO) for name in PARTS[:-1]} | {"award": award}
    payout = sum((amount * _SIGNS.get(name, 1) for name, amount in parts.items()), ZERO)
    return (
        row
        | parts
        | {"payout": payout, "reason": next((settlement.reason for settlement in own if settlement.reason), "")}
    )


def _part(settlement: Settlement, name: str) -> Decimal:
    amount: Decimal = getattr(settlement if name in ("draw", "recovered", "clawback") else settlement.earned, name)
    return amount
