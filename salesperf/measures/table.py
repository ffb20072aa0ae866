"""The KPI table: one row per period and entity, with a column for each KPI."""

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export
from salesperf.measures.availability import periods_not_available
from salesperf.measures.calculation import Calculated, TargetsOf, calculated
from salesperf.measures.facts import KEYS, By, Entity
from salesperf.measures.kpi import Array, Kpi, Target
from salesperf.measures.kpis import check_kpi, registry
from salesperf.measures.planning.targets import Plan, read_plan
from salesperf.periods import Period
from salesperf.schemas import KPI_TABLE

Known = Mapping[str, Kpi]


@company_wide
def kpi_table(export: Export, periods: list[Period], by: By, only: Collection[str] | None = None) -> pd.DataFrame:
    """Every KPI of every entity of a level in every period.

    ``only``: ids of KPIs to which the table is limited, and those that they are made of; None for all of the registry.

    One row per period and entity. Columns: period (label) and the keys (region, team, rep_id, rep as they apply) as
    texts; then as floats each KPI by its id, with ``<id>_n`` (number of cases) behind a rate; ``<id>_target`` for the
    KPIs with an attainment in the table; ``won`` and ``surveys_sent`` beside win rate and satisfaction. NaN is "not
    available"; a sum or count without cases is 0.

    Rows are sorted by the period's label, then by the keys. There is one for the company and each region, for each rep
    employed in the period and the teams of these, and for whoever else a row of a KPI asked for counts. What belongs to
    nobody in the list of reps counts for the company and for its region; as region or team it has "", and its rep_id
    stands for the name. Raises RequestError for an id in ``only`` that is no KPI.
    """
    known = registry(export)
    shown = _wanted(known, only)
    asked = list(dict.fromkeys(periods))
    targets = _targets(export, asked, Plan.compared)
    terms = calculated(export, shown.values(), asked, by, targets)
    columns = _columns(export, terms, shown, asked)
    given = _targets(export, asked, Plan.targets)
    columns |= {f"{kpi}_target": _above_0(given(kpi, terms.keys)) for kpi in _targeted(shown)}
    columns |= blanked(export, asked, {part.id: (terms.term(part.numerator), part) for part in _beside(shown)})
    return KPI_TABLE.checked(rows_of_table(export, terms, columns, asked, by))


def _wanted(known: Known, only: Collection[str] | None) -> dict[str, Kpi]:
    """The KPIs of the ids in ``only`` and those that they are made of, in the order of the registry."""
    if only is None:
        return dict(known)
    asked = [check_kpi(name, known) for name in only]
    names = {name for kpi in asked for name in (kpi.id, *kpi.made_of)}
    return {name: kpi for name, kpi in known.items() if name in names}


def _targets(export: Export, periods: Sequence[Period], of: Callable[[Plan, str, Period], Array]) -> TargetsOf:
    """A function for the targets of a KPI, periods × entities, NaN where there is none; ``of``: which ones."""

    def targets(kpi: str, keys: Sequence[Entity]) -> Array:
        plan = read_plan(export)
        rows = np.array([plan.company.rows.get(key, -1) for key in keys], dtype=np.int64)
        targets = np.stack([of(plan, kpi, period) for period in periods])
        return np.asarray(np.where(rows >= 0, targets[:, rows], np.nan))

    return targets


def _targeted(shown: Known) -> list[str]:
    """The ids of the KPIs whose attainment is shown."""
    return [kpi.denominator.kpi for kpi in shown.values() if isinstance(kpi.denominator, Target)]


def _beside(shown: Known) -> list[Kpi]:
    """The counts that are shown beside KPIs."""
    return [part for kpi in shown.values() for part in kpi.beside]


def _columns(export: Export, terms: Calculated, shown: Known, periods: Sequence[Period]) -> dict[str, Array]:
    """Column → periods × entities: each KPI and its number of cases, NaN where the KPI is not available."""
    known, values = registry(export), {}
    for kpi in shown.values():
        values[kpi.id] = (terms.value(kpi, known), kpi)
        if kpi.n:
            values[f"{kpi.id}_n"] = (np.nan_to_num(terms.term(kpi.n)), kpi)
    return blanked(export, periods, values)


def blanked(export: Export, periods: Sequence[Period], values: Mapping[str, tuple[Array, Kpi]]) -> dict[str, Array]:
    """Column → values, set to NaN in the periods for which the column's KPI is not available.

    ``values``: column → its values, periods × entities, and the KPI that they belong to.
    """
    missing = periods_not_available([kpi for _, kpi in values.values()], export, periods)
    return {name: np.where(np.array(missing[kpi.id])[:, None], np.nan, value) for name, (value, kpi) in values.items()}


def _above_0(targets: Array) -> Array:
    return np.asarray(np.where(targets > 0, targets, np.nan))


def rows_of_table(
    export: Export, terms: Calculated, columns: Mapping[str, Array], periods: Sequence[Period], by: By
) -> pd.DataFrame:
    """A row for each period and entity that is there, sorted by the period's label and the keys.

    ``columns``: column → periods × entities. Columns of the result: period, the keys, with the rep's name ``rep`` by
    rep (the id for whoever is not in the list), as texts, then ``columns``.
    """
    order = sorted(range(len(periods)), key=lambda row: periods[row].label)
    row, entity = np.nonzero(terms.there[order])
    row = np.array(order, dtype=np.int64)[row]
    labels = np.array([period.label for period in periods], dtype=object)
    frame = {"period": labels[row]}
    for place, key in enumerate(KEYS[by]):
        names = np.array([key[place] for key in terms.keys], dtype=object)
        frame[key] = names[entity]
    if by == "rep":
        called = {person["rep_id"]: person["rep"] for person in export.tables.staff()}
        frame["rep"] = np.array([called.get(rep_id, rep_id) for rep_id in frame["rep_id"]], dtype=object)
    keys = pd.DataFrame(frame).astype("str")
    return pd.concat([keys, pd.DataFrame({name: values[row, entity] for name, values in columns.items()})], axis=1)
