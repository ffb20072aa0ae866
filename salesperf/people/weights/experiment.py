"""The people of a company with what other weights need to be tried on them (docs/weights.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.coverage import reaches_end
from salesperf.measures.kpis import registry
from salesperf.measures.rows import NOBODY
from salesperf.people.incentives.payouts_by_grade import Scale, payouts_by_grade, scale_of
from salesperf.scoring.company_scores import score_certainty
from salesperf.scoring.grades import without_grades
from salesperf.scoring.model import Model, read_model
from salesperf.scoring.readiness import readiness
from salesperf.scoring.score_basis import score_basis
from salesperf.scoring.scorecard import Scorecard, scorecard

StandIns = dict[tuple[str, int], pd.DataFrame]
_STAND_INS = ("_neutral", "_drawn")  # how the columns of `score_basis` end that count in place of a KPI
_WHO = ["period", "region", "team", "rep_id", "rep", "too_new"]


@dataclass(frozen=True, eq=False)
class Experiment:
    """A period's people, the model in force, and what it takes to score them under others; all tables by rep_id.

    ``rows``: those of `score_basis` under the model in force, by region and name, with the KPIs, and the people, that
    only one of ``models`` has, others to try, by what they are called; ``card``: the scores in force. ``stand_ins``:
    KPI id and ``least_cases`` → its columns ``<id>_neutral`` and ``<id>_drawn`` of `score_basis`, where there are any.
    ``payouts``: as `payouts_by_grade` gives them for the scale of grades in force, None where no pay follows from
    grades; ``other_payouts``: the same for the other scales of ``models``. ``sure``: half the width of the 95 %
    interval of each expected score, in points; NaN where there is none. ``is_over``: whether the export reaches the
    period's end, so that there are grades.
    """

    rows: pd.DataFrame
    card: Scorecard
    models: dict[str, Model]
    stand_ins: StandIns
    payouts: pd.DataFrame | None
    sure: pd.Series
    is_over: bool
    other_payouts: dict[Scale, pd.DataFrame] = field(default_factory=dict)

    @property
    def model(self) -> Model:
        """The model in force."""
        return self.card.model

    def scored(self, model: Model) -> Scorecard:
        """The scores of the same people under another model; without grades while the period is not over.

        Raises KeyError where the model has a KPI, or ``least_cases`` of it, that neither the model in force nor one of
        ``models`` has.
        """
        return _scored(self.rows, self.stand_ins, model, is_over=self.is_over)

    def payouts_under(self, model: Model) -> pd.DataFrame | None:
        """The payouts by the grades of a model; None where no pay follows from grades.

        Raises KeyError where the model has another scale than the one in force and those of ``models``.
        """
        scale = scale_of(model)
        return self.payouts if self.payouts is None or scale == scale_of(self.model) else self.other_payouts[scale]


def experiment(export: Export, models: Mapping[str, Model] | None = None) -> Experiment:
    """The experiment of a client's period with the model in force, and with others that are to be tried on it.

    ``models``: by what they are called. Raises RequestError for the client's model or plan.
    """
    model, others = read_model(export.client, registry(export)), dict(models or {})
    rows, stand_ins = _basis(export, model), _stand_ins(export, model)
    for other in others.values():
        rows = _with_rows(rows, _basis(export, other))
        further = _stand_ins(export, other)
        # Of one KPI, each model has those of its own people.
        stand_ins |= {key: table.combine_first(stand_ins.get(key, table)) for key, table in further.items()}
    certain = score_certainty(export, "rep").reindex(rows.index)
    over, payouts = reaches_end(export, export.period), payouts_by_grade(export)
    scales = {} if payouts is None else {scale_of(other): None for other in others.values()}
    paid = {scale: payouts_by_grade(export, scale) for scale in scales if scale != scale_of(model)}
    return Experiment(
        rows,
        _scored(rows, stand_ins, model, is_over=over),
        others,
        stand_ins,
        payouts,
        (certain["score_high"] - certain["score_low"]) / 2,
        is_over=over,
        other_payouts={scale: table for scale, table in paid.items() if table is not None},
    )


def usable_presets(export: Export) -> dict[str, Model]:
    """The shipped models that the export can measure, by name."""
    return {name: ready.model for name, ready in readiness(export).items() if not ready.refused}


def _scored(rows: pd.DataFrame, stand_ins: StandIns, model: Model, *, is_over: bool) -> Scorecard:
    of_others = [name for kpi in model.kpi_ids for name in _of_kpi(kpi)]
    parts = [stand_ins[kpi.kpi, kpi.least_cases] for _, kpi in model.kpis()]
    values = rows.drop(columns=of_others, errors="ignore")
    scored = pd.concat([values, *(part.reindex(rows.index) for part in parts)], axis=1)
    if model.without_cases == "moves":
        scored = scored.drop(columns=[f"{name}_neutral" for name in model.kpi_ids], errors="ignore")
    card = scorecard(scored, model)
    return card if is_over else without_grades(card)


def _with_rows(rows: pd.DataFrame, basis: pd.DataFrame) -> pd.DataFrame:
    """The rows with the KPIs, and the people, that only the basis of another model has."""
    shared = {column for name in rows for column in _of_kpi(str(name))}
    further = [name for name in basis if name not in rows and name not in shared]
    # Who has cases of the other model's KPIs alone is not in the rows, and has no score in force.
    people = pd.concat([rows[_WHO], basis.loc[basis.index.difference(rows.index), _WHO]])
    joined = people.join(rows.drop(columns=_WHO)).join(basis[further])
    return _by_name(joined)


def _of_kpi(kpi: str) -> list[str]:
    """The columns of what stands in for a KPI."""
    return [f"{kpi}{end}" for end in _STAND_INS]


def _stand_ins(export: Export, model: Model) -> StandIns:
    """What stands in for each KPI of a model, neutral values also where the model has none (see `Experiment`)."""
    basis = _basis(export, model.model_copy(update={"without_cases": "neutral"}))
    return {
        (kpi.kpi, kpi.least_cases): basis[[name for name in _of_kpi(kpi.kpi) if name in basis]]
        for _, kpi in model.kpis()
    }


def _basis(export: Export, model: Model) -> pd.DataFrame:
    """The rows of `score_basis` of the people of the period, by region and name."""
    rows = score_basis(export, [export.period], "rep", model.kpi_ids, model)
    return _by_name(rows[rows["region"] != NOBODY])


def _by_name(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows by region and name, with the index rep_id."""
    return rows.reset_index(drop=True).sort_values(["region", "rep", "rep_id"]).set_index("rep_id", drop=False)
