"""Printed incentive plans: their rules in words, and what another plan would have cost on past periods."""

from decimal import Decimal
from typing import Any

import pandas as pd

from salesperf.language import Voice
from salesperf.params import Client
from salesperf.people.incentives.incentive_plan import IncentivePlan
from salesperf.people.incentives.pay_rules import ZERO, Commission, Curve
from salesperf.people.incentives.what_if import WhatIf
from salesperf.present.exhibit import NOTHING, Exhibit, notes, paragraph, table, together
from salesperf.present.masthead import masthead
from salesperf.present.money import cents, exact_share, full_units


def incentives_masthead(voice: Voice, client: Client) -> Exhibit:
    """The head of the page on incentives: period, client and dates."""
    return masthead(voice, client, voice("pay_title", period=client.period))


def plan_table(voice: Voice, plan: IncentivePlan | None) -> Exhibit:
    """The rules of a plan in words, one row per part; a sentence says so where there is none."""
    if plan is None:
        return paragraph(voice("pay_no_plan"))
    rows = {
        voice("pay_plan_every"): voice(f"pay_every_{plan.every}"),
        voice("pay_plan_base"): full_units(voice, plan.base),
        voice("pay_plan_target"): full_units(voice, plan.target_incentive),
        voice("pay_plan_ote"): full_units(voice, plan.base + plan.target_incentive),
        **_parts(voice, plan),
    }
    if plan.people:
        rows[voice("pay_plan_own")] = voice.listed([person.rep for person in plan.people])
    frame = pd.DataFrame({voice("pay_plan_part"): list(rows), voice("pay_plan_rule"): list(rows.values())})
    return table(frame, "plan", left=(voice("pay_plan_rule"),))


def what_if_sentence(voice: Voice, what_if: WhatIf | None) -> Exhibit:
    """What the other plan would have cost, and how many would have gained or lost; NOTHING without another plan."""
    if what_if is None:
        return NOTHING
    costs = what_if.costs
    revenue, present, other = (sum(costs[name], ZERO) for name in ("revenue", "present", "other"))
    unchanged = len(what_if.people) - what_if.gainers - what_if.losers - what_if.unavailable
    sentence = voice(
        "whatif_sentence",
        first=what_if.present.settled[0],
        last=what_if.present.settled[-1],
        present=full_units(voice, present),
        other=full_units(voice, other),
        change=_change(voice, other - present),
        ratio=_ratio(voice, other, revenue),
        present_ratio=_ratio(voice, present, revenue),
        gainers=voice.count(what_if.gainers),
        losers=voice.count(what_if.losers),
        same=voice.count(unchanged),
    )
    remarks = [voice("whatif_assumes")]
    if what_if.unavailable:
        remarks.append(voice("whatif_unavailable", n=voice.count(what_if.unavailable)))
    return together(paragraph(sentence), notes(remarks))


def cost_table(voice: Voice, what_if: WhatIf | None) -> Exhibit:
    """Revenue, and both plans' cost in money and ÷ revenue, by period and in all; NOTHING without another plan."""
    if what_if is None:
        return NOTHING
    total = {name: sum(what_if.costs[name], ZERO) for name in ("revenue", "present", "other")}
    rows: list[dict[Any, Any]] = [*what_if.costs.to_dict("records"), {"period": voice("pay_total"), **total}]
    frame = pd.DataFrame(
        {
            voice("whatif_period"): [voice.period(row["period"]) for row in rows],
            voice("pay_revenue"): [full_units(voice, row["revenue"]) for row in rows],
            voice("whatif_present"): [cents(voice, row["present"]) for row in rows],
            voice("whatif_other"): [cents(voice, row["other"]) for row in rows],
            voice("whatif_change"): [_change(voice, row["other"] - row["present"], to_the_cent=True) for row in rows],
            voice("whatif_present_ratio"): [_ratio(voice, row["present"], row["revenue"]) for row in rows],
            voice("whatif_other_ratio"): [_ratio(voice, row["other"], row["revenue"]) for row in rows],
        }
    )
    return table(frame, "what-if")


def _parts(voice: Voice, plan: IncentivePlan) -> dict[str, str]:
    rows = {}
    if plan.bonus:
        rows[voice("pay_plan_bonus")] = (
            voice("pay_plan_bonus_amount", amount=full_units(voice, plan.bonus.amount))
            if plan.bonus.share is None
            else voice("pay_plan_bonus_share", share=exact_share(voice, plan.bonus.share, None))
        )
    if plan.curve:
        rows[voice("pay_plan_curve")] = _curve(voice, plan.curve)
    if plan.commission:
        how = voice(f"pay_plan_commission_{plan.commission.mode}", tiers=_tiers(voice, plan.commission))
        rows[voice("pay_plan_commission")] = voice(f"pay_plan_of_{plan.commission.of}", how=how)
    if plan.cap:
        rows[voice("pay_plan_cap")] = (
            full_units(voice, plan.cap.amount)
            if plan.cap.times is None
            else voice("pay_plan_cap_times", times=f"{plan.cap.times.normalize():f}")
        )
    if plan.draw:
        kind = "recoverable" if plan.draw.recoverable else "kept"
        rows[voice("pay_plan_draw")] = voice(f"pay_plan_draw_{kind}", amount=full_units(voice, plan.draw.amount))
    return rows


def _curve(voice: Voice, curve: Curve) -> str:
    points = [f"{exact_share(voice, at, None)} → {exact_share(voice, pays, None)}" for at, pays in curve.points]
    return voice("pay_plan_curve_points", share=exact_share(voice, curve.share, None), points=voice.listed(points))


def _tiers(voice: Voice, commission: Commission) -> str:
    by_amount = commission.by == "amount"
    tiers = []
    for start, rate in commission.rates:
        where = full_units(voice, start) if by_amount else exact_share(voice, start, None)
        tiers.append(voice("pay_plan_tier", rate=exact_share(voice, rate, None), start=where))
    return voice.listed(tiers)


def _change(voice: Voice, change: Decimal, *, to_the_cent: bool = False) -> str:
    text = cents(voice, change) if to_the_cent else full_units(voice, change)
    return f"+{text}" if change > 0 else text


def _ratio(voice: Voice, amount: Decimal, revenue: Decimal) -> str:
    return exact_share(voice, amount / revenue) if revenue > 0 else voice.missing
