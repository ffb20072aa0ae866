"""Choosing a model: points by a stated table, every rule and every model within reach, nothing hidden in an order."""

from dataclasses import replace
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.documents import checked, read_document
from salesperf.errors import RequestError
from salesperf.params import preset_names
from salesperf.scoring.choice import (
    ANSWERS,
    Answer,
    ModelName,
    Profile,
    RuleTable,
    answers,
    choice,
    profile,
    rule_table,
)
from salesperf.scoring.model import MODELS
from salesperf.scoring.readiness import Gap, judged, preset
from salesperf.scoring.reweighting import shares_of_score

COMPANIES = st.builds(
    Profile,
    industry=st.sampled_from([None, *ANSWERS["industry"]]),
    team_size=st.sampled_from([None, 1, 9, 10, 49, 50, 3000]),
    stage=st.sampled_from([None, *ANSWERS["stage"]]),
    culture=st.sampled_from([None, *ANSWERS["culture"]]),
    cycle_days=st.sampled_from([None, 0.0, 30.9, 31.0, 89.9, 90.0, 400.0]),
)
# Consumer goods, 5 reps, growth, results, 20 days.
GROCER = Profile("consumer_goods", 5, "growth", "results", 20.0)


def refused(name):
    """A model of which nothing can be measured."""
    model = preset(name)
    return judged(name, model, dict.fromkeys(shares_of_score(model), (Gap("missing", "targets"),)))


def test_points_add_up_and_a_tie_goes_to_the_simpler_model():
    found = choice(GROCER)
    # core three: 3 industry + 2 team + 1 stage + 1 culture + 1 cycle; goal-oriented: 1 + 1 + 2 + 3 + 1.
    assert dict(found.points) == {
        "core_three": 8, "goal_oriented": 8, "balanced_scorecard": 0, "behaviour_driven": 0, "kpi_okr": 0,
    }  # fmt: skip
    assert (found.recommended, found.nearest) == ("core_three", "goal_oriented")
    assert [rule.answer for rule in found.fired] == ["consumer_goods", "small_team", "growth", "results", "short_cycle"]


def test_what_is_not_told_fires_no_rule_and_then_the_simplest_model_stands():
    found = choice(Profile())
    assert found.fired == ()
    assert set(found.points.values()) == {0}
    assert found.recommended == "core_three"


def test_every_rule_fires_and_every_model_wins_for_some_company():
    fired, won = set(), set()
    told = [(*ANSWERS[factor], None) for factor in ("industry", "stage", "culture")]
    for industry, stage, culture, size, days in product(*told, [5, 20, 60], [10.0, 120.0]):
        found = answers(Profile(industry, size, stage, culture, days), rule_table())
        fired |= {(rule.factor, rule.answer) for rule in rule_table().rules if found.get(rule.factor) == rule.answer}
    for industry, culture in product(*(ANSWERS[factor] for factor in ("industry", "culture"))):
        won.add(choice(Profile(industry=industry, culture=culture)).recommended)
    assert fired == {(rule.factor, rule.answer) for rule in rule_table().rules}
    assert won == set(get_args(ModelName))


def test_the_table_speaks_of_every_preset_and_of_no_other_model():
    assert set(rule_table().ties) == set(get_args(ModelName)) == set(preset_names(MODELS))
    assert len(rule_table().ties) == len(set(rule_table().ties))


def test_every_answer_belongs_to_one_factor():
    every = [answer for options in ANSWERS.values() for answer in options]
    assert sorted(every) == sorted(get_args(Answer))


def test_no_answer_has_two_rules():
    keys = [(rule.factor, rule.answer) for rule in rule_table().rules]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("size", "days", "team", "cycle"),
    [(9, 30.9, "small_team", "short_cycle"), (10, 31.0, "middle_team", "middle_cycle"),
     (49, 89.9, "middle_team", "middle_cycle"), (50, 90.0, "large_team", "long_cycle")],
)  # fmt: skip
def test_a_band_begins_at_its_limit(size, days, team, cycle):
    assert answers(Profile(team_size=size, cycle_days=days), rule_table()) == {"team_size": team, "sales_cycle": cycle}


@given(COMPANIES, st.randoms(use_true_random=False))
def test_the_order_of_rules_changes_nothing(known, random):
    rules = list(rule_table().rules)
    random.shuffle(rules)
    other = choice(known, table=rule_table().model_copy(update={"rules": rules}))
    found = choice(known)
    assert (other.points, other.recommended, other.changes) == (found.points, found.recommended, found.changes)
    assert list(other.points) == list(found.points)


@given(COMPANIES)
def test_an_answer_that_no_rule_mentions_changes_nothing(known):
    middle = {"industry": "other", "team_size": 20, "cycle_days": 60.0}
    for field, answer in middle.items():
        plain, other = choice(replace(known, **{field: None})), choice(replace(known, **{field: answer}))
        assert (plain.points, plain.recommended, plain.fired) == (other.points, other.recommended, other.fired)


@given(COMPANIES)
def test_every_change_that_is_named_is_true_and_none_is_left_out(known):
    found = choice(known)
    told = {
        "team_size": {"small_team": 1, "middle_team": 10, "large_team": 50},
        "sales_cycle": {"short_cycle": 1.0, "middle_cycle": 31.0, "long_cycle": 90.0},
    }
    fields = {"sales_cycle": "cycle_days"}
    named = {(one.factor, one.answer): one.model for one in found.changes}
    assert found.recommended not in named.values()
    for factor, options in ANSWERS.items():
        for answer in options:
            value = told.get(factor, {}).get(answer, answer)
            other = choice(replace(known, **{fields.get(factor, factor): value})).recommended
            assert named.get((factor, answer), found.recommended) == other


def test_a_refused_model_is_never_recommended_whatever_its_points():
    found = choice(GROCER, {name: refused(name) for name in ("core_three", "goal_oriented")})
    assert found.recommended == "balanced_scorecard"
    assert [one.name for one in found.refused] == ["core_three", "goal_oriented"]
    assert not {"core_three", "goal_oriented"} & {one.model for one in found.changes}


def test_where_every_model_is_refused_none_is_recommended():
    found = choice(GROCER, {name: refused(name) for name in preset_names(MODELS)})
    assert (found.recommended, found.nearest, found.changes) == (None, None, ())


REPS = [
    {"rep_id": "a", "rep": "An", "region": "East", "start_date": "2020-01-01", "end_date": ""},
    {"rep_id": "b", "rep": "Bo", "region": "East", "start_date": "2025-12-31", "end_date": ""},
    {"rep_id": "c", "rep": "Cy", "region": "West", "start_date": "", "end_date": "2025-12-31"},
    {"rep_id": "d", "rep": "Di", "region": "West", "start_date": "", "end_date": "2025-12-30"},
    {"rep_id": "e", "rep": "Ed", "region": "West", "start_date": "2026-01-01", "end_date": ""},
]
# Deals count from the first close on, here 2025-10-01; they took 40, 50 and 60 days, so the median is 50.
DEALS = [
    {"opportunity_id": one, "rep_id": "a", "status": "won", "created": created, "closed": closed, "amount": 10}
    for one, created, closed in (
        ("first", "2025-09-30", "2025-10-01"),
        ("40 days", "2025-10-22", "2025-12-01"),
        ("50 days", "2025-10-12", "2025-12-01"),
        ("60 days", "2025-10-02", "2025-12-01"),
    )
]


def test_team_size_and_sales_cycle_come_from_the_export_unless_told(company_of):
    company = company_of({"reps": REPS, "opportunities": DEALS})
    # There on 2025-12-31: An, Bo (first day) and Cy (last day); not Di, who left the day before, nor Ed.
    assert profile(company) == Profile(team_size=3, cycle_days=50.0)
    assert profile(company, team_size=70, culture="results") == Profile(
        team_size=70, culture="results", cycle_days=50.0
    )


def test_without_an_export_only_what_is_told_is_known():
    assert profile(None, team_size=7, stage="growth") == Profile(team_size=7, stage="growth")
    assert profile(None) == Profile()


def test_a_cycle_that_the_export_cannot_tell_is_not_told(company_of):
    orders = [{"order_id": 1, "rep_id": "a", "account_id": "x", "date": "2025-10-01", "amount": 5}]
    assert profile(company_of({"reps": REPS, "orders": orders})).cycle_days is None


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"industry": "softwear"}, "industry: 'softwear' is not an answer; did you mean 'software'?"),
        ({"stage": "software"}, "stage: 'software' is not an answer"),
        ({"culture": "Results"}, "culture: 'Results' is not an answer; did you mean 'results'?"),
        ({"team_size": -1}, "team_size: expected a number of reps, got -1"),
    ],
)
def test_an_answer_that_there_is_not_is_refused_in_one_line(told, words):
    with pytest.raises(RequestError) as raised:
        profile(None, **told)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("{factor: stage, answer: software, points: {kpi_okr: 1}}", "'software' is not an answer"),
        ("{factor: stage, answer: growth, points: {okr: 1}}", "table.yml:4"),
        ("{factor: stage, answer: growth, points: {}}", "table.yml:4"),
    ],
)
def test_a_rule_that_could_never_fire_or_gives_nothing_is_an_error(tmp_path, rule, words):
    text = f"team_size: {{}}\ncycle_days: {{}}\nties: [kpi_okr]\nrules: [{rule}]\n"
    (tmp_path / "table.yml").write_text(text, "utf-8")
    with pytest.raises(RequestError) as raised:
        checked(read_document(tmp_path / "table.yml"), RuleTable)
    assert words in str(raised.value)
