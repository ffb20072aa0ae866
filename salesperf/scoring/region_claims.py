"""What a region's page claims to be beyond chance: all its claims are one family (docs/methods.md §4, *Findings*)."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from salesperf.data.export import Export
from salesperf.inference.discoveries import discoveries
from salesperf.measures.findings import FALSE_FINDINGS, MOST_LOOKED_AT, Findings, findings
from salesperf.measures.kpis import registry
from salesperf.scoring.company_scores import score_certainty
from salesperf.scoring.separation import separation, verdicts


@dataclass(frozen=True)
class RegionClaims:
    """What is claimed of a region's period.

    ``findings``: what moved, None where the period, or the export of it, is not whole; ``separation``: see there, with
    ``verdicts`` on each KPI ("yes", "hardly", "chance"), the same for all regions; ``scores_apart``: whether any two of
    the region's people differ by their scores.
    """

    findings: Findings | None
    separation: pd.DataFrame
    verdicts: "pd.Series[str]"
    scores_apart: bool


def region_claims(
    export: Export, region: str, history: pd.DataFrame, people: pd.Index, whole: Sequence[str]
) -> RegionClaims:
    """What is beyond chance in a region's period, of all that its page looks at: a false discovery rate of 5 %.

    ``history``: the KPI rows of all regions, one per region and period; ``people``: the rep_id of the region's people;
    ``whole``: the labels of the periods that the export covers whole, in order of time.
    """
    of_kpis = separation(export)
    of_scores = score_certainty(export, "rep")["region_alike"].reindex(people).dropna().head(1)
    moved = None
    if export.period.label in whole:
        others = [*of_kpis["p_value"], *of_scores]
        moved = findings(history, region, whole, registry(export), beside=others)
    of_findings = moved.p_values if moved else ()
    differ = discoveries(of_scores, FALSE_FINDINGS, beside=[*of_findings, *of_kpis["p_value"]])
    return RegionClaims(
        findings=moved,
        separation=of_kpis,
        verdicts=verdicts(of_kpis, others=MOST_LOOKED_AT + 1),
        scores_apart=bool(differ.any()),
    )
