"""An experiment scores people as the company does, under the model in force and under every other one."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesperf import open_company
from salesperf.company import Company
from salesperf.params import Client
from salesperf.people.weights.experiment import Experiment, experiment, usable_presets
from salesperf.scoring.model import Model
from salesperf.scoring.readiness import preset
from salesperf.scoring.reweighting import reweighted

REPS = "rep_id,rep,region,start_date,end_date\na,Ann,East,,\nb,Bo,West,,\nc,Cy,East,,\nx,Xi,East,,2025-06-30\n"
ORDERS = "order_id,rep_id,account_id,date,amount\n1,a,x,2025-10-01,110\n2,b,y,2025-12-31,80\n3,zz,y,2025-11-11,70\n"
TARGETS = "level,name,period,kpi,target\n" + "".join(f"rep,{rep},2025Q4,revenue,100\n" for rep in "abc")
# The answers count up to 10: Ann 2 of 4 in the best boxes, Bo 8 of 10, Cy none asked, Xi 1 of 1 after leaving.
SURVEYS = "rep_id,date,score\n" + "".join(
    f"{rep},2025-10-{day + 1:02},{score}\n"
    for rep, scores in (("a", [5, 5, 1, 1]), ("b", [5] * 8 + [1] * 2), ("x", [5]))
    for day, score in enumerate(scores)
)
TABLES = {"reps": REPS, "orders": ORDERS, "targets": TARGETS, "surveys": SURVEYS}
SOLD = {"kpi": "revenue_attainment", "anchors": {"threshold": 0.6, "target": 1, "excellent": 1.2}}
PLEASED = {"kpi": "satisfaction", "anchors": {"threshold": 0.5, "target": 0.75, "excellent": 0.9}}
BONUS = {"target_incentive": 1000, "bonus": {"share": 1}}


def model_of(sold: float, pleased: float = 0, least_cases: int = 10, **settings: object) -> dict[str, Any]:
    kpis = [SOLD | {"weight": sold}, PLEASED | {"weight": pleased, "least_cases": least_cases}]
    listed = [kpi for kpi in kpis if kpi["weight"]]
    return {"perspectives": [{"name": "all", "weight": 1, "kpis": listed}], "measured_at_least": 0.3, **settings}


@pytest.fixture
def opened(company_of: Callable[..., Company]) -> Callable[..., Company]:
    return lambda model, **settings: company_of(TABLES, model=model, **settings)


def scores(tried: Experiment, model: Model) -> dict[str, float]:
    return {str(rep): round(float(score), 6) for rep, score in tried.scored(model).summary["score"].items()}


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Whether people who are expected have what is expected, and the others no score."""
    pd.testing.assert_frame_equal(found.loc[expected.index], expected)
    assert found.drop(expected.index)["score"].isna().all()


OTHERS = {
    "sales": model_of(1),
    "few count": model_of(0.5, 0.5, least_cases=0),
    "many count": model_of(0.5, 0.5, least_cases=30),
    "moves": model_of(0.5, 0.5, without_cases="moves"),
    "forced": model_of(0.6, 0.4, forced={"S": 0.5, "A": 0, "B": 0, "C": 0, "D": 0.5}),
}


@pytest.mark.parametrize("present", OTHERS)
def test_every_model_scores_as_the_company_does_whatever_is_in_force(
    present: str, opened: Callable[..., Company]
) -> None:
    models = {name: Model.model_validate(model) for name, model in OTHERS.items()}
    company = opened(OTHERS[present])
    tried = experiment(company, models)
    listed = [rep for rep in company.scorecard().summary.index if rep != "zz"]
    same(tried.card.summary, company.scorecard().summary.loc[listed])
    for model in models.values():
        summary = company.scorecard(model=model).summary
        same(tried.scored(model).summary, summary.drop("zz", errors="ignore"))


def test_least_cases_and_neutral_values_are_those_of_the_model_that_is_tried(opened: Callable[..., Company]) -> None:
    models = {name: Model.model_validate(model) for name, model in OTHERS.items()}
    tried = experiment(opened(OTHERS["sales"]), models)
    # Ann at face value: 110 points for 110 % of revenue, 60 for 2 of 4 answers.
    assert scores(tried, models["few count"])["a"] == (110 + 60) / 2
    assert scores(tried, models["many count"])["a"] > (110 + 60) / 2
    # 8 of 10 answers: 100 + 20 × 5/15; of the least cases 30 they are few, and count less.
    face = (80 + 100 + 20 / 3) / 2
    assert scores(tried, models["few count"])["b"] == scores(tried, models["moves"])["b"] == round(face, 6)
    assert scores(tried, models["many count"])["b"] < face
    # Cy sold nothing and was not asked about: the neutral value counts, or all the weight is on revenue.
    assert scores(tried, models["moves"])["c"] == 0 < scores(tried, models["few count"])["c"]


def test_a_model_of_which_the_experiment_does_not_know_what_stands_in_is_refused(
    opened: Callable[..., Company],
) -> None:
    tried = experiment(opened(OTHERS["few count"]))
    assert tried.models == {}
    tried.scored(reweighted(tried.model, {"satisfaction": 0.9}))
    with pytest.raises(KeyError):
        tried.scored(Model.model_validate(OTHERS["many count"]))
    with pytest.raises(KeyError):
        tried.scored(preset("goal_oriented"))


def test_people_are_those_in_the_list_of_reps_who_count_under_some_model(opened: Callable[..., Company]) -> None:
    company = opened(OTHERS["sales"])
    assert list(experiment(company).rows.index) == ["a", "c", "b"]  # by region and name; not zz, whom no list has
    with_left = experiment(company, {"other": Model.model_validate(OTHERS["few count"])})
    assert list(with_left.rows.index) == ["a", "c", "x", "b"]
    assert with_left.rows.loc["x", ["rep", "region"]].tolist() == ["Xi", "East"]
    assert np.isnan(with_left.card.summary.at["x", "score"])
    assert with_left.scored(with_left.models["other"]).summary.at["x", "score"] == 120
    assert list(with_left.sure.index) == list(with_left.rows.index)


def test_what_is_paid_for_grades_is_there_for_every_scale(opened: Callable[..., Company]) -> None:
    grades = [{"grade": "up", "at_least": 70, "coefficient": 2}, {"grade": "low", "at_least": 0, "coefficient": 0.5}]
    others = {"own": Model.model_validate(model_of(1, grades=grades)), "same": Model.model_validate(OTHERS["moves"])}
    tried = experiment(opened(OTHERS["sales"], incentives=BONUS), others)
    table, own = tried.payouts_under(tried.model), tried.payouts_under(others["own"])
    assert table is not None and own is not None
    assert tried.payouts_under(others["same"]) is tried.payouts is table
    assert table.loc["a"].to_dict() == {"S": 1500, "A": 1200, "B": 1000, "C": 700, "D": 0, "": 0}
    assert own.loc["a"].to_dict() == {"up": D(2000), "low": D(500), "": D(0)}
    with pytest.raises(KeyError):
        tried.payouts_under(Model.model_validate(model_of(1, grades=[{**grades[1], "coefficient": 0.75}])))
    without = experiment(opened(OTHERS["sales"]), others)
    assert without.payouts is None and without.payouts_under(others["own"]) is None


def test_while_the_period_is_not_over_there_are_scores_and_no_grades(opened: Callable[..., Company]) -> None:
    company = opened(OTHERS["few count"], incentives=BONUS, period="2025")
    assert experiment(company).is_over
    running = experiment(opened(OTHERS["few count"], incentives=BONUS, period="2026", as_of="2026-05-05"))
    assert not running.is_over and running.payouts is None and running.sure.isna().all()
    for card in (running.card, running.scored(reweighted(running.model, {"satisfaction": 1}))):
        assert (card.summary[["grade", "pay_grade"]] == "").all(axis=None)
        assert card.summary["coefficient"].isna().all()


def test_the_error_is_half_of_the_interval_of_the_expected_score(demo_client: Client) -> None:
    company = open_company(demo_client.path)
    tried, certain = experiment(company), company.certainty()
    row = certain.loc["R051"]
    assert tried.sure["R051"] == (row["score_high"] - row["score_low"]) / 2 > 1
    assert list(tried.sure.index) == list(tried.rows.index)


def test_the_presets_that_the_export_can_measure_are_usable(
    demo_client: Client, opened: Callable[..., Company]
) -> None:
    demo = open_company(demo_client.path)
    presets = usable_presets(demo)
    assert sorted(presets) == ["balanced_scorecard", "behaviour_driven", "core_three", "goal_oriented", "kpi_okr"]
    tried = experiment(demo, presets)
    for model in presets.values():
        same(tried.scored(model).summary, demo.scorecard(model=model).summary)
    # Without margins, activities and key results, 70 % of goal_oriented and all of core_three but new customers.
    assert sorted(usable_presets(opened(OTHERS["sales"]))) == ["core_three", "goal_oriented"]


def test_one_person_without_a_past_is_enough(company_of: Callable[..., Company]) -> None:
    tables = {
        "reps": "rep_id,rep,region\na,Ann,East\n",
        "orders": "order_id,rep_id,account_id,date,amount\n1,a,x,2025-12-31,9\n",
    }
    model = {
        "perspectives": [
            {
                "name": "all",
                "weight": 1,
                "kpis": [{"kpi": "revenue", "weight": 1, "anchors": {"threshold": 6, "target": 10, "excellent": 12}}],
            }
        ]
    }
    tried = experiment(company_of(tables, model=model))
    assert tried.card.summary["score"].tolist() == [90] and len(tried.sure) == 1
    assert replace(tried, is_over=False).scored(tried.model).summary["grade"].tolist() == [""]
