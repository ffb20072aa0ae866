"""The public CRM export: the figures of its description, to the unit."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from salesperf import open_company
from salesperf.measures.availability import reason_not_available
from salesperf.measures.kpis import KPIS
from salesperf.periods import parse_period

QUARTERS = ["2017Q1", "2017Q2", "2017Q3", "2017Q4"]
REVENUE = {
    "Central": [347_988, 957_321, 1_053_202, 987_782],
    "East": [329_151, 1_016_823, 919_767, 824_853],
    "West": [457_533, 1_111_967, 1_009_286, 989_861],
}
IDLE = {"Mei-Mei Johns", "Elizabeth Anderson", "Natalya Ivanova", "Carol Thompson", "Carl Lin"}
NOT_TOLD = {
    "revenue_attainment": "targets",
    "gross_margin": "opportunities.cost",
    "new_customers_attainment": "targets",
    "satisfaction": "surveys",
    "activities": "activities",
    "activity_quality": "activities",
    "activities_weekly": "activities",
    "assessed": "assessments",
    "key_results": "key_results",
    "staff_turnover": "reps.end_date",
}
NO_YEAR_BEFORE = dict.fromkeys(["revenue_growth", "new_customers", "repeat_rate"], "2017-03-01")


@pytest.fixture(scope="module")
def crm(crm_folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("crm") / "crm.yml"
    files = {"opportunities": "sales_pipeline", "reps": "sales_teams", "accounts": "accounts"}
    lines = "".join(f"  {table}: {crm_folder}/{name}.csv\n" for table, name in files.items())
    path.write_text(f"client: CRM\nperiod: 2017Q4\nsource:\n  preset: maven\n{lines}", "utf-8")
    return open_company(path)


@pytest.fixture(scope="module")
def kpis(crm):
    return {by: crm.kpis(by, QUARTERS) for by in ("company", "region", "team", "rep")}


@pytest.fixture(scope="module")
def pipeline(crm_folder):
    deals = pd.read_csv(crm_folder / "sales_pipeline.csv", parse_dates=["engage_date", "close_date"])
    reps = pd.read_csv(crm_folder / "sales_teams.csv")
    return deals.merge(reps, on="sales_agent").assign(quarter=deals["close_date"].dt.to_period("Q").astype(str))


def test_revenue_by_region_is_that_of_the_description(kpis):
    revenue = kpis["region"].pivot(index="region", columns="period", values="revenue")
    assert revenue[QUARTERS].T.to_dict("list") == REVENUE


@pytest.mark.parametrize("by", ["team", "rep"])
def test_teams_and_reps_sum_to_the_regions_to_the_unit(kpis, by):
    revenue = kpis[by].pivot_table(index="region", columns="period", values="revenue", aggfunc="sum")
    assert revenue[QUARTERS].T.to_dict("list") == REVENUE


@pytest.mark.parametrize(("by", "keys"), [("region", ["regional_office"]), ("rep", ["sales_agent"])])
def test_won_and_closed_deals_are_those_that_pandas_counts(kpis, pipeline, by, keys):
    closed = pipeline[pipeline["deal_stage"].isin(["Won", "Lost"])]
    expected = closed.groupby(["quarter", *keys])["deal_stage"].agg(
        won=lambda stage: (stage == "Won").sum(), win_rate_n="size", win_rate=lambda stage: (stage == "Won").mean()
    )
    found = kpis[by].set_index(["period", "rep" if by == "rep" else "region"])
    found = found[found["win_rate_n"] > 0][["won", "win_rate_n", "win_rate"]]
    assert len(found) == len(expected)
    assert np.allclose(found.sort_index().to_numpy(), expected.sort_index().to_numpy(float), rtol=1e-12)


def test_in_all_4238_deals_are_won_of_6711_closed(kpis):
    company = kpis["company"]
    assert company["won"].sum() == 4238
    assert company["win_rate_n"].sum() == 4238 + 2473


def test_customers_are_the_accounts_that_pandas_counts(kpis, pipeline):
    won = pipeline[pipeline["deal_stage"] == "Won"]
    expected = won.groupby("quarter")["account"].nunique()
    assert kpis["company"].set_index("period")["customers"].to_dict() == expected.to_dict()


def test_five_reps_without_a_deal_appear_as_such(kpis):
    last = kpis["rep"][kpis["rep"]["period"] == "2017Q4"].set_index("rep")
    assert len(last) == 35
    idle = last.loc[sorted(IDLE)]
    assert (idle[["revenue", "customers", "won", "win_rate_n", "average_deal_n", "cycle_days_n"]] == 0).all(axis=None)
    assert idle[["win_rate", "average_deal", "cycle_days"]].isna().all(axis=None)
    assert (last.drop(sorted(IDLE))["win_rate_n"] > 0).all()


@pytest.mark.parametrize("by", ["company", "region", "team", "rep"])
def test_what_the_export_cannot_tell_is_never_zero(kpis, by):
    columns = [
        name
        for name in kpis[by].columns
        if name.removesuffix("_n").removesuffix("_target") in {*NOT_TOLD, "revenue_target", "surveys_sent"}
    ]
    rates = [name for name in NOT_TOLD if not name.endswith("_attainment") and name != "activities"]
    assert len(columns) == len([*NOT_TOLD, *rates, "surveys_sent"])
    assert kpis[by][columns].isna().all(axis=None)


@pytest.mark.parametrize("quarter", QUARTERS)
def test_an_export_of_ten_months_knows_no_first_order(crm, kpis, quarter):
    reasons = {name: reason_not_available(kpi, crm, parse_period(quarter)) for name, kpi in KPIS.items()}
    told = {name: reason.what for name, reason in reasons.items() if reason}
    assert told == NOT_TOLD | NO_YEAR_BEFORE
    rows = kpis["region"][kpis["region"]["period"] == quarter]
    assert rows[[*NO_YEAR_BEFORE, "revenue_growth_n", "repeat_rate_n"]].isna().all(axis=None)


def test_win_rates_do_not_differ_beyond_chance(crm):
    reps = crm.kpis("rep", "2017").query("win_rate_n > 0")
    chi2, p, freedom, _ = chi2_contingency([reps["won"], reps["win_rate_n"] - reps["won"]])
    assert (round(chi2, 1), freedom, round(p, 2)) == (33.3, 29, 0.26)
    assert (round(reps["win_rate"].min(), 2), round(reps["win_rate"].max(), 2)) == (0.55, 0.7)


def test_a_year_before_the_export_is_not_available_at_all(crm):
    rows = crm.kpis("region", "2016Q4")
    assert list(rows["region"]) == list(REVENUE)
    assert rows.drop(columns=["period", "region"]).isna().all(axis=None)
