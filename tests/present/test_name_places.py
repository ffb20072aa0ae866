"""Names beside points: none lies on another, none leaves the figure."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.present.name_places import Box, beside, width

FRAME = Box(0, 350, 0, 285)


def boxes(points: list[tuple[float, float]], names: list[str]) -> list[Box]:
    return beside(points, names, size=7.5, frame=FRAME)


def test_a_name_alone_stands_to_the_right_of_its_point() -> None:
    (box,) = boxes([(100, 100)], ["Ann"])
    assert box.left > 100
    assert (box.bottom + box.top) / 2 == 100


def test_a_name_at_the_right_edge_stands_to_the_left() -> None:
    (box,) = boxes([(340, 100)], ["Benjamin Jensen"])
    assert box.right < 340


def test_two_people_on_one_spot_have_two_places() -> None:
    first, second = boxes([(100, 100), (100, 100)], ["Ann", "Bo"])
    assert first.over(second) == 0


def test_chinese_letters_are_twice_as_wide() -> None:
    assert width("王伟") == pytest.approx(2.0)
    assert width("ab") == pytest.approx(1.12)


@given(
    st.lists(st.tuples(st.floats(10, 340), st.floats(10, 275)), min_size=2, max_size=16),
    st.text("abc王 ", min_size=1, max_size=24),
)
def test_names_of_a_region_never_lie_on_each_other_or_outside(points: list[tuple[float, float]], name: str) -> None:
    found = boxes(points, [name] * len(points))
    assert all(one.over(other) < 1e-6 for one, other in combinations(found, 2))
    assert all(FRAME.left <= one.left and one.right <= FRAME.right for one in found)
    assert all(FRAME.bottom <= one.bottom and one.top <= FRAME.top for one in found)


def test_more_names_than_room_are_all_placed() -> None:
    crowd = [(175.0, 140.0)] * 200
    assert len(boxes(crowd, ["n" * 24] * 200)) == len(crowd)


def test_overlap_is_the_area_shared() -> None:
    steps = [Box(0, 2, 0, 2), Box(1, 3, 1, 3), Box(3, 4, 3, 4)]
    assert [one.over(other) for one, other in pairwise(steps)] == [1, 0]
