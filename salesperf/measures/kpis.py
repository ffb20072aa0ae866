"""The KPIs of a client: the registered ones, one for each kind of activity and criterion, and the client's own."""

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
from salesperf.measures.sales import column_behind

__all__ = ["KPIS", "Kpi", "Unit", "check_kpi", "criteria", "kinds", "registry", "spoken", "tells"]

# Columns of the KPI table whatever the export and the client file; no other KPI may have one of them as its id.
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
    """KPI id → kind of activity, for the kinds in the export, sorted by kind; no id is that of another column."""
    return _ids(export, "activities", "kind", "activity", {*_TAKEN, *criteria(export)})


@once
def criteria(export: Export) -> dict[str, str]:
    """KPI id → criterion of assessment, for the criteria in the export, sorted by criterion.

    Ids begin with ``assessed_``; none is that of another column.
    """
    return _ids(export, "assessments", "criterion", "criterion", _TAKEN, "assessed_")


@once
def registry(export: Export) -> dict[str, Kpi]:
    """All KPIs of a client, by id.

    These are the registered ones, with the client's months and days in their definitions; for each kind of activity in
    the export the number of activities, and for each criterion the mean rating; and those that the client file defines.
    Raises RequestError with file and line for a wrong definition in the client file.
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
    """Whether the export has a value in every column that a KPI needs; the KPIs it is made of are not looked at."""
    return all(tables.has(*column_behind(need, tables)) for need in (*kpi.needs, kpi.day))


def spoken(export: Export) -> Voice:
    """The client's voice, with names for the KPIs of the export's kinds of activity and criteria of assessment."""
    voice = export.client.voice
    of_criteria = {name: voice("criterion_assessed", criterion=text) for name, text in criteria(export).items()}
    return replace(voice, client_kpis={**kinds(export), **of_criteria, **voice.client_kpis})


def check_kpi(name: str, known: Mapping[str, Kpi]) -> Kpi:
    """The KPI of an id; ``known``: all KPIs by id. Raises RequestError where there is none of that id."""
    if name not in known:
        raise RequestError(f"kpi: {name!r} is not a KPI; {did_you_mean(name, known)}")
    return known[name]


def _of_kind(done: Kpi, kind: str) -> Measure:
    """The numerator of the KPI ``activities``, for one kind alone."""
    assert isinstance(done.numerator, Measure)
    return replace(done.numerator, where=(Filter("kind", (kind,), exact=True),))


def _ids(
    export: Export, table: str, column: str, noun: str, taken: Collection[str], prefix: str = ""
) -> dict[str, str]:
    """KPI id → text, for the sorted distinct texts in a column.

    An id is the text in lower case with "_" for all else than letters and digits, or ``noun`` where nothing is left of
    it; it gets ``noun`` added where it is taken or ends like a column beside a KPI.
    """
    ids: dict[str, str] = {}
    for text in export.tables.texts(table, column):
        name = prefix + (re.sub(r"\W+", "_", text.lower()).strip("_") or noun)
        if name.endswith(_ENDS):
            name += f"_{noun}"
        while name in taken or name in ids:
            name = f"{noun}_{name}" if not prefix else f"{name}_{noun}"
        ids[name] = text
    return ids
