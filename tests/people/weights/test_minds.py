"""Several minds on the same people: ranks, agreement and who is hurt, by hand on values that are their own points."""

import numpy as np
import pandas as pd
import pytest

from salesperf import open_company
from salesperf.company import Company
from salesperf.errors import RequestError
from salesperf.params import Client
from salesperf.people.weights.experiment import Experiment
from salesperf.people.weights.minds import minds_of
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import scorecard

NAN = float("nan")
PERCENT = {"threshold": 60, "target": 100, "excellent": 120}  # a value is its own points


def model_of(**shares: float) -> Model:
    kpis = [{"kpi": kpi, "weight": share, "anchors": PERCENT} for kpi, share in shares.items()]
    return Model.model_validate({"perspectives": [{"name": "all", "weight": 1, "kpis": kpis}]})


def tried(rows: dict[str, list[float]], too_new: str = "") -> Experiment:
    """An experiment on people a, b, c …, with their sales and calls, under a model of sales alone."""
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["sales", "calls"], dtype=float).rename_axis("rep_id")
    frame = frame.assign(region="East", team="One", rep=[rep.upper() for rep in rows])
    frame = frame.assign(too_new=[rep in too_new for rep in rows])
    stand_ins = {(kpi, 10): pd.DataFrame(index=frame.index) for kpi in ("sales", "calls")}
    sure = pd.Series(5.0, index=frame.index)
    return Experiment(frame, scorecard(frame, model_of(sales=1)), {}, stand_ins, None, sure, is_over=True)


MODELS = {"sales": model_of(sales=1), "people": model_of(calls=1), "both": model_of(sales=0.5, calls=0.5)}
PEOPLE = {"a": [110.0, 70], "b": [100.0, 100], "c": [80.0, 110]}


def test_ranks_agreement_and_who_gives_them_by_hand() -> None:
    # sales a b c, people c b a, both 90, 100, 95: b c a.
    found = minds_of(tried(PEOPLE), MODELS)
    assert found.ranks.to_numpy().tolist() == [[1, 3, 3], [2, 2, 1], [3, 1, 2]]
    # The sums of ranks are 7, 5, 6: W = (12 × 110 − 3 × 9 × 3 × 16) ÷ (9 × 3 × 8) = 24 ÷ 216.
    assert found.agreement == pytest.approx(24 / 216)
    assert found.tau.to_numpy() == pytest.approx(np.array([[1, -1, -1 / 3], [-1, 1, 1 / 3], [-1 / 3, 1 / 3, 1]]))
    people = found.people
    assert people[["best", "worst", "spread"]].to_numpy().tolist() == [[1, 3, 2], [1, 2, 1], [1, 3, 2]]
    assert people["best_by"].tolist() == ["sales", "both", "people"]
    assert people["worst_by"].tolist() == ["people", "sales", "sales"]
    assert found.grades.to_numpy().tolist() == [["S", "C", "B"], ["A", "A", "A"], ["B", "S", "B"]]


def test_who_is_hurt_by_a_wish_is_who_falls_the_farthest_first() -> None:
    found = minds_of(tried(PEOPLE), MODELS)
    assert list(found.hurt_by("sales").index) == []
    assert list(found.hurt_by("people").index) == ["a"]
    four = minds_of(tried({"a": [110.0, 70], "b": [100.0, 80], "c": [90.0, 110], "d": [80.0, 120]}), MODELS)
    assert list(four.hurt_by("people").index) == ["a", "b"]


def test_mixtures_lie_between_what_the_minds_say() -> None:
    # a is ahead of b by sales and behind by calls: any mixture may have either as the first.
    two = {name: MODELS[name] for name in ("sales", "people")}
    found = minds_of(tried({"a": [110.0, 70], "b": [70.0, 110], "z": [60.0, 60]}), two)
    assert found.people[["mixed_low", "mixed_high"]].to_numpy().tolist() == [[1, 2], [1, 2], [3, 3]]


def test_who_is_not_ranked_by_all_is_left_out_of_the_agreement_and_not_of_the_effects() -> None:
    found = minds_of(tried({**PEOPLE, "n": [120.0, NAN], "t": [120.0, 120]}, too_new="t"), MODELS)
    assert list(found.people.index) == ["a", "b", "c"] and found.agreement == pytest.approx(24 / 216)
    assert found.comparisons["sales"].people.loc["n", "other_rank"] == 1


def test_fewer_than_two_people_agree_on_nothing() -> None:
    assert np.isnan(minds_of(tried({"a": [110.0, 70]}), MODELS).agreement)
    nobody = minds_of(tried({"a": [NAN, NAN]}), MODELS)
    assert nobody.people.empty and np.isnan(nobody.agreement)


@pytest.fixture(scope="module")
def demo(demo_client: Client) -> Company:
    return open_company(demo_client.path)


def test_presets_side_by_side_are_each_compared_with_the_model_in_force(demo: Company) -> None:
    found = demo.minds({"sales": "goal_oriented", "HR": "behaviour_driven", "now": demo.model})
    alone = demo.compared("behaviour_driven")
    assert found.comparisons["HR"].tau == pytest.approx(alone.tau)
    assert found.comparisons["HR"].costs == alone.costs
    assert found.comparisons["now"].regraded.empty and 0 < found.agreement < 1
    assert (found.people["mixed_low"] <= found.people["mixed_high"]).all()


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ({"sales": "goal_oriented"}, "minds: expected 2 to 8 models, got 1"),
        (dict.fromkeys("abcdefghi", "core_three"), "minds: expected 2 to 8 models, got 9"),
        ({"sales": "goal_orientd", "HR": "core_three"}, "model: 'goal_orientd' is not a preset"),
        ({"sales": "none.yml", "HR": "core_three"}, "none.yml: expected a file, found none"),
    ],
)
def test_too_few_too_many_and_what_is_no_model_are_refused_in_one_line(
    demo: Company, models: dict[str, str], said: str
) -> None:
    with pytest.raises(RequestError) as error:
        demo.minds(models)
    assert said in str(error.value) and "\n" not in str(error.value)
