"""Assessed criteria: by hand, as of the period, and against the truth that the demo company plants."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from salesperf.company import Company
from salesperf.data.demo.people import CRITERIA
from salesperf.data.loading import load_tables
from salesperf.errors import DataError
from salesperf.measures.assessed import fair_ratings, raters
from salesperf.periods import parse_period

REPS = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,East,One\nr3,Cy,West,Two\n"
ORDERS = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,5\n"
HEAD = "rep_id,period,criterion,rating,rater\n"
# Nobody's ratings cross, so that they count as given.
ALONE = HEAD + (
    "r1,2025Q4,planning,4,A\nr1,2025Q4,planning,3,A\nr1,2025Q4,planning,2,A\nr1,2025Q4,teamwork,5,A\n"
    "r2,2025Q4,planning,1,B\nr3,2025Q4,teamwork,2,C\nr3,2025Q3,planning,5,C\n"
)


@pytest.fixture(scope="module")
def of(kpis_of):
    def kpis(by, period="2025Q4", rows=ALONE, **client):
        key = {"company": "period", "rep": "rep_id"}.get(by, by)
        tables = {"reps": REPS, "orders": ORDERS, "assessments": rows}
        return kpis_of(tables, by, period, **client).set_index(key).filter(like="assessed")

    return kpis


def test_each_criterion_weighs_the_same_however_many_ratings_it_has(of):
    """r1: planning (4 + 3 + 2) / 3 and teamwork 5."""
    assert of("rep").loc["r1"].to_dict() == {
        "assessed": 4,
        "assessed_n": 4,
        "assessed_planning": 3,
        "assessed_planning_n": 3,
        "assessed_teamwork": 5,
        "assessed_teamwork_n": 1,
    }


def test_who_was_not_rated_in_a_criterion_has_none_there(of):
    rows = of("rep")
    assert np.isnan(rows.loc["r2", "assessed_teamwork"]) and rows.loc["r2", "assessed_teamwork_n"] == 0
    assert rows["assessed"].to_dict() == {"r1": 4, "r2": 1, "r3": 2}


def test_groups_are_means_over_their_reps(of):
    """East: 4 and 1; in teamwork r1 alone."""
    east = of("region").loc["East"]
    assert (east["assessed"], east["assessed_n"]) == (2.5, 5)
    assert (east["assessed_planning"], east["assessed_teamwork"]) == (2, 5)
    company = of("company").loc["2025Q4"]
    assert (company["assessed"], company["assessed_n"]) == (pytest.approx(7 / 3), 6)


def test_a_month_has_the_review_of_the_quarter_around_it_and_a_year_all_of_its_own(of):
    pd.testing.assert_frame_equal(of("rep", "2025-10"), of("rep"))
    assert of("rep", "2025").loc["r3", "assessed"] == (5 + 2) / 2
    assert of("region", "2025-08").loc["West", "assessed"] == 5


def test_a_period_without_any_review_has_no_value_and_never_0(of):
    """2025Q1 lies before what the export tells; 2025Q3 has r3 alone."""
    assert of("rep", "2025Q1").isna().all(axis=None)
    assert of("region", "2025Q3").loc["East", ["assessed", "assessed_n"]].isna().tolist() == [True, False]


def test_the_severity_of_raters_who_cross_is_taken_out(of):
    """B gives one point more than A: half a point is taken off B's ratings and added to A's."""
    both = "r1,2025Q4,p,2,A\nr1,2025Q4,p,3,B\nr2,2025Q4,p,4,A\nr2,2025Q4,p,5,B\n"
    fair = of("rep", rows=HEAD + both + "r3,2025Q4,p,4,B\nr4,2025Q4,p,3,A\n")["assessed"]
    assert fair[["r1", "r2"]].to_dict() == pytest.approx({"r1": 2.5, "r2": 4.5})
    assert fair["r3"] == pytest.approx(3.5, abs=0.1)


def test_a_rating_out_of_the_scale_is_refused_at_reading(client_of):
    tables = {"reps": REPS, "orders": ORDERS, "assessments": HEAD + "r1,2025Q4,planning,6,A\n"}
    with pytest.raises(DataError, match=r"from 1 to 5, got 1 other.*definitions.rating_scale"):
        load_tables(client_of(tables))
    assert load_tables(client_of(tables, definitions={"rating_scale": [1, 6]})).rows["assessments"] == 1


def test_without_named_raters_ratings_count_as_given(of):
    rows = "rep_id,period,criterion,rating\nr1,2025Q4,planning,4\nr2,2025Q4,planning,1\n"
    assert of("rep", rows=rows)["assessed"].dropna().to_dict() == {"r1": 4, "r2": 1}


@pytest.fixture(scope="module")
def demo(demo_client):
    truth = json.loads((demo_client.folder / "demo" / "truth.json").read_text("utf-8"))
    return Company(demo_client, load_tables(demo_client)), truth


def test_the_planted_severity_of_the_demo_companys_raters_is_found(demo):
    company, truth = demo
    found = raters(company, parse_period("2025Q4")).raters
    assert found["separable"].all()
    planted = pd.Series(truth["rater_severity"]).reindex(found.index)
    assert np.corrcoef(found["severity"], planted)[0, 1] > 0.97


@pytest.mark.parametrize("period", [*(f"{year}Q{n}" for year in (2024, 2025) for n in (1, 2, 3, 4)), "2024", "2025"])
def test_fair_ratings_rank_people_nearer_to_their_true_levels_than_raw_ones_do(demo, period):
    company, truth = demo
    level = pd.DataFrame(truth["true_criteria"]).T[CRITERIA].mean(axis=1)
    means = fair_ratings(company, parse_period(period)).groupby("rep_id", observed=True)[["rating", "fair"]].mean()
    raw, fair = (spearmanr(means[name], level.reindex(means.index))[0] for name in ("rating", "fair"))
    assert fair > max(0.8, raw + 0.05)


def test_what_is_rated_later_changes_no_earlier_period(demo, company_of):
    company, _ = demo
    columns = ["rep_id", "period", "criterion", "rating", "rater"]
    rows = company.tables["assessments"].select(*columns).to_pyarrow().to_pandas().astype({"rating": float})
    early = company_of(
        {"reps": REPS, "orders": ORDERS, "assessments": rows[rows["period"] <= "2024Q3"]}, period="2024Q3"
    )
    found = raters(early, early.period)
    pd.testing.assert_frame_equal(found.raters, raters(company, parse_period("2024Q3")).raters)
    both = company.kpis("rep", ["2024Q3", "2025Q4"], only=["assessed"])
    alone = company.kpis("rep", "2024Q3", only=["assessed"])
    pd.testing.assert_frame_equal(both[both["period"] == "2024Q3"], alone)
