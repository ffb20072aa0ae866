"""The command that compares two scoring models on the same people."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salesperf.cli.options import AsOf, Format, NoCache, PeriodOption, RegionOption, opened, warn_of_running

if TYPE_CHECKING:
    from pandas import DataFrame

    from salesperf.language import Voice


def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The client file with the model in force.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="A client file, a model file, or a preset.")],
    period: PeriodOption = None,
    region: RegionOption = None,
    as_of: AsOf = None,
    no_cache: NoCache = False,
    form: Format = "table",
) -> None:
    """Two models on the same people: who moves, what it costs, whom it touches."""
    from salesperf.cli.output import print_frame
    from salesperf.present.weights.comparison import comparison_sentences

    company = opened(old, [period] if period else None, no_cache=no_cache, as_of=as_of)[0]
    comparison = company.compared(new)
    people = comparison.moved if form == "table" else comparison.people
    if region is not None:
        people = people[people["region"] == company.tables.check_region(region)]
    if form == "table":
        print(comparison_sentences(company.voice, comparison).plain, file=sys.stderr)
    warn_of_running([company])
    units = {"score": "points", "other_score": "points", "rank": "count", "other_rank": "count"}
    frame = people.reset_index().sort_values(["region", "other_rank", "rep"])
    print_frame(_as_text(frame, company.voice) if form == "table" else frame, units, form, company.client)


def _as_text(frame: DataFrame, voice: Voice) -> DataFrame:
    """The frame for a terminal: amounts to the cent, and without what repeats."""
    from salesperf.present.money import cents

    shown = frame.drop(columns=["rep_id", "payout", "other_payout", "within_error"])
    return shown.assign(difference=[cents(voice, amount) for amount in shown["difference"]])
