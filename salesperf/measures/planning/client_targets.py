"""An entity's own targets as segments of months: a shorter period's goes before a longer one's, which keeps its sum."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from salesperf.measures.planning.months import mask_of
from salesperf.measures.planning.spreading import divided
from salesperf.measures.planning.tree import Segment
from salesperf.periods import Period

Follow = Literal["keep", "scale_parts", "follow_parts"]


class Own(NamedTuple):
    """``segments``: amounts for months; ``kept``: periods whose target differs from the sum of their months and stays;

    ``differing``: period, its target and the sum of its shorter ones, where they differ; ``beyond``: such a period
    whose shorter ones leave less than nothing for months that have none.
    """

    segments: list[Segment]
    kept: dict[Period, int]
    differing: list[tuple[Period, int, int]]
    beyond: tuple[Period, int, int] | None = None


def client_targets(targets: Mapping[Period, int], first: int, present: int, follow: Follow, unit: int = 1) -> Own:
    """Targets given by period as segments over the months present, or over all where nobody is there.

    ``first``: the plan's first month; ``present``: months as bits. Where a longer period and its shorter ones differ,
    ``follow`` says who does.
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
                return Own(segments, kept, differing, (period, targets[period], given))
            kept |= {period: targets[period]} if follow == "keep" else {}
            if follow == "scale_parts":
                scaled = divided(targets[period], [segment.amount for segment in inside], unit)
                follows = [Segment(segment.months, size, size) for segment, size in zip(inside, scaled, strict=True)]
                segments = [segment for segment in segments if segment not in inside] + follows
            rest = 0
        if free:
            segments.append(Segment(free, rest, rest))
    return Own(segments, kept, differing)


def _taken(segments: list[Segment]) -> int:
    taken = 0
    for segment in segments:
        taken |= segment.months
    return taken
