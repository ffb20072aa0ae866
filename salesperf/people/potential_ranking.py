"""How high potential is found: a ranking, groups by clustering, and reasons (docs/methods.md §6)."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr
from sklearn.preprocessing import RobustScaler

from salesperf.inference.intervals import two_sided_quantile
from salesperf.inference.one_kind import FEWEST_PEOPLE
from salesperf.people.backtest import Backtest
from salesperf.people.features import GROWTH, Features
from salesperf.people.groups import Groups, find_groups
from salesperf.people.growth import calibrated, growth_chances
from salesperf.people.potential import CUT, Potential
from salesperf.schemas import BY_FEATURE, POTENTIAL

REASON_AT_LEAST = 0.5  # robust z from which a feature is a reason
MOST_REASONS = 3
_LEAST_ERROR = 1e-9  # of a z that is known for sure, so that its chance is 0 or 1


def potential(
    features: Features,
    performance: pd.Series | None = None,
    backtest: Backtest | None = None,
    expected: pd.DataFrame | None = None,
) -> Potential:
    """The potential of everyone who can be judged (docs/methods.md §6).

    Potential is the robust z of the mean of all features but the level, each as robust z within ±3; what a person
    lacks is left out of the mean. ``performance``: a number per rep, such as the score (index rep_id); where fewer than
    half of the reps have one, or without it, performance is the level of results. ``backtest``: of a year before, which
    chances are calibrated on; without it there are none. ``expected``: score_low and score_high by rep, the interval of
    the expected score (see `score_certainty`); without it nothing tells how sure performance is. The order of rows
    changes nothing.
    """
    z = features.values.apply(_robust).clip(-3, 3)
    growth = z[[name for name in GROWTH if name in z]]
    given = performance.reindex(z.index) if performance is not None else pd.Series(np.nan, z.index)
    scored = bool(given.notna().sum() * 2 >= max(1, len(given)))
    people = features.people.assign(
        performance=_robust(given) if scored else z.get("level", given),
        potential=_robust(growth.mean(axis=1)),
        **_intervals(features, growth, given, expected if scored else None),
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
        people[f"{axis}_chance"] = _chance_of_third(people, axis)
    why_none = "" if groups.count else "few" if len(z) < FEWEST_PEOPLE else "unclear"
    if people["potential"].isna().all():
        why_none = "untold"
    people, z = POTENTIAL.checked(people), BY_FEATURE.checked(z)
    return Potential(people, z, groups.count, groups.of_one_kind, why_none, features, scored, backtest)


def _stability(groups: Groups) -> NDArray[np.float64]:
    """The stability of each person's group; NaN without groups."""
    return np.append(groups.stability, np.nan)[groups.labels]


def _intervals(
    features: Features, growth: pd.DataFrame, scores: pd.Series, expected: pd.DataFrame | None
) -> dict[str, pd.Series]:
    """The columns of the 95 % intervals of performance and potential, NaN where nothing tells them.

    That of performance is the expected score's on the scale of the scores. That of potential comes from the errors of
    the features, as if these were independent.
    """
    unknown = pd.Series(np.nan, growth.index)
    columns = {"performance_low": unknown, "performance_high": unknown}
    if expected is not None:
        of_people = expected.reindex(growth.index)
        columns = {f"performance_{end}": _robust(scores, of_people[f"score_{end}"]) for end in ("low", "high")}
    mean = growth.mean(axis=1)
    units = {name: _unit(features.values[name]) for name in growth if name in features.errors}
    errors = pd.DataFrame({name: features.errors[name] / unit**2 for name, unit in units.items()}, growth.index)
    squares = errors.where(growth.notna()).sum(axis=1, min_count=1) / growth.notna().sum(axis=1) ** 2
    half = two_sided_quantile(0.95) * np.sqrt(squares) / _unit(mean)
    middle = _robust(mean)
    return {**columns, "potential_low": middle - half, "potential_high": middle + half}


def _chance_of_third(people: pd.DataFrame, axis: str) -> NDArray[np.float64]:
    """The probability that each person truly is in the third told, by the normal distribution of the interval."""
    low, high = people[f"{axis}_low"].to_numpy(np.float64), people[f"{axis}_high"].to_numpy(np.float64)
    middle, error = (low + high) / 2, np.maximum((high - low) / 2 / two_sided_quantile(0.95), _LEAST_ERROR)
    third = people[f"{axis}_third"].to_numpy()
    limits = np.array([-np.inf, -CUT, CUT, np.inf, np.nan])  # the last one where the third is -1
    return np.asarray(ndtr((limits[third + 1] - middle) / error) - ndtr((limits[third] - middle) / error))


def _robust(values: pd.Series, others: pd.Series | None = None) -> pd.Series:
    """Robust z: distance from the median in units of the interquartile range ÷ 1.349; NaN stays NaN.

    ``others``: on the scale of ``values``, of which the z are told instead.
    """
    told = values if others is None else others
    if values.notna().sum() == 0:
        return told.astype("float64")
    scaled = _scaler(values).transform(told.to_numpy(np.float64)[:, None])
    return pd.Series(scaled[:, 0], index=told.index)


def _unit(values: pd.Series) -> float:
    """The unit of robust z: the interquartile range ÷ 1.349, 1 where that is 0; NaN without a value."""
    return float(_scaler(values).scale_[0]) if values.notna().any() else float("nan")


def _scaler(values: pd.Series) -> RobustScaler:
    return RobustScaler(unit_variance=True).fit(values.to_numpy(np.float64)[:, None])


def _reasons(growth: pd.DataFrame) -> list[tuple[str, ...]]:
    """For each person the features with z of REASON_AT_LEAST or more, strongest first, at most MOST_REASONS."""
    z = growth.to_numpy(np.float64)
    order = np.argsort(-z, axis=1, kind="stable")[:, :MOST_REASONS]
    names = growth.columns.to_numpy(dtype=object)
    return [
        tuple(str(names[place]) for place in places if row[place] >= REASON_AT_LEAST)
        for row, places in zip(z, order, strict=True)
    ]
