"""Targets brought to the period and entity asked for: parts sum to their whole, no target is no attainment."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.data.tables import load_tables
from salesperf.errors import DataError
from salesperf.measures.targets import read_plan, split_equally
from salesperf.periods import parse_period

REPS = """rep_id,rep,region,team,start_date,end_date
r1,Ann,East,One,,
r2,Bo,East,One,2025-07-20,
r3,Cy,East,,,2025-03-31
r4,Di,West,Two,2020-01-01,9999-12-31
r5,Di,West,,,
"""
ORDERS = """order_id,rep_id,account_id,date,amount,region
o1,r1,a,2025-01-10,300,
o2,r2,b,2025-12-10,50,
o3,r4,c,2025-12-10,70,South
"""


@pytest.fixture(scope="module")
def plan_of(client_of):
    """The plan of targets given as (level, name, period, target and, if not revenue, KPI)."""

    def of(*rows, fiscal_year_start=1):
        targets = [
            {"level": level, "name": name, "period": period, "target": target, "kpi": kpi[0] if kpi else "revenue"}
            for level, name, period, target, *kpi in rows
        ]
        return read_plan(
            load_tables(client_of({"reps": REPS, "orders": ORDERS, "targets": targets})), fiscal_year_start
        )

    return of


def target(plan, entity, period, kpi="revenue", fiscal_year_start=1):
    return plan.target(entity, kpi, parse_period(period, fiscal_year_start))


def refused(plan_of, *rows):
    with pytest.raises(DataError) as caught:
        plan_of(*rows)
    message = str(caught.value)
    assert caught.value.exit_code == 3
    assert len(message.splitlines()) == 1
    return message


EAST, ONE, ANN, BO, CY = ("East",), ("East", "One"), ("East", "One", "r1"), ("East", "One", "r2"), ("East", "", "r3")


def test_a_years_target_is_split_equally_over_its_months(plan_of):
    plan = plan_of(("region", "East", "2025", 1200))
    assert [target(plan, EAST, period) for period in ("2025-01", "2025Q2", "2025H2", "2025")] == [100, 300, 600, 1200]


def test_what_cannot_be_split_into_whole_units_is_spread_evenly(plan_of):
    plan = plan_of(("region", "East", "2025", 14), ("region", "East", "2025", 6, "new_customers"))
    assert [target(plan, EAST, f"2025Q{quarter}") for quarter in (1, 2, 3, 4)] == [4, 3, 4, 3]
    assert [target(plan, EAST, f"2025Q{quarter}", "new_customers") for quarter in (1, 2, 3, 4)] == [2, 1, 2, 1]


@given(st.decimals(0, 10**9, places=2, allow_nan=False), st.integers(1, 36))
def test_equal_parts_sum_to_the_whole_and_differ_by_a_unit_at_most(whole, parts):
    amounts = split_equally(whole, parts)
    assert sum(amounts) == whole
    assert len(amounts) == parts
    assert max(amounts) - min(amounts) <= 2  # a unit, and in the first part what is less than a unit


@given(st.integers(0, 10**6), st.integers(1, 4))
def test_equal_quarters_of_equal_months_differ_by_a_unit_at_most(whole, years):
    months = split_equally(Decimal(whole), 12 * years)
    quarters = [sum(months[start : start + 3]) for start in range(0, 12 * years, 3)]
    assert max(quarters) - min(quarters) <= 1


def test_a_shorter_target_goes_first_and_the_longer_one_keeps_its_sum(plan_of):
    plan = plan_of(
        ("region", "East", "2025", 1200), ("region", "East", "2025Q1", 600), ("region", "East", "2025-02", 500)
    )
    assert [target(plan, EAST, month) for month in ("2025-01", "2025-02", "2025-03", "2025-04")] == [
        50,
        500,
        50,
        Decimal(67),
    ]
    assert [target(plan, EAST, period) for period in ("2025Q1", "2025Q2", "2025H1", "2025")] == [600, 200, 800, 1200]


def test_a_period_with_a_target_of_its_own_has_that_one_whatever_its_parts_say(plan_of):
    quarters = [("region", "East", f"2025Q{quarter}", 100) for quarter in (1, 2, 3, 4)]
    plan = plan_of(("region", "East", "2025", 410), *quarters)
    assert target(plan, EAST, "2025") == 410
    assert target(plan, EAST, "2025H1") == 200


def test_a_target_smaller_than_that_of_its_parts_is_refused(plan_of):
    rows = ("region", "East", "2025", 1000), ("region", "East", "2025Q1", 1200)
    assert refused(plan_of, *rows) == (
        "targets: revenue of East: expected 1000 for 2025 to cover its parts, got 1200 for them; correct one of them"
    )


def test_a_period_that_no_target_covers_wholly_has_none(plan_of):
    plan = plan_of(("region", "East", "2025Q1", 300), ("region", "East", "2025Q2", 300))
    assert target(plan, EAST, "2025H1") == 600
    assert target(plan, EAST, "2025") is None
    assert target(plan, EAST, "2026Q1") is None
    assert target(plan, EAST, "2025Q1", "new_customers") is None


def test_a_reps_target_is_split_over_the_months_of_employment(plan_of):
    plan = plan_of(("rep", "r2", "2025", 600), ("rep", "r3", "2025", 600))
    assert [target(plan, BO, period) for period in ("2025-06", "2025-07", "2025Q3", "2025Q4", "2025")] == [
        None,
        100,
        300,
        300,
        600,
    ]
    assert [target(plan, CY, period) for period in ("2025Q1", "2025Q2", "2025")] == [600, None, 600]


def test_a_level_without_targets_is_the_sum_of_its_parts(plan_of):
    plan = plan_of(("rep", "r1", "2025", 1200), ("rep", "r2", "2025", 600), ("rep", "r3", "2025", 30))
    assert target(plan, ONE, "2025Q4") == 300 + 300
    assert target(plan, EAST, "2025Q1") == 300 + 30
    assert target(plan, EAST, "2025-01") == 100 + 10


def test_the_parts_are_those_who_are_there_in_the_period(plan_of):
    plan = plan_of(("rep", "r1", "2025", 1200))
    assert target(plan, ONE, "2025Q2") == 300  # before r2 begins
    assert target(plan, ONE, "2025Q3") is None  # r2 has no target
    assert target(plan, EAST, "2025Q1") is None  # r3 has none
    assert target(plan, EAST, "2025Q2") == 300


def test_the_company_is_the_sum_of_its_regions_with_those_of_sales_alone(plan_of):
    plan = plan_of(("region", "East", "2025", 120), ("region", "West", "2025", 240))
    assert target(plan, (), "2025Q1") == 90
    plan = plan_of(("region", "East", "2025", 120), ("region", "West", "2025", 240), ("region", "South", "2025", 12))
    assert target(plan, (), "2025Q1") == 93
    assert target(plan_of(("region", "East", "2025", 120)), (), "2025Q1") is None


def test_a_level_with_targets_of_its_own_does_not_ask_its_parts(plan_of):
    plan = plan_of(("company", "whatever", "2025", 1000), ("region", "East", "2025", 900))
    assert target(plan, (), "2025") == 1000
    assert target(plan, EAST, "2025") == 900
    assert target(plan, ("West",), "2025") is None


def test_people_without_a_team_are_a_team_of_their_own_region(plan_of):
    plan = plan_of(("rep", "r3", "2025", 120), ("rep", "r5", "2025", 1200), ("team", "Two", "2025", 24))
    assert target(plan, ("East", ""), "2025Q1") == 120
    assert target(plan, ("West", ""), "2025Q1") == 300
    assert target(plan, ("West",), "2025Q1") == 306


def test_a_rep_may_be_named_by_a_name_that_nobody_else_bears(plan_of):
    assert target(plan_of(("rep", "Ann", "2025", 120)), ANN, "2025Q1") == 30
    assert target(plan_of(("rep", "Di (r5)", "2025", 120)), ("West", "", "r5"), "2025Q1") == 30
    message = refused(plan_of, ("rep", "Di", "2025", 120))
    assert message.startswith("targets: column 'name': expected a rep, got 1 other: 'Di'")


def test_periods_of_targets_are_those_of_the_fiscal_year(plan_of):
    plan = plan_of(("region", "East", "2025", 1200), ("region", "East", "2025Q1", 900), fiscal_year_start=4)
    assert target(plan, EAST, "2025-04", fiscal_year_start=4) == 300
    assert target(plan, EAST, "2026-03", fiscal_year_start=4) == Decimal(33)
    assert target(plan, EAST, "2025-03", fiscal_year_start=4) is None


def test_the_order_of_rows_changes_no_target(plan_of):
    rows = [("region", "East", "2025", 1201), ("region", "East", "2025Q1", 600), ("region", "East", "2025-02", 500)]
    assert plan_of(*rows) == plan_of(*reversed(rows))


def test_an_unknown_kpi_is_refused_with_the_rows_that_name_it(plan_of):
    rows = [("region", name, "2025", 1, "revenu") for name in ("East", "West")]
    assert refused(plan_of, *rows) == (
        "targets: column 'kpi': expected a KPI that can have a target, got 2 others: "
        "'revenu' (region East, 2025 revenu), 'revenu' (region West, 2025 revenu); did you mean 'revenue'?"
    )


@pytest.mark.parametrize(
    ("level", "name", "way_out"),
    [
        ("region", "Eas", "did you mean 'East'?"),
        ("team", "Onne", "did you mean 'One'?"),
        ("rep", "r9", "known are 'Ann'"),
        ("region", "", "known are 'East', 'South', 'West'"),
    ],
)
def test_an_unknown_name_is_refused(plan_of, level, name, way_out):
    message = refused(plan_of, (level, name, "2025", 1))
    assert message.startswith(f"targets: column 'name': expected a {level}, got 1 other: ")
    assert way_out in message


def test_a_team_of_two_regions_cannot_have_a_target(client_of):
    reps = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,West,One\n"
    targets = "level,name,period,kpi,target\nteam,One,2025,revenue,5\n"
    with pytest.raises(DataError, match="expected a team of one region, got 1 other: 'One'"):
        read_plan(load_tables(client_of({"reps": reps, "orders": ORDERS, "targets": targets})), 1)


def test_a_target_below_zero_is_refused(plan_of):
    assert refused(plan_of, ("region", "East", "2025", -5)).startswith(
        "targets: column 'target': expected targets of 0 or more, got 1 other: -5 (region East"
    )


def test_a_target_given_twice_is_refused(plan_of):
    rows = ("rep", "r1", "2025", 5), ("rep", "Ann", "2025", 5)
    message = refused(plan_of, *rows)
    assert message.startswith("targets: column 'target': expected every target once, got 1 more than once: ")
    assert message.endswith("(rep r1, 2025 revenue); remove the duplicates")


def test_two_names_of_the_company_are_one_company(plan_of):
    assert "expected every target once" in refused(plan_of, ("company", "A", "2025", 5), ("company", "B", "2025", 6))


def test_without_a_targets_table_nobody_has_a_target(client_of):
    plan = read_plan(load_tables(client_of({"reps": REPS, "orders": ORDERS})), 1)
    assert target(plan, (), "2025") is None
    assert target(plan, EAST, "2025") is None


TABLES = {
    "reps": REPS,
    "orders": ORDERS,
    "targets": "level,name,period,kpi,target\n"
    "region,East,2025Q1,revenue,200\nregion,West,2025Q1,revenue,0\nrep,r1,2025Q1,revenue,400\n",
}


def test_attainment_is_the_result_over_its_target(kpis_of):
    east, south, _ = kpis_of(TABLES, "region", "2025Q1").itertuples()
    assert (east.revenue, east.revenue_target, east.revenue_attainment) == (300, 200, 1.5)
    assert np.isnan(south.revenue_target)
    ann = kpis_of(TABLES, "rep", "2025Q1").set_index("rep_id").loc["r1"]
    assert ann["revenue_attainment"] == 0.75


def test_a_target_of_zero_is_no_target(kpis_of):
    west = kpis_of(TABLES, "region", "2025Q1").set_index("region").loc["West"]
    assert west["revenue"] == 0
    assert np.isnan(west["revenue_target"])
    assert np.isnan(west["revenue_attainment"])


def test_nothing_sold_of_a_target_is_zero_percent(kpis_of):
    tables = TABLES | {"targets": "level,name,period,kpi,target\nregion,West,2025Q1,revenue,5\n"}
    west = kpis_of(tables, "region", "2025Q1").set_index("region").loc["West"]
    assert (west["revenue_target"], west["revenue_attainment"]) == (5, 0)


def test_a_target_outside_the_export_stays_and_its_attainment_does_not(kpis_of):
    tables = TABLES | {"targets": "level,name,period,kpi,target\nregion,West,2026Q1,revenue,5\n"}
    west = kpis_of(tables, "region", "2026Q1").set_index("region").loc["West"]
    assert west["revenue_target"] == 5
    assert np.isnan(west["revenue"])
    assert np.isnan(west["revenue_attainment"])
