"""An exhibit: a piece of a report that a notebook cell shows, as HTML with a text alternative."""

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from great_tables import GT

from salesperf.cover import COVER_TYPE

_STYLE = Path(__file__).parent / "exhibits.css"


@dataclass(frozen=True)
class Exhibit:
    """HTML for a page, plain text for whoever cannot see it, and a part of the report's cover."""

    html: str
    plain: str
    cover: dict[str, Any] | None = None

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/html": self.html, "text/plain": self.plain}
        if self.cover is not None:
            bundle[COVER_TYPE] = json.loads(json.dumps(self.cover))
        return bundle


def stylesheet() -> str:
    """The style of all exhibits, as an HTML element; shown once, at the head of a notebook."""
    return f"<style>{_STYLE.read_text(encoding='utf-8')}</style>"


def paragraph(text: str, kind: str = "sp-text") -> Exhibit:
    """A sentence or two."""
    return Exhibit(f'<p class="{kind}">{escape(text)}</p>', text)


def notes(texts: list[str]) -> Exhibit:
    """Remarks, one below the other."""
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return Exhibit(f'<ul class="sp-notes">{items}</ul>', "\n".join(texts))


def table(frame: pd.DataFrame, name: str, *, caption: str = "", left: tuple[str, ...] = ()) -> Exhibit:
    """A printed table of texts: the first column heads the rows, columns in ``left`` are words, the others numbers.

    On a narrow screen every row becomes a card whose values bear their column's name. All texts are escaped.
    """
    identity = f"sp-{name}"
    body = GT(frame, rowname_col=frame.columns[0], id=identity, locale="en").tab_stubhead(frame.columns[0])
    body = body.cols_align("left", columns=[one for one in left if one in frame.columns])
    body = body.cols_align("right", columns=[one for one in frame.columns[1:] if one not in left])
    # great-tables builds the accessible table; the look comes from the exhibits' own style.
    drawn = "<table" + body.as_raw_html().partition("<table")[2].rpartition("</table>")[0] + "</table>"
    labels = "".join(
        f'#{identity} td:nth-of-type({place})::before{{content:"{_css(label)}"}}'
        for place, label in enumerate(frame.columns[1:], 1)
    )
    said = f'<p class="sp-caption">{escape(caption)}</p>' if caption else ""
    narrow = f"<style>@media screen and (max-width:640px){{{labels}}}</style>"
    html = f'<div class="sp-table" id="{identity}">{narrow}{drawn}{said}</div>'
    return Exhibit(html, frame.to_string(index=False) + (f"\n{caption}" if caption else ""))


def together(*exhibits: Exhibit) -> Exhibit:
    """Several exhibits as one; of their covers the last part stands."""
    cover = {key: value for one in exhibits for key, value in (one.cover or {}).items()}
    return Exhibit("\n".join(one.html for one in exhibits), "\n\n".join(one.plain for one in exhibits), cover or None)


def side_by_side(*exhibits: Exhibit) -> Exhibit:
    """Exhibits in columns where the page is wide enough, else one below the other."""
    whole = together(*exhibits)
    columns = "".join(f"<div>{one.html}</div>" for one in exhibits)
    return Exhibit(f'<div class="sp-columns">{columns}</div>', whole.plain, whole.cover)


def _css(text: str) -> str:
    """A text inside a CSS string: whatever is not plain is written as its code point."""
    return "".join(char if char.isalnum() or char == " " else f"\\{ord(char):06x}" for char in text)
