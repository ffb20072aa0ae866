"""Printed payouts of a region or the company with the parts that make them, and the trace of one rep's payout."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from salesperf.data.export import Export
from salesperf.language import Voice
from salesperf.params import Client
from salesperf.people.incentives.accounts import Unpaid
from salesperf.people.incentives.commission import ONE, curve_factor
from salesperf.people.incentives.incentive_plan import IncentivePlan
from salesperf.people.incentives.pay_rules import ZERO
from salesperf.people.incentives.payouts import PARTS, Payouts, sums
from salesperf.people.incentives.period_incentives import Incentives
from salesperf.people.incentives.traces import Line, trace
from salesperf.present.exhibit import NOTHING, Exhibit, notes, paragraph, table, together
from salesperf.present.money import attained, cents, exact_share, full_units
from salesperf.present.values import in_order

_TAKEN_OFF = ("cap_cut", "recovered")  # parts that are held as amounts above 0 and lower the payout
_JUST_BELOW = Decimal("0.0005")  # of the target
MOST_PAID = 12  # rows of the highest payouts


def payout_sentence(voice: Voice, client: Client, incentives: Incentives, *, region: str = "") -> Exhibit:
    """What the period pays to how many reps, and its cost as a share of revenue; of a region, or "" for the company.

    Where payouts are not available, the sentence says why; it never says 0.
    """
    if isinstance(incentives.paid, Unpaid):
        return paragraph(_why_unpaid(voice, client, incentives.paid))
    people = _of_region(incentives.paid, region)
    if people.empty:
        area = region or voice("pay_company")
        return paragraph(voice("pay_sentence_none", area=area, period=client.period))
    total = sums(people, "company").iloc[0]
    words = {"period": client.period, "payout": cents(voice, total["payout"]), "people": total["people"]}
    preview = [voice("pay_preview", period=incentives.paid.preview)] if incentives.paid.preview else []
    if total["cost"] is None:
        sentence = voice("pay_sentence_no_cost", **words)
    else:
        words |= {"cost": voice.share(total["cost"]), "revenue": full_units(voice, total["revenue"])}
        sentence = voice("pay_sentence", **words)
    return paragraph(voice.sentences([*preview, sentence]))


def payout_table(voice: Voice, incentives: Incentives, region: str) -> Exhibit:
    """The payouts of a region's reps with their parts, by team and name, their sum, and remarks; NOTHING if none."""
    if isinstance(incentives.paid, Unpaid):
        return NOTHING
    people = in_order(_of_region(incentives.paid, region), "team", "rep")
    if people.empty:
        return NOTHING
    total = sums(people, "company").iloc[0]
    rows = {voice("rep"): [*people["rep"], voice("pay_total")]}
    rows |= {voice("team"): [*(team or voice("not_assigned") for team in people["team"]), ""]}
    frame = pd.DataFrame(rows | _amounts(voice, incentives.paid, people, total))
    shown = table(frame, "payouts", left=(voice("team"),), caption=_caption(voice, people))
    return together(shown, notes(people_notes(voice, incentives.paid.plan, people)))


def regional_payouts(voice: Voice, incentives: Incentives) -> Exhibit:
    """The payouts of every region with their parts and cost, and their sum; NOTHING where payouts are not available.

    Remarks on the people and on the export follow. It names people of all regions, so it is for the company's own page.
    """
    if isinstance(incentives.paid, Unpaid):
        return NOTHING
    regions = sums(incentives.paid.people, "region")
    total = sums(incentives.paid.people, "company").iloc[0]
    rows = [*regions.to_dict("records"), total.to_dict()]
    frame = pd.DataFrame(
        {
            voice("pay_area"): [*regions["region"], voice("pay_total")],
            voice("pay_people"): [voice.count(row["people"]) for row in rows],
            voice("pay_revenue"): [full_units(voice, row["revenue"]) for row in rows],
        }
        | _parts(voice, rows)
        | {
            voice("pay_payout"): [cents(voice, row["payout"]) for row in rows],
            voice("pay_cost"): [exact_share(voice, row["cost"]) for row in rows],
        }
    )
    shown = table(frame, "regional-payouts", caption=voice("pay_caption_regions"))
    return together(
        shown,
        notes(
            [
                *people_notes(voice, incentives.paid.plan, incentives.paid.people),
                *company_notes(voice, incentives.paid),
            ]
        ),
    )


def highest_payouts(voice: Voice, incentives: Incentives) -> Exhibit:
    """The company's highest payouts with their parts; NOTHING without any. It is for the company's own page."""
    if isinstance(incentives.paid, Unpaid):
        return NOTHING
    people = incentives.paid.people
    available = people[[payout is not None for payout in people["payout"]]]
    first = available.sort_values(["payout", "rep"], ascending=[False, True], kind="stable").head(MOST_PAID)
    if first.empty:
        return NOTHING
    frame = pd.DataFrame(
        {voice("rep"): first["rep"].tolist(), voice("pay_area"): first["region"].tolist()}
        | _amounts(voice, incentives.paid, first)
    )
    return table(frame, "highest-payouts", left=(voice("pay_area"),), caption=_caption(voice, first))


def trace_table(voice: Voice, export: Export, incentives: Incentives, rep: str) -> Exhibit:
    """The trace of one rep's payout: line by line, to the cent, and the payout, which is their sum.

    ``rep``: the rep's id. A sentence says so where the period has no payout for the rep; NOTHING where payouts are not
    available at all.
    """
    if isinstance(incentives.paid, Unpaid):
        return NOTHING
    people, period = incentives.paid.people, voice.span(incentives.paid.settled[0], incentives.paid.settled[-1])
    names = {row["rep_id"]: row["rep"] for row in incentives.paid.accounts.staff}
    if rep not in people.index:
        return paragraph(voice("pay_trace_none", rep=names.get(rep, rep), period=period))
    lines = trace(export, incentives.paid, rep)
    payout = people["payout"][rep]
    frame = pd.DataFrame(
        {
            voice("pay_line_what"): [*(line_name(voice, line) for line in lines), voice("pay_line_sum")],
            voice("pay_line_day"): [*(str(line.sale.day) if line.sale else "" for line in lines), ""],
            voice("pay_line_account"): [*(line.sale.account if line.sale else "" for line in lines), ""],
            voice("pay_line_share"): [
                *(exact_share(voice, line.sale.share, 0) if line.sale else "" for line in lines),
                "",
            ],
            voice("pay_line_credited"): [
                *(cents(voice, line.sale.credited) if line.sale else "" for line in lines),
                "",
            ],
            voice("pay_line_reached"): [*(_reached(voice, line) for line in lines), ""],
            voice("pay_line_rates"): [*(rates_of(voice, line) for line in lines), ""],
            voice("pay_line_amount"): [*(cents(voice, line.amount) for line in lines), cents(voice, payout)],
        }
    )
    if not any(line.rates for line in lines):
        frame = frame.drop(columns=voice("pay_line_rates"))
    sentence = paragraph(voice("pay_trace_sentence", rep=names[rep], period=period))
    left = (voice("pay_line_day"), voice("pay_line_account"))
    steps = curve_steps(voice, incentives.paid, rep, lines)
    remarks = people_notes(voice, incentives.paid.plan, people.loc[[rep]])
    return together(sentence, table(frame, "trace", left=left), notes([*steps, *remarks]))


def curve_steps(voice: Voice, payouts: Payouts, rep: str, lines: Sequence[Line]) -> list[str]:
    """How the lines of the payout curve come about: target, attainment, step of the curve, amount; a sentence each."""
    curve, texts = payouts.plan.curve, []
    for line in lines if curve else ():
        settlement = payouts.accounts.settlements[rep].get(line.period)
        if line.part != "curve" or curve is None or settlement is None or not settlement.conditions.target:
            continue
        conditions, attainment = settlement.conditions, settlement.credited / settlement.conditions.target
        words = {
            "period": line.period,
            "target": full_units(voice, conditions.target),
            "credited": full_units(voice, settlement.credited),
            "attainment": attained(voice, attainment, payouts.plan.limits),
            "step": exact_share(voice, curve_factor(curve, attainment)),
            "incentive": cents(voice, conditions.incentive * conditions.employed * curve.share),
            "amount": cents(voice, line.amount),
        }
        texts.append(voice("pay_trace_curve", **words))
    return texts


def line_name(voice: Voice, line: Line) -> str:
    """What a line of a trace is for."""
    if line.part == "award":
        return voice("pay_line_award", name=voice.award(line.name))
    if line.sale is None:
        return voice(f"pay_part_{line.part}")
    sale, refund = line.sale.sale_id, line.sale.event_id
    if line.part == "clawback":
        if line.made is None:
            return voice("pay_line_before", sale=sale, refund=refund)
        return voice("pay_line_clawback", sale=sale, refund=refund, period=line.made)
    return voice("pay_line_deal", sale=sale) if sale == refund else voice("pay_line_refund", sale=sale, refund=refund)


def rates_of(voice: Voice, line: Line) -> str:
    """The rates of the tiers that a line's deal lies in, such as "4% → 6%"; "" where it has none."""
    return " → ".join(exact_share(voice, rate, None) for rate in line.rates)


def _reached(voice: Voice, line: Line) -> str:
    return "" if line.reached is None else cents(voice, line.reached)


def _why_unpaid(voice: Voice, client: Client, unpaid: Unpaid) -> str:
    every = voice(f"pay_every_{unpaid.what}") if unpaid.why == "short" else ""
    return voice(f"pay_{unpaid.why}", period=client.period, every=every, first=unpaid.what, last=unpaid.what)


def _of_region(payouts: Payouts, region: str) -> pd.DataFrame:
    return payouts.people[payouts.people["region"] == region] if region else payouts.people


def _amounts(
    voice: Voice, payouts: Payouts, people: pd.DataFrame, total: "pd.Series | None" = None
) -> dict[str, list[str]]:
    """Header → texts of credited, attainment, parts and payout: a text per row and, where there is one, for the total.

    ``people``: as in `Payouts`; ``total``: a row of `sums`, which has no attainment.
    """
    rows = people.to_dict("records") + ([] if total is None else [total.to_dict() | {"attainment": ""}])
    return (
        {
            voice("pay_credited"): [full_units(voice, row["credited"]) for row in rows],
            voice("pay_attainment"): [attained(voice, row["attainment"], payouts.plan.limits) for row in rows],
        }
        | _parts(voice, rows)
        | {voice("pay_payout"): [cents(voice, row["payout"]) for row in rows]}
    )


def _parts(voice: Voice, rows: Sequence[Mapping[Any, Any]]) -> dict[str, list[str]]:
    """Header → texts of the parts that some row has; those that lower the payout with a minus, so that rows add up."""
    columns = {}
    for name in PARTS:
        if any(row[name] for row in rows):
            sign = -ONE if name in _TAKEN_OFF else ONE
            amounts = (row[name] for row in rows)
            columns[voice(f"pay_part_{name}")] = [
                cents(voice, None if amount is None else sign * amount) for amount in amounts
            ]
    return columns


def _caption(voice: Voice, people: pd.DataFrame) -> str:
    parts = [voice("pay_caption")]
    if any(people["clawback"]):
        parts.append(voice("pay_caption_clawback"))
    return voice.sentences(parts)


def people_notes(voice: Voice, plan: IncentivePlan, people: pd.DataFrame) -> list[str]:
    """Rows of `Payouts.people` in remarks: whose payout or bonus is not available and why, and whose is below 0.

    Also for whom something stands in for a grade.
    """
    texts, times = [], f"{plan.bonus.newcomers:f}" if plan.bonus else ""
    for reason in ("target", "cost", "score", "too_new", "left"):
        if names := sorted(people.loc[people["reason"] == reason, "rep"]):
            texts.append(voice(f"pay_reason_{reason}", names=voice.listed(names), times=times))
    short = [
        voice("pay_short_of", rep=row["rep"], amount=cents(voice, missing), limit=exact_share(voice, limit, None))
        for row in people.sort_values("rep").to_dict("records")
        for limit, missing in _just_below(plan, row["credited"], row["target"])
    ]
    if short:
        texts.append(voice("pay_just_below", names=voice.listed(short)))
    if without := sum(payout is None for payout in people["payout"]):
        texts.append(voice("pay_unavailable", n=voice.count(without)))
    debts = [row for row in people.to_dict("records") if row["payout"] is not None and row["payout"] < 0]
    if debts:
        names = sorted(f"{row['rep']} {cents(voice, row['payout'])}" for row in debts)
        texts.append(voice("pay_debts", names=voice.listed(names)))
    return texts


def _just_below(plan: IncentivePlan, credited: Decimal, target: Decimal | None) -> Iterator[tuple[Decimal, Decimal]]:
    """The limits of pay that an attainment misses by so little that it would be printed as reached, and what lacks."""
    for limit in plan.limits if target else ():
        missing = limit * (target or ZERO) - credited
        if ZERO < missing < _JUST_BELOW * (target or ZERO):
            yield limit, missing


def company_notes(voice: Voice, payouts: Payouts) -> list[str]:
    """Remarks on the export: refunds without a sale, sales that nobody is paid for, and since when the plan settles."""
    texts, unmatched = [], payouts.accounts.credited.unmatched
    if unmatched:
        examples = voice.listed(list(unmatched[:3]))
        texts.append(voice("pay_unmatched", n=voice.count(len(unmatched)), examples=examples))
    if payouts.accounts.uncredited != ZERO:
        texts.append(voice("pay_uncredited", amount=full_units(voice, payouts.accounts.uncredited)))
    first, periods = payouts.accounts.first, payouts.accounts.periods
    if not payouts.preview:
        return [*texts, voice("pay_since", first=first, last=periods[-1])]
    settled = [voice("pay_since", first=first, last=periods[-2])] if len(periods) > 1 else []
    return [*texts, *settled, voice("pay_preview", period=payouts.preview)]
