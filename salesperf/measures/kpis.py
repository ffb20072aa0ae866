"""The KPIs of a client: the registered ones, those that the export brings along, and the client's own."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from salesperf.data.company_wide import company_wide
from salesperf.data.tables import Tables
from salesperf.errors import RequestError, did_you_mean
from salesperf.language import Voice
from salesperf.measures.codebook import KPIS, Kpi, Unit, codebook
from salesperf.measures.own_counts import described
from salesperf.measures.own_kpis import OwnKpi, own_kpis
from salesperf.params import Client

__all__ = ["KPIS", "Kpi", "Unit", "check_kpi", "criteria", "kinds", "own", "registry", "spoken"]

# Columns of the KPI table that are no KPI; nothing else may bear their names.
_TAKEN = {*KPIS, "period", "region", "team", "rep", "rep_id", "won", "surveys_sent"}
_ENDS = ("_n", "_target", "_attainment")  # of columns beside a KPI


@company_wide
def kinds(tables: Tables) -> dict[str, str]:
    """KPI id → kind of activity, for the kinds in the export, by name; an id never hides another column."""
    return _ids(tables, "activities", "kind", "activity", {*_TAKEN, *criteria(tables)})


@company_wide
def criteria(tables: Tables) -> dict[str, str]:
    """KPI id → criterion of assessment, for the criteria in the export, by name; ids as for `kinds`."""
    return _ids(tables, "assessments", "criterion", "criterion", _TAKEN, "assessed_")


@company_wide
def registry(tables: Tables, client: Client) -> dict[str, Kpi]:
    """All KPIs of a client by id.

    The registered ones, with the client's own months and days in their definitions; the number of activities of each
    kind and the rating in each criterion that the export has; and those that the client file defines. Raises
    RequestError, with file and line, where the client file defines one wrongly.
    """
    known = codebook(client.settings.definitions)
    of_kinds = {
        name: replace(known["activities"], id=name, name=kind, definition=f"Number of {kind}")
        for name, kind in kinds(tables).items()
    }
    of_criteria = {
        name: replace(
            known["assessed"],
            id=name,
            name=f"Assessed: {criterion}",
            definition=f"Mean rating in {criterion}, with the severity of the raters taken out",
        )
        for name, criterion in criteria(tables).items()
    }
    return known | of_kinds | of_criteria | {one.id: described(one, tables) for one in own(tables, client)}


def own(tables: Tables, client: Client) -> list[OwnKpi]:
    """The KPIs that the client file defines, in its order. Raises RequestError, with file and line, for a wrong one."""
    return own_kpis(client, {*_TAKEN, *kinds(tables), *criteria(tables)}, _ENDS)


def spoken(voice: Voice, tables: Tables) -> Voice:
    """The voice with names for what the export brings along: kinds of activity and criteria of assessment."""
    of_criteria = {name: voice("criterion_assessed", criterion=one) for name, one in criteria(tables).items()}
    return replace(voice, own_kpis={**kinds(tables), **of_criteria, **voice.own_kpis})


def check_kpi(name: str, known: Mapping[str, Kpi]) -> Kpi:
    """The KPI of that id. Raises RequestError when there is none."""
    if name not in known:
        raise RequestError(f"kpi: {name!r} is not a KPI; {did_you_mean(name, known)}")
    return known[name]


def _ids(
    tables: Tables, table: str, column: str, noun: str, taken: Collection[str], prefix: str = ""
) -> dict[str, str]:
    """Id → text, for the texts in a column, by name; an id can be typed and is no other column's."""
    if not tables.has(table, column):
        return {}
    found: dict[str, str] = {}
    distinct = tables[table].select(column).distinct().to_pyarrow()[column].to_pylist()
    for text in sorted(distinct):
        name = prefix + (re.sub(r"\W+", "_", text.lower()).strip("_") or noun)
        if name.endswith(_ENDS):
            name += f"_{noun}"
        while name in taken or name in found:
            name = f"{noun}_{name}" if not prefix else f"{name}_{noun}"
        found[name] = text
    return found
