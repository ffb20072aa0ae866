"""The payouts of a period by rep and part, and their cost, in decimals to the cent (docs/methods.md §8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.coverage import reaches_end
from salesperf.measures.kpis import registry
from salesperf.people.incentives.accounts import Accounts, Unpaid, first_settlement, opened_accounts, scored_periods
from salesperf.people.incentives.accounts import settled_periods as settled_in
from salesperf.people.incentives.awards import AwardResult, award_periods, award_results, prizes
from salesperf.people.incentives.incentive_plan import IncentivePlan
from salesperf.people.incentives.pay_rules import ZERO
from salesperf.people.incentives.settlement import Settlement
from salesperf.people.scores import RepScores, rep_scores
from salesperf.periods import Period
from salesperf.schemas import PAYOUT_SUMS, PAYOUTS

PARTS = ("commission", "curve", "bonus", "cap_cut", "draw", "recovered", "clawback", "award")
_SIGNS = {"cap_cut": -1, "recovered": -1}  # parts that are subtracted; the others are added


@dataclass(frozen=True)
class Payouts:
    """The payouts of a period.

    ``people``: one row per rep who was employed, or has a sale, refund, payout or award in the period (index rep_id),
    all columns of dtype object. Columns: region, team ("" without), rep (the name), revenue, credited, target,
    attainment, the PARTS, payout, reason. Amounts are Decimal, in money; target and attainment are None where a
    settlement period has no target. The payout is the sum of the parts less cap_cut and recovered. Where it is not
    available, it and all parts but award are None, and the reason is "target" or "cost" (see `Earned`); the reason
    "score" says that the bonus alone is not available, "left" that sales after leaving pay nothing; otherwise it is "".
    ``preview``: the label of the last settlement period where it is not over, so that its payouts are but a preview,
    which settles nothing, and its awards are not decided; "" where it is over.
    """

    accounts: Accounts
    awards: tuple[AwardResult, ...]
    people: pd.DataFrame
    preview: str = ""

    @property
    def plan(self) -> IncentivePlan:
        """The plan that pays."""
        return self.accounts.plan

    @property
    def settled(self) -> tuple[Period, ...]:
        """The settlement periods that are paid."""
        return self.accounts.settled


def payouts(export: Export, plan: IncentivePlan, period: Period | None = None) -> Payouts | Unpaid:
    """The payouts of a period (default: the client's), summed over its settlement periods; or why there are none.

    Raises DataError for wrong splits or targets.
    """
    settled = settled_in(export, plan, period or export.period)
    if isinstance(settled, Unpaid):
        return settled
    return settled_payouts(export, plan, settled)


def settled_payouts(
    export: Export, plan: IncentivePlan, settled: Sequence[Period], scores: RepScores | None = None
) -> Payouts:
    """The payouts of consecutive settlement periods, at least one, summed over them.

    ``scores``: those of the periods that `needed_scores` names, computed here where they are None. Raises DataError for
    wrong splits or targets.
    """
    needed = needed_scores(export, plan, settled)
    if scores is None and needed:
        scores = rep_scores(export, needed)
    accounts = opened_accounts(export, plan, settled, scores)
    awards = award_results(plan, scores, settled, registry(export)) if scores else []
    over = [award for award in awards if reaches_end(export, award.period)]
    preview = "" if reaches_end(export, settled[-1]) else settled[-1].label
    return Payouts(accounts, tuple(over), _people(accounts, prizes(over)), preview)


def needed_scores(export: Export, plan: IncentivePlan, settled: Sequence[Period]) -> list[Period]:
    """The periods whose scores and KPIs the bonuses and awards of some settlement periods need, each once."""
    first, last = first_settlement(export, plan), settled[-1]
    periods = last.trailing((last.first - first.first) // plan.length + 1)
    return list(dict.fromkeys([*scored_periods(plan, periods, settled), *award_periods(plan, settled)]))


def sums(people: pd.DataFrame, by: Literal["company", "region", "team"]) -> pd.DataFrame:
    """The payouts of teams, regions or the company, with their cost.

    ``people``: that of `Payouts`. One row per group, in order of its keys; columns: region and team as they apply;
    revenue and credited of everybody, the PARTS and payout of those whose payout is available (Decimal, in money); cost
    (float: payout ÷ the revenue of the same reps, None where that is not above 0); people (int: their number);
    unavailable (int: how many of them have no payout).
    """
    keys = {"company": [], "region": ["region"], "team": ["region", "team"]}[by]
    groups: Any = people.groupby(keys, sort=True) if keys else [((), people)]
    rows = [dict(zip(keys, area, strict=True)) | _sum(group) for area, group in groups]
    return PAYOUT_SUMS.checked(pd.DataFrame(rows, columns=[*keys, *PAYOUT_SUMS.columns]))


def _sum(group: pd.DataFrame) -> dict[str, object]:
    """The row of a group in `sums`, without its keys."""
    paid = group[[amount is not None for amount in group["payout"]]]
    amounts = {name: sum(group[name], ZERO) for name in ("revenue", "credited")}
    amounts |= {name: sum(paid[name], ZERO) for name in (*PARTS, "payout")}
    revenue, payout = sum(paid["revenue"], ZERO), amounts["payout"]
    cost = float(payout / revenue) if revenue > 0 else None
    return {**amounts, "cost": cost, "people": len(group), "unavailable": len(group) - len(paid)}


def _people(accounts: Accounts, won: Mapping[str, Decimal]) -> pd.DataFrame:
    """The table ``people`` of `Payouts`; ``won``: rep id → the sum of the rep's prizes."""
    rows = {}
    for listed in accounts.staff:
        rep = listed["rep_id"]
        settlements = list(accounts.settlements[rep].values())
        award = won.get(rep, ZERO)
        if award or any(_is_active(settlement) for settlement in settlements):
            who = {"region": listed["region"], "team": listed["team"] or "", "rep": listed["rep"]}
            rows[rep] = who | _added(settlements, award)
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=list(PAYOUTS.columns), dtype=object)
    return PAYOUTS.checked(frame.rename_axis("rep_id"))


def _is_active(settlement: Settlement) -> bool:
    """Whether the rep was employed in the settlement period, or anything was sold, credited or paid."""
    return bool(
        settlement.conditions.employed
        or settlement.revenue
        or settlement.credited
        or settlement.clawback
        or settlement.payout
    )


def _added(settlements: Sequence[Settlement], award: Decimal) -> dict[str, object]:
    """The settlements of a rep, and the sum of the rep's prizes, as one row; the first reason stands for all."""
    reason = next((settlement.reason for settlement in settlements if settlement.payout is None), "")
    credited = sum((settlement.credited for settlement in settlements), ZERO)
    targets = [settlement.conditions.target for settlement in settlements]
    target = None if not all(targets) else sum((amount for amount in targets if amount is not None), ZERO)
    revenue = sum((settlement.revenue for settlement in settlements), ZERO)
    row: dict[str, object] = {"revenue": revenue, "credited": credited}
    row |= {"target": target, "attainment": credited / target if target else None}
    if reason:
        return row | dict.fromkeys(PARTS) | {"award": award, "payout": None, "reason": reason}
    parts = {name: sum((_part(settlement, name) for settlement in settlements), ZERO) for name in PARTS[:-1]}
    parts |= {"award": award}
    payout = sum((amount * _SIGNS.get(name, 1) for name, amount in parts.items()), ZERO)
    reason = next((settlement.reason for settlement in settlements if settlement.reason), "")
    return row | parts | {"payout": payout, "reason": reason}


def _part(settlement: Settlement, name: str) -> Decimal:
    """The amount of one of the PARTS but "award"."""
    amount: Decimal = getattr(settlement if name in ("draw", "recovered", "clawback") else settlement.earned, name)
    return amount
