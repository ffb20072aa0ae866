"""Printed payouts: what a region's or the company's people are paid, out of what, and the trace of one of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from salesperf.data.export import Export
from salesperf.language import Voice
from salesperf.params import Client
from salesperf.people.incentives.accounts import Unpaid
from salesperf.people.incentives.commission import ONE
from salesperf.people.incentives.pay_rules import ZERO
from salesperf.people.incentives.payouts import PARTS, Payouts, sums
from salesperf.people.incentives.period_incentives import Incentives
from salesperf.people.incentives.traces import Line, trace
from salesperf.periods import span_label
from salesperf.present.exhibit import NOTHING, Exhibit, notes, paragraph, table, together
from salesperf.present.money import cents, exact_share, full_units

_TAKEN_OFF = ("cap_cut", "recovered")
MOST_PAID = 12  # of the company's people on one page


def payout_sentence(voice: Voice, client: Client, found: Incentives, *, region: str = "") -> Exhibit:
    """What the period pays and what that costs; or why payouts are not available, which is never 0."""
    if isinstance(found.paid, Unpaid):
        return paragraph(_why_unpaid(voice, client, found.paid))
    people = _of_region(found.paid, region)
    if people.empty:
        area = region or voice("pay_company")
        return paragraph(voice("pay_sentence_none", area=area, period=client.period))
    whole = sums(people, "company").iloc[0]
    words = {"period": client.period, "payout": cents(voice, whole["payout"]), "people": whole["people"]}
    if whole["cost"] is None:
        return paragraph(voice("pay_sentence_no_cost", **words))
    words |= {"cost": voice.share(whole["cost"]), "revenue": full_units(voice, whole["revenue"])}
    return paragraph(voice("pay_sentence", **words))


def payout_table(voice: Voice, found: Incentives, region: str) -> Exhibit:
    """The payouts of a region's reps with their parts, and their sum; empty where there are none."""
    if isinstance(found.paid, Unpaid):
        return NOTHING
    people = _of_region(found.paid, region).sort_values(["team", "rep"], kind="stable")
    if people.empty:
        return NOTHING
    whole = sums(people, "company").iloc[0]
    rows = {voice("rep"): [*people["rep"], voice("pay_total")]}
    rows |= {voice("team"): [*(one or voice("not_assigned") for one in people["team"]), ""]}
    frame = pd.DataFrame(rows | _amounts(voice, people, whole))
    shown = table(frame, "payouts", left=(voice("team"),), caption=_caption(voice, people))
    return together(shown, notes(people_notes(voice, people)))


def regional_payouts(voice: Voice, found: Incentives) -> Exhibit:
    """The payouts of every region with their parts and cost, and the company's sum; for the company's own page."""
    if isinstance(found.paid, Unpaid):
        return NOTHING
    regions = sums(found.paid.people, "region")
    whole = sums(found.paid.people, "company").iloc[0]
    rows = [*regions.to_dict("records"), whole.to_dict()]
    frame = pd.DataFrame(
        {
            voice("pay_area"): [*regions["region"], voice("pay_total")],
            voice("pay_people"): [voice.count(one["people"]) for one in rows],
            voice("pay_revenue"): [full_units(voice, one["revenue"]) for one in rows],
        }
        | _parts(voice, rows)
        | {
            voice("pay_payout"): [cents(voice, one["payout"]) for one in rows],
            voice("pay_cost"): [exact_share(voice, one["cost"]) for one in rows],
        }
    )
    shown = table(frame, "regional-payouts", caption=voice("pay_caption_regions"))
    return together(shown, notes([*people_notes(voice, found.paid.people), *company_notes(voice, found.paid)]))


def highest_payouts(voice: Voice, found: Incentives) -> Exhibit:
    """The company's highest payouts with their parts; for the company's own page."""
    if isinstance(found.paid, Unpaid):
        return NOTHING
    people = found.paid.people
    told = people[[one is not None for one in people["payout"]]]
    first = told.sort_values(["payout", "rep"], ascending=[False, True], kind="stable").head(MOST_PAID)
    if first.empty:
        return NOTHING
    frame = pd.DataFrame(
        {voice("rep"): first["rep"].tolist(), voice("pay_area"): first["region"].tolist()} | _amounts(voice, first)
    )
    return table(frame, "highest-payouts", left=(voice("pay_area"),), caption=_caption(voice, first))


def trace_table(voice: Voice, export: Export, found: Incentives, rep: str) -> Exhibit:
    """The trace of one rep's payout: line by line, to the cent; empty where there are no payouts."""
    if isinstance(found.paid, Unpaid):
        return NOTHING
    people, period = found.paid.people, span_label(found.paid.settled[0], found.paid.settled[-1])
    names = {one["rep_id"]: one["rep"] for one in found.paid.accounts.staff}
    if rep not in people.index:
        return paragraph(voice("pay_trace_none", rep=names.get(rep, rep), period=period))
    lines = trace(export, found.paid, rep)
    payout = people["payout"][rep]
    frame = pd.DataFrame(
        {
            voice("pay_line_what"): [*(line_name(voice, one) for one in lines), voice("pay_line_sum")],
            voice("pay_line_day"): [*(str(one.sale.day) if one.sale else "" for one in lines), ""],
            voice("pay_line_account"): [*(one.sale.account if one.sale else "" for one in lines), ""],
            voice("pay_line_share"): [
                *(exact_share(voice, one.sale.share, 0) if one.sale else "" for one in lines),
                "",
            ],
            voice("pay_line_credited"): [*(cents(voice, one.sale.credited) if one.sale else "" for one in lines), ""],
            voice("pay_line_reached"): [*(_reached(voice, one) for one in lines), ""],
            voice("pay_line_rates"): [*(rates_of(voice, one) for one in lines), ""],
            voice("pay_line_amount"): [*(cents(voice, one.amount) for one in lines), cents(voice, payout)],
        }
    )
    if not any(one.rates for one in lines):
        frame = frame.drop(columns=voice("pay_line_rates"))
    said = paragraph(voice("pay_trace_sentence", rep=names[rep], period=period))
    left = (voice("pay_line_day"), voice("pay_line_account"))
    return together(said, table(frame, "trace", left=left), notes(people_notes(voice, people.loc[[rep]])))


def line_name(voice: Voice, line: Line) -> str:
    """What a line of a trace is for."""
    if line.part == "award":
        return voice("pay_line_award", name=line.name)
    if line.sale is None:
        return voice(f"pay_part_{line.part}")
    sale, refund = line.sale.sale_id, line.sale.event_id
    if line.part == "clawback":
        if line.made is None:
            return voice("pay_line_before", sale=sale, refund=refund)
        return voice("pay_line_clawback", sale=sale, refund=refund, period=line.made)
    return voice("pay_line_deal", sale=sale) if sale == refund else voice("pay_line_refund", sale=sale, refund=refund)


def rates_of(voice: Voice, line: Line) -> str:
    """The rates of the tiers that a deal lies in."""
    return " → ".join(exact_share(voice, one, None) for one in line.rates)


def _reached(voice: Voice, line: Line) -> str:
    return "" if line.reached is None else cents(voice, line.reached)


def _why_unpaid(voice: Voice, client: Client, why: Unpaid) -> str:
    every = voice(f"pay_every_{why.what}") if why.why == "short" else ""
    return voice(f"pay_{why.why}", period=client.period, every=every, first=why.what, last=why.what)


def _of_region(found: Payouts, region: str) -> pd.DataFrame:
    return found.people[found.people["region"] == region] if region else found.people


def _amounts(voice: Voice, people: pd.DataFrame, whole: "pd.Series | None" = None) -> dict[str, list[str]]:
    """Credited amount, attainment, parts and payout of every row, and of the sum where there is one."""
    rows = people.to_dict("records") + ([] if whole is None else [whole.to_dict() | {"attainment": ""}])
    return (
        {
            voice("pay_credited"): [full_units(voice, one["credited"]) for one in rows],
            voice("pay_attainment"): [exact_share(voice, one["attainment"]) for one in rows],
        }
        | _parts(voice, rows)
        | {voice("pay_payout"): [cents(voice, one["payout"]) for one in rows]}
    )


def _parts(voice: Voice, rows: Sequence[Mapping[Any, Any]]) -> dict[str, list[str]]:
    """The parts that somebody has; what is taken off with its minus, so that every row adds up."""
    columns = {}
    for name in PARTS:
        if any(one[name] for one in rows):
            sign = -ONE if name in _TAKEN_OFF else ONE
            amounts = (one[name] for one in rows)
            columns[voice(f"pay_part_{name}")] = [
                cents(voice, None if amount is None else sign * amount) for amount in amounts
            ]
    return columns


def _caption(voice: Voice, people: pd.DataFrame) -> str:
    parts = [voice("pay_caption")]
    if any(people["clawback"]):
        parts.append(voice("pay_caption_clawback"))
    return " ".join(parts)


def people_notes(voice: Voice, people: pd.DataFrame) -> list[str]:
    """Whose payout is not available and why, who has no bonus, who owes; names of these people alone."""
    said = []
    for reason in ("target", "cost", "score"):
        if names := sorted(people.loc[people["reason"] == reason, "rep"]):
            said.append(voice(f"pay_reason_{reason}", names=voice.listed(names)))
    if without := sum(one is None for one in people["payout"]):
        said.append(voice("pay_unavailable", n=voice.count(without)))
    debts = [one for one in people.to_dict("records") if one["payout"] is not None and one["payout"] < 0]
    if debts:
        names = sorted(f"{one['rep']} {cents(voice, one['payout'])}" for one in debts)
        said.append(voice("pay_debts", names=voice.listed(names)))
    return said


def company_notes(voice: Voice, found: Payouts) -> list[str]:
    """What of the export earns nothing or cannot be placed, and since when the plan settles."""
    said, unmatched = [], found.accounts.credited.unmatched
    if unmatched:
        examples = voice.listed(list(unmatched[:3]))
        said.append(voice("pay_unmatched", n=voice.count(len(unmatched)), examples=examples))
    if found.accounts.uncredited != ZERO:
        said.append(voice("pay_uncredited", amount=full_units(voice, found.accounts.uncredited)))
    return [*said, voice("pay_since", first=found.accounts.first, last=found.accounts.periods[-1])]
