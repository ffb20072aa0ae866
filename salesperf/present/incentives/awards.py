"""Printed awards and suggestions: who wins by which rule, and who is suggested for what, with the evidence."""

from collections.abc import Mapping, Sequence
from math import isnan

import pandas as pd

from salesperf.language import Voice
from salesperf.measures.kpis import Kpi
from salesperf.params import Client
from salesperf.people.incentives.accounts import Unpaid
from salesperf.people.incentives.awards import AwardResult, Winner
from salesperf.people.incentives.period_incentives import Incentives
from salesperf.people.incentives.suggestions import TOPICS, Suggestion
from salesperf.present.exhibit import NOTHING, Exhibit, notes, paragraph, table, together
from salesperf.present.money import cents

MOST_TRAININGS = 5  # of an area, by the size of the gap; the others are counted


def award_table(voice: Voice, client: Client, found: Incentives, *, region: str = "") -> Exhibit:
    """The awards of the period: all of them, or a region's; empty where nothing is paid.

    A region reads of an award of the whole company that it was won elsewhere, and not by whom.
    """
    if isinstance(found.paid, Unpaid):
        return NOTHING
    shown = [one for one in found.paid.awards if not region or not one.area or one.area[0] == region]
    if not shown:
        return paragraph(voice("award_none", period=client.period))
    rows = [_award_row(voice, one, region) for one in shown]
    frame = pd.DataFrame(rows)
    if len({one.period for one in shown}) == 1:
        frame = frame.drop(columns=voice("award_period"))
    left = tuple(voice(name) for name in ("award_period", "award_within", "award_winner", "award_value", "award_lead"))
    return table(frame, "awards", left=left, caption=voice("award_caption"))


def suggestion_table(
    voice: Voice, client: Client, found: Incentives, *, known: Mapping[str, Kpi], region: str = ""
) -> Exhibit:
    """The suggestions by the plan's rules with their evidence: all of them, or a region's."""
    if found.plan is None:
        return NOTHING
    rules = found.plan.suggestions
    if not (rules.promotion or rules.training or rules.support):
        return paragraph(voice("next_step_no_rules"))
    mine = [one for one in found.suggested if not region or one.region == region]
    if not mine:
        area = region or voice("pay_company")
        return paragraph(voice("next_step_none", area=area, period=client.period))
    shown, rest = _most_pressing(mine)
    rows: dict[str, list[str]] = {voice("rep"): [one.rep for one in shown]}
    if region:
        rows[voice("team")] = [one.team or voice("not_assigned") for one in shown]
    else:
        rows[voice("pay_area")] = [one.region for one in shown]
    rows[voice("next_step_what")] = [_step(voice, one) for one in shown]
    rows[voice("next_step_why")] = [voice.listed(_evidence(voice, one, known)) for one in shown]
    caption = voice("next_step_caption") if any(one.kind == "promotion" for one in shown) else ""
    listed = table(pd.DataFrame(rows), "suggestions", left=tuple(rows), caption=caption)
    said = [voice("next_step_more", n=rest)] if rest else []
    return together(paragraph(voice("next_step_sentence")), listed, notes(said))


def _award_row(voice: Voice, one: AwardResult, region: str) -> dict[str, str]:
    elsewhere = bool(region and one.winners and all(winner.region != region for winner in one.winners))
    told = one.winners and not elsewhere
    names = sorted(winner.rep for winner in one.winners if not region or winner.region == region)
    return {
        voice("award"): one.award.name,
        voice("award_period"): str(one.period),
        voice("award_within"): " / ".join(one.area) or voice("pay_company"),
        voice("award_winner"): voice("award_elsewhere") if elsewhere else _names(voice, one, names),
        voice("award_value"): f"{_kpi(voice, one)}: {_value(voice, one)}" if told else _kpi(voice, one),
        voice("award_lead"): _lead(voice, one) if told else "",
        voice("award_prize"): _prizes(voice, [winner for winner in one.winners if winner.rep in names]) if told else "",
    }


def _names(voice: Voice, one: AwardResult, names: Sequence[str]) -> str:
    if not one.winners:
        least = one.award.at_least
        return voice("award_nobody_told" if least is None else "award_nobody", least=_in_unit(voice, one, least))
    tied = len({winner.value for winner in one.winners}) < len(one.winners)
    return voice("award_tie", names=voice.listed(list(names))) if tied else voice.listed(list(names))


def _kpi(voice: Voice, one: AwardResult) -> str:
    return voice("award_score") if one.award.kpi == "score" else voice.kpi(one.award.kpi)


def _value(voice: Voice, one: AwardResult) -> str:
    """The last winner's value, with n and interval behind a rate."""
    last = one.winners[-1]
    value = _in_unit(voice, one, last.value)
    if isnan(last.n) or one.interval is None:
        return voice.with_n(value, last.n)
    low, high = (voice.share(end, 0) for end in one.interval)
    return voice("award_interval", value=value, n=voice("n", n=voice.count(last.n)), low=low, high=high)


def _in_unit(voice: Voice, one: AwardResult, value: float | None) -> str:
    return "" if value is None else voice.value(one.unit, value)


def _lead(voice: Voice, one: AwardResult) -> str:
    return voice("award_alone") if isnan(one.lead) else voice.change(one.unit, one.lead)


def _prizes(voice: Voice, winners: Sequence[Winner]) -> str:
    return voice.listed([cents(voice, prize) for prize in dict.fromkeys(one.prize for one in winners)])


def _most_pressing(mine: Sequence[Suggestion]) -> tuple[list[Suggestion], int]:
    """All suggestions but the trainings for smaller gaps, and how many those are."""
    trainings = sorted((one for one in mine if one.kind == "training"), key=lambda one: -one.gap)
    shown = {one.rep_id for one in trainings[:MOST_TRAININGS]}
    kept = [one for one in mine if one.kind != "training" or one.rep_id in shown]
    return kept, len(mine) - len(kept)


def _step(voice: Voice, one: Suggestion) -> str:
    topic = voice(f"topic_{one.topic}") if one.topic in TOPICS else one.topic
    if not topic:
        return voice(f"next_step_{one.kind}")
    if one.kind == "training":
        return voice("next_step_training_on", topic=topic)
    return voice("next_step_support_on", topic=topic)


def _evidence(voice: Voice, one: Suggestion, known: Mapping[str, Kpi]) -> list[str]:
    """What a suggestion stands on."""
    scores = [voice.points(score) for score in one.scores]
    if one.kind == "promotion":
        said = [voice("next_step_scores", scores=voice.listed(scores), periods=len(scores))]
        if not isnan(one.potential):
            said.append(voice("next_step_potential", value=voice.change("points", one.potential)))
        return said
    said = [voice("next_step_score", score=scores[-1])]
    if one.kpi:
        value = voice.value(known[one.kpi].unit, one.value)
        value += f" ({voice('n', n=voice.count(one.n))})" if not isnan(one.n) else ""
        said.append(voice("next_step_gap", kpi=voice.kpi(one.kpi), value=value, points=voice.points(one.gap)))
    return said
