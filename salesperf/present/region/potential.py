"""High potential in a region: who is named and how sure that is, and the nine-box."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesperf.inference.one_kind import FEWEST_PEOPLE
from salesperf.inference.stability import DOUBTFUL, band
from salesperf.language import Voice
from salesperf.people.backtest import Backtest
from salesperf.people.estimates import RECENT
from salesperf.people.potential import CUT, Potential
from salesperf.present.exhibit import NOTHING, Exhibit, notes, paragraph, together
from salesperf.present.figure import MAIN, PALE, QUIET, canvas, drawn, short_name
from salesperf.present.name_places import Box, beside

MOST_RANKED = 3  # people shown by rank where there are no groups, as then no one is named as high potential
NAME_SIZE = 7.5  # points
EVEN = 0.5  # chance of a box from which a point is filled
_BANDS = {"doubtful": "doubtful", "stable": "stable", "highly stable": "highly_stable"}


def who_is_named(voice: Voice, potential: Potential, region: str) -> Exhibit:
    """Who of the region is named for high potential, how sure that is, and what is left out.

    Without groups the first of the ranking by potential are told (docs/methods.md §6). The sentences say so where
    nobody is named, and what became of those who were named a year ago.
    """
    people = potential.people[potential.people["region"] == region]
    remarks = notes(_remarks(voice, potential, region))
    if people.empty and potential.features.quarters >= RECENT:
        return together(paragraph(voice("potential_nobody", region=region, quarters=RECENT)), remarks)
    if people.empty or potential.why_none == "untold":
        return together(paragraph(_company_sentence(voice, potential)), remarks)
    names = voice.listed(shown_of(people, potential)["rep"].tolist())
    which = "those_of" if names and potential.groups else "first_of" if names else "named_none"
    told = [_company_sentence(voice, potential), voice(f"potential_{which}", region=region, names=names)]
    sure = _how_sure(voice, potential)
    if names and potential.backtest:
        sure.append(voice("potential_chance_help", recent=RECENT, quarter=potential.backtest.quarter))
    return together(paragraph(voice.sentences(told)), notes(sure), remarks)


def shown_of(people: pd.DataFrame, potential: Potential) -> pd.DataFrame:
    """Those of some people who are shown as of high potential, the highest first.

    Those named; without groups the first by potential, at most MOST_RANKED. ``people``: rows of `Potential.people`.
    """
    ranked = people[people["potential"].notna()].sort_values(["potential", "rep"], ascending=[False, True])
    return ranked[ranked["named"]] if potential.groups else ranked.head(MOST_RANKED)


def nine_box(voice: Voice, potential: Potential, region: str) -> Exhibit:
    """The region's people by performance and potential, both as robust z; diamonds for those who are named.

    Hollow is who is truly in that box with a chance under EVEN. The lines lie at ±CUT, the thirds of a normal
    distribution. NOTHING where nobody of the region has both.
    """
    everyone = potential.people[potential.people["region"] == region]
    people = everyone.dropna(subset=["performance", "potential"]).sort_values(["potential", "rep"])
    if people.empty:
        return NOTHING
    thirds = names_of_thirds(voice)
    upright = voice.language == "zh"  # Chinese is not turned
    with canvas(4.4, left=0.13 if upright else 0.09, bottom=0.09, right=0.99, top=0.99) as (figure, axes):
        across, up = (max(1.7, people[axis].abs().max() + 0.5) for axis in ("performance", "potential"))
        _grid(axes, thirds, across=across, up=up, upright=upright)
        likely = people[["performance_chance", "potential_chance"]].prod(axis=1) >= EVEN
        for named, marker, color in ((False, "o", QUIET), (True, "D", MAIN)):
            for sure, face in ((False, "white"), (True, color)):
                rows = people[(people["named"] == named) & (likely == sure)]
                axes.scatter(rows["performance"], rows["potential"], s=46, c=face, marker=marker, edgecolor=color)
        axes.set_xlabel(voice("potential_performance"))
        label = axes.set_ylabel(voice("potential_potential"))
        if upright:
            label.set(rotation=0, ha="right", va="center")
        _names(axes, people)
    where = [
        f"{row['rep']}: " + voice.listed([_third(voice, thirds, row, axis) for axis in ("performance", "potential")])
        for row in people.to_dict("records")
    ]
    alternative = voice("potential_alt", region=region, points=voice.listed(where))
    caption = _box_caption(voice, potential, everyone)
    return drawn(figure, "nine-box", voice("potential_box_title"), alternative=alternative, caption=caption)


def _third(voice: Voice, thirds: list[str], row: Mapping[Hashable, Any], axis: str) -> str:
    """The third of performance or potential, with its chance where that is known."""
    third = f"{voice(f'potential_{axis}')} {thirds[row[f'{axis}_third']]}"
    chance = row[f"{axis}_chance"]
    return third if pd.isna(chance) else voice.in_brackets(third, voice.chance(chance))


def names_of_thirds(voice: Voice) -> list[str]:
    """The names of the thirds of performance and of potential, the lowest first."""
    return [voice(f"potential_{third}") for third in ("low", "middle", "high")]


def _company_sentence(voice: Voice, potential: Potential) -> str:
    """How many of the company are named, or why nobody is."""
    people, quarters = len(potential.people), potential.features.quarters
    if quarters < RECENT:
        return voice("potential_short", covered=quarters, quarters=RECENT)
    if potential.groups:
        return voice("potential_named", named=int(potential.people["named"].sum()), people=people)
    why = potential.why_none or "few"
    return voice(f"potential_{why}", people=people, fewest=FEWEST_PEOPLE)


def _how_sure(voice: Voice, potential: Potential) -> list[str]:
    """Sentences on how stable the group of those named is, and on what became of those named a year ago."""
    sentences = []
    if potential.groups:
        stability = float(potential.people.loc[potential.people["named"], "stability"].iloc[0])
        word = voice(f"potential_{_BANDS[band(stability)]}")
        shares = {"stability": voice.share(stability, 0), "least": voice.share(DOUBTFUL, 0)}
        sentences.append(voice("potential_stability", band=word, **shares))
    if not potential.backtest:
        return [*sentences, voice("potential_backtest_none", quarters=2 * RECENT)]
    since = _year_since(voice, potential.backtest)
    return [*sentences, voice.sentences(since)] if since else sentences


def _year_since(voice: Voice, backtest: Backtest) -> list[str]:
    """What became of those named a year ago, or who had the highest chance, beside as many chosen by simpler ways."""
    named = backtest.named
    if not (tally := named if named.people else backtest.first("chance", backtest.tenth)).people:
        return []
    limits = {"low": voice.share(tally.lower, 0), "high": voice.share(tally.upper, 0)}
    counts = {"people": tally.people, "grew": tally.grew, "by_chance": voice.count(tally.by_chance)}
    who = "backtest" if named.people else "backtest_ranked"
    level, growth = (backtest.first(way, tally.people) for way in ("level", "growth"))
    ways = [level, growth] if growth.people == tally.people else [level]
    chosen = "backtest_ways" if len(ways) > 1 else "backtest_way"
    sentences = [voice(f"potential_{who}", quarter=backtest.quarter, **counts, **limits)]
    if named.people and backtest.left:
        sentences.append(voice("potential_backtest_left", left=backtest.left))
    sentences.append(voice(f"potential_{chosen}", level=level.grew, growth=growth.grew))
    if tally.grew <= max(way.grew for way in ways):
        sentences.append(voice("potential_backtest_no_better"))
    return sentences


def _remarks(voice: Voice, potential: Potential, region: str) -> list[str]:
    """Who of the region is not judged, and which features are left out, with the reasons."""
    features, remarks = potential.features, []
    if features.quarters < RECENT:
        return []
    for word, people in (("too_new", features.too_new), ("unsold", features.unsold)):
        if names := sorted(people.loc[people["region"] == region, "rep"]):
            remarks.append(voice(f"potential_{word}", names=voice.listed(names)))
    for word, left_out in (("missing", features.missing), ("unreliable", features.unreliable)):
        if left_out:
            names = [voice(f"feature_{name}") for name in left_out]
            remarks.append(voice(f"potential_{word}", features=voice.listed(names)))
    return remarks


def why_no_groups(voice: Voice, potential: Potential) -> str:
    """Why nobody is named for high potential, in a sentence; "" where somebody is."""
    return "" if potential.groups else _company_sentence(voice, potential)


def reasons_of(voice: Voice, potential: Potential, rep: str) -> str:
    """The strengths of a person, each with its distance from the company's median."""
    names: tuple[str, ...] = potential.people["reasons"].loc[rep]
    strengths = [
        f"{voice(f'feature_{name}')} {voice.change('points', float(potential.z[name].loc[rep]))}" for name in names
    ]
    return voice.listed(strengths) or voice("potential_none")


def _grid(axes: Axes, thirds: list[str], *, across: float, up: float, upright: bool) -> None:
    """The lines between the nine boxes, and the names of the thirds; the axes end at ±across and ±up.

    ``upright``: whether the names at the side are, as Chinese is not turned.
    """
    for line in (-CUT, CUT):
        axes.axvline(line, color=PALE, linewidth=1, zorder=0)
        axes.axhline(line, color=PALE, linewidth=1, zorder=0)
    axes.set(xlim=(-across, across), ylim=(-up, up))
    axes.set_xticks([-(across + CUT) / 2, 0, (across + CUT) / 2], thirds, fontsize=8)
    axes.set_yticks(
        [-(up + CUT) / 2, 0, (up + CUT) / 2], thirds, fontsize=8, rotation=0 if upright else 90, va="center"
    )


def _names(axes: Axes, people: pd.DataFrame) -> None:
    """Each name beside its point, with a line to it where others push it away."""
    pixel = 72 / axes.figure.dpi  # in points, as the size of the font is
    frame, back = axes.get_window_extent(), axes.transData.inverted()
    at = axes.transData.transform(people[["performance", "potential"]].to_numpy()) * pixel
    names = [short_name(str(name)) for name in people["rep"]]
    space = Box(frame.x0 * pixel, frame.x1 * pixel, frame.y0 * pixel, frame.y1 * pixel)
    boxes = beside([(x, y) for x, y in at], names, size=NAME_SIZE, frame=space)
    for name, (x, y), box in zip(names, at, boxes, strict=True):
        side, edge = ("left", box.left) if box.left > x else ("right", box.right)
        across, up = back.transform(np.array([edge, (box.bottom + box.top) / 2]) / pixel)
        axes.text(across, up, name, fontsize=NAME_SIZE, va="center", ha=side)
        if not box.bottom < y < box.top:
            near = min(max(x, box.left), box.right), box.bottom if y < box.bottom else box.top
            line = back.transform(np.array([(x, y), near]) / pixel)
            axes.plot(*line.T, color=PALE, linewidth=0.8, zorder=0)


def _box_caption(voice: Voice, potential: Potential, people: pd.DataFrame) -> str:
    by = voice("potential_by_score") if potential.scored else voice("potential_by_level", quarters=RECENT)
    parts = [voice("potential_help", performance=by), voice("potential_hollow")]
    if people["named"].any():
        parts.append(voice("potential_diamonds"))
    if unscored := sorted(people.loc[people["performance"].isna(), "rep"]):
        parts.append(voice("potential_unscored", names=voice.listed(unscored)))
    return voice.sentences(parts)
