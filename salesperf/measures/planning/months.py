"""Sets of months as the bits of a number: month 0 of a plan is the lowest."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from salesperf.periods import Period


def mask_of(first: int, length: int) -> int:
    """A run of months, the first counted from the plan's first."""
    return ((1 << length) - 1) << first


def months_in(mask: int) -> list[int]:
    """The months behind such a number, in order."""
    return [month for month in range(mask.bit_length()) if mask >> month & 1]


def masks_of(there: NDArray[np.bool_]) -> list[int]:
    """Each row of months that are true as such a number."""
    return [int("".join("1" if one else "0" for one in reversed(row)) or "0", 2) for row in there.tolist()]


def span_of(mask: int, first: int, fiscal_year_start: int) -> str:
    """Months as the label of their period, or from the first to the last."""
    months = months_in(mask)
    start, count = first + months[0], len(months)
    whole = months == list(range(months[0], months[0] + count))
    if whole and count in (1, 3, 6, 12) and (start - fiscal_year_start + 1) % count == 0:
        return Period(start, count, fiscal_year_start).label
    return f"{Period(start, 1).label} to {Period(first + months[-1], 1).label}"


def flags_of(masks: Sequence[int], months: int) -> NDArray[np.bool_]:
    """Sets × months: each set of months as flags."""
    size = -(-months // 8)
    within = (1 << months) - 1
    written = b"".join((mask & within).to_bytes(size, "little") for mask in masks)
    bits = np.unpackbits(np.frombuffer(written, dtype=np.uint8).reshape(len(masks), size), axis=1, bitorder="little")
    return bits[:, :months].astype(bool)
