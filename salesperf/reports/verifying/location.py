"""Where a published report first differs from the rebuilt one: the cell, and what stands there on both sides."""

import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any

import nbformat

from salesperf.reports.building.page import page_html

_BEFORE, _AFTER = 24, 40  # letters of an excerpt before and from the first that differs
_LEFT_OUT = "workbench"  # the tag of cells that a page does not show


@dataclass(frozen=True)
class Location:
    """The first difference: the cell's id and its number in the executed notebook (both None where it is in none).

    ``published``, ``rebuilt``: a short excerpt of either side, "" where a side has nothing there.
    """

    cell: str | None
    number: int | None
    published: str
    rebuilt: str


def text_of(content: bytes | None) -> str:
    """The text of a file; "" where there is none. What is no UTF-8 is written as its bytes."""
    return (content or b"").decode(errors="backslashreplace")


def in_notebook(published: bytes, rebuilt: bytes) -> Location:
    """Where two executed notebooks first differ; in no cell where only what is around the cells does."""
    one, other = _cells(published), _cells(rebuilt)
    for place in range(max(len(one), len(other))):
        ours, theirs = one[place : place + 1], other[place : place + 1]
        if ours != theirs:
            cell = (theirs or ours)[0]
            return Location(_id(cell), place + 1, *_excerpts(*_first_leaves(ours, theirs)))
    return Location(None, None, *_excerpts(text_of(published), text_of(rebuilt)))


def in_page(published: bytes, rebuilt: bytes, notebook: bytes, title: str) -> Location:
    """Where two pages first differ: the cell of the rebuilt ``notebook`` to whose part of the page the place belongs.

    In no cell where it is before all of them, or behind.
    """
    one, other = text_of(published), text_of(rebuilt)
    offset, cells = _alike(one, other), _cells(notebook)

    def reached(number: int) -> int:
        """How far the page is the same if only the first cells are shown on it."""
        return _alike(other, text_of(page_of(notebook, title, shown=number)))

    number = bisect_right(range(len(cells) + 1), offset, key=reached)
    inside = 0 < number <= len(cells)
    excerpts = _excerpts(one, other)
    return Location(_id(cells[number - 1]), number, *excerpts) if inside else Location(None, None, *excerpts)


def in_bytes(published: bytes, rebuilt: bytes) -> Location:
    """Where two other files first differ."""
    return Location(None, None, *_excerpts(text_of(published), text_of(rebuilt)))


def page_of(notebook: bytes, title: str, *, shown: int | None = None) -> bytes:
    """The page of an executed notebook, with the head that belongs to it, and of its cells only the first ``shown``.

    Empty where none can be made of it.
    """
    try:
        node = nbformat.reads(notebook.decode(), as_version=4)
        for cell in node.cells[shown:] if shown is not None else []:
            cell.metadata["tags"] = [_LEFT_OUT]
        return page_html(node, title).encode()
    except Exception:  # it was edited by nobody knows whom, and any of the libraries may stumble over it
        return b""


def _cells(notebook: bytes) -> list[Any]:
    try:
        found = json.loads(notebook)["cells"]
    except (ValueError, KeyError, TypeError):
        return []
    return found if isinstance(found, list) else []


def _id(cell: Any) -> str | None:
    return str(cell["id"]) if isinstance(cell, dict) and "id" in cell else None


def _alike(one: str, other: str) -> int:
    """How many letters two texts have in common at their beginning."""
    return bisect_left(range(1, min(len(one), len(other)) + 1), True, key=lambda end: one[:end] != other[:end])


def _first_leaves(one: Any, other: Any) -> tuple[str, str]:
    """The first texts or numbers that differ in two JSON contents; the lines of a text are one."""
    if isinstance(one, dict) and isinstance(other, dict):
        name = next(name for name in sorted({*one, *other}) if one.get(name) != other.get(name))
        return _first_leaves(one.get(name), other.get(name))
    if isinstance(one, list) and isinstance(other, list) and not _is_lines([*one, *other]):
        place = next(place for place in range(len(one) + 1) if one[place : place + 1] != other[place : place + 1])
        return _first_leaves(*(side[place] if place < len(side) else None for side in (one, other)))
    return _leaf(one), _leaf(other)


def _is_lines(content: list[Any]) -> bool:
    return all(isinstance(line, str) for line in content)


def _leaf(content: Any) -> str:
    if isinstance(content, list) and _is_lines(content):
        return "".join(content)
    if isinstance(content, str):
        return content
    return "" if content is None else json.dumps(content, ensure_ascii=False)


def _excerpts(one: str, other: str) -> tuple[str, str]:
    """The surroundings of the first letter that differs, in one line each."""
    offset = _alike(one, other)
    start = max(offset - _BEFORE, 0)
    return _cut(one, start, offset + _AFTER), _cut(other, start, offset + _AFTER)


def _cut(text: str, start: int, end: int) -> str:
    kept = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{kept}{'…' if end < len(text) else ''}" if kept else ""
