"""Whether an export can measure a model: how much of its weight, what is missing, and the least to collect."""

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
from salesperf.measures.rows import NOBODY, column_behind
from salesperf.measures.table import kpi_table
from salesperf.params import preset_names
from salesperf.scoring.model import MODELS, Model

TOLD_AT_LEAST = 0.5  # of the reps: a KPI that is told of fewer measures nobody's work but theirs
_ROUNDING = 1e-9  # of sums of weights


@dataclass(frozen=True, order=True)
class Gap:
    """What keeps a KPI from being measured: something to collect.

    ``missing``: the table has to come with these columns; ``outside``: it covers only ``span``, not the period;
    ``history``: it begins too late to know a first order, on ``span``; ``few``: it tells the KPI of ``span`` reps only.
    """

    kind: Literal["missing", "outside", "history", "few"]
    table: str
    columns: tuple[str, ...] = ()
    span: str = ""


@dataclass(frozen=True)
class Readiness:
    """What an export can measure of a model.

    ``gaps``: every KPI of the model, in its order, with what is missing (nothing where it can be measured);
    ``measured``: the share of the model's weight that can be, 0–1; ``collect``: the fewest gaps to close for the
    model to be used, empty where it can be used now.
    """

    name: str
    model: Model
    gaps: Mapping[str, tuple[Gap, ...]]
    measured: float
    collect: tuple[Gap, ...]

    @property
    def refused(self) -> bool:
        """Whether too little of the model can be measured for a score, or nothing of a perspective shown apart."""
        return bool(self.collect)

    @property
    def too_little(self) -> bool:
        """Whether less of its weight can be measured than its file asks for."""
        return not self.measured >= self.model.measured_at_least - _ROUNDING


@cache
def preset(name: str) -> Model:
    """A model that comes with salesperf."""
    return checked(read_document(MODELS / f"{name}.yml"), Model)


def readiness(export: Export) -> dict[str, Readiness]:
    """What the export can measure of each preset in the client's period, by name (docs/methods.md §3)."""
    known = registry(export)
    reps = kpi_table(export, [export.period], "rep")
    reps = reps[reps["rep_id"] != NOBODY]
    models = {name: preset(name) for name in preset_names(MODELS)}
    wanted = {kpi.kpi for model in models.values() for _, kpi in model.kpis()}
    gaps = {name: _gaps(known[name], export, reps) for name in sorted(wanted)}
    return {name: judged(name, model, gaps) for name, model in models.items()}


def judged(name: str, model: Model, gaps: Mapping[str, tuple[Gap, ...]]) -> Readiness:
    """The readiness of a model, given what is missing of each KPI."""
    own = {kpi.kpi: gaps[kpi.kpi] for _, kpi in model.kpis()}
    return Readiness(name, model, own, _measured(model, own, frozenset()), _least(model, own))


def weights(model: Model) -> dict[str, float]:
    """The share of each KPI in the whole score, by its id."""
    return {kpi.kpi: perspective.weight * kpi.weight for perspective, kpi in model.kpis()}


def needs(model: Model) -> dict[str, tuple[str, ...]]:
    """The tables that a model needs where all of it shall be measured, each with its columns.

    Sales are orders here; won opportunities can stand in for them where no cost is needed.
    """
    gaps: dict[str, set[str]] = {}
    for name in weights(model):
        for need in _needs(KPIS[name], KPIS):
            table, column = need.replace("sales.", "orders.").split(".")
            gaps.setdefault(table, set()).add(column)
    return {table: columns_of(table, gaps[table]) for table in CONTRACTS if table in gaps}


def columns_of(table: str, wanted: set[str]) -> tuple[str, ...]:
    """The columns that a table must have, the wanted ones and whose a row is; in the order of its contract."""
    needed = wanted | {"rep_id"}
    return tuple(name for name, column in CONTRACTS[table].items() if column.required or name in needed)


def _needs(kpi: Kpi, known: Mapping[str, Kpi]) -> Iterator[str]:
    yield from (*kpi.needs, kpi.day)
    for part in kpi.made_of:
        yield from _needs(known[part], known)


def _gaps(kpi: Kpi, export: Export, reps: pd.DataFrame) -> tuple[Gap, ...]:
    """What is missing of a KPI and of those that it is made of; where nothing is, whether it is told of enough reps."""
    gaps = dict.fromkeys(
        _gap(part, reason, export)
        for part in (kpi, *(KPIS[part] for part in kpi.made_of))
        if (reason := reason_not_available(part, export, export.period))
    )
    measured = int(reps[kpi.id].notna().sum())
    if not gaps and measured < TOLD_AT_LEAST * max(len(reps), 1):
        return (Gap("few", column_behind(kpi.needs[0], export.tables)[0], (), f"{measured} / {len(reps)}"),)
    return tuple(gaps)


def _gap(kpi: Kpi, reason: Reason, export: Export) -> Gap:
    if reason.kind != "missing":
        return Gap(reason.kind, column_behind(kpi.day, export.tables)[0], (), reason.what)
    table, _, column = reason.what.partition(".")
    if column and column not in CONTRACTS[table]:
        table = "orders"  # won opportunities stand in for orders, but have no such column
    if export.tables.has(table):
        return Gap("missing", table, (column,))
    wanted = {column} | {need.partition(".")[2] for need in _needs(kpi, KPIS)}
    return Gap("missing", table, columns_of(table, wanted))


def _measured(model: Model, gaps: Mapping[str, tuple[Gap, ...]], closed: frozenset[Gap]) -> float:
    return fsum(weight for name, weight in weights(model).items() if closed.issuperset(gaps[name]))


def _enough(model: Model, gaps: Mapping[str, tuple[Gap, ...]], closed: frozenset[Gap]) -> bool:
    """Whether the model can be used once these gaps are closed: a score, and part of each perspective shown apart."""
    perspectives = [perspective for perspective in model.perspectives if perspective.apart]
    whole = all(any(closed.issuperset(gaps[kpi.kpi]) for kpi in perspective.kpis) for perspective in perspectives)
    measured = _measured(model, gaps, closed)
    return whole and measured > 0 and measured >= model.measured_at_least - _ROUNDING


def _least(model: Model, gaps: Mapping[str, tuple[Gap, ...]]) -> tuple[Gap, ...]:
    """The gaps to close for the model to be used: of as few tables as possible, and then those that open the most."""
    every = list(dict.fromkeys(gap for missing in gaps.values() for gap in missing))
    tables = list(dict.fromkeys((gap.table, gap.kind) for gap in every))
    for size in range(len(tables) + 1):
        tried = [[gap for gap in every if (gap.table, gap.kind) in some] for some in combinations(tables, size)]
        fitting = [subset for subset in tried if _enough(model, gaps, frozenset(subset))]
        if fitting:
            return tuple(max(fitting, key=lambda subset: _measured(model, gaps, frozenset(subset))))
    return tuple(every)
