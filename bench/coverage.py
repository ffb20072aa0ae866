"""How often intervals of rates and scores, and confidence sets of ranks, hold what is true in simulated companies.

Run with a number of companies to simulate fewer than COMPANIES of them.
"""

import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.inference.priors import BetaPrior, NormalPrior, beta_prior
from salesperf.inference.rank_sets import bootstrap_ranks, rank_sets
from salesperf.inference.shrinkage import posterior_rates
from salesperf.scoring.evidence import AmountEvidence, Evidence, RateEvidence
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import points, scorecard
from salesperf.scoring.uncertainty import certainty, score_draws

COMPANIES = 1000
PEOPLE = 40
CASES = np.resize([3, 8, 12, 30, 80], PEOPLE)
RATE, AMOUNT = BetaPrior(0.6, 20.0), NormalPrior(1.0, 0.04)
ERRORS = np.resize([0.01, 0.04, 0.09], PEOPLE)
PAST = 8  # periods that a prior is estimated from
RANKED = 30  # people, evenly spaced over SPREAD standard errors
SPREAD = 6.0
LIMITS = ("threshold", "target", "excellent")
Array = NDArray[np.float64]
ANCHORS = {  # of an amount and of a rate: without a cap that results come near, and as usual
    "without a cap": ((-9.0, 1.0, 11.0), (-4.0, 1.0, 6.0)),
    "with caps": ((0.6, 1.0, 1.2), (0.5, 0.75, 0.9)),
}


def true_rates(draw: np.random.Generator) -> Array:
    """A rate of each person of a company."""
    return draw.beta(RATE.mean * RATE.strength, (1 - RATE.mean) * RATE.strength, PEOPLE)


def rates_held(draw: np.random.Generator) -> NDArray[np.bool_]:
    """Whether the interval of each person's rate holds the true one, with a prior out of the periods before."""
    past = draw.binomial(CASES, np.array([true_rates(draw) for _ in range(PAST)]))
    prior = beta_prior(past.ravel(), np.tile(CASES, PAST))
    true = true_rates(draw)
    found = posterior_rates(draw.binomial(CASES, true), CASES, prior)
    return (found.lower <= true) & (true <= found.upper)


def model_of(amount: tuple[float, ...], rate: tuple[float, ...]) -> Model:
    """A model of an amount and a rate, of which each is a half, by their anchors."""
    kpis: list[dict[str, object]] = [
        {"kpi": "revenue_attainment", "weight": 0.5, "anchors": dict(zip(LIMITS, amount, strict=True))},
        {"kpi": "satisfaction", "weight": 0.5, "anchors": dict(zip(LIMITS, rate, strict=True)), "least_cases": 0},
    ]
    return Model.model_validate({"perspectives": [{"name": "both", "weight": 1, "kpis": kpis}]})


def scores_held(draw: np.random.Generator, model: Model) -> NDArray[np.bool_]:
    """Whether the interval of each person's score holds the score of the true values."""
    true = [draw.normal(AMOUNT.mean, np.sqrt(AMOUNT.variance), PEOPLE), true_rates(draw)]
    values, successes = draw.normal(true[0], np.sqrt(ERRORS)), draw.binomial(CASES, true[1]).astype(np.float64)
    known: dict[str, Evidence] = {
        "revenue_attainment": AmountEvidence(values, ERRORS, AMOUNT),
        "satisfaction": RateEvidence(successes, CASES.astype(np.float64), RATE),
    }
    card = scorecard(pd.DataFrame({"revenue_attainment": values, "satisfaction": successes / CASES}), model)
    sure = certainty(card, score_draws(card, known))
    whole = sum(points(t, kpi.anchors, model.points) / 2 for t, (_, kpi) in zip(true, model.kpis(), strict=True))
    return np.asarray((sure["score_low"] <= whole) & (whole <= sure["score_high"]))


def ranks_held(draw: np.random.Generator) -> Iterator[tuple[str, float, float]]:
    """For each kind of rank sets its name, the share of true ranks that it holds, and the mean width."""
    true, errors = np.linspace(SPREAD, 0, RANKED), np.ones(RANKED)
    ranks, estimates = np.arange(1, RANKED + 1), true + draw.standard_normal(RANKED)
    kinds = {
        "marginal": rank_sets(estimates, errors),
        "simultaneous": rank_sets(estimates, errors, simultaneous=True),
        "bootstrap, which promises nothing": bootstrap_ranks(estimates, errors),
    }
    for name, (lower, upper) in kinds.items():
        holds = (lower <= ranks) & (ranks <= upper)
        yield name, float(holds.all() if name == "simultaneous" else holds.mean()), float((upper - lower + 1).mean())


def main() -> None:
    """Simulates the companies, and prints what is measured."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COMPANIES
    draw = np.random.default_rng(11)
    print(f"rates: {np.mean([rates_held(draw) for _ in range(count)]):.3f} of {count * PEOPLE} intervals hold")
    for name, anchors in ANCHORS.items():
        model = model_of(*anchors)
        held = np.mean([scores_held(draw, model) for _ in range(count)])
        print(f"scores {name}: {held:.3f} of {count * PEOPLE} intervals hold")
    table = pd.DataFrame([row for _ in range(count) for row in ranks_held(draw)], columns=["kind", "held", "width"])
    for name, of_kind in table.groupby("kind", sort=False):
        print(f"ranks, {name}: {of_kind['held'].mean():.3f} hold, {of_kind['width'].mean():.1f} of {RANKED} wide")


if __name__ == "__main__":
    main()
