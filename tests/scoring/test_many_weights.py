"""Scores under many weights are those of the scorecard under the reweighted model, draw by draw."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from salesperf.scoring.many_weights import scores_under, weights_of_each
from salesperf.scoring.model import Model
from salesperf.scoring.reweighting import reweighted
from salesperf.scoring.scorecard import Scorecard, scorecard
from salesperf.weighting.weight_draws import any_weights

PERCENT = {"threshold": 60, "target": 100, "excellent": 120}  # a value is its own points


def model_of(*sides: tuple[float, float | None, list[str]], **settings: object) -> Model:
    """A model of perspectives: weight, pay weight and KPIs of equal weights."""
    perspectives = [
        {
            "name": f"side {place}",
            "weight": weight,
            "pay_weight": pays,
            "kpis": [{"kpi": kpi, "weight": 1 / len(kpis), "anchors": PERCENT} for kpi in kpis],
        }
        for place, (weight, pays, kpis) in enumerate(sides)
    ]
    return Model.model_validate({"perspectives": perspectives, **settings})


def card_of(model: Model, people: int = 40, seed: int = 0) -> Scorecard:
    """A scorecard of people of whom some KPIs are not available, and some stand in for what has no case."""
    rng = np.random.default_rng(seed)
    values = pd.DataFrame(rng.uniform(60, 120, (people, len(model.kpi_ids))), columns=model.kpi_ids)
    values = values.mask(rng.random(values.shape) < 0.3)
    neutral = values.isna() & (rng.random(values.shape) < 0.5)
    return scorecard(values.assign(**{f"{kpi}_neutral": neutral[kpi].map({True: 90.0}) for kpi in values}), model)


def one_by_one(card: Scorecard, shares: NDArray[np.float64], column: str) -> NDArray[np.float64]:
    """The same from scorecards of reweighted models."""
    values = card.points.where(card.neutral.isna())
    rows = values.join(card.neutral.add_suffix("_neutral"))
    others = [reweighted(card.model, dict(zip(card.points, map(float, row), strict=True))) for row in shares]
    return np.array([scorecard(rows, other).summary[column].to_numpy() for other in others])


@pytest.mark.parametrize("least", [0.0, 0.6])
def test_scores_are_those_of_the_reweighted_models(least: float) -> None:
    card = card_of(model_of((0.5, None, ["a", "b"]), (0.3, None, ["c"]), (0.2, None, ["d"]), measured_at_least=least))
    shares = any_weights(4, draws=30)
    expected = one_by_one(card, shares, "score")
    assert np.isnan(expected).any() == (least > 0)
    assert scores_under(card, shares) == pytest.approx(expected, abs=1e-5, nan_ok=True)


def test_pay_scores_keep_the_pay_weights_of_perspectives() -> None:
    card = card_of(model_of((0.5, 0.8, ["a", "b"]), (0.3, 0.2, ["c"]), (0.2, 0, ["d"])))
    shares = any_weights(4, draws=30)
    assert scores_under(card, shares, pay=True) == pytest.approx(
        one_by_one(card, shares, "pay_score"), abs=1e-5, nan_ok=True
    )


def test_a_weight_of_nothing_is_a_kpi_that_is_not_there() -> None:
    card = card_of(model_of((0.5, None, ["a", "b"]), (0.3, None, ["c"]), (0.2, None, ["d"])))
    shares = np.array([[0.5, 0.5, 0, 0], [0, 0, 0, 1.0], [0, 0.5, 0.5, 0]])
    assert scores_under(card, shares) == pytest.approx(one_by_one(card, shares, "score"), abs=1e-5, nan_ok=True)


def test_present_weights_come_to_the_scorecards_own() -> None:
    card = card_of(model_of((0.5, None, ["a", "b"]), (0.3, None, ["c"]), (0.2, None, ["d"])))
    present = np.array([0.25, 0.25, 0.3, 0.2])
    assert weights_of_each(card, present) == pytest.approx(card.weights.to_numpy())
