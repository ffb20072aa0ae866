"""A model with other shares of the score: what keeps its proportion, what stays, and what is refused."""

from math import fsum
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from salesperf.errors import RequestError
from salesperf.measures.kpis import KPIS
from salesperf.params import preset_names, read_client
from salesperf.scoring.model import MODELS, Model, read_model
from salesperf.scoring.readiness import preset
from salesperf.scoring.reweighting import reweighted, shares_of_score

PERCENT = {"threshold": 60, "target": 100, "excellent": 120}
GRADES = [{"grade": "up", "at_least": 70, "coefficient": 2}, {"grade": "low", "at_least": 0, "coefficient": 0.5}]


def side(name: str, weight: float, kpis: dict[str, float], **more: object) -> dict[str, object]:
    return {
        "name": name,
        "weight": weight,
        "kpis": [{"kpi": one, "weight": share, "anchors": PERCENT} for one, share in kpis.items()],
        **more,
    }


# Shares of the score: a 0.3, b 0.3, c 0.3, d 0.1.
MODEL = Model.model_validate(
    {
        "perspectives": [
            side("results", 0.6, {"a": 0.5, "b": 0.5}, pay_weight=0.9),
            side("customers", 0.3, {"c": 1}),
            side("learning", 0.1, {"d": 1}, pay_weight=0, apart=True),
        ],
        "grades": GRADES,
        "forced": {"up": 0.25, "low": 0.75},
        "points": {"excellent": 130},
        "measured_at_least": 0.5,
        "without_cases": "moves",
    }
)


def test_the_share_of_a_kpi_is_its_weight_times_that_of_its_perspective() -> None:
    assert shares_of_score(MODEL) == pytest.approx({"a": 0.3, "b": 0.3, "c": 0.3, "d": 0.1})


def test_the_others_share_what_is_left_in_their_present_proportion() -> None:
    # 0.65 is left for 0.3 + 0.3 + 0.1 = 0.7, so each of these is multiplied by 13/14.
    other = reweighted(MODEL, {"c": 0.35})
    assert shares_of_score(other) == pytest.approx(
        {"a": 0.3 * 13 / 14, "b": 0.3 * 13 / 14, "c": 0.35, "d": 0.1 * 13 / 14}, abs=2e-6
    )
    # Two of one perspective: 0.5 is left for c 0.3 and d 0.1.
    other = reweighted(MODEL, {"a": 0.4, "b": 0.1})
    assert shares_of_score(other) == pytest.approx({"a": 0.4, "b": 0.1, "c": 0.375, "d": 0.125})
    assert [(one.name, one.weight) for one in other.perspectives] == [
        ("results", 0.5),
        ("customers", 0.375),
        ("learning", 0.125),
    ]


def test_without_a_wish_the_model_stays_as_it_is() -> None:
    assert reweighted(MODEL, {}) == MODEL


def test_a_kpi_without_a_share_is_left_out_and_so_is_a_perspective_of_which_nothing_is_left() -> None:
    assert reweighted(MODEL, {"a": 0}).kpi_ids == ["b", "c", "d"]
    without = reweighted(MODEL, {"c": 0})
    assert [one.name for one in without.perspectives] == ["results", "learning"]
    # 0.6 and 0.1 of what was 0.7
    assert [one.weight for one in without.perspectives] == pytest.approx([6 / 7, 1 / 7], abs=1e-6)
    alone = reweighted(MODEL, {"c": 1})
    assert (alone.kpi_ids, alone.perspectives[0].weight) == (["c"], 1)


def test_a_share_too_small_to_be_written_is_none() -> None:
    assert reweighted(MODEL, {"c": 1e-11}).kpi_ids == ["a", "b", "d"]
    assert reweighted(MODEL, {"a": 2e-9}).kpi_ids == ["a", "b", "c", "d"]
    assert reweighted(MODEL, {"c": 1 - 1e-10}).kpi_ids == ["c"]


def test_anchors_grades_limits_and_the_weights_of_pay_stay() -> None:
    other = reweighted(MODEL, {"d": 0.5})
    assert other.model_dump(exclude={"perspectives"}) == MODEL.model_dump(exclude={"perspectives"})
    assert [(one.name, one.pay_weight, one.apart) for one in other.perspectives] == [
        ("results", 0.9, False),
        ("customers", None, False),
        ("learning", 0, True),
    ]
    assert [kpi.anchors for _, kpi in other.kpis()] == [kpi.anchors for _, kpi in MODEL.kpis()]


def test_what_was_not_written_in_the_model_stays_unwritten(tmp_path: Path) -> None:
    """A model file may not name the least cases of what has none, so one written from the model is read again."""
    other = reweighted(preset("core_three"), {"satisfaction": 0.4})
    (tmp_path / "model.yml").write_text(yaml.safe_dump(other.model_dump(exclude_unset=True)), "utf-8")
    client = "client: X\nperiod: 2025\nmodel: model.yml\nsource: {reps: r.csv, orders: o.csv}\n"
    (tmp_path / "client.yml").write_text(client, "utf-8")
    assert read_model(read_client(tmp_path / "client.yml"), KPIS) == other


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"satisfacton": 0.4}, "weights: 'satisfacton' is not a KPI of the model; did you mean 'satisfaction'?"),
        ({"satisfaction": -0.1}, "weights: expected a share of the score from 0 to 1 for 'satisfaction', got -0.1"),
        ({"satisfaction": 1.1}, "weights: expected a share of the score from 0 to 1 for 'satisfaction', got 1.1"),
        ({"satisfaction": float("nan")}, "weights: expected a share of the score from 0 to 1 for 'satisfaction'"),
        (
            {"satisfaction": 0.6, "revenue_attainment": 0.7},
            "weights: expected shares that sum to at most 1, got 1.3; correct them",
        ),
        (
            {"satisfaction": 0.3, "revenue_attainment": 0.3, "new_customers_attainment": 0.3},
            "weights: expected shares that sum to 1, got 0.9; correct them",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(shares: dict[str, float], said: str) -> None:
    with pytest.raises(RequestError) as error:
        reweighted(preset("core_three"), shares)
    assert str(error.value).startswith(said)


def test_a_share_outside_what_policy_allows_is_refused_also_of_a_kpi_that_was_not_named() -> None:
    content = MODEL.model_dump(exclude_unset=True)
    content["perspectives"][1]["kpis"][0]["between"] = (0.25, 0.35)
    bounded = Model.model_validate(content)
    assert shares_of_score(reweighted(bounded, {"c": 0.25}))["c"] == pytest.approx(0.25)
    for shares in ({"c": 0.36}, {"c": 0}, {"a": 0.5}):  # 0.5 is left for 0.7, so 0.3 becomes 0.214
        with pytest.raises(RequestError, match=r"weights: expected 0\.25 to 0\.35 of the score for 'c', as the model"):
            reweighted(bounded, shares)


def test_a_model_of_which_nothing_is_left_that_counts_for_pay_is_refused() -> None:
    with pytest.raises(RequestError, match="weights: expected a share for a KPI that counts for pay, such as 'a'"):
        reweighted(MODEL, {"d": 1})


@given(
    st.sampled_from(preset_names(MODELS)),
    st.lists(st.integers(0, 1000), min_size=1, max_size=3).filter(any),  # else nothing may be left that pays
    st.integers(1, 1000),
)
def test_shares_sum_to_1_and_the_others_keep_their_proportion(name: str, wished: list[int], rest: int) -> None:
    model = preset(name)
    ids = model.kpi_ids[: min(len(wished), len(model.kpi_ids) - 1)]
    total = sum(wished[: len(ids)]) + rest
    shares = {kpi: wish / total for kpi, wish in zip(ids, wished, strict=False)}
    other = reweighted(model, shares)
    present, now = shares_of_score(model), shares_of_score(other)
    assert fsum(now.values()) == pytest.approx(1, abs=1e-9)
    assert {kpi: now.get(kpi, 0) for kpi in shares} == pytest.approx(shares, abs=3e-6)
    left = 1 - sum(shares.values())
    others = {kpi: share for kpi, share in present.items() if kpi not in shares}
    expected = {kpi: share * left / sum(others.values()) for kpi, share in others.items()}
    assert {kpi: now.get(kpi, 0) for kpi in others} == pytest.approx(expected, abs=3e-6)
