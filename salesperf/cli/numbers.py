"""Commands that print the numbers which the notebooks show."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from salesperf.cli.options import ClientFile, Format, PeriodOption, RegionOption, opened


def kpis(
    params: ClientFile,
    by: Annotated[Literal["company", "region", "team", "rep"], typer.Option(help="One row per what.")] = "region",
    period: PeriodOption = None,
    region: RegionOption = None,
    kpi: Annotated[list[str] | None, typer.Option(help="Only this KPI, by its id; may be given again.")] = None,
    form: Format = "table",
) -> None:
    """The numbers."""
    from salesperf.cli.output import print_frame
    from salesperf.measures.kpis import check_kpi, registry
    from salesperf.measures.table import kpi_table

    client, tables = opened(params, period)
    known = registry(tables, client)
    wanted = [check_kpi(name, known).id for name in dict.fromkeys(kpi or known)]
    frame = kpi_table(tables, client, [client.period], by)
    if region is not None and by != "company":
        frame = frame[frame["region"] == tables.check_region(region)]
    keys = [name for name in ("region", "team", "rep") if name in frame]
    behind = [name for one in wanted for name in (one, f"{one}_n") if name in frame]
    print_frame(frame[keys + behind], {name: one.unit for name, one in known.items()}, form, client)


def score(
    params: ClientFile,
    by: Annotated[Literal["region", "team", "rep"], typer.Option(help="One row per what.")] = "rep",
    period: PeriodOption = None,
    region: RegionOption = None,
    form: Format = "table",
) -> None:
    """Points and grades under the client's model, with what made them."""
    from salesperf.cli.output import print_frame
    from salesperf.measures.kpis import registry
    from salesperf.measures.table import kpi_table
    from salesperf.scoring.model import read_model
    from salesperf.scoring.scorecard import printed, scorecard

    client, tables = opened(params, period)
    frame = kpi_table(tables, client, [client.period], by)
    if region is not None:
        frame = frame[frame["region"] == tables.check_region(region)]
    card = scorecard(frame, read_model(client, registry(tables, client)))
    parts, scores = printed(card.contributions)
    keys = [name for name in ("region", "team", "rep") if name in frame]
    shown = frame[keys].assign(**{**card.summary, "score": scores}).join(parts.add_suffix("_points"))
    units = dict.fromkeys(["score", *(f"{name}_points" for name in parts)], "points") | {"measured": "share"}
    print_frame(shown, units, form, client)


def potential(
    params: ClientFile, period: PeriodOption = None, region: RegionOption = None, form: Format = "table"
) -> None:
    """Who could be more than the present role asks, and why."""
    from salesperf.cli.output import print_frame
    from salesperf.measures.kpis import registry
    from salesperf.measures.table import kpi_table
    from salesperf.people.features import features
    from salesperf.people.potential import potential as found_in
    from salesperf.scoring.model import read_model
    from salesperf.scoring.scorecard import scorecard

    client, tables = opened(params, period)
    reps = kpi_table(tables, client, [client.period], "rep").set_index("rep_id")
    scores = scorecard(reps, read_model(client, registry(tables, client))).summary["score"]
    found = found_in(features(tables, client), scores)
    people = found.people.sort_values(["potential", "rep"], ascending=[False, True])
    if region is not None:
        people = people[people["region"] == tables.check_region(region)]
    if found.why_none:
        print(f"no groups in this data ({found.why_none}): the ranking stands alone", file=sys.stderr)
    reasons = people.assign(reasons=[", ".join(one) for one in people["reasons"]])
    columns = ["region", "team", "rep", "potential", "performance", "named", "reasons"]
    print_frame(reasons[columns], {"potential": "points", "performance": "points"}, form, client)
