"""Scorecards of teams and reps: scores with what made them, by KPI or by perspective."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Literal

import pandas as pd

from salesperf.inference.priors import BetaPrior
from salesperf.language import Voice
from salesperf.measures.kpis import KPIS, Kpi
from salesperf.present.exhibit import NOTHING, Exhibit, paragraph, side_by_side, table, together
from salesperf.present.values import in_full, in_order, kpi_values, teams_of
from salesperf.scoring.grades import has_grades
from salesperf.scoring.model import Model, Perspective
from salesperf.scoring.scorecard import Scorecard, printed

MOST_KPIS = 4  # shown one by one in the first table; a model of more shows its perspectives there
MOST_COLUMNS = 10  # that fit a page
Columns = dict[str, list[str]]  # header → texts, one per row


def team_scorecard(
    voice: Voice,
    teams: pd.DataFrame,
    card: Scorecard,
    *,
    of_reps: pd.Series | None = None,
    sure: pd.DataFrame | None = None,
    known: Mapping[str, Kpi] = KPIS,
) -> Exhibit:
    """The teams' scores with the points that made them; NOTHING in a region without teams.

    ``of_reps``: the scores of their reps, to say how far the teams' are above or below them on average; ``sure``: rows
    of `score_certainty` with these teams; ``teams``: rows of the KPI table, with the index of ``card``; ``known``: the
    client's KPIs by id, for the units.
    """
    if teams.empty:
        return NOTHING
    teams = in_order(teams, "team")
    card = card.only(teams.index)
    # A forced distribution shares out grades among people, not among teams.
    card = replace(card, summary=card.summary.drop(columns="forced_grade", errors="ignore"))
    heads = {voice("team"): teams_of(voice, teams)}
    if sure is not None:
        sure = sure.reindex(pd.MultiIndex.from_frame(teams[["region", "team"]])).set_axis(teams.index)
    first = _first_table(voice, teams, card, heads=heads, sure=sure, known=known)
    caption = above_on_average(voice, "teams", card.summary["score"], of_reps)
    shown = table(pd.DataFrame(first), "teams", left=(voice("grade"),), caption=caption)
    return together(shown, *_perspective_tables(voice, teams, card, name="teams", heads=heads, known=known))


def rep_scorecard(
    voice: Voice,
    reps: pd.DataFrame,
    card: Scorecard,
    *,
    sure: pd.DataFrame | None = None,
    without_deals: Sequence[str] = (),
    known: Mapping[str, Kpi] = KPIS,
) -> Exhibit:
    """The reps' scores with the points that made them, best first, then by revenue; last who is too new to be ranked.

    NOTHING in a region to which nobody belongs.

    ``reps``: rows of the KPI table, index rep_id, as that of ``card``; ``sure``: rows of `score_certainty` with these
    reps; ``without_deals``: names of reps who are left out of the table and named below it; ``known``: the client's
    KPIs by id, for the units.
    """
    order = reps.assign(score=card.summary["score"], too_new=card.summary["too_new"]).sort_values(
        ["too_new", "score", "revenue", "rep"], ascending=[True, False, False, True], na_position="last"
    )
    order = order[~order["rep"].isin(without_deals)]
    if reps.empty:
        return NOTHING
    ordered = card.only(order.index)
    names = {voice("rep"): order["rep"].tolist()}
    heads = {**names, voice("team"): teams_of(voice, order)}
    first = _first_table(voice, order, ordered, heads=heads, sure=sure, known=known)
    left = (voice("team"), voice("grade"), voice("forced_grade"))
    caption = _caption(voice, ordered, first)
    parts = [table(pd.DataFrame(first), "reps", left=left, caption=caption)]
    parts += _perspective_tables(voice, order, ordered, name="reps", heads=names, known=known)
    if without_deals:
        parts.append(paragraph(voice("without_deals", names=voice.listed(list(without_deals)))))
    return together(*parts)


def above_on_average(voice: Voice, what: Literal["teams", "whole"], scores: pd.Series, parts: pd.Series | None) -> str:
    """By how much scores of wholes are above or below those of their parts on average, in a sentence; "" if unknown.

    ``what``: teams beside their reps, or a whole period beside its parts. Both stand on one scale, and ups and downs
    even out in a whole.
    """
    if parts is None or scores.notna().sum() == 0 or parts.notna().sum() == 0:
        return ""
    distance = float(scores.mean() - parts.mean())
    if voice.points(abs(distance)) == voice.points(0.0):
        return ""
    words = {"teams": ("teams_above", "teams_below"), "whole": ("whole_above", "whole_below")}
    return voice(f"scale_{words[what][distance < 0]}", points=voice.points(abs(distance)))


def not_scored(voice: Voice, card: Scorecard) -> Exhibit:
    """Which KPIs are missing where nobody has a score; NOTHING where somebody has one."""
    if _scored(card):
        return NOTHING
    missing = [voice.kpi(str(name)) for name in card.points if card.points[name].isna().all()]
    share = voice.share(card.model.measured_at_least, 0)
    return paragraph(voice("scorecard_none", share=share, missing=voice.listed(missing)))


def priors_told(voice: Voice, priors: Mapping[str, BetaPrior]) -> Exhibit:
    """The priors that rates of few or no cases are drawn to, in a sentence, and for the manifest in the cover.

    NOTHING without one. ``priors``: see `rate_priors`, by the id of the KPI.
    """
    if not priors:
        return NOTHING
    sentence = paragraph(voice("scores_priors", priors=voice.listed([_prior(voice, *one) for one in priors.items()])))
    as_written = {
        name: {"mean": prior.mean, "strength": prior.strength if isfinite(prior.strength) else None}
        for name, prior in priors.items()
    }
    return Exhibit(sentence.html, sentence.plain, {"priors": as_written})


def _prior(voice: Voice, kpi: str, prior: BetaPrior) -> str:
    words = {"kpi": voice.kpi(kpi), "rate": voice.share(prior.mean)}
    if isfinite(prior.strength):
        return voice("scores_prior", strength=voice.number(prior.strength), **words)
    return voice("scores_prior_alone", **words)


def _first_table(
    voice: Voice,
    rows: pd.DataFrame,
    card: Scorecard,
    *,
    heads: Columns,
    sure: pd.DataFrame | None,
    known: Mapping[str, Kpi],
) -> Columns:
    """The first table's columns: score, grade, points by KPI or perspective, measured share; results if they fit.

    ``sure``: rows of `score_certainty`, for the expected score and the chance of the grade; None: without them.
    """
    columns = {**heads}
    if _scored(card):
        parts, scores = printed(card.contributions)
        columns[voice("score")] = [voice.points(score) for score in scores]
        of_rows = sure.reindex(rows.index) if sure is not None else pd.DataFrame()
        if _tells(of_rows):
            columns[voice("expected_score")] = _expected(voice, of_rows)
        if has_grades(card):
            grades = _grades(voice, card, "grade")
            columns[voice("grade")] = _with_chances(voice, grades, of_rows) if _tells(of_rows) else grades
        if has_grades(card) and "forced_grade" in card.summary:
            columns[voice("forced_grade")] = _grades(voice, card, "forced_grade")
        for perspective in card.model.perspectives:
            if perspective in _in_blocks(card.model):
                columns[voice.perspective(perspective.name)] = _perspective_cells(
                    voice, parts, card, perspective=perspective
                )
            else:
                columns |= _kpi_cells(voice, parts, rows, card, perspective=perspective, known=known)
        if card.model.pays_otherwise:
            columns[voice("pay_score")] = [voice.points(score) for score in card.summary["pay_score"]]
        columns[voice("measured")] = [voice.share(share, 0) for share in card.summary["measured"]]
    results = {
        voice.kpi("revenue"): [voice.money(amount) for amount in rows["revenue"]],
        voice.kpi("win_rate"): kpi_values(voice, rows, known["win_rate"]),
    }
    room = max(MOST_COLUMNS - len(columns), 0)
    return columns | dict(list(results.items())[:room])


def _perspective_tables(
    voice: Voice, rows: pd.DataFrame, card: Scorecard, *, name: str, heads: Columns, known: Mapping[str, Kpi]
) -> list[Exhibit]:
    """A table for each perspective whose KPIs are not in the first table; those shown apart come last."""
    if not _scored(card):
        return []
    parts = printed(card.contributions)[0]
    blocks = []
    for place, perspective in enumerate(_in_blocks(card.model)):
        scores = [voice.points(score) for score in card.perspective_scores[perspective.name]]
        shown = _kpi_cells(voice, parts, rows, card, perspective=perspective, known=known)
        columns = {**heads, voice("side_score"): scores, **shown}
        title = paragraph(_perspective_title(voice, card.model, perspective), "sp-title")
        blocks.append((perspective.apart, together(title, table(pd.DataFrame(columns), f"{name}-{place + 1}"))))
    in_score = [block for apart, block in blocks if not apart]
    pairs = [side_by_side(*in_score[start : start + 2]) for start in range(0, len(in_score), 2)]
    return [*pairs, *(block for apart, block in blocks if apart)]


def _in_blocks(model: Model) -> list[Perspective]:
    """The perspectives that have a table of their own: those shown apart, and all where a model has many KPIs."""
    many = sum(not perspective.apart for perspective, _ in model.kpis()) > MOST_KPIS
    return [perspective for perspective in model.perspectives if many or perspective.apart]


def _perspective_title(voice: Voice, model: Model, perspective: Perspective) -> str:
    words = {"perspective": voice.perspective(perspective.name), "share": voice.share(perspective.weight, 0)}
    if not perspective.apart:
        return voice("block_title", **words)
    pay = perspective.pays / sum(p.pays for p in model.perspectives)
    return voice("block_apart_title", **words, pay=voice.share(pay, 0))


def _tells(sure: pd.DataFrame) -> bool:
    """Whether anybody's expected score is known."""
    return "score_low" in sure and bool(sure["score_low"].notna().any())


def _expected(voice: Voice, sure: pd.DataFrame) -> list[str]:
    """Where the expected scores lie, in whole points."""
    return [
        voice.missing if pd.isna(low) else f"{voice.count(low)}–{voice.count(high)}"
        for low, high in zip(sure["score_low"], sure["score_high"], strict=True)
    ]


def _with_chances(voice: Voice, grades: list[str], sure: pd.DataFrame) -> list[str]:
    """Grades, each with the chance that the expected score earns it."""
    return [
        grade if pd.isna(chance) else voice("grade_with_chance", grade=grade, chance=voice.chance(chance))
        for grade, chance in zip(grades, sure["grade_chance"], strict=True)
    ]


def _grades(voice: Voice, card: Scorecard, column: str) -> list[str]:
    """The grades in a column of the summary; in place of one that it is too early for it."""
    without = [voice("standing_too_new") if new else voice.missing for new in card.summary["too_new"]]
    return [grade or instead for grade, instead in zip(card.summary[column], without, strict=True)]


def _kpi_cells(
    voice: Voice,
    parts: pd.DataFrame,
    rows: pd.DataFrame,
    card: Scorecard,
    *,
    perspective: Perspective,
    known: Mapping[str, Kpi],
) -> Columns:
    """A column per KPI of a perspective: its points in the score, with the value that they are for."""
    columns = {}
    for name in (kpi.kpi for kpi in perspective.kpis):
        shown = zip(kpi_values(voice, rows, known[name]), card.neutral[name], card.drawn[name], strict=True)
        values = [_counted(voice, known[name], *cell) for cell in shown]
        columns[voice.kpi(name)] = _points_for(voice, parts[name], values)
    return columns


def _counted(voice: Voice, kpi: Kpi, value: str, neutral: float, drawn: float) -> str:
    """A KPI's printed value; with what counts in its place where there are no or few cases."""
    if pd.notna(neutral):
        return voice("neutral_value", value=in_full(voice, kpi, neutral))
    return value if pd.isna(drawn) else voice("drawn_value", value=value, drawn=in_full(voice, kpi, drawn))


def _perspective_cells(voice: Voice, parts: pd.DataFrame, card: Scorecard, *, perspective: Perspective) -> list[str]:
    """The points of a perspective in the score, the sum of its KPIs' printed points, and in brackets its own score."""
    whole = parts[[kpi.kpi for kpi in perspective.kpis]].sum(axis=1, min_count=1).round(1)
    return _points_for(voice, whole, [voice.points(score) for score in card.perspective_scores[perspective.name]])


def _points_for(voice: Voice, points: pd.Series, values: list[str]) -> list[str]:
    """Points in the score and, in brackets, what they are for; that alone where there is no score."""
    return [
        voice.in_brackets(voice.points(earned), value) if pd.notna(earned) else value
        for earned, value in zip(points, values, strict=True)
    ]


def _caption(voice: Voice, card: Scorecard, shown: Columns) -> str:
    """How to read the table of reps, whose columns are ``shown``."""
    model, sentences = card.model, []
    if _scored(card):
        blocks = _in_blocks(model)
        sentences += [voice("points_by_kpi")] if len(blocks) < len(model.perspectives) else []
        sentences += [voice("points_by_perspective")] if blocks else []
        sentences.append(_how_graded(voice, card))
        sentences += [voice("scores_expected_caption")] if voice("expected_score") in shown else []
        sentences += [voice("too_new_caption")] if card.summary["too_new"].any() else []
        sentences += [voice("neutral_caption")] if card.neutral.notna().any(axis=None) else []
        sentences += [voice("drawn_caption")] if card.drawn.notna().any(axis=None) else []
        sentences += [voice("pay_score_caption", weights=_pay_weights(voice, model))] if model.pays_otherwise else []
        sentences += [voice("forced_grade_caption")] if has_grades(card) and "forced_grade" in card.summary else []
    sentences.append(voice("sorted_by_score" if _scored(card) else "sorted_by_revenue"))
    sentences += [voice("win_rate_caution")] if voice.kpi("win_rate") in shown else []
    return voice.sentences(sentences)


def _how_graded(voice: Voice, card: Scorecard) -> str:
    """That the points add up, and the limits of the grades; or that there are none while the period is not over."""
    if not has_grades(card):
        return voice("points_add_up_running")
    grades = voice.listed([f"{grade.grade} ≥ {grade.at_least:g}" for grade in card.model.grades])
    return voice("points_add_up", grades=grades)


def _pay_weights(voice: Voice, model: Model) -> str:
    total = sum(perspective.pays for perspective in model.perspectives)
    weights = [
        f"{voice.perspective(perspective.name)} {voice.share(perspective.pays / total, 0)}"
        for perspective in model.perspectives
    ]
    return voice.listed(weights)


def _scored(card: Scorecard) -> bool:
    return bool(card.summary["score"].notna().any())
