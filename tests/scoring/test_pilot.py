"""The plan of a pilot: units, pairs, periods and the smallest p, by rule."""

from math import comb, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.periods import parse_period
from salesperf.scoring.pilot import (
    LEVEL,
    Pair,
    Unit,
    matched,
    periods_needed,
    pilot,
    pilots,
    settlement,
    smallest_p,
)

UNITS = st.lists(
    st.builds(Unit, st.text(min_size=1, max_size=3), st.integers(3, 40), st.floats(1, 1e9)),
    min_size=2, max_size=9, unique_by=lambda one: one.name,
)  # fmt: skip


def test_one_of_six_units_cannot_give_a_smaller_p_than_a_sixth():
    assert smallest_p(6, 1) == pytest.approx(1 / 6)


@given(st.integers(2, 200))
def test_as_few_pilots_as_can_prove_something_and_never_more_than_half(units):
    chosen = pilots(units)
    assert 1 <= chosen <= units // 2
    fewer = [count for count in range(1, chosen) if 1 / comb(units, count) <= LEVEL]
    assert not fewer
    assert smallest_p(units, chosen) <= LEVEL or chosen == units // 2


def test_the_most_alike_are_paired_and_the_smaller_one_is_the_pilot():
    north, south, west = Unit("North", 10, 100.0), Unit("South", 5, 50.0), Unit("West", 10, 120.0)
    # North and South: ln 2 in reps, the same revenue per rep; North and West: ln 1.2 in revenue per rep alone.
    assert matched([south, west, north]) == [Pair(north, west, round(log(1.2), 9))]


def test_ties_of_pairs_go_by_name():
    pairs = matched([Unit(name, 4, 40.0) for name in "dbca"])
    assert [(one.pilot.name, one.control.name) for one in pairs] == [("a", "b"), ("c", "d")]


@given(UNITS, st.randoms(use_true_random=False))
def test_every_unit_is_in_one_pair_whatever_the_order(units, random):
    pairs = matched(units)
    names = [one.name for pair in pairs for one in (pair.pilot, pair.control)]
    assert len(names) == len(set(names)) == 2 * (len(units) // 2)
    shuffled = list(units)
    random.shuffle(shuffled)
    assert matched(shuffled) == pairs


@pytest.mark.parametrize(
    ("period", "settled"), [("2025-11", "2025-11"), ("2025Q4", "2025Q4"), ("2025H1", "2025Q2"), ("2025", "2025Q4")]
)
def test_settlement_is_by_the_clients_period_but_never_longer_than_a_quarter(period, settled):
    assert settlement(parse_period(period)).label == settled


@pytest.mark.parametrize(
    ("period", "days", "count"),
    # A month has 30.4 days, a quarter 91.3: 60 days are 1.97 months, 92 are 1.01 quarters.
    [("2025Q4", None, 2), ("2025Q4", 60, 2), ("2025Q4", 92, 3), ("2025-11", 60, 3), ("2025-11", 10, 2)],
)
def test_a_pilot_lasts_two_periods_or_as_long_as_a_deal_begun_in_the_first(period, days, count):
    assert periods_needed(parse_period(period), days) == count


def selling(company_of, sizes, *, teams=1, period="2025Q4", reverse=False):
    """A company with regions of so many reps per team, each selling 10 a month in 2025."""
    reps = [
        {"rep_id": f"{region}{team}{one}", "rep": f"{region}{team}{one}", "region": region, "team": f"{region}{team}"}
        for region, size in sizes.items()
        for team in range(teams)
        for one in range(size)
    ]
    orders = [
        {"order_id": f"{rep['rep_id']}-{month}", "rep_id": rep["rep_id"], "account_id": "x",
         "date": f"2025-{month:02d}-15", "amount": 10}
        for rep in reps for month in range(1, 13)
    ]  # fmt: skip
    step = -1 if reverse else 1
    return company_of({"reps": reps[::step], "orders": orders[::step]}, period=period, as_of="2025-12-31")


def test_a_plan_by_hand(company_of):
    plan = pilot(selling(company_of, {"N": 3, "S": 4, "E": 4, "W": 6, "T": 2}), None)
    # T has under 3 reps. Of 4 regions at most 2 pilot: 1 of 6 ways; E and S are alike, then N and W.
    assert plan is not None
    assert (plan.level, [one.name for one in plan.units]) == ("region", ["E", "N", "S", "W"])
    assert [(one.pilot.name, one.control.name) for one in plan.pairs] == [("E", "S"), ("N", "W")]
    assert plan.pairs[1].distance == pytest.approx(log(2))
    assert plan.smallest_p == pytest.approx(1 / 6)
    assert not plan.can_prove
    assert [one.label for one in plan.during] == ["2026Q1", "2026Q2"]
    assert [one.label for one in plan.base] == ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]
    assert plan.units[0].revenue == pytest.approx(120)  # 4 reps × 3 months × 10
    assert plan.guards == ()


def test_two_regions_are_enough_and_one_pilot_of_twenty(company_of):
    plan = pilot(selling(company_of, {"N": 3, "S": 3}), None)
    assert plan is not None
    assert ([(one.pilot.name, one.control.name) for one in plan.pairs], plan.smallest_p) == ([("N", "S")], 0.5)
    assert (pilots(2), pilots(6), pilots(20)) == (1, 3, 1)


def test_trends_are_compared_over_four_periods_where_there_are_more(company_of):
    plan = pilot(selling(company_of, {"N": 3, "S": 3}, period="2025-11"), None)
    assert plan is not None
    assert [one.label for one in plan.base] == ["2025-08", "2025-09", "2025-10", "2025-11"]


@pytest.mark.parametrize(("amount", "takes_part"), [(0, False), (0.4, True)])
def test_a_region_that_has_sold_nothing_is_no_unit_and_one_that_has_sold_little_is(company_of, amount, takes_part):
    reps = [
        {"rep_id": f"{region}{one}", "rep": f"{region}{one}", "region": region} for region in "NSW" for one in "abc"
    ]
    orders = [
        {"order_id": f"{one['rep_id']}{day}", "rep_id": one["rep_id"], "account_id": "x", "date": day,
         "amount": amount if one["region"] == "W" else 10}
        for one in reps for day in ("2025-10-01", "2025-12-31")
    ]  # fmt: skip
    for given_orders in (orders, [one for one in orders if one["amount"]]):  # sold for nothing, or not at all
        plan = pilot(company_of({"reps": reps, "orders": given_orders}), None)
        assert plan is not None
        assert ("W" in [one.name for one in plan.units]) is takes_part


def test_teams_where_the_regions_are_too_few(company_of):
    plan = pilot(selling(company_of, {"N": 3, "S": 3}, teams=3), None)
    # 2 regions: 1/2; 6 teams: 3 of 6 give 1/20.
    assert plan is not None
    assert (plan.level, len(plan.units), plan.smallest_p, plan.can_prove) == ("team", 6, 1 / 20, True)


def test_the_order_of_rows_changes_nothing(company_of):
    sizes = {"N": 3, "S": 4, "E": 4, "W": 6}
    assert pilot(selling(company_of, sizes), 50) == pilot(selling(company_of, sizes, reverse=True), 50)


def test_one_region_without_teams_to_compare_has_no_plan(company_of):
    assert pilot(selling(company_of, {"N": 8}), None) is None


def test_a_period_that_the_export_does_not_cover_has_no_plan(company_of):
    assert pilot(selling(company_of, {"N": 3, "S": 4}, period="2031Q4"), None) is None


def test_teams_of_one_name_in_two_regions_are_told_apart(company_of):
    reps = [
        {"rep_id": f"{region}{team}{one}", "rep": f"{region}{team}{one}", "region": region, "team": team}
        for region in ("N", "S")
        for team in ("Key accounts", region)
        for one in range(3)
    ]
    orders = [
        {"order_id": one["rep_id"], "rep_id": one["rep_id"], "account_id": "x", "date": "2025-10-01", "amount": 10}
        for one in reps
    ] + [{"order_id": "last", "rep_id": "NN0", "account_id": "x", "date": "2025-12-31", "amount": 1}]
    plan = pilot(company_of({"reps": reps, "orders": orders}), None)
    assert plan is not None
    assert [one.name for one in plan.units] == ["N", "N · Key accounts", "S", "S · Key accounts"]
