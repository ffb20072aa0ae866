"""The figures of a region's report."""

import numpy as np
import pandas as pd
import seaborn as sns

from salesperf.language import Voice
from salesperf.people.potential import CUT, Potential
from salesperf.present.exhibit import Exhibit
from salesperf.present.figure import ACCENT, INK, MAIN, PALE, QUIET, canvas, drawn

MOST_BARS = 12


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

    ``changes``: name → change, at most MOST_BARS of them.
    """
    total = voice.change("money", float(changes.sum()))
    with canvas(0.4 + 0.27 * len(changes), left=0.34, right=0.8, bottom=0.02, top=0.98) as (figure, axes):
        colors = [MAIN if value >= 0 else ACCENT for value in changes]
        axes.barh(range(len(changes)), changes.to_numpy(), color=colors, height=0.66)
        for place, value in enumerate(changes):
            where = axes.get_yaxis_transform()
            axes.text(1.22, place, voice.change("money", value), transform=where, va="center", ha="right", fontsize=8.5)
        axes.axvline(0, color=QUIET, linewidth=0.8)
        axes.set(yticks=range(len(changes)), xticks=[], ylim=(len(changes) - 0.4, -0.6), xlabel="", ylabel="")
        axes.set_yticklabels([_short(str(name)) for name in changes.index], fontsize=8.5, color=INK)
        axes.set_xlim(min(changes.min(), 0), max(changes.max(), 0) + 0.02 * np.abs(changes).max())
        axes.spines["bottom"].set_visible(False)
    told = voice.listed([f"{name} {voice.change('money', value)}" for name, value in changes.items()])
    alternative = voice("moved_alt", period=before, points=told, total=total)
    return drawn(figure, "moved", voice("moved_title", period=before), alternative, voice("moved_caption", total=total))


def nine_box(voice: Voice, found: Potential, region: str) -> Exhibit:
    """The region's people by performance and potential; the lines are the thirds of the company's spread."""
    people = found.people[found.people["region"] == region]
    with canvas(4.4, left=0.09, bottom=0.09, right=0.99, top=0.99) as (figure, axes):
        across, up = (max(1.7, people[axis].abs().max() + 0.5) for axis in ("performance", "potential"))
        for line in (-CUT, CUT):
            axes.axvline(line, color=PALE, linewidth=1)
            axes.axhline(line, color=PALE, linewidth=1)
        colors = {True: ACCENT, False: MAIN}
        sns.scatterplot(people, x="performance", y="potential", hue="named", palette=colors, style="named",
                        markers={True: "D", False: "o"}, s=46, legend=False, ax=axes)  # fmt: skip
        axes.set(xlim=(-across, across), ylim=(-up, up))
        axes.set(xlabel=voice("potential_performance"), ylabel=voice("potential_potential"))
        for one in _apart(people, up * 0.082).to_dict("records"):
            right = one["performance"] < across * 0.4
            edge = one["performance"] + (0.045 if right else -0.045) * across
            axes.plot(
                [one["performance"], edge], [one["potential"], one["label_at"]], color=PALE, linewidth=0.8, zorder=0
            )
            side = "left" if right else "right"
            axes.text(edge, one["label_at"], _short(one["rep"]), fontsize=7.5, va="center", ha=side)
        thirds = [voice(f"potential_{one}") for one in ("low", "middle", "high")]
        axes.set_xticks([-(across + CUT) / 2, 0, (across + CUT) / 2], thirds, fontsize=8)
        axes.set_yticks([-(up + CUT) / 2, 0, (up + CUT) / 2], thirds, fontsize=8, rotation=90, va="center")
    where = [
        f"{one['rep']}: {voice('potential_performance')} {thirds[one['performance_third']]}, "
        f"{voice('potential_potential')} {thirds[one['potential_third']]}"
        for one in people.to_dict("records")
    ]
    caption = voice("potential_help") + (" " + voice("potential_diamonds") if people["named"].any() else "")
    alternative = voice("potential_alt", region=region, points=voice.listed(where))
    return drawn(figure, "nine-box", voice("potential_box_title"), alternative, caption)


def _apart(people: pd.DataFrame, least: float) -> pd.DataFrame:
    """The people with heights for their labels at least so far apart that no two labels lie on each other."""
    rows = people.sort_values(["potential", "rep"])
    heights: list[float] = []
    for height in rows["potential"]:
        heights.append(max(height, heights[-1] + least) if heights else height)
    pushed = float(np.mean(np.array(heights) - rows["potential"])) if heights else 0.0
    return rows.assign(label_at=[height - pushed for height in heights])


def _short(name: str, most: int = 24) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"
