"""The facts of an export's tables: computed once for all KPIs and levels, but of a huge table only as needed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from salesperf.data.export import Export, once
from salesperf.measures.codebook import CREATED, ENDED, PIPELINE
from salesperf.measures.facts import Bits, By, Cells, Grain, bits, cells, staff_of
from salesperf.measures.kpi import Measure, added_up, counted, squares
from salesperf.measures.kpis import registry, tells
from salesperf.measures.sales import column_behind
from salesperf.measures.segments import deals_by_segment

MANY = 300_000  # rows from which a table is huge: each query then has only the grain and the measures that are needed
_LEVELS: tuple[By, ...] = ("company", "region", "team", "rep")


def table_facts(export: Export, table: str, by: By, measures: Sequence[Measure]) -> Mapping[str, Cells]:
    """The facts of a table: column of days → cells, with the sums of at least ``measures``.

    ``measures``: over ``table``, of kinds that add up, with ``months_before`` 0; ``by``: the level that the facts are
    needed for.
    """
    if not _is_huge(export, table):
        return _cells(export, table, "rep", _all_measures(export, table))
    return _cells(export, table, grain_of(export, table, by), tuple(dict.fromkeys(measures)))


def distinct_values(export: Export, measure: Measure, by: By) -> Bits:
    """The distinct values of a measure's column, for the entities of a level (see `Bits`)."""
    levels = (by,) if _is_huge(export, measure.table) else _LEVELS
    return _bits(export, measure, levels)[by]


def grain_of(export: Export, table: str, by: By) -> Grain:
    """The grain of the facts of a table: by rep, but of a huge table by region where the level needs no reps."""
    return "region" if _is_huge(export, table) and by in ("company", "region") else "rep"


def _is_huge(export: Export, table: str) -> bool:
    """Whether a table, or for ``sales`` the one behind it, has at least `MANY` rows."""
    source, _ = column_behind(f"{table}.rep_id", export.tables)
    return export.tables.rows[source] >= MANY


@once
def _all_measures(export: Export, table: str) -> tuple[Measure, ...]:
    """Every measure over a table that adds up, for the KPIs whose columns the export has.

    Counts and squares of what is summed are among them, for `statistics`, and deals by segment.
    """
    kpis = [part for kpi in registry(export).values() for part in (kpi, *kpi.beside) if tells(export.tables, part)]
    terms = [part for kpi in kpis for term in kpi.terms for part in added_up(term)] + [CREATED, ENDED, PIPELINE]
    every = [part for term in terms for part in (term, counted(term), squares(term)) if isinstance(part, Measure)]
    every += sum(deals_by_segment(export.tables).values(), ())
    measures = [replace(measure, months_before=0) for measure in every]
    return tuple(dict.fromkeys(measure for measure in measures if measure.table == table and measure.how != "distinct"))


@once
def _cells(export: Export, table: str, grain: Grain, measures: Iterable[Measure]) -> dict[str, Cells]:
    days: dict[str, list[Measure]] = {}
    for measure in measures:
        days.setdefault(measure.day, []).append(measure)
    return cells(export.tables, table, grain, days)


@once
def _bits(export: Export, measure: Measure, levels: Sequence[By]) -> dict[By, Bits]:
    return bits(export.tables, measure, levels, staff_of(export.tables))
