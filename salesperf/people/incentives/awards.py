"""Awards: the winners by a plan's rules, with ties, their lead, and the interval of a rate (docs/methods.md §8)."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isnan
from typing import NamedTuple

import numpy as np
import pandas as pd

from salesperf.inference.intervals import wilson
from salesperf.measures.kpi import Kpi
from salesperf.people.incentives.commission import to_the_cent
from salesperf.people.incentives.incentive_plan import MONTHS, Award, IncentivePlan, periods_of
from salesperf.people.incentives.pay_rules import ZERO
from salesperf.people.scores import RepScores
from salesperf.periods import Period
from salesperf.rounding import half_up


class Winner(NamedTuple):
    """A winner: the value of the KPI or score, its cases (NaN where it is no rate), and the prize in money."""

    rep_id: str
    rep: str
    region: str
    team: str
    value: float
    n: float
    prize: Decimal


@dataclass(frozen=True)
class AwardResult:
    """The result of an award for one period in the company, a region or a team.

    ``area``: () for the company, (region,) or (region, team); ``unit``: the KPI's unit, or "points" for the score;
    ``winners``: by rank and name, empty where nobody reaches the value needed; ``lead``: distance of the last winner's
    value from that of the best of the others, NaN without a winner or others; ``interval``: 95 % interval (`wilson`) of
    the last winner's rate, None where the KPI is no proportion or has no cases.
    """

    award: Award
    period: Period
    area: tuple[str, ...]
    unit: str
    winners: tuple[Winner, ...]
    lead: float
    interval: tuple[float, float] | None


def award_periods(plan: IncentivePlan, settled: Sequence[Period]) -> list[Period]:
    """The periods of a plan's awards that end in the settlement periods, each once, in order of time and length."""
    spans = {ended for award in plan.awards for period in settled for ended in _ending(award, period)}
    return sorted(spans, key=lambda span: (span.first, span.length))


def award_results(
    plan: IncentivePlan, scores: RepScores, settled: Sequence[Period], known: dict[str, Kpi]
) -> list[AwardResult]:
    """The results of the awards whose periods end in the settlement periods, one for each area.

    ``scores``: those of the periods that `award_periods` names; ``known``: the client's KPIs by id. An award follows
    the KPIs and scores of its period; for what later refunds change in these, see `rep_scores`.
    """
    return [
        result
        for award in plan.awards
        for period in settled
        for ended in _ending(award, period)
        for result in _results(award, ended, _candidates(award, scores, ended), known.get(award.kpi))
    ]


def prizes(results: Sequence[AwardResult]) -> dict[str, Decimal]:
    """Rep id → the sum of the rep's prizes, for winners only."""
    paid: dict[str, Decimal] = {}
    for winner in (winner for result in results for winner in result.winners):
        paid[winner.rep_id] = paid.get(winner.rep_id, ZERO) + winner.prize
    return paid


def _ending(award: Award, settled: Period) -> list[Period]:
    """The award's periods that end in a settlement period."""
    months = MONTHS[award.every]
    if months <= settled.length:
        return periods_of(months, settled)
    end = settled.first + settled.length
    return [settled.other(end - months, months)] if (end - (settled.fiscal_year_start - 1)) % months == 0 else []


def _candidates(award: Award, scores: RepScores, period: Period) -> pd.DataFrame:
    """The reps with a value, index rep_id; columns: region, team, rep, value (rounded as it is compared), n.

    By score nobody is ranked who is too new to be judged.
    """
    rows = scores.kpis[period.label]
    candidates = rows[["region", "team", "rep"]].copy()
    if award.kpi == "score":
        summary = scores.cards[period.label].summary
        candidates["value"] = half_up(summary["score"].where(~summary["too_new"]).to_numpy(np.float64))
    else:
        candidates["value"] = rows[award.kpi].round(9)
    candidates["n"] = rows.get(f"{award.kpi}_n", np.nan)
    return candidates.dropna(subset=["value"])


def _results(award: Award, period: Period, people: pd.DataFrame, kpi: Kpi | None) -> Iterator[AwardResult]:
    """The results in every area of an award; ``people``: its candidates; ``kpi``: None for the score."""
    areas: dict[str, list[Hashable]] = {"company": [], "region": ["region"], "team": ["region", "team"]}
    keys = areas[award.within]
    groups = [((), people)] if not keys else [(area, group) for area, group in people.groupby(keys, sort=True)]
    for area, group in groups:
        yield _result(award, period, tuple(str(part) for part in area), group, kpi)


def _result(award: Award, period: Period, area: tuple[str, ...], people: pd.DataFrame, kpi: Kpi | None) -> AwardResult:
    sign = -1 if kpi is not None and kpi.better == "lower" else 1
    ranked = people.assign(rank=(people["value"] * -sign).rank(method="min")).sort_values(["rank", "rep"])
    enough = True if award.at_least is None else ranked["value"] * sign >= award.at_least * sign
    won = ranked[(ranked["rank"] <= award.winners) & enough]
    others = ranked.drop(won.index)
    lead = abs(won["value"].iloc[-1] - others["value"].iloc[0]) if len(won) and len(others) else float("nan")
    winners = tuple(
        Winner(str(rep), row["rep"], row["region"], row["team"], row["value"], row["n"], prize)
        for (rep, row), prize in zip(won.to_dict("index").items(), _shared(award, won), strict=True)
    )
    unit = kpi.unit if kpi else "points"
    return AwardResult(award, period, area, unit, winners, float(lead), _interval(kpi, winners))


def _shared(award: Award, won: pd.DataFrame) -> list[Decimal]:
    """The prize of each winner, by rank: a whole one, or an equal share of the prizes of the places that ties hold."""
    if award.ties == "each":
        return [award.prize] * len(won)
    paid: list[Decimal] = []
    for rank, group in won.groupby("rank", sort=True):
        places = min(len(group), award.winners - int(float(str(rank))) + 1)
        whole = award.prize * places
        paid += to_the_cent([whole / len(group)] * len(group), whole)
    return paid


def _interval(kpi: Kpi | None, winners: tuple[Winner, ...]) -> tuple[float, float] | None:
    """The interval of the last winner's rate, see `AwardResult`."""
    if not winners or kpi is None or not kpi.is_proportion or isnan(winners[-1].n) or winners[-1].n == 0:
        return None
    value, n = winners[-1].value, winners[-1].n
    lower, upper = wilson(min(value * n, n), n)
    return float(lower), float(upper)
