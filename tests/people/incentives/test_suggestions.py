"""Suggestions by rule: who, and on what evidence."""

from typing import Any

import numpy as np
import pandas as pd

from salesperf.people.features import Features
from salesperf.people.incentives.incentive_plan import Suggestions
from salesperf.people.incentives.suggestions import suggestions
from salesperf.people.potential import Potential
from salesperf.people.scores import RepScores
from salesperf.periods import parse_period
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import scorecard

NOW = parse_period("2025Q4")
ANCHORS = {"threshold": 0.6, "target": 1, "excellent": 1.2}
MODEL = Model.model_validate(
    {
        "perspectives": [
            {
                "name": "results",
                "weight": 0.5,
                "kpis": [{"kpi": "revenue_attainment", "weight": 1, "anchors": ANCHORS}],
            },
            {"name": "customers", "weight": 0.5, "kpis": [{"kpi": "satisfaction", "weight": 1, "anchors": ANCHORS}]},
        ]
    }
)
PEOPLE = ["r1", "r2", "r3"]


def kpis(attainment: list[float], satisfaction: list[float], n: float = 20) -> pd.DataFrame:
    columns = {"revenue_attainment": attainment, "satisfaction": satisfaction, "satisfaction_n": n}
    who = {"rep": ["Ann", "Bo", "Cy"], "region": "East", "team": "One"}
    return pd.DataFrame({**who, **columns}, index=PEOPLE)


def scores(now: pd.DataFrame, before: pd.DataFrame | None = None) -> RepScores:
    frames = {"2025Q3": now if before is None else before, "2025Q4": now}
    return RepScores(frames, {label: scorecard(frame, MODEL) for label, frame in frames.items()})


def potential(*thirds: int) -> Potential:
    people = pd.DataFrame({"potential_third": thirds, "potential": [float(one) for one in thirds]}, index=PEOPLE)
    return Potential(people, people, 0, 0.0, "few", Features(people, people, (), people), True)


def suggested(rules: dict[str, Any], found: RepScores, high: Potential | None = None) -> list[tuple[Any, ...]]:
    read = Suggestions.model_validate(rules)
    return [(one.kind, one.rep, *one.scores) for one in suggestions(read, found, NOW.trailing(2), high)]


def test_a_promotion_needs_the_score_in_every_period_and_high_potential() -> None:
    now, before = kpis([1.1, 1.1, 1.1], [1, 1, 1]), kpis([1.1, 0.9, 1.1], [1, 1, 1])
    # 110 % is 110 points, half of the score; 90 % is 90.
    found = scores(now, before)
    rules = {"promotion": {"score": 100, "periods": 2}}
    assert suggested(rules, found, potential(2, 2, 1)) == [("promotion", "Ann", 105, 105)]
    anyone = {"promotion": {"score": 100, "periods": 1, "potential": "any"}}
    assert [one[1] for one in suggested(anyone, found)] == ["Ann", "Bo", "Cy"]


def test_who_is_not_judged_for_potential_is_not_suggested_for_promotion() -> None:
    assert suggested({"promotion": {}}, scores(kpis([1.1] * 3, [1] * 3)), potential(-1, -1, 2))[0][1] == "Cy"


def test_training_is_for_the_kpi_that_costs_most_with_the_plans_topic() -> None:
    found = scores(kpis([0.9, 1, 1], [0.8, 0.95, 1]))
    rules = Suggestions.model_validate({"training": {"gap": 5, "topics": {"satisfaction": "account_care"}}})
    (one,) = suggestions(rules, found, [NOW], None)
    # Ann: satisfaction of 80 % is 80 points, 20 under the target, half of it in the score; attainment costs 5.
    assert (one.rep, one.kpi, one.topic) == ("Ann", "satisfaction", "account_care")
    assert (round(one.gap, 9), one.value, one.n) == (10, 0.8, 20)


def test_a_rate_of_few_cases_is_no_reason_for_training() -> None:
    found = scores(kpis([0.88, 1, 1], [0, 0, 1], n=4))
    rules = {"training": {"gap": 5, "cases": 5}}
    read = suggestions(Suggestions.model_validate(rules), found, [NOW], None)
    assert [(one.rep, one.kpi) for one in read] == [("Ann", "revenue_attainment")]


def test_a_low_score_leads_to_a_plan_of_support_that_has_the_training_in_it() -> None:
    found = scores(kpis([0.5, 1, np.nan], [0.5, 0.8, np.nan]))
    rules = {"training": {"gap": 5, "topics": {"satisfaction": "account_care"}}, "support": {}}
    # Ann: 50 points each, under the second lowest grade of 60; Bo loses 10 by satisfaction; Cy has no score.
    assert suggested(rules, found) == [("training", "Bo", 90.0), ("support", "Ann", 50.0)]
    assert suggested({"support": {"below": 40}}, found) == []
