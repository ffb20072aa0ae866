"""The KPIs of a client: the registered ones, those that the export brings along, and the client's own."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from salesperf.data.export import Export, once
from salesperf.data.tables import Tables
from salesperf.errors import RequestError, did_you_mean
from salesperf.language import Voice
from salesperf.measures.client_kpis import client_kpis
from salesperf.measures.codebook import KPIS, codebook
from salesperf.measures.kpi import Filter, Kpi, Measure, Statistic, Unit
from salesperf.measures.rows import column_behind

__all__ = ["KPIS", "Kpi", "Unit", "check_kpi", "criteria", "kinds", "registry", "spoken", "tells"]

# Columns of the KPI table that are no KPI; nothing else may bear their names.
_TAKEN = {
    *KPIS,
    "period",
    "region",
    "team",
    "rep",
    "rep_id",
    *(part.id for kpi in KPIS.values() for part in kpi.beside),
}
_ENDS = ("_n", "_target", "_attainment")  # of columns beside a KPI


@once
def kinds(export: Export) -> dict[str, str]:
    """KPI id → kind of activity, for the kinds in the export, by name; an id never hides another column."""
    return _ids(export, "activities", "kind", "activity", {*_TAKEN, *criteria(export)})


@once
def criteria(export: Export) -> dict[str, str]:
    """KPI id → criterion of assessment, for the criteria in the export, by name; ids as for `kinds`."""
    return _ids(export, "assessments", "criterion", "criterion", _TAKEN, "assessed_")


@once
def registry(export: Export) -> dict[str, Kpi]:
    """All KPIs of a client by id.

    The registered ones, with the client's own months and days in their definitions; the number of activities of each
    kind and the rating in each criterion that the export has; and those that the client file defines. Raises
    RequestError, with file and line, where the client file defines one wrongly.
    """
    known = codebook(export.definitions)
    done, rated = known["activities"], known["assessed"]
    of_kinds = {
        name: replace(done, id=name, name=kind, definition=f"Number of {kind}", numerator=_of_kind(done, kind))
        for name, kind in kinds(export).items()
    }
    of_criteria = {
        name: replace(
            rated,
            id=name,
            name=f"Assessed: {criterion}",
            definition=f"Mean rating in {criterion}, with the severity of the raters taken out",
            numerator=Statistic("assessed", name, adds=False),
            cases=Statistic("assessed", f"{name}_n"),
        )
        for name, criterion in criteria(export).items()
    }
    taken = {*_TAKEN, *of_kinds, *of_criteria}
    return known | of_kinds | of_criteria | client_kpis(export.client, export.tables, taken, _ENDS)


def tells(tables: Tables, kpi: Kpi) -> bool:
    """Whether the export has a value in every column that a KPI needs itself."""
    return all(tables.has(*column_behind(need, tables)) for need in (*kpi.needs, kpi.day))


def spoken(export: Export) -> Voice:
    """The client's voice with names for what the export brings along: kinds of activity and criteria of assessment."""
    voice = export.client.voice
    of_criteria = {name: voice("criterion_assessed", criterion=text) for name, text in criteria(export).items()}
    return replace(voice, client_kpis={**kinds(export), **of_criteria, **voice.client_kpis})


def check_kpi(name: str, known: Mapping[str, Kpi]) -> Kpi:
    """The KPI of that id. Raises RequestError when there is none."""
    if name not in known:
        raise RequestError(f"kpi: {name!r} is not a KPI; {did_you_mean(name, known)}")
    return known[name]


def _of_kind(done: Kpi, kind: str) -> Measure:
    assert isinstance(done.numerator, Measure)
    return replace(done.numerator, where=(Filter("kind", (kind,), exact=True),))


def _ids(
    export: Export, table: str, column: str, noun: str, taken: Collection[str], prefix: str = ""
) -> dict[str, str]:
    """Id → text, for the texts in a column, by name; an id can be typed and is no other column's."""
    ids: dict[str, str] = {}
    for text in export.tables.texts(table, column):
        name = prefix + (re.sub(r"\W+", "_", text.lower()).strip("_") or noun)
        if name.endswith(_ENDS):
            name += f"_{noun}"
        while name in taken or name in ids:
            name = f"{noun}_{name}" if not prefix else f"{name}_{noun}"
        ids[name] = text
    return ids
