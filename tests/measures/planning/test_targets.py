"""Targets for any period and entity: parts sum to their whole, rules split it, no target is no attainment."""

from decimal import Decimal

import numpy as np
import pytest

from salesperf.errors import DataError
from salesperf.measures.planning.targets import Difference, Fallback
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
def plan_of(company_of):
    """The plan of targets given as (level, name, period, target and, if not revenue, KPI)."""

    def of(*rows, fiscal_year_start=1, **rules):
        targets = [
            {"level": level, "name": name, "period": period, "target": target, "kpi": kpi[0] if kpi else "revenue"}
            for level, name, period, target, *kpi in rows
        ]
        tables = {"reps": REPS, "orders": ORDERS, "targets": targets}
        return company_of(tables, fiscal_year_start=fiscal_year_start, **({"targets": rules} if rules else {})).plan

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


def test_without_history_a_year_is_split_equally_over_its_months(plan_of):
    plan = plan_of(("region", "East", "2025", 1200))
    assert [target(plan, EAST, period) for period in ("2025-01", "2025Q2", "2025H2", "2025")] == [100, 300, 600, 1200]


def test_what_cannot_be_split_into_whole_units_is_spread_evenly(plan_of):
    plan = plan_of(("region", "East", "2025", 14), ("region", "East", "2025", 6, "new_customers"))
    assert [target(plan, EAST, f"2025Q{quarter}") for quarter in (1, 2, 3, 4)] == [4, 3, 4, 3]
    assert [target(plan, EAST, f"2025Q{quarter}", "new_customers") for quarter in (1, 2, 3, 4)] == [2, 1, 2, 1]


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


def test_what_a_whole_has_beyond_a_given_part_goes_to_the_others(plan_of):
    plan = plan_of(("company", "whatever", "2025", 1000), ("region", "East", "2025", 900))
    assert target(plan, (), "2025") == 1000
    assert target(plan, EAST, "2025") == 900
    assert target(plan, ("West",), "2025") == 100
    assert target(plan, ("South",), "2025") is None  # sells, but has nobody who could have a target


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
    one, other = plan_of(*rows), plan_of(*reversed(rows))
    assert (one.months["revenue"].amounts == other.months["revenue"].amounts).all()
    assert (one.differences, one.fallbacks) == (other.differences, other.fallbacks)


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


def test_a_team_of_two_regions_cannot_have_a_target(company_of):
    reps = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,West,One\n"
    targets = "level,name,period,kpi,target\nteam,One,2025,revenue,5\n"
    company = company_of({"reps": reps, "orders": ORDERS, "targets": targets})
    with pytest.raises(DataError, match="expected a team of one region, got 1 other: 'One'"):
        _ = company.plan


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


def test_without_a_targets_table_nobody_has_a_target(company_of):
    plan = company_of({"reps": REPS, "orders": ORDERS}).plan
    assert target(plan, (), "2025") is None
    assert target(plan, EAST, "2025") is None


PAST = """order_id,rep_id,account_id,date,amount,region
a1,r1,a,2025-01-10,300,
a2,r1,a,2025-07-10,300,
a3,r2,b,2025-08-10,150,
a4,r4,c,2025-09-10,200,
a5,r5,c,2025-12-10,50,
"""


@pytest.fixture(scope="module")
def next_year(company_of):
    """The plan of 2026 out of 1000 for the company, with the results of 2025 known."""

    def of(*given, target=1000, **rules):
        whole = {"level": "company", "period": 2026, "target": target}
        targets = {"given": [whole, *given], **rules}
        return company_of({"reps": REPS, "orders": PAST}, targets=targets, as_of="2025-12-31").plan

    return of


def parts(plan, entity, period="2026"):
    """The targets of an entity's parts, by name."""
    return {one[-1]: plan.target(one, "revenue", parse_period(period)) for one in plan.parts(entity)}


def test_split_equally_every_part_that_has_people_gets_the_same(next_year):
    plan = next_year(split="equal")
    assert parts(plan, ()) == {"East": 500, "West": 500}
    assert parts(plan, EAST) == {"": None, "One": 500}  # Cy has left, so nobody without a team is there
    assert parts(plan, ONE) == {"r1": 250, "r2": 250}


def test_split_by_history_parts_get_their_shares_of_last_year(next_year):
    # East sold 300 + 300 + 150 = 750, West 200 + 50 = 250; in West team Two 200 of 250.
    plan = next_year(split="history")
    assert parts(plan, ()) == {"East": 750, "West": 250}
    assert parts(plan, ("West",)) == {"": 50, "Two": 200}


def test_history_counts_by_month_of_employment(next_year):
    # Ann sold 600 in 12 months, 50 a month; Bo 150 in the six from July, 25 a month: 2 to 1.
    assert parts(next_year(split={"rep": "history"}, target=900), ONE) == {"r1": 450, "r2": 225}


def test_a_blend_mixes_the_shares_of_its_keys(next_year):
    # Half of 1/2 and half of 2/3 and 1/3: 7/12 and 5/12 of 600.
    plan = next_year(split={"region": "equal"}, blend={"equal": 0.5, "history": 0.5}, target=1200)
    assert parts(plan, ONE) == {"r1": 350, "r2": 250}


def test_split_by_potential_parts_get_their_weights(next_year):
    split = {"region": "potential", "team": "equal", "rep": "equal"}
    assert parts(next_year(split=split, potential={"East": 3, "West": 1}), ()) == {
        "East": 750, "West": 250,
    }  # fmt: skip


def test_a_part_without_history_gets_the_mean_of_the_others(company_of):
    reps = "rep_id,rep,region,team,start_date\nr1,Ann,East,One,\nr2,Bo,East,One,\nr3,Cy,East,One,2025-12-01\n"
    orders = "order_id,rep_id,account_id,date,amount\na,r1,a,2025-01-01,300\nb,r2,b,2025-12-31,100\n"
    given = [{"level": "company", "period": 2026, "target": 600}]
    plan = company_of({"reps": reps, "orders": orders}, targets={"given": given, "split": "history"}).plan
    # 300 and 100; Cy was there for one month, too short to tell: their mean, 200.
    assert parts(plan, ONE) == {"r1": 300, "r2": 100, "r3": 200}


def test_without_any_history_parts_weigh_the_same_and_it_is_said(plan_of):
    plan = plan_of(("company", "", "2025", 1000), split="history")
    assert parts(plan, (), "2025") == {"East": 500, "South": None, "West": 500}
    assert Fallback("parts", "revenue", "2025") in plan.fallbacks
    assert Fallback("season", "revenue", "2025") in plan.fallbacks


def test_a_year_lies_over_its_months_as_the_years_before_did(next_year):
    # 2025: 300 of 1000 in January, 300 in July, 150 in August, 200 in September, 50 in December.
    plan = next_year(split="equal")
    expected = {1: 300, 7: 300, 8: 150, 9: 200, 12: 50}
    assert [target(plan, (), f"2026-{month:02}") for month in range(1, 13)] == [
        expected.get(month, 0) for month in range(1, 13)
    ]
    assert plan.seasons["revenue", "2026"].years == ("2025",)
    assert target(plan, EAST, "2026Q3") == 325


def test_the_year_itself_is_no_part_of_its_season(plan_of):
    plan = plan_of(("company", "", "2025", 1200))
    assert [target(plan, (), f"2025Q{quarter}") for quarter in (1, 2, 3, 4)] == [300] * 4


def test_given_monthly_shares_go_before_history(next_year):
    plan = next_year(seasonality=[0.5, 0.5, *[0] * 10])
    assert [target(plan, (), period) for period in ("2026-01", "2026-02", "2026Q2", "2026")] == [500, 500, 0, 1000]


def test_a_new_reps_first_months_count_less(company_of):
    reps = "rep_id,rep,region,team,start_date\nr1,Ann,East,One,\nr2,Bo,East,One,2026-01-15\n"
    orders = "order_id,rep_id,account_id,date,amount\na,r1,a,2025-01-01,300\n"
    given = [{"level": "company", "period": 2026, "target": 1200}]
    rules = {"given": given, "split": "equal", "ramp": [0.25, 0.5], "seasonality": "equal"}
    plan = company_of({"reps": reps, "orders": orders}, targets=rules).plan
    # 100 a month: 1 to 0.25 is 80 and 20; 1 to 0.5 is 67 and 33; then 50 each.
    assert [target(plan, BO, f"2026-{month:02}") for month in (1, 2, 3)] == [20, 33, 50]
    assert target(plan, ONE, "2026") == 1200


def test_a_reps_own_target_ramps_up_within_itself(company_of):
    reps = "rep_id,rep,region,team,start_date\nr2,Bo,East,One,2026-01-15\n"
    orders = "order_id,rep_id,account_id,date,amount\na,r2,a,2025-01-01,300\n"
    given = [{"level": "rep", "name": "Bo", "period": "2026Q1", "target": 70}]
    rules = {"given": given, "ramp": [0.25, 0.5], "seasonality": "equal"}
    plan = company_of({"reps": reps, "orders": orders}, targets=rules).plan
    # 0.25 : 0.5 : 1 of 70
    assert [target(plan, BO, f"2026-{month:02}") for month in (1, 2, 3)] == [10, 20, 40]


def test_over_assignment_is_explicit_and_shows_as_unassigned_below_zero(next_year):
    plan = next_year(split="equal", over_assignment=1.1)
    assert parts(plan, ONE) == {"r1": 275, "r2": 275}
    assert target(plan, ONE, "2026") == 500
    assert plan.unassigned(ONE, "revenue", parse_period("2026")) == -50
    assert plan.unassigned((), "revenue", parse_period("2026")) == 0
    assert plan.differences == ()


def test_amounts_are_rounded_to_the_clients_unit(next_year):
    plan = next_year(split="equal", target=1000, units={"revenue": 100}, seasonality="equal")
    assert parts(plan, ONE) == {"r1": 300, "r2": 200}
    assert {target(plan, ANN, f"2026-{month:02}") % 100 for month in range(1, 13)} == {0}


def test_an_override_moves_its_siblings_and_nothing_else(next_year):
    before = next_year(split="equal")
    override = {"level": "rep", "name": "Ann", "period": "2026Q3", "target": 250}
    after = next_year(split="equal", overrides=[override])
    # The team has 325 in the third quarter, half of it Ann's; now Bo has what is left of it.
    assert target(before, ONE, "2026Q3") == 325
    assert parts(after, ONE, "2026Q3") == {"r1": 250, "r2": 75}
    for entity in ((), EAST, ONE, ("West",), ("West", "Two")):
        for month in range(1, 13):
            assert target(after, entity, f"2026-{month:02}") == target(before, entity, f"2026-{month:02}")
    assert target(after, ANN, "2026Q1") == target(before, ANN, "2026Q1")


@pytest.mark.parametrize(
    ("mode", "company", "east", "unassigned"),
    [("keep", 1000, 300, 200), ("scale_parts", 1000, 375, 0), ("follow_parts", 800, 300, 0)],
)
def test_targets_given_at_two_levels_are_reconciled_and_the_difference_named(
    next_year, mode, company, east, unassigned
):
    # 300 + 500 of 1000; scaled by 10/8: 375 and 625.
    given = [{"level": "region", "name": name, "period": 2026, "target": size} for name, size in
             (("East", 300), ("West", 500))]  # fmt: skip
    plan = next_year(*given, differences=mode)
    assert (target(plan, (), "2026"), target(plan, EAST, "2026")) == (company, east)
    assert plan.unassigned((), "revenue", parse_period("2026")) == unassigned
    assert plan.differences == (Difference((), "revenue", "2026", "parts", Decimal(1000), Decimal(800)),)


@pytest.mark.parametrize(
    ("mode", "year", "first_half"), [("keep", 410, 200), ("scale_parts", 410, 206), ("follow_parts", 400, 200)]
)
def test_a_year_and_its_quarters_that_differ_are_named_too(plan_of, mode, year, first_half):
    # Quarters of 100 scaled to 410 are 103, 103, 102 and 102.
    quarters = [("region", "East", f"2025Q{quarter}", 100) for quarter in (1, 2, 3, 4)]
    plan = plan_of(("region", "East", "2025", 410), *quarters, differences=mode)
    assert (target(plan, EAST, "2025"), target(plan, EAST, "2025H1")) == (year, first_half)
    assert plan.differences == (Difference(EAST, "revenue", "2025", "periods", Decimal(410), Decimal(400)),)


def test_amounts_are_exact_to_the_cent(next_year):
    plan = next_year(split="equal", target=1000.55)
    assert sum(parts(plan, ONE).values()) == target(plan, ONE, "2026")
    assert target(plan, (), "2026") == Decimal("1000.55")
    assert sum(target(plan, (), f"2026-{month:02}") for month in range(1, 13)) == Decimal("1000.55")


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
