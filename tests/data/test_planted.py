"""What truth.json says should be reported is what the demo company's generator makes, drawn over and over again."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from salesperf.data.demo import export, market, people, pipeline, planted, sales
from salesperf.data.demo.closings import ClosingAges, Course, closing_ages, expected_closings
from salesperf.data.demo.names import words
from salesperf.data.demo.people import Company

YEAR = pd.Timestamp("2025-01-01")
LATE_FROM = {3: 11, 6: 10, 9: 10, 12: 11}  # the last month of a quarter, and its day from which 21 or fewer are left


def stream(place: int) -> np.random.Generator:
    return np.random.default_rng([20, place])


@pytest.fixture(scope="module")
def company() -> Company:
    return people.founded(words("en"), stream(0))


@pytest.fixture(scope="module")
def opened(company: Company) -> pd.DataFrame:
    """The deals as they are opened, before their fate is drawn."""
    return market.new_deals(company, market.accounts(company, stream(1)), stream(2))


def again(company: Company, opened: pd.DataFrame, times: int, *, draw: int = 3) -> pd.DataFrame:
    """The deals with so many fates each, drawn anew; with their rep after others have left."""
    many = opened.loc[opened.index.repeat(times)].reset_index(drop=True)
    return pipeline.handed_over(company, pipeline.with_fate(company, many, stream(draw)))


def opened_in(opened: pd.DataFrame, company: Company, where: str) -> pd.DataFrame:
    reps = company.reps.iloc[opened["rep_no"]].reset_index(drop=True)
    places = {
        "bottleneck": reps["region_no"] == pipeline.BOTTLENECK,
        "pilot": reps["team_no"].isin(pipeline.PILOT_TEAMS),
        "holder": pd.Series(opened["rep_no"].to_numpy() == pipeline.holder(company)),
        "mixed": reps["region_no"] == market.MIXED,
    }
    chosen = places[where] & ~reps["novice"] & (opened["created"] >= YEAR).reset_index(drop=True)
    return opened[chosen.to_numpy()]


@pytest.mark.parametrize(("where", "times"), [("bottleneck", 40), ("pilot", 40), ("holder", 400), ("mixed", 40)])
def test_deals_close_when_they_are_expected_to(company: Company, opened: pd.DataFrame, where: str, times: int) -> None:
    """Between the shares closed by each age lie 4 standard errors at most."""
    endless = replace(company, end=np.datetime64("2027-12-31"))
    drawn = again(endless, opened_in(opened, company, where), times)
    expected = closing_ages(endless, drawn)
    assert expected.deals == len(drawn) > 30_000
    age = (drawn["closed"] - drawn["created"]).dt.days
    for status, ages in (("won", expected.won), ("lost", expected.lost)):
        seen = np.bincount(age[drawn["status"] == status].astype(int), minlength=len(ages)).cumsum() / len(drawn)
        np.testing.assert_allclose(ages.cumsum() / len(drawn), seen, atol=4 * 0.5 / np.sqrt(len(drawn)))


def test_what_is_expected_depends_on_no_fate_that_was_drawn(company: Company, opened: pd.DataFrame) -> None:
    some = opened_in(opened, company, "pilot")
    ages = [closing_ages(company, again(company, some, 1, draw=draw)) for draw in (4, 5)]
    np.testing.assert_allclose(ages[0].won, ages[1].won, atol=1e-9)
    np.testing.assert_allclose(ages[0].lost, ages[1].lost, atol=1e-9)


def test_who_is_through_on_the_day_of_the_pilot_or_later_wins_as_in_it() -> None:
    """Two stages of 1 or 2 days each; the pilot begins 3 days after creation, with 0.6 in place of 0.4 wins.

    Lost deals, half in each stage, are those that would have been won no earlier: of those that end after stage one on
    day 1, half would have gone on past the second day.
    """
    won, lost = Course(np.array([[0, 0.5, 0.5]] * 2), np.array([0.5, 0.5])).ends(3, np.array([1, 0.4, 0.6]))
    assert won[:6] == pytest.approx([0, 0, 0.25 * 0.4, 0.5 * 0.6, 0.25 * 0.6, 0])
    first = [0.5 * 0.5 * (0.5 * 0.6 + 0.5 * 0.4), 0.5 * 0.5 * 0.4]
    second = [0.5 * 0.25 * 0.6, 0.5 * 0.5 * 0.4, 0.5 * 0.25 * 0.4]
    assert lost[:6] == pytest.approx([0, first[0], first[1] + second[0], second[1], second[2], 0])


def test_the_median_and_the_share_won_are_of_all_deals() -> None:
    ages = ClosingAges(4.0, np.array([0, 1.0, 0, 0.9]), np.array([0, 0, 1.0, 0]))
    assert (ages.median, ages.won_by(0), ages.won_by(2), ages.won_by(3)) == (2, 0, 1 / 4, 1.9 / 4)


def test_a_deal_is_expected_to_close_on_its_day_or_if_held_back_in_the_next_quarter(company: Company) -> None:
    """Of a Saturday on the Monday after; 0.85 of what the holder would close in the last 21 days is held back."""
    holds = pipeline.holder(company)
    other = int(np.flatnonzero(company.reps["senior"])[0])
    columns = {
        "if_won": ["2025-09-13", "2025-03-15"],
        "if_lost": ["2025-08-30", "2026-02-01"],
        "win_chance": [0.6, 0.5],
    }
    deals = pd.DataFrame(columns | {"opened_by": [holds, other]}).astype({"if_won": "M8[s]", "if_lost": "M8[s]"})
    rows = expected_closings(company, deals)
    moves = 1 - pipeline.STUCK
    told = {(row.rep_no, str(row.day.date()), row.won): row.deals / moves for row in rows.itertuples()}
    assert told == pytest.approx(
        {
            (holds, "2025-09-15", True): 0.6 * 0.15,
            (holds, "2025-10-01", True): 0.6 * 0.85,
            (holds, "2025-09-01", False): 0.4,
            (other, "2025-03-17", True): 0.5,
        }
    )


def test_the_pilot_changes_win_rates_as_expected(company: Company, opened: pd.DataFrame) -> None:
    drawn = again(company, opened[opened["created"] >= "2023-06-01"], 10)
    told = planted.pilot_change(company, drawn)
    closed = drawn[drawn["closed"] >= "2024-04-01"]
    team = company.reps["team_no"].to_numpy()[closed["rep_no"]]
    for group, inside in (("pilot", np.isin(team, pipeline.PILOT_TEAMS)), ("others", ~np.isin(team, (6, 11)))):
        for when, part in (("before", closed["closed"] < "2025-04-01"), ("since", closed["closed"] >= "2025-04-01")):
            won = closed.loc[inside & part, "status"] == "won"
            assert won.mean() == pytest.approx(told["win_rates"][group][when], abs=4 * 0.5 / len(won) ** 0.5)
    (was, now), (others_were, others_are) = ([of["before"], of["since"]] for of in told["win_rates"].values())
    assert told["difference"] == pytest.approx((now - was) - (others_are - others_were), abs=2e-4)
    assert told["difference"] > 0.06


def test_the_cycle_is_of_deals_created_in_the_last_twelve_months(company: Company, opened: pd.DataFrame) -> None:
    drawn = again(company, opened, 1)
    told, newer = (
        planted.expected_cycles(company, drawn[drawn["created"] >= day]) for day in ("2025-01-01", "2025-01-03")
    )
    assert planted.expected_cycles(company, drawn) == told != newer


def test_before_the_pilot_nothing_is_told_of_it(company: Company, opened: pd.DataFrame) -> None:
    early = replace(company, end=np.datetime64("2025-03-31"))
    assert planted.pilot_change(early, again(early, opened, 1)) == {}


@pytest.mark.parametrize(("name", "held"), [("expected", pipeline.HELD), ("without_holding", 0.0)])
def test_the_holder_closes_as_little_at_the_end_of_quarters_as_expected(
    company: Company, opened: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, name: str, held: float
) -> None:
    """As planted, and if nothing were held back; with 4 standard errors between."""
    team = company.reps["team_no"].to_numpy()[opened["rep_no"]]
    some = opened[(team == pipeline.HOLDER_TEAM) & (opened["created"] >= "2023-07-01")]
    told = planted.late_closings(company, again(company, some, 1))[name]
    monkeypatch.setattr(pipeline, "HELD", held)
    drawn = again(company, some, 100)
    mine = drawn.loc[drawn["rep_no"] == pipeline.holder(company), "closed"].dropna()
    late = mine.dt.day >= mine.dt.month.map(LATE_FROM).fillna(99)
    assert late.mean() == pytest.approx(told, abs=4 * np.sqrt(told * (1 - told) / len(late)))


def test_deals_opened_before_the_data_count_as_those_that_have_not_closed_before(
    company: Company, opened: pd.DataFrame
) -> None:
    """Few deals of March 2023 are left; each of them counts as much as a deal of August."""
    mine = opened[opened["rep_no"] == pipeline.holder(company)]
    month = mine["created"].dt.strftime("%Y-%m")
    parts = [again(company, mine[month == of], times) for of, times in (("2023-03", 4000), ("2023-08", 100))]
    assert all(len(part) > 500 for part in parts)
    drawn = pd.concat(parts, ignore_index=True)
    closed = drawn["closed"].dropna()
    late = closed.dt.day >= closed.dt.month.map(LATE_FROM).fillna(99)
    told = planted.late_closings(company, drawn)["expected"]
    assert late.mean() == pytest.approx(told, abs=4 * np.sqrt(told * (1 - told) / len(late)))


def test_customers_are_satisfied_as_expected(company: Company, opened: pd.DataFrame) -> None:
    many = pd.DataFrame({"rep_id": company.reps["rep_id"]}).loc[np.repeat(company.reps.index, 4000)]
    sold = many.assign(account_id="A", amount=1, date=np.datetime64("2025-06-02"))
    answers = sales.surveys(company, sold.reset_index(drop=True), stream(6)).dropna(subset="score")
    seen = (answers["score"].astype(float) >= 4).groupby(answers["rep_id"]).agg(["mean", "count"])
    told = pd.Series(sales.sales_truth(company)["satisfaction"])
    off = (seen["mean"] - told) / np.sqrt(told * (1 - told) / seen["count"])
    assert set(told.index) == set(company.reps["rep_id"])
    assert 0.7 < (off**2).mean() < 1.35


def test_the_file_tells_of_every_effect_what_should_be_reported() -> None:
    truth = export.demo(7, "en")[1]
    assert set(truth["bottleneck"]["cycle_days"]) == set(truth["bottleneck"]["win_rate_cohort"])
    assert set(truth["bottleneck"]) == {"region", "stage", "effect", "cycle_days", "win_rate_cohort"}
    assert max(truth["bottleneck"]["cycle_days"], key=truth["bottleneck"]["cycle_days"].get) == "West"
    assert truth["holder_effect"]["closed_in_last_days"].keys() == {"expected", "without_holding"}
    assert truth["pilot"].keys() == {"teams", "start", "kpi", "effect", "win_rates", "difference"}
    assert truth["rater_spread"] == 0.45
