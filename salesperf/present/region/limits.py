"""What the numbers of a region's page cannot tell, in a box written from the data at hand."""

from collections.abc import Sequence

import pandas as pd

from salesperf.language import Voice
from salesperf.measures.kpis import KPIS
from salesperf.present.exhibit import Exhibit, boxed, notes
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import Scorecard

FEW_CASES = 10  # a person's rate of fewer at the median is said to rest on few


def what_numbers_cannot_tell(
    voice: Voice, reps: pd.DataFrame, card: Scorecard, sure: pd.DataFrame, verdicts: pd.Series
) -> Exhibit:
    """The limits of a page: a sentence for each that the data have, and last that numbers are no causes.

    ``reps``: the region's rows of the KPI table, index rep_id, as that of ``card``; ``sure``: rows of `score_certainty`
    with these people; ``verdicts``: see `salesperf.scoring.region_claims`.
    """
    summary = card.summary
    texts = [
        *_who_is_better(voice, verdicts),
        *_few_cases(voice, reps, card.model),
        *_grades(voice, summary["grade"], sure["grade_chance"].reindex(summary.index)),
        *_newcomers(voice, int(summary["too_new"].sum())),
        voice("limits_causes"),
    ]
    return boxed(notes(texts))


def _who_is_better(voice: Voice, verdicts: pd.Series) -> list[str]:
    """By which KPIs people may not differ at all, and by which hardly."""
    named = {word: [voice.kpi(str(name)) for name in verdicts.index[verdicts == word]] for word in ("chance", "hardly")}
    return [voice(f"limits_{word}", kpis=voice.listed(kpis)) for word, kpis in named.items() if kpis]


def _few_cases(voice: Voice, reps: pd.DataFrame, model: Model) -> list[str]:
    """For each rate of the model that rests on few cases of a person, how many at the median, and what one moves."""
    texts = []
    for name in _proportions(model):
        cases = reps.get(f"{name}_n", pd.Series(dtype="float64")).dropna()
        middle = float(cases[cases > 0].quantile(0.5, interpolation="lower"))
        if middle < FEW_CASES:
            points = voice.count(100 / middle)
            texts.append(voice("limits_few_cases", kpi=voice.kpi(name), n=voice.count(middle), points=points))
    return texts


def _proportions(model: Model) -> Sequence[str]:
    return [name for name in model.kpi_ids if name in KPIS and KPIS[name].is_proportion]


def _grades(voice: Voice, grades: pd.Series, chances: pd.Series) -> list[str]:
    """How many have a grade that the expected score earns with less than even chance."""
    graded = chances[(grades != "") & chances.notna()]
    unsure = int((graded < 0.5).sum())
    return [voice("limits_grades", n=unsure, all=len(graded))] if unsure else []


def _newcomers(voice: Voice, count: int) -> list[str]:
    return [voice("limits_too_new", n=count)] if count else []
