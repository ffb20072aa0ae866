"""The command that compares two scoring models on the same people."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salesperf.cli.options import AsOf, Format, NoCache, PeriodsOption, RegionOption, opened, warn_of_running
from salesperf.errors import RequestError

if TYPE_CHECKING:
    from pandas import DataFrame

    from salesperf.language import Voice


def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The client file with the model in force.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="A client file, a model file, or a preset.")],
    period: PeriodsOption = None,
    region: RegionOption = None,
    as_of: AsOf = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Also a page; replaced where it is there.")] = None,
    no_cache: NoCache = False,
    form: Format = "table",
) -> None:
    """Two models on the same people: who moves, what it costs, whom it touches."""
    from salesperf.cli.notebook_page import write_notebook_page
    from salesperf.cli.output import print_frame
    from salesperf.present.weights.comparison import comparison_sentences

    companies = opened(old, period, no_cache=no_cache, as_of=as_of)
    if len(companies) > 1:
        asked = ", ".join(company.period.label for company in companies)
        raise RequestError(f"period: expected one, got {asked}; compare one after the other")
    company = companies[0]
    area = company.tables.check_region(region) if region is not None else None
    comparison = company.compared(new)
    if area is not None:
        comparison = comparison.within(area)
    if form == "table":
        print(comparison_sentences(company.voice, comparison).plain, file=sys.stderr)
    warn_of_running(companies)
    people = comparison.moved if form == "table" else comparison.people
    frame = people.reset_index().sort_values(["region", "other_rank", "rep"])
    units = {"score": "points", "other_score": "points", "rank": "count", "other_rank": "count"}
    if form != "table":
        print_frame(frame, units, form, company.client)
    elif not frame.empty:
        print_frame(_as_text(frame, company.voice), units, form, company.client)
    if out is not None:
        given = {"period": company.period.label, "region": area or "", **company.client.options}
        write_notebook_page(company.client, "model_comparison", {"client": str(old), "against": new, **given}, out)
        print(out, file=sys.stderr)


def _as_text(frame: DataFrame, voice: Voice) -> DataFrame:
    """The frame for a terminal: only the columns that show a move; amounts to the cent, where there are any."""
    from salesperf.present.money import cents

    shown = frame.drop(columns=["rep_id", "payout", "other_payout", "within_error"])
    if shown["difference"].isna().all():
        return shown.drop(columns="difference")
    return shown.assign(difference=[cents(voice, amount) for amount in shown["difference"]])
