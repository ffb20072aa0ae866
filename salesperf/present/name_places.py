"""Places for names beside points, so that no name lies on another or on a point."""

from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import east_asian_width

LETTER, WIDE, HEIGHT = 0.56, 1.0, 1.25  # of the font size: a letter's width, a Chinese one's, a line's height
_POINT = 4.5  # half the width of a point, in the unit of places
_STEPS = 12  # lines tried above and below a point


@dataclass(frozen=True)
class Box:
    """A rectangle, from left to right and from bottom to top."""

    left: float
    right: float
    bottom: float
    top: float

    def over(self, other: "Box") -> float:
        """How much of it lies on another one."""
        across = min(self.right, other.right) - max(self.left, other.left)
        up = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(across, 0.0) * max(up, 0.0)


def beside(points: list[tuple[float, float]], names: list[str], *, size: float, frame: Box) -> list[Box]:
    """A box in the frame for each name, beside its point; the first names choose first.

    Points, boxes and the size of the font have one unit. Where there is no free place, the least covered is taken.
    """
    dots = [Box(x - _POINT, x + _POINT, y - _POINT, y + _POINT) for x, y in points]
    taken: list[Box] = []
    for (x, y), name in zip(points, names, strict=True):
        candidates = list(_candidates(x, y, long=width(name) * size, high=size * HEIGHT, frame=frame))
        covered = [
            sum(box.over(other) * 10 for other in taken) + sum(box.over(dot) for dot in dots) for box in candidates
        ]
        taken.append(candidates[covered.index(min(covered))])
    return taken


def width(name: str) -> float:
    """The width of a name in font sizes, on the safe side."""
    return sum(WIDE if east_asian_width(letter) in "WF" else LETTER for letter in name)


def _candidates(x: float, y: float, *, long: float, high: float, frame: Box) -> Iterator[Box]:
    """Right and left of the point, then line by line further up and down, inside the frame."""
    for step in sorted(range(-_STEPS, _STEPS + 1), key=abs):
        middle = min(max(y + step * high * 0.7, frame.bottom + high / 2), frame.top - high / 2)
        for left in (x + _POINT + 2, x - _POINT - 2 - long):
            inside = min(max(left, frame.left), frame.right - long)
            if inside == left or step:
                yield Box(inside, inside + long, middle - high / 2, middle + high / 2)
