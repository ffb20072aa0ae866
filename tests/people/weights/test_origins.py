"""Where weights may come from: judgements read and checked, weights by each method, what each does to the order."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from salesperf import open_company
from salesperf.company import Company
from salesperf.errors import RequestError
from salesperf.params import Client
from salesperf.people.weights.judgements import matrix_of, read_judgements
from salesperf.people.weights.origins import WeightOrigins
from salesperf.weighting.ahp import ahp
from salesperf.weighting.data_weights import critic_weights, entropy_weights

KPIS = ["revenue_attainment", "satisfaction", "new_customers_attainment"]
PAIRS = {
    "revenue_attainment": {"satisfaction": 4, "new_customers_attainment": 2},
    "new_customers_attainment": {"satisfaction": 2},
}
BEST_WORST = {
    "best": "revenue_attainment",
    "worst": "satisfaction",
    "best_to_others": {"satisfaction": 4, "new_customers_attainment": 2},
    "others_to_worst": {"revenue_attainment": 4, "new_customers_attainment": 2},
}
SWINGS = {"revenue_attainment": 100, "satisfaction": 60, "new_customers_attainment": 40}


@pytest.fixture(scope="module")
def demo(demo_client: Client) -> Company:
    return open_company(demo_client.path)


@pytest.fixture(scope="module")
def found(demo: Company) -> WeightOrigins:
    return demo.weights_from({"pairs": PAIRS, "best_worst": BEST_WORST, "swings": SWINGS})


def test_consistent_judgements_give_their_proportions(found: WeightOrigins) -> None:
    # 4 : 2 : 1 by pairs and by best and worst; 100 : 60 : 40 by swings.
    for origin in ("pairs", "best_worst"):
        assert found.weights[origin].tolist() == pytest.approx([4 / 7, 1 / 7, 2 / 7])
    assert found.weights["swings"].tolist() == pytest.approx([0.5, 0.3, 0.2])
    assert found.pairs is not None and found.pairs.ratio == pytest.approx(0, abs=1e-9)
    assert found.best_worst is not None and found.best_worst.ratio == 0


def test_the_present_order_has_one_most_important_kpi_and_two_of_one_class(found: WeightOrigins) -> None:
    # Rank-order centroid of three: 11/18, and (5/18 + 2/18) ÷ 2 for both others.
    assert found.weights["order"].tolist() == pytest.approx([11 / 18, 7 / 36, 7 / 36])
    assert found.weights["equal"].tolist() == pytest.approx([1 / 3] * 3)
    assert found.weights["present"].tolist() == pytest.approx([0.5, 0.25, 0.25])


def test_weights_by_data_are_of_the_points_of_who_is_not_too_new(demo: Company, found: WeightOrigins) -> None:
    card = demo.scorecard()
    points = card.points[~card.summary["too_new"]].dropna().to_numpy()
    assert found.weights["entropy"].tolist() == pytest.approx(entropy_weights(points).tolist())
    assert found.weights["critic"].tolist() == pytest.approx(critic_weights(points).tolist())


def test_each_origin_is_tried_on_the_people(demo: Company, found: WeightOrigins) -> None:
    assert found.effects.loc["present"].tolist() == pytest.approx([1, 0, 0, 0])
    moved = demo.with_weights(**dict(zip(KPIS, [0.5, 0.3, 0.2], strict=True)))
    expected = [moved.tau, len(moved.regraded), moved.raised, moved.lowered]
    assert found.effects.loc["swings"].tolist() == pytest.approx(expected)
    assert (found.effects["regraded"] == found.effects["raised"] + found.effects["lowered"]).all()


def test_weights_are_learned_from_the_period_before(demo: Company, found: WeightOrigins) -> None:
    assert found.outcome == "revenue_attainment" and found.learned is not None
    assert found.weights["learned"].tolist() == pytest.approx(found.learned.weights.tolist())
    # In the demo company attainment is what lasts, and satisfaction has nothing to do with it.
    assert found.weights["learned"].idxmax() == "revenue_attainment"
    other = demo.weights_from(outcome="satisfaction")
    assert other.outcome == "satisfaction" and other.learned is not None
    assert other.learned.weights.tolist() != found.learned.weights.tolist()


def test_of_a_company_of_few_none_are_learned(company_of: Any) -> None:
    tables = {
        "reps": "rep_id,rep,region\na,Ann,East\nb,Bo,East\n",
        "orders": "order_id,rep_id,account_id,date,amount\n1,a,x,2025-10-31,9\n2,b,y,2025-12-31,12\n",
    }
    kpis = [
        {"kpi": kpi, "weight": 0.5, "anchors": {"threshold": 6, "target": 10, "excellent": 12}}
        for kpi in ("revenue", "customers")
    ]
    few = company_of(tables, model={"perspectives": [{"name": "all", "weight": 1, "kpis": kpis}]}).weights_from()
    assert few.learned is None and few.weights["learned"].isna().all() and few.outcome == "revenue"
    assert few.effects.loc["learned"].isna().all()
    assert "pairs" not in few.weights and few.pairs is None


def test_several_people_are_combined_by_the_geometric_mean(demo: Company) -> None:
    one = {"pairs": {"revenue_attainment": {"satisfaction": 9, "new_customers_attainment": 1},
                     "satisfaction": {"new_customers_attainment": 1}}}  # fmt: skip
    other = {"pairs": {"satisfaction": {"revenue_attainment": 1, "new_customers_attainment": 1},
                       "new_customers_attainment": {"revenue_attainment": 1}}}  # fmt: skip
    both = demo.weights_from([one, other])
    combined = matrix_of({"revenue_attainment": {"satisfaction": 3, "new_customers_attainment": 1},
                          "satisfaction": {"new_customers_attainment": 1}}, KPIS)  # fmt: skip
    assert both.weights["pairs"].tolist() == pytest.approx(ahp(combined).weights.tolist())


def test_an_order_of_importance_replaces_that_of_the_weights(demo: Company) -> None:
    order = ["satisfaction", "new_customers_attainment", "revenue_attainment"]
    assert demo.weights_from({"order": order}).weights["order"].tolist() == pytest.approx([2 / 18, 11 / 18, 5 / 18])


def test_a_file_says_where_it_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "judgements.yml"
    path.write_text("pairs:\n  revenue_attainment:\n    satisfaction: 3\n    new_customer: 2\n", encoding="utf-8")
    with pytest.raises(RequestError, match=r"judgements\.yml:4: pairs: 'new_customer' is not expected here; did you"):
        read_judgements(path, KPIS)
    path.write_text("pairs:\n  revenue_attainment: {satisfaction: 3}\n", encoding="utf-8")
    with pytest.raises(RequestError, match=r"yml:1: pairs: expected each pair of KPIs, got none of 'revenue_att"):
        read_judgements(path, KPIS)
    with pytest.raises(RequestError, match="expected a file, found none"):
        read_judgements(tmp_path / "none.yml", KPIS)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"pair": PAIRS}, "'pair' is not a"),
        ({"pairs": PAIRS | {"satisfaction": {"revenue_attainment": 3}}}, "and 'revenue_attainment' twice"),
        ({"pairs": PAIRS | {"satisfaction": {"satisfaction": 1}}}, "got 'satisfaction' against itself"),
        ({"pairs": {"revenue_attainment": {"satisfaction": 0}}}, "satisfaction: expected greater than 0, got 0"),
        ({"pairs": {"revenue_attainment": {"satisfaction": "much"}}}, "expected number, got 'much'"),
        ({"swings": {"satisfaction": 1}}, "swings: expected every KPI of the model once, got none of 'revenue_att"),
        ({"swings": dict.fromkeys(KPIS, 0)}, "swings: expected one above 0"),
        ({"order": [*KPIS, KPIS[0]]}, "order: expected every KPI of the model once, got one of them twice"),
        ({"best_worst": BEST_WORST | {"worst": "revenue_attainment"}}, "worst: expected another KPI than the best"),
        ({"best_worst": BEST_WORST | {"best": "revenue"}}, "'revenue' is not expected here"),
        ({"best_worst": BEST_WORST | {"best_to_others": {"satisfaction": 4}}}, "none of 'new_customers_attainment'"),
        ({"best_worst": BEST_WORST | {"others_to_worst": {"revenue_attainment": 3, "new_customers_attainment": 2}}},
         "best against worst: expected the same number twice, got 4 and 3"),
    ],
)  # fmt: skip
def test_judgements_that_are_wrong_are_refused_in_one_line(given: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestError) as error:
        read_judgements(given, KPIS)
    assert said in str(error.value), str(error.value)
    assert "\n" not in str(error.value)


def test_an_outcome_that_is_no_kpi_is_refused(demo: Company) -> None:
    with pytest.raises(RequestError, match="outcome: 'revenu' is not a KPI; did you mean 'revenue'"):
        demo.weights_from(outcome="revenu")


def test_policy_does_not_keep_weights_from_being_tried(demo: Company) -> None:
    assert np.isfinite(demo.weights_from().effects["tau"]).all()
