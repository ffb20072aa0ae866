"""How high potential is found: a ranking, groups by clustering, and reasons (docs/methods.md §6)."""

import numpy as np
import pandas as pd
from sklearn.preprocessing import RobustScaler

from salesperf.people.features import GROWTH, Features
from salesperf.people.groups import find_groups
from salesperf.people.potential import CUT, FEWEST_PEOPLE, Potential

REASON_AT_LEAST = 0.5  # robust z from which a feature is a reason
MOST_REASONS = 3


def potential(found: Features, performance: pd.Series | None = None) -> Potential:
    """The potential of everyone who can be judged; ``performance`` (such as the score) replaces the level of results.

    Potential is the mean of all features but the level. Scaled by median and quartiles; what one person lacks counts
    neither for nor against. The order of rows changes nothing.
    """
    z = found.values.apply(_robust).clip(-3, 3)
    growth = z[[name for name in GROWTH if name in z]]
    own = performance.reindex(z.index) if performance is not None else pd.Series(np.nan, z.index)
    scored = bool(own.notna().sum() * 2 >= max(1, len(own)))
    people = found.people.assign(
        performance=_robust(own) if scored else z.get("level", own),
        potential=_robust(growth.mean(axis=1)),
    )
    groups = find_groups(growth.fillna(0.0))
    people["group"], people["chance"] = groups.labels, groups.chance
    people["named"] = (people["group"] == 0) & (people["chance"] > 0.5)
    people["reasons"] = _reasons(growth)
    for axis in ("performance", "potential"):
        people[f"{axis}_third"] = np.digitize(people[axis], [-CUT, CUT])
        people.loc[people[axis].isna(), f"{axis}_third"] = -1
    why_none = "" if groups.count else "few" if len(z) < FEWEST_PEOPLE else "unclear"
    if people["potential"].isna().all():
        why_none = "untold"
    return Potential(people, z, groups.count, groups.silhouette, why_none, found, scored)


def _robust(values: pd.Series) -> pd.Series:
    """Distance from the median in standard deviations, as the middle half of the people tells them."""
    if values.notna().sum() == 0:
        return values.astype("float64")
    scaled = RobustScaler(unit_variance=True).fit_transform(values.to_numpy(np.float64)[:, None])
    return pd.Series(scaled[:, 0], index=values.index)


def _reasons(growth: pd.DataFrame) -> list[tuple[str, ...]]:
    """For each person the features that stand out upwards, strongest first."""
    z = growth.to_numpy(np.float64)
    order = np.argsort(-z, axis=1, kind="stable")[:, :MOST_REASONS]
    names = growth.columns.to_numpy(dtype=object)
    return [
        tuple(str(names[place]) for place in places if row[place] >= REASON_AT_LEAST)
        for row, places in zip(z, order, strict=True)
    ]
