"""How a rep stands: each KPI against the rep's own past and against the middle half of the team."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan, sqrt
from typing import Literal

import numpy as np
import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.availability import is_whole
from salesperf.measures.kpis import Kpi
from salesperf.periods import Period

FEWEST_PEOPLE = 5  # under which no spread is shown: nobody can be singled out (docs/methods.md §10)
FEWEST_PERIODS = 3  # of the own past, under which it has no usual range
CHANCE = 2.0  # standard errors that a difference must exceed: chance alone makes 1 of 20 so large
UNUSUAL = 1.5  # standard errors from which a period is unusual enough that the next one tends back
_FEWEST_UPS_AND_DOWNS = 3

Level = Literal["team", "region", "nobody"]
Position = Literal["strength", "in_line", "gap", ""]
Course = Literal["better", "usual", "worse", ""]


@dataclass(frozen=True)
class Reading:
    """One KPI of one rep; NaN is not available, "" is not judged.

    ``n``: the cases behind a rate; ``before``: the period before, ``change``: now less before; ``average``: of the own
    past periods, ``periods`` of them; ``lower`` and ``upper``: the quartiles of the peers; ``position``: among the
    peers, in the sense of the KPI, and ``among`` how much better than their median, in standard errors; ``course``:
    against the own past, and ``off`` how much better than the own average; ``returning``: the period before was
    unusual, and the change leads back from it.
    """

    kpi: Kpi
    now: float
    n: float
    before: float
    change: float
    average: float
    periods: int
    lower: float
    upper: float
    position: Position
    among: float
    course: Course
    off: float
    returning: bool


@dataclass(frozen=True)
class Standing:
    """Every KPI of one rep by id, and whom the rep is compared with: the team, the region, or nobody.

    ``whole``: whether the rep was employed, and the period covered by the export, from its first to its last day.
    """

    readings: Mapping[str, Reading]
    level: Level
    whole: bool


def mark_whole(history: pd.DataFrame, export: Export, periods: list[Period]) -> pd.DataFrame:
    """KPI rows of reps with a column ``whole``: employed, and covered by the export, from first to last day."""
    covered = {period.label: period for period in periods if is_whole(export, period)}
    staff = {person["rep_id"]: (person["start_date"], person["end_date"]) for person in export.tables.staff()}

    def whole(rep: str, label: str) -> bool:
        start, end = staff.get(rep, (None, None))
        period = covered.get(label)
        return period is not None and not (start and start > period.start) and not (end and end < period.end)

    pairs = zip(history["rep_id"], history["period"], strict=True)
    return history.assign(whole=[whole(rep, label) for rep, label in pairs])


def standing(history: pd.DataFrame, rep: str, known: Mapping[str, Kpi]) -> Standing:
    """Where a rep stands at the end of a history.

    ``history``: KPI rows of the reps of the rep's region, with ``whole`` (see `mark_whole`); its last period, in the
    order of rows, is now, the one ahead of it is before. What is counted over a part of a period is compared
    with nothing. Neither the order of people nor people of other regions change anything.
    """
    labels = list(dict.fromkeys(history["period"]))
    by_kpi = {name: _by_period(history, kpi, labels) for name, kpi in known.items() if name in history}
    now = history[history["period"] == labels[-1]].set_index("rep_id")
    level, others = peers(now, rep)
    readings = {
        name: _reading(known[name], now.loc[rep], values.T[rep], values.loc[others, labels[-1]], scatter(values))
        for name, values in by_kpi.items()
    }
    return Standing(readings, level, bool(now.loc[rep, "whole"]))


def peers(now: pd.DataFrame, rep: str) -> tuple[Level, list[str]]:
    """Whom a rep is compared with, the rep among them: the team, if it is too small the region, else nobody.

    ``now``: the region's KPI rows of one period by rep_id.
    """
    there = now[now["whole"]]
    team = there[there["team"] == now.loc[rep, "team"]] if now.loc[rep, "team"] else there.iloc[:0]
    if len(team) >= FEWEST_PEOPLE:
        return "team", list(team.index)
    return ("region", list(there.index)) if len(there) >= FEWEST_PEOPLE else ("nobody", [])


def middle_half(values: pd.Series) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile; NaN for fewer than FEWEST_PEOPLE values.

    By Hyndman & Fan's (1996) definition 8, whose quartiles never fall on one person's own number.

    >>> [round(one, 2) for one in middle_half(pd.Series([1, 2, 3, 4, 5]))]
    [1.67, 3.0, 4.33]
    """
    known = values.dropna().to_numpy(np.float64)
    if len(known) < FEWEST_PEOPLE:
        return float("nan"), float("nan"), float("nan")
    lower, middle, upper = np.quantile(known, [0.25, 0.5, 0.75], method="median_unbiased")
    return float(lower), float(middle), float(upper)


def scatter(values: pd.DataFrame) -> float:
    """The usual ups and downs of a KPI within a person, as a share of its mean; NaN where too little tells it.

    ``values``: people × periods. Everybody's together: a person's own few periods would be noise themselves.
    """
    mean = values.mean(axis=1)
    relative = values.div(mean.where(mean > 0), axis=0) - 1
    freedom = float((relative.count(axis=1) - 1).clip(lower=0).sum())
    return sqrt(float((relative**2).sum().sum()) / freedom) if freedom >= _FEWEST_UPS_AND_DOWNS else float("nan")


def standard_error(kpi: Kpi, reference: float, n: float, ups_and_downs: float) -> float:
    """How far chance carries a KPI from a reference value; NaN where nothing tells.

    A proportion of n cases: binomial, one case drawn to either side, so that 0 % and 100 % are not sure either. All
    others: the usual ups and downs; customers and deals have at least those of a Poisson count.
    """
    if kpi.is_proportion:
        share = (reference * n + 1) / (n + 2)
        return sqrt(share * (1 - share) / n) if n > 0 else float("nan")
    error = ups_and_downs * abs(reference)
    if kpi.comes_singly and reference >= 0:
        return float(np.fmax(error, sqrt(reference)))
    return error


def _by_period(history: pd.DataFrame, kpi: Kpi, labels: list[str]) -> pd.DataFrame:
    """A KPI by rep and period; what was counted over a part of a period, or has a target for it, is not available."""
    grows = kpi.counted or "targets.target" in kpi.needs
    values = history[kpi.id].where(history["whole"]) if grows else history[kpi.id]
    return values.groupby([history["rep_id"], history["period"]]).first().unstack().reindex(columns=labels)


def _reading(kpi: Kpi, row: pd.Series, own: pd.Series, others: pd.Series, ups_and_downs: float) -> Reading:
    n, comparable = float(row.get(f"{kpi.id}_n", float("nan"))), float(own.iloc[-1])
    past, before = own.iloc[:-1].dropna(), float(own.iloc[-2]) if len(own) > 1 else float("nan")
    lower, middle, upper = middle_half(others)
    average = float(past.mean()) if len(past) else float("nan")
    among = _distance(kpi, comparable, middle, standard_error(kpi, middle, n, ups_and_downs))
    off = _distance(kpi, comparable, average, _error_to_average(kpi, average, n, ups_and_downs, len(past)))
    return Reading(
        kpi=kpi,
        now=float(row[kpi.id]),
        n=n,
        before=before,
        change=comparable - before,
        average=average,
        periods=len(past),
        lower=lower,
        upper=upper,
        position=_position(kpi, comparable, lower, upper, among),
        among=among,
        course=_course(kpi, off, len(past)),
        off=off,
        returning=_returning(kpi, own, n, ups_and_downs),
    )


def _distance(kpi: Kpi, value: float, reference: float, error: float) -> float:
    """How much better than the reference, in standard errors."""
    distance = (value - reference) / error if error > 0 else float("nan")
    return distance if kpi.better == "higher" else -distance


def _error_to_average(kpi: Kpi, average: float, n: float, ups_and_downs: float, periods: int) -> float:
    """The standard error of a value against an average, which is itself unsure."""
    return standard_error(kpi, average, n, ups_and_downs) * sqrt(1 + 1 / periods) if periods else float("nan")


def _position(kpi: Kpi, value: float, lower: float, upper: float, distance: float) -> Position:
    """Outside the middle half, and further from its median than chance explains."""
    if not kpi.judged or isnan(distance):
        return ""
    outside = value < lower or value > upper
    if not outside or abs(distance) <= CHANCE:
        return "in_line"
    return "strength" if distance > 0 else "gap"


def _course(kpi: Kpi, distance: float, periods: int) -> Course:
    if not kpi.judged or isnan(distance) or periods < FEWEST_PERIODS:
        return ""
    if abs(distance) <= CHANCE:
        return "usual"
    return "better" if distance > 0 else "worse"


def _returning(kpi: Kpi, own: pd.Series, n: float, ups_and_downs: float) -> bool:
    """Whether the period before was unusual for the rep, and now is nearer to the usual (docs/methods.md §4)."""
    past = own.iloc[:-2].dropna()
    if len(past) < FEWEST_PERIODS or own.iloc[-2:].isna().any():
        return False
    average, before, now = float(past.mean()), float(own.iloc[-2]), float(own.iloc[-1])
    off = _distance(kpi, before, average, _error_to_average(kpi, average, n, ups_and_downs, len(past)))
    return abs(off) > UNUSUAL and (now - before) * (average - before) > 0
