"""Printed awards and suggestions: who wins what by which rule, and who is suggested for what, with the evidence."""

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
from salesperf.present.values import in_full

MOST_TRAININGS = 5  # in a table, those for the largest gaps; the others are counted


def award_table(voice: Voice, client: Client, incentives: Incentives, *, region: str = "") -> Exhibit:
    """A row per award of the period: all of them, or those of a region, its teams and the company.

    A region's table says of a company's award won in another region that it was won elsewhere, and not by whom. The
    column of the period is left out where all are of one. A sentence says so where there is no award; NOTHING where
    payouts are not available.
    """
    if isinstance(incentives.paid, Unpaid):
        return NOTHING
    shown = [result for result in incentives.paid.awards if not region or not result.area or result.area[0] == region]
    if not shown:
        if incentives.paid.preview:
            return paragraph(voice("award_running", period=incentives.paid.preview))
        return paragraph(voice("award_none", period=client.period))
    rows = [_award_row(voice, result, region) for result in shown]
    frame = pd.DataFrame(rows)
    if len({result.period for result in shown}) == 1:
        frame = frame.drop(columns=voice("award_period"))
    left = tuple(voice(name) for name in ("award_period", "award_within", "award_winner", "award_value", "award_lead"))
    return table(frame, "awards", left=left, caption=voice("award_caption"))


def suggestion_table(voice: Voice, client: Client, incentives: Incentives, *, known: Mapping[str, Kpi]) -> Exhibit:
    """The suggestions by the plan's rules in the whole company, with their evidence; NOTHING without a plan.

    A sentence says so where the plan has no rules for suggestions, or where nobody is suggested. ``known``: the
    client's KPIs by id, for the units of values.
    """
    if incentives.plan is None:
        return NOTHING
    if not incentives.plan.suggestions.has_rules:
        return paragraph(voice("next_step_no_rules"))
    if not isinstance(incentives.paid, Unpaid) and incentives.paid.preview:
        return paragraph(voice("next_step_running", period=client.period))
    if not incentives.suggested:
        return paragraph(voice("next_step_none", area=voice("pay_company"), period=client.period))
    shown, rest = _most_pressing(incentives.suggested)
    rows: dict[str, list[str]] = {voice("rep"): [suggestion.rep for suggestion in shown]}
    rows[voice("pay_area")] = [suggestion.region for suggestion in shown]
    rows[voice("next_step_what")] = [_step(voice, suggestion) for suggestion in shown]
    rows[voice("next_step_why")] = [voice.listed(_evidence(voice, suggestion, known)) for suggestion in shown]
    caption = voice("next_step_caption") if any(suggestion.kind == "promotion" for suggestion in shown) else ""
    listed = table(pd.DataFrame(rows), "suggestions", left=tuple(rows), caption=caption)
    remarks = [voice("next_step_more", n=rest)] if rest else []
    return together(paragraph(voice("next_step_sentence")), listed, notes(remarks))


def suggestion_text(voice: Voice, suggestion: Suggestion, known: Mapping[str, Kpi], *, shown: str = "") -> str:
    """A suggestion with its evidence in one text, beside which the present score stands already.

    ``known``: the client's KPIs by id, for the units of values; ``shown``: the id of the KPI whose gap stands there.
    """
    step, evidence = _step(voice, suggestion), _evidence(voice, suggestion, known)
    if suggestion.kind != "promotion":
        evidence = evidence[1:] if suggestion.kpi != shown else []
    return voice("next_step_with_evidence", step=step, evidence=voice.listed(evidence)) if evidence else step


def _award_row(voice: Voice, result: AwardResult, region: str) -> dict[str, str]:
    elsewhere = bool(region and result.winners and all(winner.region != region for winner in result.winners))
    winner_shown = result.winners and not elsewhere
    names = sorted(winner.rep for winner in result.winners if not region or winner.region == region)
    return {
        voice("award"): voice.award(result.award.name),
        voice("award_period"): str(result.period),
        voice("award_within"): " / ".join(result.area) or voice("pay_company"),
        voice("award_winner"): voice("award_elsewhere") if elsewhere else _names(voice, result, names),
        voice("award_value"): voice.labelled(_kpi(voice, result), _value(voice, result))
        if winner_shown
        else _kpi(voice, result),
        voice("award_lead"): _lead(voice, result) if winner_shown else "",
        voice("award_prize"): _prizes(voice, [winner for winner in result.winners if winner.rep in names])
        if winner_shown
        else "",
    }


def _names(voice: Voice, result: AwardResult, names: Sequence[str]) -> str:
    if not result.winners:
        least = result.award.at_least
        return voice("award_nobody_told" if least is None else "award_nobody", least=_in_unit(voice, result, least))
    tied = len({winner.value for winner in result.winners}) < len(result.winners)
    return voice("award_tie", names=voice.listed(list(names))) if tied else voice.listed(list(names))


def _kpi(voice: Voice, result: AwardResult) -> str:
    return voice("award_score") if result.award.kpi == "score" else voice.kpi(result.award.kpi)


def _value(voice: Voice, result: AwardResult) -> str:
    """The last winner's value; behind a rate its n and 95 % interval (docs/methods.md §4)."""
    last = result.winners[-1]
    value = _in_unit(voice, result, last.value)
    if isnan(last.n) or result.interval is None:
        return voice.with_n(value, last.n)
    low, high = (voice.share(end, 0) for end in result.interval)
    return voice("award_interval", value=value, n=voice("n", n=voice.count(last.n)), low=low, high=high)


def _in_unit(voice: Voice, result: AwardResult, value: float | None) -> str:
    return "" if value is None else voice.value(result.unit, value)


def _lead(voice: Voice, result: AwardResult) -> str:
    return voice("award_alone") if isnan(result.lead) else voice.change(result.unit, result.lead)


def _prizes(voice: Voice, winners: Sequence[Winner]) -> str:
    return voice.listed([cents(voice, prize) for prize in dict.fromkeys(winner.prize for winner in winners)])


def _most_pressing(suggestions: Sequence[Suggestion]) -> tuple[list[Suggestion], int]:
    """All suggestions but the trainings beyond the MOST_TRAININGS with the largest gaps, and how many those are."""
    trainings = sorted(
        (suggestion for suggestion in suggestions if suggestion.kind == "training"),
        key=lambda suggestion: -suggestion.gap,
    )
    shown = {suggestion.rep_id for suggestion in trainings[:MOST_TRAININGS]}
    kept = [suggestion for suggestion in suggestions if suggestion.kind != "training" or suggestion.rep_id in shown]
    return kept, len(suggestions) - len(kept)


def _step(voice: Voice, suggestion: Suggestion) -> str:
    topic = voice(f"topic_{suggestion.topic}") if suggestion.topic in TOPICS else suggestion.topic
    if not topic:
        return voice(f"next_step_{suggestion.kind}")
    if suggestion.kind == "training":
        return voice("next_step_training_on", topic=topic)
    return voice("next_step_support_on", topic=topic)


def _evidence(voice: Voice, suggestion: Suggestion, known: Mapping[str, Kpi]) -> list[str]:
    """The evidence of a suggestion, in phrases: scores, potential, and the KPI with the largest gap."""
    scores = [voice.points(score) for score in suggestion.scores]
    if suggestion.kind == "promotion":
        evidence = [voice("next_step_scores", scores=voice.listed(scores), periods=len(scores))]
        if not isnan(suggestion.potential):
            evidence.append(voice("next_step_potential", value=voice.change("points", suggestion.potential)))
        return evidence
    evidence = [voice("next_step_score", score=scores[-1])]
    if suggestion.kpi:
        value = voice.with_n(in_full(voice, known[suggestion.kpi], suggestion.value), suggestion.n)
        evidence.append(
            voice("next_step_gap", kpi=voice.kpi(suggestion.kpi), value=value, points=voice.points(suggestion.gap))
        )
    return evidence
