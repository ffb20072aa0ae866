"""Potential as a table with how sure it is, and as a figure: the region's people and nobody else's."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from salesperf.people.backtest import Backtest
from salesperf.people.features import Features, features
from salesperf.people.potential import Potential
from salesperf.people.potential_ranking import potential
from salesperf.present.potential.nine_box import nine_box
from salesperf.present.region.potential import who_is_named


@pytest.fixture(scope="module")
def found(demo: Any, east: Any) -> Potential:
    return potential(features(demo), east.card.summary["score"])


def test_the_nine_box_names_the_regions_people_and_nobody_elses(
    demo: Any, found: Potential, words: Any, alternative: Any
) -> None:
    figure = nine_box(demo.voice, found, "East")
    own = set(found.people.loc[found.people["region"] == "East", "rep"])
    others = set(found.people.loc[found.people["region"] != "East", "rep"])
    upper = set(found.people.loc[(found.people["region"] == "East") & (found.people["potential_third"] == 2), "rep"])
    assert upper and own & set(words(figure)) == upper
    assert f"{len(own) - len(upper)} more below the upper third of potential" in alternative(figure)
    assert not others & set(words(figure))
    for name in own:
        assert (name in alternative(figure)) is (name in upper)


@pytest.fixture
def few() -> Callable[..., Potential]:
    """Three people of East and one of West; the first is named where there are groups."""

    def told(*, groups: int = 0, backtest: Backtest | None = None, stability: float = 0.72) -> Potential:
        names = pd.Index(["a", "b", "c", "d"], name="rep_id")
        who = {"region": ["East", "East", "East", "West"], "team": "", "rep": ["Ann", "Bo", "Cy", "Di"], "quarters": 8}
        people = pd.DataFrame(who, index=names)
        z = pd.DataFrame({"trend": [2.0, 1.0, -1.0, 0.5]}, index=names)
        features = Features(z, people, (), people.iloc[:0])
        people = people.assign(
            potential=[2.0, 1.0, -1.0, 0.5],
            performance=0.0,
            named=[groups > 0, False, False, False],
            group=[0, 1, 1, 1] if groups else -1,
            stability=stability if groups else float("nan"),
            chance=[0.81, 0.5, float("nan"), 0.2],
            reasons=[("trend",), (), (), ()],
        )
        why = "" if groups else "unclear"
        return Potential(people, z, groups, 0.01, why, features, scored=False, backtest=backtest)

    return told


def year(named: list[bool], grew: list[float], **columns: list[float]) -> Backtest:
    people = pd.DataFrame({"named": named, "grew": grew, "chance": 0.5, "level": 1.0, "growth": 1.0} | columns)
    return Backtest(people.assign(rep=people.index.astype(str), region="East"), "2024Q4", 1.0)


def test_who_is_named_is_shown_with_how_sure_that_is(few: Callable[..., Potential], demo: Any) -> None:
    page = who_is_named(demo.voice, few(groups=2, backtest=year([True] * 3, [1.0, 1, 0])), "East").plain
    assert "1 of 4 people with enough data form a group of their own, the highest by: growing results." in page
    assert "(p = 1%)" in page and "have 72% of their members in common (doubtful)" in page
    assert "It is 81% on average for those named, and 35% for the others." in page
    assert "What sets them apart, on average: growing results +2.0." in page
    assert "Those of East: Ann." in page and "To outgrow peers is" in page
    assert "Bo" not in page and "Di" not in page


@pytest.mark.parametrize(("stability", "word"), [(0.6, "doubtful"), (0.75, "stable"), (0.85, "highly stable")])
def test_stability_is_put_in_a_word(few: Callable[..., Potential], demo: Any, stability: float, word: str) -> None:
    page = who_is_named(demo.voice, few(groups=2, stability=stability), "East").plain
    assert f"in common ({word})" in page


def test_a_region_without_anybody_named_says_so(few: Callable[..., Potential], demo: Any) -> None:
    page = who_is_named(demo.voice, few(groups=2), "West").plain
    assert "Nobody of West is among them." in page
    assert "Di" not in page


def test_without_groups_the_ranking_stands_alone(few: Callable[..., Potential], demo: Any) -> None:
    page = who_is_named(demo.voice, few(backtest=year([False] * 4, [1.0, 1, 0, 0])), "East").plain
    assert "No group of high potential stands apart" in page and "in common" not in page
    assert "The ranking stands alone; the first of East: Ann, Bo, Cy." in page


def test_what_became_of_those_named_stands_beside_two_simple_ways(few: Callable[..., Potential], demo: Any) -> None:
    then = year([True, True, True, *[False] * 5, True], [1.0, 1, 0, 1, 1, 0, 0, 0, float("nan")],
                level=[1, 2, 3, 9, 8, 7, 1, 1, 5], growth=[1, 1, 1, 1, 1, 2, 3, 4, 5])  # fmt: skip
    page = who_is_named(demo.voice, few(groups=2, backtest=then), "East").plain
    assert "Of 3 people named after 2024Q4, 2 have grown more than the median of their peers in the year since" in page
    assert "(95% interval 21% to 94%); by chance it would be 2." in page  # 3 · 4 ÷ 8 = 1.5
    assert "1 more has left since." in page and "chance alone cannot be ruled out" in page
    assert "Of as many chosen by the highest growth it is 0, by the lowest revenue 1, by the highest 2." in page
    assert "So these data do not show that naming tells more than a simple choice." in page


def test_a_choice_that_beats_the_simple_ones_is_not_said_to_be_as_good(
    few: Callable[..., Potential], demo: Any
) -> None:
    then = year([True, False, False], [1.0, 0, 0], level=[2, 1, 3], growth=[float("nan")] * 3)
    page = who_is_named(demo.voice, few(groups=2, backtest=then), "East").plain
    assert "Of 1 person named after 2024Q4, 1 has grown" in page
    assert "Of as many chosen by the lowest revenue it is 0, by the highest 0." in page and "growth it is" not in page
    assert "simple choice" not in page


def test_a_share_whose_interval_lies_above_chance_is_not_called_chance(
    few: Callable[..., Potential], demo: Any
) -> None:
    page = who_is_named(
        demo.voice, few(groups=2, backtest=year([True] * 6 + [False] * 6, [1.0] * 6 + [0.0] * 6)), "East"
    )
    assert "Of 6 people named after 2024Q4, 6 have grown" in page.plain  # 61 to 100 %; by chance 50 %
    assert "chance alone" not in page.plain


def test_where_nobody_was_named_a_tenth_is_looked_at(few: Callable[..., Potential], demo: Any) -> None:
    then = year([False] * 11, [1.0, 0, 1, *[0.0] * 8], chance=[0.9, 0.8, 0.7, *[0.1] * 8])
    page = who_is_named(demo.voice, few(backtest=then), "East").plain
    assert "After 2024Q4 nobody was named. Of the 2 who had the highest chance then, 1 has grown" in page


def test_without_a_year_before_there_is_no_chance_and_it_is_said_why(few: Callable[..., Potential], demo: Any) -> None:
    page = who_is_named(demo.voice, few(groups=2), "East").plain
    assert "No chance of growth is given" in page and "for 8 whole quarters" in page
    assert "outgrow" not in page
