"""The change of a region's revenue between two periods, in parts that add up to it (docs/methods.md §2)."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class RevenueChange:
    """The change of a region's revenue between two periods, in money.

    ``by_rep``: rep id → change of that rep's revenue, as floats; ``borders``: change of what others sold in the region
    less what its reps sold elsewhere. ``total`` is the sum of both. ``from_count`` and ``from_size`` split the same
    total into the effect of the number of won deals and that of their average size; NaN where the average deal is not
    available in one of the periods, and where shares of split sales went to other regions, so that the region's own
    deals are not its revenue.
    """

    total: float
    by_rep: pd.Series
    borders: float
    from_count: float
    from_size: float


def revenue_change(region: pd.DataFrame, reps: pd.DataFrame, before: str, now: str) -> RevenueChange:
    """The change of a region's revenue from one period to another, by rep and by cause.

    ``region``: rows of the KPI table of this region alone, with revenue, average_deal and average_deal_n; ``reps``:
    those of its reps, with rep_id and revenue; a rep without a row in a period counts 0. ``before`` and ``now``: labels
    of the periods. Raises KeyError where ``region`` lacks one of them. Number n and average size a of won deals share
    their joint effect equally (Bennet 1920): Δ(n·a) = ā·Δn + n̄·Δa, exactly.
    """
    rows = {str(row["period"]): row for row in region.to_dict("records")}
    old, new = rows[before], rows[now]
    total = float(new["revenue"] - old["revenue"])
    sold = reps.pivot(index="rep_id", columns="period", values="revenue")
    sold = sold.reindex(columns=[before, now]).fillna(0.0)
    by_rep = sold[now] - sold[before]
    count = (new["average_deal_n"] - old["average_deal_n"]) * (new["average_deal"] + old["average_deal"]) / 2
    size = (new["average_deal"] - old["average_deal"]) * (new["average_deal_n"] + old["average_deal_n"]) / 2
    if abs(count + size - total) >= 0.005:
        count = size = float("nan")
    return RevenueChange(total, by_rep, total - float(by_rep.sum()), float(count), float(size))


def largest(parts: pd.Series, most: int, others: str) -> pd.Series:
    """At most ``most`` parts, in descending order, with the same sum.

    Those of the largest absolute value are kept; the rest become one part with the index ``others``. The index must not
    have a value twice.

    >>> largest(pd.Series({"a": 5.0, "b": 1.0, "c": -4.0, "d": 2.0}), 3, "others").to_dict()
    {'a': 5.0, 'others': 3.0, 'c': -4.0}
    """
    ordered = parts.sort_values(ascending=False, kind="stable")
    if len(ordered) <= most:
        return ordered
    kept = ordered.abs().sort_values(ascending=False, kind="stable").index[: most - 1]
    rest = ordered.drop(kept).sum()
    whole: pd.Series = pd.concat([ordered[kept], pd.Series({others: rest})])
    return whole.sort_values(ascending=False, kind="stable")
