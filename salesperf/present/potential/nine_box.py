"""The nine-box: people by performance and potential, and how likely each belongs in that box."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesperf.language import Voice
from salesperf.people.estimates import RECENT
from salesperf.people.potential import CUT, Potential
from salesperf.present.exhibit import NOTHING, Exhibit, table
from salesperf.present.figure import MAIN, PALE, QUIET, canvas, drawn, short_name
from salesperf.present.name_places import Box, beside
from salesperf.present.potential.naming import names_of_thirds

NAME_SIZE = 7.5  # points
EVEN = 0.5  # chance of a box from which a point is filled


def nine_box(voice: Voice, potential: Potential, region: str) -> Exhibit:
    """The region's people by performance and potential, both as robust z; diamonds for those who are named.

    Named is who is in the upper third of potential; hollow who is truly in that box with a chance under EVEN. The lines
    lie at ±CUT, the thirds of a normal distribution. NOTHING where nobody of the region has both.
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
        likely = box_chances(people) >= EVEN
        for named, marker, color in ((False, "o", QUIET), (True, "D", MAIN)):
            for sure, face in ((False, "white"), (True, color)):
                rows = people[(people["named"] == named) & (likely == sure)]
                axes.scatter(rows["performance"], rows["potential"], s=46, c=face, marker=marker, edgecolor=color)
        axes.set_xlabel(voice("potential_performance"))
        label = axes.set_ylabel(voice("potential_potential"))
        if upright:
            label.set(rotation=0, ha="right", va="center")
        _names(axes, people[people["potential_third"] == 2])
    upper = people[people["potential_third"] == 2]
    where = [
        f"{row['rep']}: " + voice.listed([_third(voice, thirds, row, axis) for axis in ("performance", "potential")])
        for row in upper.to_dict("records")
    ]
    if others := len(people) - len(upper):
        where.append(voice("potential_not_upper", n=others))
    alternative = voice("potential_alt", region=region, points=voice.listed(where))
    caption = _box_caption(voice, potential, everyone)
    return drawn(figure, "nine-box", voice("potential_box_title"), alternative=alternative, caption=caption)


def box_counts(voice: Voice, potential: Potential) -> Exhibit:
    """The nine-box of the whole company in numbers: how many are in each box, and how many of them likely so.

    NOTHING where nobody has both performance and potential.
    """
    people = potential.people.dropna(subset=["performance", "potential"])
    if people.empty:
        return NOTHING
    thirds, likely = names_of_thirds(voice), box_chances(people) >= EVEN
    columns = {voice("potential_potential"): thirds[::-1]}
    for place, third in enumerate(thirds):
        of_third = people["performance_third"] == place
        boxes = [of_third & (people["potential_third"] == up) for up in (2, 1, 0)]
        cells = [voice.in_brackets(voice.count(box.sum()), voice.count((box & likely).sum())) for box in boxes]
        columns[voice("potential_performs", third=third)] = cells
    return table(pd.DataFrame(columns), "boxes", caption=voice("potential_boxes_caption"))


def box_chances(people: pd.DataFrame) -> pd.Series:
    """The chance that each person truly belongs in that box; ``people``: rows of `Potential.people`.

    That of potential alone where nothing tells how sure performance is.
    """
    return people[["performance_chance", "potential_chance"]].prod(axis=1)


def _third(voice: Voice, thirds: list[str], row: Mapping[Hashable, Any], axis: str) -> str:
    """The third of performance or potential, with its chance where that is known."""
    third = f"{voice(f'potential_{axis}')} {thirds[row[f'{axis}_third']]}"
    chance = row[f"{axis}_chance"]
    return third if pd.isna(chance) else voice.in_brackets(third, voice.chance(chance))


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
    hollow = int((box_chances(people.dropna(subset=["performance", "potential"])) < EVEN).sum())
    parts = [voice("potential_hollow", n=hollow)] if hollow else []
    parts.append(voice("potential_help", performance=by))
    if people["named"].any():
        parts.append(voice("potential_diamonds"))
    if unscored := sorted(people.loc[people["performance"].isna(), "rep"]):
        parts.append(voice("potential_unscored", names=voice.listed(unscored)))
    return voice.sentences(parts)
