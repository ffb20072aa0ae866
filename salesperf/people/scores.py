"""The scorecards of all reps over several periods, with the KPIs that they are from."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.kpis import registry
from salesperf.periods import Period
from salesperf.scoring.model import read_model
from salesperf.scoring.score_basis import score_basis
from salesperf.scoring.scorecard import Scorecard, scorecard


@dataclass(frozen=True)
class RepScores:
    """KPIs and scorecards of the reps in the list of reps, by label of the period.

    ``kpis``: the rows of `score_basis` by rep (index rep_id; columns: period, region, team, rep, each KPI by its id and
    what stands beside it); ``cards``: the scorecard of the same rows.
    """

    kpis: dict[str, pd.DataFrame]
    cards: dict[str, Scorecard]


def rep_scores(export: Export, periods: Sequence[Period]) -> RepScores:
    """The KPIs and scores of every rep in the list of reps, under the client's model, for each period.

    Refunds count on their own day, so later ones leave a period as it was.
    """
    model = read_model(export.client, registry(export))
    frame = score_basis(export, periods, "rep").set_index("rep_id")
    listed = frame[frame.index.isin([row["rep_id"] for row in export.tables.staff()])]
    kpis = {period.label: listed[listed["period"] == period.label] for period in periods}
    return RepScores(kpis, {label: scorecard(rows, model) for label, rows in kpis.items()})
