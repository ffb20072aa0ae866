"""Suggestions by rule: promotion, training and support, each with the evidence that it stands on (docs/methods.md §8).

A suggestion is a reason to talk. A low grade is a reason to help, never by itself a ground for dismissal (§3).
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from salesperf.data.export import Export
from salesperf.people.company_potential import company_potential
from salesperf.people.incentives.incentive_plan import IncentivePlan, Promotion, Suggestions, Support, Training
from salesperf.people.potential import Potential
from salesperf.people.scores import RepScores, rep_scores
from salesperf.periods import Period
from salesperf.rounding import half_up
from salesperf.scoring.scorecard import Scorecard

TOPICS = ("pipeline", "prospecting", "qualification", "negotiation", "account_care", "planning", "conversations")
_THIRDS = {"high": 2, "middle": 1}


class Suggestion(NamedTuple):
    """A suggestion for one rep with its evidence.

    ``scores``: as printed, of the periods of the rule, the oldest first; ``potential``: robust z, NaN where it is not
    judged; ``kpi``, ``value``, ``n`` and ``gap``: the KPI that costs the score most against its target, the cases
    behind it (NaN where it is no rate), and how many points; ``topic``: of the training, one of TOPICS, the client's
    own words, or "" where the plan names none.
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
    """The suggestions of a plan's rules for the client's period, by kind and name; none where the plan has no rules."""
    rules = plan.suggestions
    if not (rules.promotion or rules.training or rules.support):
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
    """The suggestions of some rules, by kind and name; a plan of support has its training in it.

    ``periods``: the last ones, the oldest first; ``found``: the potential that a promotion asks for.
    """
    label = periods[-1].label
    people, card = scores.kpis[label], scores.cards[label]
    promotions = list(_promotions(rules.promotion, scores, periods, potential)) if rules.promotion else []
    support = list(_support(rules.support, rules.training, people, card)) if rules.support else []
    helped = [suggestion.rep_id for suggestion in support]
    trainings = _trainings(rules.training, people[~people.index.isin(helped)], card) if rules.training else ()
    return [*promotions, *trainings, *support]


def largest_gaps(people: pd.DataFrame, card: Scorecard, fewest: int = 0) -> pd.DataFrame:
    """For each rep with a score, the KPI whose points, by their weight, are furthest under those of its target.

    ``fewest``: the cases below which a rate says too little of a person to be looked at. Columns: kpi, value, n, gap
    (points of the score, 0 or less where every target is reached).
    """
    scored = people.index[card.summary["score"].reindex(people.index).notna()]
    lost = ((card.model.points.target - card.points) * card.weights).loc[scored].fillna(-np.inf)
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
    """Who has scored enough in every period of the rule, with the potential that it asks for."""
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
    """Who loses so many points by one KPI, and the topic that the plan has for it."""
    return [suggestion for suggestion in _with_gaps("training", people, card, rule) if suggestion.gap >= rule.gap]


def _support(rule: Support, training: Training | None, people: pd.DataFrame, card: Scorecard) -> Iterator[Suggestion]:
    """Who scores under the limit, with the KPI to begin with."""
    lowest = min((grade.at_least for grade in card.model.grades if grade.at_least > 0), default=0.0)
    limit, seen = lowest if rule.below is None else rule.below, _printed(card)
    return _with_gaps("support", people.loc[seen.index[seen < limit]], card, training)


def _with_gaps(
    kind: Literal["training", "support"], people: pd.DataFrame, card: Scorecard, rule: Training | None
) -> Iterator[Suggestion]:
    """Suggestions with the largest gap of each rep, and the topic for it."""
    rule = rule or Training()
    gaps, seen = largest_gaps(people, card, rule.cases).to_dict("index"), _printed(card).to_dict()
    for rep, person in _by_name(people[people.index.isin(list(gaps))]):
        suggestion = Suggestion(kind, rep, *person, (seen[rep],), float("nan"), *gaps[rep].values())
        yield suggestion._replace(topic=rule.topics.get(suggestion.kpi, ""))


def _printed(card: Scorecard) -> "pd.Series[float]":
    """The scores as printed, so that nobody sees 100.0 and misses 100."""
    return pd.Series(half_up(card.summary["score"].to_numpy(np.float64)), index=card.summary.index)


def _by_name(people: pd.DataFrame) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Rep id, and rep, region and team, by name."""
    for rep, person in people.sort_values("rep", kind="stable").to_dict("index").items():
        yield str(rep), (person["rep"], person["region"], person["team"])
