"""What a period's results tell of the true values of KPIs: of the results that a person could expect in such a period.

Every KPI of a model is either a proportion of cases or an amount with an error (docs/methods.md §4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.data.export import Export
from salesperf.inference.priors import BetaPrior, NormalPrior, normal_prior
from salesperf.inference.shrinkage import posterior_mean_draws, posterior_means, posterior_rate_draws, posterior_rates
from salesperf.measures.facts import KEYS, By
from salesperf.measures.kpi import Kpi, Measure, Target, ratio
from salesperf.measures.kpis import registry
from salesperf.measures.statistics import statistics
from salesperf.measures.table import kpi_table
from salesperf.periods import Period
from salesperf.scoring.priors import periods_before, rate_priors

Array = NDArray[np.float64]
Seed = Sequence[int]


class Evidence(Protocol):
    """What is known of one KPI of each entity; all arrays have the entities in the same order."""

    def true_values(self, draws: int, seed: Seed) -> Array:
        """Draws × entities: true values, in the KPI's unit, drawn from the posterior; NaN where nothing is known."""

    def results(self, true_values: Array, seed: Seed) -> Array:
        """Draws × entities: what would be counted in the score in such a period, if these were the true values."""

    def continued(self, periods: Array) -> "Evidence":
        """What would be known after further periods like this one that bring what is now expected.

        ``periods``: their number, by entity.
        """


@dataclass(frozen=True)
class RateEvidence:
    """Of a proportion: its successes and cases, the prior, and the cases under which a rate is drawn to that."""

    successes: Array
    cases: Array
    prior: BetaPrior
    least_cases: int = 0

    def true_values(self, draws: int, seed: Seed) -> Array:
        """Drawn from beta distributions (`posterior_rate_draws`)."""
        return posterior_rate_draws(self.successes, self.cases, self.prior, draws=draws, seed=seed)

    def results(self, true_values: Array, seed: Seed) -> Array:
        """Binomial, of as many cases; of few or none drawn to the prior, as the score does it."""
        cases = np.nan_to_num(self.cases)
        share = np.where(np.isnan(true_values), 0.0, true_values)
        successes = np.random.default_rng(seed).binomial(cases.astype(np.int64), share)
        strength = np.where(cases < max(self.least_cases, 1), self.prior.strength, 0.0)
        return (successes + self.prior.mean * strength) / (cases + strength)

    def continued(self, periods: Array) -> "RateEvidence":
        """With as many cases again in each period, of which the posterior's mean succeeds."""
        more = self.cases * periods
        expected = posterior_rates(self.successes, self.cases, self.prior).estimate
        return replace(self, successes=self.successes + expected * more, cases=self.cases + more)


@dataclass(frozen=True)
class AmountEvidence:
    """Of an amount, count, mean or attainment: its values, their error variances, and the prior.

    An infinite error is one of a neutral value, which stands in where there was no case.
    """

    values: Array
    errors: Array
    prior: NormalPrior

    def true_values(self, draws: int, seed: Seed) -> Array:
        """Drawn from normal distributions (`posterior_mean_draws`)."""
        return posterior_mean_draws(self.values, self.errors, self.prior, draws=draws, seed=seed)

    def results(self, true_values: Array, seed: Seed) -> Array:
        """Normal, with the errors around the true values; a neutral value as it is."""
        measured = np.isfinite(self.errors)
        noise = np.random.default_rng(seed).standard_normal(true_values.shape)
        around = true_values + np.sqrt(np.where(measured, self.errors, 0.0)) * noise
        return np.where(measured, around, self.values)

    def continued(self, periods: Array) -> "AmountEvidence":
        """With the posterior's mean measured in each period, as exactly as now."""
        expected = posterior_means(self.values, self.errors, self.prior).estimate
        mean = (self.values + periods * expected) / (1 + periods)
        return replace(self, values=mean, errors=self.errors / (1 + periods))


def evidence(
    export: Export, period: Period, by: By, least_cases: Mapping[str, int], basis: pd.DataFrame
) -> dict[str, Evidence]:
    """The evidence on KPIs in a period, by id.

    ``least_cases``: the ids of the KPIs, each with the number of cases of a person under which a proportion is drawn to
    its prior; ``basis``: the rows of `score_basis` of the period at the level ``by``, in whose order the entities are.
    """
    known, earlier = registry(export), periods_before(export, period)
    rates = rate_priors(export, period, by, tuple(least_cases))
    found: dict[str, Evidence] = {}
    for name, least in least_cases.items():
        cells = _cells(export, known[name], [*earlier, period], by)
        if name in rates:
            now = _of(cells, period, by, basis)
            found[name] = RateEvidence(now["total"], now["cases"], rates[name], least if by == "rep" else 0)
        else:
            cells["error"] = _errors(known[name], cells, by)
            found[name] = _amounts(name, _of(cells, period, by, basis), basis, _prior(name, cells, period))
    return found


def _prior(name: str, cells: pd.DataFrame, period: Period) -> NormalPrior:
    """The prior of an amount from its cells of earlier periods; of this one where these tell nothing."""
    before = cells[cells["period"] != period.label]
    told = before if (before[name].notna() & before["error"].notna()).any() else cells
    return normal_prior(told[name].to_numpy(np.float64), told["error"].to_numpy(np.float64))


def _amounts(name: str, now: Mapping[str, Array], basis: pd.DataFrame, prior: NormalPrior) -> AmountEvidence:
    """The evidence on an amount; a neutral value stands in where there was no case. ``now``: see `_of`."""
    stands_in = basis.get(f"{name}_neutral", pd.Series(np.nan, basis.index)).to_numpy(np.float64)
    no_case = ~np.isnan(stands_in)
    values, errors = np.where(no_case, stands_in, now[name]), np.where(no_case, np.inf, now["error"])
    return AmountEvidence(values, errors, prior)


def _cells(export: Export, kpi: Kpi, periods: Sequence[Period], by: By) -> pd.DataFrame:
    """The KPI of every entity in every period, with its sufficient statistics and, of an attainment, its target.

    Columns: period, the keys, cases, total and squares (see `statistics`), the KPI by its id, and target.
    """
    keys = ["period", *KEYS[by]]
    asked = list(dict.fromkeys(periods))
    values = kpi_table(export, asked, by, [kpi.id])
    target = f"{kpi.denominator.kpi}_target" if isinstance(kpi.denominator, Target) else ""
    values = values.assign(target=values[target] if target else 1.0)[[*keys, kpi.id, "target"]]
    return statistics(export, kpi.id, asked, by).merge(values, on=keys, how="inner", validate="one_to_one")


def _of(cells: pd.DataFrame, period: Period, by: By, basis: pd.DataFrame) -> dict[str, Array]:
    """Column → the numbers of one period, in the order of the basis; NaN for who has no row."""
    keys = list(KEYS[by])
    rows = cells[cells["period"] == period.label].set_index(keys).select_dtypes("number")
    wanted = pd.MultiIndex.from_arrays([basis[key] for key in keys]) if len(keys) > 1 else pd.Index(basis[keys[0]])
    return {str(name): values.to_numpy(np.float64) for name, values in rows.reindex(wanted).items()}


def _errors(kpi: Kpi, cells: pd.DataFrame, by: By) -> Array:
    """The error variance of the KPI in each cell, in its unit squared; NaN where nothing tells it.

    Of a sum of amounts, or an attainment by one: that of a Poisson number of amounts, which is their mean square per
    unit of the sum, times the sum expected. Of counts likewise, with 1 for the mean square. Of a mean: the variance
    within entities ÷ cases. Of anything else: the variance of an entity's values from period to period.
    """
    value, total = cells[kpi.id].to_numpy(np.float64), cells["total"].to_numpy(np.float64)
    squares, cases = cells["squares"].to_numpy(np.float64), cells["cases"].to_numpy(np.float64)
    target, has_squares = cells["target"].to_numpy(np.float64), not np.isnan(squares).all()
    whole = kpi.counted or isinstance(kpi.denominator, Target)
    if whole and (has_squares or not _is_sum(kpi)):
        a_unit = ratio(np.array(np.nansum(squares)), np.array(np.nansum(total))) if has_squares else np.array(1.0)
        middle = float(np.nanmean(value)) if np.isfinite(value).any() else np.nan
        expected = (np.maximum(total, 0.0) + np.maximum(middle, 0.0) * target) / 2
        return np.asarray(float(a_unit) * expected / target**2)
    if has_squares and kpi.n and getattr(kpi.n, "how", "") == "count":
        around = max(float(np.nansum(squares - ratio(total**2, cases))), 0.0)  # of equal values 0, but for rounding
        freedom = max(float(np.nansum(np.maximum(cases - 1, 0))), 1.0)
        return ratio(np.full(len(cases), around / freedom), cases)
    return _from_period_to_period(value, cells, by)


def _is_sum(kpi: Kpi) -> bool:
    return isinstance(kpi.numerator, Measure) and kpi.numerator.how == "sum"


def _from_period_to_period(value: Array, cells: pd.DataFrame, by: By) -> Array:
    """The variance of entities' values around their own mean, without what moved all of them in a period."""
    keys = list(KEYS[by])
    values = pd.Series(value, index=cells.index)
    adjusted = values - values.groupby(cells["period"]).transform("mean")
    own = adjusted.groupby([cells[key] for key in keys])
    freedom = float((own.count() - 1).clip(lower=0).sum())
    squares = float(((adjusted - own.transform("mean")) ** 2).sum())
    return np.where(np.isnan(value), np.nan, squares / freedom if freedom > 0 else np.nan)
