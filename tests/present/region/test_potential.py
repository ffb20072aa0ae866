"""Potential as a figure: the region's people and nobody else's."""

from typing import Any

import pytest

from salesperf.people.features import features
from salesperf.people.potential import Potential
from salesperf.people.potential_ranking import potential
from salesperf.present.region.potential import nine_box


@pytest.fixture(scope="module")
def found(demo: Any, east: Any) -> Potential:
    return potential(features(demo), east.card.summary["score"])


def test_the_nine_box_names_the_regions_people_and_nobody_elses(
    demo: Any, found: Potential, words: Any, alternative: Any
) -> None:
    figure = nine_box(demo.voice, found, "East")
    own = set(found.people.loc[found.people["region"] == "East", "rep"])
    others = set(found.people.loc[found.people["region"] != "East", "rep"])
    assert own <= set(words(figure))
    assert not others & set(words(figure))
    for name in own:
        assert name in alternative(figure)
