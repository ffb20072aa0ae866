"""What a page says that its numbers cannot tell."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from salesperf.language import Voice
from salesperf.present.region.limits import what_numbers_cannot_tell
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import scorecard

NAN = float("nan")
ANCHORS = {"threshold": 0.2, "target": 0.5, "excellent": 0.8}
MODEL = Model.model_validate(
    {
        "perspectives": [
            {"name": "a", "weight": 1, "kpis": [{"kpi": "win_rate", "weight": 1, "anchors": ANCHORS}]},
        ]
    }
)
ALWAYS = "Why somebody sells more: territory, accounts and season are in the results as well"


def lines(
    cases: list[float],
    chances: list[float],
    verdicts: dict[str, str],
    too_new: tuple[bool, ...] = (False,) * 4,
    **more: Any,
) -> list[str]:
    people = pd.Index(["r1", "r2", "r3", "r4"], name="rep_id")
    reps = pd.DataFrame(
        {"rep": ["Ann", "Bo", "Cy", "Di"], "win_rate": [0.2, 0.4, 0.5, 0.9], "win_rate_n": cases}, index=people
    )
    card = scorecard(reps, MODEL)
    card = replace(card, summary=card.summary.assign(too_new=too_new))
    sure = pd.DataFrame({"grade_chance": chances}, index=people)
    shown = what_numbers_cannot_tell(Voice("en"), reps, card, sure, pd.Series(verdicts, dtype="str"), **more)
    assert shown.html.startswith('<div class="sp-box">')
    return shown.plain.splitlines()


def test_each_limit_that_the_data_have_is_told() -> None:
    verdicts = {"revenue": "yes", "win_rate": "chance", "satisfaction": "chance", "cycle_days": "hardly"}
    told = lines([0, 3, 5, 40], [0.3, 0.49, 0.5, NAN], verdicts, (True, False, False, False))
    assert told[0].startswith("Who is better by Win rate, Satisfaction: the differences between people could be")
    assert told[1].startswith("A good order of people by Sales cycle: most of the differences")
    assert (
        "Win rate: half of the people have 5 cases or fewer" in told[2] and "by up to 20 percentage points" in told[2]
    )
    assert told[3].startswith("How much of a grade is the luck of the period: 2 of 3 people")
    assert told[4] == "How good 1 newcomer is: it is too early to say."
    assert told[5].startswith(ALWAYS) and len(told) == 6


def test_what_the_data_tell_well_is_not_among_them() -> None:
    told = lines([10, 10, 40, 40], [0.5, 0.9, 1.0, 1.0], {"win_rate": "yes"})
    assert len(told) == 1 and told[0].startswith(ALWAYS)
    assert len(lines([9, 9, 9, 40], [0.5] * 4, {})) == 2
    assert "half of the people have 1 case or fewer" in lines([1, 1, 2, 40], [0.5] * 4, {})[0]
    assert len(lines([np.nan] * 4, [NAN] * 4, {})) == 1
    assert len(lines([9, 9, 40, 40], [0.3, 0.5, 0.5, 0.5], {}, without_deals=["Ann", "Bo"])) == 1
