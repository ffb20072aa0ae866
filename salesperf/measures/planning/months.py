"""Sets of months as bit masks: bit 0, the lowest, is the first month of the plan."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from salesperf.periods import Period


def mask_of(first: int, length: int) -> int:
    """The mask of ``length`` months in a row; ``first``: the first of them, counted from the plan's first month (0)."""
    return ((1 << length) - 1) << first


def months_in(mask: int) -> list[int]:
    """The months of a mask, counted from the plan's first month (0), in ascending order."""
    return [month for month in range(mask.bit_length()) if mask >> month & 1]


def masks_of(flags: NDArray[np.bool_]) -> list[int]:
    """One mask per row of ``flags`` (rows × months): the months that are true; the inverse of `flags_of`."""
    return [int("".join("1" if flag else "0" for flag in reversed(row)) or "0", 2) for row in flags.tolist()]


def span_of(mask: int, first: int, like: Period) -> str:
    """The months of a mask as text: the label of the period that they make up, else "<first month> to <last month>".

    ``first``: the plan's first month, counted from year 0; ``like``: a period of the same fiscal calendar. The mask
    must not be empty.
    """
    months = months_in(mask)
    start, count = first + months[0], len(months)
    whole = months == list(range(months[0], months[0] + count))
    if whole and count in (1, 3, 6, 12) and (start - like.fiscal_year_start + 1) % count == 0:
        return like.other(start, count).label
    return f"{like.other(start, 1).label} to {like.other(first + months[-1], 1).label}"


def flags_of(masks: Sequence[int], months: int) -> NDArray[np.bool_]:
    """Masks × months: each mask as a row of flags; bits beyond the number of ``months`` are dropped."""
    size = -(-months // 8)
    within = (1 << months) - 1
    written = b"".join((mask & within).to_bytes(size, "little") for mask in masks)
    bits = np.unpackbits(np.frombuffer(written, dtype=np.uint8).reshape(len(masks), size), axis=1, bitorder="little")
    return bits[:, :months].astype(bool)
