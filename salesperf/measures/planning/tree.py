"""What a cascade runs over: amounts for months, and the tree of those who have them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from salesperf.measures.planning.months import masks_of
from salesperf.measures.planning.spreading import Flags, Floats, Ints

Weights = Callable[[Ints, Ints, Flags], Floats]


class Segment(NamedTuple):
    """An amount for a set of months (bits of a number); ``said``: the amount before it followed any other."""

    months: int
    amount: int
    said: int


@dataclass(frozen=True)
class Tree:
    """What a cascade runs over.

    ``parts``: row → rows of its parts; ``levels``: the rows that can have parts, level by level, whole before part; at
    the last of them parts may be assigned more than the whole, ``over`` times it; ``there``: rows × months with
    somebody; ``shape``: rows × months, how a target lies over its months; ``weights``: of parts, their wholes and the
    months in which they take a share → parts × months, what they weigh; ``unit``: what amounts are rounded to;
    ``differences``: who follows where a whole and its parts differ.
    """

    parts: Sequence[Sequence[int]]
    levels: Sequence[Sequence[int]]
    there: Flags
    shape: Floats
    weights: Weights
    unit: int = 1
    over: float = 1.0
    differences: str = "keep"

    @cached_property
    def present(self) -> list[int]:
        """Row → months with somebody there."""
        return masks_of(self.there)

    @cached_property
    def wholes(self) -> Ints:
        """Row → row of the whole that it is a part of; the first has none."""
        found = np.zeros(len(self.parts), dtype=np.int64)
        for row, parts in enumerate(self.parts):
            found[list(parts)] = row
        return found

    @cached_property
    def groups(self) -> list[int]:
        """The rows that can have parts, whole before part."""
        return [row for level in self.levels for row in level]

    def to_assign(self, row: int, amount: int) -> int:
        """What the parts of a whole get together: more than it where reps are over-assigned."""
        over = self.over if row in self.levels[-1] else 1.0
        return amount if over == 1 else round(amount * over / self.unit) * self.unit
