"""The command that prints payouts, the trace of a rep's payout, or what another plan would have paid."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from salesperf.cli.options import (
    AsOf,
    ClientFile,
    Format,
    NoCache,
    PeriodsOption,
    RegionOption,
    of_each,
    opened,
    warn_of_running,
)
from salesperf.errors import RequestError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from salesperf.company import Company
    from salesperf.data.export import Export
    from salesperf.language import Voice
    from salesperf.people.incentives.incentive_plan import IncentivePlan

# Columns that hold no amount of money and are printed as they are.
_WORDS = (
    "period",
    "region",
    "team",
    "rep_id",
    "rep",
    "reason",
    "part",
    "sale_id",
    "refund_id",
    "account_id",
    "day",
    "rates",
)


def payout(
    params: ClientFile,
    period: PeriodsOption = None,
    region: RegionOption = None,
    plan: Annotated[str, typer.Option(help="A preset or a plan's file instead of the client's own.")] = "",
    trace: Annotated[str | None, typer.Option(metavar="REP", help="One rep's payout line by line, by the id.")] = None,
    what_if: Annotated[str | None, typer.Option(metavar="PLAN", help="Another plan on past periods.")] = None,
    periods: Annotated[int, typer.Option(min=1, help="With --what-if: how many settlement periods back.")] = 4,
    as_of: AsOf = None,
    no_cache: NoCache = False,
    form: Format = "table",
) -> None:
    """What the incentive plan pays, out of what; or what another plan would have paid."""
    from salesperf.cli.output import print_frame
    from salesperf.people.incentives.period_incentives import plan_of

    if trace is not None and what_if is not None:
        raise RequestError("payout: expected --trace or --what-if, got both; leave one out")
    companies = opened(params, period, no_cache=no_cache, as_of=as_of)
    client, present_plan = companies[0].client, plan_of(companies[0], plan)
    if present_plan is None:
        raise RequestError(
            f"{client.path}: expected an incentive plan, got none; add 'incentives: usual' or --plan usual"
        )
    area = companies[0].tables.check_region(region) if region is not None else ""

    def paid(company: Company) -> pd.DataFrame:
        if trace is not None:
            return _trace(company, present_plan, trace)
        if what_if is not None:
            comparison = _compared(company, present_plan, what_if, periods)
            return comparison[comparison["region"] == area] if area else comparison
        return _payouts(company, present_plan, area)

    frame = of_each(companies, paid)
    shown = _as_text(frame, client.voice, present_plan) if form == "table" else frame
    warn_of_running(companies)
    print_frame(shown, {str(name): "money" for name in frame if name not in _WORDS}, form, client)


def _payouts(export: Export, plan: IncentivePlan, region: str) -> pd.DataFrame:
    """The columns of `Payouts.people` with rep_id, one row per rep, by region, team and name.

    ``region``: "" for all. Prints notes on what cannot be paid or credited to standard error. Raises RequestError where
    the plan pays nothing for the period, DataError for wrong splits or targets.
    """
    from salesperf.people.incentives.accounts import check_settlement
    from salesperf.people.incentives.payouts import settled_payouts
    from salesperf.present.incentives.payouts import company_notes, people_notes

    payouts = settled_payouts(export, plan, check_settlement(export, plan))
    people = payouts.people[payouts.people["region"] == region] if region else payouts.people
    for note in [
        *people_notes(export.client.voice, payouts.plan, people),
        *company_notes(export.client.voice, payouts),
    ]:
        print(note, file=sys.stderr)
    first = ["region", "team", "rep_id", "rep"]
    listed = people.reset_index().sort_values(["region", "team", "rep"])
    return listed[[*first, *(name for name in listed if name not in first)]]


def _trace(export: Export, plan: IncentivePlan, rep: str) -> pd.DataFrame:
    """One row per `Line` of a rep's payout; the column amount sums to the payout.

    The payout goes to standard error, and so do the steps from the target to what the payout curve pays.

    Columns, all of dtype object, amounts Decimal: part; sale_id, refund_id, day, account_id, sold, share and credited
    (of the sale or refund, "" or None where the line has none); reached; rates (text); amount. Raises RequestError for
    a rep who is not in the list of reps.
    """
    import pandas as pd

    from salesperf.people.incentives.accounts import check_settlement
    from salesperf.people.incentives.payouts import settled_payouts
    from salesperf.people.incentives.traces import trace
    from salesperf.present.incentives.payouts import curve_steps, rates_of

    reps = [person["rep_id"] for person in export.tables.staff()]
    if rep not in reps:
        raise RequestError(f"trace: {rep!r} is not in the list of reps; {did_you_mean(rep, reps)}")
    payouts = settled_payouts(export, plan, check_settlement(export, plan))
    lines = trace(export, payouts, rep)
    rows = [
        {
            "part": line.part,
            "sale_id": line.sale.sale_id if line.sale else "",
            "refund_id": line.sale.event_id if line.sale and line.sale.event_id != line.sale.sale_id else "",
            "day": line.sale.day if line.sale else "",
            "account_id": line.sale.account if line.sale else "",
            "sold": line.sale.amount if line.sale else None,
            "share": line.sale.share if line.sale else None,
            "credited": line.sale.credited if line.sale else None,
            "reached": line.reached,
            "rates": rates_of(export.client.voice, line),
            "amount": line.amount,
        }
        for line in lines
    ]
    for step in curve_steps(export.client.voice, payouts, rep, lines):
        print(step, file=sys.stderr)
    payout = payouts.people["payout"].get(rep)
    print(f"{rep}: {payout if payout is not None else export.client.voice.missing}", file=sys.stderr)
    names = [
        "part",
        "sale_id",
        "refund_id",
        "day",
        "account_id",
        "sold",
        "share",
        "credited",
        "reached",
        "rates",
        "amount",
    ]
    return pd.DataFrame(rows, columns=names, dtype=object)


def _compared(export: Export, plan: IncentivePlan, other: str, periods: int) -> pd.DataFrame:
    """What two plans pay on the last ``periods`` settlement periods: `WhatIf.people` with rep_id, one row per rep.

    ``other``: a preset or a file. Prints costs and cliffs to standard error.
    """
    from salesperf.people.incentives.period_incentives import compared
    from salesperf.present.incentives.payout_figures import cliff_notes
    from salesperf.present.incentives.plans import cost_table, what_if_sentence

    comparison = compared(export, plan, other, periods)
    assert comparison is not None  # both plans are there
    voice = export.client.voice
    for shown in (
        what_if_sentence(voice, comparison),
        cost_table(voice, comparison),
        cliff_notes(voice, comparison.other),
    ):
        print(shown.plain, file=sys.stderr)
    people = comparison.people.reset_index()
    return people[["region", "team", "rep_id", "rep", "present", "other", "difference"]].sort_values(
        ["region", "team", "rep"]
    )


def _as_text(frame: pd.DataFrame, voice: Voice, plan: IncentivePlan) -> pd.DataFrame:
    """The frame for a terminal: amounts to the cent, shares in percent; without region, revenue and empty columns."""
    from salesperf.people.incentives.payouts import PARTS
    from salesperf.present.money import attained, cents, exact_share

    empty = [name for name in (*PARTS, "reason", "refund_id") if name in frame and not any(frame[name])]
    shown = frame.drop(columns=[*empty, "region", "revenue"], errors="ignore").astype(object)
    for name in shown:
        if name == "attainment":
            shown[name] = [attained(voice, share, plan.limits) for share in shown[name]]
        elif name == "share":
            shown[name] = [exact_share(voice, share) for share in shown[name]]
        elif name not in _WORDS:
            shown[name] = [cents(voice, amount) for amount in shown[name]]
    return shown
