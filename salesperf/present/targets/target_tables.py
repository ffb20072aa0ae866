"""Printed targets: the plan as a tree, progress, how many people reach their targets, and where the plan differs."""

import numpy as np
import pandas as pd

from salesperf.data.export import Export
from salesperf.language import Voice
from salesperf.measures.kpis import KPIS
from salesperf.measures.planning.hit_rates import HEALTHY, MARKS, HitRates
from salesperf.measures.planning.pacing import elapsed, fiscal_year, own_progress
from salesperf.measures.planning.targets import Difference, Plan
from salesperf.natural_order import Place, natural_place
from salesperf.params import Client
from salesperf.periods import Period
from salesperf.present.exhibit import Exhibit, notes, paragraph, table, together
from salesperf.present.masthead import masthead

_INDENT = "\u2007\u2007"  # spaces that stay
_DEPTH = {"company": 0, "region": 1, "team": 2, "rep": 3}


def targets_masthead(voice: Voice, client: Client) -> Exhibit:
    """The head of the page on targets: period, client and dates."""
    return masthead(voice, client, voice("targets_title", period=client.period))


def statement(voice: Voice, export: Export, *, whole: pd.Series, kpi: str) -> Exhibit:
    """What can be said of an entity's target, result, pace and pipeline coverage; ``whole``: its row of `progress`."""
    return paragraph(_statement(voice, export, whole=whole, kpi=kpi), "sp-lead")


def plan_tree(voice: Voice, tree: pd.DataFrame, kpi: str) -> Exhibit:
    """The plan as a tree: every entity, then its parts, indented; target, last year's result, change, unassigned part.

    The last column is left out where nothing is unassigned. ``tree``: the rows of `whole_tree`.
    """
    unit = KPIS[kpi].unit
    places = [_place(row) for _, row in tree.iterrows()]
    tree = tree.iloc[sorted(range(len(tree)), key=places.__getitem__)]
    columns = {
        voice("targets_who"): _names(voice, tree),
        voice("targets_target"): _targets(voice, unit, tree["target"]),
        voice("targets_last_year"): [voice.value(unit, amount) for amount in tree["last_year"]],
        voice("targets_change"): [voice.ratio(change) for change in tree["change"]],
    }
    caption = voice("targets_tree_caption")
    if tree["unassigned"].fillna(0).any():
        has_parts = tree["unassigned"].notna()
        amounts = [
            voice.value(unit, amount) if known else ""
            for amount, known in zip(tree["unassigned"], has_parts, strict=True)
        ]
        columns[voice("targets_unassigned")] = amounts
        caption = voice.sentences([caption, voice("targets_unassigned_caption")])
    return table(pd.DataFrame(columns), "plan-tree", caption=caption)


def progress_table(voice: Voice, export: Export, *, rows: pd.DataFrame, kpi: str) -> Exhibit:
    """Target, result, attainment, pace and coverage of entities of any level; ``rows``: rows of `progress`.

    A column is shown only where it can be told: results once the period has begun, pace while it is not over, that of
    the fiscal year where the period is a part of it, coverage where the export knows the open pipeline.
    """
    unit, period = KPIS[kpi].unit, export.period
    year = fiscal_year(period)
    columns = {
        voice("targets_who"): _names(voice, rows),
        voice("targets_target"): _targets(voice, unit, rows["target"]),
    }
    share = elapsed(export, period).share
    if share > 0:
        columns[voice("targets_result")] = [voice.value(unit, amount) for amount in rows["result"]]
        columns[voice("attainment")] = [voice.of_target(attainment) for attainment in rows["attainment"]]
    if 0 < share < 1:
        columns[voice("targets_pacing")] = [voice.share(pacing) for pacing in rows["pacing"]]
        columns[voice("targets_projection")] = [voice.value(unit, amount) for amount in rows["projection"]]
    if period != year:
        columns[voice("targets_year_pacing", year=year)] = [voice.share(pacing) for pacing in rows["year_pacing"]]
    if rows["coverage_state"].isin(["open", "reached"]).any():
        columns[voice("targets_coverage")] = [
            _coverage(voice, coverage, state)
            for coverage, state in zip(rows["coverage"], rows["coverage_state"], strict=True)
        ]
    caption = voice.sentences(_progress_caption(voice, export, rows=rows))
    return table(pd.DataFrame(columns), "progress", caption=caption)


def region_progress(voice: Voice, export: Export, *, region: str) -> Exhibit:
    """A sentence on a region's revenue target, then the progress of the region, its teams and its reps as a tree.

    The sentence alone where none of them has a target.
    """
    everyone = pd.concat([own_progress(export, level) for level in ("region", "team", "rep")])
    rows = everyone[everyone["region"] == region]
    places = [_place(row) for _, row in rows.iterrows()]
    rows = rows.iloc[sorted(range(len(rows)), key=places.__getitem__)].reset_index(drop=True)
    sentence = paragraph(_statement(voice, export, whole=rows.iloc[0], kpi="revenue"))
    if rows["target"].isna().all():
        return sentence
    return together(sentence, progress_table(voice, export, rows=rows, kpi="revenue"))


def hit_table(voice: Voice, export: Export, *, now: HitRates, past: HitRates) -> Exhibit:
    """The share of people at threshold, target and excellent, beside that of a healthy plan (docs/methods.md §1).

    ``now``: in the period, by attainment or pacing; ``past``: their results of a year before against these targets.
    """
    rows = [
        {
            voice("targets_mark"): voice(f"targets_mark_{mark}", share=voice.share(least, 0)),
            voice("targets_now"): voice.share(now.shares[mark], 0),
            voice("targets_past"): voice.share(past.shares[mark], 0),
            voice("targets_healthy"): _range(voice, *HEALTHY[mark]),
        }
        for mark, least in MARKS.items()
    ]
    counts = {"now": voice.count(now.n), "past": voice.count(past.n), "left_out": voice.count(past.left_out)}
    caption = voice("targets_hits_caption", **counts, before=export.period.year_before)
    if 0 < (share := elapsed(export, export.period).share) < 1:
        part_over = voice("targets_part_over", share=voice.share(share, 0), period=export.period)
        caption = voice.sentences([caption, part_over])
    return table(pd.DataFrame(rows), "hits", caption=caption)


def plan_notes(voice: Voice, client: Client, plan: Plan, *, kpi: str) -> Exhibit:
    """Remarks on the plan of a KPI; a sentence says so where there is none.

    They name the sum of the reps' targets ÷ the company's, targets given that differ from the sum of their parts, and
    where equal shares stand in for history.
    """
    year, texts = fiscal_year(client.period).label, []
    assigned = _over_assignment(plan, kpi, client.period)
    if not np.isnan(assigned) and voice.share(assigned) != voice.share(1.0):
        texts.append(voice("targets_over", share=voice.share(assigned), period=client.period))
    texts += [_difference(voice, plan, difference) for difference in plan.differences if difference.kpi == kpi]
    for fallback in plan.fallbacks:
        if (fallback.kpi, fallback.period) == (kpi, year):
            name = _entity(voice, fallback.entity)
            texts.append(voice(f"targets_no_history_{fallback.by}", year=year, name=name))
    return notes(texts) if texts else paragraph(voice("targets_agree"))


def _over_assignment(plan: Plan, kpi: str, period: Period) -> float:
    """The sum of the reps' targets ÷ the company's; NaN where the company has no target, or no rep has."""
    targets = plan.targets(kpi, period)
    reps = targets[list(plan.company.employed)]
    return float(np.nansum(reps) / targets[0]) if targets[0] > 0 and (reps > 0).any() else np.nan


def _statement(voice: Voice, export: Export, *, whole: pd.Series, kpi: str) -> str:
    """The text of `statement`: target, result, pace and coverage, each only where it is known."""
    unit, period, year = KPIS[kpi].unit, export.period, fiscal_year(export.period)
    name, state = _name(voice, whole), str(whole["coverage_state"])
    if pd.isna(whole["target"]):
        return voice("targets_none", name=name, period=period, kpi=voice.kpi(kpi))
    words = {"name": name, "period": period, "kpi": voice.kpi(kpi), "target": _short(voice, unit, whole["target"])}
    share = elapsed(export, period).share
    if pd.isna(whole["result"]):
        sentences = [voice("targets_not_begun", **words)]
    elif state == "not_comparable":
        sentences = [voice("targets_not_comparable", **words, result=_short(voice, unit, whole["result"]))]
    elif share < 1:
        pacing = voice.share(whole["pacing"])
        projection = _short(voice, unit, whole["projection"])
        result = _short(voice, unit, whole["result"])
        sentences = [voice("targets_paced", **words, result=result, pacing=pacing, projection=projection)]
    else:
        result = _short(voice, unit, whole["result"])
        sentences = [voice("targets_reached", **words, result=result, share=voice.of_target(whole["attainment"]))]
    if period != year and pd.notna(whole["year_pacing"]):
        sentences.append(voice("targets_year_pace", year=year, pacing=voice.share(whole["year_pacing"])))
    if share < 1 and state in ("open", "reached"):
        coverage = _coverage(voice, float(whole["coverage"]), state)
        sentences.append(voice(f"targets_covered_{state}", coverage=coverage))
    return voice.sentences(sentences)


def _progress_caption(voice: Voice, export: Export, *, rows: pd.DataFrame) -> list[str]:
    over = elapsed(export, export.period)
    sentences = [voice("targets_pacing_caption")] if over.share > 0 else []
    if 0 < over.share < 1:
        sentences.append(voice("targets_part_over", share=voice.share(over.share, 0), period=export.period))
    states = set(rows["coverage_state"])
    if "not_comparable" in states:
        sentences.append(voice("targets_coverage_not_comparable"))
    if states & {"open", "reached"}:
        sentences.append(voice("targets_coverage_caption"))
    else:
        sentences += [
            voice(f"targets_coverage_{state}") for state in sorted(states & {"no_due_dates", "no_amounts", "over"})
        ]
    return sentences


def _names(voice: Voice, rows: pd.DataFrame) -> list[str]:
    highest = min((_DEPTH[level] for level in rows["level"]), default=0)
    return [_INDENT * (_DEPTH[str(row["level"])] - highest) + _name(voice, row) for _, row in rows.iterrows()]


def _name(voice: Voice, row: pd.Series) -> str:
    level = str(row["level"])
    return voice("targets_company") if level == "company" else str(row[level]) or voice("not_assigned")


def _entity(voice: Voice, entity: tuple[str, ...]) -> str:
    return " / ".join(name or voice("not_assigned") for name in entity) or voice("targets_company")


def _place(row: pd.Series) -> tuple[Place, ...]:
    """The key that sorts a row of `progress` into a tree: every entity before its parts."""
    keys = tuple(natural_place(str(row[name])) for name in ("region", "team", "rep", "rep_id"))
    return keys[: _DEPTH[str(row["level"])] + (row["level"] == "rep")]


def _targets(voice: Voice, unit: str, targets: pd.Series) -> list[str]:
    return [voice("no_target") if np.isnan(target) else voice.value(unit, target) for target in targets]


def _short(voice: Voice, unit: str, value: float) -> str:
    return voice.short_money(value) if unit == "money" else voice.value(unit, value)


def _coverage(voice: Voice, coverage: float, state: str) -> str:
    if state == "open":
        return voice("targets_times", times=f"{coverage:.1f}")
    return voice("targets_is_reached") if state == "reached" else voice.missing


def _range(voice: Voice, low: float, high: float) -> str:
    return (
        voice("targets_at_least", share=voice.share(low, 0))
        if high == 1
        else (voice.share(low, 0) if high == low else f"{voice.share(low, 0)}–{voice.share(high, 0)}")
    )


def _difference(voice: Voice, plan: Plan, difference: Difference) -> str:
    unit = KPIS[difference.kpi].unit
    whole, parts = float(difference.whole), float(difference.parts)
    change = voice.full_change(parts - whole) if unit == "money" else voice.change(unit, parts - whole)
    amounts = {"whole": voice.value(unit, whole), "parts": voice.value(unit, parts), "change": change}
    text = voice(
        f"targets_differ_{difference.by}", name=_name_of(voice, plan, difference), period=difference.period, **amounts
    )
    return text + voice(f"targets_follow_{plan.rules.differences}")


def _name_of(voice: Voice, plan: Plan, difference: Difference) -> str:
    """The entity that a difference is of, in words; a rep by name alone."""
    row = plan.company.rows[difference.entity]
    return plan.company.names[row] if len(difference.entity) == 3 else _entity(voice, difference.entity)
