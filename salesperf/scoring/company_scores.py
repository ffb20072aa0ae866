"""The scores of a company's regions, teams or reps in its period, and how sure they are."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export
from salesperf.errors import RequestError, quoted
from salesperf.measures.coverage import reaches_end
from salesperf.measures.facts import By
from salesperf.measures.kpis import registry
from salesperf.measures.rows import NOBODY
from salesperf.schemas import TO_SETTLE
from salesperf.scoring.evidence import Evidence, RateEvidence, evidence
from salesperf.scoring.grades import graded
from salesperf.scoring.model import Model, read_model
from salesperf.scoring.score_basis import score_basis
from salesperf.scoring.scorecard import Scorecard, scorecard
from salesperf.scoring.uncertainty import among, certainty, grade_chances, periods_to_settle, score_draws

RANKS = ("rank", "rank_low", "rank_high", "rank_group")
KEYS: Mapping[str, list[str]] = {"region": ["region"], "team": ["region", "team"], "rep": ["rep_id"]}


def basis_and_scores(export: Export, by: By, model: Model | None = None) -> tuple[pd.DataFrame, Scorecard]:
    """The rows of `score_basis` in the export's period, and their scores.

    The index of both is region; region and team; or rep_id. ``model``: by default the client's. Where grades are by
    forced distribution, sales by nobody in the list of reps are left out, so that they take no grade. A period that is
    not over has no grades, and nor has who is too new. Raises RequestError for another level.
    """
    if by not in KEYS:
        raise RequestError(f"by: expected {quoted(KEYS)}, got {str(by)!r}")
    used = model or read_model(export.client, registry(export))
    rows = score_basis(export, [export.period], by, used.kpi_ids, used)
    scored = (rows[rows["region"] != NOBODY] if used.forced else rows).set_index(KEYS[by], drop=False)
    card = scorecard(scored, used if by == "rep" else used.as_earned())
    return scored, graded(export, export.period, card)


@company_wide
def score_certainty(export: Export, by: By) -> pd.DataFrame:
    """How sure the scores of the export's period are, under the client's model (docs/methods.md §4).

    The columns of `certainty`, with the index of `basis_and_scores`; the ranks of all. By rep also region_rank,
    region_rank_low, region_rank_high, region_rank_group, region_first and region_alike: those of `among` the people of
    the same region. All are NaN while the period is not over, as results so far tell nothing of a whole period's.
    """
    rows, card, known = _scores_and_evidence(export, by)
    drawn = score_draws(card, known)
    table = certainty(card, drawn)
    if by != "rep":
        return table
    regions = rows["region"].to_numpy()
    parts = [among(table, card, drawn, regions == region) for region in pd.unique(regions)]
    of_region = pd.concat(parts)[[*RANKS, "first", "alike"]]
    return table.join(of_region.add_prefix("region_"))


@company_wide
def evidence_to_settle(export: Export) -> pd.DataFrame:
    """How much more evidence would settle what each person's grade is, under the client's model (docs/methods.md §4).

    Index rep_id. The columns of `grade_chances`; periods (see `periods_to_settle`); and for each proportion of the
    model, as ``<id>_n``, the cases that these would bring, NaN where no number of periods settles the grade.
    """
    _, card, known = _scores_and_evidence(export, "rep")
    periods = periods_to_settle(card, known)
    bring = np.where(np.isfinite(periods), periods, np.nan)
    cases = {f"{kpi}_n": bring * one.cases for kpi, one in known.items() if isinstance(one, RateEvidence)}
    chances = grade_chances(card, score_draws(card, known).expected)
    return TO_SETTLE.checked(chances.assign(periods=periods, **cases))


def _scores_and_evidence(export: Export, by: By) -> tuple[pd.DataFrame, Scorecard, dict[str, Evidence]]:
    """As `basis_and_scores`, without scores while the period is not over, and the evidence on each KPI."""
    rows, card = basis_and_scores(export, by)
    if not reaches_end(export, export.period):
        card = replace(card, summary=card.summary.assign(score=np.nan))
    least_cases = {kpi.kpi: kpi.least_cases for _, kpi in card.model.kpis()}
    return rows, card, evidence(export, export.period, by, least_cases, rows)
