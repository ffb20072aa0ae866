"""Sales cycle and win rate of a cohort, by hand and against the survival curves of statsmodels."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from salesperf.measures.cohorts import Ages, median_age, won_by

REPS = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,West,\n"
# An old deal, so that the export begins long before those of the test; it lies outside every cohort of 2025.
LAST = ("2024-12-31", "2025-12-31", "lost")  # the export's last day; no part of a cohort of 2025Q4
OLD = {"opportunity_id": "old", "rep_id": "r1", "status": "lost", "created": "2020-01-01", "closed": "2020-01-02"}


def independent_median(ages, closed):
    """The smallest age with a survival of 1/2 or less, by statsmodels."""
    curve = SurvfuncRight(np.array(ages, float), np.array(closed, int))
    reached = np.flatnonzero(curve.surv_prob <= 0.5 + 1e-9)
    return curve.surv_times[reached[0]] if len(reached) else np.nan


def independent_share(ages, ends, day):
    """The cumulative incidence of winning by a day, a loss being a competing risk, by statsmodels.

    ``ends``: won, lost or open, of each deal. Its curves are told at the ages of the deals.
    """
    status = np.array([{"open": 0, "won": 1, "lost": 2}[one] for one in ends])
    if "won" not in ends:
        return 0.0
    with np.errstate(divide="ignore", invalid="ignore"):  # in the variance, of which nothing is asked
        curve = CumIncidenceRight(np.array(ages, float), status)
    return float(np.append(0.0, curve.cinc[0])[np.searchsorted(curve.times, day, side="right")])


def by_age(ages, ends):
    """Single deals, as won, lost or open, by rising age."""
    frame = pd.DataFrame({"age": ages, "end": ends})
    groups = ["won", "lost", "open"], ["won", "lost"], ["won"]
    counted = [frame["end"].isin(one).groupby(frame["age"]).sum() for one in groups]
    return Ages(counted[0].index.to_numpy(), *(one.to_numpy().astype(np.int64) for one in counted))


def told(ages, closed):
    """median_age of single deals."""
    return median_age(by_age(ages, np.where(np.array(closed, bool), "lost", "open")))


def share(day, *deals):
    """The share won by a day of single deals, given as (age, end)."""
    return won_by(by_age(*zip(*deals, strict=True)), day)


def deals(*rows):
    """Deals (created, closed, and if not won and r1, status and rep)."""
    return {
        "reps": REPS,
        "opportunities": [dict(OLD)]
        + [
            {
                "opportunity_id": f"d{place}",
                "created": row[0],
                "closed": row[1],
                "status": row[2] if len(row) > 2 else "won",
                "rep_id": row[3] if len(row) > 3 else "r1",
            }
            for place, row in enumerate(rows)
        ],
    }


@pytest.fixture(scope="module")
def cycle(kpis_of):
    def of(*rows, **asked):
        row = kpis_of(deals(*rows), **asked).iloc[0]
        return row["cycle_days"], row["cycle_days_n"]

    return of


@pytest.fixture(scope="module")
def won(kpis_of):
    def of(*rows, **asked):
        row = kpis_of(deals(*rows), **asked).iloc[0]
        return row["win_rate_cohort"], row["win_rate_cohort_n"]

    return of


def test_without_censoring_the_median_is_the_usual_one():
    assert told([3, 5, 8], [1, 1, 1]) == 5
    assert told([3, 5, 8, 9], [1, 1, 1, 1]) == 5
    assert told([0, 0, 7], [1, 1, 1]) == 0


@pytest.mark.parametrize("n", range(2, 200, 2))
def test_half_of_an_even_number_is_half_whatever_the_floats_say(n):
    assert told(list(range(1, n + 1)), [1] * n) == n / 2


def test_where_half_never_close_there_is_no_median():
    assert np.isnan(told([3, 5, 8], [1, 0, 0]))
    assert np.isnan(told([3], [0]))


def test_open_deals_move_the_median_up():
    """At 3 one of four closes: 3/4; at 8 one of two: 3/8."""
    assert told([3, 5, 8, 9], [1, 0, 1, 0]) == 8


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60))
def test_statsmodels_agrees_on_any_deals(spells):
    ages, closed = zip(*spells, strict=True)
    assert told(ages, closed) == pytest.approx(independent_median(ages, closed), nan_ok=True)


# The share won by a day, a loss being a competing risk (Aalen & Johansen).


def test_without_open_deals_it_is_the_share_that_was_won_by_that_day():
    deals = (10, "won"), (20, "lost"), (30, "won"), (40, "won")
    assert [share(day, *deals) for day in (9, 10, 29, 30, 90)] == pytest.approx([0, 1 / 4, 1 / 4, 2 / 4, 3 / 4])


def test_an_open_deal_leaves_the_cohort_when_it_is_last_seen():
    """By hand: at 10 one of 5 is won, 1/5; at 20 one is left open; at 30 one of 3 is won out of 4/5: 4/15; at 40 one
    of 2 is lost out of 8/15; at 50 the last of 4/15 is won."""
    deals = (10, "won"), (20, "open"), (30, "won"), (40, "lost"), (50, "won")
    shares = [share(day, *deals) for day in (10, 20, 30, 40, 50)]
    assert shares == pytest.approx([1 / 5, 1 / 5, 1 / 5 + 4 / 15, 1 / 5 + 4 / 15, 1 / 5 + 4 / 15 + 4 / 15])


def test_a_lost_deal_is_out_of_the_race_and_not_as_if_it_were_still_open():
    """Of two deals one is lost on day 5 and one won on day 10: half were won. Censored, the loss would make it all."""
    assert share(90, (5, "lost"), (10, "won")) == 0.5
    assert share(90, (5, "open"), (10, "won")) == 1.0


def test_what_ends_on_the_day_on_which_another_is_last_seen_comes_first():
    """At 10 both are at risk: one of two is won."""
    assert share(10, (10, "won"), (10, "open")) == 0.5


def test_where_nobody_was_followed_to_the_day_and_some_are_open_nothing_is_told():
    assert np.isnan(share(90, (10, "won"), (89, "open")))
    assert share(90, (10, "won"), (90, "open")) == 0.5
    assert share(90, (10, "won"), (20, "lost")) == 0.5  # all have ended: followed as long as one likes
    assert share(90, (100, "open")) == 0


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.sampled_from(["won", "lost", "open"])), min_size=1, max_size=60),
    st.integers(1, 31),
)
def test_statsmodels_agrees_on_the_share_that_was_won(spells, day):
    """From day 1 on, as its curves begin behind day 0."""
    found = share(day, *spells)
    ages, ends = zip(*spells, strict=True)
    followed = max(ages) >= day or all(end != "open" for age, end in spells if age == max(ages))
    assert np.isnan(found) if not followed else found == pytest.approx(independent_share(ages, ends, day))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["won", "lost", "open"])), min_size=1, max_size=40))
def test_the_shares_won_and_lost_and_still_open_are_the_whole(spells):
    """Of those followed to the end: what was won, what was lost, and what survived."""
    day = max(age for age, _ in spells)
    flipped = [(age, {"won": "lost", "lost": "won"}.get(end, end)) for age, end in spells]
    ages, ends = zip(*spells, strict=True)
    cohort = by_age(ages, ends)
    at_risk = cohort.left[::-1].cumsum()[::-1]
    survived = np.prod(1 - cohort.closed / at_risk)
    assert share(day, *spells) + share(day, *flipped) + survived == pytest.approx(1)


def test_days_go_from_creation_to_close_whether_won_or_lost(cycle):
    rows = ("2025-10-01", "2025-10-11"), ("2025-10-01", "2025-10-21", "lost"), ("2025-10-01", "2025-10-31")
    assert cycle(*rows) == (20, 3)


def test_a_deal_closed_on_the_day_it_was_created_took_no_day(cycle):
    assert cycle(("2025-10-01", "2025-10-01"), ("2025-10-01", "2025-12-31")) == (0, 2)


def test_open_deals_are_censored_at_the_periods_end_and_their_expected_close_is_none(cycle):
    rows = ("2025-12-01", "2025-12-11"), ("2025-12-01", "2025-12-02", "open"), ("2025-12-02", "2025-12-31")
    assert cycle(*rows) == (29, 3)  # at 10: 2/3; at 29: 2/3 · 1/2; the open one is 30 days old


def test_what_closes_after_the_period_is_open_in_it(cycle):
    rows = ("2025-09-01", "2025-09-11"), ("2025-09-01", "2025-10-01"), ("2025-09-01", "2025-12-31", "lost")
    assert cycle(*rows, periods="2025Q3") == (pytest.approx(np.nan, nan_ok=True), 3)
    assert cycle(*rows, periods="2025Q4") == (30, 3)


def test_where_the_export_ends_within_the_period_open_deals_are_censored_there(cycle):
    """As of 2025-11-10 the open deal is 9 days old and no longer at risk at 10; as of 2025-12-31 it would be."""
    rows = ("2025-10-31", "2025-11-10"), ("2025-11-01", "", "open")
    assert cycle(*rows) == (10, 2)


def test_the_deals_are_those_of_twelve_months_however_long_the_period(cycle):
    rows = ("2024-12-31", "2025-12-31"), ("2025-01-01", "2025-01-11"), ("2025-12-31", "", "open")
    assert cycle(*rows) == (10, 2)
    assert cycle(*rows, periods="2025-12") == (10, 2)
    assert cycle(*rows, periods="2025") == (10, 2)


def test_deals_older_than_the_exports_first_close_are_left_out(kpis_of):
    """Of those created before it, the export holds only the ones that were slow to close."""
    tables = deals(("2025-03-01", "2025-08-01"), ("2025-06-30", "2025-07-10"), ("2025-07-01", "2025-07-06"))
    tables["opportunities"][0] |= {"created": "2025-06-01", "closed": "2025-07-01"}
    row = kpis_of(tables, periods="2025Q3").iloc[0]
    assert (row["cycle_days"], row["cycle_days_n"]) == (5, 1)


def test_of_the_deals_of_twelve_months_those_won_within_ninety_days_count(won):
    """By hand: of 4, one is lost on day 50 and one won on day 90 (1/4 each), another on day 91; one is open, older."""
    rows = ("2025-03-01", "2025-05-30"), ("2025-03-01", "2025-04-20", "lost"), ("2025-03-01", "2025-05-31")
    rows = *rows, ("2025-03-01", "", "open"), LAST
    assert won(*rows) == (0.25, 4)
    assert won(*rows, definitions={"win_rate_cohort_days": 91}) == (0.5, 4)
    assert won(*rows, definitions={"win_rate_cohort_days": 50}) == (0, 4)


def test_a_deal_that_is_young_at_the_periods_end_counts_as_long_as_it_was_followed(won):
    """Of 4 one is won on day 10; one is followed for 30 days; of the other two one is won on day 80."""
    rows = ("2025-05-01", "2025-05-11"), ("2025-05-01", "2025-07-20"), ("2025-06-01", "2025-12-30", "lost")
    assert won(*rows, ("2025-12-01", "", "open"), LAST) == (pytest.approx(1 / 4 + 3 / 4 / 2), 4)


def test_what_is_won_after_the_period_was_open_in_it(won):
    rows = ("2025-03-01", "2025-03-11"), ("2025-06-20", "2025-07-02"), ("2025-01-01", "2025-12-31", "lost")
    assert won(*rows, periods="2025Q2") == (pytest.approx(1 / 3), 3)
    assert won(*rows, periods="2025Q3") == (pytest.approx(2 / 3), 3)


def test_a_cohort_too_young_to_tell_has_no_win_rate_and_its_number_is_told(won):
    rows = ("2025-11-01", "2025-11-11"), ("2025-11-05", "", "open"), LAST
    assert won(*rows) == (pytest.approx(np.nan, nan_ok=True), 2)
    assert won(*rows, definitions={"win_rate_cohort_days": 56}) == (0.5, 2)


def test_a_deal_that_cannot_be_placed_is_left_out(cycle):
    rows = ("", "2025-10-11"), ("2025-10-11", "2025-10-01"), ("2025-10-01", "", "lost"), ("2025-10-01", "2025-10-08")
    assert cycle(*rows) == (7, 1)


DAY = st.integers(0, 364)
DEAL = st.tuples(DAY, st.integers(0, 200), st.sampled_from(["won", "lost", "open"]), st.sampled_from(["r1", "r2"]))

# Shrinking a failure would load hundreds of companies.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=6, deadline=None, phases=UNSHRUNK)
@given(st.lists(DEAL, min_size=1, max_size=40))
def test_statsmodels_agrees_on_the_deals_of_every_region(kpis_of, spells):
    first, end = date(2025, 1, 1), date(2025, 12, 31)
    rows = [(first + timedelta(born), first + timedelta(born + age), status, rep) for born, age, status, rep in spells]
    marker = (end, end, "won", "r1")  # the export's last day
    found = kpis_of(deals(*rows, marker), "region").set_index("region")
    for region, rep in {"East": "r1", "West": "r2"}.items():
        mine = [one for one in (*rows, marker) if one[3] == rep]
        closed = [one[2] != "open" and one[1] <= end for one in mine]
        ages = [((one[1] if shut else end) - one[0]).days for one, shut in zip(mine, closed, strict=True)]
        expected = independent_median(ages, closed) if mine else np.nan
        assert found.loc[region, "cycle_days_n"] == len(mine)
        assert found.loc[region, "cycle_days"] == pytest.approx(expected, nan_ok=True)
        ends = [one[2] if shut else "open" for one, shut in zip(mine, closed, strict=True)]
        if mine and (max(ages) >= 90 or "open" not in ends):
            expected = independent_share(ages, ends, 90)
            assert found.loc[region, "win_rate_cohort"] == pytest.approx(expected)
