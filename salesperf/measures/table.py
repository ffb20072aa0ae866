"""The KPI table: every KPI of every entity and period, out of the engine in one row each."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from salesperf.data.company_wide import company_wide
from salesperf.data.tables import Tables
from salesperf.measures import counts
from salesperf.measures.assessed import assessed
from salesperf.measures.availability import periods_not_available
from salesperf.measures.customers import first_orders
from salesperf.measures.cycle import cycle_days
from salesperf.measures.employment import employed
from salesperf.measures.facts import KEYS, By, column_behind
from salesperf.measures.key_results import key_results
from salesperf.measures.kpis import KPIS, Kpi, check_kpi, criteria, kinds, own, registry
from salesperf.measures.own_counts import own_counts, own_rates
from salesperf.measures.planning.target_rules import TARGETED
from salesperf.measures.planning.targets import add_attainment, read_plan
from salesperf.params import Client
from salesperf.periods import Period

# Counts that stand beside a KPI: available where that one is, or, for the surveys, where any was sent.
_BESIDE = {
    "win_rate": replace(KPIS["win_rate"], id="won", counted=True),
    "satisfaction": replace(KPIS["satisfaction"], id="surveys_sent", needs=("surveys.date",), counted=True),
}
# Rates as part and whole. The parts are columns of the same rows that begin with "_", or counts that are shown, too.
_RATES = {
    "gross_margin": ("_margin", "_costed"),
    "repeat_rate": ("_again", "repeat_rate_n"),
    "win_rate": ("won", "win_rate_n"),
    "average_deal": ("revenue", "average_deal_n"),
    "satisfaction": ("_satisfied", "satisfaction_n"),
    "activity_quality": ("_quality", "activity_quality_n"),
    "activities_weekly": ("_of_staff", "activities_weekly_n"),
}
Known = Mapping[str, Kpi]


@company_wide
def kpi_table(
    tables: Tables, client: Client, periods: list[Period], by: By, only: Collection[str] | None = None
) -> pd.DataFrame:
    """Every KPI of every entity of a grouping in every period; with ``only``, those alone and what they are made of.

    One row per period and entity; columns: period, the keys (region, team, rep_id, rep as they apply), then each
    KPI of the registry by its id, ``<id>_n`` behind every rate, ``<id>_target`` where there can be one, and
    ``won`` and ``surveys_sent`` as counts beside win rate and satisfaction. NaN is "not available"; a count of nothing
    is 0. Rows are sorted by period and keys: who is employed in the period, and whoever else something asked for counts
    for. A sale of nobody in the list of reps counts for the company, and for a region, team or rep without a name.
    Raises RequestError for an id in ``only`` that is no KPI.
    """
    known = _wanted(registry(tables, client), only)
    own_kpis = [one for one in own(tables, client) if one.id in known]
    placed = [*_within_periods(tables, client, periods, by, known), *own_counts(tables, periods, by, own_kpis)]
    cohorts = _over_cohorts(tables, client, periods, by, known)
    # A deal of someone who has left since brings nobody back, but it counts for its region.
    index = _entities(tables, periods, by, placed if by in ("team", "rep") else placed + cohorts)
    parts = [part.reindex(index) for part in (*placed, *cohorts)]
    rates = {name: parts_of for name, parts_of in _RATES.items() if name in known} | own_rates(own_kpis)
    shown = [*known.values(), *(kpi for name, kpi in _BESIDE.items() if name in known)]
    frame = _complete(pd.concat([pd.DataFrame(index=index), *parts], axis=1).reset_index(), shown, rates)
    targeted = [name for name in TARGETED if f"{name}_attainment" in known]
    if targeted:
        add_attainment(frame, read_plan(tables, client), periods, by)
    _blank_what_is_not_available(frame, shown, tables, periods, client)
    keys = ["period", *KEYS[by]]
    if by == "rep":
        names = {one["rep_id"]: one["rep"] for one in tables.staff()}
        frame["rep"] = frame["rep_id"].map(names).fillna(frame["rep_id"])
        keys.append("rep")
    columns = [name for kpi in known.values() for name in kpi.columns]
    targets = [f"{name}_target" for name in targeted]
    return frame[[*keys, *columns, *targets, *(kpi.id for kpi in shown[len(known) :])]]


def _wanted(known: Known, only: Collection[str] | None) -> dict[str, Kpi]:
    """The KPIs asked for and those that they are made of, in the order of the registry."""
    if only is None:
        return dict(known)
    asked = [check_kpi(name, known) for name in only]
    names = {name for kpi in asked for name in (kpi.id, *kpi.made_of)}
    return {name: kpi for name, kpi in known.items() if name in names}


def _within_periods(tables: Tables, client: Client, periods: list[Period], by: By, known: Known) -> list[pd.DataFrame]:
    """What is counted by a day in the period: whoever has a row here belongs to the period."""
    of_kinds = {name: kind for name, kind in kinds(tables).items() if name in known}
    parts = []
    if known.keys() & {"revenue", "gross_margin", "customers"} and tables.has(*column_behind("sales.date", tables)):
        parts.append(counts.sold(tables, periods, by))
    if known.keys() & {"win_rate", "average_deal"} and tables.has("opportunities", "closed"):
        parts.append(counts.closed(tables, periods, by))
    if "satisfaction" in known and tables.has("surveys"):
        parts.append(counts.answered(tables, periods, by, client.settings.definitions.survey_scale[1]))
    if known.keys() & {"activities", "activity_quality", "activities_weekly", *of_kinds} and tables.has("activities"):
        parts.append(counts.done(tables, periods, by, of_kinds))
    return parts


def _over_cohorts(tables: Tables, client: Client, periods: list[Period], by: By, known: Known) -> list[pd.DataFrame]:
    """What looks further than the days of a period, also on people who have left since."""
    parts = []
    if known.keys() & {"new_customers", "repeat_rate"} and tables.has(*column_behind("sales.date", tables)):
        repeats = "repeat_rate" in known
        first = first_orders(tables, periods, by, client.settings.definitions, repeats=repeats)
        parts.append(counts.counted(first, by))
    if "cycle_days" in known and tables.has("opportunities", "created", "closed"):
        parts.append(cycle_days(tables, periods, by))
    if "activities_weekly" in known and tables.has("activities"):
        parts.append(counts.weeks(tables, periods, by))
    of_criteria = {name: criterion for name, criterion in criteria(tables).items() if name in known}
    if known.keys() & {"assessed", *of_criteria} and tables.has("assessments", "rating"):
        parts.append(assessed(tables, periods, by, of_criteria))
    if "key_results" in known and tables.has("key_results"):
        parts.append(key_results(tables, periods, by))
    return parts


def _entities(tables: Tables, periods: list[Period], by: By, parts: list[pd.DataFrame]) -> pd.Index:
    """A row per period and entity: whoever is there in the period, and whoever else something counts for."""
    keys = ["period", *KEYS[by]]
    found = [employed(tables, periods, by), *(part.index.to_frame(index=False) for part in parts)]
    rows = pd.concat(found).drop_duplicates().sort_values(keys)
    return pd.MultiIndex.from_frame(rows) if len(keys) > 1 else pd.Index(rows["period"])


def _complete(frame: pd.DataFrame, kpis: list[Kpi], rates: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """Zeros where nothing was counted, and the rates out of their counts."""
    counted = [name for kpi in kpis for name in kpi.columns if kpi.counted or name != kpi.id]
    for name in dict.fromkeys([*counted, *(one for parts in rates.values() for one in parts)]):
        frame[name] = frame[name].fillna(0.0) if name in frame else 0.0
    for name, (part, whole) in rates.items():
        # NaN where there is nothing to divide by.
        frame[name] = frame[part] / frame[whole].where(frame[whole] > 0)
    for kpi in kpis:
        if kpi.id not in frame:
            frame[kpi.id] = np.nan
    return frame


def _blank_what_is_not_available(
    frame: pd.DataFrame, kpis: list[Kpi], tables: Tables, periods: list[Period], client: Client
) -> None:
    columns, definitions = {kpi.id: kpi.columns for kpi in kpis}, client.settings.definitions
    place = frame["period"].map({period.label: number for number, period in enumerate(periods)}).to_numpy(np.int64)
    for name, missing in periods_not_available(kpis, tables, periods, definitions).items():
        if any(missing):
            frame.loc[np.array(missing)[place], list(columns[name])] = np.nan
