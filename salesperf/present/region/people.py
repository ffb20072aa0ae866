"""Where each person of a region stands, with the reasons, the potential, and what the plan's rules suggest."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from salesperf.language import Voice
from salesperf.measures.kpis import KPIS, Kpi
from salesperf.people.incentives.period_incentives import Incentives
from salesperf.people.incentives.suggestions import largest_gaps
from salesperf.people.potential import Potential
from salesperf.people.standings import BELOW_TARGET, HELP, ON_TARGET, TOO_NEW, help_limit, standings
from salesperf.present.exhibit import NOTHING, Exhibit, notes, paragraph, table, together
from salesperf.present.incentives.awards import suggestion_text
from salesperf.present.potential.naming import names_of_thirds, reasons_of, shown_of
from salesperf.present.values import in_full, standing_name
from salesperf.scoring.grades import has_grades
from salesperf.scoring.scorecard import Scorecard

_ORDER = (HELP, BELOW_TARGET, ON_TARGET, "", TOO_NEW)


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

    By standing, who needs help first, and by name; who is too new to be judged is named apart, and who has left by the
    period's end is left out. Rates of so few cases that they are drawn to the prior are no gap. While the period is not
    over, or without scores, a sentence says so and the rows tell of potential alone. ``reps``: rows of the KPI table,
    index rep_id, as that of ``card``; ``without_deals``: names of reps who are left out; ``known``: the client's KPIs
    by id, for the units.
    """
    people = reps[~reps["rep"].isin(without_deals) & reps.index.isin(potential.employed)]
    people = people.assign(standing=standings(card).reindex(people.index), score=card.summary["score"])
    people["place"] = people["standing"].map({standing: place for place, standing in enumerate(_ORDER)})
    people = people.sort_values(["place", "rep"], kind="stable")
    if not card.summary["score"].notna().any():
        return together(paragraph(voice("people_no_scores")), _of_potential(voice, people, potential))
    if not has_grades(card):
        return together(paragraph(voice("people_running")), _of_potential(voice, people, potential))
    judged = people[people["standing"] != TOO_NEW]
    shown = _judged(voice, judged, card, potential=potential, incentives=incentives, known=known)
    return together(paragraph(_counts(voice, people, region)), shown, notes(_remarks(voice, people, potential)))


def _of_potential(voice: Voice, people: pd.DataFrame, potential: Potential) -> Exhibit:
    """A row per person with the potential alone."""
    if people.empty:
        return NOTHING
    columns = {voice("rep"): people["rep"], voice("people_potential"): _potentials(voice, potential, people)}
    return table(pd.DataFrame(columns), "people", left=(voice("people_potential"),))


def _judged(
    voice: Voice,
    people: pd.DataFrame,
    card: Scorecard,
    *,
    potential: Potential,
    incentives: Incentives,
    known: Mapping[str, Kpi],
) -> Exhibit:
    """A row per person who has a standing."""
    if people.empty:
        return NOTHING
    card = card.only(people.index)
    gaps, few = largest_gaps(people, card, drawn=False).to_dict("index"), largest_gaps(people, card)["gap"] > 0
    columns = {
        voice("rep"): people["rep"].tolist(),
        voice("standing"): [standing_name(voice, standing) for standing in people["standing"]],
        voice("score"): [voice.points(score) for score in people["score"]],
        voice("people_gap"): [_gap(voice, gaps.get(rep), known, few=few.get(rep, False)) for rep in people.index],
        voice("people_potential"): _potentials(voice, potential, people),
    }
    if incentives.plan is not None and incentives.plan.suggestions.has_rules:
        steps = (_suggested(voice, incentives, str(rep), gaps.get(rep), known) for rep in people.index)
        columns[voice("next_step_what")] = list(steps)
    left = tuple(name for name in columns if name != voice("score"))
    caption = voice("people_caption", limit=f"{help_limit(card.model):g}", target=f"{card.model.points.target:g}")
    return table(pd.DataFrame(columns), "people", left=left, wide=(voice("people_potential"),), caption=caption)


def _counts(voice: Voice, people: pd.DataFrame, region: str) -> str:
    """How many stand where, in a sentence, and that a standing is a reason to talk."""
    counts = people["standing"].value_counts()
    parts = [
        voice(f"people_count_{standing}" if standing else "people_unknown", n=int(counts[standing]))
        for standing in _ORDER
        if standing in counts
    ]
    return voice("people_sentence", region=region, counts=voice.listed(parts))


def _gap(voice: Voice, gap: Mapping[Any, Any] | None, known: Mapping[str, Kpi], *, few: bool) -> str:
    """The KPI that costs the score most against its target, in words, or that none does.

    ``gap``: of `largest_gaps`; ``few``: whether rates of few cases cost something.
    """
    if gap is None:
        return voice.missing
    if gap["gap"] <= 0 or voice.points(gap["gap"]) == voice.points(0.0):
        return voice("people_gap_of_few") if few else voice("people_no_gap")
    value = voice.with_n(in_full(voice, known[gap["kpi"]], gap["value"]), gap["n"])
    return voice("people_gap_value", kpi=voice.kpi(gap["kpi"]), value=value, points=voice.points(gap["gap"]))


def _potentials(voice: Voice, potential: Potential, people: pd.DataFrame) -> list[str]:
    """Of who is in the upper third of potential its chance, and of who is shown (`shown_of`) the reasons, too.

    Nothing of the others: that somebody is not singled out speaks against nobody.
    """
    looked_at = potential.people.loc[potential.people.index.intersection(people.index)]
    shown = shown_of(looked_at, potential).index
    told = {
        str(row["rep_id"]): _potential(voice, potential, row, reasons=row["rep_id"] in shown)
        for row in looked_at.reset_index().to_dict("records")
        if row["potential_third"] == 2 or row["rep_id"] in shown
    }
    return [told.get(str(rep), voice("people_nothing")) for rep in people.index]


def _potential(voice: Voice, potential: Potential, row: Mapping[Hashable, Any], *, reasons: bool) -> str:
    third = names_of_thirds(voice)[row["potential_third"]]
    if row["potential_third"] == 2:
        third = voice("people_upper_third")
    if pd.notna(row["potential_chance"]):
        third = voice.in_brackets(third, voice.chance(row["potential_chance"]))
    words = [voice("people_named", third=third) if row["named"] else third]
    if reasons and pd.notna(row["chance"]):
        words.append(voice("people_outgrows", chance=voice.chance(row["chance"])))
    if reasons:
        words.append(reasons_of(voice, potential, str(row["rep_id"])))
    return voice("part_separator").join(words)


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
    return voice.listed(texts) or voice("people_nothing")


def _remarks(voice: Voice, people: pd.DataFrame, potential: Potential) -> list[str]:
    """Who is too new to be judged; who needs help and has high potential, which are two different things."""
    remarks = []
    if names := sorted(people.loc[people["standing"] == TOO_NEW, "rep"]):
        remarks.append(voice("people_too_new", names=voice.listed(names)))
    both = people.index[people["standing"] == HELP].intersection(
        potential.people.index[(potential.people["potential_third"] == 2) | potential.people["named"]]
    )
    if len(both):
        remarks.append(voice("people_help_and_potential", names=voice.listed(sorted(people.loc[both, "rep"]))))
    return remarks
