"""What the numbers of a region's page cannot tell, in a box written from the data at hand."""

from collections.abc import Mapping, Sequence

import pandas as pd

from salesperf.language import Voice
from salesperf.measures.kpis import KPIS, Kpi
from salesperf.present.exhibit import Exhibit, boxed, notes
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import Scorecard


def what_numbers_cannot_tell(
    voice: Voice,
    reps: pd.DataFrame,
    card: Scorecard,
    sure: pd.DataFrame,
    verdicts: pd.Series,
    *,
    without_deals: Sequence[str] = (),
    known: Mapping[str, Kpi] = KPIS,
) -> Exhibit:
    """The limits of a page: a sentence for each that the data have, and last that numbers are no causes.

    ``reps``: the region's rows of the KPI table, index rep_id, as that of ``card``; ``sure``: rows of `score_certainty`
    with these people; ``verdicts``: see `salesperf.scoring.region_claims`; ``without_deals``: names of reps who are
    left out; ``known``: the client's KPIs by id.
    """
    reps = reps[~reps["rep"].isin(without_deals)]
    summary = card.only(reps.index).summary
    texts = [
        *_who_is_better(voice, verdicts),
        *_few_cases(voice, reps, card.model, known),
        *_grades(voice, summary["grade"], sure["grade_chance"].reindex(summary.index)),
        *_newcomers(voice, int(summary["too_new"].sum())),
        voice("limits_causes"),
    ]
    return boxed(notes(texts))


def _who_is_better(voice: Voice, verdicts: pd.Series) -> list[str]:
    """By which KPIs people may not differ at all, and by which hardly."""
    named = {word: [voice.kpi(str(name)) for name in verdicts.index[verdicts == word]] for word in ("chance", "hardly")}
    return [voice(f"limits_{word}", kpis=voice.listed(kpis)) for word, kpis in named.items() if kpis]


def _few_cases(voice: Voice, reps: pd.DataFrame, model: Model, known: Mapping[str, Kpi]) -> list[str]:
    """For each rate of which most people have few cases, how many they have at the median, and what one of them moves.

    Few are as many as draw a rate to the KPI's prior: under the model's ``least_cases``.
    """
    texts = []
    for _, weighted in model.kpis():
        if not known[weighted.kpi].is_proportion:
            continue
        cases = reps.get(f"{weighted.kpi}_n", pd.Series(dtype="float64"))
        middle = float(cases[cases > 0].quantile(0.5, interpolation="lower"))
        if middle < weighted.least_cases:
            words = {"kpi": voice.kpi(weighted.kpi), "n": voice.count(middle), "points": voice.count(100 / middle)}
            texts.append(voice("limits_few_cases", **words))
    return texts


def _grades(voice: Voice, grades: pd.Series, chances: pd.Series) -> list[str]:
    """How many have a grade that the expected score earns with less than even chance."""
    graded = chances[(grades != "") & chances.notna()]
    unsure = int((graded < 0.5).sum())
    return [voice("limits_grades", n=unsure, all=len(graded))] if unsure else []


def _newcomers(voice: Voice, count: int) -> list[str]:
    return [voice("limits_too_new", n=count)] if count else []
