"""The sufficient statistics behind a KPI: by hand, and the parts of a partition sum to the whole."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from salesperf.errors import RequestError
from salesperf.measures.kpis import KPIS

TABLES = {
    "reps": "rep_id,rep,region,team,end_date\nr1,Ann,East,One,\nr2,Bo,West,Two,2025-11-30\n",
    "orders": """order_id,rep_id,account_id,date,amount,cost
x0,r1,z,2023-01-01,1,1
x1,r1,a,2024-11-01,40,10
o1,r1,a,2025-10-01,100,60
o2,r1,b,2025-10-20,-20,
o3,r2,b,2025-12-31,30.5,10
""",
    "opportunities": """opportunity_id,rep_id,status,created,closed,amount
d0,r1,lost,2023-01-01,2023-01-02,1
d1,r1,won,2025-09-01,2025-10-01,100
d2,r1,lost,2025-09-01,2025-10-11,500
d3,r2,won,2025-09-01,2025-11-10,200
d4,r2,open,2025-09-01,2026-01-31,500
""",
    "surveys": "date,score,rep_id\n2025-10-05,5,r1\n2025-10-06,2,r1\n2025-10-07,,r1\n",
    "activities": "rep_id,date,kind,count,quality\n"
    "r1,2025-10-01,visit,4,3\nr1,2025-10-02,call,0.5,5\nr2,2025-11-01,visit,,\n",
    "assessments": "rep_id,period,criterion,rating\nr1,2025Q4,p,4\nr2,2025Q4,p,2\n",
    "key_results": "rep_id,period,objective,key_result,target,actual\nr1,2025Q4,o,k,4,1\n",
    "targets": "level,name,period,kpi,target\ncompany,,2025Q4,revenue,50\n",
}
NAN = float("nan")
MINE = {
    "mean_cost": {"mean": "cost"},
    "large": {"sum": "amount", "where": {"product": "Meter"}},
    "rows": {"count": "rows"},
}


@pytest.fixture(scope="module")
def company(company_of):
    return company_of(TABLES, kpis=MINE)


@pytest.mark.parametrize(
    ("kpi", "cases", "total", "squares"),
    [
        ("revenue", 3, 100 - 20 + 30.5, 100**2 + 20**2 + 30.5**2),  # every sale and refund is a case
        ("gross_margin", 2, 40 + 20.5, 40**2 + 20.5**2),  # where the cost is known
        ("customers", 2, 2, NAN),  # a count is of its own cases
        ("new_customers", 1, 1, NAN),  # b; of a the last order is 11 months old
        ("win_rate", 3, 2, NAN),
        ("average_deal", 2, 110.5, 100**2 + 20**2 + 30.5**2),
        ("cycle_days", 4, NAN, NAN),  # an estimate has no sum
        ("win_rate_cohort", 4, NAN, NAN),
        ("satisfaction", 2, 1, NAN),
        ("activities", 3, 5.5, 16 + 0.25 + 1),  # none told is one
        ("visit", 2, 5, 16 + 1),
        ("activity_quality", 2, 8, 9 + 25),
        ("staff_turnover", 1.5, 1, NAN),
        ("assessed", 2, NAN, NAN),
        ("key_results", 1, NAN, NAN),
        ("mean_cost", 2, 70, 60**2 + 10**2),
        ("rows", 2, 2, NAN),  # a refund is none
    ],
)
def test_what_stands_behind_a_kpi_of_the_company_by_hand(company, kpi, cases, total, squares):
    (row,) = company.statistics(kpi, "company").to_dict("records")
    assert row.pop("period") == "2025Q4"
    assert row == pytest.approx({"cases": cases, "total": total, "squares": squares}, nan_ok=True)


def test_they_are_told_for_every_entity_and_period_as_in_the_kpi_table(company):
    found = company.statistics("win_rate", "rep", ["2025Q3", "2025Q4"])
    table = company.kpis("rep", ["2025Q3", "2025Q4"], only=["win_rate"])
    assert list(found) == ["period", "region", "team", "rep_id", "rep", "cases", "total", "squares"]
    assert found[["period", "rep_id"]].values.tolist() == table[["period", "rep_id"]].values.tolist()
    assert found["cases"].tolist() == table["win_rate_n"].tolist() == [0, 0, 2, 1]
    assert found["total"].tolist() == table["won"].tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("kpi", KPIS)
def test_a_rate_is_its_total_over_its_cases_and_a_count_its_total(company, kpi):
    one, row = KPIS[kpi], company.kpis("company", only=[kpi]).iloc[0]
    told = company.statistics(kpi, "company").iloc[0]
    if one.is_proportion or (one.n == one.denominator and one.n and not one.formula):
        assert row[kpi] == told["total"] / told["cases"]
    elif one.counted:
        assert row[kpi] == told["total"]
    if one.n:
        assert row[f"{kpi}_n"] == told["cases"]


def test_where_the_export_cannot_tell_the_kpi_there_is_none(company):
    outside = company.statistics("revenue", "region", "2022Q4")
    assert outside["region"].tolist() == ["East", "West"]
    assert outside[["cases", "total", "squares"]].isna().all(axis=None)
    assert company.statistics("large", "company")[["cases", "total"]].isna().all(axis=None)  # no product in the export


def test_a_kpi_that_there_is_not_has_none(company):
    with pytest.raises(RequestError, match="'revenu' is not a KPI; did you mean 'revenue'"):
        company.statistics("revenu")


@pytest.mark.parametrize("amount", ["100001", "2500000.25", "99999999999999.99"])
def test_an_amount_of_any_size_is_squared(company_of, amount):
    orders = f"order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,{amount}\no2,r1,a,2025-10-01,0.01\n"
    (row,) = company_of(TABLES | {"orders": orders}).statistics("revenue", "company").to_dict("records")
    assert row["squares"] == pytest.approx(float(amount) ** 2 + 0.0001, rel=1e-15)


def test_a_number_of_any_size_and_with_six_decimals_is_squared(company_of):
    """1.000001² is 1.0000 to the fourth decimal, and 5000² many times what 18 digits hold with twelve decimals."""
    done = (
        "rep_id,date,kind,count\nr1,2025-10-01,visit,5000\nr1,2025-10-02,visit,1.000001\nr1,2025-10-03,visit,0.012345\n"
    )
    (row,) = company_of(TABLES | {"activities": done}).statistics("activities", "company").to_dict("records")
    assert row["squares"] == 25_000_000 + 1.0000 + 0.0002


# Random companies: regions, teams and reps are parts of the company.

DAY = st.integers(0, 364).map(lambda days: (date(2025, 1, 1) + timedelta(days)).isoformat())
SALES = st.lists(
    st.fixed_dictionaries(
        {
            "rep_id": st.sampled_from(["r1", "r2", "who"]),
            "account_id": st.sampled_from("abcd"),
            "date": DAY,
            "amount": st.decimals(-500, 500_000, places=2),
            "cost": st.one_of(st.just(""), st.decimals(0, 300_000, places=2)),
            "region": st.sampled_from(["", "East", "North"]),
        }
    ),
    min_size=1,
    max_size=20,
)
DEALS = st.lists(
    st.fixed_dictionaries(
        {
            "rep_id": st.sampled_from(["r1", "r2", "who"]),
            "status": st.sampled_from(["open", "won", "lost"]),
            "created": DAY,
            "closed": DAY,
            "region": st.sampled_from(["", "East", "North"]),
        }
    ),
    max_size=20,
)
SUMS = ["revenue", "gross_margin", "win_rate", "rows", "mean_cost"]
FIRSTS = ["new_customers", "repeat_rate"]  # a first order brings back no team or rep of whom nothing else tells
# Shrinking a failure would load hundreds of companies.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=5, deadline=None, phases=UNSHRUNK)
@given(SALES, DEALS)
def test_the_parts_of_a_partition_sum_to_the_whole(company_of, sales, deals):
    begin = {"rep_id": "r1", "account_id": "z", "date": "2023-01-01", "amount": 0, "cost": 1, "region": ""}
    ends = [
        {"rep_id": "r1", "status": "lost", "created": day, "closed": day, "region": ""}
        for day in ("2023-01-01", "2025-12-31")
    ]
    tables = TABLES | {
        "orders": [one | {"order_id": f"o{place:02}"} for place, one in enumerate([begin, *sales])],
        "opportunities": [one | {"opportunity_id": f"d{place}"} for place, one in enumerate([*ends, *deals])],
    }
    company = company_of(tables, kpis={name: MINE[name] for name in ("rows", "mean_cost")})
    periods = ["2025Q1", "2025-06", "2025"]
    names = ["cases", "total", "squares"]
    for kpi in SUMS + FIRSTS:
        whole = company.statistics(kpi, "company", periods).set_index("period")[names]
        for by in ("region", "team", "rep"):
            if by == "region" or kpi in SUMS:
                parts = company.statistics(kpi, by, periods).groupby("period")[names].sum(min_count=1)
                np.testing.assert_allclose(parts, whole, rtol=1e-12, atol=1e-7, err_msg=f"{kpi} by {by}")


@settings(max_examples=3, deadline=None, phases=UNSHRUNK)
@given(SALES)
def test_the_months_of_a_period_sum_to_the_period(company_of, sales):
    tables = TABLES | {"orders": [one | {"order_id": f"o{place:02}"} for place, one in enumerate(sales)]}
    company = company_of(tables, kpis={"rows": MINE["rows"]})
    for kpi in ("revenue", "gross_margin", "rows"):
        for period in company.periods(["2025", "2025Q2"]):
            whole, months = (company.statistics(kpi, "company", asked) for asked in (period, period.months()))
            told = months[["cases", "total", "squares"]].sum(min_count=1)
            if whole["cases"].notna().all():
                np.testing.assert_allclose(told, whole[["cases", "total", "squares"]].iloc[0], rtol=1e-12, atol=1e-7)
