"""The people of a company with what other weights need to be tried on them (docs/weights.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.coverage import reaches_end
from salesperf.measures.kpis import registry
from salesperf.measures.rows import NOBODY
from salesperf.people.incentives.payouts_by_grade import payouts_by_grade
from salesperf.scoring.company_scores import score_certainty
from salesperf.scoring.grades import without_grades
from salesperf.scoring.model import Model, read_model
from salesperf.scoring.readiness import readiness
from salesperf.scoring.score_basis import score_basis
from salesperf.scoring.scorecard import Scorecard, scorecard


@dataclass(frozen=True, eq=False)
class Experiment:
    """A period's people, the model in force, and what it takes to score them under others; all tables by rep_id.

    ``rows``: those of `score_basis` with the KPIs of all ``models``, by region and name; ``card``: the scores in force;
    ``models``: others to try, by what they are called. ``payouts``: as `payouts_by_grade` gives them, None where no
    pay follows from grades. ``sure``: half the width of the 95 % interval of each expected score, in points; NaN where
    there is none. ``is_over``: whether the export reaches the period's end, so that there are grades.
    """

    rows: pd.DataFrame
    card: Scorecard
    models: dict[str, Model]
    payouts: pd.DataFrame | None
    sure: pd.Series
    is_over: bool

    @property
    def model(self) -> Model:
        """The model in force."""
        return self.card.model

    def scored(self, model: Model) -> Scorecard:
        """The scores of the same people under another model; without grades while the period is not over.

        Raises KeyError where the model has a KPI that none of ``models`` has.
        """
        return _graded(scorecard(self.rows, model), is_over=self.is_over)


def experiment(export: Export, models: Mapping[str, Model] | None = None) -> Experiment:
    """The experiment of a client's period with the model in force, and with others that are to be tried on it.

    ``models``: by what they are called. Of a rate that several of them have, the ``least_cases`` of the model in force
    count, or else of the first. Raises RequestError for the client's model or plan.
    """
    model = read_model(export.client, registry(export))
    rows = _basis(export, model)
    for other in (models or {}).values():
        basis = _basis(export, other)
        rows = rows.join(basis[basis.columns.difference(rows.columns, sort=False)])
    certain = score_certainty(export, "rep").reindex(rows.index)
    over = reaches_end(export, export.period)
    return Experiment(
        rows,
        _graded(scorecard(rows, model), is_over=over),
        dict(models or {}),
        payouts_by_grade(export),
        (certain["score_high"] - certain["score_low"]) / 2,
        is_over=over,
    )


def usable_presets(export: Export) -> dict[str, Model]:
    """The shipped models that the export can measure, by name."""
    return {name: ready.model for name, ready in readiness(export).items() if not ready.refused}


def _graded(card: Scorecard, *, is_over: bool) -> Scorecard:
    return card if is_over else without_grades(card)


def _basis(export: Export, model: Model) -> pd.DataFrame:
    """The rows of `score_basis` of the people of the period, by region and name."""
    rows = score_basis(export, [export.period], "rep", model.kpi_ids, model)
    listed = rows[rows["region"] != NOBODY].sort_values(["region", "rep", "rep_id"])
    return listed.set_index("rep_id", drop=False)
