"""The command that puts another scoring model in force."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from salesperf.cli.options import AsOf, ClientFile, NoCache, PeriodOption, opened
from salesperf.errors import RequestError


def adopt(
    params: ClientFile,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, a preset, or a client file.")],
    reason: Annotated[str, typer.Option(help="Why; written beside the model.")],
    author: Annotated[str, typer.Option(help="Who decides it; likewise.")],
    date: Annotated[str, typer.Option(metavar="DAY", help="When, such as 2025-12-31; likewise.")],
    since: Annotated[
        str | None, typer.Option("--from", metavar="PERIOD", help="The first period it is for, such as 2026Q1.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="A new client file beside PARAMS to write.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    period: PeriodOption = None,
    as_of: AsOf = None,
    no_cache: NoCache = False,
) -> None:
    """Puts another model in force: shows what changes in the client file, asks, and writes it."""
    company = opened(params, [period] if period else None, no_cache=no_cache, as_of=as_of)[0]
    adoption = company.adoption(model, reason=reason, author=author, date=date, since=since, out=out)
    print(adoption.diff, end="")
    if not adoption.changes:
        print(f"{params}: this model is in force; nothing was written", file=sys.stderr)
        return
    if not yes:
        if not sys.stdin.isatty():
            raise RequestError("adopt: expected an answer at a terminal, got none; nothing was written, add --yes")
        if not typer.confirm("write?", default=False, err=True):
            print("nothing was written", file=sys.stderr)
            return
    adoption.write()
    for change in adoption.changes:
        print(change.path, file=sys.stderr)
