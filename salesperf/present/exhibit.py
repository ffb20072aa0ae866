"""An exhibit: a piece of a report that a notebook cell shows, as HTML with a text alternative."""

import json
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from salesperf.cover import COVER_TYPE

_BETWEEN_PARTS = re.compile("(?=[(（→])|(?<=[)）])(?=.)")
_STYLE = Path(__file__).parent / "exhibits.css"


@dataclass(frozen=True)
class Exhibit:
    """HTML for a page, the same as plain text, and the parts of the report's cover that it adds (None for none).

    Jupyter asks for these by `_repr_mimebundle_`; the cover's parts are an output of the type `COVER_TYPE`.
    """

    html: str
    plain: str
    cover: dict[str, Any] | None = None

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/html": self.html, "text/plain": self.plain}
        if self.cover is not None:
            bundle[COVER_TYPE] = json.loads(json.dumps(self.cover))
        return bundle


NOTHING = Exhibit("", "")  # shows nothing, and `together` leaves it out


def stylesheet() -> str:
    """The style of all exhibits, as an HTML element; shown once, at the head of a notebook."""
    return f"<style>{_STYLE.read_text(encoding='utf-8')}</style>"


def paragraph(text: str, kind: str = "sp-text") -> Exhibit:
    """A paragraph of text, escaped; ``kind``: its CSS class."""
    return Exhibit(f'<p class="{kind}">{escape(text)}</p>', text)


def notes(texts: list[str]) -> Exhibit:
    """A bulleted list of texts, escaped; NOTHING for an empty list."""
    if not texts:
        return NOTHING
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return Exhibit(f'<ul class="sp-notes">{items}</ul>', "\n".join(texts))


def table(
    frame: pd.DataFrame, name: str, *, caption: str = "", left: tuple[str, ...] = (), wide: tuple[str, ...] = ()
) -> Exhibit:
    """A printed table: a header per column, a row per row of the frame, values by ``str``, all escaped.

    The first column heads the rows. Columns named in ``left`` are words, aligned to the left; the others are numbers,
    aligned to the right. On a narrow screen every row becomes a card whose values stand under their column's name;
    columns named in ``wide``, which have to be unique headers, take the card's whole width there. ``name``: the
    element's id without its prefix, once on a page.
    """
    identity, columns = f"sp-{name}", [str(column) for column in frame.columns]
    rows = [[str(value) for value in row] for row in frame.itertuples(index=False)]
    kinds = ["sp-stub", *("sp-words" if column in left else "sp-number" for column in columns[1:])]
    head = "".join(
        f'<th scope="col" class="{kind}">{escape(column)}</th>' for kind, column in zip(kinds, columns, strict=True)
    )
    body = "".join(f"<tr>{_row(row, kinds)}</tr>\n" for row in rows)
    table_html = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"
    caption_html = f'<p class="sp-caption">{escape(caption)}</p>' if caption else ""
    html = (
        f'<div class="sp-table" id="{identity}">{_narrow(identity, columns[1:], wide)}{table_html}{caption_html}</div>'
    )
    return Exhibit(html, _plain([columns, *rows]) + (f"\n{caption}" if caption else ""))


def folded(summary: str, inside: Exhibit) -> Exhibit:
    """An exhibit folded away under a line of text until a reader opens it; in print it is left out."""
    html = f"<details><summary>{escape(summary)}</summary>{inside.html}</details>"
    return Exhibit(html, f"{summary}\n{inside.plain}", inside.cover)


def boxed(inside: Exhibit) -> Exhibit:
    """An exhibit in a box of its own."""
    return Exhibit(f'<div class="sp-box">{inside.html}</div>', inside.plain, inside.cover)


def together(*exhibits: Exhibit) -> Exhibit:
    """Several exhibits as one, one below the other, without NOTHING; of cover parts of one name the last is kept."""
    shown = [exhibit for exhibit in exhibits if exhibit != NOTHING]
    cover = {key: value for exhibit in shown for key, value in (exhibit.cover or {}).items()}
    return Exhibit(
        "\n".join(exhibit.html for exhibit in shown), "\n\n".join(exhibit.plain for exhibit in shown), cover or None
    )


def side_by_side(*exhibits: Exhibit) -> Exhibit:
    """Exhibits in columns of equal width where the page is wide enough, else one below the other."""
    whole = together(*exhibits)
    columns = "".join(f"<div>{exhibit.html}</div>" for exhibit in exhibits)
    return Exhibit(f'<div class="sp-columns">{columns}</div>', whole.plain, whole.cover)


def _row(row: list[str], kinds: list[str]) -> str:
    """The cells of a row; the first one heads it."""
    stub = f'<th scope="row" class="{kinds[0]}">{escape(row[0])}</th>'
    return stub + "".join(
        f'<td class="{kind}">{_cell(text, kind)}</td>' for kind, text in zip(kinds[1:], row[1:], strict=True)
    )


def _cell(text: str, kind: str) -> str:
    """The content of a cell; a number is not broken (exhibits.css), but may be around brackets and before an arrow."""
    return _BETWEEN_PARTS.sub("<wbr>", escape(text)) if kind == "sp-number" else escape(text)


def _plain(rows: list[list[str]]) -> str:
    """Rows of texts as lines of plain text, every column aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (" ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _narrow(identity: str, columns: list[str], wide: tuple[str, ...]) -> str:
    """The style of a table on a narrow screen, where each value stands under its column's name."""
    values = {name: f"#{identity} td:nth-of-type({place})" for place, name in enumerate(columns, 1)}
    rules = [f'{value}::before{{content:"{_css(name)}"}}' for name, value in values.items()]
    rules += [f"{values[name]}{{grid-column:1/-1}}" for name in wide]
    return f"<style>@media screen and (max-width:640px){{{''.join(rules)}}}</style>"


def _css(text: str) -> str:
    """A text for a CSS string: characters other than letters, digits and the space are written as their code point."""
    return "".join(char if char.isalnum() or char == " " else f"\\{ord(char):06x}" for char in text)
