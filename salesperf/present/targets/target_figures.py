"""The figures of a plan: the months' shares of the fiscal year, and targets against last year's results."""

import numpy as np
import pandas as pd

from salesperf.language import Voice
from salesperf.measures.kpis import KPIS
from salesperf.measures.planning.pacing import fiscal_year
from salesperf.measures.planning.targets import Plan
from salesperf.params import Client
from salesperf.periods import Period
from salesperf.present.exhibit import Exhibit, paragraph
from salesperf.present.figure import INK, MAIN, PALE, QUIET, bars, canvas, drawn, names_below

MOST_CHANGES = 20  # bars; of more changes the ends of the order are shown, half from each


def season_figure(voice: Voice, client: Client, plan: Plan, *, kpi: str) -> Exhibit:
    """The shares of the fiscal year's months as bars, those of the period highlighted; a line at equal shares.

    A sentence says so where the plan has no season of the KPI for that year.
    """
    period = client.period
    year = fiscal_year(period)
    if (kpi, year.label) not in plan.seasons:
        return paragraph(voice("targets_no_plan", year=year, kpi=voice.kpi(kpi)))
    season = plan.seasons[kpi, year.label]
    months = year.months()
    labels = [f"{month.start.month}" if voice.language == "en" else f"{month.start.month}月" for month in months]
    with canvas(2.6, bottom=0.13) as (figure, axes):
        colors = [MAIN if period.contains(month) else PALE for month in months]
        axes.bar(range(12), season.shares, color=colors, width=0.74)
        for place, (share, color) in enumerate(zip(season.shares, colors, strict=True)):
            ink = "white" if color == MAIN else INK
            axes.text(place, 0, voice.share(share), ha="center", va="bottom", fontsize=7.5, color=ink)
        axes.axhline(1 / 12, color=QUIET, linewidth=1)
        axes.set(xticks=[], yticks=[], ylim=(0, max(season.shares) * 1.15 or 1))
        names_below(axes, labels, color=INK)
    caption = voice(f"targets_season_{_why(plan, season.years)}", years=voice.listed(list(season.years)), year=year)
    points = voice.listed([f"{label} {voice.share(share)}" for label, share in zip(labels, season.shares, strict=True)])
    title = voice("targets_season_title", kpi=voice.kpi(kpi), year=year)
    alternative = voice("targets_season_alt", year=year, points=points)
    return drawn(figure, "season", title, alternative=alternative, caption=caption)


def growth_figure(voice: Voice, client: Client, rows: pd.DataFrame, *, kpi: str) -> Exhibit:
    """How much more, or less, each target is than last year's result, as bars from the largest rise down.

    ``rows``: rows of `whole_tree` of one level. Those without a target or a result are left out and counted below; a
    sentence says so where that leaves none.
    """
    unit, before = KPIS[kpi].unit, client.period.year_before
    level = str(rows["level"].iloc[0]) if len(rows) else "team"
    comparable = rows.assign(more=rows["target"] - rows["last_year"]).dropna(subset=["more"])
    if comparable.empty:
        return paragraph(voice("targets_no_growth", period=before))
    ordered = comparable.sort_values(["more", level], ascending=[False, True], kind="stable")
    half = MOST_CHANGES // 2
    shown = ordered if len(ordered) <= MOST_CHANGES else pd.concat([ordered.head(half), ordered.tail(half)])
    labels = [_growth(voice, unit, more=float(row["more"]), change=float(row["change"])) for _, row in shown.iterrows()]
    names = [str(name) or voice("not_assigned") for name in shown[level]]
    more = shown["more"].to_numpy(dtype=np.float64)
    figure = bars(names, more, labels, left=0.27, right=0.66, labels_end=1.86)
    points = voice.listed([f"{name} {label}" for name, label in zip(names, labels, strict=True)])
    alternative = voice("targets_growth_alt", period=before, points=points)
    caption = _growth_caption(voice, before, rows=len(rows), comparable=len(comparable), shown=len(shown))
    title = voice(f"targets_growth_{level}", period=before)
    return drawn(figure, f"growth-{level}", title, alternative=alternative, caption=caption)


def _why(plan: Plan, years: tuple[str, ...]) -> str:
    """What the shares of the months come from, as a part of the caption's key; ``years``: of the season."""
    if years:
        return "history"
    if isinstance(plan.rules.seasonality, list):
        return "given"
    return "equal" if plan.rules.seasonality == "equal" else "fallback"


def _growth(voice: Voice, unit: str, *, more: float, change: float) -> str:
    amount = voice.change(unit, more)
    return amount if np.isnan(change) else voice.in_brackets(amount, voice.ratio(change))


def _growth_caption(voice: Voice, before: Period, *, rows: int, comparable: int, shown: int) -> str:
    sentences = [voice("targets_growth_cut", shown=shown, all=comparable)] if shown < comparable else []
    if comparable < rows:
        sentences.append(voice("targets_growth_untold", n=rows - comparable, period=before))
    return voice.sentences(sentences)
