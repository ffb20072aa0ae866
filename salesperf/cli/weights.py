"""The command that writes the page on which weights are moved."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from salesperf.cli.options import AsOf, ClientFile, NoCache, PeriodOption, RegionOption, opened, warn_of_running


def weights(
    params: ClientFile,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The page, one HTML file; replaced where it is there.")],
    period: PeriodOption = None,
    region: RegionOption = None,
    pseudonyms: Annotated[bool, typer.Option("--pseudonyms", help="Pseudonyms in place of names and ids.")] = False,
    as_of: AsOf = None,
    no_cache: NoCache = False,
) -> None:
    """The weights experiment as one self-contained page: move a weight, see who moves and what it costs."""
    from salesperf.documents import write_whole
    from salesperf.present.weights.lab_page import weights_page

    company = opened(params, [period] if period else None, no_cache=no_cache, as_of=as_of)[0]
    warn_of_running([company])
    write_whole(out, weights_page(company, region=region or "", pseudonyms=pseudonyms))
    print(out, file=sys.stderr)
