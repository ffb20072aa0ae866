"""Changes of values in the text of a YAML file; lines that need not change stay as they are, byte for byte.

A round trip through a parser, also through one that keeps comments, writes the whole file in the parser's own form of
padding, indentation and line ends: ruamel.yaml 0.19, told the indentation of each file, kept 30 of 31 files byte for
byte, but not keys padded by hand, lists indented in two ways, CRLF or a byte order mark. Here the text between the
marks of what changes is replaced, and nothing else.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from salesperf.documents import Place

_NAMES = ("name", "kpi", "grade")  # the keys that tell the items of a list apart
_WIDE = float("inf")  # no line is folded


@dataclass(frozen=True)
class _Edit:
    """The characters from ``start`` to ``end`` become ``text``; ``depth``: how far inside its lines belong."""

    start: int
    end: int
    text: str
    depth: int = 0


def edited(text: str, at: Place, present: Any, wished: Any, *, first: Sequence[str] = ()) -> str:
    """The YAML text with the value ``wished`` in place of ``present`` under ``at``; both are plain values.

    A key of ``present`` that the text does not have is a default, and written only where it changes. Keys that are new
    come last, those named in ``first`` come first. Comments stay, but for those directly above an item that is taken
    out of a list and those in a list of which no item stays. The result is to be read again and compared with what was
    wished: not every form of YAML can be changed in this way.
    """
    edits = list(_edits(text, _node_at(text, at), present, wished, tuple(first)))
    pieces, done = [], 0
    # Of several additions at one place, those that belong further inside come first.
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end, -edit.depth)):
        pieces += [text[done : edit.start], edit.text.replace("\n", _line_mark(text))]
        done = edit.end
    return "".join([*pieces, text[done:]])


def part_of(text: str, at: Place) -> str:
    """The text of the collection under ``at`` as a file of its own, with its comments, without its indentation."""
    node = _node_at(text, at)
    start, column = node.start_mark.index, node.start_mark.column
    if node.flow_style:
        return text[start : node.end_mark.index] + "\n"
    first, *rest = text[start : _line_end(text, _end(text, node))].split("\n")
    return "\n".join([first, *(line[min(column, len(line) - len(line.lstrip(" "))) :] for line in rest)]) + _line_mark(
        text
    )


def leading_comments(text: str) -> list[str]:
    """The lines of comment with which a YAML text begins, without their marks."""
    comments = []
    for line in text.removeprefix("\ufeff").splitlines():
        if not line.startswith("#"):
            break
        comments.append(line.lstrip("# ").rstrip())
    return [comment for comment in comments if comment]


def with_head(text: str, head: str) -> str:
    """The text with one line of comment in place of the comments with which it begins."""
    lines = text.splitlines(keepends=True)
    rest = itertools.dropwhile(lambda line: line.startswith("#"), lines)
    return "".join([f"# {head}{_line_mark(text)}", *rest])


def _node_at(text: str, at: Place) -> Any:
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)  # nodes with their marks; no value is made of them
    for step in at:
        node = node.value[step] if isinstance(step, int) else {key.value: part for key, part in node.value}[step]
    return node


def _edits(
    text: str, node: Any, present: Any, wished: Any, first: tuple[str, ...] = (), outer: int = 0
) -> Iterator[_Edit]:
    """The edits that make of a node with the value ``present`` one with ``wished``.

    ``outer``: the column of the mapping around it.
    """
    if present == wished:
        return
    if isinstance(present, dict) and isinstance(wished, dict) and _keeps_a_key(node, present, wished):
        yield from _edits_of_mapping(text, node, present, wished, first)
    elif isinstance(present, dict) and isinstance(wished, list) and wished[:1] == [present]:
        yield from _listed(text, node, wished[1:], outer)
    elif isinstance(present, list) and isinstance(wished, list) and _can_be_aligned(text, node, present, wished):
        yield from _edits_of_list(text, node, present, wished)
    else:
        yield _replaced(text, node, wished)


def _keeps_a_key(node: Any, present: dict[str, Any], wished: dict[str, Any]) -> bool:
    return any(key.value in wished or key.value not in present for key, _ in node.value)


def _edits_of_mapping(
    text: str, node: Any, present: dict[str, Any], wished: dict[str, Any], first: tuple[str, ...]
) -> Iterator[_Edit]:
    parts = {key.value: part for key, part in node.value}
    for name, value in wished.items():
        if name in parts:
            if name not in present or present[name] != value:
                yield from _edits(text, parts[name], present.get(name), value, outer=node.start_mark.column)
        elif present.get(name) != value:
            yield _added(text, node, name, value, is_first=name in first)
    removed = [key.value in present and key.value not in wished for key, _ in node.value]
    for place, is_removed in enumerate(removed):
        if is_removed:
            yield _without_key(text, node, place, is_leading=all(removed[:place]))


def _edits_of_list(text: str, node: Any, present: list[Any], wished: list[Any]) -> Iterator[_Edit]:
    old, new = [_name(item) for item in present], [_name(item) for item in wished]
    items = dict(zip(old, node.value, strict=True))
    for name, item, value in zip(old, node.value, present, strict=True):
        if name in new:
            yield from _edits(text, item, value, wished[new.index(name)])
        else:
            start, end = _start_with_comments(text, item), _line_end(text, _end(text, item))
            yield _Edit(_line_end(text, start - 1), end, "")
    column, before = node.start_mark.column, None
    for name, value in zip(new, wished, strict=True):
        if name in items:
            before = items[name]
        elif before is not None:
            place = _line_end(text, _end(text, before))
            yield _Edit(place, place, _indented(["", *_lines([value])], column), column + 1)
        else:
            place = _start_with_comments(text, next(items[kept] for kept in new if kept in items))
            yield _Edit(place, place, " " * column + _indented(_lines([value]), column) + "\n", column + 1)


def _can_be_aligned(text: str, node: Any, present: list[Any], wished: list[Any]) -> bool:
    """Whether a list can be changed item by item: its items have names, and those that stay keep their order."""
    old, new = [_name(item) for item in present], [_name(item) for item in wished]
    kept = [name for name in new if name in old]
    if not kept or kept != [name for name in old if name in new] or len(node.value) != len(old):
        return False
    starts = [item.start_mark.index for item in node.value]
    in_lines = all(text[_line_start(text, start) : start].strip() == "-" for start in starts)
    return old == new or (not node.flow_style and (in_lines or new[: len(old)] == old))


def _name(item: Any) -> str:
    """What tells an item of a list apart."""
    named = [item[key] for key in _NAMES if key in item] if isinstance(item, dict) else []
    return repr(named[0] if named else item)


def _listed(text: str, node: Any, further: list[Any], column: int) -> Iterator[_Edit]:
    """A mapping that becomes the first item of a list."""
    start, end = node.start_mark.index, _end(text, node)
    if node.flow_style:
        yield _Edit(start, start, "[")
        yield _Edit(end, end, "".join(f", {_in_line(item)}" for item in further) + "]")
    else:
        start, end = _line_start(text, start), _line_end(text, end)
        yield _Edit(start, start, " " * column + "-\n")
        yield _Edit(end, end, _indented(["", *_lines(further)], column), column)


def _added(text: str, node: Any, name: str, value: Any, *, is_first: bool) -> _Edit:
    """A key that is new in a mapping, before or behind all others."""
    column = node.start_mark.column
    if is_first:
        place = node.value[0][0].start_mark.index
        if node.flow_style:
            return _Edit(place, place, f"{_in_line(name)}: {_in_line(value)}, ")
        lines = [f"{_in_line(name)}:", *(f"  {line}" for line in _lines(value))] if isinstance(value, dict) else None
        return _Edit(place, place, _indented([*(lines or _lines({name: value})), ""], column), column)
    end = _end(text, node.value[-1][1])
    if node.flow_style:
        return _Edit(end, end, f", {_in_line(name)}: {_in_line(value)}", column)
    end = _line_end(text, end)
    return _Edit(end, end, _indented(["", *_lines({name: value})], column), column)


def _without_key(text: str, node: Any, place: int, *, is_leading: bool) -> _Edit:
    """A mapping without one of its keys, of which it has others; ``is_leading``: whether these all stand behind it."""
    key, value = node.value[place]
    if is_leading:
        return _Edit(key.start_mark.index, node.value[place + 1][0].start_mark.index, "")
    end = _end(text, value)
    if node.flow_style:
        return _Edit(_end(text, node.value[place - 1][1]), end, "")
    return _Edit(_line_end(text, _line_start(text, key.start_mark.index) - 1), _line_end(text, end), "")


def _replaced(text: str, node: Any, value: Any) -> _Edit:
    start, end = node.start_mark.index, _end(text, node)
    is_block = isinstance(node, yaml.CollectionNode) and not node.flow_style
    if is_block and isinstance(value, dict | list) and value:
        return _Edit(start, end, _indented(_lines(value), node.start_mark.column))
    # Behind a colon without a value, and in lines that may begin at the column of the key.
    return _Edit(start, end, (" " if start == end or is_block else "") + _in_line(value))


def _lines(value: dict[str, Any] | list[Any]) -> list[str]:
    """A plain collection as lines of YAML; a part without mappings or texts in a list stands in one line."""
    lines = []
    for name, part in value.items() if isinstance(value, dict) else enumerate(value):
        head = "-" if isinstance(value, list) else f"{_in_line(name)}:"
        inner = _lines(part) if _has_lines(part) else []
        if isinstance(value, list) and inner:
            lines += [f"- {inner[0]}", *(f"  {line}" for line in inner[1:])]
        else:
            lines += [head, *(f"  {line}" for line in inner)] if inner else [f"{head} {_in_line(part)}"]
    return lines


def _has_lines(value: Any) -> bool:
    """Whether a value has a list of mappings or texts in it."""
    if isinstance(value, list):
        return any(isinstance(part, dict | str) for part in value)
    return isinstance(value, dict) and any(map(_has_lines, value.values()))


class _Dumper(yaml.SafeDumper):
    """Writes a text with line ends or control characters in double quotes, in which they are escaped."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=None if data.isprintable() else '"')


_Dumper.add_representer(str, _Dumper.represent_str)


def _in_line(value: Any) -> str:
    """A plain value as YAML in one line, as it can stand between others."""
    text = yaml.dump([value], Dumper=_Dumper, default_flow_style=True, allow_unicode=True, sort_keys=False, width=_WIDE)
    return str(text).removesuffix("\n")[1:-1]


def _indented(lines: Sequence[str], column: int) -> str:
    """The lines as one text, all but the first indented."""
    return ("\n" + " " * column).join(lines)


def _end(text: str, node: Any) -> int:
    """Where a node ends, without comments and empty lines behind it."""
    if isinstance(node, yaml.ScalarNode):
        end = int(node.end_mark.index)
        return len(text[:end].rstrip()) if node.style in ("|", ">") else end
    if node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(text, last[1] if isinstance(last, tuple) else last)


def _line_start(text: str, place: int) -> int:
    return text.rfind("\n", 0, place) + 1


def _line_end(text: str, place: int) -> int:
    """Where the line of a place ends, before what ends it."""
    end = text.find("\n", place)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" and end < len(text) else end


def _line_mark(text: str) -> str:
    """What ends the lines of a text."""
    return "\r\n" if "\r\n" in text else "\n"


def _start_with_comments(text: str, item: Any) -> int:
    """The start of the lines of an item, those of comments directly above it included."""
    start = _line_start(text, item.start_mark.index)
    while text[(above := _line_start(text, start - 1)) : start].lstrip().startswith("#"):
        start = above
    return start
