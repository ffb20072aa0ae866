"""High potential of a whole company: features, groups, ranking, nine-box and back-test, worked out by hand."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from salesperf.language import Voice
from salesperf.people.backtest import Backtest
from salesperf.people.features import Features
from salesperf.people.potential import Potential
from salesperf.present.exhibit import NOTHING, Exhibit
from salesperf.present.potential.features import features_table, who_is_looked_at
from salesperf.present.potential.groups import groups_table
from salesperf.present.potential.nine_box import box_counts
from salesperf.present.potential.ranking import ranking_table
from salesperf.present.potential.track_record import backtest_table, calibration_table

EN, NAN = Voice(), float("nan")
WHO = pd.Index(["r1", "r2", "r3", "r4"], name="rep_id")
NAMES = {"region": ["East", "East", "East", "West"], "team": ["A", "A", "", "B"], "rep": ["Ann", "Bo", "Cy", "Di"]}


@pytest.fixture
def found() -> Potential:
    """Four people in two groups of two."""
    people = pd.DataFrame({**NAMES, "quarters": 8}, WHO)
    z = pd.DataFrame({"level": [3.0] * 4, "trend": [2.0, 1.0, -1.0, -1.0], "quality": [0.4, 0.2, -1.0, 0.0]}, WHO)
    reliability = {"level": 1.0, "trend": 0.72, "quality": 0.5, "products": 0.2}
    missing = ("assessed", "activities", "customers", "steadiness")
    too_new, unsold = people.iloc[:1], people.iloc[:0]
    features = Features(z, people, missing, too_new, ("products",), unsold, reliability=reliability)
    people = people.assign(
        potential=[2.0, 1.0, NAN, -1.0], potential_low=[1.0, NAN, NAN, -2.0], potential_high=[3.0, NAN, NAN, 0.0],
        performance=[0.0, 1.0, 0.0, -1.0], potential_third=[2, 2, -1, 0], performance_third=[1, 2, 1, 0],
        potential_chance=[0.9, 0.6, NAN, 0.5], performance_chance=[0.6, 0.8, 0.5, NAN],
        group=[0, 0, 1, 1], named=[True, False, False, False], stability=[0.72, 0.72, 0.9, 0.9],
        chance=[0.81, 0.5, NAN, 0.2], reasons=[("trend",), (), (), ()],
    )  # fmt: skip
    return Potential(people, z, 2, 0.01, "", features, scored=True)


@pytest.fixture
def rows_of(tables_of: Any) -> Any:
    return lambda shown: tables_of(shown)[0]


def year(named: list[bool], grew: list[float], chance: list[float], **columns: list[float]) -> Backtest:
    people = pd.DataFrame({"named": named, "grew": grew, "chance": chance, "level": 1.0, "growth": 1.0} | columns)
    return Backtest(people.assign(rep=people.index.astype(str), region="East"), "2024Q4", 1.0)


def test_each_feature_says_how_reliable_it_is_and_whether_it_counts(found: Potential, rows_of: Any) -> None:
    rows = {row[0]: row[1:] for row in rows_of(features_table(EN, found))[1:]}
    assert rows["growing results"] == ["72%", "part of potential"]
    assert rows["level of results"] == ["100%", "performance, where too few have a score"]
    assert rows["breadth of products"] == ["20%", "left out, tells more of chance than of people"]
    assert rows["assessed criteria"] == ["n/a", "not in the export"]
    assert (
        "4 people have enough data over the last 8 whole quarters; 1 does not yet" in who_is_looked_at(EN, found).plain
    )


def test_groups_are_told_by_what_sets_them_apart(found: Potential, rows_of: Any) -> None:
    shown = groups_table(EN, found)
    # The means of the first two are 1.5 and 0.3, of the others −1 and −0.5; the level is no part of a profile.
    assert rows_of(shown)[1:] == [
        ["1", "growing results +1.5", "2", "72% (doubtful)"],
        ["2", "growing results −1.0, quality of activity −0.5", "2", "90% (highly stable)"],
    ]
    assert "as clearly in 1% of companies; at 5% or less" in shown.plain


def test_without_groups_it_is_said_why_and_how_likely_that_is_by_chance(found: Potential) -> None:
    told = groups_table(EN, replace(found, groups=0, why_none="unclear", of_one_kind=0.4))
    assert "No group of high potential stands apart" in told.plain and "in 40% of companies" in told.plain
    few = groups_table(EN, replace(found, groups=0, why_none="few", of_one_kind=NAN)).plain
    assert "with enough data; under 20 there is no clustering" in few and "of companies" not in few


def test_everyone_is_ranked_with_the_interval(found: Potential, rows_of: Any) -> None:
    assert rows_of(ranking_table(EN, found))[1:] == [
        ["Ann", "East · A", "+2.0 (+1.0 – +3.0)", "yes", "81%", "growing results +2.0"],
        ["Bo", "East · A", "+1.0", "", "50%", "none stands out"],
        ["Di", "West · B", "−1.0 (−2.0 – ±0.0)", "", "20%", "none stands out"],
    ]


def test_of_a_region_nobody_else_is_listed(found: Potential, rows_of: Any) -> None:
    assert [row[0] for row in rows_of(ranking_table(EN, found, "West"))[1:]] == ["Di"]
    assert ranking_table(EN, found, "North") is NOTHING


def test_the_boxes_are_counted_with_those_who_likely_belong_there(found: Potential, rows_of: Any) -> None:
    # Ann's chance is 0.9 × 0.6 = 0.54, Bo's 0.6 × 0.8 = 0.48; Di's is that of potential alone, 0.5.
    assert rows_of(box_counts(EN, found))[1:] == [
        ["high", "0 (0)", "1 (1)", "1 (0)"],
        ["middle", "0 (0)", "0 (0)", "0 (0)"],
        ["low", "1 (1)", "0 (0)", "0 (0)"],
    ]
    assert box_counts(EN, replace(found, people=found.people.iloc[:0])) is NOTHING


def test_ways_to_choose_stand_side_by_side(found: Potential, rows_of: Any) -> None:
    then = year([True, True, False, False, False], [1.0, 0, 1, 0, NAN], [0.9, 0.5, 0.8, 0.1, 0.99],
                level=[1, 2, 3, 4, 9], growth=[4, 1, 3, 2, 9])  # fmt: skip
    rows = rows_of(backtest_table(EN, replace(found, backtest=then)))
    assert [row[:3] + row[4:] for row in rows[1:]] == [
        ["being named", "2", "1", "1.0"],
        ["highest chance", "2", "2", "1.0"],
        ["highest revenue", "2", "1", "1.0"],
        ["lowest revenue", "2", "1", "1.0"],
        ["highest growth of revenue", "2", "2", "1.0"],
    ]
    assert rows[1][3] == "50% (9% – 91%)"


def test_where_nobody_was_named_a_tenth_is_chosen(found: Potential, rows_of: Any) -> None:
    then = year([False] * 3, [1.0, 0, 0], [0.9, 0.5, 0.1])
    rows = rows_of(backtest_table(EN, replace(found, backtest=then)))
    assert [row[0] for row in rows[1:]] == [
        "highest chance", "highest revenue", "lowest revenue", "highest growth of revenue",
    ]  # fmt: skip
    assert rows[1][1:3] == ["1", "1"]


def test_chances_are_held_against_what_came_of_them(found: Potential, rows_of: Any) -> None:
    then = replace(year([True] * 4, [0.0, 1, 1, NAN], [0.2, 0.7, 0.8, 0.7]), persistence=1.0)
    rows = rows_of(calibration_table(EN, replace(found, backtest=then)))
    assert rows[1:] == [["0% – 40%", "1", "20%", "0% (0% – 79%)"], ["60% – 100%", "2", "75%", "100% (34% – 100%)"]]
    halved = replace(then, persistence=0.1)  # all chances are near one half then
    assert [row[:2] for row in rows_of(calibration_table(EN, replace(found, backtest=halved)))[1:]] == [
        ["40% – 60%", "3"]
    ]


@pytest.mark.parametrize("shown", [backtest_table, calibration_table])
def test_without_a_year_before_it_is_said_so(found: Potential, shown: Any) -> None:
    told: Exhibit = shown(EN, found)
    assert "there is no earlier year to try it on" in told.plain
