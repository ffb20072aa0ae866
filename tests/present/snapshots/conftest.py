"""The form in which an exhibit is stored: a line per element, the words of a figure, its plain text and its cover."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

import salesperf.present
from salesperf.present.exhibit import Exhibit

STYLES = {one.read_text("utf-8").strip(): one.name for one in Path(salesperf.present.__path__[0]).rglob("*.css")}
VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}  # elements without an end


class ExhibitSnapshot(SingleFileSnapshotExtension):
    """One file for each exhibit and language."""

    _write_mode = WriteMode.TEXT
    file_extension = "html"

    def serialize(self, data: Exhibit, **_: Any) -> str:
        """The exhibit's text as it is compared and stored."""
        parts = {"HTML": "\n".join(html_lines(data.html)), "plain text": data.plain}
        if data.cover is not None:
            parts["cover"] = json.dumps(data.cover, ensure_ascii=False, indent=1)
        return "\n".join(f"<!-- {name} -->\n{text}\n" for name, text in parts.items())


@pytest.fixture
def accepted(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Equal to an exhibit that is as it was accepted last."""
    return snapshot.use_extension(ExhibitSnapshot)


@dataclass
class Element:
    """An element of a page; texts are kept as they are escaped."""

    tag: str
    start: str
    inside: list["Element | str"] = field(default_factory=list)


class Tree(HTMLParser):
    """Reads a page into elements. Raises AssertionError where one is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.open = [Element("", "")]
        self.feed(html)
        self.close()
        assert len(self.open) == 1, f"not closed: {self.open[-1].start}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "wbr":  # a place where a line may end is part of the text around it
            self.handle_data("<wbr>")
            return
        element = Element(tag, " ".join((self.get_starttag_text() or "").split()))
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        closed = self.open.pop()
        assert closed.tag == tag, f"closed by </{tag}>: {closed.start}"

    def handle_data(self, data: str) -> None:
        if self.open[-1].inside and isinstance(self.open[-1].inside[-1], str):
            self.open[-1].inside[-1] += data
        else:
            self.open[-1].inside.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")


def html_lines(html: str) -> Iterator[str]:
    """A line for each element, indented by its depth, the figures as `figure_lines` tells them."""
    figures = iter(re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL))
    without_them = re.sub(r"<svg.*?</svg>", "<svg></svg>", html, flags=re.DOTALL)
    for line in _lines(Tree(without_them).open[0].inside):
        if line.strip() == "<svg></svg>":
            yield from (line.replace("<svg></svg>", one) for one in figure_lines(next(figures)))
        else:
            yield line


def _lines(inside: Iterable[Element | str], depth: int = 0) -> Iterator[str]:
    indent = " " * depth
    for one in inside:
        if isinstance(one, str):
            yield from (indent + line for line in one.split("\n") if line.strip())
        elif one.tag == "style":
            yield from _style(one, indent)
        elif one.tag in VOID:
            yield indent + one.start
        elif all(isinstance(part, str) and "\n" not in part for part in one.inside):
            yield f"{indent}{one.start}{''.join(map(str, one.inside))}</{one.tag}>"
        else:
            yield indent + one.start
            yield from _lines(one.inside, depth + 1)
            yield f"{indent}</{one.tag}>"


def _style(one: Element, indent: str) -> Iterator[str]:
    """A style by the name of its file, as that has a diff of its own; else a line for each rule."""
    text = "".join(map(str, one.inside)).strip()
    if text in STYLES:
        yield f"{indent}<style>{STYLES[text]}</style>"
    else:
        yield f"{indent}<style>"
        yield from (f"{indent} {rule}" for rule in re.split(r"(?<=[{}])(?=[#@.}])", text))
        yield f"{indent}</style>"


# The bytes of a figure differ between machines: matplotlib places words vertically by the font that it finds, and its
# releases write paths differently. So words are kept without their places, and shapes as boxes in whole points.
def figure_lines(svg: str) -> Iterator[str]:
    """The alternative of a figure, then its words and shapes in their order, shapes alike on one line."""
    root = ElementTree.fromstring(svg.replace("xlink:href", "href"))
    yield f'<svg role="{root.get("role")}" aria-label="{escape(root.get("aria-label", ""))}">'
    shapes = [line for one in root if not one.tag.endswith("defs") for line in _shapes(one)]
    for drawn, places in groupby(shapes, key=lambda shape: shape[0]):
        yield f" {drawn} {' '.join(filter(None, (place for _, place in places)))}".rstrip()
    yield "</svg>"


def _shapes(element: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """What is drawn by an element and those in it, each with where it is."""
    tag = element.tag.rpartition("}")[2]
    if tag == "text":
        yield f"<text>{escape(''.join(element.itertext()).strip())}</text>", ""
    elif tag == "path":
        xs, ys = _path(element)
        yield f"{len(xs)} points, {_paint(element)}:", f"{min(xs)},{min(ys)}–{max(xs)},{max(ys)}"
    elif tag == "use":
        yield f"mark, {_paint(element)}:", f"{_whole(element.get('x', '0'))},{_whole(element.get('y', '0'))}"
    elif tag not in ("clipPath", "defs"):
        for one in element:
            yield from _shapes(one)


def _path(element: ElementTree.Element) -> tuple[list[int], list[int]]:
    """The points of a path, across and down."""
    numbers = [_whole(one) for one in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", element.get("d", ""))]
    return numbers[::2], numbers[1::2]


def _paint(element: ElementTree.Element) -> str:
    """The colours of a shape."""
    found = re.findall(r"(fill|stroke): (#[0-9a-f]+)", element.get("style", ""))
    return ", ".join(f"{name} {color}" for name, color in found) or "black"


def _whole(number: str) -> int:
    return round(float(number))
