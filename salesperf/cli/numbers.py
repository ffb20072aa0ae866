"""The commands that print KPIs, scores and potential: the numbers that the notebooks show."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

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
    warn_of_strangers,
)

if TYPE_CHECKING:
    from pandas import DataFrame

    from salesperf.company import Company
    from salesperf.language import Voice
    from salesperf.periods import Period
    from salesperf.scoring.model import Model

    Columns: TypeAlias = tuple[DataFrame, dict[str, str]]  # a frame, and the unit of each of its number columns


def kpis(
    params: ClientFile,
    by: Annotated[Literal["company", "region", "team", "rep"], typer.Option(help="One row per what.")] = "region",
    period: PeriodsOption = None,
    region: RegionOption = None,
    kpi: Annotated[list[str] | None, typer.Option(help="Only this KPI, by its id; may be given again.")] = None,
    as_of: AsOf = None,
    no_cache: NoCache = False,
    form: Format = "table",
) -> None:
    """The numbers."""
    from salesperf.cli.output import print_frame
    from salesperf.measures.kpis import check_kpi

    companies = opened(params, period, no_cache=no_cache, as_of=as_of)
    company, known = companies[0], companies[0].registry
    wanted = [check_kpi(name, known).id for name in dict.fromkeys(kpi or known)]
    frame = company.kpis(by, [opened_company.period for opened_company in companies], wanted)
    if region is not None and by != "company":
        frame = frame[frame["region"] == company.tables.check_region(region)]
    if by in ("region", "rep") and (frame["region"] == "").any():
        warn_of_strangers(company)
    several = ("period",) if len(companies) > 1 else ()
    keys = [name for name in (*several, "region", "team", "rep") if name in frame]
    beside = {kpi_id: [part.id for part in known[kpi_id].beside] if form != "table" else [] for kpi_id in wanted}
    numbers = [name for kpi_id in wanted for name in (kpi_id, f"{kpi_id}_n", *beside[kpi_id]) if name in frame]
    units = {kpi_id: definition.unit for kpi_id, definition in known.items()}
    warn_of_running(companies)
    print_frame(frame[keys + numbers], units, form, company.client)


def score(
    params: ClientFile,
    by: Annotated[Literal["region", "team", "rep"], typer.Option(help="One row per what.")] = "rep",
    period: PeriodsOption = None,
    region: RegionOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="What made each change since the period before.")] = False,
    months: Annotated[
        bool, typer.Option("--months", help="Its months beside the period (of a year, quarters).")
    ] = False,
    as_of: AsOf = None,
    no_cache: NoCache = False,
    form: Format = "table",
) -> None:
    """Points and grades under the client's model, with what made them."""
    from salesperf.cli.output import print_frame
    from salesperf.errors import RequestError

    if explain and months:
        raise RequestError("score: expected --explain or --months, got both; ask for one after the other")
    companies = opened(params, period, no_cache=no_cache, as_of=as_of)
    if months and len(companies) > 1:
        raise RequestError("score: expected one period with --months, got several; ask for one after the other")
    shown = "explain" if explain else "months" if months else "scores"
    units: dict[str, str] = {}

    def scores(company: Company) -> DataFrame:
        frame, of_frame = _scored(company, by, region, shown, for_people=form == "table")
        units.update(of_frame)
        return frame

    frame = of_each(companies, scores)
    warn_of_running(companies)
    print_frame(frame, units, form, companies[0].client)


def _scored(
    company: Company, by: Literal["region", "team", "rep"], region: str | None, shown: str, *, for_people: bool
) -> Columns:
    """One row per entity with its name and the columns of ``shown``, and their units.

    ``shown``: "scores" (columns of `_scores`), "explain" (of `_explained`) or "months" (of `_side_by_side`);
    ``for_people``: cells as printed, and only what a terminal has room for. Raises RequestError for an unknown region.
    """
    from salesperf.measures.rows import NOBODY
    from salesperf.scoring.period_scores import parts_of

    model, now = company.model, company.period
    if by != "rep":
        model = model.as_earned()  # a forced distribution is of people, not of teams
    earlier = [*(parts_of(now) if shown == "months" else []), *([now.before()] if shown != "scores" else [])]
    periods = [*earlier, now]
    entity = {"region": ["region"], "team": ["region", "team"], "rep": ["rep_id"]}[by]
    frame = company.score_basis(by, periods, model.kpi_ids).set_index(entity, drop=False)
    if model.forced:
        frame = frame[frame["region"] != NOBODY]  # who is not in the list of reps takes no grade away
    rows = frame[frame["period"] == now.label]
    if region is not None:
        rows = rows[rows["region"] == company.tables.check_region(region)]
    if shown == "explain":
        columns, units = _explained(frame, periods, model)
    elif shown == "months":
        columns, units = _side_by_side(frame, periods, model, voice=company.client.voice, for_people=for_people)
    else:
        columns, units = _scores(company, frame, model, by=by, for_people=for_people)
    return rows[[name for name in ("region", "team", "rep") if name in rows]].join(columns), units


def _scores(
    company: Company, frame: DataFrame, model: Model, *, by: Literal["region", "team", "rep"], for_people: bool
) -> Columns:
    """The scores of the company's period: `Scorecard.summary`, rounded, with how sure they are, and contributions.

    The contributions, ``<kpi>_contribution``, are weight × points and add up to the score; earned_coefficient is left
    out. ``for_people``: the columns of `score_certainty` before them, of a rep only the ranks in the region, and
    without pay score and pay grade where the model pays by the score; else also ``<kpi>_points``,
    ``score_<perspective>``, ``<kpi>_neutral`` and ``<kpi>_drawn`` with what counts in place of a KPI of no or few
    cases, of reps standing (see `standings`), and last the columns of `score_certainty`. While the period is not over
    there are no grades. Under a forced distribution, prints a sentence on it to standard error.
    """
    from salesperf.people.standings import standings
    from salesperf.present.region.forced import forced_sentence
    from salesperf.rounding import half_up
    from salesperf.scoring.grades import graded, has_grades
    from salesperf.scoring.scorecard import printed, scorecard

    card = scorecard(frame[frame["period"] == company.period.label], model)
    card = graded(company, company.period, card)
    if model.forced and has_grades(card):
        print(forced_sentence(company.client.voice, card), file=sys.stderr)
    parts, scores = printed(card.contributions)
    pay = half_up(card.summary["pay_score"].to_numpy())
    summary = card.summary.assign(score=scores, pay_score=pay).drop(columns="earned_coefficient", errors="ignore")
    if for_people and not model.pays_otherwise:
        summary = summary.drop(columns=["pay_score", "pay_grade"])
    too_new = summary.pop("too_new")
    if for_people:
        summary["grade"] = summary["grade"].where(~too_new, company.voice("standing_too_new"))
    sure = _certainty(company, by, for_people=for_people).reindex(summary.index)
    contributions = parts.add_suffix("_contribution")
    rows = summary.join(sure).join(contributions) if for_people else summary.join(contributions)
    if not for_people:
        rows = rows.join(card.points.apply(half_up).add_suffix("_points"))
        rows = rows.join(card.perspective_scores.apply(half_up).add_prefix("score_"))
        rows = rows.join(card.neutral.dropna(axis=1, how="all").add_suffix("_neutral"))
        rows = rows.join(card.drawn.dropna(axis=1, how="all").add_suffix("_drawn"))
        rows = (rows.assign(standing=standings(card)) if "rep" in frame else rows).join(sure)
    units = {str(name): "points" for name in rows.select_dtypes("number") if name != "coefficient"}
    ranks = {str(name): "count" for name in sure if "rank" in str(name)}
    return rows, units | ranks | {"measured": "share", "grade_chance": "share"}


def _certainty(company: Company, by: Literal["region", "team", "rep"], *, for_people: bool) -> DataFrame:
    """How sure the scores are (see `score_certainty`), with points rounded as scores are and shares to one per cent.

    ``for_people``: without groups, and of a rep the ranks in the region alone, without who could be its first.
    """
    from salesperf.rounding import half_up

    sure = company.certainty(by)
    sure[["score_low", "score_high"]] = sure[["score_low", "score_high"]].apply(half_up)
    sure["grade_chance"] = half_up(sure["grade_chance"].to_numpy(), 2)
    if for_people:
        dropped = ["rank", "rank_low", "rank_high", "region_first", "region_alike"] if by == "rep" else []
        sure = sure.drop(columns=[name for name in sure if "group" in str(name)] + dropped)
    return sure


def _explained(frame: DataFrame, periods: list[Period], model: Model) -> Columns:
    """Why each score changed between the two periods: before, now, change, and ``<kpi>_change``, in points.

    The parts, with moved_weight_change as the last, add up to the change (see `score_change`).
    """
    from salesperf.scoring.change import printed_change, score_change
    from salesperf.scoring.scorecard import scorecard

    before, now = (scorecard(frame[frame["period"] == period.label], model) for period in periods)
    change = printed_change(score_change(before, now))
    parts = change.parts.rename(columns=lambda name: f"{name.replace(' ', '_')}_change")
    rows = change.scores.join(parts)
    return rows, {str(name): "points" for name in rows}


def _side_by_side(frame: DataFrame, periods: list[Period], model: Model, *, voice: Voice, for_people: bool) -> Columns:
    """The scores of each period, and the change from the last but one to the last.

    Columns for each period: its label (points), ``<label>_measured`` (share of the model's weight, 0 to 1) and
    ``<label>_n`` (the smallest n behind a rate); ``for_people``: these three in one text. Then change, in points.
    """
    from salesperf.present.region.score_changes import period_scores_cells
    from salesperf.rounding import half_up
    from salesperf.scoring.period_scores import period_scores

    by_period = period_scores(frame, periods, model)
    scores = by_period.scores.apply(half_up)
    shown, units = scores.iloc[:, :0], {"change": "points"}
    for label in (period.label for period in periods):
        columns = {
            label: scores[label],
            f"{label}_measured": by_period.measured[label],
            f"{label}_n": by_period.cases[label],
        }
        shown = shown.assign(**({label: period_scores_cells(voice, by_period, label)} if for_people else columns))
    before, now = (period.label for period in periods[-2:])
    return shown.assign(change=(scores[now] - scores[before]).round(1)), units


def potential(
    params: ClientFile,
    period: PeriodsOption = None,
    region: RegionOption = None,
    as_of: AsOf = None,
    no_cache: NoCache = False,
    form: Format = "table",
) -> None:
    """Who could be more than the present role asks, and why."""
    from salesperf.cli.output import print_frame

    companies = opened(params, period, no_cache=no_cache, as_of=as_of)
    frame = of_each(companies, lambda company: _potential(company, region, for_people=form == "table"))
    warn_of_running(companies)
    units = {"potential": "points", "performance": "points", "chance": "share", "stability": "share"}
    print_frame(frame, units, form, companies[0].client)


def _potential(company: Company, region: str | None, *, for_people: bool) -> DataFrame:
    """One row per rep, highest potential first; prints to standard error why there are no groups, if so.

    Columns: region, team, rep, potential, performance, named, chance, stability (see `Potential`), reasons: each
    strength with its distance from the company's median in standard deviations, ``for_people`` in words, else by the
    feature's id.
    """
    from salesperf.present.potential.naming import reasons_of, why_no_groups
    from salesperf.rounding import half_up

    potential, voice = company.potential(), company.voice
    people = potential.people.sort_values(["potential", "rep"], ascending=[False, True])
    if region is not None:
        people = people[people["region"] == company.tables.check_region(region)]
    if why := why_no_groups(voice, potential):
        print(why, file=sys.stderr)
    if for_people:
        reasons = [reasons_of(voice, potential, str(rep)) for rep in people.index]
    else:
        reasons = [
            ", ".join(f"{name} {potential.z[name][rep]:+.1f}" for name in names)
            for rep, names in people["reasons"].items()
        ]
    shares = {name: half_up(people[name].to_numpy(), 2) for name in ("chance", "stability")}
    columns = ["region", "team", "rep", "potential", "performance", "named", "chance", "stability", "reasons"]
    return people.assign(reasons=reasons, **shares)[columns]
