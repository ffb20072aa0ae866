"""Readings of a rep's KPIs: each against the rep's own past and the middle half of the team (docs/methods.md §4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan, sqrt
from typing import Literal

import numpy as np
import pandas as pd

from salesperf.data.export import Export
from salesperf.inference.intervals import rate_error
from salesperf.measures.coverage import is_whole
from salesperf.measures.kpis import Kpi
from salesperf.periods import Period

FEWEST_PEOPLE = 5  # with fewer, no quartiles are shown, so that nobody can be singled out (docs/methods.md §10)
FEWEST_PERIODS = 3  # with fewer past periods, a rep is not compared with the own past
CHANCE = 2.0  # standard errors that a difference must exceed: chance alone makes 1 of 20 so large
UNUSUAL = 1.5  # standard errors beyond which a period is unusual, so that the next one tends back to the average
_FEWEST_UPS_AND_DOWNS = 3  # degrees of freedom that `scatter` needs

Level = Literal["team", "region", "nobody"]
Position = Literal["strength", "in_line", "gap", ""]
Course = Literal["better", "usual", "worse", ""]


@dataclass(frozen=True)
class Reading:
    """One KPI of one rep, in the KPI's unit; NaN is not available, "" is not judged.

    ``now``: the value of the present period; ``n``: the cases behind a rate; ``before``: the value of the period
    before; ``change``: now less before, NaN where either counts a part of a period only; ``average``: the mean of the
    rep's past periods that have a value, and ``periods`` their number; ``lower``, ``upper``: the peers' quartiles.
    ``position``: where the rep stands among the peers, "strength" being better; ``among``: how much better than the
    peers' median, in standard errors. ``course``: the present period against the rep's own past; ``off``: how much
    better than ``average``, in standard errors. ``returning``: whether the period before was unusual and the present
    one is back towards the average of those before it (regression to the mean).
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
class RepReadings:
    """The readings of one rep by KPI id, and whom the rep is compared with: the team, the region, or nobody.

    ``whole``: whether the rep was employed from the first to the last day of the present period, and the export covers
    it whole.
    """

    readings: Mapping[str, Reading]
    level: Level
    whole: bool


def mark_whole(history: pd.DataFrame, export: Export, periods: list[Period]) -> pd.DataFrame:
    """KPI rows of reps with a column ``whole`` (bool): employed from the period's first to its last day, and covered.

    ``history``: rows with rep_id and period (label); ``periods``: the periods in it. A period is covered where the
    export covers it whole (docs/methods.md, *Not available*).
    """
    covered = {period.label: period for period in periods if is_whole(export, period)}
    staff = {person["rep_id"]: (person["start_date"], person["end_date"]) for person in export.tables.staff()}

    def whole(rep: str, label: str) -> bool:
        start, end = staff.get(rep, (None, None))
        period = covered.get(label)
        return period is not None and not (start and start > period.start) and not (end and end < period.end)

    pairs = zip(history["rep_id"], history["period"], strict=True)
    return history.assign(whole=[whole(rep, label) for rep, label in pairs])


def rep_readings(history: pd.DataFrame, rep: str, known: Mapping[str, Kpi]) -> RepReadings:
    """The readings of a rep for the last period of a history.

    ``history``: KPI rows of the reps of the rep's region, with rep_id, period (label), team, whole (see `mark_whole`)
    and a column per KPI id, with ``<id>_n`` beside rates; periods in order of time, the rep in the last of them.
    ``known``: the KPIs to read; those without a column are left out. A count, or an attainment, over a part of a period
    is compared with nothing. The order of people changes nothing.
    """
    labels = list(dict.fromkeys(history["period"]))
    by_kpi = {name: _by_period(history, kpi, labels) for name, kpi in known.items() if name in history}
    now = history[history["period"] == labels[-1]].set_index("rep_id")
    level, compared = peers(now, rep)
    readings = {
        name: _reading(known[name], now.loc[rep], values.T[rep], values.loc[compared, labels[-1]], scatter(values))
        for name, values in by_kpi.items()
    }
    return RepReadings(readings, level, bool(now.loc[rep, "whole"]))


def peers(now: pd.DataFrame, rep: str) -> tuple[Level, list[str]]:
    """The ids of those whom a rep is compared with: the team, if it is too small the region, else nobody.

    Only those employed for the whole period count, the rep among them. ``now``: the region's KPI rows of one period
    (index rep_id), with team ("" without) and whole.
    """
    region = now[now["whole"]]
    team = region[region["team"] == now.loc[rep, "team"]] if now.loc[rep, "team"] else region.iloc[:0]
    if len(team) >= FEWEST_PEOPLE:
        return "team", list(team.index)
    return ("region", list(region.index)) if len(region) >= FEWEST_PEOPLE else ("nobody", [])


def middle_half(values: pd.Series) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile; NaN for fewer than FEWEST_PEOPLE values.

    Values of NaN do not count. By Hyndman & Fan's (1996) definition 8, whose quartiles do not fall on one person's own
    number.

    >>> [round(value, 2) for value in middle_half(pd.Series([1, 2, 3, 4, 5]))]
    [1.67, 3.0, 4.33]
    """
    known = values.dropna().to_numpy(np.float64)
    if len(known) < FEWEST_PEOPLE:
        return float("nan"), float("nan"), float("nan")
    lower, middle, upper = np.quantile(known, [0.25, 0.5, 0.75], method="median_unbiased")
    return float(lower), float(middle), float(upper)


def scatter(values: pd.DataFrame) -> float:
    """The usual ups and downs of a KPI within a person, as a share of the person's mean (u in docs/methods.md §4).

    ``values``: one row per person, one column per period. All people count together, as one person's few periods would
    give mostly noise. NaN for fewer than 3 degrees of freedom.
    """
    mean = values.mean(axis=1)
    relative = values.div(mean.where(mean > 0), axis=0) - 1
    freedom = float((relative.count(axis=1) - 1).clip(lower=0).sum())
    return sqrt(float((relative**2).sum().sum()) / freedom) if freedom >= _FEWEST_UPS_AND_DOWNS else float("nan")


def standard_error(kpi: Kpi, reference: float, n: float, ups_and_downs: float) -> float:
    """The standard error of a KPI around a reference value, in the KPI's unit (docs/methods.md §4).

    Of a proportion of n cases: binomial, with one case added on either side, so that it is not 0 at 0 % and 100 %.
    Of all others: ``ups_and_downs`` (see `scatter`) × the reference; of a count of customers or deals at least that of
    a Poisson count. NaN where n or ``ups_and_downs`` is needed and not available.
    """
    if kpi.is_proportion:
        return float(rate_error(reference * n, n))
    error = ups_and_downs * abs(reference)
    if kpi.comes_singly and reference >= 0:
        return float(np.fmax(error, sqrt(reference)))
    return error


def _by_period(history: pd.DataFrame, kpi: Kpi, labels: list[str]) -> pd.DataFrame:
    """A KPI by rep (rows) and period (columns); NaN for a count, or an attainment, over a part of a period."""
    grows = kpi.counted or "targets.target" in kpi.needs
    values = history[kpi.id].where(history["whole"]) if grows else history[kpi.id]
    return values.groupby([history["rep_id"], history["period"]]).first().unstack().reindex(columns=labels)


def _reading(kpi: Kpi, row: pd.Series, by_period: pd.Series, of_peers: pd.Series, ups_and_downs: float) -> Reading:
    """One KPI of a rep.

    ``row``: the rep's KPI row of the present period; ``by_period``: the rep's values, the present one last;
    ``of_peers``: the present values of the peers.
    """
    n, comparable = float(row.get(f"{kpi.id}_n", float("nan"))), float(by_period.iloc[-1])
    past, before = by_period.iloc[:-1].dropna(), float(by_period.iloc[-2]) if len(by_period) > 1 else float("nan")
    lower, middle, upper = middle_half(of_peers)
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
        returning=_returning(kpi, by_period, n, ups_and_downs),
    )


def _distance(kpi: Kpi, value: float, reference: float, error: float) -> float:
    """How much better than the reference, in standard errors; NaN where the error is 0 or not available."""
    distance = (value - reference) / error if error > 0 else float("nan")
    return distance if kpi.better == "higher" else -distance


def _error_to_average(kpi: Kpi, average: float, n: float, ups_and_downs: float, periods: int) -> float:
    """The standard error of a value's difference from the average of some past periods; NaN without any."""
    return standard_error(kpi, average, n, ups_and_downs) * sqrt(1 + 1 / periods) if periods else float("nan")


def _position(kpi: Kpi, value: float, lower: float, upper: float, distance: float) -> Position:
    """A strength or gap lies outside the middle half and more than CHANCE standard errors from its median."""
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


def _returning(kpi: Kpi, by_period: pd.Series, n: float, ups_and_downs: float) -> bool:
    """Whether the period before was unusual and the present one moved back towards the average of those before it."""
    past = by_period.iloc[:-2].dropna()
    if len(past) < FEWEST_PERIODS or by_period.iloc[-2:].isna().any():
        return False
    average, before, now = float(past.mean()), float(by_period.iloc[-2]), float(by_period.iloc[-1])
    off = _distance(kpi, before, average, _error_to_average(kpi, average, n, ups_and_downs, len(past)))
    return abs(off) > UNUSUAL and (now - before) * (average - before) > 0
