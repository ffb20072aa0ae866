"""Closed deals of regions by segment of their customers, of which a region's win rate is made (docs/methods.md §7)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesperf.data.export import Export
from salesperf.measures.codebook import CLOSED, WON
from salesperf.measures.facts import months, staff_of
from salesperf.measures.rows import NOBODY
from salesperf.measures.segments import deals_by_segment
from salesperf.measures.table_facts import table_facts

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SegmentMix:
    """The closed deals of a period, by region and segment of the customer.

    ``regions``: names, sorted; ``segments``: names, those with the most deals first, "" for customers without one;
    ``won``, ``closed``: counts, regions × segments.
    """

    regions: tuple[str, ...]
    segments: tuple[str, ...]
    won: Array
    closed: Array


def segment_mix(export: Export) -> SegmentMix | None:
    """The closed deals of the export's period; None where they are of fewer than two segments.

    Deals count for regions as they do for the win rate; those of no region are left out.
    """
    by_segment = deals_by_segment(export.tables)
    if not by_segment:
        return None
    measures = [(WON, CLOSED), *by_segment.values()]
    facts = table_facts(export, CLOSED.table, "region", [measure for pair in measures for measure in pair])
    counts = facts[CLOSED.day].over(staff_of(export.tables), "region", months([export.period]), sum(measures, ()))
    of_a_region = [place for place, key in enumerate(counts.keys) if key != (NOBODY,)]
    won, closed = (np.array([counts.values[pair[part]][0][of_a_region] for pair in measures]).T for part in (0, 1))
    # The first column is of all deals; what no segment has of it is of customers without one.
    won, closed = (np.column_stack([of[:, 0] - of[:, 1:].sum(axis=1), of[:, 1:]]) for of in (won, closed))
    names = np.array(["", *by_segment], dtype=object)
    order = [place for place in np.lexsort([names.astype(str), -closed.sum(axis=0)]) if closed[:, place].any()]
    selling = np.asarray(closed.any(axis=1))
    if len(order) < 2:
        return None
    regions = [counts.keys[place][0] for place, sells in zip(of_a_region, selling, strict=True) if sells]
    return SegmentMix(tuple(regions), tuple(names[order]), won[selling][:, order], closed[selling][:, order])
