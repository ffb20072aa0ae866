"""What a forced distribution of grades does in the whole company, as counts, without names."""

import pandas as pd

from salesperf.language import Voice
from salesperf.present.exhibit import NOTHING, Exhibit, paragraph, table, together
from salesperf.scoring.forced import consequences
from salesperf.scoring.grades import has_grades
from salesperf.scoring.scorecard import Scorecard


def forced_sentence(voice: Voice, card: Scorecard) -> str:
    """How many people the forced distribution gives another grade, and what it does to the sum of coefficients.

    ``card``: of everybody in the company, under a model with a forced distribution.
    """
    effects = consequences(card.summary, card.model)
    return voice(
        "forced_sentence",
        people=voice.count(effects.people),
        raised=voice.count(effects.raised),
        lowered=voice.count(effects.lowered),
        earned=f"{effects.earned:.2f}",
        forced=f"{effects.forced:.2f}",
    )


def forced_distribution(voice: Voice, card: Scorecard) -> Exhibit:
    """The sentence of `forced_sentence`, and a row per grade: its share, people who earned it, people who got it.

    ``card``: of everybody in the company. NOTHING where the model has no forced distribution or the
    period is not over.
    """
    if not card.model.forced or not has_grades(card):
        return NOTHING
    grades = [grade.grade for grade in card.model.grades]
    earned, given = (card.summary[name].value_counts() for name in ("pay_grade", "forced_grade"))
    frame = pd.DataFrame(
        {
            voice("grade"): grades,
            voice("forced_share"): [voice.share(card.model.forced[grade], 0) for grade in grades],
            voice("forced_earned"): [voice.count(int(earned.get(grade, 0))) for grade in grades],
            voice("forced_given"): [voice.count(int(given.get(grade, 0))) for grade in grades],
        }
    )
    title = paragraph(voice("forced_title"), "sp-title")
    return together(title, paragraph(forced_sentence(voice, card)), table(frame, "forced"))
