"""What all figures share: one style, and drawing as SVG whose texts stay texts, with a text alternative."""

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from salesperf.present.exhibit import Exhibit

INK, QUIET, MAIN, PALE = "#1d2733", "#5a6472", "#1f5a8c", "#b7c9da"
TARGET, BELOW = "#b8560f", "#7b4f8f"  # a mark of what was to be reached, and that alone; values below 0 and gaps
_PAD = 3.5  # points between a name and the axes
_LOOK: dict[Any, Any] = {
    "font.size": 10,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "text.color": INK,
    "axes.labelcolor": QUIET,
    "axes.edgecolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "svg.fonttype": "none",  # words stay words: they can be read aloud, searched and set in the reader's font
    "hatch.linewidth": 0.6,
    "axes.unicode_minus": True,
}


@contextmanager
def canvas(
    height: float, *, left: float = 0.03, right: float = 0.97, bottom: float = 0.1, top: float = 0.97
) -> Iterator[tuple[Figure, Axes]]:
    """A context with an empty figure, 5.4 inches wide and ``height`` inches high, and its axes.

    The edges of the axes are given in shares of the figure, so that they do not depend on the machine's fonts.
    """
    with sns.axes_style("white"), mpl.rc_context(_LOOK):
        figure = Figure(figsize=(5.4, height))
        axes = figure.add_axes((left, bottom, right - left, top - bottom))
        sns.despine(ax=axes, left=True)
        axes.tick_params(length=0)
        yield figure, axes


def bars(
    names: Sequence[str],
    values: NDArray[np.float64],
    labels: Sequence[str],
    *,
    left: float,
    right: float,
    labels_end: float,
) -> Figure:
    """A horizontal bar for each value, from the top down, its name to the left and its label to the right.

    Bars below 0 have a colour of their own. ``names``, ``values`` and ``labels`` are of one length, 1 or more. ``left``
    and ``right``: the edges of the axes in shares of the figure's width; ``labels_end``: where labels end, in widths of
    the axes.
    """
    with canvas(0.4 + 0.27 * len(values), left=left, right=right, bottom=0.02, top=0.98) as (figure, axes):
        axes.barh(range(len(values)), values, color=[MAIN if value >= 0 else BELOW for value in values], height=0.66)
        for place, label in enumerate(labels):
            where = axes.get_yaxis_transform()
            axes.text(labels_end, place, label, transform=where, va="center", ha="right", fontsize=8.5)
        axes.axvline(0, color=QUIET, linewidth=0.8)
        axes.set(yticks=[], xticks=[], ylim=(len(values) - 0.4, -0.6))
        names_beside(axes, [short_name(name) for name in names])
        axes.set_xlim(min(values.min(), 0), max(values.max(), 0) + 0.02 * np.abs(values).max() or 1)
        axes.spines["bottom"].set_visible(False)
    return figure


def heat_map(
    rows: Sequence[str], columns: Sequence[str], values: NDArray[np.float64], labels: list[list[str]]
) -> Figure:
    """A cell for each value, rows × columns, from the top down: the darker, the farther from 0; purple below 0.

    ``values``: from −1 to 1, NaN for an empty cell; ``labels``: what stands in the cells. Names stand to the left of
    rows and below columns.
    """
    height = 0.35 + 0.25 * len(rows)
    with canvas(height, left=0.30, right=0.99, bottom=0.3 / height, top=1 - 0.02 / height) as (figure, axes):
        for sign, color in ((1, MAIN), (-1, BELOW)):
            part = np.ma.masked_invalid(np.where(values * sign >= 0, np.abs(values), np.nan))
            shades = sns.blend_palette(["#f7f9fb", color], as_cmap=True)
            axes.pcolormesh(part, cmap=shades, vmin=0, vmax=1, edgecolors="white", linewidth=0.8)
        for row, column in np.argwhere(np.isfinite(values)):
            dark = abs(values[row, column]) > 0.55
            about, color = labels[row][column], "white" if dark else INK
            at = column + 0.5, row + 0.5
            axes.text(*at, about, ha="center", va="center_baseline", fontsize=7.5, color=color)
        axes.set(yticks=[], xticks=[], xlim=(0, len(columns)), ylim=(len(rows), 0))
        axes.spines["bottom"].set_visible(False)
        names_beside(axes, [short_name(name) for name in rows], at=0.5)
        names_below(axes, columns, size=7.5, at=0.5)
    return figure


def names_beside(axes: Axes, names: Sequence[str], size: float = 8.5, at: float = 0.0) -> None:
    """Names of rows, to the left of the axes; ``size`` in points; ``at``: where the first one is, in rows.

    As texts, because tick labels take longer to draw.
    """
    where = axes.get_yaxis_transform() + _moved(axes, -_PAD, 0)
    for place, name in enumerate(names):
        axes.text(0, place + at, name, transform=where, va="center_baseline", ha="right", fontsize=size)


def names_below(axes: Axes, names: Sequence[str], size: float = 8.5, color: str = QUIET, *, at: float = 0.0) -> None:
    """Names of columns, below the axes; ``size`` in points; ``at``: where the first one is, in columns."""
    where = axes.get_xaxis_transform() + _moved(axes, 0, -_PAD)
    for place, name in enumerate(names):
        axes.text(place + at, 0, name, transform=where, va="top", ha="center", fontsize=size, color=color)


def _moved(axes: Axes, across: float, up: float) -> ScaledTranslation:
    """A shift to the right and upwards, in points."""
    return ScaledTranslation(across / 72, up / 72, axes.figure.dpi_scale_trans)


def short_name(name: str, most: int = 24) -> str:
    """A name of at most ``most`` characters; the last one of a longer name is an ellipsis."""
    return name if len(name) <= most else name[: most - 1] + "…"


def drawn(figure: Figure, name: str, title: str, *, alternative: str, caption: str = "") -> Exhibit:
    """The figure as an exhibit: title, SVG and, where there is one, a caption. The same figure gives the same bytes.

    ``name`` is put before every id in the SVG, so it has to be unique on a page; ``alternative``: what the figure
    shows, as a text for whoever cannot see it.
    """
    buffer = io.StringIO()
    with mpl.rc_context({**_LOOK, "svg.hashsalt": name}), warnings.catch_warnings():
        # The reader's browser sets the words, in a font that has their characters.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'((?:\bid|xlink:href)="#?|url\(#)', rf"\g<1>{name}-", svg)
    svg = svg.replace("<svg", f'<svg role="img" aria-label="{escape(alternative)}"', 1)
    head = f'<p class="sp-title">{escape(title)}</p>'
    caption_html = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return Exhibit(f'<figure class="sp-figure">{head}{svg}{caption_html}</figure>', f"{title}\n{alternative}")
