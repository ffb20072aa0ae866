"""High potential in a region: a table of people with the reasons, and the nine-box."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesperf.language import Voice
from salesperf.people.estimates import RECENT
from salesperf.people.potential import CUT, FEWEST_PEOPLE, Potential
from salesperf.present.exhibit import NOTHING, Exhibit, notes, paragraph, table, together
from salesperf.present.figure import MAIN, PALE, QUIET, canvas, drawn, short_name
from salesperf.present.name_places import Box, beside
from salesperf.present.values import teams_of

MOST_RANKED = 3  # people shown by rank where there are no groups, as then no one is named as high potential
NAME_SIZE = 7.5  # points


def potential_table(voice: Voice, potential: Potential, region: str) -> Exhibit:
    """The region's people of high potential: a sentence, a row per person with reasons, and remarks.

    Shown are the region's people who are named; without groups the first of the ranking by potential, and then
    without a chance (docs/methods.md §6). The sentence says so where nobody is.
    """
    people = potential.people[potential.people["region"] == region].sort_values(
        ["potential", "rep"], ascending=[False, True]
    )
    shown = people[people["named"]] if potential.groups else people.head(MOST_RANKED)
    sentence = paragraph(_sentence(voice, potential, region, anyone=not people.empty, named=not shown.empty))
    remarks = _remarks(voice, potential, region)
    if shown.empty or potential.why_none == "untold":
        return together(sentence, notes(remarks))
    rows = {
        voice("rep"): shown["rep"],
        voice("team"): teams_of(voice, shown),
        voice("potential_z"): [voice.change("points", z) for z in shown["potential"]],
        voice("potential_chance"): [voice.chance(chance) for chance in shown["chance"]],
        voice("potential_reasons"): [reasons_of(voice, potential, str(rep)) for rep in shown.index],
    }
    if not potential.groups:
        del rows[voice("potential_chance")]
    listed = table(pd.DataFrame(rows), "potential", left=(voice("team"), voice("potential_reasons")))
    return together(sentence, listed, notes(remarks))


def nine_box(voice: Voice, potential: Potential, region: str) -> Exhibit:
    """The region's people by performance and potential, both as robust z; diamonds for those who are named.

    The lines lie at ±CUT, the thirds of a normal distribution. NOTHING where nobody of the region has both.
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
        for named, marker, color in ((False, "o", PALE), (True, "D", MAIN)):
            rows = people[people["named"] == named]
            axes.scatter(rows["performance"], rows["potential"], s=46, c=color, marker=marker, edgecolor=QUIET)
        axes.set_xlabel(voice("potential_performance"))
        label = axes.set_ylabel(voice("potential_potential"))
        if upright:
            label.set(rotation=0, ha="right", va="center")
        _names(axes, people)
    where = [
        f"{row['rep']}: {voice('potential_performance')} {thirds[row['performance_third']]}, "
        f"{voice('potential_potential')} {thirds[row['potential_third']]}"
        for row in people.to_dict("records")
    ]
    alternative = voice("potential_alt", region=region, points=voice.listed(where))
    caption = _box_caption(voice, potential, everyone)
    return drawn(figure, "nine-box", voice("potential_box_title"), alternative=alternative, caption=caption)


def names_of_thirds(voice: Voice) -> list[str]:
    """The names of the thirds of performance and of potential, the lowest first."""
    return [voice(f"potential_{third}") for third in ("low", "middle", "high")]


def _sentence(voice: Voice, potential: Potential, region: str, *, anyone: bool, named: bool) -> str:
    """What grouping the company's people gave, or why it gave no groups."""
    people, quarters = len(potential.people), potential.features.quarters
    if quarters < RECENT:
        return voice("potential_short", covered=quarters, quarters=RECENT)
    if not anyone:
        return voice("potential_nobody", region=region, quarters=RECENT)
    if potential.groups:
        return voice(
            "potential_named" if named else "potential_named_none",
            people=people,
            groups=potential.groups,
            region=region,
        )
    return voice(f"potential_{potential.why_none}", people=people, fewest=FEWEST_PEOPLE, region=region)


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
    """Why nobody is named for high potential, in a sentence."""
    quarters = potential.features.quarters
    if quarters < RECENT:
        return voice("potential_short", covered=quarters, quarters=RECENT)
    why, words = potential.why_none or "few", {"people": len(potential.people), "fewest": FEWEST_PEOPLE}
    return voice(f"potential_{why}", **words, region=voice("company"))


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
    parts = [voice("potential_help", performance=by)]
    if people["named"].any():
        parts.append(voice("potential_diamonds"))
    if unscored := sorted(people.loc[people["performance"].isna(), "rep"]):
        parts.append(voice("potential_unscored", names=voice.listed(unscored)))
    return voice.sentences(parts)
