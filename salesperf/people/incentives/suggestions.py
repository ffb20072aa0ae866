"""Suggestions of promotion, training and support by a plan's rules, with their evidence (docs/methods.md §8).

A suggestion is a reason to talk. A low grade is a reason to help, never by itself a ground for dismissal (§3).
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from salesperf.data.export import Export
from salesperf.measures.coverage import reaches_end
from salesperf.people.company_potential import company_potential
from salesperf.people.incentives.incentive_plan import IncentivePlan, Promotion, Suggestions, Support, Training
from salesperf.people.potential import Potential
from salesperf.people.scores import RepScores, rep_scores
from salesperf.people.standings import help_limit
from salesperf.periods import Period
from salesperf.rounding import half_up
from salesperf.scoring.scorecard import Scorecard

TOPICS = ("pipeline", "prospecting", "qualification", "negotiation", "account_care", "planning", "conversations")
_THIRDS = {"high": 2, "middle": 1}  # the least potential_third of `Potential`


class Suggestion(NamedTuple):
    """A suggestion for one rep with its evidence.

    ``scores``: as printed, of the periods of the rule, the oldest first. Of a promotion, ``potential``: robust z, NaN
    where it is not available or not asked for. Of training and support, ``kpi``: the id of the KPI that costs the score
    most against its target; ``value``: its value; ``n``: the cases behind it, NaN where it is no rate; ``gap``: how
    many points of the score it costs; ``topic``: of the training, one of TOPICS, the client's own words, or "" where
    the plan names none.
    """

    kind: Literal["promotion", "training", "support"]
    rep_id: str
    rep: str
    region: str
    team: str
    scores: tuple[float, ...]
    potential: float = float("nan")
    kpi: str = ""
    value: float = float("nan")
    n: float = float("nan")
    gap: float = float("nan")
    topic: str = ""


def suggested(export: Export, plan: IncentivePlan) -> list[Suggestion]:
    """The suggestions of a plan's rules for the client's period, by kind and name.

    Empty without rules, and while the period is not over.
    """
    rules = plan.suggestions
    if not rules.has_rules or not reaches_end(export, export.period):
        return []
    periods = export.period.trailing(rules.promotion.periods if rules.promotion else 1)
    scores = rep_scores(export, periods)
    potential = None
    if rules.promotion and rules.promotion.potential != "any":
        potential = company_potential(export)
    return suggestions(rules, scores, periods, potential)


def suggestions(
    rules: Suggestions, scores: RepScores, periods: Sequence[Period], potential: Potential | None
) -> list[Suggestion]:
    """The suggestions of some rules, by kind and name.

    ``scores``: those of ``periods``, which are consecutive, the oldest first, as many as the rule for promotion needs;
    ``potential``: that of the company, needed where promotion asks for a third of it. Support contains the training, so
    that nobody is suggested for both. Nobody who is too new to be judged is suggested for anything.
    """
    label = periods[-1].label
    card = scores.cards[label].only(~scores.cards[label].summary["too_new"])
    people = scores.kpis[label].loc[card.summary.index]
    promotions = list(_promotions(rules.promotion, scores, periods, potential)) if rules.promotion else []
    support = list(_support(rules.support, rules.training, people, card)) if rules.support else []
    helped = [suggestion.rep_id for suggestion in support]
    trainings = _trainings(rules.training, people[~people.index.isin(helped)], card) if rules.training else ()
    return [*promotions, *trainings, *support]


def largest_gaps(people: pd.DataFrame, card: Scorecard, fewest: int = 0, *, drawn: bool = True) -> pd.DataFrame:
    """For each rep with a score, the KPI that costs the score most against its target.

    ``people``: KPI rows by rep (index rep_id); ``card``: their scorecard; ``fewest``: a rate of fewer cases is not
    looked at, nor is a KPI for which another value stands in; ``drawn``: whether rates are that have so few cases that
    they are drawn to the prior. Index rep_id; columns: kpi (id), value, n (NaN where it is no rate), gap ((points at
    target − points) × weight, in points of the score; 0 or less where every target is reached).
    """
    scored = people.index[card.summary["score"].reindex(people.index).notna()]
    lost = ((card.model.points.target - card.points) * card.weights).where(card.neutral.isna())
    lost = (lost if drawn else lost.where(card.drawn.isna())).loc[scored].fillna(-np.inf)
    counts = {name: people[f"{name}_n"].reindex(scored) for name in lost if f"{name}_n" in people}
    for name, n in counts.items():
        lost[name] = lost[name].where(n >= fewest, -np.inf)
    if lost.empty:
        return pd.DataFrame(columns=["kpi", "value", "n", "gap"])
    names = [str(name) for name in lost.idxmax(axis=1)]
    places = list(zip(scored, names, strict=True))
    values = [people[name][rep] for rep, name in places]
    cases = [counts[name][rep] if name in counts else float("nan") for rep, name in places]
    return pd.DataFrame({"kpi": names, "value": values, "n": cases, "gap": lost.max(axis=1)}, index=scored)


def _promotions(
    rule: Promotion, scores: RepScores, periods: Sequence[Period], potential: Potential | None
) -> Iterator[Suggestion]:
    """The reps with the score of the rule in each of its periods, and the potential that it asks for."""
    labels = [period.label for period in periods[-rule.periods :]]
    people = scores.kpis[labels[-1]]
    seen = pd.DataFrame({label: _printed(scores.cards[label]) for label in labels}).reindex(people.index)
    third = potential.people["potential_third"].reindex(people.index) if potential else pd.Series(np.nan, people.index)
    z = potential.people["potential"].reindex(people.index) if potential else pd.Series(np.nan, people.index)
    ready = (seen >= rule.score).all(axis=1)
    if rule.potential != "any":
        ready &= third >= _THIRDS[rule.potential]
    for rep, person in _by_name(people[ready]):
        yield Suggestion(
            "promotion", rep, *person, tuple(seen[label][rep] for label in labels), potential=float(z[rep])
        )


def _trainings(rule: Training, people: pd.DataFrame, card: Scorecard) -> list[Suggestion]:
    """The reps to whom one KPI costs as many points as the rule states, or more."""
    return [suggestion for suggestion in _with_gaps("training", people, card, rule) if suggestion.gap >= rule.gap]


def _support(rule: Support, training: Training | None, people: pd.DataFrame, card: Scorecard) -> Iterator[Suggestion]:
    """The reps who score under the limit, with the KPI that costs them most."""
    limit, seen = help_limit(card.model) if rule.below is None else rule.below, _printed(card)
    return _with_gaps("support", people.loc[seen.index[seen < limit]], card, training)


def _with_gaps(
    kind: Literal["training", "support"], people: pd.DataFrame, card: Scorecard, rule: Training | None
) -> Iterator[Suggestion]:
    """A suggestion for each of the people with a score, with the largest gap and the topic for it."""
    rule = rule or Training()
    gaps, seen = largest_gaps(people, card, rule.cases).to_dict("index"), _printed(card).to_dict()
    for rep, person in _by_name(people[people.index.isin(list(gaps))]):
        suggestion = Suggestion(kind, rep, *person, (seen[rep],), float("nan"), *gaps[rep].values())
        yield suggestion._replace(topic=rule.topics.get(suggestion.kpi, ""))


def _printed(card: Scorecard) -> "pd.Series[float]":
    """The scores as printed: rules compare these, so that nobody who sees 100.0 fails a limit of 100."""
    return pd.Series(half_up(card.summary["score"].to_numpy(np.float64)), index=card.summary.index)


def _by_name(people: pd.DataFrame) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Rep id, and (rep, region, team), in order of the name."""
    for rep, person in people.sort_values("rep", kind="stable").to_dict("index").items():
        yield str(rep), (person["rep"], person["region"], person["team"])
