"""What it takes to change the order, by hand on values that are their own points, and on the demo company."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau

from salesperf import open_company
from salesperf.company import Company
from salesperf.errors import RequestError
from salesperf.params import Client
from salesperf.people.weights.comparison import compared
from salesperf.people.weights.experiment import Experiment, experiment
from salesperf.people.weights.sensitivity import (
    decides,
    leaving_grade,
    order_by_period,
    overtaking,
    scores_by_period,
    without_each,
)
from salesperf.scoring.model import Model
from salesperf.scoring.reweighting import reweighted
from salesperf.scoring.scorecard import scorecard

NAN = float("nan")
PERCENT = {"threshold": 60, "target": 100, "excellent": 120}  # a value is its own points


def model_of(*sides: dict[str, float], between: dict[str, tuple[float, float]] | None = None) -> Model:
    """A model of a perspective for each mapping of KPIs to shares of the score."""
    perspectives = [
        {
            "name": f"side {place}",
            "weight": round(sum(kpis.values()), 9),
            "kpis": [
                {
                    "kpi": kpi,
                    "weight": round(share / sum(kpis.values()), 9),
                    "anchors": PERCENT,
                    "between": (between or {}).get(kpi),
                }
                for kpi, share in kpis.items()
            ],
        }
        for place, kpis in enumerate(sides)
    ]
    return Model.model_validate({"perspectives": perspectives})


def tried(model: Model, rows: dict[str, list[float]]) -> Experiment:
    """An experiment on people a, b, c …, whose values of KPIs are given by person."""
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=model.kpi_ids, dtype=float).rename_axis("rep_id")
    frame = frame.assign(region="East", team="One", rep=[rep.upper() for rep in rows], too_new=False)
    stand_ins = {(kpi, 10): pd.DataFrame(index=frame.index) for kpi in model.kpi_ids}
    sure = pd.Series(5.0, index=frame.index)
    return Experiment(frame, scorecard(frame, model), {}, stand_ins, None, sure, is_over=True)


THREE = model_of({"sales": 0.5}, {"calls": 0.3, "care": 0.2})
PEOPLE = {"a": [60.0, 90, 80], "b": [90.0, 80, 80]}


@pytest.fixture(scope="module")
def demo(demo_client: Client) -> Company:
    return open_company(demo_client.path)


def test_one_overtakes_by_the_change_of_methods_md_and_the_tenth_that_is_seen() -> None:
    # The scores 73 and 85 differ by 12; with the tenth 12.1 ÷ (10 + 30) of weight has to move.
    found = overtaking(tried(THREE, PEOPLE), "a", "b")
    assert found is not None and found.size == pytest.approx(2 * 12.1 / 40)
    assert found.weights["change"].tolist() == pytest.approx([-0.3025, 0.3025, 0])
    after = compared(tried(THREE, PEOPLE), found.model).people["other_score"]
    assert after["a"] - after["b"] == pytest.approx(0.1, abs=1e-6)


def test_who_is_ahead_already_needs_no_change() -> None:
    found = overtaking(tried(THREE, PEOPLE), "b", "a")
    assert found is not None and found.size == 0 and (found.weights["change"] == 0).all()


def test_locks_and_policy_may_leave_no_way() -> None:
    # With half on sales, a has at most 30 + 45, and b 85; with 0.3, 18 + 63 against 27 + 56.
    assert overtaking(tried(THREE, PEOPLE), "a", "b", locked=["sales"]) is None
    bound = model_of({"sales": 0.5, "calls": 0.3, "care": 0.2}, between={"sales": (0.3, 0.6)})
    assert overtaking(tried(bound, PEOPLE), "a", "b") is None
    assert overtaking(tried(THREE, {"a": [60.0, 60, 60], "b": [90.0, 60, 60]}), "a", "b") is None


def test_the_grade_changes_by_the_nearer_limit() -> None:
    # 90 × 0.5 + 80 × 0.5 = 85: below 79.95 nothing leads, as no KPI has fewer than 80; nor up to 99.95.
    assert leaving_grade(tried(THREE, PEOPLE), "b") is None
    # 60 × 0.5 + 90 × 0.3 + 80 × 0.2 = 73: up to 79.95 by 6.95 ÷ 30, below 59.95 by none.
    found = leaving_grade(tried(THREE, PEOPLE), "a")
    assert found is not None and found.size == pytest.approx(2 * 6.95 / 30)
    assert compared(tried(THREE, PEOPLE), found.model).people.loc["a", "other_grade"] == "B"
    # 100 × 0.5 + 110 × 0.3 + 90 × 0.2 = 101: up to 110 by 0.5 × 10 + 0.2 × 20 = 9 at most; below 99.95 by 1.05 ÷ 20.
    found = leaving_grade(tried(THREE, {"c": [100.0, 110, 90]}), "c")
    assert found is not None and found.size == pytest.approx(2 * 1.05 / 20, abs=1e-5)
    assert compared(tried(THREE, {"c": [100.0, 110, 90]}), found.model).people.loc["c", "other_grade"] == "B"


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda one: overtaking(one, "a", "z"), "rep: 'z' is nobody of the period"),
        (lambda one: overtaking(one, "a", "n"), "rep: expected every KPI of 'n', got no 'calls'"),
        (lambda one: overtaking(one, "a", "b", ["call"]), "locked: 'call' is not a KPI of the model; did you mean"),
        (lambda one: leaving_grade(one, "m"), "rep: expected every KPI of 'm'"),
    ],
)
def test_who_or_what_there_is_not_is_refused_in_one_line(ask: object, said: str) -> None:
    with pytest.raises(RequestError) as error:
        ask(tried(THREE, {**PEOPLE, "n": [90.0, NAN, 80], "m": [NAN, NAN, 80]}))  # type: ignore[operator]
    assert said in str(error.value) and "\n" not in str(error.value)


def test_without_each_kpi_is_the_model_that_gives_its_weight_to_the_others() -> None:
    start = tried(THREE, PEOPLE)
    found = without_each(start)
    # Without sales calls have 0.6 and care 0.4: a 86, b 80. Without calls: 65.714…, 87.143….
    assert list(found) == ["sales", "calls", "care"]
    assert found["sales"].people["other_score"].tolist() == pytest.approx([86, 80])
    assert [found[kpi].tau for kpi in found] == [-1, 1, 1]
    assert [len(found[kpi].regraded) for kpi in found] == [1, 0, 0]
    assert without_each(tried(model_of({"sales": 1}), {"a": [90.0], "b": [80.0]})) == {}


def test_policy_says_nothing_against_leaving_a_kpi_out() -> None:
    bound = model_of({"sales": 0.5, "calls": 0.5}, between={"sales": (0.4, 0.6)})
    assert list(without_each(tried(bound, {"a": [90.0, 80], "b": [80.0, 90]}))) == ["sales", "calls"]


def test_a_kpi_of_which_all_have_the_same_decides_nothing() -> None:
    found = decides(tried(THREE, {"a": [100.0, 80, 90], "b": [80.0, 80, 90], "c": [90.0, 80, 90]}).card)
    assert found.kpis["nominal"].tolist() == pytest.approx([0.5, 0.3, 0.2])
    assert found.kpis["effective"].tolist() == pytest.approx([1, 0, 0])
    assert found.people == 3 and found.correlations.loc["sales", "sales"] == pytest.approx(1)
    assert found.correlations.loc["sales", "calls":].isna().all()


def test_orders_of_several_periods_by_hand() -> None:
    scores = pd.DataFrame({"2025Q3": [3.0, 2, 1, NAN], "2025Q4": [1.0, 2, 3, 4]}, index=list("abcd"))
    found = order_by_period(scores)
    assert found["people"].tolist() == [3, 4] and found["tau"].tolist() == [-1, 1]
    # The means are 2, 2, 2 and 4.
    assert found["tau_mean"].tolist()[1] == pytest.approx(kendalltau([1, 2, 3, 4], [2, 2, 2, 4]).statistic)
    assert np.isnan(found["tau_mean"].tolist()[0])


def test_the_last_quarters_of_the_demo_company(demo: Company) -> None:
    scores = scores_by_period(demo, demo.model)
    assert list(scores) == ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]
    now, before = demo.scorecard().summary, open_company(demo.client.path, "2025Q3").scorecard().summary
    for label, summary in (("2025Q4", now), ("2025Q3", before)):
        expected = summary["score"].where(~summary["too_new"])
        assert scores[label].to_numpy() == pytest.approx(expected.reindex(scores.index).to_numpy(), nan_ok=True)
    found = order_by_period(scores)
    assert found.loc["2025Q4", "tau"] == pytest.approx(1) and (found["tau"].iloc[:3] < 0.9).all()


def test_periods_under_models_that_judge_few_cases_otherwise_are_those_of_each_alone(demo: Company) -> None:
    plain = demo.model.model_dump(mode="json", exclude={"starts", "adopted"})
    for perspective in plain["perspectives"]:
        for kpi in perspective["kpis"]:
            kpi["least_cases"] = 1
    present, few, moves = (
        demo.model,
        Model.model_validate(plain),
        demo.model.model_copy(update={"without_cases": "moves"}),
    )
    found = [scores_by_period(demo, model) for model in (present, few, moves)]
    assert not found[0].equals(found[1]) and not found[0].equals(found[2])
    for model, scores in zip((few, moves), found[1:], strict=True):
        pd.testing.assert_frame_equal(scores, scores_by_period(open_company(demo.client.path), model))


def test_the_verbs_of_a_company(demo: Company) -> None:
    start = experiment(demo)
    ranked = compared(start, start.model).people["rank"].sort_values().index
    first, second = str(ranked[0]), str(ranked[1])
    found = demo.overtaking(second, first)
    if found is not None:
        changed = demo.compared(found.model).people["other_score"]
        assert changed[second] > changed[first]
    left = demo.leaving_grade(second)
    assert left is not None and 0 < left.size < 2
    people = demo.compared(left.model).people.loc[second]
    assert people["grade"] != people["other_grade"]
    without = demo.without_each_kpi()
    expected = demo.compared(reweighted(demo.model, {"satisfaction": 0}))
    assert without["satisfaction"].tau == expected.tau
