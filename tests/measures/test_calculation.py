"""Growth and velocity by hand, periods and their months, and a codebook that names only what there is."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from salesperf.company import Company
from salesperf.data.loading import load_tables
from salesperf.measures.calculation import COUNTERS, _check
from salesperf.measures.codebook import KPIS
from salesperf.measures.kpi import Filter, Measure, Statistic
from salesperf.measures.kpis import criteria
from salesperf.periods import parse_period

REPS = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,West,Two\n"


# Revenue growth.


@pytest.fixture(scope="module")
def growth(kpis_of):
    """Growth and the sales behind it, of sales given as (day, amount and, if not r1, rep)."""

    def of(*rows, by="company", period="2025Q4", **settings):
        orders = [
            {"order_id": f"o{place}", "rep_id": (*row, "r1")[2], "account_id": "a", "date": row[0], "amount": row[1]}
            for place, row in enumerate(rows)
        ]
        found = kpis_of({"reps": REPS, "orders": orders}, by, period, **settings)
        told = found.set_index({"company": "period", "rep": "rep_id"}.get(by, by))
        return {key: tuple(row) for key, row in told[["revenue_growth", "revenue_growth_n"]].iterrows()}

    return of


NONE = (pytest.approx(np.nan, nan_ok=True), pytest.approx(np.nan, nan_ok=True))


def test_growth_is_revenue_over_that_of_the_year_before_less_1(growth):
    """300 after 100 + 150 less a refund of 10; the refund is no sale behind it."""
    before = ("2024-10-01", 100), ("2024-11-05", 150), ("2024-12-31", -10)
    assert growth(*before, ("2025-10-01", 200), ("2025-12-31", 100)) == {"2025Q4": (pytest.approx(300 / 240 - 1), 2)}


def test_only_the_same_months_of_the_year_before_are_compared_with(growth):
    around = ("2024-09-30", 7), ("2025-01-01", 9), ("2025-09-30", 11)
    assert growth(*around, ("2024-12-31", 50), ("2025-10-01", 100)) == {"2025Q4": (1, 1)}
    assert growth(*around, ("2024-12-31", 50), ("2025-12-01", 25), period="2025-12") == {"2025-12": (-0.5, 1)}


def test_a_year_before_that_the_export_does_not_cover_whole_is_none(growth):
    """It begins in the first month of the year before, in the second, or after it."""
    now = ("2025-10-01", 100), ("2025-12-31", 100)
    assert growth(("2024-10-31", 50), ("2024-12-01", 50), *now) == {"2025Q4": (1, 2)}
    assert growth(("2024-11-01", 50), ("2024-12-01", 50), *now) == {"2025Q4": NONE}
    assert growth(*now) == {"2025Q4": NONE}
    assert growth(("2024-11-01", 50), *now, period="2025-12") == {"2025-12": (pytest.approx(np.nan, nan_ok=True), 0)}


def test_a_year_before_of_nothing_or_of_refunds_alone_is_none_to_grow_from(growth):
    begin = ("2024-01-01", 1)
    nothing = pytest.approx(np.nan, nan_ok=True)
    assert growth(begin, ("2025-10-01", 100)) == {"2025Q4": (nothing, 0)}
    assert growth(begin, ("2024-10-01", -5), ("2025-10-01", 100)) == {"2025Q4": (nothing, 0)}
    assert growth(begin, ("2024-10-01", 5), ("2024-10-02", -5), ("2025-10-01", 100)) == {"2025Q4": (nothing, 1)}


def test_nothing_sold_after_something_is_a_fall_of_all_of_it(growth):
    assert growth(("2024-10-01", 5), ("2025-12-31", 0)) == {"2025Q4": (-1, 1)}


def test_growth_of_a_region_and_of_a_rep_is_over_their_own_year_before(growth):
    rows = ("2024-10-01", 100), ("2024-10-01", 50, "r2"), ("2025-10-01", 150), ("2025-12-31", 25, "r2")
    assert growth(*rows, by="region") == {"East": (0.5, 1), "West": (-0.5, 1)}
    assert growth(*rows, by="rep") == {"r1": (0.5, 1), "r2": (-0.5, 1)}


def test_who_sold_a_year_before_alone_has_no_row_of_this_year(growth):
    rows = ("2024-10-01", 100, "who"), ("2024-10-01", 50), ("2025-12-31", 100)
    assert set(growth(*rows, by="rep")) == {"r1", "r2"}


# Sales velocity.

DEALS = """opportunity_id,rep_id,status,created,closed,amount
d0,r1,lost,2020-01-01,2020-01-02,
d1,r1,won,2025-09-01,2025-10-01,100
d2,r1,won,2025-09-01,2025-10-21,300
d3,r1,lost,2025-09-01,2025-11-10,
d4,r1,lost,2025-09-01,2025-12-31,
d5,r1,open,2025-10-01,2026-03-31,500
d6,r2,open,2025-12-31,,
d7,r2,open,2026-01-01,,
d8,r1,won,2025-09-01,2026-01-05,70
d9,r2,lost,2025-09-01,,
""" + "".join(f"e{place},r1,lost,2020-01-01,2020-01-02,\n" for place in range(9))


def test_velocity_is_open_deals_by_average_deal_by_win_rate_over_the_cycle(kpis_of):
    """At the end of 2025 d5, d6 and d8 are open; 2 of 4 were won, at 200 on average. Of the seven deals of the year one
    is of that day; of the six others 5/6 are open after 30 days, 4/6 after 50, half after 70."""
    row = kpis_of({"reps": REPS, "opportunities": DEALS}).iloc[0]
    assert (row["average_deal"], row["win_rate"], row["cycle_days"], row["cycle_days_n"]) == (200, 0.5, 70, 7)
    assert row["velocity"] == pytest.approx(3 * 200 * 0.5 / 70)
    assert row["velocity_n"] == 4


def test_where_one_of_its_parts_is_not_there_velocity_is_neither(kpis_of):
    """r2 has open deals and never closed one."""
    rows = kpis_of({"reps": REPS, "opportunities": DEALS}, "rep").set_index("rep_id")
    assert np.isnan(rows["velocity"]["r2"]) and rows["velocity_n"]["r2"] == 0
    assert rows["velocity"]["r1"] == pytest.approx(2 * 200 * 0.5 / rows["cycle_days"]["r1"])


def test_without_open_deals_nothing_moves(kpis_of):
    closed = "".join(line for line in DEALS.splitlines(keepends=True) if "open" not in line and "2026" not in line)
    row = kpis_of({"reps": REPS, "opportunities": closed}).iloc[0]
    assert (row["velocity"], row["velocity_n"]) == (0, 4)


# Periods, months and rows.

DAY = st.integers(0, 729).map(lambda days: (date(2024, 1, 1) + timedelta(days)).isoformat())
SALES = st.lists(
    st.fixed_dictionaries(
        {
            "rep_id": st.sampled_from(["r1", "r2", "who"]),
            "account_id": st.sampled_from("abcdef"),
            "date": DAY,
            "amount": st.decimals(-500, 5000, places=2),
        }
    ),
    min_size=1,
    max_size=40,
)
# Shrinking a failure would load hundreds of companies.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


def exported(company_of, sales, **settings):
    """A company whose export covers 2023 to 2025."""
    ends = [{"rep_id": "r1", "account_id": "z", "date": day, "amount": 0} for day in ("2023-01-01", "2025-12-31")]
    orders = [one | {"order_id": f"o{place:02}"} for place, one in enumerate([*sales, *ends])]
    activities = [{"rep_id": one["rep_id"], "date": one["date"], "kind": "call", "count": 0.1} for one in sales]
    own = {"rows": {"count": "rows"}, "large": {"sum": "amount", "where": {"account_id": "a"}}}
    return company_of({"reps": REPS, "orders": orders, "activities": activities}, kpis=own, **settings)


@settings(max_examples=5, deadline=None, phases=UNSHRUNK)
@given(SALES, st.sampled_from([1, 4, 12]))
def test_what_adds_up_is_in_any_period_the_sum_of_its_months(company_of, sales, start):
    company = exported(company_of, sales, fiscal_year_start=start)
    names = ["revenue", "activities", "call", "rows", "large"]
    for by in ("company", "region"):
        for period in company.periods(["2024", "2024H2", "2025Q2"]):
            whole, months = (company.kpis(by, asked, only=names) for asked in (period, period.months()))
            key = "region" if by == "region" else "period"
            if by == "company":
                months["period"] = period.label
            told = months.groupby(key)[names].sum(min_count=1)
            np.testing.assert_allclose(told, whole.set_index(key)[names].sort_index(), rtol=1e-12, atol=1e-7)


@settings(max_examples=5, deadline=None, phases=UNSHRUNK)
@given(SALES)
def test_distinct_customers_of_a_quarter_lie_between_those_of_its_largest_month_and_the_sum(company_of, sales):
    company = exported(company_of, sales)
    for by in ("company", "region", "rep"):
        for period in company.periods(["2024Q1", "2025Q4", "2025H2"]):
            keys = {"company": [], "region": ["region"], "rep": ["rep_id"]}[by]
            whole = company.kpis(by, period, only=["customers"]).set_index(keys or "period")["customers"]
            months = company.kpis(by, period.months(), only=["customers"])
            months["period"] = period.label
            of = months.groupby(keys or "period")["customers"].agg(["max", "sum"])
            whole = whole.reindex(of.index).fillna(0)
            assert (of["max"] <= whole).all() and (whole <= of["sum"]).all()


@settings(max_examples=4, deadline=None, phases=UNSHRUNK)
@given(SALES, st.integers(0, 1000))
def test_neither_the_order_of_rows_nor_that_of_periods_changes_a_statistic(company_of, sales, seed):
    mixed = Random(seed).sample(sales, len(sales))
    asked = ["2025Q4", "2024-02", "2025"]
    one, other = exported(company_of, sales), exported(company_of, mixed)
    told = one.kpis("rep", asked)[["period", "rep_id", "revenue", "customers", "activities", "large"]]
    pd.testing.assert_frame_equal(told, other.kpis("rep", asked[::-1])[told.columns], check_exact=True)


def test_a_period_asked_for_alone_is_as_among_others(company_of):
    company = exported(company_of, [{"rep_id": "r1", "account_id": "a", "date": "2025-10-05", "amount": "7.1"}])
    together = company.kpis("company", ["2025", "2025Q4", "2025-10"]).set_index("period")
    for period in ("2025", "2025Q4", "2025-10"):
        alone = company.kpis("company", period).set_index("period").loc[period]
        pd.testing.assert_series_equal(together.loc[period], alone)


# The codebook cannot name what there is not.


def broken(name, **changes):
    """The codebook with one KPI changed."""
    return {**KPIS, name: replace(KPIS[name], **changes)}


WRONG = {
    "nothing counts it": (
        broken("cycle_days", numerator=Statistic("cohort", "cycle_days")),
        "cycle_days: expected a statistic of first_orders, cohorts, .*, got one of 'cohort'$",
    ),
    "its counter does not": (
        broken("cycle_days", numerator=Statistic("cohorts", "median")),
        "cycle_days: expected cycle_days or won_by_day or deals of cohorts, got 'median'$",
    ),
    "nor for its cases": (
        broken("cycle_days", cases=Statistic("cohorts", "cycle_days_n")),
        "cycle_days: expected .* of cohorts, got 'cycle_days_n'$",
    ),
    "no table": (
        broken("revenue", numerator=Measure("invoices", "date", "sum", "amount")),
        "revenue: expected a table of the export or 'sales', got 'invoices'$",
    ),
    "no day": (
        broken("revenue", numerator=Measure("sales", "closed", "sum", "amount")),
        "revenue: expected a column of sales, one of account, .*, got 'closed'$",
    ),
    "no column": (
        broken("gross_margin", denominator=Measure("sales", "date", "sum", "amout")),
        "gross_margin: expected a column of sales, .*, got 'amout'$",
    ),
    "no column of its cases": (
        broken("gross_margin", cases=Measure("sales", "date", "count", "magrin")),
        "gross_margin: expected a column of sales, .*, got 'magrin'$",
    ),
    "no column of a filter": (
        broken("win_rate", numerator=Measure("opportunities", "closed", "count", where=(Filter("stat", ("won",)),))),
        "win_rate: expected a column of opportunities, .*, got 'stat'$",
    ),
    "another table's column": (
        broken("activities", numerator=Measure("activities", "date", "sum", "amount")),
        "activities: expected a column of activities, .*, got 'amount'$",
    ),
    "no column that it needs": (broken("revenue", needs=("sales.amout",)), "revenue: expected .* got 'amout'$"),
    "no day of its period": (broken("revenue", day="sales.day"), "revenue: expected .* got 'day'$"),
    "a count beside it": (
        broken("win_rate", beside=(replace(KPIS["win_rate"].beside[0], day="deals.closed"),)),
        "won: expected a table .*, got 'deals'$",
    ),
    "made of what there is not": (
        broken("average_deal", made_of=("revenue", "won_rate")),
        "average_deal: expected registered KPIs that it is made of, got won_rate$",
    ),
}


@pytest.mark.parametrize("why", WRONG)
def test_a_kpi_that_nothing_could_count_is_an_error_at_import(why):
    kpis, message = WRONG[why]
    _check(KPIS)
    with pytest.raises(TypeError, match=message):
        _check(kpis)


@pytest.fixture(scope="module")
def demo(demo_client):
    return Company(demo_client, load_tables(demo_client))


@pytest.mark.parametrize("counter", COUNTERS)
@pytest.mark.parametrize("by", ["company", "rep"])
def test_a_counter_gives_the_statistics_that_it_declares(demo, counter, by):
    """And of assessed criteria those of the criteria of the export beside them."""
    found = COUNTERS[counter](demo, [demo.period, parse_period("2024")], by)
    of_criteria = {f"{name}{end}" for name in criteria(demo) for end in ("", "_n")} if counter == "assessed" else set()
    assert set(found.values) == {*COUNTERS[counter].names, *of_criteria}
    shape = (2, len(found.keys))
    assert found.there.shape == shape and {values.shape for values in found.values.values()} == {shape}
