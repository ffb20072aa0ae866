"""The figure of a rep's sheet: each KPI against the middle half of the peers; no number of another person is shown."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from salesperf.language import Voice
from salesperf.people.readings import Position, Reading
from salesperf.present.exhibit import NOTHING, Exhibit
from salesperf.present.figure import BELOW, INK, MAIN, PALE, QUIET, canvas, drawn, names_beside, short_name
from salesperf.present.values import in_short, middle_half_of

_HEAD, _ROW = 0.2, 0.245  # inches: the words under the band, and a line
_FARTHEST = 2.6  # half widths of the band; a value further out is drawn at the edge
_LOOKS: dict[Position, tuple[str, str]] = {"strength": (">", MAIN), "gap": ("<", BELOW), "in_line": ("o", QUIET)}


def against_peers(voice: Voice, readings: Sequence[Reading], group: str) -> Exhibit:
    """One line per judged KPI: a point for the rep, a band for the middle half of the group, better to the right.

    Every KPI is on the scale of its own band, so that all bands are equally wide; its value stands beside it. Left out
    are KPIs that are not judged or whose quartiles are equal; NOTHING where that leaves none. ``group``: the peers, as
    `group_name` gives them.
    """
    rows = [reading for reading in readings if reading.position and reading.lower < reading.upper]
    title = voice("sheet_peers_title", group=group)
    if not rows:
        return NOTHING
    height = _HEAD + _ROW * len(rows)
    with canvas(height, left=0.37, right=0.74, bottom=_HEAD / height, top=0.995) as (figure, axes):
        axes.axvspan(-1, 1, color=PALE, alpha=0.55, linewidth=0)
        for place, reading in enumerate(rows):
            _line(voice, axes, reading, place=place)
        edge = _FARTHEST + 0.3
        axes.set(xticks=[], yticks=[], xlim=(-edge, edge), ylim=(len(rows) - 0.5, -0.5))
        names_beside(axes, [short_name(voice.kpi(reading.kpi.id)) for reading in rows], size=10)
        axes.spines["bottom"].set_visible(False)
        axes.text(0, len(rows) - 0.45, voice("sheet_peers_band"), ha="center", va="top", fontsize=9, color=QUIET)
    points = voice.listed([_in_words(voice, reading) for reading in rows])
    alternative, caption = voice("sheet_peers_alt", points=points), voice("sheet_peers_caption")
    return drawn(figure, "peers", title, alternative=alternative, caption=caption)


def offset(reading: Reading) -> float:
    """Where a value stands on the scale of its band: -1 and 1 are the quartiles, which must differ; more is better."""
    place = (reading.now - (reading.lower + reading.upper) / 2) / ((reading.upper - reading.lower) / 2)
    return place if reading.kpi.better == "higher" else -place


def _line(voice: Voice, axes: Axes, reading: Reading, *, place: int) -> None:
    marker, color = _LOOKS[reading.position]
    x = float(np.clip(offset(reading), -_FARTHEST, _FARTHEST))
    axes.plot([-_FARTHEST, _FARTHEST], [place, place], color=PALE, linewidth=0.6, zorder=0)
    axes.plot(x, place, marker, color=color, markersize=8, clip_on=False)
    axes.text(1.04, place, _now(voice, reading), transform=axes.get_yaxis_transform(), va="center", color=INK)


def _now(voice: Voice, reading: Reading) -> str:
    return voice.with_n(in_short(voice, reading.kpi, reading.now), reading.n)


def _in_words(voice: Voice, reading: Reading) -> str:
    where = voice(f"sheet_position_{reading.position}")
    about = f"{where}; {middle_half_of(voice, reading)}"
    return voice.in_brackets(f"{voice.kpi(reading.kpi.id)} {_now(voice, reading)}", about)
