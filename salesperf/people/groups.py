"""Groups of people by consensus of several clusterings, if the best group is apart by more than chance.

The method stands in docs/methods.md §6, its steps in `salesperf.inference`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.inference.consensus import consensus_groups
from salesperf.inference.one_kind import chance_of_one_kind

LEVEL = 0.05  # probability of finding groups where all people are of one kind
Array = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """Groups of people; its arrays of people are in the order of the rows given to `find_groups`.

    ``count``: the number of groups, 0 where there are none; ``labels``: the group of each person, 0 being the one with
    the highest mean of all features, -1 without groups; ``membership``: the share of clusterings that put the person
    into group 0, NaN without groups; ``stability``: of each group (Hennig 2007), empty without; ``of_one_kind``: the
    probability that people of one kind have an upper group as far apart, NaN for too few people or features.
    """

    labels: Labels
    membership: Array
    stability: Array
    count: int
    of_one_kind: float


def find_groups(growth: pd.DataFrame) -> Groups:
    """The groups of people by their features, or none (docs/methods.md §6, *Groups*).

    ``growth``: one row per person, one column per feature without NaN, all on one scale and better when higher. Groups
    are looked for where people of one kind would have an upper group as far apart with a probability of LEVEL at most
    (`chance_of_one_kind`), and are those of `consensus_groups`; of more than 1,000 people, those of 1,000 drawn at
    random, which the others join. Fewer than 20 people or 2 features give none. The order of rows changes nothing.
    """
    rows = growth.to_numpy(np.float64)
    of_one_kind = chance_of_one_kind(rows) if growth.shape[1] > 1 else float("nan")
    if not of_one_kind <= LEVEL:
        return Groups(np.full(len(rows), -1), np.full(len(rows), np.nan), np.empty(0), 0, of_one_kind)
    found = consensus_groups(rows)
    stability = found.stability if found.count else np.empty(0)
    return Groups(found.labels, found.membership, stability, found.count, of_one_kind)
