"""The year since people were looked at: whose results grew more than the peers', and how far chances can be trusted."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logit

from salesperf.people.backtest import AS_EXPECTED, SPREAD, Backtest
from salesperf.people.estimates import RECENT
from salesperf.people.growth import tenure_bands
from salesperf.people.potential import Potential
from salesperf.schemas import BACKTEST

_MOST = 3.0  # persistence is looked for between 0 and this
Array = NDArray[np.float64]


def year_since(then: Potential, revenue: pd.DataFrame) -> Backtest:
    """What became, in the RECENT quarters since, of the people of ``then``.

    ``revenue``: that of the quarters up to now of everyone employed now (see `Features`), the last RECENT of which come
    after those of ``then``.
    """
    before = then.features.revenue.reindex(then.people.index)
    last = before.iloc[:, -RECENT:].mean(axis=1)
    earlier = before.iloc[:, :-RECENT].mean(axis=1)
    since = revenue.iloc[:, -RECENT:].mean(axis=1).reindex(last.index)
    growth = since / last.where(last > 0)
    people = then.people[["region", "rep", "named"]].assign(
        chance=then.people["forecast"],
        level=last,
        growth=last / earlier.where(earlier > 0),
        grew=_above_median(growth, tenure_bands(then.people["quarters"].to_numpy(), then.features.quarters)),
    )
    told = people.dropna(subset=["chance", "grew"])
    persistence = _persistence(logit(told["chance"].to_numpy(np.float64)), told["grew"].to_numpy(np.float64))
    return Backtest(BACKTEST.checked(people), str(before.columns[-1]), persistence)


def _above_median(growth: pd.Series, peers: NDArray[np.bool_]) -> pd.Series:
    """1 where growth is above the median of the same band of peers, 0 where not; NaN stays NaN."""
    median = growth.groupby(peers).transform("median")
    return (growth > median).astype("float64").where(growth.notna())


def _persistence(odds: Array, grew: Array) -> float:
    """The multiple of the log odds under which what happened is likeliest, drawn to AS_EXPECTED.

    A logistic regression through the origin whose coefficient has a normal prior, as so few outcomes tell it poorly.
    """

    def surprise(multiple: float) -> float:
        expected = multiple * odds
        missed = float((np.logaddexp(0.0, expected) - grew * expected).sum())
        return missed + ((multiple - AS_EXPECTED) / SPREAD) ** 2 / 2

    return float(minimize_scalar(surprise, bounds=(0.0, _MOST), method="bounded", options={"xatol": 1e-6}).x)
