"""What people say about weights: pairs of KPIs, the best and the worst, swings, an order (docs/weights.md)."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from salesperf.documents import Document, Place, Settings, checked, read_document
from salesperf.errors import did_you_mean
from salesperf.weighting.ahp import comparison_matrix

Array = NDArray[np.float64]
Ratio = Annotated[float, Field(gt=0, le=100)]
Times = Annotated[float, Field(ge=1, le=100)]
Judged = str | Path | Mapping[str, Any]


class BestWorstJudgements(Settings):
    """How many times as important the best KPI is as each, and each as the worst; KPI id → times.

    The best against itself and the worst against itself are left out.
    """

    best: str
    worst: str
    best_to_others: dict[str, Times]
    others_to_worst: dict[str, Times]


class Judgements(Settings):
    """What one person says; each part may be left out.

    ``pairs``: KPI id → KPI id → how many times as important the first is as the second, each pair once, either way
    round; ``swings``: KPI id → points for its swing from worst to best; ``order``: KPI ids from the most important one.
    """

    pairs: dict[str, dict[str, Ratio]] = {}
    best_worst: BestWorstJudgements | None = None
    swings: dict[str, Annotated[float, Field(ge=0)]] = {}
    order: list[str] = []


def read_judgements(given: Judged, kpis: Sequence[str]) -> Judgements:
    """The judgements of one person on these KPIs, from a YAML file or plain values.

    Raises RequestError, with file and line where there is one, for a KPI that is not of these, one or a pair that is
    missing or twice, swings that are all 0, and a best and worst that contradict each other.
    """
    if isinstance(given, Mapping):
        document = Document(Path("judgements"), dict(given), {})
    else:
        document = read_document(Path(given))
    judged = checked(document, Judgements)
    if judged.pairs:
        _check_pairs(document, judged.pairs, kpis)
    if judged.best_worst:
        _check_best_worst(document, judged.best_worst, kpis)
    if judged.swings:
        _check_all(document, ("swings",), judged.swings, kpis)
        if not any(judged.swings.values()):
            raise document.error(("swings",), "swings: expected one above 0, got 0 for all; correct them")
    if judged.order:
        _check_all(document, ("order",), judged.order, kpis)
    return judged


def matrix_of(pairs: Mapping[str, Mapping[str, float]], kpis: Sequence[str]) -> Array:
    """The reciprocal matrix of checked pairs, KPIs × KPIs."""
    place = {kpi: number for number, kpi in enumerate(kpis)}
    given = {(place[one], place[other]): value for one, of in pairs.items() for other, value in of.items()}
    return comparison_matrix(len(kpis), given)


def _check_pairs(document: Document, pairs: Mapping[str, Mapping[str, float]], kpis: Sequence[str]) -> None:
    seen: set[frozenset[str]] = set()
    for first, others in pairs.items():
        _check_known(document, ("pairs", first), first, kpis)
        for second in others:
            at = ("pairs", first, second)
            _check_known(document, at, second, kpis)
            if first == second or frozenset((first, second)) in seen:
                got = f"{first!r} against itself" if first == second else f"{first!r} and {second!r} twice"
                raise document.error(at, f"pairs: expected each pair of KPIs once, got {got}; leave one out")
            seen.add(frozenset((first, second)))
    for one, other in combinations(kpis, 2):
        if frozenset((one, other)) not in seen:
            raise document.error(("pairs",), f"pairs: expected each pair of KPIs, got none of {one!r} and {other!r}")


def _check_best_worst(document: Document, judged: BestWorstJudgements, kpis: Sequence[str]) -> None:
    at: Place = ("best_worst",)
    _check_known(document, (*at, "best"), judged.best, kpis)
    _check_known(document, (*at, "worst"), judged.worst, kpis)
    if judged.best == judged.worst:
        raise document.error((*at, "worst"), f"worst: expected another KPI than the best, got {judged.worst!r}")
    for name, values, own in (
        ("best_to_others", judged.best_to_others, judged.best),
        ("others_to_worst", judged.others_to_worst, judged.worst),
    ):
        _check_all(document, (*at, name), values, [kpi for kpi in kpis if kpi != own])
    first, second = judged.best_to_others[judged.worst], judged.others_to_worst[judged.best]
    if first != second:
        wrong = f"best against worst: expected the same number twice, got {first:g} and {second:g}"
        raise document.error((*at, "others_to_worst", judged.best), wrong)


def _check_all(document: Document, at: Place, given: Iterable[str], kpis: Sequence[str]) -> None:
    names = list(given)
    for name in names:
        _check_known(document, (*at, name) if (*at, name) in document.lines else at, name, kpis)
    missing = [kpi for kpi in kpis if kpi not in names]
    if missing or len(names) > len(kpis):
        got = f"none of {missing[0]!r}" if missing else "one of them twice"
        raise document.error(at, f"{at[-1]}: expected every KPI of the model once, got {got}; correct it")


def _check_known(document: Document, at: Place, name: str, kpis: Sequence[str]) -> None:
    if name not in kpis:
        wrong = f"{at[0]}: {name!r} is not expected here; {did_you_mean(name, kpis)}"
        raise document.error(at, wrong)
