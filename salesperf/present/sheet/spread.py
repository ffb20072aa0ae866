"""The figure of a rep's sheet: each KPI against the middle half of the peers, with nobody else's number in it."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from salesperf.language import Voice
from salesperf.people.readings import Position, Reading
from salesperf.present.exhibit import NOTHING, Exhibit
from salesperf.present.figure import ACCENT, INK, MAIN, PALE, QUIET, canvas, drawn, names_beside, short_name
from salesperf.present.values import in_short, middle_half_of

_HEAD, _ROW = 0.2, 0.245  # inches: the words under the band, and a line
_FARTHEST = 2.6  # halves of the band; what lies further out stands at the edge
_LOOKS: dict[Position, tuple[str, str]] = {"strength": (">", MAIN), "gap": ("<", ACCENT), "in_line": ("o", QUIET)}


def against_peers(voice: Voice, readings: Sequence[Reading], group: str) -> Exhibit:
    """One line per judged KPI: a point for the rep, a band for the middle half of the group, better to the right.

    Every KPI is on the scale of its own band, so that all bands are equally wide; its value stands beside it. Empty
    where no KPI is judged.
    """
    rows = [one for one in readings if one.position and one.lower < one.upper]
    title = voice("sheet_peers_title", group=group)
    if not rows:
        return NOTHING
    height = _HEAD + _ROW * len(rows)
    with canvas(height, left=0.37, right=0.74, bottom=_HEAD / height, top=0.995) as (figure, axes):
        axes.axvspan(-1, 1, color=PALE, alpha=0.55, linewidth=0)
        for place, one in enumerate(rows):
            _line(voice, axes, one, place=place)
        edge = _FARTHEST + 0.3
        axes.set(xticks=[], yticks=[], xlim=(-edge, edge), ylim=(len(rows) - 0.5, -0.5))
        names_beside(axes, [short_name(voice.kpi(one.kpi.id)) for one in rows], size=10)
        axes.spines["bottom"].set_visible(False)
        axes.text(0, len(rows) - 0.45, voice("sheet_peers_band"), ha="center", va="top", fontsize=9, color=QUIET)
    told = voice.listed([_told(voice, one) for one in rows])
    alternative, caption = voice("sheet_peers_alt", points=told), voice("sheet_peers_caption")
    return drawn(figure, "peers", title, alternative=alternative, caption=caption)


def offset(one: Reading) -> float:
    """Where a value stands on the scale of its band: -1 and 1 are the quartiles, more is better."""
    place = (one.now - (one.lower + one.upper) / 2) / ((one.upper - one.lower) / 2)
    return place if one.kpi.better == "higher" else -place


def _line(voice: Voice, axes: Axes, one: Reading, *, place: int) -> None:
    marker, color = _LOOKS[one.position]
    x = float(np.clip(offset(one), -_FARTHEST, _FARTHEST))
    axes.plot([-_FARTHEST, _FARTHEST], [place, place], color=PALE, linewidth=0.6, zorder=0)
    axes.plot(x, place, marker, color=color, markersize=8, clip_on=False)
    axes.text(1.04, place, _now(voice, one), transform=axes.get_yaxis_transform(), va="center", color=INK)


def _now(voice: Voice, one: Reading) -> str:
    return voice.with_n(in_short(voice, one.kpi, one.now), one.n)


def _told(voice: Voice, one: Reading) -> str:
    where = voice(f"sheet_position_{one.position}")
    return f"{voice.kpi(one.kpi.id)} {_now(voice, one)} ({where}; {middle_half_of(voice, one)})"
