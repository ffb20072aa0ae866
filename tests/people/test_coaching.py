"""What to try, by rule: worked out by hand on readings written in the test."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.errors import RequestError
from salesperf.measures.kpis import KPIS
from salesperf.people.coaching import Advice, Rulebook, advice, gaps, read_rules, strengths, untold
from salesperf.people.readings import Reading
from salesperf.people.workload import WORKLOAD

NAN = float("nan")
BOOK = read_rules()
# Kinds of activity are KPIs of the export, not of the codebook.
KNOWN = {**KPIS, **WORKLOAD, **{kind: replace(KPIS["activities"], id=kind) for kind in ("visits", "calls")}}


def reading(kpi: str, now: float = 1.0, **rest: object) -> Reading:
    plain = Reading(
        KNOWN[kpi], now, n=NAN, before=NAN, change=NAN, average=NAN, periods=0, lower=NAN, upper=NAN,
        position="in_line", among=0.0, course="usual", off=0.0, error=1.0, returning=False,
    )  # fmt: skip
    return replace(plain, **rest)  # type: ignore[arg-type]


def told(*readings: Reading) -> list[Advice]:
    return advice({one.kpi.id: one for one in readings}, BOOK)


def rules(*readings: Reading) -> list[str]:
    return [one.rule for one in told(*readings)]


def test_every_rule_looks_at_kpis_that_there_can_be() -> None:
    for rule in BOOK.rules:
        signs = [*rule.any, *rule.all, *rule.unless]
        assert {*rule.evidence, *(sign.kpi for sign in signs)} <= KNOWN.keys(), rule.id
    assert len({rule.id for rule in BOOK.rules}) == len(BOOK.rules)


def test_the_evidence_of_a_rule_names_every_kpi_that_calls_for_it() -> None:
    for rule in BOOK.rules:
        assert {sign.kpi for sign in (*rule.any, *rule.all)} <= set(rule.evidence), rule.id


def test_few_activities_below_target_call_for_a_plan_and_above_it_for_none() -> None:
    few = reading("activities", 150.0, position="gap", among=-3.0)
    assert rules(few, reading("revenue_attainment", 0.95)) == ["activity_low"]
    assert "activity_low" not in rules(few, reading("revenue_attainment", 1.0))
    assert rules(few) == ["activity_low"]  # no target is no reason to keep silent


def test_much_activity_below_target_calls_for_better_not_for_more() -> None:
    much = reading("activities", 400.0, position="strength", among=2.5)
    found = told(much, reading("revenue_attainment", 0.7), reading("win_rate", 0.4, position="", course=""))
    assert [one.rule for one in found] == ["effort_unrewarded", "target_missed"]
    assert [one.kpi.id for one in found[0].evidence] == ["activities", "revenue_attainment", "win_rate"]


def test_a_win_rate_alone_calls_for_nothing() -> None:
    assert rules(reading("win_rate", 0.01, position="gap", course="worse", among=-9.0, off=-9.0)) == []


@pytest.mark.parametrize(
    ("kpi", "shown", "rule"),
    [
        ("visits", {"position": "gap"}, "activity_mix"),
        ("activity_quality", {"course": "worse"}, "quality_low"),
        ("new_customers", {"position": "gap"}, "new_customers_low"),
        ("new_customers_attainment", {"now": 0.75}, "new_customers_low"),
        ("repeat_rate", {"position": "gap"}, "repeat_low"),
        ("largest_customer", {"now": 0.4}, "one_customer"),
        ("satisfaction", {"course": "worse"}, "satisfaction_low"),
        ("average_deal", {"position": "gap"}, "deal_small"),
        ("gross_margin", {"position": "gap"}, "margin_low"),
        ("cycle_days", {"course": "worse"}, "cycle_long"),
        ("stale_deals", {"now": 5.0}, "stale_deals"),
        ("open_deals", {"position": "gap"}, "pipeline_thin"),
        ("key_results", {"now": 0.4}, "key_results_behind"),
        ("revenue_attainment", {"now": 0.9}, "target_missed"),
        ("revenue_attainment", {"now": 1.0}, "target_reached"),
    ],
)
def test_each_sign_calls_for_its_rule_and_nothing_else(kpi: str, shown: dict[str, object], rule: str) -> None:
    assert rules(replace(reading(kpi, 1.0 if kpi != "largest_customer" else 0.1), **shown)) == [rule]


@pytest.mark.parametrize(
    ("kpi", "now"),
    [("largest_customer", 0.39), ("stale_deals", 4.0), ("key_results", 0.41), ("new_customers_attainment", 0.76),
     ("revenue_attainment", 0.95)],
)  # fmt: skip
def test_just_inside_a_limit_there_is_no_advice(kpi: str, now: float) -> None:
    assert rules(reading(kpi, now)) == []


def test_what_is_not_available_is_no_sign() -> None:
    blank = [reading(name, NAN, position="", course="") for name in KNOWN]
    assert rules(*blank) == []
    names = untold({one.kpi.id: one for one in blank}, BOOK)
    assert names[:3] == ["activities", "visits", "revenue_attainment"]
    assert untold({"activities": reading("activities")}, BOOK) == []


def test_the_largest_comes_first_and_three_are_enough() -> None:
    found = told(
        reading("gross_margin", position="gap", among=-2.1),
        reading("activity_quality", position="gap", among=-4.0),
        reading("cycle_days", course="worse", off=-3.0),
        reading("stale_deals", 6.0),
    )
    assert [(one.rule, one.size) for one in found] == [("quality_low", 4.0), ("cycle_long", 3.0), ("margin_low", 2.1)]


def test_only_what_a_rule_looks_for_gives_its_size() -> None:
    (found,) = told(reading("activity_quality", position="gap", among=-2.2, course="better", off=5.0))
    assert found.size == 2.2


def test_three_of_one_topic_make_room_for_another_topic() -> None:
    customers = [
        reading("new_customers", position="gap", among=-5.0),
        reading("repeat_rate", position="gap", among=-4.0),
        reading("satisfaction", position="gap", among=-3.0),
    ]
    assert rules(*customers) == ["new_customers_low", "repeat_low", "satisfaction_low"]
    with_margin = rules(*customers, reading("gross_margin", position="gap", among=-2.1))
    assert with_margin == ["new_customers_low", "repeat_low", "margin_low"]


def test_strengths_and_gaps_come_clearest_first() -> None:
    readings = {
        "activities": reading("activities", position="strength", among=2.5),
        "satisfaction": reading("satisfaction", position="strength", among=4.0),
        "gross_margin": reading("gross_margin", position="gap", among=-3.0),
        "win_rate": reading("win_rate", position=""),
    }
    assert [one.kpi.id for one in strengths(readings, list(readings))] == ["satisfaction", "activities"]
    assert [one.kpi.id for one in gaps(readings, list(readings))] == ["gross_margin"]
    assert gaps(readings, ["activities"]) == []


signs = st.fixed_dictionaries(
    {
        "now": st.floats(0, 10),
        "position": st.sampled_from(["strength", "in_line", "gap", ""]),
        "among": st.floats(-9, 9),
        "course": st.sampled_from(["better", "usual", "worse", ""]),
        "off": st.floats(-9, 9),
    }
)


@given(st.fixed_dictionaries({name: signs for name in KNOWN}))
def test_advice_is_never_more_than_three_nor_of_one_topic_where_another_holds(
    values: dict[str, dict[str, object]],
) -> None:
    readings = {name: replace(reading(name), **one) for name, one in values.items()}
    found = advice(readings, BOOK)
    everything = advice(readings, BOOK.model_copy(update={"most": 99}))
    assert len(found) == min(3, len(everything))
    assert len({one.rule for one in found}) == len(found)
    assert len({one.topic for one in found}) >= min(2, len(found), len({one.topic for one in everything}))
    assert found[:2] == everything[: len(found)][:2]
    assert all(one.evidence for one in found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "rules:\n  - {id: x, topic: t, any: [{kpi: revenue}], evidence: [revenue]}",
            "expected 'shows', 'at_least' or",
        ),
        ("rules:\n  - {id: x, topic: t, evidence: [revenue]}", "expected 'any' or 'all' with signs"),
        (
            "rules:\n  - {id: x, topic: t, any: [{kpi: revenue, shows: [bad]}], evidence: [revenue]}",
            "'gap', 'strength'",
        ),
    ],
)
def test_a_rule_without_a_condition_is_refused_with_its_place(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(text, encoding="utf-8")
    with pytest.raises(RequestError, match=r"rules\.yml:2: ") as raised:
        read_rules(tmp_path / "rules.yml")
    assert message in str(raised.value)
    assert isinstance(BOOK, Rulebook)


def test_the_docs_name_every_rule() -> None:
    text = (Path(__file__).parents[2] / "docs" / "rep_sheets.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE) == [rule.id for rule in BOOK.rules]
