"""The scorecards of all reps over several periods, with the KPIs that they are from."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.kpis import registry
from salesperf.measures.table import kpi_table
from salesperf.periods import Period
from salesperf.scoring.model import read_model
from salesperf.scoring.scorecard import Scorecard, scorecard


@dataclass(frozen=True)
class RepScores:
    """By label of the period: the KPI rows of the listed reps (index rep_id), and their scorecard."""

    kpis: dict[str, pd.DataFrame]
    cards: dict[str, Scorecard]


def rep_scores(export: Export, periods: Sequence[Period]) -> RepScores:
    """The KPIs and scores of every rep in the list, under the client's model, for each period.

    A score is what was agreed at the end of its period: refunds that come later do not change it.
    """
    model = read_model(export.client, registry(export))
    frame = kpi_table(export, list(periods), "rep").set_index("rep_id")
    listed = frame[frame.index.isin([one["rep_id"] for one in export.tables.staff()])]
    kpis = {one.label: listed[listed["period"] == one.label] for one in periods}
    return RepScores(kpis, {label: scorecard(rows, model) for label, rows in kpis.items()})
