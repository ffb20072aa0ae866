"""Targets cascaded from wholes to parts: what is given stays, the rest is split exactly (docs/methods.md §1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from salesperf.measures.planning.sharing import Rest, share_out
from salesperf.measures.planning.spreading import Flags, Ints, divided, spread_jointly
from salesperf.measures.planning.tree import Segment, Tree


class Difference(NamedTuple):
    """The target of a whole and the sum of its given parts, where they differ.

    ``row``: the row of the whole; ``months``: mask of the months that both are for.
    """

    row: int
    months: int
    whole: int
    parts: int


@dataclass(frozen=True)
class Cascade:
    """The targets of every row of a tree.

    ``segments``: row → its amounts for sets of months: given, added up from its parts, or scaled. ``shares``: rows ×
    months, what a row got as its share of its whole, in the months flagged in ``shared``, 0 elsewhere. A row's target
    is both together.
    """

    segments: Mapping[int, Sequence[Segment]]
    shares: Ints
    shared: Flags
    differences: Sequence[Difference]


def cascaded(tree: Tree, given: Mapping[int, Sequence[Segment]]) -> Cascade:
    """The targets of every row, worked out from those given (row → segments).

    What is given stays, except where ``tree.differences`` says otherwise. Where a whole has a target, the parts without
    one share, month by month, what the others leave, by their weights and by largest remainder. Where only parts have
    one, the whole is their sum, if none lacks one.
    """
    fixed = _with_sums(tree, given)
    segments: dict[int, Sequence[Segment]] = {0: fixed.get(0, [])}
    shares, shared = np.zeros(tree.shape.shape, dtype=np.int64), np.zeros(tree.shape.shape, dtype=bool)
    differences: list[Difference] = []
    for level in tree.levels:
        rests: list[Rest] = []
        mixed = {row for row in level if any(part in fixed for part in tree.parts[row])}
        for row in level:
            wholes = [*segments.get(row, []), *(_segments_by_month(shares[row], shared[row]) if row in mixed else [])]
            below = _nested(tree, row, wholes, fixed) if row in mixed else {part: [] for part in tree.parts[row]}
            for whole in wholes:
                rest, difference = _settled(tree, row, whole, below)
                rests += [rest] if rest.free else []
                differences += [difference] if difference else []
            segments |= {part: sorted(segments_of_part) for part, segments_of_part in below.items() if segments_of_part}
        whole_rows = np.array([row for row in level if row not in mixed and shared[row].any()], dtype=np.int64)
        share_out(tree, rests, whole_rows, shares, shared=shared)
    return Cascade(segments, shares, shared, differences)


def _settled(tree: Tree, row: int, whole: Segment, below: dict[int, list[Segment]]) -> tuple[Rest, Difference | None]:
    """What a whole leaves to its parts without a target, and its difference from the given ones, None if there is none.

    ``below``: part → its given segments; under scale_parts these are scaled in place.
    """
    given = [
        (part, segment) for part, segments in below.items() for segment in segments if segment.months & whole.months
    ]
    assigned, original = sum(segment.amount for _, segment in given), sum(segment.original for _, segment in given)
    free = {part: whole.months & tree.present_masks[part] & ~_months(segments) for part, segments in below.items()}
    free = {part: months for part, months in free.items() if months}
    agreeing = (tree.to_assign(row, whole.original),) if free else (whole.original, tree.to_assign(row, whole.original))
    differs = bool(given) and (original > agreeing[0] if free else original not in agreeing)
    to_assign = assigned if original in agreeing and not free else tree.to_assign(row, whole.amount)
    if tree.differences == "scale_parts" and given and assigned and (assigned > to_assign or not free):
        assigned = to_assign
        _scale(tree, assigned, given, below)
    rest = Rest(row, whole.months, max(0, to_assign - assigned), free)
    return rest, Difference(row, whole.months, agreeing[0], original) if differs else None


def _scale(tree: Tree, amount: int, given: Sequence[tuple[int, Segment]], below: dict[int, list[Segment]]) -> None:
    """Scales the given parts of a whole so that they sum to an amount, in place in ``below``."""
    scaled = divided(amount, [segment.amount for _, segment in given], tree.unit)
    for (part, segment), size in zip(given, scaled, strict=True):
        below[part].remove(segment)
        below[part].append(segment._replace(amount=size))


def _segments_by_month(shares: Ints, shared: Flags) -> list[Segment]:
    """A row's shares as one segment for each month that it got one in."""
    amounts = shares.tolist()
    return [Segment(1 << month, amounts[month], amounts[month]) for month in np.flatnonzero(shared).tolist()]


def _with_sums(tree: Tree, given: Mapping[int, Sequence[Segment]]) -> dict[int, list[Segment]]:
    """Row → the given segments, and sums of parts where a whole has no target and none of its parts lacks one."""
    fixed = {row: list(segments) for row, segments in given.items() if segments}
    for row in reversed(tree.groups):
        fixed_parts = [(part, fixed[part]) for part in tree.parts[row] if part in fixed]
        if not fixed_parts:
            continue
        row_segments = [_following(tree, row, segment, fixed) for segment in fixed.get(row, [])]
        taken = _months(row_segments)
        sums = []
        for months in _runs([segment.months for _, segments in fixed_parts for segment in segments]):
            if not months & taken and _is_complete(tree, row, months, fixed):
                amount = sum(
                    segment.amount for _, segments in fixed_parts for segment in segments if segment.months & months
                )
                sums.append(Segment(months, amount, amount))
        if row_segments or sums:
            fixed[row] = row_segments + sums
    return fixed


def _following(tree: Tree, row: int, whole: Segment, fixed: Mapping[int, Sequence[Segment]]) -> Segment:
    """The whole; under follow_parts with its parts' sum, where that is larger or no part lacks a target."""
    if tree.differences != "follow_parts":
        return whole
    parts = [segment for part in tree.parts[row] for segment in fixed.get(part, []) if segment.months & whole.months]
    nested = all(segment.months | whole.months == whole.months for segment in parts)
    total = sum(segment.amount for segment in parts)
    if not parts or not nested or not (total > whole.amount or _is_complete(tree, row, whole.months, fixed)):
        return whole
    return whole._replace(amount=total)


def _is_complete(tree: Tree, row: int, months: int, fixed: Mapping[int, Sequence[Segment]]) -> bool:
    """Whether every part has targets for all of its months among ``months``.

    A part in which nobody is ever employed is passed over, unless it has a target: then it needs one in all of them.
    """
    for part in tree.parts[row]:
        with_target = _months(fixed.get(part, []))
        needed = tree.present_masks[part] & months if tree.present_masks[part] or not with_target else months
        if needed & ~with_target:
            return False
    return True


def _nested(
    tree: Tree, row: int, wholes: Sequence[Segment], fixed: Mapping[int, Sequence[Segment]]
) -> dict[int, list[Segment]]:
    """Part → its given segments, each cut so that it lies in one of the row's segments ``wholes`` or outside of all.

    What meets none of them, or lies within one, stays whole; several cuts are rounded together.
    """
    below: dict[int, list[Segment]] = {part: [] for part in tree.parts[row]}
    across: list[tuple[int, Segment]] = []
    for part in tree.parts[row]:
        for segment in fixed.get(part, []):
            met = sum(bool(segment.months & whole.months) for whole in wholes)
            inside = met == 0 or any(segment.months | whole.months == whole.months for whole in wholes)
            below[part] += [segment] if inside else []
            across += [] if inside else [(part, segment)]
    if across:
        outside = ~_months(wholes)
        columns = [*(whole.months for whole in wholes), outside]
        shares = np.array([_shape_over(tree, row, part, segment, wholes) for part, segment in across])
        cut = spread_jointly(np.array([segment.amount for _, segment in across]), shares, tree.unit)
        for (part, segment), amounts in zip(across, cut.tolist(), strict=True):
            below[part] += [
                Segment(segment.months & months, amount, amount)
                for months, amount in zip(columns, amounts, strict=True)
                if segment.months & months
            ]
    return below


def _shape_over(tree: Tree, row: int, part: int, segment: Segment, wholes: Sequence[Segment]) -> list[float]:
    """The weights by which a part's segment is cut: for each of ``wholes``, and last for the months outside of them.

    A weight is the part's shape over the months in common, times the whole's amount per unit of the row's shape.
    """
    common = [_weight(tree, part, segment.months & whole.months) for whole in wholes]
    rest = _weight(tree, part, segment.months & ~_months(wholes))
    of_row = [_weight(tree, row, whole.months) for whole in wholes]
    pace = [whole.amount / of_whole if of_whole else 0.0 for whole, of_whole in zip(wholes, of_row, strict=True)]
    met = [(size, speed) for size, speed in zip(common, pace, strict=True) if size]
    usual = sum(size * speed for size, speed in met) / sum(size for size, _ in met) if met else 1.0
    shares = [size * speed for size, speed in zip(common, pace, strict=True)] + [rest * (usual or 1.0)]
    if sum(shares) > 0:
        return shares
    # Where nobody is employed, months weigh the same.
    return [
        float((segment.months & months).bit_count())
        for months in (*(whole.months for whole in wholes), ~_months(wholes))
    ]


def _weight(tree: Tree, row: int, months: int) -> float:
    """The sum of a row's shape over the months of a mask."""
    return float(sum(tree.shape[row, month] for month in range(months.bit_length()) if months >> month & 1))


def _months(segments: Sequence[Segment]) -> int:
    """The mask of all months that some segment is for."""
    return _months_of_all(segment.months for segment in segments)


def _months_of_all(masks: Iterable[int]) -> int:
    together = 0
    for mask in masks:
        together |= mask
    return together


def _runs(masks: Sequence[int]) -> list[int]:
    """The masks joined where they overlap, so that no two of the result share a month."""
    runs: list[int] = []
    for mask in dict.fromkeys(masks):
        apart = [run for run in runs if not run & mask]
        for run in runs:
            mask |= run if run & mask else 0
        runs = [*apart, mask]
    return runs
