"""Where each person of a region stands, with the reasons, the potential, and what the plan's rules suggest."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from salesperf.language import Voice
from salesperf.measures.kpis import KPIS, Kpi
from salesperf.people.incentives.period_incentives import Incentives
from salesperf.people.incentives.suggestions import largest_gaps
from salesperf.people.potential import Potential
from salesperf.people.standings import AHEAD, EXPECTED, HELP, TOO_NEW, help_limit, standings
from salesperf.present.exhibit import Exhibit, notes, paragraph, table, together
from salesperf.present.incentives.awards import suggestion_text
from salesperf.present.region.potential import names_of_thirds
from salesperf.present.values import in_full, standing_name
from salesperf.scoring.grades import has_grades
from salesperf.scoring.scorecard import Scorecard

_ORDER = (HELP, EXPECTED, AHEAD, "", TOO_NEW)


def people_table(
    voice: Voice,
    reps: pd.DataFrame,
    card: Scorecard,
    *,
    region: str,
    potential: Potential,
    incentives: Incentives,
    without_deals: Sequence[str] = (),
    known: Mapping[str, Kpi] = KPIS,
) -> Exhibit:
    """A row per person: standing, score, the KPI that costs the score most, potential, and what the plan suggests.

    Who needs help comes first, the lowest score before the others. A sentence stands in its place where nobody has a
    score, or the period is not over. ``reps``: rows of the KPI table, index rep_id, as that of ``card``;
    ``without_deals``: names of reps who are left out; ``known``: the client's KPIs by id, for the units.
    """
    if not card.summary["score"].notna().any():
        return paragraph(voice("people_no_scores"))
    if not has_grades(card):
        return paragraph(voice("people_running"))
    people = reps.assign(standing=standings(card), score=card.summary["score"])
    people["place"] = people["standing"].map({standing: place for place, standing in enumerate(_ORDER)})
    people = people[~people["rep"].isin(without_deals)].sort_values(["place", "score", "rep"], kind="stable")
    gaps = largest_gaps(people, card.only(people.index)).to_dict("index")
    columns = {
        voice("rep"): people["rep"].tolist(),
        voice("standing"): [standing_name(voice, standing) for standing in people["standing"]],
        voice("score"): [voice.points(score) for score in people["score"]],
        voice("people_gap"): [
            voice("people_not_looked_at") if row["standing"] == TOO_NEW else _gap(voice, gaps.get(rep), known)
            for rep, row in people.to_dict("index").items()
        ],
        voice("people_potential"): [_potential(voice, potential, str(rep)) for rep in people.index],
    }
    if incentives.plan is not None and incentives.plan.suggestions.has_rules:
        steps = (_suggested(voice, incentives, str(rep), gaps.get(rep), known) for rep in people.index)
        columns[voice("next_step_what")] = list(steps)
    left = tuple(name for name in columns if name != voice("score"))
    caption = voice("people_caption", limit=f"{help_limit(card.model):g}", target=f"{card.model.points.target:g}")
    if voice("people_no_step") in columns.get(voice("next_step_what"), []):
        caption = voice.sentences([caption, voice("people_no_step_caption", sign=voice("people_no_step"))])
    return together(
        paragraph(_counts(voice, people, region)),
        table(pd.DataFrame(columns), "people", left=left, caption=caption),
        notes(_remarks(voice, people, potential)),
    )


def _counts(voice: Voice, people: pd.DataFrame, region: str) -> str:
    """How many stand where, in a sentence, and that a standing is a reason to talk."""
    counts = people["standing"].value_counts()
    parts = [
        voice(f"people_count_{standing}" if standing else "people_unknown", n=int(counts[standing]))
        for standing in _ORDER
        if standing in counts
    ]
    return voice("people_sentence", region=region, counts=voice.listed(parts))


def _gap(voice: Voice, gap: Mapping[Any, Any] | None, known: Mapping[str, Kpi]) -> str:
    """The KPI that costs the score most against its target, in words, or that none does; ``gap``: of `largest_gaps`."""
    if gap is None:
        return voice.missing
    if gap["gap"] <= 0 or voice.points(gap["gap"]) == voice.points(0.0):
        return voice("people_no_gap")
    value = voice.with_n(in_full(voice, known[gap["kpi"]], gap["value"]), gap["n"])
    return voice("people_gap_value", kpi=voice.kpi(gap["kpi"]), value=value, points=voice.points(gap["gap"]))


def _potential(voice: Voice, potential: Potential, rep: str) -> str:
    """A person's third of potential, and whether the person is named for it; that it is not yet looked at."""
    if rep not in potential.people.index:
        return voice("people_not_looked_at")
    row = potential.people.loc[rep]
    if pd.isna(row["potential"]):
        return voice.missing
    third = names_of_thirds(voice)[row["potential_third"]]
    return voice("people_named", third=third) if row["named"] else third


def _suggested(
    voice: Voice, incentives: Incentives, rep: str, gap: Mapping[Any, Any] | None, known: Mapping[str, Kpi]
) -> str:
    """What the plan's rules suggest for a person; ``gap``: the largest, which is shown beside it."""
    shown = gap["kpi"] if gap else ""
    texts = [
        suggestion_text(voice, suggestion, known, shown=shown)
        for suggestion in incentives.suggested
        if suggestion.rep_id == rep
    ]
    return voice.listed(texts) or voice("people_no_step")


def _remarks(voice: Voice, people: pd.DataFrame, potential: Potential) -> list[str]:
    """Who needs help and has high potential: the two are different things, and the page says so by name."""
    both = people.index[people["standing"] == HELP].intersection(
        potential.people.index[(potential.people["potential_third"] == 2) | potential.people["named"]]
    )
    if both.empty:
        return []
    return [voice("people_help_and_potential", names=voice.listed(sorted(people.loc[both, "rep"])))]
