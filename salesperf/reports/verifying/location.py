"""Where a published report first differs from the rebuilt one: the cell, and an excerpt of both."""

import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any

import nbformat

from salesperf.reports.building.page import page_html
from salesperf.reports.report import Report

_BEFORE, _AFTER = 24, 40  # characters of an excerpt before the first that differs, and from there on
_LEFT_OUT = "workbench"  # the tag of cells that are left out of a page


@dataclass(frozen=True)
class Location:
    """The first difference of two files.

    ``cell``, ``number``: the id and the number, from 1, of the cell in the executed notebook; both None where the
    difference is in no cell. ``published``, ``rebuilt``: short excerpts, "" where a file has nothing there.
    """

    cell: str | None
    number: int | None
    published: str
    rebuilt: str


def text_of(content: bytes | None) -> str:
    """The text of a file in UTF-8, other bytes as backslash escapes; "" for None."""
    return (content or b"").decode(errors="backslashreplace")


def in_notebook(published: bytes, rebuilt: bytes) -> Location:
    """Where two executed notebooks first differ; in no cell where the difference is outside the cells."""
    published_cells, rebuilt_cells = _cells(published), _cells(rebuilt)
    for place in range(max(len(published_cells), len(rebuilt_cells))):
        before, after = published_cells[place : place + 1], rebuilt_cells[place : place + 1]
        if before != after:
            cell = (after or before)[0]
            return Location(_id(cell), place + 1, *_excerpts(*_first_leaves(before, after)))
    return Location(None, None, *_excerpts(text_of(published), text_of(rebuilt)))


def in_page(published: bytes, rebuilt: bytes, notebook: bytes, report: Report) -> Location:
    """Where two pages first differ: the cell of the rebuilt ``notebook`` that makes this part of the page.

    In no cell where the difference is before the first or behind the last one. ``report``: as for `page_of`.
    """
    published_text, rebuilt_text = text_of(published), text_of(rebuilt)
    offset, cells = _common(published_text, rebuilt_text), _cells(notebook)

    def reached(number: int) -> int:
        """The length that the page has in common with one of only the first ``number`` cells."""
        return _common(rebuilt_text, text_of(page_of(notebook, report, shown=number)))

    number = bisect_right(range(len(cells) + 1), offset, key=reached)
    inside = 0 < number <= len(cells)
    excerpts = _excerpts(published_text, rebuilt_text)
    return Location(_id(cells[number - 1]), number, *excerpts) if inside else Location(None, None, *excerpts)


def in_bytes(published: bytes, rebuilt: bytes) -> Location:
    """Where two files that are neither notebook nor page first differ; in no cell."""
    return Location(None, None, *_excerpts(text_of(published), text_of(rebuilt)))


def page_of(notebook: bytes, report: Report, *, shown: int | None = None) -> bytes:
    """The page of an executed notebook, in UTF-8; with ``shown``, only that many of its first cells are on it.

    ``report``: the report that it is of. Empty where no page can be made of the notebook.
    """
    try:
        node = nbformat.reads(notebook.decode(), as_version=4)
        for cell in node.cells[shown:] if shown is not None else []:
            cell.metadata["tags"] = [_LEFT_OUT]
        return page_html(node, report.title, report.page).encode()
    except Exception:  # an edited notebook may make any of the libraries fail, with an error of any type
        return b""


def _cells(notebook: bytes) -> list[Any]:
    """The cells of a notebook, unchecked; empty where it has none."""
    try:
        cells = json.loads(notebook)["cells"]
    except (ValueError, KeyError, TypeError):
        return []
    return cells if isinstance(cells, list) else []


def _id(cell: Any) -> str | None:
    return str(cell["id"]) if isinstance(cell, dict) and "id" in cell else None


def _common(text: str, other: str) -> int:
    """The number of characters that two texts have in common at their beginning."""
    return bisect_left(range(1, min(len(text), len(other)) + 1), True, key=lambda end: text[:end] != other[:end])


def _first_leaves(before: Any, after: Any) -> tuple[str, str]:
    """The first texts or numbers in which two different JSON contents differ; a list of lines is taken as one text."""
    if isinstance(before, dict) and isinstance(after, dict):
        name = next(name for name in sorted({*before, *after}) if before.get(name) != after.get(name))
        return _first_leaves(before.get(name), after.get(name))
    if isinstance(before, list) and isinstance(after, list) and not _is_lines([*before, *after]):
        places = range(len(before) + 1)
        place = next(place for place in places if before[place : place + 1] != after[place : place + 1])
        return _first_leaves(*(side[place] if place < len(side) else None for side in (before, after)))
    return _leaf(before), _leaf(after)


def _is_lines(content: list[Any]) -> bool:
    return all(isinstance(line, str) for line in content)


def _leaf(content: Any) -> str:
    if isinstance(content, list) and _is_lines(content):
        return "".join(content)
    if isinstance(content, str):
        return content
    return "" if content is None else json.dumps(content, ensure_ascii=False)


def _excerpts(published: str, rebuilt: str) -> tuple[str, str]:
    """The surroundings of the first character that differs, in one line each."""
    offset = _common(published, rebuilt)
    start = max(offset - _BEFORE, 0)
    return _cut(published, start, offset + _AFTER), _cut(rebuilt, start, offset + _AFTER)


def _cut(text: str, start: int, end: int) -> str:
    kept = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{kept}{'…' if end < len(text) else ''}" if kept else ""
