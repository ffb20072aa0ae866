"""A client's company as one object, for notebooks, commands and the prompt: its settings, KPIs, scores and payouts.

Each method imports what it needs, so that KPIs do not wait for the import of scikit-learn.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from salesperf.data.export import Export
from salesperf.errors import RequestError, did_you_mean
from salesperf.params import Client, ClientFile, read_client
from salesperf.periods import Period, parse_periods

if TYPE_CHECKING:
    import pandas as pd

    from salesperf.language import Voice
    from salesperf.measures.facts import By
    from salesperf.measures.kpi import Kpi
    from salesperf.measures.planning.targets import Plan
    from salesperf.people.incentives.accounts import Unpaid
    from salesperf.people.incentives.payouts import Payouts
    from salesperf.people.potential import Potential
    from salesperf.people.weights.comparison import ModelComparison
    from salesperf.people.weights.judgements import Judged
    from salesperf.people.weights.minds import Minds
    from salesperf.people.weights.origins import WeightOrigins
    from salesperf.people.weights.robustness import Robustness
    from salesperf.people.weights.sensitivity import SmallestChange
    from salesperf.scoring.adoption import Adoption
    from salesperf.scoring.model import Model
    from salesperf.scoring.scorecard import Scorecard

Periods = str | int | Period | Sequence[str | int | Period]


@dataclass(frozen=True, eq=False, repr=False)
class Company(Export):
    """A client's company in a period: an opened export with its settings, KPIs, model and targets, and its numbers."""

    def __repr__(self) -> str:
        return f"<Company {self.client.name!r} in {self.period}>"

    @property
    def settings(self) -> ClientFile:
        """The checked content of the client file."""
        return self.client.settings

    @property
    def registry(self) -> dict[str, Kpi]:
        """All its KPIs by id: those of the codebook, of its kinds of activity and criteria, and of its client file."""
        from salesperf.measures.kpis import registry

        return dict(registry(self))

    @property
    def voice(self) -> Voice:
        """The words and number forms of its reports, with names for the export's kinds of activity and criteria."""
        from salesperf.measures.kpis import spoken

        return spoken(self)

    @property
    def model(self) -> Model:
        """The scoring model of the client file. Raises RequestError where it is wrong."""
        from salesperf.scoring.model import read_model

        return read_model(self.client, self.registry)

    @property
    def plan(self) -> Plan:
        """Its targets, cascaded to reps and months.

        Raises DataError for the targets table, RequestError for the client file.
        """
        from salesperf.measures.planning.targets import read_plan

        return read_plan(self)

    def periods(self, asked: Periods | None = None) -> list[Period]:
        """Periods as asked for, as `periods_asked`: one, several, or a run such as 2024Q1:2025Q4; default: its own."""
        return periods_asked(self.client, asked)

    def kpis(
        self, by: By = "region", periods: Periods | None = None, only: str | Collection[str] | None = None
    ) -> pd.DataFrame:
        """The KPIs of the company, or of every region, team or rep: a row for each of these and each period.

        ``only``: the ids of the KPIs wanted; default: all. Columns: period, the keys of the level, each KPI by its id,
        and ``<id>_n``, the number of cases, behind a rate (see `kpi_table`); NaN where a KPI is not available. Raises
        RequestError for an unknown level, period or KPI.
        """
        from salesperf.measures.table import kpi_table

        kpi_ids = [only] if isinstance(only, str) else only
        return kpi_table(self, self.periods(periods), _level(by), kpi_ids)

    def score_basis(
        self,
        by: By = "rep",
        periods: Periods | None = None,
        only: Collection[str] | None = None,
        model: Model | None = None,
    ) -> pd.DataFrame:
        """The rows of `kpis` with what scores need beside the KPIs: neutral values, and who is too new (`score_basis`).

        ``model``: by default its own. Raises RequestError for an unknown level, period or KPI.
        """
        from salesperf.scoring.score_basis import score_basis

        return score_basis(self, self.periods(periods), _level(by), only, model)

    def statistics(self, kpi: str, by: By = "region", periods: Periods | None = None) -> pd.DataFrame:
        """The sums behind a KPI: a row as in `kpis`, with the columns period, the keys, cases, total and squares.

        NaN where a KPI has no such sum. Raises RequestError for an unknown level, period or KPI.
        """
        from salesperf.measures.statistics import statistics

        return statistics(self, kpi, self.periods(periods), _level(by))

    def targets(self, by: By | None = None, kpi: str = "revenue") -> pd.DataFrame:
        """The targets of a KPI and the progress towards them (see `progress`).

        ``by``: the level of the rows; default: all levels in one table, the whole before its parts (see `whole_tree`).
        """
        from salesperf.measures.planning.pacing import progress, whole_tree

        return progress(self, self.plan, _level(by), kpi) if by else whole_tree(self, self.plan, kpi)

    def scorecard(self, by: By = "rep", model: Model | None = None) -> Scorecard:
        """The scores of every region, team or rep in its period, under its model or another one.

        Index of the result's frames: region; region and team; or rep_id. Where grades are by forced distribution, sales
        by nobody in the list of reps are left out, so that they take no grade. A period that is not over has no grades,
        and nor has who is too new. Raises RequestError for another level.
        """
        from salesperf.scoring.company_scores import basis_and_scores

        return basis_and_scores(self, by, model)[1]

    def certainty(self, by: Literal["region", "team", "rep"] = "rep") -> pd.DataFrame:
        """How sure the scores, grades and ranks of every region, team or rep are in its period (`score_certainty`).

        The index is that of `scorecard`. Raises RequestError for another level.
        """
        from salesperf.scoring.company_scores import score_certainty

        return score_certainty(self, by)

    def potential(self) -> Potential:
        """Who could be more than the present role asks, and why (docs/methods.md §6)."""
        from salesperf.people.company_potential import company_potential

        return company_potential(self)

    def payouts(self, plan: str = "") -> Payouts | Unpaid:
        """What its incentive plan pays in its period, or why nothing can be paid (docs/methods.md §8).

        ``plan``: the name of a preset or a file to use instead of the client file's plan.
        """
        from salesperf.people.incentives.period_incentives import incentives

        return incentives(self, plan).paid

    def compared(self, other: str | Path | Model) -> ModelComparison:
        """What another scoring model does to the people of its period: who moves, and what that costs.

        ``other``: a model, the name of a preset, the path of a model file, or that of a client file, whose model it is.
        Raises RequestError for a wrong file or name.
        """
        from salesperf.people.weights.comparison import compared
        from salesperf.people.weights.experiment import experiment
        from salesperf.scoring.model import Model, model_at

        model = other if isinstance(other, Model) else model_at(str(other), self.client, self.registry)
        return compared(experiment(self, {"other": model}), model)

    def with_weights(self, **shares: float) -> ModelComparison:
        """What its model does with other shares of the score for some KPIs, the others in proportion (`reweighted`).

        ``shares``: KPI id → share of the score, 0 to 1. Raises RequestError for what is not a KPI of the model, and for
        shares that cannot sum to 1.
        """
        from salesperf.scoring.reweighting import reweighted

        return self.compared(reweighted(self.model, shares))

    def robustness(
        self,
        weights: str = "near",
        *,
        by: float = 0.10,
        order: Sequence[str] = (),
        model: Model | None = None,
    ) -> Robustness:
        """People's ranks and grades under 10,000 weights drawn from those not ruled out (`allowed_weights`).

        ``weights``: "near", those that differ from the model's by at most ``by`` of the score; "ordered", those that
        keep the order of importance of the model's weights, or that of ``order``, KPI ids from the most important one;
        "any", all that policy lets be. ``model``: by default its own. Raises RequestError for wrong arguments.
        """
        from salesperf.people.weights.experiment import experiment
        from salesperf.people.weights.robustness import allowed_weights, known_of, robustness_of

        used = model or self.model
        drawn = allowed_weights(used, weights, by=by, order=order)
        tried = experiment(self, {"other": used} if model else None)
        return robustness_of(tried, used, drawn, known_of(self, tried, used))

    def weights_from(self, judgements: Judged | Sequence[Judged] = (), outcome: str = "") -> WeightOrigins:
        """The model's weights beside those by judgements, by data and by what predicts results (`weight_origins`).

        ``judgements``: a YAML file or a mapping (docs/weights.md), or several, of one person each; ``outcome``: the KPI
        that the period before is to predict. Raises RequestError for wrong judgements and an unknown KPI.
        """
        from salesperf.people.weights.experiment import experiment
        from salesperf.people.weights.origins import weight_origins

        return weight_origins(self, experiment(self), judgements, outcome)

    def minds(self, models: Mapping[str, str | Path | Model]) -> Minds:
        """Several models side by side on its people: where they agree, and who is hurt by whose wish (`minds`).

        ``models``: 2 to 8, name of who wants it → a model, as in `compared`. Raises RequestError for a wrong file or
        name, and for another number.
        """
        from salesperf.people.weights.minds import minds
        from salesperf.scoring.model import Model, model_at

        return minds(
            self,
            {
                name: one if isinstance(one, Model) else model_at(str(one), self.client, self.registry)
                for name, one in models.items()
            },
        )

    def without_each_kpi(self) -> dict[str, ModelComparison]:
        """What its model does without each of its KPIs, by id, the others in proportion (`without_each`)."""
        from salesperf.people.weights.experiment import experiment
        from salesperf.people.weights.sensitivity import without_each

        return without_each(experiment(self))

    def overtaking(self, behind: str, ahead: str, locked: Collection[str] = ()) -> SmallestChange | None:
        """The smallest change of weights that puts one rep above another; None where none does (`overtaking`).

        ``locked``: KPIs whose weights stay. Raises RequestError for a rep or KPI that there is not.
        """
        from salesperf.people.weights.experiment import experiment
        from salesperf.people.weights.sensitivity import overtaking

        return overtaking(experiment(self), behind, ahead, locked)

    def leaving_grade(self, rep: str, locked: Collection[str] = ()) -> SmallestChange | None:
        """The smallest change of weights that gives a rep another grade; None where none does (`leaving_grade`).

        ``locked``: KPIs whose weights stay. Raises RequestError for a rep or KPI that there is not.
        """
        from salesperf.people.weights.experiment import experiment
        from salesperf.people.weights.sensitivity import leaving_grade

        return leaving_grade(experiment(self), rep, locked)

    def adoption(
        self,
        other: str | Path | Model,
        *,
        reason: str,
        author: str,
        date: str | datetime.date,
        since: str | Period | None = None,
        out: str | Path | None = None,
    ) -> Adoption:
        """What puts another scoring model in force; its ``diff`` shows it, its ``write()`` writes it (`adoption`).

        ``other``: as in `compared`; ``reason``, ``author``, ``date``: written beside the model; ``since``: the period
        from which on it is for, the model before stays for those before; ``out``: a client file to write in place of
        changing the present one. Raises RequestError for what is wrong with any of these.
        """
        from salesperf.scoring.adoption import adopted, adoption, remarks_at
        from salesperf.scoring.model import Model, model_at

        is_model = isinstance(other, Model)
        model = other if isinstance(other, Model) else model_at(str(other), self.client, self.registry)
        by = adopted(reason, author, date, [] if is_model else remarks_at(str(other), self))
        start = periods_asked(self.client, since)[0] if since else None
        return adoption(self, model, by, since=start, out=Path(out) if out else None)


def work_out_shared(company: Company) -> None:
    """Works out the company-wide results that every region's report needs, so that `company_wide` keeps them.

    Clustering is left to the first kernel, which has imported scikit-learn.
    """
    from salesperf.measures.planning.pacing import own_progress
    from salesperf.people.features import features
    from salesperf.people.incentives.period_incentives import own_payouts
    from salesperf.scoring.period_scores import parts_of
    from salesperf.scoring.separation import separation

    now = company.period
    company.kpis("company", now.history())
    company.kpis("region", now.history())
    company.score_basis("team")
    company.score_basis("rep", [*parts_of(now), now.before(), now])
    for level in ("region", "team", "rep"):
        own_progress(company, level)
    company.certainty("team")
    company.certainty("rep")
    separation(company)
    features(company)
    own_payouts(company)


def periods_asked(client: Client, asked: Periods | None = None) -> list[Period]:
    """Periods of a client as asked for, each once, in the order asked; default: the client's own.

    Raises RequestError for an empty list and for what is not a period.
    """
    if asked is None:
        return [client.period]
    entries = [asked] if isinstance(asked, str | int | Period) else list(asked)
    if not entries:
        raise RequestError("period: expected at least one, such as 2025Q4, got none")
    runs = [[entry] if isinstance(entry, Period) else parse_periods(str(entry), *client.fiscal) for entry in entries]
    return list(dict.fromkeys(period for run in runs for period in run))


def _level(by: By) -> By:
    """The level itself. Raises RequestError where its name is unknown."""
    levels = ("company", "region", "team", "rep")
    if by not in levels:
        raise RequestError(f"by: {str(by)!r} is not a level; {did_you_mean(str(by), levels)}")
    return by


def opened(client_file: str | Path, period: str | None = None, as_of: str | None = None) -> Company:
    """The company of a client file (see `salesperf.open_company`); ``period``, ``as_of`` override the file's own."""
    from salesperf.data.loading import load_tables

    client = read_client(client_file, period, as_of)
    return Company(client, load_tables(client))
