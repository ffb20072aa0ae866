"""The printed tables of a region's report: scorecards, where deals are won, who could be more, who needs help."""

import pandas as pd

from salesperf.language import Voice
from salesperf.measures.kpis import KPIS
from salesperf.people.estimates import RECENT
from salesperf.people.groups import FEWEST_PEOPLE
from salesperf.people.potential import Potential
from salesperf.present.exhibit import Exhibit, notes, paragraph, table, together
from salesperf.scoring.scorecard import Scorecard, effective_weights, printed

MOST_RANKED = 3  # of a ranking that stands alone


def team_scorecard(voice: Voice, teams: pd.DataFrame, card: Scorecard) -> Exhibit:
    """The teams' scores with what made them."""
    rows = {voice("team"): [one or voice("not_assigned") for one in teams["team"]]}
    frame = pd.DataFrame(rows | _score_columns(voice, card, teams) | _result_columns(voice, teams))
    return table(frame, "teams", left=(voice("grade"),))


def rep_scorecard(voice: Voice, reps: pd.DataFrame, card: Scorecard, without_deals: list[str]) -> Exhibit:
    """The reps' scores with what made them, best first; those without any deal are named apart and not scored."""
    scored = bool(card.summary["score"].notna().any())
    order = reps.assign(score=card.summary["score"]).sort_values(
        ["score", "revenue", "rep"], ascending=[False, False, True], na_position="last"
    )
    order = order[~order["rep"].isin(without_deals)]
    ordered = Scorecard(
        card.model, *(part.loc[order.index] for part in (card.points, card.contributions, card.summary))
    )
    rows = {voice("rep"): order["rep"].tolist(), voice("team"): [one or voice("not_assigned") for one in order["team"]]}
    frame = pd.DataFrame(rows | _score_columns(voice, ordered, order) | _result_columns(voice, order))
    shown = table(frame, "reps", left=(voice("team"), voice("grade")), caption=_rep_caption(voice, card, scored=scored))
    if without_deals:
        return together(shown, paragraph(voice("without_deals", names=voice.listed(without_deals))))
    return shown


def not_scored(voice: Voice, card: Scorecard) -> Exhibit:
    """Why the model gives no score to anyone; empty where it gives some."""
    if card.summary["score"].notna().any():
        return Exhibit("", "")
    missing = [voice.kpi(str(name)) for name in card.points if card.points[name].isna().all()]
    share = voice.share(card.model.measured_at_least, 0)
    return paragraph(voice("scorecard_none", share=share, missing=voice.listed(missing)))


def deal_table(voice: Voice, teams: pd.DataFrame, region: pd.Series) -> Exhibit:
    """Where deals are won and how long they take: the region's KPI row, then its teams'."""
    rows = pd.concat([region.to_frame().T, teams])
    names = [str(region["region"]), *(one or voice("not_assigned") for one in teams["team"])]
    frame = pd.DataFrame(
        {
            voice("team"): names,
            voice("closed_deals"): [voice.count(one) for one in rows["win_rate_n"]],
            voice("won_deals"): [voice.count(one) for one in rows["average_deal_n"]],
            voice.kpi("win_rate"): [voice.share(one) for one in rows["win_rate"]],
            voice.kpi("cycle_days"): [voice.days(one) for one in rows["cycle_days"]],
            voice.kpi("average_deal"): [voice.money(one) for one in rows["average_deal"]],
        }
    )
    return table(frame, "deals", caption=voice("funnel_caption"))


def potential_table(voice: Voice, found: Potential, region: str) -> Exhibit:
    """Who could be more than the present role asks, and the reasons; openly, when nobody can be named."""
    mine = found.people[found.people["region"] == region].sort_values(["potential", "rep"], ascending=[False, True])
    shown = mine[mine["named"]] if found.groups else mine.head(MOST_RANKED)
    said = paragraph(_potential_sentence(voice, found, region, anyone=not mine.empty, named=not shown.empty))
    remarks = _potential_remarks(voice, found, region)
    if shown.empty or found.why_none == "untold":
        return together(said, notes(remarks)) if remarks else said
    rows = {
        voice("rep"): shown["rep"],
        voice("team"): [one or voice("not_assigned") for one in shown["team"]],
        voice("potential_z"): [voice.change("points", one) for one in shown["potential"]],
        voice("potential_chance"): [voice.chance(one) for one in shown["chance"]],
        voice("potential_reasons"): [_reasons(voice, found, str(rep)) for rep in shown.index],
    }
    if not found.groups:
        del rows[voice("potential_chance")]
    listed = table(pd.DataFrame(rows), "potential", left=(voice("team"), voice("potential_reasons")))
    return together(said, listed, notes(remarks)) if remarks else together(said, listed)


def _potential_sentence(voice: Voice, found: Potential, region: str, *, anyone: bool, named: bool) -> str:
    """What was found in the company, or why nothing was."""
    people, quarters = len(found.people), found.found.quarters
    if quarters < RECENT:
        return voice("potential_short", covered=quarters, quarters=RECENT)
    if not anyone:
        return voice("potential_nobody", region=region, quarters=RECENT)
    if found.groups:
        return voice(
            "potential_named" if named else "potential_named_none", people=people, groups=found.groups, region=region
        )
    return voice(f"potential_{found.why_none}", people=people, fewest=FEWEST_PEOPLE, region=region)


def _potential_remarks(voice: Voice, found: Potential, region: str) -> list[str]:
    """Who is not judged and what is no part of it, and why."""
    told, remarks = found.found, []
    if told.quarters < RECENT:
        return []
    for word, people in (("too_new", told.too_new), ("unsold", told.unsold)):
        if names := sorted(people.loc[people["region"] == region, "rep"]):
            remarks.append(voice(f"potential_{word}", names=voice.listed(names)))
    for word, features in (("missing", told.missing), ("unreliable", told.unreliable)):
        if features:
            names = [voice(f"feature_{name}") for name in features]
            remarks.append(voice(f"potential_{word}", features=voice.listed(names)))
    return remarks


def _reasons(voice: Voice, found: Potential, rep: str) -> str:
    """The strengths of a person, each with its distance from the company's median."""
    names: tuple[str, ...] = found.people["reasons"].loc[rep]
    strengths = [
        f"{voice(f'feature_{name}')} {voice.change('points', float(found.z[name].loc[rep]))}" for name in names
    ]
    return voice.listed(strengths) or voice("potential_none")


def help_table(voice: Voice, reps: pd.DataFrame, card: Scorecard, region: str) -> Exhibit:
    """Who scores under the model's second lowest grade, and the KPI that costs the score most against its target."""
    if card.summary["score"].isna().all():
        return paragraph(voice("help_no_scores"))
    limit = min((grade.at_least for grade in card.model.grades if grade.at_least > 0), default=0.0)
    low = card.summary[card.summary["score"] < limit].sort_values("score", kind="stable")
    if low.empty:
        return paragraph(voice("help_none", region=region, limit=f"{limit:g}"))
    frame = pd.DataFrame(
        {
            voice("rep"): reps.loc[low.index, "rep"],
            voice("score"): [voice.points(one) for one in printed(card.contributions)[1].loc[low.index]],
            voice("measured"): [voice.share(one, 0) for one in low["measured"]],
            voice("help_gap"): _largest_gaps(voice, reps.loc[low.index], card),
        }
    )
    return together(paragraph(voice("help_sentence")), table(frame, "help", left=(voice("help_gap"),)))


def _largest_gaps(voice: Voice, reps: pd.DataFrame, card: Scorecard) -> list[str]:
    """For each rep the KPI whose points, by their weight in the score, are furthest under those of its target."""
    points = card.points.loc[reps.index]
    weights, _ = effective_weights(points.notna().to_numpy(), card.model)
    lost = (card.model.points.target - points) * weights
    largest = [str(name) for name in lost.fillna(0.0).idxmax(axis=1)]
    values = {name: dict(zip(reps.index, _values(voice, reps, name), strict=True)) for name in set(largest)}
    return [
        voice("help_gap_value", kpi=voice.kpi(name), value=values[name][rep], points=voice.points(lost[name].loc[rep]))
        for rep, name in zip(reps.index, largest, strict=True)
    ]


def _score_columns(voice: Voice, card: Scorecard, rows: pd.DataFrame) -> dict[str, list[str]]:
    """Score, grade, the points of each KPI with the value they are for, and how much of the model was measured.

    Nothing where nobody has a score.
    """
    if card.summary["score"].isna().all():
        return {}
    parts, scores = printed(card.contributions)
    return {
        voice("score"): [voice.points(one) for one in scores],
        voice("grade"): [one or voice.missing for one in card.summary["grade"]],
        **{voice.kpi(str(name)): _points_for(voice, parts[name], rows, str(name)) for name in parts},
        voice("measured"): [voice.share(one, 0) for one in card.summary["measured"]],
    }


def _points_for(voice: Voice, points: pd.Series, rows: pd.DataFrame, name: str) -> list[str]:
    """Points in the score and, in brackets, the value they are for, with its n where it is a rate."""
    return [
        f"{voice.points(earned)} ({value})" if pd.notna(earned) else value
        for earned, value in zip(points, _values(voice, rows, name), strict=True)
    ]


def _values(voice: Voice, rows: pd.DataFrame, name: str) -> list[str]:
    """The values of a KPI as printed, with n behind a rate."""
    kpi = KPIS.get(name)
    unit = kpi.unit if kpi else "count"
    counts = rows.get(f"{name}_n")
    shown = [
        voice.missing if pd.isna(one) else voice.share(one, 0) if unit == "share" else voice.value(unit, one)
        for one in rows[name]
    ]
    if counts is None:
        return shown
    return [
        text if pd.isna(value) else f"{text}, {voice('n', n=voice.count(n))}"
        for text, value, n in zip(shown, rows[name], counts, strict=True)
    ]


def _result_columns(voice: Voice, rows: pd.DataFrame) -> dict[str, list[str]]:
    """Revenue, and the win rate with its n."""
    return {
        voice.kpi("revenue"): [voice.money(one) for one in rows["revenue"]],
        voice.kpi("win_rate"): _values(voice, rows, "win_rate"),
    }


def _rep_caption(voice: Voice, card: Scorecard, *, scored: bool) -> str:
    if not scored:
        return voice("reps_caption_no_score")
    grades = voice.listed([f"{one.grade} ≥ {one.at_least:g}" for one in card.model.grades])
    return voice("scorecard_caption", grades=grades) + " " + voice("reps_caption")
