"""What an export can measure of a model: the share of its weight, what is missing, and the least to collect."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import fsum
from typing import Literal

import pandas as pd

from salesperf.data.contracts import CONTRACTS
from salesperf.data.export import Export
from salesperf.documents import checked, read_document
from salesperf.measures.availability import Reason, reason_not_available
from salesperf.measures.kpis import KPIS, Kpi, registry
from salesperf.measures.rows import NOBODY
from salesperf.measures.sales import column_behind
from salesperf.measures.table import kpi_table
from salesperf.params import preset_names
from salesperf.scoring.model import MEASURED_TOLERANCE, MODELS, Model
from salesperf.scoring.reweighting import shares_of_score

REPS_AT_LEAST = 0.5  # share of the reps for whom a KPI must be available to count as measured


@dataclass(frozen=True)
class Gap:
    """What keeps a KPI from being measured, and so has to be collected.

    ``kind`` is missing (``table`` needs these ``columns``), outside (the table covers ``span``, "<first> – <last day>",
    which the period is not in), history (the table begins on the day ``span``, too late to know first orders or the
    year before), few (the KPI is available for ``span``, "<n> / <all>", of the reps) or deals (won or lost ones are not
    there, or have no close date).
    """

    kind: Literal["missing", "outside", "history", "few", "deals"]
    table: str
    columns: tuple[str, ...] = ()
    span: str = ""


@dataclass(frozen=True)
class Readiness:
    """What an export can measure of a model.

    ``gaps``: id of every KPI of the model, in its order → what is missing, empty where it can be measured.
    ``measured``: the share of the model's weight that can be measured, 0 to 1. ``collect``: the fewest gaps to close
    for the model to be usable, empty where it is usable now.
    """

    name: str
    model: Model
    gaps: Mapping[str, tuple[Gap, ...]]
    measured: float
    collect: tuple[Gap, ...]

    @property
    def refused(self) -> bool:
        """Whether the model is not usable: too little is measured for a score, or nothing of a perspective apart."""
        return bool(self.collect)

    @property
    def too_little(self) -> bool:
        """Whether less of its weight can be measured than ``measured_at_least`` of the model."""
        return not self.measured >= self.model.measured_at_least - MEASURED_TOLERANCE


@cache
def preset(name: str) -> Model:
    """A model that comes with salesperf, by the name of its file."""
    return checked(read_document(MODELS / f"{name}.yml"), Model)


def readiness(export: Export) -> dict[str, Readiness]:
    """Name of each preset → what the export can measure of it in the client's period (docs/choosing_a_model.md)."""
    known = registry(export)
    reps = kpi_table(export, [export.period], "rep")
    reps = reps[reps["rep_id"] != NOBODY]
    models = {name: preset(name) for name in preset_names(MODELS)}
    wanted = {kpi.kpi for model in models.values() for _, kpi in model.kpis()}
    gaps = {name: _gaps(known[name], export, reps) for name in sorted(wanted)}
    return {name: judged(name, model, gaps) for name, model in models.items()}


def judged(name: str, model: Model, gaps: Mapping[str, tuple[Gap, ...]]) -> Readiness:
    """The readiness of a model. ``gaps``: id → what is missing, at least for every KPI of the model."""
    of_model = {kpi.kpi: gaps[kpi.kpi] for _, kpi in model.kpis()}
    return Readiness(name, model, of_model, _measured(model, of_model, frozenset()), _least(model, of_model))


def needs(model: Model) -> dict[str, tuple[str, ...]]:
    """Table → columns that an export needs so that all of a model can be measured, in the order of the contracts.

    Sales are orders here; won opportunities can stand in for them where no cost is needed.
    """
    columns: dict[str, set[str]] = {}
    for name in shares_of_score(model):
        for need in _needs(KPIS[name], KPIS):
            table, column = need.replace("sales.", "orders.").split(".")
            columns.setdefault(table, set()).add(column)
    return {table: columns_of(table, columns[table]) for table in CONTRACTS if table in columns}


def columns_of(table: str, wanted: set[str]) -> tuple[str, ...]:
    """The required columns of a table, the wanted ones and rep_id, as far as its contract has them and in its order."""
    needed = wanted | {"rep_id"}
    return tuple(name for name, column in CONTRACTS[table].items() if column.required or name in needed)


def _needs(kpi: Kpi, known: Mapping[str, Kpi]) -> Iterator[str]:
    """The columns, as "table.column", that a KPI and those that it is made of need; with repetitions."""
    yield from (*kpi.needs, kpi.day)
    for part in kpi.made_of:
        yield from _needs(known[part], known)


def _gaps(kpi: Kpi, export: Export, reps: pd.DataFrame) -> tuple[Gap, ...]:
    """What is missing of a KPI and of those that it is made of; where nothing is, whether enough reps have it.

    ``reps``: the KPI table of the reps in the client's period.
    """
    gaps = dict.fromkeys(
        _gap(part, reason, export)
        for part in (kpi, *(KPIS[name] for name in kpi.made_of))
        if (reason := reason_not_available(part, export, export.period))
    )
    measured = int(reps[kpi.id].notna().sum())
    if not gaps and measured < REPS_AT_LEAST * max(len(reps), 1):
        return (Gap("few", column_behind(kpi.needs[0], export.tables)[0], (), f"{measured} / {len(reps)}"),)
    return tuple(gaps)


def _gap(kpi: Kpi, reason: Reason, export: Export) -> Gap:
    """What to collect where a KPI is not available for a reason."""
    if reason.kind in ("won_only", "lost_only", "undated_won", "undated_lost"):
        return Gap("deals", "opportunities")
    if reason.kind == "outside" or reason.kind == "history":
        return Gap(reason.kind, column_behind(kpi.day, export.tables)[0], (), reason.what)
    table, _, column = reason.what.partition(".")
    if column and column not in CONTRACTS[table]:
        table = "orders"  # won opportunities stand in for orders, but have no such column
    if export.tables.has(table):
        return Gap("missing", table, (column,))
    wanted = {column} | {need.partition(".")[2] for need in _needs(kpi, KPIS)}
    return Gap("missing", table, columns_of(table, wanted))


def _measured(model: Model, gaps: Mapping[str, tuple[Gap, ...]], closed: frozenset[Gap]) -> float:
    """The share of a model's weight that can be measured once some gaps are closed."""
    return fsum(weight for name, weight in shares_of_score(model).items() if closed.issuperset(gaps[name]))


def _enough(model: Model, gaps: Mapping[str, tuple[Gap, ...]], closed: frozenset[Gap]) -> bool:
    """Whether a model is usable once some gaps are closed: it gives a score, and some of each perspective apart."""
    perspectives = [perspective for perspective in model.perspectives if perspective.apart]
    whole = all(any(closed.issuperset(gaps[kpi.kpi]) for kpi in perspective.kpis) for perspective in perspectives)
    measured = _measured(model, gaps, closed)
    return whole and measured > 0 and measured >= model.measured_at_least - MEASURED_TOLERANCE


def _least(model: Model, gaps: Mapping[str, tuple[Gap, ...]]) -> tuple[Gap, ...]:
    """The gaps to close for a model to be usable: those of as few tables as possible, and then of the most weight.

    Empty where it is usable now; all gaps where closing them is not enough.
    """
    every = list(dict.fromkeys(gap for missing in gaps.values() for gap in missing))
    tables = list(dict.fromkeys((gap.table, gap.kind) for gap in every))
    for size in range(len(tables) + 1):
        tried = [[gap for gap in every if (gap.table, gap.kind) in chosen] for chosen in combinations(tables, size)]
        fitting = [subset for subset in tried if _enough(model, gaps, frozenset(subset))]
        if fitting:
            return tuple(max(fitting, key=lambda subset: _measured(model, gaps, frozenset(subset))))
    return tuple(every)
