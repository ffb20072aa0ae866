"""The command that prints the plan: the target of each entity and the progress towards it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

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

if TYPE_CHECKING:
    from pandas import DataFrame

    from salesperf.company import Company
    from salesperf.measures.planning.targets import Plan


def targets(
    params: ClientFile,
    by: Annotated[
        Literal["company", "region", "team", "rep"] | None, typer.Option(help="Only this level of the plan.")
    ] = None,
    period: PeriodsOption = None,
    region: RegionOption = None,
    kpi: Annotated[Literal["revenue", "new_customers"], typer.Option(help="The targets of this KPI.")] = "revenue",
    as_of: AsOf = None,
    no_cache: NoCache = False,
    form: Format = "table",
) -> None:
    """The plan from the company down to each rep: targets, last year, results, pace and coverage."""
    from salesperf.cli.output import print_frame
    from salesperf.measures.kpis import KPIS
    from salesperf.measures.planning.pacing import fiscal_year

    companies = opened(params, period, no_cache=no_cache, as_of=as_of)
    area = companies[0].tables.check_region(region) if region is not None else None

    def progress(company: Company) -> DataFrame:
        frame = company.targets(by, kpi)
        frame = frame[frame["region"] == area] if area is not None else frame
        return frame[COLUMNS] if form != "table" else for_terminal(frame)

    frame = of_each(companies, progress)
    years = dict.fromkeys(fiscal_year(company.period).label for company in companies)
    for message in dict.fromkeys(text for year in years for text in messages(companies[0].plan, kpi, year)):
        print(message, file=sys.stderr)
    units = dict.fromkeys(AMOUNTS, KPIS[kpi].unit) | dict.fromkeys(SHARES, "share")
    warn_of_running(companies)
    print_frame(frame, units, form, companies[0].client)


# Columns of the frame of `Company.targets`: in the unit of the KPI; as shares; and all those that programs get.
AMOUNTS = ["target", "unassigned", "last_year", "result", "projection", "year_target", "year_result", "pipeline"]
SHARES = ["change", "attainment", "pacing", "year_pacing", "coverage"]
COLUMNS = [
    "level", "region", "team", "rep", "target", "unassigned", "last_year", "change", "result", "attainment", "pacing",
    "projection", "year_target", "year_result", "year_pacing", "pipeline", "coverage", "coverage_state",
]  # fmt: skip


def for_terminal(frame: DataFrame) -> DataFrame:
    """The plan as a tree for a terminal: ``who``, the name indented by level, and the number columns with room there.

    ``frame``: that of `Company.targets`. Without unassigned where it is 0 or NaN in all rows, without coverage where
    it is NaN in all.
    """
    depth = {"company": 0, "region": 1, "team": 2, "rep": 3}
    names = [
        "  " * depth[row["level"]] + str(row[row["level"]] if row["level"] != "company" else "company")
        for row in frame.to_dict("records")
    ]
    shown = ["target", "unassigned", "last_year", "change", "result", "attainment", "pacing", "year_pacing", "coverage"]
    if not frame["unassigned"].fillna(0).any():
        shown.remove("unassigned")
    if frame["coverage"].isna().all():
        shown.remove("coverage")
    return frame[shown].set_axis(shown, axis=1).assign(who=names)[["who", *shown]]


def messages(plan: Plan, kpi: str, year: str) -> list[str]:
    """Sentences on a KPI's plan: that nobody has a target, differences of all periods, fallbacks to equal shares.

    ``year``: label of the fiscal year of the fallbacks.
    """
    texts = [] if plan.has(kpi) else [f"nobody has a target of {kpi}"]
    for difference in plan.differences:
        if difference.kpi == kpi:
            whose = "/".join(filter(None, difference.entity)) or "the company"
            parts = "its parts have" if difference.by == "parts" else "its shorter periods have"
            texts.append(
                f"{whose}, {difference.period}: {difference.whole.normalize():f} given, "
                f"{parts} {difference.parts.normalize():f}, "
                f"difference {(difference.parts - difference.whole).normalize():+f} ({plan.rules.differences})"
            )
    for fallback in plan.fallbacks:
        if (fallback.kpi, fallback.period) == (kpi, year):
            whose = "/".join(filter(None, fallback.entity)) or "the company"
            what = "the months" if fallback.by == "season" else f"the parts of {whose}"
            texts.append(f"{kpi} {year}: no history before it in the export, so {what} weigh the same")
    return texts
