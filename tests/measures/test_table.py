"""The KPI table as a whole: parts sum to their whole, every rate has its n, and nothing but the data decides it."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from salesperf.errors import RequestError
from salesperf.measures.kpis import KPIS

REPS = [
    {"rep_id": "r1", "rep": "Ann", "region": "East", "team": "One", "start_date": "", "end_date": ""},
    {"rep_id": "r2", "rep": "Bo", "region": "East", "team": "", "start_date": "2025-11-01", "end_date": ""},
    {"rep_id": "r3", "rep": "Cy", "region": "West", "team": "Two", "start_date": "", "end_date": "2025-06-30"},
    {
        "rep_id": "r4",
        "rep": "Di",
        "region": "West",
        "team": "Two",
        "start_date": "2024-01-01",
        "end_date": "2025-12-31",
    },
]
ORDERS = """order_id,rep_id,account_id,date,amount,cost,region
o1,r1,a,2023-01-01,1000,600,
o2,r1,b,2025-10-01,100,60,
o3,r1,b,2025-10-20,-20,-12,
o4,r4,c,2025-11-11,200,,East
o5,who,d,2025-12-31,50,20,
o6,r3,a,2025-07-15,300,100,
"""
DEALS = """opportunity_id,rep_id,status,created,closed,amount,region
d1,r1,won,2025-09-01,2025-10-01,100,
d2,r1,lost,2025-09-01,2025-10-11,500,
d3,r4,won,2025-09-01,2025-11-10,200,East
d4,r2,open,2025-09-01,2026-01-31,500,
d5,r1,lost,2023-01-01,2023-01-01,500,
"""
SURVEYS = """date,score,rep_id,account_id
2025-10-05,5,r1,b
2025-10-06,4,r1,b
2025-10-07,3,r1,b
2025-10-08,,r1,b
2025-10-09,5,,c
2025-12-01,,r4,c
"""
ACTIVITIES = """rep_id,date,kind,count,quality
r1,2025-10-01,visit,4,3
r1,2025-10-02,call,10,
r1,2025-12-31,visit,,4
r4,2025-11-01,visit,0.5,
r4,2026-01-01,visit,9,5
"""
TABLES = {"reps": REPS, "orders": ORDERS, "opportunities": DEALS, "surveys": SURVEYS, "activities": ACTIVITIES}


@pytest.fixture(scope="module")
def table(kpis_of) -> Callable[..., pd.DataFrame]:
    made = {}

    def of(by, periods="2025Q4", credit="rep"):
        if (by, periods, credit) not in made:
            key = {"company": "period", "rep": "rep_id"}.get(by, by)
            made[by, periods, credit] = kpis_of(TABLES, by, periods, credit=credit).set_index(key, drop=False)
        return made[by, periods, credit]

    return of


def test_columns_come_in_the_order_of_the_registry_with_n_behind_every_rate(table):
    columns = list(table("rep").columns)
    assert columns == [
        *("period", "region", "team", "rep_id", "rep"),
        *(column for kpi in KPIS.values() for column in kpi.columns),
        *("call", "visit"),
        *("revenue_target", "new_customers_target", "won", "surveys_sent"),
    ]
    assert columns[columns.index("win_rate") :][:2] == ["win_rate", "win_rate_n"]
    assert list(table("company").columns[:2]) == ["period", "revenue"]
    assert list(table("region").columns[:3]) == ["period", "region", "revenue"]
    assert list(table("team").columns[:4]) == ["period", "region", "team", "revenue"]


@pytest.mark.parametrize("by", ["company", "region", "team", "rep"])
def test_every_value_is_a_float_and_every_key_a_text(table, by):
    keys = [name for name in ("period", "region", "team", "rep_id", "rep") if name in table(by)]
    assert (table(by).drop(columns=keys).dtypes == "float64").all()
    assert all(isinstance(key, str) for name in keys for key in table(by)[name])


def test_the_company_by_hand(table):
    """Refunds count negative; the margin leaves out the order whose cost is not known."""
    row = table("company").iloc[0].drop("period").astype(float)
    sold, costed = 100 - 20 + 200 + 50, (100 - 20 + 50, 60 - 12 + 20)
    by_hand = {
        "revenue": sold,
        "revenue_growth_n": 0,  # nothing was sold a year before
        "gross_margin": (costed[0] - costed[1]) / costed[0],
        "gross_margin_n": 3,
        "customers": 3,
        "new_customers": 3,
        "repeat_rate": 0,
        "repeat_rate_n": 2,  # a is back after two years, b is 90 days before the end to the day
        "win_rate": 2 / 3,
        "win_rate_n": 3,
        "win_rate_cohort": 1 / 4
        + 2 / 4 * 1 / 2,  # d1 of 4 after 30 days, d3 of 2 after 70, when d2 is lost and d4 open
        "win_rate_cohort_n": 4,
        "average_deal": sold / 2,
        "average_deal_n": 2,
        "cycle_days": 40,
        "cycle_days_n": 4,
        "velocity": 1 * (sold / 2) * (2 / 3) / 40,  # d4 is open
        "velocity_n": 3,
        "satisfaction": 3 / 4,
        "satisfaction_n": 4,
        "surveys_sent": 6,
        "activities": 4 + 10 + 1 + 0.5,
        "visit": 5.5,
        "call": 10,
        "activity_quality": 3.5,
        "activity_quality_n": 2,
        "activities_weekly": 15.5 / ((92 + 61 + 92) / 7),  # r1 and r4 throughout, r2 from November on
        "activities_weekly_n": (92 + 61 + 92) / 7,
        "staff_turnover": 1 / 2.5,  # r4 leaves; r1 and r4 are there on the first day, r2 too on the last
        "staff_turnover_n": 2.5,
        "won": 2,
    }
    unknown = ["revenue_attainment", "new_customers_attainment", "revenue_growth"]
    unknown += ["assessed", "key_results", "revenue_target", "new_customers_target"]
    assert row[list(by_hand)].to_dict() == pytest.approx(by_hand)
    assert row[unknown].isna().all()


@pytest.mark.parametrize(
    ("credit", "regions"), [("rep", {"": 50, "East": 80, "West": 200}), ("deal", {"": 50, "East": 280, "West": 0})]
)
def test_a_sale_counts_for_a_region_by_the_rule_of_credit_and_for_who_made_it_under_both(table, credit, regions):
    assert table("region", credit=credit)["revenue"].to_dict() == regions
    teams = table("team", credit=credit).set_index(["region", "team"])["revenue"].to_dict()
    assert teams == {("", ""): 50, ("East", ""): 0, ("East", "One"): 80, ("West", "Two"): 200}
    assert table("rep", credit=credit)["revenue"].to_dict() == {"r1": 80, "r2": 0, "r4": 200, "who": 50, "": 0}


def test_a_rep_who_is_not_in_the_list_is_called_by_the_id_and_has_neither_region_nor_team(table):
    who = table("rep").loc["who"]
    assert (who["rep"], who["region"], who["team"]) == ("who", "", "")


def test_a_survey_of_nobody_counts_for_the_company_alone(table):
    assert table("region")["satisfaction_n"].to_dict() == {"": 1, "East": 3, "West": 0}


def test_people_are_in_the_periods_of_their_employment_and_in_those_in_which_they_sold(table):
    assert set(table("rep", "2025Q2")["rep_id"]) == {"r1", "r3", "r4"}
    assert set(table("rep", "2025Q3")["rep_id"]) == {"r1", "r3", "r4"}  # r3 had left and sold
    assert set(table("rep", "2025Q4")["rep_id"]) == {"r1", "r2", "r4", "who", ""}  # "": a survey of nobody
    assert set(table("rep", "2025-10")["rep_id"]) == {"r1", "r4", ""}


def test_a_region_is_in_every_period_and_a_team_where_somebody_is(table):
    assert set(table("region", "2025Q2")["region"]) == {"East", "West"}
    assert set(table("team", "2025Q2")["team"]) == {"One", "Two"}
    assert set(table("team", "2025Q4")["team"]) == {"", "One", "Two"}


def test_a_region_of_sales_alone_has_a_row_in_every_period(kpis_of):
    orders = "order_id,rep_id,account_id,date,amount,region\no1,r1,a,2025-07-01,5,North\no2,r1,a,2025-12-01,5,\n"
    regions = kpis_of({"reps": REPS, "orders": orders}, "region").set_index("region")["revenue"]
    assert regions.to_dict() == {"East": 5, "North": 0, "West": 0}


def test_a_rep_without_anything_has_zeros_for_counts_and_nothing_for_rates(table):
    bo = table("rep").loc["r2"]
    counts = ["revenue", "customers", "new_customers", "activities", "visit", "call", "won", "surveys_sent"]
    rates = ["gross_margin", "repeat_rate", "win_rate", "average_deal", "satisfaction", "activity_quality"]
    assert (bo[counts] == 0).all()
    assert (bo[[f"{name}_n" for name in rates]] == 0).all()
    assert bo[rates].isna().all()


@pytest.mark.parametrize("by", ["company", "region", "team", "rep"])
def test_a_rate_is_told_exactly_where_its_n_is_above_zero(table, by):
    rows = table(by)
    for name in ("gross_margin", "repeat_rate", "win_rate", "average_deal", "satisfaction", "activity_quality"):
        assert (rows[name].notna() == (rows[f"{name}_n"] > 0)).all(), name


def test_a_margin_of_refunds_alone_is_none(kpis_of):
    orders = "order_id,rep_id,account_id,date,amount,cost\no1,r1,a,2025-10-01,-100,-60\n"
    row = kpis_of({"reps": REPS, "orders": orders}).iloc[0]
    assert (row["revenue"], row["gross_margin_n"]) == (-100, 1)
    assert np.isnan(row["gross_margin"])


def test_a_sale_and_its_full_refund_net_to_zero(kpis_of):
    orders = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,99.99\no2,r1,a,2025-10-02,-99.99\n"
    assert kpis_of({"reps": REPS, "orders": orders}).iloc[0]["revenue"] == 0


def test_tenths_sum_without_a_rest(kpis_of):
    orders = [
        {"order_id": place, "rep_id": "r1", "account_id": "a", "date": "2025-10-01", "amount": "0.1"}
        for place in range(10)
    ]
    assert kpis_of({"reps": REPS, "orders": orders}).iloc[0]["revenue"] == 1.0


MISSING = {
    "opportunities": ["win_rate", "win_rate_cohort", "average_deal", "cycle_days", "velocity", "won"],
    "surveys": ["satisfaction", "surveys_sent"],
    "activities": ["activities", "activity_quality", "activities_weekly"],
    "targets": ["revenue_attainment", "new_customers_attainment", "revenue_target", "new_customers_target"],
}


@pytest.mark.parametrize("by", ["company", "rep"])
@pytest.mark.parametrize("table_name", MISSING)
def test_without_a_table_its_kpis_and_their_n_are_not_available_and_never_zero(kpis_of, by, table_name):
    tables = {name: rows for name, rows in TABLES.items() if name != table_name}
    rows = kpis_of(tables, by)
    gone = [name for one in MISSING[table_name] for name in (one, f"{one}_n") if name in rows]
    assert rows[gone].isna().all(axis=None)
    assert rows["revenue"].notna().all()


def test_without_orders_or_close_dates_only_what_needs_neither_is_told(kpis_of):
    deals = "opportunity_id,rep_id,status,amount\nd1,r1,won,5\n"
    rows = kpis_of({"reps": REPS, "opportunities": deals, "activities": ACTIVITIES}, "region")
    told = rows.drop(columns=["period", "region"]).notna().any()
    weekly = {"activities_weekly", "activities_weekly_n"}
    assert set(told[told].index) == {"activities", "activity_quality", "activity_quality_n", "visit", "call"} | weekly


def test_with_hardly_anything_the_table_is_empty_of_values_and_still_a_table(kpis_of):
    rows = kpis_of({"reps": REPS, "opportunities": "opportunity_id,rep_id,status\nd1,r1,open\n"}, "rep")
    assert list(rows["rep_id"]) == ["r2", "r1", "r4"]
    assert rows.drop(columns=["period", "region", "team", "rep_id", "rep"]).isna().all(axis=None)


def test_a_period_outside_the_export_has_no_values_and_one_inside_without_rows_has_zeros(table):
    outside, inside = table("company", "2022Q4").iloc[0], table("company", "2024Q1").iloc[0]
    assert outside.drop("period").isna().all()
    assert (inside["revenue"], inside["customers"], inside["won"], inside["win_rate_n"]) == (0, 0, 0, 0)
    assert np.isnan(inside["satisfaction_n"])  # the surveys begin in 2025


def test_surveys_that_nobody_answered_are_counted_as_sent(kpis_of):
    row = kpis_of(TABLES | {"surveys": "date,score,rep_id\n2025-10-01,,r1\n2025-10-02,,r1\n"}).iloc[0]
    assert row["surveys_sent"] == 2
    assert np.isnan(row["satisfaction"])
    assert np.isnan(row["satisfaction_n"])


def test_the_two_best_boxes_are_those_of_the_clients_scale(kpis_of):
    surveys = "date,score\n" + "".join(f"2025-10-01,{score}\n" for score in range(11))
    row = kpis_of(TABLES | {"surveys": surveys}, definitions={"survey_scale": [0, 10]}).iloc[0]
    assert (row["satisfaction"], row["satisfaction_n"]) == (pytest.approx(2 / 11), 11)


@pytest.mark.parametrize(
    ("period", "start", "revenue"),
    [
        ("2025-10", 1, 80),
        ("2025Q4", 1, 330),
        ("2025H2", 1, 630),
        ("2025", 1, 630),
        ("2025Q3", 4, 330),  # October to December
        ("2025H2", 10, 0),  # April to September 2026
        ("2025H1", 10, 330),
        ("2024", 10, 300),
    ],
)
def test_months_quarters_halves_and_years_are_those_of_the_fiscal_year(kpis_of, period, start, revenue):
    late = "o9,r1,a,2026-12-01,0,,\n"  # so that the export covers all of these
    row = kpis_of(TABLES | {"orders": ORDERS + late}, periods=period, fiscal_year_start=start).iloc[0]
    assert (row["period"], row["revenue"]) == (period, revenue)


def test_attainment_is_of_the_entity_s_own_target_and_of_nobody_else_s(kpis_of):
    targets = (
        "level,name,period,kpi,target\ncompany,,2025Q4,new_customers,1\nregion,West,2025Q4,new_customers,0.5\n"
        "rep,r4,2025Q4,new_customers,0.5\n"
    )
    of = {by: kpis_of(TABLES | {"targets": targets}, by).set_index("region") for by in ("region", "rep")}
    (company,) = kpis_of(TABLES | {"targets": targets})["new_customers_attainment"]
    assert (company, of["region"].loc["West", "new_customers_attainment"]) == (3, 2)
    assert of["region"].loc["West", "new_customers_target"] == 0.5
    stranger = of["rep"].query("rep_id == 'who'").iloc[0]  # sold, and is not in the list of reps
    assert stranger["new_customers"] == 1
    assert np.isnan([stranger["new_customers_target"], stranger["new_customers_attainment"]]).all()


def test_several_periods_stand_one_below_the_other_as_if_asked_for_alone(kpis_of, table):
    periods = ["2025Q2", "2025Q3", "2025Q4"]
    together = kpis_of(TABLES, "rep", periods)
    alone = pd.concat([table("rep", one).reset_index(drop=True) for one in periods], ignore_index=True)
    pd.testing.assert_frame_equal(together, alone, check_dtype=False)


def test_namesakes_are_two_people(kpis_of):
    reps = [one | {"rep": "Li Wei", "region": "East", "team": "One"} for one in (REPS[0], REPS[3])]
    rows = kpis_of(TABLES | {"reps": reps}, "rep").set_index("rep")["revenue"]
    assert rows[["Li Wei (r1)", "Li Wei (r4)"]].to_dict() == {"Li Wei (r1)": 80, "Li Wei (r4)": 200}


def test_regions_of_any_name_are_just_names(kpis_of):
    names = ["../../etc", "<script>alert(1)</script>", "'; DROP TABLE reps; --", "东区"]
    reps = [{"rep_id": f"r{place}", "rep": name, "region": name} for place, name in enumerate(names, start=1)]
    orders = "order_id,rep_id,account_id,date,amount\n" + "".join(
        f"o{place},r{place},a,2025-10-01,{place}\n" for place in range(1, 5)
    )
    rows = kpis_of({"reps": reps, "orders": orders}, "region").set_index("region")["revenue"]
    assert rows.to_dict() == {name: place for place, name in enumerate(names, start=1)}


# Random companies: what must hold whatever the data.

FIRST = date(2024, 1, 1)
DAY = st.integers(0, 730).map(lambda days: (FIRST + timedelta(days)).isoformat())
REP = st.sampled_from(["r1", "r2", "r3", "r4", "who", "whoever"])
SALES = st.lists(
    st.fixed_dictionaries(
        {
            "rep_id": REP,
            "account_id": st.sampled_from(["", *"abcdef"]),
            "date": DAY,
            "amount": st.decimals(-500, 5000, places=2),
            "cost": st.one_of(st.just(""), st.decimals(0, 3000, places=2)),
            "region": st.sampled_from(["", "", "East", "West", "North"]),
        }
    ),
    min_size=1,
    max_size=40,
)
OPPORTUNITIES = st.lists(
    st.fixed_dictionaries(
        {
            "rep_id": REP,
            "status": st.sampled_from(["open", "won", "lost"]),
            "created": DAY,
            "closed": DAY,
            "region": st.sampled_from(["", "East", "North"]),
        }
    ),
    min_size=1,
    max_size=30,
)
ADDITIVE = ["revenue", "new_customers", "won", "win_rate_n", "gross_margin_n"]
COHORTS = ["repeat_rate_n", "cycle_days_n"]  # they look back also on people who have left, who have no row then
PERIODS = ["2025Q3", "2025Q4", "2025-12", "2025"]


def tables_of(sales, opportunities):
    """A company whose export covers 2023 to 2025 for certain."""
    ends = [
        {"rep_id": "r1", "account_id": "z", "date": day, "amount": 0, "cost": 0, "region": ""}
        for day in ("2023-01-01", "2025-12-31")
    ]
    closes = [
        {"rep_id": "r1", "status": status, "created": day, "closed": day, "region": ""}
        for day, status in (("2023-01-01", "won"), ("2025-12-31", "lost"))
    ]
    return {
        "reps": REPS,
        "orders": [{"order_id": f"o{place:03}"} | one for place, one in enumerate([*sales, *ends])],
        "opportunities": [{"opportunity_id": f"d{place}"} | one for place, one in enumerate([*opportunities, *closes])],
    }


# Shrinking a failure would load hundreds of companies.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=5, deadline=None, phases=UNSHRUNK)
@given(SALES, OPPORTUNITIES)
def test_regions_teams_and_reps_sum_to_the_company(company_of, sales, opportunities):
    company = company_of(tables_of(sales, opportunities))
    of = {by: company.kpis(by, PERIODS) for by in ("company", "region", "team", "rep")}
    whole = of["company"].set_index("period").sort_index()
    for by, names in {"region": ADDITIVE + COHORTS, "team": ADDITIVE, "rep": ADDITIVE}.items():
        parts = of[by].groupby("period")[names].sum()
        np.testing.assert_allclose(parts, whole[names], rtol=1e-12, atol=1e-7, err_msg=by)
        assert (of[by].groupby("period")["customers"].max() <= whole["customers"]).all()


@settings(max_examples=4, deadline=None, phases=UNSHRUNK)
@given(SALES, OPPORTUNITIES)
def test_by_the_rule_of_reps_the_people_of_a_region_add_up_to_it(company_of, sales, opportunities):
    listed = {one["rep_id"] for one in REPS}
    rows = tables_of(*([one for one in table if one["rep_id"] in listed] for table in (sales, opportunities)))
    company = company_of(rows)
    of = {by: company.kpis(by, PERIODS).groupby(["period", "region"])[ADDITIVE].sum() for by in ("region", "rep")}
    mine = of["rep"].reindex(of["region"].index).fillna(0.0)  # a period in which none of its people is there
    np.testing.assert_allclose(mine, of["region"].fillna(0.0), rtol=1e-12, atol=1e-7)


@settings(max_examples=4, deadline=None, phases=UNSHRUNK)
@given(SALES, OPPORTUNITIES, st.integers(0, 1000))
def test_neither_the_order_of_rows_nor_the_number_of_threads_changes_anything(company_of, sales, opportunities, seed):
    tables = tables_of(sales, opportunities)
    shuffled = {name: Random(seed).sample(rows, len(rows)) for name, rows in tables.items()}
    found = []
    for rows, threads in ((tables, 1), (shuffled, 4)):
        company = company_of(rows)
        company.tables["reps"].get_backend().raw_sql(f"SET threads = {threads}")
        found.append(company.kpis("rep", PERIODS))
    pd.testing.assert_frame_equal(*found, check_exact=True)


@settings(max_examples=4, deadline=None, phases=UNSHRUNK)
@given(SALES, OPPORTUNITIES, st.sampled_from(["rep", "deal"]))
def test_pandas_agrees_on_what_every_region_sold_and_won(company_of, sales, opportunities, credit):
    rows = tables_of(sales, opportunities)
    found = company_of(rows, credit=credit).kpis("region").set_index("region")
    home = {one["rep_id"]: one["region"] for one in REPS}

    def quarter(table, day):
        frame = pd.DataFrame(table).astype({"rep_id": str})
        both = list(zip(frame["region"], frame["rep_id"], strict=True))
        if credit == "deal":
            frame["region"] = [one or home.get(rep, "") for one, rep in both]
        else:
            frame["region"] = [home.get(rep, one) for one, rep in both]
        return frame[frame[day].between("2025-10-01", "2025-12-31")]

    orders = quarter(rows["orders"], "date")
    orders["amount"] = orders["amount"].astype(float)
    closed = quarter([one for one in rows["opportunities"] if one["status"] != "open"], "closed")
    for region, row in found.iterrows():
        mine, decided = orders[orders["region"] == region], closed[closed["region"] == region]
        costed = mine[mine["cost"] != ""].astype({"cost": float})
        bought = mine[(mine["account_id"] != "") & (mine["amount"] >= 0)]
        assert row["revenue"] == pytest.approx(mine["amount"].sum(), abs=1e-6)
        assert row["customers"] == bought["account_id"].nunique()
        assert (row["won"], row["win_rate_n"]) == ((decided["status"] == "won").sum(), len(decided))
        assert row["gross_margin_n"] == len(costed)
        if costed["amount"].sum() > 0.005:
            margin = (costed["amount"] - costed["cost"]).sum() / costed["amount"].sum()
            assert row["gross_margin"] == pytest.approx(margin, rel=1e-9)


WEEKS = """rep_id,date,kind,count
r1,2025-10-06,visit,26
r2,2025-11-30,visit,13
who,2025-10-07,visit,99
r1,2025-12-28,visit,26
"""


@pytest.mark.parametrize(
    ("period", "weeks"),
    [
        ("2025Q4", {"r1": 89, "r2": 58, "r4": 89}),  # up to 2025-12-28, the last day told; r2 began on 2025-11-01
        ("2025-12", {"r1": 28, "r2": 28, "r4": 28}),
        ("2025-10", {"r1": 31, "r4": 31}),
    ],
)
def test_activities_a_week_are_spread_over_the_days_of_employment(kpis_of, period, weeks):
    tables = TABLES | {"activities": WEEKS}
    reps = kpis_of(tables, "rep", period).set_index("rep_id")
    assert reps["activities_weekly_n"][list(weeks)].to_dict() == pytest.approx({k: v / 7 for k, v in weeks.items()})
    told = reps.loc[list(weeks)]
    expected = (told["activities"] / told["activities_weekly_n"]).to_dict()
    assert told["activities_weekly"].to_dict() == pytest.approx(expected)


def test_activities_a_week_of_a_quarter_compare_with_those_of_its_months(kpis_of):
    """r1: 52 visits in 89 days; r2: 13 in 58."""
    tables = TABLES | {"activities": WEEKS}
    reps = kpis_of(tables, "rep").set_index("rep_id")["activities_weekly"]
    assert reps["r1"] == pytest.approx(52 / (89 / 7))
    assert reps["r2"] == pytest.approx(13 / (58 / 7))
    december = kpis_of(tables, "rep", "2025-12").set_index("rep_id")["activities_weekly"]
    assert december["r1"] == pytest.approx(26 / 4)


def test_who_is_not_in_the_list_of_reps_has_no_weeks_and_no_part_in_those_of_the_company(kpis_of):
    """East: r1 and r2 with 65 visits in 89 + 58 days; West: r4 with none; r3 had left."""
    tables = TABLES | {"activities": WEEKS}
    assert np.isnan(kpis_of(tables, "rep").set_index("rep_id")["activities_weekly"]["who"])
    regions = kpis_of(tables, "region").set_index("region")["activities_weekly"]
    assert regions.drop("").to_dict() == pytest.approx({"East": 65 / (147 / 7), "West": 0})
    assert kpis_of(tables).iloc[0]["activities_weekly"] == pytest.approx(65 / ((89 + 58 + 89) / 7))


@pytest.mark.parametrize("by", ["company", "region", "team", "rep"])
@pytest.mark.parametrize(
    ("only", "columns"),
    [
        (["customers"], ["customers"]),
        (["win_rate"], ["win_rate", "win_rate_n", "won"]),
        (["revenue_attainment"], ["revenue", "revenue_attainment", "revenue_target"]),
        (["visit", "satisfaction"], ["satisfaction", "satisfaction_n", "visit", "surveys_sent"]),
        (["average_deal"], ["revenue", "average_deal", "average_deal_n"]),
        (["activities_weekly"], ["activities_weekly", "activities_weekly_n"]),
        (["staff_turnover"], ["staff_turnover", "staff_turnover_n"]),
        (["revenue_growth"], ["revenue_growth", "revenue_growth_n"]),
        ([], []),
    ],
)
def test_only_what_is_asked_for_is_told_and_as_in_the_whole_table(company_of, table, by, only, columns):
    asked = company_of(TABLES).kpis(by, only=only)
    keys = [name for name in ("period", "region", "team", "rep_id", "rep") if name in asked]
    assert list(asked) == keys + columns
    whole = table(by).reset_index(drop=True)
    same = whole.merge(asked[keys], on=keys)
    pd.testing.assert_frame_equal(same[keys + columns], asked)


def test_a_kpi_that_there_is_not_cannot_be_asked_for(company_of):
    company = company_of(TABLES)
    with pytest.raises(RequestError, match="'revenu' is not a KPI; did you mean 'revenue'"):
        company.kpis("rep", only=["revenu"])


def test_a_won_deal_without_an_amount_does_not_lower_the_average_deal(kpis_of):
    """Won for 100 and 300, and one of an unknown amount; with a table of orders, the orders tell the revenue."""
    deals = "opportunity_id,rep_id,status,closed,amount\nd1,r1,won,2025-10-01,100\nd2,r1,won,2025-10-02,300\n"
    deals += "d3,r1,won,2025-10-03,\n"
    row = kpis_of({"reps": REPS, "opportunities": deals}).iloc[0]
    assert (row["average_deal"], row["average_deal_n"], row["won"]) == (200, 2, 3)
    row = kpis_of({"reps": REPS, "opportunities": deals, "orders": ORDERS}).iloc[0]
    assert (row["average_deal"], row["average_deal_n"]) == ((100 - 20 + 200 + 50) / 3, 3)


def test_every_kpi_of_the_registry_has_its_column(company_of, table):
    assert set(KPIS) <= set(company_of(TABLES).registry) <= set(table("company").columns)
