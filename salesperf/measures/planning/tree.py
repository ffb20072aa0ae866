"""What a cascade works on: amounts for sets of months, and the tree of entities that have them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from salesperf.measures.planning.months import masks_of
from salesperf.measures.planning.spreading import Flags, Floats, Ints

Weights = Callable[[Ints, Ints, Flags], Floats]


class Segment(NamedTuple):
    """An amount for a set of months.

    ``months``: a mask (see `mask_of`); ``original``: the amount before the cascade scaled it to a whole or made it
    follow its parts.
    """

    months: int
    amount: int
    original: int


@dataclass(frozen=True)
class Tree:
    """The entities of a company as rows, with all that their targets are split by.

    ``parts``: row → rows of its parts. ``levels``: the rows that can have parts, level by level, whole before part; at
    the last level (the teams) parts get ``over`` times their whole together. ``present``: rows × months, whether
    somebody is employed. ``shape``: rows × months, relative size of a month within a row's target. ``weights``: a
    function of the rows of parts, the rows of their wholes, and the months in which they take a share (parts × months)
    that returns their weights (parts × months). ``unit``: what amounts are rounded to. ``differences``: what happens
    where a whole and its parts are given and differ (keep, scale_parts or follow_parts).
    """

    parts: Sequence[Sequence[int]]
    levels: Sequence[Sequence[int]]
    present: Flags
    shape: Floats
    weights: Weights
    unit: int = 1
    over: float = 1.0
    differences: str = "keep"

    @cached_property
    def present_masks(self) -> list[int]:
        """Row → mask of the months in which somebody is employed."""
        return masks_of(self.present)

    @cached_property
    def wholes(self) -> Ints:
        """Row → row of the whole that it is a part of; 0 for row 0, which has none."""
        whole_of_row = np.zeros(len(self.parts), dtype=np.int64)
        for row, parts in enumerate(self.parts):
            whole_of_row[list(parts)] = row
        return whole_of_row

    @cached_property
    def groups(self) -> list[int]:
        """The rows that can have parts, whole before part."""
        return [row for level in self.levels for row in level]

    def to_assign(self, row: int, amount: int) -> int:
        """What the parts of a row get together of an amount: ``over`` times it at the last level, else the amount."""
        over = self.over if row in self.levels[-1] else 1.0
        return amount if over == 1 else round(amount * over / self.unit) * self.unit
