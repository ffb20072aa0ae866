"""A plan from its wholes down to its parts: what is given stays, the rest is split exactly (docs/methods.md §1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from salesperf.measures.planning.sharing import Rest, share_out
from salesperf.measures.planning.spreading import Flags, Ints, divided, spread_jointly
from salesperf.measures.planning.tree import Segment, Tree


class Difference(NamedTuple):
    """A whole and the sum of its parts that are given and differ; ``row``: whose they are, ``months``: for when."""

    row: int
    months: int
    whole: int
    parts: int


@dataclass(frozen=True)
class Cascade:
    """What every row has.

    ``segments``: row → amounts that were given; ``shares``: rows × months, its shares of the whole, in the months that
    ``shared`` says.
    """

    segments: Mapping[int, Sequence[Segment]]
    shares: Ints
    shared: Flags
    differences: Sequence[Difference]


def cascaded(tree: Tree, own: Mapping[int, Sequence[Segment]]) -> Cascade:
    """Every row's targets out of those given.

    What is given stays. Where a whole has a target, the parts without one share, month by month, what the others leave,
    by their weights and by largest remainder; where only parts have one, the whole is their sum, if none lacks one.
    """
    fixed = _with_sums(tree, own)
    segments: dict[int, Sequence[Segment]] = {0: fixed.get(0, [])}
    shares, shared = np.zeros(tree.shape.shape, dtype=np.int64), np.zeros(tree.shape.shape, dtype=bool)
    differences: list[Difference] = []
    for level in tree.levels:
        rests: list[Rest] = []
        mixed = {row for row in level if any(part in fixed for part in tree.parts[row])}
        for row in level:
            wholes = [*segments.get(row, []), *(_by_month(shares[row], shared[row]) if row in mixed else [])]
            below = _nested(tree, row, wholes, fixed) if row in mixed else {part: [] for part in tree.parts[row]}
            for whole in wholes:
                rest, difference = _settled(tree, row, whole, below)
                rests += [rest] if rest.free else []
                differences += [difference] if difference else []
            segments |= {part: sorted(ones) for part, ones in below.items() if ones}
        whole_rows = np.array([row for row in level if row not in mixed and shared[row].any()], dtype=np.int64)
        share_out(tree, rests, whole_rows, shares, shared=shared)
    return Cascade(segments, shares, shared, differences)


def _settled(tree: Tree, row: int, whole: Segment, below: dict[int, list[Segment]]) -> tuple[Rest, Difference | None]:
    """A whole set against those of its parts that are given; also the difference to name, if any."""
    given = [(part, one) for part, ones in below.items() for one in ones if one.months & whole.months]
    told, said = sum(one.amount for _, one in given), sum(one.said for _, one in given)
    free = {part: whole.months & tree.present[part] & ~_months(ones) for part, ones in below.items()}
    free = {part: months for part, months in free.items() if months}
    meant = (tree.to_assign(row, whole.said),) if free else (whole.said, tree.to_assign(row, whole.said))
    differs = bool(given) and (said > meant[0] if free else said not in meant)
    to_assign = told if said in meant and not free else tree.to_assign(row, whole.amount)
    if tree.differences == "scale_parts" and given and told and (told > to_assign or not free):
        told = to_assign
        _scale(tree, told, given, below)
    rest = Rest(row, whole.months, max(0, to_assign - told), free)
    return rest, Difference(row, whole.months, meant[0], said) if differs else None


def _scale(tree: Tree, amount: int, given: Sequence[tuple[int, Segment]], below: dict[int, list[Segment]]) -> None:
    """Scales the given parts of a whole so that they sum to an amount."""
    scaled = divided(amount, [one.amount for _, one in given], tree.unit)
    for (part, one), size in zip(given, scaled, strict=True):
        below[part].remove(one)
        below[part].append(one._replace(amount=size))


def _by_month(shares: Ints, shared: Flags) -> list[Segment]:
    amounts = shares.tolist()
    return [Segment(1 << month, amounts[month], amounts[month]) for month in np.flatnonzero(shared).tolist()]


def _with_sums(tree: Tree, own: Mapping[int, Sequence[Segment]]) -> dict[int, list[Segment]]:
    """What is given, and what follows from it upwards: wholes without a target of which every part has one."""
    fixed = {row: list(segments) for row, segments in own.items() if segments}
    for row in reversed(tree.groups):
        found = [(part, fixed[part]) for part in tree.parts[row] if part in fixed]
        if not found:
            continue
        mine = [_following(tree, row, one, fixed) for one in fixed.get(row, [])]
        taken = _months(mine)
        sums = []
        for months in _runs([one.months for _, ones in found for one in ones]):
            if not months & taken and _is_complete(tree, row, months, fixed):
                amount = sum(one.amount for _, ones in found for one in ones if one.months & months)
                sums.append(Segment(months, amount, amount))
        if mine or sums:
            fixed[row] = mine + sums
    return fixed


def _following(tree: Tree, row: int, whole: Segment, fixed: Mapping[int, Sequence[Segment]]) -> Segment:
    """A whole that follows its parts, where that was asked for and they say more, or all, of it."""
    if tree.differences != "follow_parts":
        return whole
    parts = [one for part in tree.parts[row] for one in fixed.get(part, []) if one.months & whole.months]
    nested = all(one.months | whole.months == whole.months for one in parts)
    told = sum(one.amount for one in parts)
    if not parts or not nested or not (told > whole.amount or _is_complete(tree, row, whole.months, fixed)):
        return whole
    return whole._replace(amount=told)


def _is_complete(tree: Tree, row: int, months: int, fixed: Mapping[int, Sequence[Segment]]) -> bool:
    """Whether every part has a target for its months; one without anybody needs it only if it has others."""
    for part in tree.parts[row]:
        told = _months(fixed.get(part, []))
        needed = tree.present[part] & months if tree.present[part] or not told else months
        if needed & ~told:
            return False
    return True


def _nested(
    tree: Tree, row: int, wholes: Sequence[Segment], fixed: Mapping[int, Sequence[Segment]]
) -> dict[int, list[Segment]]:
    """The given segments of a row's parts, cut where they reach over several of the row's own."""
    below: dict[int, list[Segment]] = {part: [] for part in tree.parts[row]}
    across: list[tuple[int, Segment]] = []
    for part in tree.parts[row]:
        for one in fixed.get(part, []):
            whole = sum(bool(one.months & other.months) for other in wholes)
            inside = whole == 0 or any(one.months | other.months == other.months for other in wholes)
            below[part] += [one] if inside else []
            across += [] if inside else [(part, one)]
    if across:
        outside = ~_months(wholes)
        columns = [*(other.months for other in wholes), outside]
        shares = np.array([_shape_over(tree, row, part, one, wholes) for part, one in across])
        cut = spread_jointly(np.array([one.amount for _, one in across]), shares, tree.unit)
        for (part, one), amounts in zip(across, cut.tolist(), strict=True):
            below[part] += [
                Segment(one.months & months, amount, amount)
                for months, amount in zip(columns, amounts, strict=True)
                if one.months & months
            ]
    return below


def _shape_over(tree: Tree, row: int, part: int, one: Segment, wholes: Sequence[Segment]) -> list[float]:
    """How a part's segment lies over those of its whole: as these do, for the months that it has in common."""
    common = [_weight(tree, part, one.months & other.months) for other in wholes]
    rest = _weight(tree, part, one.months & ~_months(wholes))
    of_row = [_weight(tree, row, other.months) for other in wholes]
    pace = [other.amount / of_whole if of_whole else 0.0 for other, of_whole in zip(wholes, of_row, strict=True)]
    met = [(size, speed) for size, speed in zip(common, pace, strict=True) if size]
    usual = sum(size * speed for size, speed in met) / sum(size for size, _ in met) if met else 1.0
    shares = [size * speed for size, speed in zip(common, pace, strict=True)] + [rest * (usual or 1.0)]
    if sum(shares) > 0:
        return shares
    # Where nobody is, months weigh the same.
    return [
        float((one.months & months).bit_count()) for months in (*(other.months for other in wholes), ~_months(wholes))
    ]


def _weight(tree: Tree, row: int, months: int) -> float:
    return float(sum(tree.shape[row, month] for month in range(months.bit_length()) if months >> month & 1))


def _months(segments: Sequence[Segment]) -> int:
    return _months_of_all(one.months for one in segments)


def _months_of_all(masks: Iterable[int]) -> int:
    together = 0
    for one in masks:
        together |= one
    return together


def _runs(masks: Sequence[int]) -> list[int]:
    """Sets of months joined where they overlap."""
    runs: list[int] = []
    for mask in dict.fromkeys(masks):
        apart = [run for run in runs if not run & mask]
        for run in runs:
            mask |= run if run & mask else 0
        runs = [*apart, mask]
    return runs
