"""Every exhibit in both languages is as it was accepted last, so that a change of a page is seen in a diff.

Accept a changed page, then read the diff of __snapshots__/ before it is committed:
    make test PYTEST_ARGS="tests/present --snapshot-update"
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib import import_module
from pkgutil import walk_packages
from types import FunctionType
from typing import Any, get_type_hints

import numpy as np
import pandas as pd
import pytest

import salesperf.present
from salesperf.company import Company
from salesperf.inference.priors import BetaPrior
from salesperf.language import Language, Voice
from salesperf.measures.coverage import is_whole
from salesperf.measures.findings import Findings, findings
from salesperf.measures.key_results import key_result_scores
from salesperf.measures.planning.hit_rates import hit_rates, past_hit_rates
from salesperf.measures.segment_mix import segment_mix
from salesperf.people.coaching import Advice, advice, read_rules, untold
from salesperf.people.incentives.period_incentives import Incentives, compared, incentives
from salesperf.people.incentives.what_if import WhatIf
from salesperf.people.person import Person, person
from salesperf.people.potential import Potential
from salesperf.people.readings import RepReadings, mark_whole, rep_readings
from salesperf.people.standings import standings
from salesperf.people.weights.comparison import ModelComparison
from salesperf.people.weights.minds import Minds
from salesperf.people.weights.origins import WeightOrigins
from salesperf.people.weights.robustness import Robustness
from salesperf.people.weights.sensitivity import decides, order_by_period, scores_by_period
from salesperf.people.workload import WORKLOAD, add_workload, agreed_actions
from salesperf.present import exhibit, figure, masthead, rebuilding
from salesperf.present.choice import pilot, readiness, recommendation, starter
from salesperf.present.exhibit import NOTHING, Exhibit
from salesperf.present.incentives import awards, payout_figures, payouts, plans
from salesperf.present.potential import features, groups, nine_box, ranking, track_record
from salesperf.present.region import (
    certainty,
    credit,
    customer_mix,
    data_notes,
    deals,
    forced,
    headline,
    key_results,
    limits,
    movement,
    people,
    period_findings,
    potential,
    ratings,
    score_changes,
    scorecards,
    trend,
)
from salesperf.present.sheet import rep_sheet, spread, talk
from salesperf.present.targets import target_figures, target_tables
from salesperf.present.weights import comparison as weights_comparison
from salesperf.present.weights import minds as weights_minds
from salesperf.present.weights import origins as weight_origins
from salesperf.present.weights import robustness as weights_robustness
from salesperf.scoring.change import ScoreChange, printed_change, score_change
from salesperf.scoring.choice import Choice, Profile, profile, rule_table
from salesperf.scoring.choice import choice as model_choice
from salesperf.scoring.model import Model
from salesperf.scoring.period_scores import PeriodScores, parts_of, period_scores
from salesperf.scoring.pilot import Pilot
from salesperf.scoring.pilot import pilot as planned_pilot
from salesperf.scoring.readiness import Gap, Readiness, judged
from salesperf.scoring.readiness import readiness as measured_readiness
from salesperf.scoring.scorecard import Scorecard, scorecard
from salesperf.scoring.separation import region_ranks, separation, verdicts

REGION, REP = "South", "R023"  # few people, and most of what an exhibit can say of some
NAMES = pd.DataFrame({"Rep": ["Ann", "Bo <b>"], "Team": ["One", "Two"], "Revenue": ["1,000", "−20"]})


class Pages:
    """What the notebooks hand to the exhibits, out of the demo company; each worked out when it is asked for.

    Beside it a small company, whose export tells little.
    """

    def __init__(self, company: Company, small: Company) -> None:
        self.company, self.small = company, small
        self.client = company.client
        self.now = company.period
        self.before = company.period.before()

    @cached_property
    def regions(self) -> pd.DataFrame:
        return self.company.kpis("region", self.now.history()).query("region == @REGION")

    @cached_property
    def teams(self) -> pd.DataFrame:
        return self.company.score_basis("team").query("region == @REGION")

    @cached_property
    def everyone(self) -> pd.DataFrame:
        return self.company.score_basis("rep", self.now.history()).set_index("rep_id")

    @cached_property
    def everyone_now(self) -> pd.DataFrame:
        return self.everyone[self.everyone["period"] == self.now.label]

    @cached_property
    def reps(self) -> pd.DataFrame:
        return self.everyone_now.query("region == @REGION")

    @cached_property
    def two_periods(self) -> pd.DataFrame:
        rows = self.everyone[self.everyone["period"].isin([self.before.label, self.now.label])]
        return rows.query("region == @REGION").reset_index()

    @cached_property
    def scored(self) -> Scorecard:
        return scorecard(self.everyone_now, self.company.model)

    @cached_property
    def card(self) -> Scorecard:
        return self.scored.only(self.reps.index)

    @cached_property
    def team_card(self) -> Scorecard:
        return scorecard(self.teams, self.company.model.as_earned())

    @cached_property
    def unscored(self) -> Scorecard:
        """Nobody has a score: everything that is scored is missing."""
        return scorecard(self.reps.assign(**dict.fromkeys(self.company.model.kpi_ids, np.nan)), self.company.model)

    @cached_property
    def forced(self) -> Scorecard:
        """The same people under a forced distribution."""
        shares = {"S": 0.1, "A": 0.2, "B": 0.4, "C": 0.2, "D": 0.1}
        return scorecard(self.everyone_now, Model.model_validate(self.company.model.model_dump() | {"forced": shares}))

    @cached_property
    def change(self) -> ScoreChange:
        earlier = self.everyone[self.everyone["period"] == self.before.label]
        return score_change(scorecard(earlier, self.company.model), self.scored)

    @cached_property
    def period_scores(self) -> PeriodScores:
        periods = [*parts_of(self.now), self.before, self.now]
        rows = self.company.score_basis("rep", periods).set_index("rep_id")
        return period_scores(rows, periods, self.company.model)

    @cached_property
    def findings(self) -> Findings:
        """Those of West, as nothing moved in the others."""
        history = self.company.kpis("region", self.now.history())
        return findings(history, "West", [one.label for one in self.now.history()], self.company.registry)

    @cached_property
    def potential(self) -> Potential:
        return self.company.potential()

    @cached_property
    def incentives(self) -> Incentives:
        return incentives(self.company)

    @cached_property
    def retroactive(self) -> Incentives:
        return incentives(self.company, "commission_retroactive")

    @cached_property
    def what_if(self) -> WhatIf | None:
        return compared(self.company, self.incentives.plan, "commission_retroactive")

    @cached_property
    def tree(self) -> pd.DataFrame:
        """The targets of the company and of the region."""
        return self.company.targets().query("level == 'company' or region == @REGION").reset_index(drop=True)

    @cached_property
    def who(self) -> Person:
        return person(self.company, REP, REGION, self.now)

    @cached_property
    def stand(self) -> RepReadings:
        rows = self.everyone.query("region == @REGION").reset_index()
        rows = add_workload(mark_whole(rows, self.company, self.now.history()), self.company, self.now)
        return rep_readings(rows, REP, {**self.company.registry, **WORKLOAD})

    @cached_property
    def talked_about(self) -> list[str]:
        return rep_sheet.talked_about(self.stand, self.company.model)

    @cached_property
    def tries(self) -> list[Advice]:
        return advice(self.stand.readings, read_rules())

    @cached_property
    def untold(self) -> list[str]:
        return untold(self.stand.readings, read_rules())

    @cached_property
    def agreed(self) -> pd.DataFrame:
        return agreed_actions(self.company, REP, self.now.end)

    @cached_property
    def profile(self) -> Profile:
        return profile(self.company, industry="industrial", team_size=0, stage="mature", culture="coaching")

    @cached_property
    def choice(self) -> Choice:
        return model_choice(self.profile, measured_readiness(self.company))

    @cached_property
    def lacking(self) -> dict[str, Readiness]:
        """Every model where the export has no targets, and surveys of a part of the year."""
        missing = Gap("missing", "targets", ("level", "name", "target"))
        late = Gap("history", "surveys", (), "2025-10-01")
        gaps = {"revenue_attainment": (missing,), "new_customers_attainment": (missing,), "satisfaction": (late,)}
        return {
            name: judged(name, one.model, {kpi: gaps.get(kpi, ()) for kpi in one.gaps})
            for name, one in self.choice.readiness.items()
        }

    @cached_property
    def refused(self) -> Choice:
        return model_choice(self.profile, self.lacking)

    @cached_property
    def reweighted(self) -> ModelComparison:
        return self.company.with_weights(satisfaction=0.4)

    @cached_property
    def robust(self) -> Robustness:
        return self.company.robustness("ordered")

    @cached_property
    def origins(self) -> WeightOrigins:
        sold, pleased, new = self.company.model.kpi_ids
        pairs = {sold: {pleased: 9, new: 2}, pleased: {new: 3}}
        best_worst = {"best": sold, "worst": pleased, "best_to_others": {pleased: 8, new: 2}}
        return self.company.weights_from(
            {"pairs": pairs, "best_worst": {**best_worst, "others_to_worst": {sold: 8, new: 3}}}
        )

    @cached_property
    def minds(self) -> Minds:
        return self.company.minds({"Sales": "goal_oriented", "<b>HR</b>": "behaviour_driven"})

    @cached_property
    def pilot(self) -> Pilot | None:
        return planned_pilot(self.company, self.profile.cycle_days)


def to_settle(**told: float) -> pd.Series:
    """A row of `evidence_to_settle`."""
    return pd.Series({"grade_chance": 0.42, "likeliest": "B", "likeliest_chance": 0.5, **told})


@dataclass(frozen=True)
class Case:
    """An exhibit's function, and how it is called on what the pages have; ``state`` where there are several."""

    function: Callable[..., Exhibit]
    made: Callable[[Callable[..., Exhibit], Pages], Exhibit]
    state: str = ""

    @property
    def name(self) -> str:
        return self.function.__name__ + (f"-{self.state}" if self.state else "")

    @property
    def languages(self) -> tuple[Language, ...]:
        """Both where it speaks."""
        return ("en", "zh") if "voice" in inspect.signature(self.function).parameters else ("en",)


BLOCKS = [
    Case(exhibit.paragraph, lambda show, of: show("A < B & C")),
    Case(exhibit.notes, lambda show, of: show(["A < B", "C"])),
    Case(exhibit.table, lambda show, of: show(NAMES, "names", caption="Sorted.", left=("Team",), wide=("Team",))),
    Case(
        exhibit.together, lambda show, of: show(Exhibit("<p>1</p>", "1", {"a": 1}), NOTHING, Exhibit("<p>2</p>", "2"))
    ),
    Case(exhibit.boxed, lambda show, of: show(Exhibit("<p>1</p>", "1", {"a": 1}))),
    Case(exhibit.folded, lambda show, of: show("A & B", Exhibit("<p>1</p>", "1", {"a": 1}))),
    Case(exhibit.side_by_side, lambda show, of: show(Exhibit("<p>1</p>", "1", {"a": 1}), Exhibit("<p>2</p>", "2"))),
    Case(figure.drawn, lambda show, of: show(bars(), "bars", "A & B", alternative="A 2, B -1", caption="By size.")),
    Case(masthead.masthead, lambda show, of: show(of.client, "A & B", line="C", page_title="D", region="East")),
    Case(rebuilding.rebuilding, lambda show, of: show(of.company, "salesperf run 'a&b.yml'")),
]
REGIONS = [
    Case(headline.report_masthead, lambda show, of: show(of.client, REGION)),
    Case(headline.headline, lambda show, of: show(of.company, region=REGION, history=of.regions)),
    Case(headline.headline, lambda show, of: show(of.small, region="East", history=small_history(of)), "little"),
    Case(trend.revenue_trend, lambda show, of: show(of.regions, REGION, incomplete=incomplete(of))),
    Case(scorecards.not_scored, lambda show, of: show(of.unscored)),
    Case(scorecards.team_scorecard, lambda show, of: show(of.teams, of.team_card, sure=of.company.certainty("team"))),
    Case(scorecards.rep_scorecard, lambda show, of: show(of.reps, of.card, sure=of.company.certainty())),
    Case(scorecards.priors_told, lambda show, of: show({"satisfaction": BetaPrior(0.58, 8.24)})),
    Case(certainty.score_intervals, lambda show, of: show(of.reps, of.card, of.company.certainty(), apart=False)),
    Case(certainty.told_apart, lambda show, of: show(separation(of.company), verdicts(separation(of.company)))),
    Case(certainty.ranks_by_kpi, lambda show, of: show(of.reps, region_ranks(of.company, REGION))),
    Case(
        scorecards.rep_scorecard,
        lambda show, of: show(of.reps, of.forced.only(of.reps.index), without_deals=[of.reps["rep"].iloc[0]]),
        "forced",
    ),
    Case(people.people_table, lambda show, of: show(of.everyone_now, of.scored, region=REGION, **beside(of))),
    Case(people.people_table, lambda show, of: show(of.reps, of.unscored, region=REGION, **beside(of)), "no scores"),
    Case(key_results.key_results_table, lambda show, of: show(of.reps["rep"], key_results_of(of), period=of.now)),
    Case(forced.forced_distribution, lambda show, of: show(of.forced)),
    Case(credit.whose_sales, lambda show, of: show(of.company, region=REGION)),
    Case(credit.whose_sales, lambda show, of: show(of.small, region="East"), "deal"),
    Case(movement.what_moved, lambda show, of: show(of.company, region=of.regions, reps=of.two_periods)),
    Case(movement.moved, lambda show, of: show(pd.Series({"Ann": 30.0, "Bo": -10.4}), "2025Q3")),
    Case(score_changes.change_table, lambda show, of: show(of.reps["rep"], of.change, now=of.now)),
    Case(
        score_changes.period_scores_table,
        lambda show, of: show(of.reps["rep"], of.period_scores, model=of.company.model, before=of.before),
    ),
    Case(deals.deal_table, lambda show, of: show(of.teams, of.regions.iloc[-1])),
    Case(customer_mix.win_rate_by_segment, lambda show, of: show(segment_mix(of.company), REGION)),
    Case(period_findings.beyond_chance, lambda show, of: show(of.findings)),
    Case(potential.who_is_named, lambda show, of: show(of.potential, REGION)),
    Case(
        limits.what_numbers_cannot_tell,
        lambda show, of: show(of.reps, of.card, of.company.certainty(), verdicts(separation(of.company))),
    ),
    Case(data_notes.data_notes, lambda show, of: show(of.small, region="East")),
    Case(data_notes.data_notes, lambda show, of: show(of.company, region=REGION), "nothing"),
    Case(ratings.rater_notes, lambda show, of: show(of.company, of.now, region=REGION)),
]
POTENTIAL = [
    Case(features.potential_masthead, lambda show, of: show(of.client)),
    Case(features.who_is_looked_at, lambda show, of: show(of.potential)),
    Case(features.features_table, lambda show, of: show(of.potential)),
    Case(groups.groups_table, lambda show, of: show(of.potential)),
    Case(ranking.ranking_table, lambda show, of: show(of.potential, REGION)),
    Case(nine_box.box_counts, lambda show, of: show(of.potential)),
    Case(nine_box.nine_box, lambda show, of: show(of.potential, REGION)),
    Case(weights_comparison.weights_masthead, lambda show, of: show(of.client)),
    Case(weights_comparison.comparison_masthead, lambda show, of: show(of.client, "East")),
    Case(weights_comparison.models_table, lambda show, of: show(of.reweighted)),
    Case(weights_comparison.regions_table, lambda show, of: show(of.reweighted)),
    Case(weights_comparison.comparison_sentences, lambda show, of: show(of.reweighted)),
    Case(weights_comparison.moves_table, lambda show, of: show(of.reweighted.regraded.head(8), "moves")),
    Case(weights_robustness.robustness_sentences, lambda show, of: show(of.robust, "ordered")),
    Case(weights_robustness.acceptability_map, lambda show, of: show(of.robust)),
    Case(weights_robustness.acceptability_map, lambda show, of: show(of.robust.within(REGION)), "people"),
    Case(weights_robustness.least_sure_grades, lambda show, of: show(of.robust)),
    Case(weights_robustness.central_weights_table, lambda show, of: show(of.robust)),
    Case(weights_robustness.without_each_table, lambda show, of: show(of.company.without_each_kpi())),
    Case(weights_robustness.what_decides, lambda show, of: show(decides(of.company.scorecard()))),
    Case(
        weights_robustness.order_by_period_table,
        lambda show, of: show(order_by_period(scores_by_period(of.company, of.company.model))),
    ),
    Case(weight_origins.origins_table, lambda show, of: show(of.origins)),
    Case(weight_origins.learned_table, lambda show, of: show(of.origins)),
    Case(weights_minds.agreement_of_minds, lambda show, of: show(of.minds)),
    Case(weights_minds.minds_table, lambda show, of: show(of.minds)),
    Case(weights_minds.disagreements, lambda show, of: show(of.minds)),
    Case(track_record.backtest_table, lambda show, of: show(of.potential)),
    Case(track_record.calibration_table, lambda show, of: show(of.potential)),
]
SHEETS = [
    Case(rep_sheet.sheet_masthead, lambda show, of: show(of.client, of.who)),
    Case(
        rep_sheet.opening,
        lambda show, of: show(
            of.client,
            of.who,
            stand=of.stand,
            grade=of.card.summary.loc[REP, "grade"],
            standing=standings(of.card)[REP],
            change=printed_change(of.change),
        ),
    ),
    Case(rep_sheet.how_sure, lambda show, of: show("S", to_settle(periods=3, satisfaction_n=12.0))),
    Case(rep_sheet.how_sure, lambda show, of: show("B", to_settle(periods=float("inf"))), "never"),
    Case(rep_sheet.moved_table, lambda show, of: show(of.client, of.who, stand=of.stand, names=of.talked_about)),
    Case(rep_sheet.returning, lambda show, of: show(of.now, replace(of.stand, whole=False), rows=readings(of))),
    Case(rep_sheet.standing_out, lambda show, of: show(of.who, of.stand, names=of.talked_about)),
    Case(spread.against_peers, lambda show, of: show(readings(of), REGION)),
    Case(talk.what_to_try, lambda show, of: show(of.tries, of.untold)),
    Case(talk.what_to_try, lambda show, of: show([], ["satisfaction", "open_deals"]), "nothing"),
    Case(talk.questions, lambda show, of: show(of.tries, of.agreed)),
    Case(talk.agreed_table, lambda show, of: show(of.agreed, of.now)),
    Case(talk.room_for_notes, lambda show, of: show()),
    Case(talk.foot, lambda show, of: show(of.client, of.who)),
]
INCENTIVES = [
    Case(plans.incentives_masthead, lambda show, of: show(of.client)),
    Case(plans.plan_table, lambda show, of: show(of.incentives.plan)),
    Case(plans.plan_table, lambda show, of: show(of.retroactive.plan), "commission"),
    Case(plans.plan_table, lambda show, of: show(None), "none"),
    Case(plans.what_if_sentence, lambda show, of: show(of.what_if)),
    Case(plans.cost_table, lambda show, of: show(of.what_if)),
    Case(payouts.payout_sentence, lambda show, of: show(of.client, of.incentives)),
    Case(payouts.payout_sentence, lambda show, of: show(of.client, of.incentives, region=REGION), "region"),
    Case(payouts.payout_sentence, lambda show, of: show(of.small.client, incentives(of.small)), "none"),
    Case(payouts.payout_table, lambda show, of: show(of.incentives, REGION)),
    Case(payouts.regional_payouts, lambda show, of: show(of.incentives)),
    Case(payouts.highest_payouts, lambda show, of: show(of.incentives)),
    Case(payouts.trace_table, lambda show, of: show(of.company, of.incentives, REP)),
    Case(payout_figures.payout_curves, lambda show, of: show(of.incentives.paid)),
    Case(payout_figures.cliff_notes, lambda show, of: show(of.retroactive.paid)),
    Case(payout_figures.gain_and_loss, lambda show, of: show(of.what_if)),
    Case(awards.award_table, lambda show, of: show(of.client, of.incentives, region=REGION)),
    Case(
        awards.suggestion_table,
        lambda show, of: show(of.client, of.incentives, known=of.company.registry),
    ),
]
TARGETS = [
    Case(target_tables.targets_masthead, lambda show, of: show(of.client)),
    Case(target_tables.statement, lambda show, of: show(of.company, whole=of.tree.iloc[0], kpi="revenue")),
    Case(target_tables.plan_tree, lambda show, of: show(of.tree, "revenue")),
    Case(target_tables.progress_table, lambda show, of: show(of.company, rows=groups(of), kpi="revenue")),
    Case(target_tables.region_progress, lambda show, of: show(of.company, region=REGION)),
    Case(target_tables.hit_table, lambda show, of: show(of.company, now=hits(of), past=past_hits(of))),
    Case(target_tables.plan_notes, lambda show, of: show(of.client, of.company.plan, kpi="revenue")),
    Case(target_figures.season_figure, lambda show, of: show(of.client, of.company.plan, kpi="revenue")),
    Case(target_figures.growth_figure, lambda show, of: show(of.client, groups(of, "team"), kpi="revenue")),
]
CHOICES = [
    Case(recommendation.choice_masthead, lambda show, of: show(of.client)),
    Case(recommendation.recommendation, lambda show, of: show(of.choice)),
    Case(recommendation.answers_used, lambda show, of: show(of.profile, of.choice)),
    Case(recommendation.points_table, lambda show, of: show(of.choice)),
    Case(recommendation.what_would_change, lambda show, of: show(of.choice)),
    Case(recommendation.whole_rule_table, lambda show, of: show(rule_table())),
    Case(readiness.data_table, lambda show, of: show(of.choice)),
    Case(readiness.refusals, lambda show, of: show(of.choice), "none"),
    Case(readiness.refusals, lambda show, of: show(of.refused)),
    Case(readiness.collection, lambda show, of: show(of.lacking.values())),
    Case(pilot.pilot_plan, lambda show, of: show(of.choice.readiness[str(of.choice.recommended)], of.pilot)),
    Case(starter.starter_file, lambda show, of: show(of.choice, of.client)),
]
CASES = [*BLOCKS, *REGIONS, *POTENTIAL, *SHEETS, *INCENTIVES, *TARGETS, *CHOICES]


def bars() -> Any:
    return figure.bars(["A", "B"], np.array([2.0, -1.0]), ["2", "-1"], left=0.3, right=0.8, labels_end=1.2)


def small_history(of: Pages) -> pd.DataFrame:
    return of.small.kpis("region", of.small.period.history()).query("region == 'East'")


def incomplete(of: Pages) -> list[str]:
    return [one.label for one in of.now.history() if not is_whole(of.company, one)]


def key_results_of(of: Pages) -> pd.DataFrame:
    return key_result_scores(of.company, of.now)


def readings(of: Pages) -> list[Any]:
    return [of.stand.readings[name] for name in of.talked_about]


def beside(of: Pages) -> dict[str, Any]:
    return {"potential": of.potential, "incentives": of.incentives, "known": of.company.registry}


def groups(of: Pages, level: str = "") -> pd.DataFrame:
    return of.tree.query("level == @level" if level else "level != 'rep'")


def hits(of: Pages) -> Any:
    return hit_rates(of.company.targets().query("level == 'rep'")["pacing"])


def past_hits(of: Pages) -> Any:
    return past_hit_rates(of.company, of.company.plan)


@pytest.fixture(scope="module")
def pages(demo: Company, small: Company) -> Pages:
    return Pages(demo, small)


@pytest.mark.parametrize(
    ("case", "language"),
    [pytest.param(one, language, id=f"{one.name}-{language}") for one in CASES for language in one.languages],
)
def test_an_exhibit_is_as_accepted(case: Case, language: Language, pages: Pages, accepted: Any) -> None:
    speaks = "voice" in inspect.signature(case.function).parameters
    shown = case.made(partial(case.function, Voice(language)) if speaks else case.function, pages)
    assert shown.html and shown != NOTHING
    assert in_params(shown, pages) == accepted


def in_params(shown: Exhibit, of: Pages) -> Exhibit:
    """The exhibit as of a client file in params/, wherever the test has put it."""
    folder = f"{of.client.folder.resolve().name}/{of.client.path.name}"
    html, plain = (one.replace(folder, f"params/{of.client.path.name}") for one in (shown.html, shown.plain))
    return replace(shown, html=html, plain=plain)


def exhibits() -> Iterator[Callable[..., Exhibit]]:
    """The public functions of the package that give an exhibit, or several."""
    package = salesperf.present
    for found in walk_packages(package.__path__, f"{package.__name__}."):
        module = import_module(found.name)
        for name, function in vars(module).items():
            own = isinstance(function, FunctionType) and function.__module__ == module.__name__
            if own and not name.startswith("_") and "Exhibit" in str(get_type_hints(function).get("return")):
                yield function


def test_no_exhibit_is_without_a_snapshot() -> None:
    covered = {case.function for case in CASES}
    assert [f"{one.__module__}.{one.__name__}" for one in exhibits() if one not in covered] == []


def test_no_two_snapshots_have_one_name() -> None:
    names = [case.name for case in CASES]
    assert sorted(names) == sorted(set(names))
