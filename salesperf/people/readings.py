"""Readings of a rep's KPIs: each against the rep's own past and the middle half of the team (docs/methods.md §4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from salesperf.data.export import Export
from salesperf.inference.discoveries import discoveries
from salesperf.measures.coverage import is_whole
from salesperf.measures.differences import Difference, UpsAndDowns, from_average, from_median, ups_and_downs
from salesperf.measures.kpis import Kpi
from salesperf.periods import Period

FEWEST_PEOPLE = 5  # with fewer, no quartiles are shown, so that nobody can be singled out (docs/methods.md §10)
FEWEST_PERIODS = 3  # with fewer past periods, a rep is not compared with the own past
FALSE_FLAGS = 0.05  # of the differences that a sheet claims, the share that chance may make

Array = NDArray[np.float64]
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
    better than ``average``, in standard errors; ``error``: one of them. ``returning``: whether the period before was
    unusual and the present one is back towards the average of those before it (regression to the mean).
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
    error: float
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
    is compared with nothing. What a sheet could claim of its KPIs, against peers, the own past and the past of the
    period before, is one family: of what it does claim, chance makes a share of FALSE_FLAGS at most (Benjamini &
    Hochberg 1995). The order of people changes nothing.
    """
    labels, reps = list(dict.fromkeys(history["period"])), sorted(set(history["rep_id"]))
    by_kpi = _by_period(history, [kpi for name, kpi in known.items() if name in history], labels, reps)
    now = history[history["period"] == labels[-1]].set_index("rep_id")
    level, compared = peers(now, rep)
    place, among = reps.index(rep), [reps.index(peer) for peer in compared]
    own = history[history["rep_id"] == rep].set_index("period").reindex(labels)
    beside = [
        _compared(known[name], own, values[place], values[among, -1], ups_and_downs(values))
        for name, values in by_kpi.items()
    ]
    told = discoveries([one.p_values for one in beside] or np.empty((0, 3)), FALSE_FLAGS)
    readings = {one.kpi.id: _reading(one, flags) for one, flags in zip(beside, told, strict=True)}
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


def middle_half(values: ArrayLike) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile; NaN for fewer than FEWEST_PEOPLE values.

    Values of NaN do not count. By Hyndman & Fan's (1996) definition 8, whose quartiles do not fall on one person's own
    number.

    >>> [round(value, 2) for value in middle_half([1, 2, 3, 4, 5])]
    [1.67, 3.0, 4.33]
    """
    known = _known(np.asarray(values, np.float64))
    if len(known) < FEWEST_PEOPLE:
        return float("nan"), float("nan"), float("nan")
    lower, middle, upper = np.quantile(known, [0.25, 0.5, 0.75], method="median_unbiased")
    return float(lower), float(middle), float(upper)


def _known(values: Array) -> Array:
    return values[np.isfinite(values)]


def _by_period(history: pd.DataFrame, kpis: Sequence[Kpi], labels: list[str], reps: list[str]) -> dict[str, Array]:
    """Each KPI as reps × periods; NaN for a count, or an attainment, over a part of a period."""
    values = history.set_index(["rep_id", "period"])
    rows = pd.MultiIndex.from_product([reps, labels])
    shape, whole = (len(reps), len(labels)), values["whole"].reindex(rows, fill_value=False).to_numpy(np.bool_)
    arrays = {}
    for kpi in kpis:
        array = values[kpi.id].reindex(rows).to_numpy(np.float64, copy=True)
        if kpi.counted or "targets.target" in kpi.needs:
            array[~whole] = nan
        arrays[kpi.id] = array.reshape(shape)
    return arrays


@dataclass(frozen=True)
class _Compared:
    """One KPI of a rep beside its past and its peers, before it is judged.

    ``now``, ``n``: the value of the present period and its cases; ``by_period``: the rep's values, the present one
    last; ``lower``, ``upper``: the peers' quartiles; ``among``: from the peers' median; ``off``, ``off_before``: of the
    present period, and of the one before, from the average of those before it.
    """

    kpi: Kpi
    now: float
    n: float
    by_period: Array
    lower: float
    upper: float
    among: Difference
    off: Difference
    off_before: Difference

    @property
    def p_values(self) -> tuple[float, float, float]:
        """Of the three claims that a sheet could make; NaN for those that are not looked at."""
        if not self.kpi.judged:
            return nan, nan, nan
        off, off_before = (
            difference.p_value if np.isfinite(self.by_period[:end]).sum() >= FEWEST_PERIODS else nan
            for difference, end in ((self.off, -1), (self.off_before, -2))
        )
        return self.among.p_value, off, off_before


def _compared(kpi: Kpi, own: pd.DataFrame, by_period: Array, of_peers: Array, usual: UpsAndDowns) -> _Compared:
    """``own``: the rep's KPI rows, one per period; ``of_peers``: the present values of the peers."""
    cases = own.get(f"{kpi.id}_n", pd.Series(nan, own.index)).to_numpy(np.float64)
    n, comparable = float(cases[-1]), float(by_period[-1])
    lower, middle, upper = middle_half(of_peers)
    before, n_before = (float(by_period[-2]), float(cases[-2])) if len(by_period) > 1 else (nan, nan)
    return _Compared(
        kpi=kpi,
        now=float(own[kpi.id].iloc[-1]),
        n=n,
        by_period=by_period,
        lower=lower,
        upper=upper,
        among=from_median(kpi, comparable, middle, n, usual),
        off=from_average(kpi, comparable, _known(by_period[:-1]), n, usual),
        off_before=from_average(kpi, before, _known(by_period[:-2]), n_before, usual),
    )


def _reading(compared: _Compared, told: NDArray[np.bool_]) -> Reading:
    """``told``: which of its three claims are discoveries."""
    stands_out, has_moved, had_moved = told.tolist()
    values, (_, off, _) = compared.by_period, compared.p_values
    past, comparable = _known(values[:-1]), float(values[-1])
    before = float(values[-2]) if len(values) > 1 else nan
    outside = comparable < compared.lower or comparable > compared.upper
    position: Position = "" if isnan(compared.p_values[0]) else "in_line"
    if stands_out and outside:
        position = "strength" if compared.among.distance > 0 else "gap"
    course: Course = "" if isnan(off) else "usual"
    if has_moved:
        course = "better" if compared.off.distance > 0 else "worse"
    return Reading(
        kpi=compared.kpi,
        now=compared.now,
        n=compared.n,
        before=before,
        change=comparable - before,
        average=float(past.mean()) if len(past) else nan,
        periods=len(past),
        lower=compared.lower,
        upper=compared.upper,
        position=position,
        among=compared.among.distance,
        course=course,
        off=compared.off.distance,
        error=compared.off.error,
        returning=had_moved and (comparable - before) * (float(_known(values[:-2]).mean()) - before) > 0,
    )
