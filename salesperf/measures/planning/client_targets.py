"""The targets agreed for one entity, as segments of months.

The target of a shorter period is kept; a longer period that contains it spreads the rest of its sum over its other
months.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from salesperf.measures.planning.months import mask_of
from salesperf.measures.planning.spreading import divided
from salesperf.measures.planning.tree import Segment
from salesperf.periods import Period

Follow = Literal["keep", "scale_parts", "follow_parts"]


class EntityTargets(NamedTuple):
    """The targets agreed for one entity.

    ``segments``: amounts for sets of months, no month in two of them. ``kept``: period → its target, where that differs
    from the sum of its months and stays. ``differing``: (period, its target, the sum of the shorter ones within it),
    where the two differ. ``beyond``: the same of the first period whose shorter ones exceed it although some of its
    months have no target yet, so that both cannot be kept; None where there is none.
    """

    segments: list[Segment]
    kept: dict[Period, int]
    differing: list[tuple[Period, int, int]]
    beyond: tuple[Period, int, int] | None = None


def client_targets(
    targets: Mapping[Period, int], first: int, present: int, follow: Follow, unit: int = 1
) -> EntityTargets:
    """Targets given by period as segments of months.

    A target is for those of its months in which somebody is employed, or for all of them where nobody is. ``first``:
    the plan's first month, counted from year 0. ``present``: mask of the months in which somebody is employed.
    ``follow``: what happens where a longer period and the shorter ones within it differ. ``unit``: what scaled amounts
    are rounded to.
    """
    segments: list[Segment] = []
    kept: dict[Period, int] = {}
    differing: list[tuple[Period, int, int]] = []
    for period in sorted(targets, key=lambda span: (span.length, span.first)):
        whole = mask_of(period.first - first, period.length)
        inside = [segment for segment in segments if segment.months & whole]
        given = sum(segment.amount for segment in inside)
        rest = targets[period] - given
        free = (whole & present or whole) & ~_taken(inside)
        if inside and (rest < 0 or (rest and not free)):
            differing.append((period, targets[period], given))
            if follow == "keep" and free:
                return EntityTargets(segments, kept, differing, (period, targets[period], given))
            kept |= {period: targets[period]} if follow == "keep" else {}
            if follow == "scale_parts":
                scaled = divided(targets[period], [segment.amount for segment in inside], unit)
                scaled_segments = [
                    Segment(segment.months, size, size) for segment, size in zip(inside, scaled, strict=True)
                ]
                segments = [segment for segment in segments if segment not in inside] + scaled_segments
            rest = 0
        if free:
            segments.append(Segment(free, rest, rest))
    return EntityTargets(segments, kept, differing)


def _taken(segments: list[Segment]) -> int:
    """The mask of all months that some segment is for."""
    taken = 0
    for segment in segments:
        taken |= segment.months
    return taken
