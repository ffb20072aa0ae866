"""The scorecards of all reps over several periods, with the KPIs that they are from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.kpis import registry
from salesperf.periods import Period
from salesperf.scoring.model import Model, read_model
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
    """The KPIs and scores of every rep in the list of reps, for each period under the client's model of it.

    Refunds count on their own day, so later ones leave a period as it was.
    """
    known = registry(export)
    models = {period: read_model(export.client, known, period) for period in periods}
    kpis, cards = dict[str, pd.DataFrame](), dict[str, Scorecard]()
    listed = [row["rep_id"] for row in export.tables.staff()]
    for model in _each_once(models.values()):
        of_model = [period for period in periods if models[period] == model]
        frame = score_basis(export, of_model, "rep", model=model).set_index("rep_id")
        rows = frame[frame.index.isin(listed)]
        kpis |= {period.label: rows[rows["period"] == period.label] for period in of_model}
        cards |= {period.label: scorecard(kpis[period.label], model) for period in of_model}
    return RepScores(kpis, cards)


def _each_once(models: Iterable[Model]) -> list[Model]:
    """The models without repetitions, in their order."""
    once: list[Model] = []
    for model in models:
        if model not in once:
            once.append(model)
    return once
