"""How high potential is found: a ranking, groups by clustering, and reasons (docs/methods.md §6)."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.preprocessing import RobustScaler

from salesperf.inference.one_kind import FEWEST_PEOPLE
from salesperf.people.backtest import Backtest
from salesperf.people.features import GROWTH, Features
from salesperf.people.groups import Groups, find_groups
from salesperf.people.growth import calibrated, growth_chances
from salesperf.people.potential import CUT, Potential
from salesperf.schemas import BY_FEATURE, POTENTIAL

REASON_AT_LEAST = 0.5  # robust z from which a feature is a reason
MOST_REASONS = 3


def potential(features: Features, performance: pd.Series | None = None, backtest: Backtest | None = None) -> Potential:
    """The potential of everyone who can be judged (docs/methods.md §6).

    Potential is the robust z of the mean of all features but the level, each as robust z within ±3; what a person
    lacks is left out of the mean. ``performance``: a number per rep, such as the score (index rep_id); where fewer than
    half of the reps have one, or without it, performance is the level of results. ``backtest``: of a year before, which
    chances are calibrated on; without it there are none. The order of rows changes nothing.
    """
    z = features.values.apply(_robust).clip(-3, 3)
    growth = z[[name for name in GROWTH if name in z]]
    given = performance.reindex(z.index) if performance is not None else pd.Series(np.nan, z.index)
    scored = bool(given.notna().sum() * 2 >= max(1, len(given)))
    people = features.people.assign(
        performance=_robust(given) if scored else z.get("level", given),
        potential=_robust(growth.mean(axis=1)),
    )
    groups = find_groups(growth.fillna(0.0))
    people["group"], people["membership"], people["stability"] = groups.labels, groups.membership, _stability(groups)
    people["named"] = (people["group"] == 0) & (people["membership"] > 0.5)
    people["forecast"] = growth_chances(features, z, groups.membership)
    people["chance"] = calibrated(people["forecast"], backtest.persistence if backtest else float("nan"))
    people["reasons"] = _reasons(growth)
    for axis in ("performance", "potential"):
        people[f"{axis}_third"] = np.digitize(people[axis], [-CUT, CUT])
        people.loc[people[axis].isna(), f"{axis}_third"] = -1
    why_none = "" if groups.count else "few" if len(z) < FEWEST_PEOPLE else "unclear"
    if people["potential"].isna().all():
        why_none = "untold"
    people, z = POTENTIAL.checked(people), BY_FEATURE.checked(z)
    return Potential(people, z, groups.count, groups.of_one_kind, why_none, features, scored, backtest)


def _stability(groups: Groups) -> NDArray[np.float64]:
    """The stability of each person's group; NaN without groups."""
    return np.append(groups.stability, np.nan)[groups.labels]


def _robust(values: pd.Series) -> pd.Series:
    """Robust z: distance from the median in units of the interquartile range ÷ 1.349; NaN stays NaN."""
    if values.notna().sum() == 0:
        return values.astype("float64")
    scaled = RobustScaler(unit_variance=True).fit_transform(values.to_numpy(np.float64)[:, None])
    return pd.Series(scaled[:, 0], index=values.index)


def _reasons(growth: pd.DataFrame) -> list[tuple[str, ...]]:
    """For each person the features with z of REASON_AT_LEAST or more, strongest first, at most MOST_REASONS."""
    z = growth.to_numpy(np.float64)
    order = np.argsort(-z, axis=1, kind="stable")[:, :MOST_REASONS]
    names = growth.columns.to_numpy(dtype=object)
    return [
        tuple(str(names[place]) for place in places if row[place] >= REASON_AT_LEAST)
        for row, places in zip(z, order, strict=True)
    ]
