"""The revenue of a region by period, as a figure."""

import numpy as np
import pandas as pd

from salesperf.language import Voice
from salesperf.present.exhibit import Exhibit
from salesperf.present.figure import MAIN, PALE, TARGET, canvas, drawn, names_below


def revenue_trend(voice: Voice, history: pd.DataFrame, region: str, *, incomplete: list[str]) -> Exhibit:
    """Revenue by period as bars, the last one highlighted, each with a dash at its target, where there is one.

    ``history``: one row per period with period (label), revenue and revenue_target, NaN for not available. The figure
    begins with the first period that has a revenue; a later one without keeps its place and name. ``incomplete``:
    labels of periods that the export covers in part only; their bars are hatched.
    """
    begun = history["revenue"].notna().cumsum() > 0
    rows = history[begun if begun.any() else slice(None)].reset_index(drop=True)
    points = [f"{voice.period(row['period'])} {voice.short_money(row['revenue'])}" for row in rows.to_dict("records")]
    top = max(1.0, float(rows[["revenue", "revenue_target"]].max().fillna(0).max()))
    with canvas(3.0, bottom=0.12) as (figure, axes):
        colors = [PALE] * (len(rows) - 1) + [MAIN]
        axes.bar(range(len(rows)), rows["revenue"], color=colors, width=0.72, edgecolor="white")
        for place, row in enumerate(rows.to_dict("records")):
            height = np.nan_to_num(max(row["revenue"], 0.0))
            target = np.nan_to_num(row["revenue_target"])
            head = target if height <= target < height + top * 0.09 else height  # clear of the dash
            axes.text(
                place, head + top * 0.02, voice.short_money(row["revenue"]), ha="center", va="bottom", fontsize=7.5
            )
            if target:
                for color, width in (("white", 4), (TARGET, 2)):  # on a pale bar and on the dark one alike
                    axes.hlines(target, place - 0.42, place + 0.42, colors=color, linewidth=width)
            if row["period"] in incomplete and height:
                axes.bar(place, height, width=0.72, fill=False, hatch="///", edgecolor="white", linewidth=0)
        axes.set(xticks=[], yticks=[], ylim=(min(0.0, rows["revenue"].min()), top * 1.12))
        names_below(axes, [voice.period(label) for label in rows["period"]], 7.5 if len(rows) > 9 else 8.5)
    caption = voice("trend_caption") if rows["revenue_target"].notna().any() else ""
    if incomplete:
        caption = voice.sentences([caption, voice("trend_incomplete")] if caption else [voice("trend_incomplete")])
    alternative = voice("trend_alt", region=region, points=voice.listed(points))
    return drawn(figure, "trend", voice("trend_title"), alternative=alternative, caption=caption)
