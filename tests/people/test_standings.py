"""One standing a person, by the score as printed."""

import pandas as pd
import pytest

from salesperf.people.standings import standings
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import scorecard

ANCHORS = {"threshold": 60, "target": 100, "excellent": 120}


def standing_of(score: float, *, too_new: bool = False, **settings: object) -> str:
    side = {"name": "all", "weight": 1, "kpis": [{"kpi": "a", "weight": 1, "anchors": ANCHORS}]}
    model = Model.model_validate({"perspectives": [side], **settings})
    return standings(scorecard(pd.DataFrame({"a": [score], "too_new": [too_new]}), model)).iloc[0]


@pytest.mark.parametrize(
    ("score", "standing"),
    [
        (0, "help"),
        (59.94, "help"),
        (59.95, "below_target"),
        (60, "below_target"),
        (99.94, "below_target"),
        (99.95, "on_target"),
        (120, "on_target"),
        (float("nan"), ""),
    ],
)
def test_a_standing_follows_from_the_score_as_printed(score: float, standing: str) -> None:
    assert standing_of(score) == standing


@pytest.mark.parametrize("score", [0, 80, 120, float("nan")])
def test_who_is_too_new_has_no_other_standing(score: float) -> None:
    assert standing_of(score, too_new=True) == "too_new"


def test_the_limits_are_the_model_s_own() -> None:
    grades = [{"grade": "A", "at_least": 85, "coefficient": 1}, {"grade": "B", "at_least": 0, "coefficient": 1}]
    assert [standing_of(score, grades=grades) for score in (84, 85, 100)] == ["help", "below_target", "on_target"]
    points = {"threshold": 50, "target": 80, "excellent": 100}
    assert standing_of(100, points=points) == "on_target"
    alone = [{"grade": "A", "at_least": 0, "coefficient": 1}]
    assert standing_of(0, grades=alone) == "below_target"
