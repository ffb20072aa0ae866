"""What cannot be told is never 0 and always named."""

import pytest

from salesperf.measures.availability import Reason, reason_not_available
from salesperf.measures.kpis import KPIS
from salesperf.periods import parse_period

REPS = "rep_id,rep,region,end_date\nr1,Ann,East,\nr2,Bo,East,2025-10-31\n"
DEALS = """opportunity_id,rep_id,status,account_id,created,closed,amount
d1,r1,won,a,2024-01-15,2024-03-20,100
d2,r1,lost,a,2024-01-15,2025-12-02,100
d3,r1,open,a,2024-01-15,2026-06-30,100
"""
ORDERS = "order_id,rep_id,account_id,date,amount,cost\no1,r1,a,2024-02-10,5,1\no2,r1,a,2025-11-30,5,\n"
TARGETS = "level,name,period,kpi,target\ncompany,,2025,revenue,100\n"


@pytest.fixture(scope="module")
def reason(company_of):
    opened = {}

    def of(kpi, period, tables, **definitions):
        key = repr((tables, definitions))
        if key not in opened:
            opened[key] = company_of({"reps": REPS, **tables}, definitions=definitions)
        return reason_not_available(KPIS[kpi], opened[key], parse_period(period))

    return of


FULL = {
    "opportunities": DEALS,
    "orders": ORDERS,
    "targets": TARGETS,
    "surveys": "date,score\n2025-10-01,5\n",
    "activities": "rep_id,date,kind,quality\nr1,2025-10-01,visit,3\n",
    "assessments": "rep_id,period,criterion,rating\nr1,2025Q4,planning,3\n",
    "key_results": "rep_id,period,objective,key_result,target,actual\nr1,2025Q4,more,more,2,1\n",
}


@pytest.mark.parametrize("kpi", KPIS)
def test_with_all_tables_everything_can_be_told(reason, kpi):
    assert reason(kpi, "2025Q4", FULL, repeat_look_back_months=6) is None


@pytest.mark.parametrize(
    ("kpi", "tables", "what"),
    [
        ("win_rate", {"orders": ORDERS}, "opportunities"),
        ("average_deal", {"orders": ORDERS}, "opportunities"),
        ("satisfaction", {"orders": ORDERS}, "surveys"),
        ("satisfaction", {"orders": ORDERS, "surveys": "date,score\n2025-10-01,\n"}, "surveys.score"),
        ("activities", {"orders": ORDERS}, "activities"),
        (
            "activity_quality",
            {"orders": ORDERS, "activities": "rep_id,date,kind\nr1,2025-10-01,x\n"},
            "activities.quality",
        ),
        ("activities_weekly", {"orders": ORDERS}, "activities"),
        ("assessed", {"orders": ORDERS}, "assessments"),
        ("key_results", {"orders": ORDERS}, "key_results"),
        (
            "key_results",
            {"orders": ORDERS, "key_results": "rep_id,period,objective,key_result,actual\nr1,2025Q4,o,k,1\n"},
            "key_results.target",
        ),
        ("revenue_attainment", {"orders": ORDERS}, "targets"),
        ("new_customers_attainment", {"orders": ORDERS}, "targets"),
        ("gross_margin", {"opportunities": DEALS}, "opportunities.cost"),
        ("gross_margin", {"orders": "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-10,5\n"}, "orders.cost"),
        (
            "customers",
            {"orders": "order_id,rep_id,account_id,date,amount\no1,r1,,2025-10-10,5\n"},
            "orders.account_id",
        ),
        ("revenue", {"opportunities": "opportunity_id,rep_id,status,amount\nd1,r1,won,5\n"}, "opportunities.closed"),
        (
            "revenue",
            {"opportunities": "opportunity_id,rep_id,status,closed,amount\nd1,r1,open,2025-10-01,5\n"},
            "opportunities.closed",
        ),
        (
            "revenue",
            {"opportunities": "opportunity_id,rep_id,status,closed\nd1,r1,won,2025-10-01\n"},
            "opportunities.amount",
        ),
        (
            "cycle_days",
            {"opportunities": "opportunity_id,rep_id,status,closed\nd1,r1,won,2025-10-01\n"},
            "opportunities.created",
        ),
    ],
)
def test_a_missing_table_or_column_is_named(reason, kpi, tables, what):
    assert reason(kpi, "2025Q4", tables) == Reason("missing", what)


@pytest.mark.parametrize("period", ["2023Q4", "2024-01", "2026Q1", "2025-12"])
def test_a_period_outside_the_orders_is_outside(reason, period):
    assert reason("revenue", period, FULL) == Reason("outside", "2024-02-10 – 2025-11-30")


def test_the_expected_close_of_an_open_deal_does_not_stretch_the_export(reason):
    assert reason("win_rate", "2026Q2", FULL) == Reason("outside", "2024-03-20 – 2025-12-02")
    assert reason("revenue", "2026Q2", {"opportunities": DEALS}) == Reason("outside", "2024-03-20 – 2025-12-02")


def test_reviews_tell_the_days_of_the_periods_that_they_bear(reason):
    reviewed = FULL | {"assessments": "rep_id,period,criterion,rating\nr1,2024H2,planning,3\nr1,2025Q1,planning,3\n"}
    assert [reason("assessed", period, reviewed) for period in ("2024Q3", "2025-03", "2025")] == [None] * 3
    outside = Reason("outside", "2024-07-01 – 2025-03-31")
    assert [reason("assessed", period, reviewed) for period in ("2024-06", "2025Q2")] == [outside] * 2


def test_a_kpi_made_of_others_cannot_be_told_where_one_of_them_cannot(reason):
    assert reason("average_deal", "2025-12", FULL) == Reason("outside", "2024-02-10 – 2025-11-30")
    assert reason("average_deal", "2024-02", FULL) == Reason("outside", "2024-03-20 – 2025-12-02")
    assert reason("revenue_attainment", "2026Q1", FULL) == Reason("outside", "2024-02-10 – 2025-11-30")
    assert reason("new_customers_attainment", "2024Q4", FULL) == Reason("history", "2024-02-10")


def test_a_first_order_is_known_when_the_export_begins_twelve_months_before(reason):
    assert reason("new_customers", "2025-01", FULL) == Reason("history", "2024-02-10")
    assert reason("new_customers", "2025-02", FULL) is None
    assert reason("new_customers", "2025Q1", FULL) == Reason("history", "2024-02-10")
    assert reason("new_customers", "2024-08", FULL, new_customer_months=6) is None


def test_growth_needs_the_same_period_of_the_year_before(reason):
    assert reason("revenue_growth", "2025-01", FULL) == Reason("history", "2024-02-10")
    assert reason("revenue_growth", "2025-02", FULL) is None


def test_a_repeat_needs_twelve_months_before_the_look_back_opens(reason):
    """As of 2025-11-30 a look-back of 6 months opens on 2025-03-02, of 7 months on 2025-02-02, of 8 on 2025-01-02."""
    assert reason("repeat_rate", "2025Q4", FULL, repeat_look_back_months=7) is None
    assert reason("repeat_rate", "2025Q4", FULL, repeat_look_back_months=8) == Reason("history", "2024-02-10")
