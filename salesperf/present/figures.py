"""The figures of a region's report."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from salesperf.language import Voice
from salesperf.people.estimates import RECENT
from salesperf.people.potential import CUT, Potential
from salesperf.present.exhibit import Exhibit
from salesperf.present.figure import ACCENT, INK, MAIN, PALE, QUIET, canvas, drawn
from salesperf.present.labels import Box, beside
from salesperf.rounding import adding_up

MOST_BARS = 12
NAME_SIZE = 7.5  # points


def revenue_trend(voice: Voice, history: pd.DataFrame, region: str, incomplete: list[str]) -> Exhibit:
    """Revenue by period as bars, the last one highlighted; a dash at the target, hatched where the export has gaps.

    ``history``: one row per period with period, revenue and revenue_target. It begins with the first period that the
    export covers; a later one that is not available leaves a gap with its name.
    """
    told = history["revenue"].notna().cumsum() > 0
    rows = history[told if told.any() else slice(None)].reset_index(drop=True)
    points = [f"{one['period']} {voice.short_money(one['revenue'])}" for one in rows.to_dict("records")]
    top = max(1.0, float(rows[["revenue", "revenue_target"]].max().fillna(0).max()))
    with canvas(3.0, bottom=0.12) as (figure, axes):
        last = rows["period"].iloc[-1]
        colors = {one: MAIN if one == last else PALE for one in rows["period"]}
        sns.barplot(rows, x="period", y="revenue", hue="period", palette=colors, legend=False, width=0.72,
                    saturation=1, order=rows["period"], ax=axes)  # fmt: skip
        for place, one in enumerate(rows.to_dict("records")):
            height = np.nan_to_num(max(one["revenue"], 0.0))
            target = np.nan_to_num(one["revenue_target"])
            head = target if height <= target < height + top * 0.09 else height  # clear of the dash
            axes.text(
                place, head + top * 0.02, voice.short_money(one["revenue"]), ha="center", va="bottom", fontsize=7.5
            )
            if target:
                axes.hlines(target, place - 0.42, place + 0.42, colors=ACCENT, linewidth=2)
            if one["period"] in incomplete and height:
                axes.bar(place, height, width=0.72, fill=False, hatch="///", edgecolor="white", linewidth=0)
        axes.set(xlabel="", ylabel="", yticks=[], ylim=(min(0.0, rows["revenue"].min()), top * 1.12))
        axes.tick_params(axis="x", labelsize=7.5 if len(rows) > 9 else 8.5)
    caption = voice("trend_caption") if rows["revenue_target"].notna().any() else ""
    if incomplete:
        caption = f"{caption} {voice('trend_incomplete')}".strip()
    return drawn(
        figure, "trend", voice("trend_title"), voice("trend_alt", region=region, points=voice.listed(points)), caption
    )


def moved(voice: Voice, changes: pd.Series, before: str) -> Exhibit:
    """A change of revenue as bars by rep, largest first; all bars add up to the whole change.

    ``changes``: name → change, at most MOST_BARS of them. What is printed adds up, too.
    """
    whole = adding_up(changes.to_numpy(np.float64)[None])[0]
    total, parts = voice.full_change(float(whole.sum())), [voice.full_change(float(one)) for one in whole]
    with canvas(0.4 + 0.27 * len(changes), left=0.34, right=0.8, bottom=0.02, top=0.98) as (figure, axes):
        colors = [MAIN if value >= 0 else ACCENT for value in changes]
        axes.barh(range(len(changes)), changes.to_numpy(), color=colors, height=0.66)
        for place, part in enumerate(parts):
            where = axes.get_yaxis_transform()
            axes.text(1.22, place, part, transform=where, va="center", ha="right", fontsize=8.5)
        axes.axvline(0, color=QUIET, linewidth=0.8)
        axes.set(yticks=range(len(changes)), xticks=[], ylim=(len(changes) - 0.4, -0.6), xlabel="", ylabel="")
        axes.set_yticklabels([_short(str(name)) for name in changes.index], fontsize=8.5, color=INK)
        axes.set_xlim(min(changes.min(), 0), max(changes.max(), 0) + 0.02 * np.abs(changes).max())
        axes.spines["bottom"].set_visible(False)
    told = voice.listed([f"{name} {part}" for name, part in zip(changes.index, parts, strict=True)])
    alternative = voice("moved_alt", period=before, points=told, total=total)
    return drawn(figure, "moved", voice("moved_title", period=before), alternative, voice("moved_caption", total=total))


def nine_box(voice: Voice, found: Potential, region: str) -> Exhibit:
    """The region's people by performance and potential; the lines are the thirds of the company's spread.

    Nothing where there is nobody to show.
    """
    mine = found.people[found.people["region"] == region]
    people = mine.dropna(subset=["performance", "potential"]).sort_values(["potential", "rep"])
    if people.empty:
        return Exhibit("", "")
    thirds = [voice(f"potential_{one}") for one in ("low", "middle", "high")]
    with canvas(4.4, left=0.09, bottom=0.09, right=0.99, top=0.99) as (figure, axes):
        across, up = (max(1.7, people[axis].abs().max() + 0.5) for axis in ("performance", "potential"))
        _grid(voice, axes, thirds, across, up)
        sns.scatterplot(people, x="performance", y="potential", hue="named", palette={True: ACCENT, False: MAIN},
                        style="named", markers={True: "D", False: "o"}, s=46, legend=False, ax=axes)  # fmt: skip
        axes.set(xlabel=voice("potential_performance"), ylabel=voice("potential_potential"))
        _names(axes, people)
    where = [
        f"{one['rep']}: {voice('potential_performance')} {thirds[one['performance_third']]}, "
        f"{voice('potential_potential')} {thirds[one['potential_third']]}"
        for one in people.to_dict("records")
    ]
    alternative = voice("potential_alt", region=region, points=voice.listed(where))
    caption = _box_caption(voice, found, mine)
    return drawn(figure, "nine-box", voice("potential_box_title"), alternative, caption)


def _grid(voice: Voice, axes: Axes, thirds: list[str], across: float, up: float) -> None:
    """Nine boxes around the middle, as far as the people stand."""
    for line in (-CUT, CUT):
        axes.axvline(line, color=PALE, linewidth=1, zorder=0)
        axes.axhline(line, color=PALE, linewidth=1, zorder=0)
    axes.set(xlim=(-across, across), ylim=(-up, up))
    axes.set_xticks([-(across + CUT) / 2, 0, (across + CUT) / 2], thirds, fontsize=8)
    axes.set_yticks([-(up + CUT) / 2, 0, (up + CUT) / 2], thirds, fontsize=8, rotation=90, va="center")


def _names(axes: Axes, people: pd.DataFrame) -> None:
    """Each name beside its point, with a line to it where others push it away."""
    pixel = 72 / axes.figure.dpi  # in points, as the size of the font is
    frame, back = axes.get_window_extent(), axes.transData.inverted()
    at = axes.transData.transform(people[["performance", "potential"]].to_numpy()) * pixel
    names = [_short(str(name)) for name in people["rep"]]
    space = Box(frame.x0 * pixel, frame.x1 * pixel, frame.y0 * pixel, frame.y1 * pixel)
    boxes = beside([(x, y) for x, y in at], names, NAME_SIZE, space)
    for name, (x, y), box in zip(names, at, boxes, strict=True):
        side, edge = ("left", box.left) if box.left > x else ("right", box.right)
        across, up = back.transform(np.array([edge, (box.bottom + box.top) / 2]) / pixel)
        axes.text(across, up, name, fontsize=NAME_SIZE, va="center", ha=side)
        if not box.bottom < y < box.top:
            near = min(max(x, box.left), box.right), box.bottom if y < box.bottom else box.top
            line = back.transform(np.array([(x, y), near]) / pixel)
            axes.plot(*line.T, color=PALE, linewidth=0.8, zorder=0)


def _box_caption(voice: Voice, found: Potential, people: pd.DataFrame) -> str:
    by = voice("potential_by_score") if found.scored else voice("potential_by_level", quarters=RECENT)
    parts = [voice("potential_help", performance=by)]
    if people["named"].any():
        parts.append(voice("potential_diamonds"))
    if unscored := sorted(people.loc[people["performance"].isna(), "rep"]):
        parts.append(voice("potential_unscored", names=voice.listed(unscored)))
    return " ".join(parts)


def _short(name: str, most: int = 24) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"
