"""Places for names beside the points of a figure, so that as little as possible of a name covers names or points."""

from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import east_asian_width

LETTER, WIDE, HEIGHT = 0.56, 1.0, 1.25  # of the font size: a letter's width, a Chinese one's, a line's height
_POINT = 4.5  # half the width of a drawn point, in the unit of the places: typographic points
_STEPS = 12  # steps tried above and below a point


@dataclass(frozen=True)
class Box:
    """A rectangle, from left to right and from bottom to top."""

    left: float
    right: float
    bottom: float
    top: float

    def over(self, other: "Box") -> float:
        """The area that it shares with another box, 0 where they do not overlap."""
        across = min(self.right, other.right) - max(self.left, other.left)
        up = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(across, 0.0) * max(up, 0.0)


def beside(points: list[tuple[float, float]], names: list[str], *, size: float, frame: Box) -> list[Box]:
    """A box in the frame for each name, beside its point, in the order of ``names``.

    The names are placed one after the other, each where it covers least of the points and of the names placed before;
    an area of a name counts ten times. ``points`` (x, y upwards), ``frame``, the boxes and ``size``, the size of the
    font, are in typographic points.
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
    """The estimated width of a name, in font sizes; rather too wide than too narrow."""
    return sum(WIDE if east_asian_width(letter) in "WF" else LETTER for letter in name)


def _candidates(x: float, y: float, *, long: float, high: float, frame: Box) -> Iterator[Box]:
    """Boxes in the frame to try: right and left of the point, then the same further and further up and down."""
    for step in sorted(range(-_STEPS, _STEPS + 1), key=abs):
        middle = min(max(y + step * high * 0.7, frame.bottom + high / 2), frame.top - high / 2)
        for left in (x + _POINT + 2, x - _POINT - 2 - long):
            inside = min(max(left, frame.left), frame.right - long)
            if inside == left or step:
                yield Box(inside, inside + long, middle - high / 2, middle + high / 2)
