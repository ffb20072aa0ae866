"""Rank acceptability under many weights against a loop of scikit-criteria's or pymcdm's weighted sums over the draws.

The loops are timed on SAMPLE of the draws and scaled up, as they do the same for each. Run with a number of draws to
look at fewer than DRAWS of them.
"""

import resource
import statistics
import sys
from collections.abc import Callable
from time import perf_counter, process_time

import numpy as np
from pymcdm.methods import WSM
from skcriteria import mkdm
from skcriteria.agg.simple import WeightedSumModel

from salesperf.weighting.score_ranks import ranks
from salesperf.weighting.smaa import smaa
from salesperf.weighting.weight_draws import DRAWS, any_weights

PEOPLE, KPIS, RUNS, SAMPLE, COMPARED = 1000, 8, 5, 200, 50
Ranking = Callable[[np.ndarray, np.ndarray], np.ndarray]


def by_scikit_criteria(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Ranks under one draw of weights."""
    return WeightedSumModel().evaluate(mkdm(points, [max] * KPIS, weights=weights)).rank_


def by_pymcdm(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Ranks under one draw of weights; points are on one scale already, and stay as they are."""
    body = WSM(normalization_function=lambda column, cost: column)
    return body.rank(body(points, weights, np.ones(KPIS)))


def acceptability(points: np.ndarray, weights: np.ndarray, ranking: Ranking) -> np.ndarray:
    """People × ranks, as whoever uses the library would count them."""
    counts, everyone = np.zeros((PEOPLE, PEOPLE)), np.arange(PEOPLE)
    for draw in weights:
        counts[everyone, ranking(points, draw).astype(int) - 1] += 1
    return counts / len(weights)


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and seconds of CPU, that some work takes."""
    begun, busy = perf_counter(), process_time()
    work()
    return perf_counter() - begun, process_time() - busy


def peak() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Compares, measures, and prints what came out."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS
    points = np.random.default_rng(0).uniform(0, 120, (PEOPLE, KPIS))
    weights = any_weights(KPIS, draws=draws)
    before = peak()
    first = seconds(lambda: smaa(points, weights))
    print(f"peak memory of ours: {peak():.0f} MB, of which {before:.0f} MB before it began; first run {first[0]:.2f} s")
    rivals = {"scikit-criteria": by_scikit_criteria, "pymcdm": by_pymcdm}
    for name, ranking in rivals.items():
        for draw in weights[:COMPARED]:
            assert (ranking(points, draw) == ranks(points @ draw)).all(), name
        ours = smaa(points, weights[:COMPARED]).acceptability
        assert (acceptability(points, weights[:COMPARED], ranking) == ours).all(), name
    sample = weights[:SAMPLE]
    ours, theirs = [], {name: [] for name in rivals}
    for _ in range(RUNS):
        ours.append(seconds(lambda: smaa(points, weights)))
        for name, ranking in rivals.items():
            taken = seconds(lambda ranking=ranking: acceptability(points, sample, ranking))
            theirs[name].append([part * draws / len(sample) for part in taken])
    print(f"{draws} draws, {PEOPLE} people, {KPIS} KPIs; medians of {RUNS} (loops: {len(sample)} draws, scaled up)")
    print("salesperf: {:.2f} s, {:.2f} s of CPU".format(*map(statistics.median, zip(*ours, strict=True))))
    for name, runs in theirs.items():
        middle = [statistics.median(column) for column in zip(*runs, strict=True)]
        ratios = [run[1] / own[1] for run, own in zip(runs, ours, strict=True)]
        spread = f"{statistics.median(ratios):.0f} ({min(ratios):.0f} to {max(ratios):.0f})"
        print(f"{name}: {middle[0]:.1f} s, {middle[1]:.1f} s of CPU; CPU ÷ ours {spread}")


if __name__ == "__main__":
    main()
