"""Whether a KPI tells people apart, or their differences could be chance alone (docs/methods.md §4)."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export
from salesperf.inference.discoveries import discoveries
from salesperf.inference.intervals import rate_error
from salesperf.inference.rank_sets import rank_sets
from salesperf.inference.reliability import (
    RELIABLE_FROM,
    heterogeneity,
    heterogeneity_of_values,
    rate_reliability,
    reliability,
)
from salesperf.inference.report_card import order_in_draws, report_card
from salesperf.measures.findings import FALSE_FINDINGS
from salesperf.measures.kpi import ratio
from salesperf.measures.kpis import registry
from salesperf.measures.rows import NOBODY
from salesperf.measures.table import kpi_table
from salesperf.schemas import KPI_RANKS, SEPARATION
from salesperf.scoring.evidence import AmountEvidence, Evidence, RateEvidence, evidence
from salesperf.scoring.model import read_model
from salesperf.scoring.uncertainty import DRAWS

LEVEL = 0.05  # probability of differences like these among people who are alike, over which they could be chance
_ALWAYS = ("revenue", "win_rate")  # looked at beside the KPIs of the model
Array = NDArray[np.float64]


@company_wide
def separation(export: Export) -> pd.DataFrame:
    """How well KPIs tell the listed reps of the whole company apart in the export's period.

    Index: the ids of revenue, win rate and the KPIs of the model, those that are available. Columns: people, who has a
    value; reliability, the share of the variance between them that is their own (0 to 1); p_value, of differences like
    these among people who are all alike; groups, how many can be told apart with at most 5 % of pairs in the wrong
    order (`report_card`), one where the differences could be chance. NaN where fewer than two have a value, or where
    nothing tells its error.
    """
    rows = {name: _separation(of_kpi) for name, of_kpi in _evidence(export)[1].items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(SEPARATION.columns), dtype="float64")
    return SEPARATION.checked(table)


def verdicts(table: pd.DataFrame, others: int = 0) -> "pd.Series[str]":
    """Whether each KPI of a table of `separation` tells people apart: "yes", "hardly", or "chance" where it may not.

    ``others``: how many claims more a page looks at, of one family with these (see `discoveries`). They count as if all
    were chance, so that every region's page says the same of the company's people.
    """
    differ = discoveries(table["p_value"], FALSE_FINDINGS, beside=np.ones(others))
    words = np.where(table["reliability"] < RELIABLE_FROM, "hardly", "yes")
    return pd.Series(np.where(differ, words, "chance"), table.index, dtype="str")


def region_ranks(export: Export, region: str) -> dict[str, pd.DataFrame]:
    """The ranks of a region's people by revenue and win rate in the export's period, and how sure they are.

    By id, of those that are available. Index rep_id; columns: value, in the KPI's unit; rank, 1 for the highest value;
    rank_low and rank_high, its marginal 95 % confidence set (`rank_sets`). NaN of who has no value.
    """
    rows, of_kpis = _evidence(export)
    here = (rows["region"] == region).to_numpy()
    people = pd.Index(rows["rep_id"][here], name="rep_id")
    return {name: _ranks(of_kpis[name], here).set_index(people) for name in _ALWAYS if name in of_kpis}


def _ranks(of_kpi: Evidence, here: NDArray[np.bool_]) -> pd.DataFrame:
    """The columns of `region_ranks` for one KPI, of those who are ``here``."""
    values, errors = (part[here] for part in _estimates(of_kpi))
    known = np.isfinite(values) & np.isfinite(errors)
    lower, upper = rank_sets(np.where(known, values, np.nan), np.where(known, errors, np.nan))
    rank = pd.Series(values).rank(ascending=False, method="min").to_numpy(np.float64)
    sets = {name: np.where(known, limit, np.nan) for name, limit in (("rank_low", lower), ("rank_high", upper))}
    return KPI_RANKS.checked(pd.DataFrame({"value": values, "rank": rank, **sets}))


@company_wide
def _evidence(export: Export) -> tuple[pd.DataFrame, dict[str, Evidence]]:
    """The KPI rows of the listed reps, and the evidence on the KPIs that are looked at, in their order."""
    known = registry(export)
    ids = dict.fromkeys((*_ALWAYS, *read_model(export.client, known).kpi_ids))
    rows = kpi_table(export, [export.period], "rep", list(ids))
    rows = rows[rows["region"] != NOBODY]
    available = {name: 0 for name in ids if rows[name].notna().any()}
    return rows, evidence(export, export.period, "rep", available, rows)


def _separation(of_kpi: Evidence) -> list[float]:
    """The columns of `separation` for one KPI."""
    values, errors = _estimates(of_kpi)
    known = np.isfinite(values) & np.isfinite(errors)
    people, nan = float(known.sum()), float("nan")
    if people < 2:
        return [people, nan, nan, nan]
    if isinstance(of_kpi, RateEvidence):
        counts = (of_kpi.successes, of_kpi.cases)
        own, p_value = rate_reliability(*counts), heterogeneity(*counts)
    else:
        measured = (values[known], errors[known] ** 2)
        own, p_value = reliability(*measured), heterogeneity_of_values(*measured)
    drawn = np.where(known, of_kpi.true_values(DRAWS, (0, 0)), np.nan)
    groups = report_card(order_in_draws(drawn)).count if p_value <= LEVEL else 1
    return [people, own, p_value, float(groups)]


def _estimates(of_kpi: Evidence) -> tuple[Array, Array]:
    """The value of each entity, and its standard error."""
    if isinstance(of_kpi, RateEvidence):
        return ratio(of_kpi.successes, of_kpi.cases), rate_error(of_kpi.successes, of_kpi.cases)
    assert isinstance(of_kpi, AmountEvidence)
    return of_kpi.values, np.sqrt(of_kpi.errors)
