import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.measures.change import largest, revenue_change

REPS = "rep_id,rep,region\nr1,Ann,East\nr2,Bo,East\nr3,Cy,West\n"
DEALS = """opportunity_id,rep_id,status,closed,amount,region
d1,r1,won,2025-07-01,100,
d2,r2,won,2025-08-01,300,
d3,r1,won,2025-10-01,250,
d4,r1,won,2025-10-01,250,West
d5,r3,won,2025-11-01,150,East
d6,r3,won,2025-11-01,200,East
d7,r2,lost,2025-11-01,900,
"""


@pytest.fixture(scope="module")
def change(kpis_of):
    tables = {"reps": REPS, "opportunities": DEALS}
    periods = ["2025Q3", "2025Q4"]
    region = kpis_of(tables, "region", periods, credit="deal").query("region == 'East'")
    reps = kpis_of(tables, "rep", periods, credit="deal").query("region == 'East'")
    return revenue_change(region, reps, "2025Q3", "2025Q4")


def test_where_a_sale_belongs_where_its_rep_does_nothing_crosses_a_border(kpis_of):
    """East: 400 → 250 + 250 of Ann; what Cy sold in East is West's."""
    tables, periods = {"reps": REPS, "opportunities": DEALS}, ["2025Q3", "2025Q4"]
    region, reps = (kpis_of(tables, by, periods).query("region == 'East'") for by in ("region", "rep"))
    found = revenue_change(region, reps, *periods)
    assert (found.total, found.by_rep.to_dict(), found.borders) == (100, {"r1": 400, "r2": -300}, 0)


def test_the_change_falls_apart_into_reps_and_what_crossed_the_borders(change):
    """East: 400 → 250 + 150 + 200; Ann 100 → 500, Bo 300 → 0; by others 350, by its own elsewhere 250."""
    assert change.total == 200
    assert change.by_rep.to_dict() == {"r1": 400, "r2": -300}
    assert change.borders == 350 - 250


def test_a_won_deal_without_an_amount_moves_neither_number_nor_size(kpis_of):
    """As without d8: from 2 deals of 200 to 3 of 200 in the region East."""
    tables = {"reps": REPS, "opportunities": DEALS + "d8,r1,won,2025-10-02,,\n"}
    region = kpis_of(tables, "region", ["2025Q3", "2025Q4"], credit="deal").query("region == 'East'")
    now = region.iloc[-1]
    assert (now["won"], now["average_deal_n"], now["average_deal"]) == (4, 3, 200)
    change = revenue_change(region, kpis_of(tables, "rep", ["2025Q3", "2025Q4"], credit="deal"), "2025Q3", "2025Q4")
    assert (change.from_count, change.from_size) == (200, 0)


def test_the_change_falls_apart_into_number_and_size_of_deals(change):
    """From 2 deals of 200 to 3 of 200."""
    assert (change.from_count, change.from_size) == (200, 0)


def test_number_and_size_are_not_told_where_shares_of_deals_went_to_other_regions(kpis_of):
    """East's own deals moved from 400 to 500, of which 125 are West's: its revenue is no number of deals × a size."""
    splits = "sale_id,rep_id,share\nd3,r1,50\nd3,r3,50\n"
    tables, periods = {"reps": REPS, "opportunities": DEALS, "splits": splits}, ["2025Q3", "2025Q4"]
    region, reps = (kpis_of(tables, by, periods).query("region == 'East'") for by in ("region", "rep"))
    found = revenue_change(region, reps, *periods)
    assert (found.total, found.by_rep.to_dict()) == (-25, {"r1": 275, "r2": -300})
    assert np.isnan([found.from_count, found.from_size]).all()


def test_number_and_size_share_what_they_moved_together():
    """From 10 deals of 100 to 12 of 110: 2 more at 105 on average, and 10 more for each of 11."""
    region = pd.DataFrame(
        {"period": ["Q3", "Q4"], "revenue": [1000, 1320], "average_deal": [100, 110], "average_deal_n": [10, 12]}
    )
    reps = pd.DataFrame({"period": ["Q3", "Q4"], "rep_id": ["r1", "r2"], "revenue": [1000.0, 1320.0]})
    got = revenue_change(region, reps, "Q3", "Q4")
    assert (got.from_count, got.from_size) == (210, 110)
    assert got.by_rep.to_dict() == {"r1": -1000, "r2": 1320}  # a rep without a row sold nothing
    assert (got.total, got.borders) == (320, 0)


def test_number_and_size_are_not_told_where_no_deal_was_won(kpis_of):
    tables = {
        "reps": REPS,
        "orders": "order_id,rep_id,account_id,date,amount\no,r1,a,2025-07-01,5\np,r1,a,2025-10-01,8\n",
    }
    periods = ["2025Q3", "2025Q4"]
    region = kpis_of(tables, "region", periods).query("region == 'East'")
    reps = kpis_of(tables, "rep", periods).query("region == 'East'")
    found = revenue_change(region, reps, *periods)
    assert found.total == 3
    assert np.isnan([found.from_count, found.from_size]).all()


@given(
    st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(-1000, 1000), min_size=1),
    st.integers(1, 12),
)
def test_the_largest_parts_keep_the_sum_and_the_most_that_was_asked_for(parts, most):
    shown = largest(pd.Series(parts, dtype=float), most, "the rest")
    assert len(shown) == min(len(parts), most)
    assert shown.sum() == sum(parts.values())
    assert shown.is_monotonic_decreasing
    assert ("the rest" in shown.index) is (len(parts) > most)
    kept = shown.drop("the rest", errors="ignore").abs()
    left = [abs(size) for name, size in parts.items() if name not in shown]
    assert not left or kept.empty or kept.min() >= max(left)
