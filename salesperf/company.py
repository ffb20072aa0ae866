"""One thing to open: a client's company, with the few verbs that an analyst wants at a prompt.

A verb imports what it needs, so that whoever asks for a KPI does not wait for the clustering.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from salesperf.data.export import Export
from salesperf.errors import RequestError, did_you_mean, quoted
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
    from salesperf.scoring.model import Model
    from salesperf.scoring.scorecard import Scorecard

Periods = str | int | Period | Sequence[str | int | Period]


@dataclass(frozen=True, eq=False, repr=False)
class Company(Export):
    """A client's company in a period: the tables of its export, its settings, KPIs and words, and its numbers."""

    def __repr__(self) -> str:
        return f"<Company {self.client.name!r} in {self.period}>"

    @property
    def settings(self) -> ClientFile:
        """What the client file says."""
        return self.client.settings

    @property
    def registry(self) -> dict[str, Kpi]:
        """All its KPIs by id: the registered ones, those that the export brings along, and its own."""
        from salesperf.measures.kpis import registry

        return dict(registry(self))

    @property
    def voice(self) -> Voice:
        """How its reports speak, with names for the kinds of activity and the criteria of its export."""
        from salesperf.measures.kpis import spoken

        return spoken(self)

    @property
    def model(self) -> Model:
        """The scoring model of its client file. Raises RequestError where that is wrong."""
        from salesperf.scoring.model import read_model

        return read_model(self.client, self.registry)

    @property
    def plan(self) -> Plan:
        """Its targets. Raises DataError for the targets table, RequestError for the client file."""
        from salesperf.measures.planning.targets import read_plan

        return read_plan(self)

    def periods(self, asked: Periods | None = None) -> list[Period]:
        """Periods as asked for: one, several, or a run such as 2024Q1:2025Q4; default: its own."""
        return periods_asked(self.client, asked)

    def kpis(
        self, by: By = "region", periods: Periods | None = None, only: str | Collection[str] | None = None
    ) -> pd.DataFrame:
        """The KPIs of the company, or of every region, team or rep, a row for each period; with ``only``, those alone.

        Columns: period, the keys, each KPI by its id and ``<id>_n`` behind a rate (see `kpi_table`); NaN is not
        available. Raises RequestError for a level, period or KPI that there is not.
        """
        from salesperf.measures.table import kpi_table

        alone = [only] if isinstance(only, str) else only
        return kpi_table(self, self.periods(periods), _level(by), alone)

    def statistics(self, kpi: str, by: By = "region", periods: Periods | None = None) -> pd.DataFrame:
        """The sufficient statistics behind a KPI: period, the keys, cases, total and, where it is a mean, squares."""
        from salesperf.measures.statistics import statistics

        return statistics(self, kpi, self.periods(periods), _level(by))

    def targets(self, by: By | None = None, kpi: str = "revenue") -> pd.DataFrame:
        """Who has which target of a KPI, and how far everybody is (see `progress`); whole before part, or one level."""
        from salesperf.measures.planning.pacing import progress, whole_tree

        return progress(self, self.plan, _level(by), kpi) if by else whole_tree(self, self.plan, kpi)

    def scorecard(self, by: By = "rep", model: Model | None = None) -> Scorecard:
        """The scores of every region, team or rep under its model, or another one; index: the keys, of a rep the id.

        A sale of nobody in the list of reps takes no one's grade. Raises RequestError for another level.
        """
        from salesperf.measures.rows import NOBODY
        from salesperf.scoring.scorecard import scorecard

        used, keys = model or self.model, {"region": ["region"], "team": ["region", "team"], "rep": ["rep_id"]}
        if by not in keys:
            raise RequestError(f"by: expected {quoted(keys)}, got {str(by)!r}")
        rows = self.kpis(by, only=used.kpi_ids)
        scored = rows[rows["region"] != NOBODY] if used.forced else rows
        return scorecard(scored.set_index(keys[by]), used if by == "rep" else used.as_earned())

    def potential(self) -> Potential:
        """Who could be more than the present role asks, and why."""
        from salesperf.people.company_potential import company_potential

        return company_potential(self)

    def payouts(self, plan: str = "") -> Payouts | Unpaid:
        """What its incentive plan pays, or another one by its preset or file; or why there is nothing to pay."""
        from salesperf.people.incentives.period_incentives import incentives

        return incentives(self, plan).paid


def work_out_shared(company: Company) -> None:
    """Works out what the reports of all regions begin with, so that it is worked out once (see `company_wide`).

    Clustering is left to the first kernel: that has imported scikit-learn.
    """
    from salesperf.measures.planning.pacing import own_progress
    from salesperf.people.features import features
    from salesperf.people.incentives.period_incentives import own_payouts
    from salesperf.scoring.period_scores import parts_of

    now = company.period
    company.kpis("region", now.history())
    company.kpis("team")
    company.kpis("rep", [*parts_of(now), now.before(), now])
    for level in ("region", "team", "rep"):
        own_progress(company, level)
    features(company)
    own_payouts(company)


def periods_asked(client: Client, asked: Periods | None = None) -> list[Period]:
    """Periods of a client as asked for, each once; default: the client file's own. Raises RequestError for others."""
    if asked is None:
        return [client.period]
    every = [asked] if isinstance(asked, str | int | Period) else list(asked)
    if not every:
        raise RequestError("period: expected at least one, such as 2025Q4, got none")
    start = client.settings.fiscal_year_start
    parts = [[period] if isinstance(period, Period) else parse_periods(str(period), start) for period in every]
    return list(dict.fromkeys(period for part in parts for period in part))


def _level(by: By) -> By:
    """The level itself. Raises RequestError where there is none of that name."""
    levels = ("company", "region", "team", "rep")
    if by not in levels:
        raise RequestError(f"by: {str(by)!r} is not a level; {did_you_mean(str(by), levels)}")
    return by


def opened(client_file: str | Path, period: str | None = None) -> Company:
    """The company of a client file, looked up from here upwards; ``period`` goes before the file's own."""
    from salesperf.data.loading import load_tables

    client = read_client(client_file, period)
    return Company(client, load_tables(client))
