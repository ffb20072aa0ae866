"""How a rep stands: worked out by hand, with nobody singled out and nothing called unusual that chance explains."""

from collections.abc import Callable, Mapping
from math import isnan, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.company import Company
from salesperf.measures.kpis import KPIS
from salesperf.people import readings
from salesperf.people.readings import (
    FEWEST_PEOPLE,
    Reading,
    mark_whole,
    middle_half,
    peers,
    rep_readings,
)
from salesperf.periods import parse_period

NAN = float("nan")
PERIODS = ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]
TEAM = ["a", "b", "c", "d", "e"]


def history(values: Mapping[str, list[float]], kpi: str, n: float = NAN, team: str = "One") -> pd.DataFrame:
    """KPI rows of some people, one value per period each; the last value is now."""
    rows = [
        {"period": period, "rep_id": rep, "team": team, "whole": True, kpi: value, f"{kpi}_n": n}
        for rep, own in values.items()
        for period, value in zip(PERIODS[-len(own) :], own, strict=True)
    ]
    return pd.DataFrame(rows).sort_values("period", kind="stable", ignore_index=True)


def read(rows: pd.DataFrame, kpi: str, rep: str = "a") -> Reading:
    return rep_readings(rows, rep, KPIS).readings[kpi]


def test_a_rate_far_below_the_middle_half_is_a_gap_if_its_cases_carry_it() -> None:
    rows = history(dict(zip(TEAM, [[0.2], [0.7], [0.75], [0.8], [0.85]], strict=True)), "satisfaction", n=20)
    found = read(rows, "satisfaction")
    # Around the median 0.75 of 20 answers: share (15 + 1) / 22 = 0.7273, error √(0.7273 · 0.2727 / 20) = 0.09959.
    assert found.among == pytest.approx((0.2 - 0.75) / sqrt(16 / 22 * 6 / 22 / 20))
    assert found.among == pytest.approx(-5.52, abs=0.01)
    assert found.position == "gap"


def test_the_same_rate_of_two_answers_is_in_line() -> None:
    rows = history(dict(zip(TEAM, [[0.2], [0.7], [0.75], [0.8], [0.85]], strict=True)), "satisfaction", n=2)
    found = read(rows, "satisfaction")
    # Share (1.5 + 1) / 4 = 0.625, error √(0.625 · 0.375 / 2) = 0.3423: 1.6 errors below the median.
    assert found.now < found.lower
    assert found.among == pytest.approx(-1.607, abs=0.001)
    assert found.position == "in_line"


def test_a_win_rate_is_never_judged() -> None:
    rows = history(dict(zip(TEAM, [[0.1] * 4] + [[0.9] * 4] * 4, strict=True)), "win_rate", n=500)
    found = read(rows, "win_rate")
    assert (found.position, found.course) == ("", "")
    assert (found.now, found.n) == (0.1, 500)


def test_where_lower_is_better_a_long_cycle_is_a_gap_and_a_short_one_a_strength() -> None:
    middles = dict(zip(TEAM, [80.0, 48.0, 52.0, 30.0, 50.0], strict=True))
    rows = history({rep: [at, at + 2, at - 2, at] for rep, at in middles.items()}, "cycle_days")
    assert read(rows, "cycle_days").position == "gap"
    assert read(rows, "cycle_days", "d").position == "strength"


def test_the_own_past_tells_the_usual_from_the_unusual() -> None:
    own = {rep: [90.0, 100.0, 110.0, 100.0] for rep in "bcde"}
    usual = history({"a": [90.0, 100.0, 110.0, 105.0], **own}, "activities")
    unusual = history({"a": [90.0, 100.0, 110.0, 60.0], **own}, "activities")
    found = read(unusual, "activities")
    # Ups and downs: four people -0.1, 0, 0.1, 0; the fifth, around 90: 0, 1/9, 2/9, -1/3. Together
    # (4 · 0.02 + 14 / 81) / 15 = 0.01686, so 0.1298 of a mean of 100, times √(1 + 1/3) for that mean's own error.
    assert found.off == pytest.approx(-40 / (100 * sqrt((0.08 + 14 / 81) / 15) * sqrt(4 / 3)))
    assert (found.average, found.periods, found.before, found.change) == (100, 3, 110, -50)
    assert found.course == "worse"
    assert read(usual, "activities").course == "usual"


def test_two_earlier_periods_are_no_past_to_judge_by() -> None:
    own = {rep: [90.0, 110.0, 100.0] for rep in "bcde"}
    assert read(history({"a": [100.0, 100.0, 10.0], **own}, "activities"), "activities").course == ""


def test_a_change_back_from_an_unusual_period_is_returning_and_one_further_off_is_not() -> None:
    labels = {rep: [95.0, 100.0, 105.0, 98.0, 102.0] for rep in "bcde"}

    def with_own(*own: float) -> bool:
        values = {"a": list(own), **labels}
        rows = [
            {"period": f"2025-0{place}", "rep_id": rep, "team": "One", "whole": True, "activities": value}
            for rep, of_rep in values.items()
            for place, value in enumerate(of_rep, 1)
        ]
        return read(pd.DataFrame(rows).sort_values("period", kind="stable"), "activities").returning

    assert with_own(95, 100, 105, 160, 120)
    assert not with_own(95, 100, 105, 160, 190)
    assert not with_own(95, 100, 105, 101, 99)


def test_what_is_counted_over_a_part_of_a_period_is_compared_with_nothing() -> None:
    own = {rep: [90.0, 100.0, 110.0, 100.0] for rep in TEAM}
    rows = history(own, "activities")
    rows.loc[(rows["rep_id"] == "a") & (rows["period"] == "2025Q4"), "whole"] = False
    found = rep_readings(rows, "a", KPIS)
    assert found.readings["activities"].now == 100
    assert isnan(found.readings["activities"].change)
    assert (found.readings["activities"].position, found.readings["activities"].course) == ("", "")
    assert (found.whole, found.level) == (False, "nobody")


def region_of(sizes: Mapping[str, int]) -> pd.DataFrame:
    rows = [
        {"rep_id": f"{team}{place}", "team": team, "whole": True}
        for team, size in sizes.items()
        for place in range(size)
    ]
    return pd.DataFrame(rows).set_index("rep_id")


@pytest.mark.parametrize(
    ("sizes", "rep", "level", "count"),
    [
        ({"A": 5, "B": 2}, "A0", "team", 5),
        ({"A": 5, "B": 2}, "B0", "region", 7),
        ({"A": 4, "B": 1}, "A0", "region", 5),
        ({"A": 3, "B": 1}, "A0", "nobody", 0),
        ({"": 6}, "0", "region", 6),  # whoever has no team is in none together
    ],
)
def test_under_five_people_there_is_no_comparison(sizes: dict[str, int], rep: str, level: str, count: int) -> None:
    found, people = peers(region_of(sizes), rep)
    assert (found, len(people)) == (level, count)


def test_people_who_were_there_for_a_part_are_no_peers() -> None:
    now = region_of({"A": 5})
    now.loc["A4", "whole"] = False
    assert peers(now, "A0") == ("nobody", [])


@given(st.lists(st.floats(-1e6, 1e6), unique=True, min_size=FEWEST_PEOPLE, max_size=60))
def test_the_ends_of_the_middle_half_are_no_persons_own_number(values: list[float]) -> None:
    lower, _, upper = middle_half(values)
    ordered = sorted(values)
    places = [(len(values) + 1 / 3) * share + 1 / 3 for share in (0.25, 0.75)]
    assert all(abs(place - round(place)) > 0.05 for place in places)
    for place, end in zip(places, (lower, upper), strict=True):
        assert ordered[int(place) - 1] <= end <= ordered[int(place)]


def test_the_middle_half_of_four_is_not_told() -> None:
    assert all(isnan(one) for one in middle_half([1.0, 2.0, 3.0, 4.0, NAN]))


def test_the_order_of_people_changes_nothing() -> None:
    own = {rep: [90.0 + place, 100.0, 110.0, 80.0 + 9 * place] for place, rep in enumerate(TEAM)}
    rows = history(own, "activities")
    shuffled = rows.sample(frac=1, random_state=3).sort_values("period", kind="stable", ignore_index=True)
    assert list(shuffled["rep_id"]) != list(rows["rep_id"])
    assert str(rep_readings(rows, "a", KPIS)) == str(rep_readings(shuffled, "a", KPIS))


def test_employment_and_the_exports_span_make_a_period_whole(company_of: Callable[..., Company]) -> None:
    company = company_of(
        {
            "reps": "rep_id,rep,region,start_date,end_date\na,A,East,,\nb,B,East,2025-10-02,\nc,C,East,,2025-12-30\n",
            "orders": "order_id,rep_id,account_id,date,amount\n1,a,x,2025-09-05,5\n2,a,x,2025-12-31,5\n",
        }
    )
    periods = [parse_period("2025Q3"), parse_period("2025Q4")]
    rows = pd.DataFrame([{"rep_id": rep, "period": one.label} for rep in "abc" for one in periods])
    marked = mark_whole(rows, company, periods)
    # The export begins in September, so that the third quarter is covered in part.
    assert list(marked["whole"]) == [False, True, False, False, False, False]


def test_whether_the_period_before_was_unusual_is_told_by_its_own_cases() -> None:
    own = {rep: [0.7, 0.7, 0.7, 0.1, 0.5] for rep in TEAM}
    labels = [f"2025-0{place}" for place in range(1, 6)]
    rows = pd.DataFrame(
        [
            {"period": period, "rep_id": rep, "team": "One", "whole": True, "satisfaction": value, "satisfaction_n": 40}
            for rep, values in own.items()
            for period, value in zip(labels, values, strict=True)
        ]
    ).sort_values("period", kind="stable")
    few_now, few_before = rows.copy(), rows.copy()
    few_now.loc[few_now["period"] == labels[-1], "satisfaction_n"] = 2
    few_before.loc[few_before["period"] == labels[-2], "satisfaction_n"] = 2
    assert read(few_now, "satisfaction").returning
    assert not read(few_before, "satisfaction").returning


def without_differences(draw: np.random.Generator, people: int = 13, periods: int = 8) -> pd.DataFrame:
    """A region of two teams in which nobody differs from anybody, or from the own past, but by chance."""
    count = people * periods
    answers = draw.poisson(4, count) + 1
    columns = {
        "revenue": draw.lognormal(9, 0.4, count),
        "revenue_attainment": draw.gamma(8, 1 / 8, count),
        "average_deal": draw.lognormal(7, 0.2, count),
        "cycle_days": draw.gamma(20, 3, count),
        "new_customers": draw.poisson(3, count).astype(float),
        "customers": draw.poisson(9, count).astype(float),
        "gross_margin": draw.normal(0.4, 0.03, count),
        "activities": draw.normal(90, 12, count),
        "activity_quality": draw.normal(3.3, 0.15, count),
        "satisfaction": draw.binomial(answers, 0.7) / answers,
        "satisfaction_n": answers.astype(float),
    }
    names = [f"r{place:02}" for place in range(people)]
    rows = pd.DataFrame({"period": np.repeat([f"p{place}" for place in range(periods)], people), **columns})
    teams = ["One" if name < "r06" else "Two" for name in names]
    return rows.assign(rep_id=names * periods, team=teams * periods, whole=True)


def flags(rows: pd.DataFrame, rep: str) -> list[str]:
    found = rep_readings(rows, rep, KPIS).readings.values()
    return [
        *(one.position for one in found if one.position in ("strength", "gap")),
        *(one.course for one in found if one.course in ("better", "worse")),
        *("returning" for one in found if one.returning),
    ]


def test_of_people_who_differ_from_nobody_one_sheet_in_twenty_claims_a_difference() -> None:
    draw = np.random.default_rng(11)
    regions = [without_differences(draw) for _ in range(15)]
    claimed = [bool(flags(rows, rep)) for rows in regions for rep in rows["rep_id"].unique()]
    assert len(claimed) == 195
    assert np.mean(claimed) <= 0.05 + 2.33 * sqrt(0.05 * 0.95 / 195)


def test_a_difference_that_is_there_is_claimed() -> None:
    rows = without_differences(np.random.default_rng(12))
    now = rows["period"] == "p7"
    rows.loc[now & (rows["rep_id"] == "r03"), "activities"] = 20
    rows.loc[now & (rows["rep_id"] == "r04"), "activity_quality"] = 4.4
    assert flags(rows, "r03") == ["gap", "worse"]
    assert flags(rows, "r04") == ["strength", "better"]


def test_a_win_rate_takes_no_part_in_what_is_claimed_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[tuple[float, ...]]] = []
    found = readings.discoveries
    monkeypatch.setattr(readings, "discoveries", lambda family, rate: asked.append(family) or found(family, rate))
    own = dict(zip(TEAM, [[0.1] * 4] + [[0.9] * 4] * 4, strict=True))
    rep_readings(history(own, "win_rate", n=500).assign(activities=90.0), "a", KPIS)
    (family,) = asked
    assert np.isnan(family).sum(axis=1).tolist() == [3, 3]  # activities that never vary have no error
