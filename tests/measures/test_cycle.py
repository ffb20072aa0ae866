"""The sales cycle, by hand and against the survival curve of statsmodels."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from salesperf.measures.cycle import median_age

REPS = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,West,\n"
# An old deal, so that the export begins long before those of the test; it lies outside every cohort of 2025.
OLD = {"opportunity_id": "old", "rep_id": "r1", "status": "lost", "created": "2020-01-01", "closed": "2020-01-02"}


def independent_median(ages, closed):
    """The smallest age with a survival of 1/2 or less, by statsmodels."""
    curve = SurvfuncRight(np.array(ages, float), np.array(closed, int))
    reached = np.flatnonzero(curve.surv_prob <= 0.5 + 1e-9)
    return curve.surv_times[reached[0]] if len(reached) else np.nan


def told(ages, closed):
    """median_age of single deals."""
    frame = pd.DataFrame({"age": ages, "closed": closed}).groupby("age")["closed"].agg(["size", "sum"])
    return median_age(frame.index.to_numpy(), frame["size"].to_numpy(), frame["sum"].to_numpy())


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
