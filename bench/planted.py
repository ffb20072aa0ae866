"""Planted effects in generated companies: how often intervals hold what the generator says should be reported.

Run with a number of companies to measure fewer than COMPANIES of them. Where the package reports a number without an
interval, a usual one is tried out here; the printed table says which.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

from salesperf.data.demo.export import demo
from salesperf.data.demo.people import dates
from salesperf.data.demo.pipeline import HELD_DAYS, next_quarter
from salesperf.inference.intervals import two_sided_quantile, wilson
from salesperf.inference.priors import beta_prior
from salesperf.inference.shrinkage import posterior_rates
from salesperf.inference.standardisation import standardised_rates
from salesperf.measures.cohorts import Ages, median_age, won_by
from salesperf.measures.ratings import severities

COMPANIES, FIRST_SEED = 400, 100
SURE = 0.99  # of the bounds within which the share of intervals that hold would be if each held with 95 %
Z = two_sided_quantile(0.95)
Array = NDArray[np.float64]
Tables = dict[str, pd.DataFrame]
Truth = dict[str, Any]


def compared(value: ArrayLike, truth: ArrayLike, lower: ArrayLike = np.nan, upper: ArrayLike = np.nan) -> pd.DataFrame:
    """One row per interval; limits of NaN where there is a number alone."""
    columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(of, float)) for of in (value, truth, lower, upper)))
    return pd.DataFrame(dict(zip(("value", "truth", "lower", "upper"), columns, strict=True)))


def mix(tables: Tables, truth: Truth) -> pd.DataFrame:
    """Win rates of regions in the last quarter, with the company's mix of segments."""
    regions, won, cases = by_segment(tables)
    rates = standardised_rates(won, cases)
    expected = [truth["mix_effect"]["win_rates"][region]["standardised"] for region in regions]
    return compared(rates.rate, expected, rates.lower, rates.upper)


def win_rate(tables: Tables, truth: Truth) -> pd.DataFrame:
    """Win rates of regions in the last quarter, as they are; interval: Wilson's."""
    regions, won, cases = by_segment(tables)
    expected = [truth["mix_effect"]["win_rates"][region]["raw"] for region in regions]
    counts = won.sum(axis=1), cases.sum(axis=1)
    return compared(counts[0] / counts[1], expected, *wilson(*counts))


def mix_is_found(tables: Tables, truth: Truth) -> bool:
    """Whether the planted region wins less than the company as it is, and more with the company's mix."""
    regions, won, cases = by_segment(tables)
    rates, place = standardised_rates(won, cases), regions.index(truth["mix_effect"]["region"])
    return bool(rates.raw[place] < won.sum() / cases.sum() < rates.rate[place])


def satisfaction(tables: Tables, truth: Truth) -> pd.DataFrame:
    """Satisfaction of reps with an answer in the last quarter, with a prior out of the quarters before."""
    answers = tables["surveys"].dropna(subset="score")
    quarter = answers["date"].dt.to_period("Q")
    counts = (answers["score"] >= 4).groupby([quarter, answers["rep_id"]]).agg(["sum", "count"])
    now = counts.loc[quarter.max()]
    before = counts[counts.index.get_level_values(0) < quarter.max()]
    rates = posterior_rates(now["sum"], now["count"], beta_prior(before["sum"], before["count"]))
    return compared(rates.estimate, [truth["satisfaction"][rep] for rep in now.index], rates.lower, rates.upper)


def pilot(tables: Tables, truth: Truth) -> pd.DataFrame:
    """The change of the pilot's win rate less that of the others; interval: the four Wilson ones together (MOVER)."""
    closed, planted = closed_deals(tables), truth["pilot"]
    start = pd.Timestamp(planted["start"])
    closed = closed[closed["closed"] >= start - pd.DateOffset(months=12)]
    keys = [closed["team"].isin(planted["teams"]), closed["closed"] >= start]
    counts = closed.groupby(keys)["won"].agg(["sum", "count"]).to_numpy()  # others before, since; pilot before, since
    rates, sign = counts[:, 0] / counts[:, 1], np.array([1, -1, -1, 1])
    lower, upper = wilson(counts[:, 0], counts[:, 1])
    down = np.where(sign > 0, rates - lower, upper - rates)
    up = np.where(sign > 0, upper - rates, rates - lower)
    change = sign @ rates
    return compared(change, planted["difference"], change - np.sqrt((down**2).sum()), change + np.sqrt((up**2).sum()))


def cycle(tables: Tables, truth: Truth) -> pd.DataFrame:
    """Sales cycles of regions; interval: where the log-log limits of the survival function cross one half.

    Brookmeyer & Crowley (1982), with Greenwood's variance.
    """
    rows = []
    for region, ages in cohorts(tables).items():
        survival, variance = survived(ages)
        inside = (survival > 0) & (survival < 1)
        share, width = survival[inside], Z * np.sqrt(variance[inside]) / -np.log(survival[inside])
        limits = [share ** np.exp(sign * width) for sign in (1, -1)]  # lower, upper
        crossed = [ages.age[inside][limit <= 0.5][0] for limit in limits]
        rows.append(compared(median_age(ages), truth["bottleneck"]["cycle_days"][region], *crossed))
    return pd.concat(rows)


def cohort_win_rate(tables: Tables, truth: Truth) -> pd.DataFrame:
    """Win rates of regions' cohorts by day 90; interval: normal, with the delta method's variance."""
    rows = []
    for region, ages in cohorts(tables).items():
        survival, _ = survived(ages)
        before, risk = np.append(1, survival[:-1]), at_risk(ages)
        until = ages.age <= 90
        left = won_by(ages, 90) - (before * ages.won / risk).cumsum()
        closed_part = left**2 * ages.closed / (risk * np.maximum(risk - ages.closed, 1))
        won_part = before**2 * ages.won * (risk - ages.won) / risk**3 - 2 * left * before * ages.won / risk**2
        half = Z * np.sqrt((closed_part + won_part)[until].sum())
        rate = won_by(ages, 90)
        rows.append(compared(rate, truth["bottleneck"]["win_rate_cohort"][region], rate - half, rate + half))
    return pd.concat(rows)


def holder(tables: Tables, truth: Truth) -> pd.DataFrame:
    """The share of the holder's closings in the last days of a quarter; interval: Wilson's."""
    closed = closed_deals(tables)
    days = dates(closed.loc[closed["rep_id"] == truth["holder"], "closed"])
    late = int((next_quarter(days) - days <= HELD_DAYS).sum())
    return compared(
        late / len(days),
        truth["holder_effect"]["closed_in_last_days"]["expected"],
        *wilson(late, len(days)),
    )


def rater_spread(tables: Tables, truth: Truth) -> pd.DataFrame:
    """The standard deviation between raters."""
    return compared(severities(tables["assessments"]).spread, truth["rater_spread"])


EFFECTS: dict[str, tuple[str, Callable[[Tables, Truth], pd.DataFrame]]] = {
    "mix": ("the package's", mix),
    "win rate as it is": ("tried out", win_rate),
    "satisfaction": ("the package's, within scores", satisfaction),
    "bottleneck: sales cycle": ("tried out", cycle),
    "bottleneck: win rate of a cohort": ("tried out", cohort_win_rate),
    "pilot": ("tried out", pilot),
    "holder": ("tried out", holder),
    "raters": ("none", rater_spread),
}


def closed_deals(tables: Tables) -> pd.DataFrame:
    """The closed deals with the region and team of their rep, their quarter, and whether they were won."""
    deals = tables["opportunities"].dropna(subset="closed").drop(columns="region")
    deals = deals.merge(tables["reps"][["rep_id", "region", "team"]], on="rep_id", validate="many_to_one")
    return deals.assign(quarter=deals["closed"].dt.to_period("Q"), won=deals["status"] == "won")


def by_segment(tables: Tables) -> tuple[list[str], Array, Array]:
    """The regions, and their won and closed deals of the last quarter, regions × segments."""
    closed = closed_deals(tables)
    counts = closed[closed["quarter"] == closed["quarter"].max()].groupby(["region", "segment_no"])["won"]
    won, cases = (of.unstack(fill_value=0) for of in (counts.sum(), counts.count()))
    return list(cases.index), won.to_numpy(float), cases.to_numpy(float)


def cohorts(tables: Tables) -> dict[str, Ages]:
    """Region → the ages of the deals created in the last year, as `measures.cohorts` counts them."""
    deals = tables["opportunities"].assign(closes=lambda rows: rows["closed"].notna())
    end = deals["closed"].max().to_period("Q").end_time.normalize()
    deals = deals[deals["created"] > end - pd.DateOffset(months=12)]
    age = (deals["closed"].fillna(end) - deals["created"]).dt.days
    counted = deals.assign(age=age, won=deals["status"] == "won")
    region = deals["rep_id"].map(tables["reps"].set_index("rep_id")["region"])
    found = {}
    for name, rows in counted.groupby(region):
        counts = rows.groupby("age").agg(left=("age", "size"), closed=("closes", "sum"), won=("won", "sum"))
        found[str(name)] = Ages(counts.index.to_numpy(), *(counts[column].to_numpy() for column in counts))
    return found


def at_risk(ages: Ages) -> NDArray[np.int64]:
    """The deals that reach each age."""
    return np.asarray(ages.left[::-1].cumsum()[::-1])


def survived(ages: Ages) -> tuple[Array, Array]:
    """By age the share still open, and the variance of its logarithm (Greenwood)."""
    risk = at_risk(ages)
    with np.errstate(divide="ignore"):
        variance = np.cumsum(ages.closed / (risk * (risk - ages.closed)), dtype=np.float64)
    return np.cumprod(1 - ages.closed / risk, dtype=np.float64), variance


def company(seed: int) -> tuple[pd.DataFrame, bool]:
    """The numbers of all effects in one company, with intervals and what they should hold; whether the mix is found."""
    tables, truth = demo(seed, "en")
    rows = [effect(tables, truth).assign(effect=name) for name, (_, effect) in EFFECTS.items()]
    return pd.concat(rows, ignore_index=True), mix_is_found(tables, truth)


def told(name: str, rows: pd.DataFrame) -> str:
    """A line on an effect: how its numbers lie around the values, and how often its interval holds them."""
    off = rows["value"] - rows["truth"]
    line = f"{name}: {len(rows)} numbers, off by {off.mean():+.4f} on average (deviation {off.std():.4f})"
    known = rows.dropna(subset="lower")
    if known.empty:
        return line
    held = (known["lower"] <= known["truth"]) & (known["truth"] <= known["upper"])
    low, high = binom.interval(SURE, len(known), 0.95) / np.array(len(known))
    return (
        f"{line}; {held.mean():.3f} of intervals ({EFFECTS[name][0]}) hold the value, by chance {low:.3f} to {high:.3f}"
    )


def main() -> None:
    """Generates the companies, and prints what is measured."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COMPANIES
    with ProcessPoolExecutor() as workers:
        rows, found = zip(*workers.map(company, range(FIRST_SEED, FIRST_SEED + count)), strict=True)
    for name, of_effect in pd.concat(rows).groupby("effect", sort=False):
        print(told(str(name), of_effect))
    print(f"the planted mix is found in {sum(found)} of {count} companies")


if __name__ == "__main__":
    main()
