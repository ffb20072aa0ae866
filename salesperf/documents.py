"""Reads YAML files written by users and checks them against a schema; every error names file, line and key."""

import csv
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from salesperf.errors import RequestError, did_you_mean

Place = tuple[str | int, ...]  # the keys and list positions that lead to a value
Schema = TypeVar("Schema", bound=BaseModel)


class Settings(BaseModel):
    """Base of every schema: unknown keys are errors, and values cannot be changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Document:
    """A parsed YAML file: its content as plain values, and the line of every key."""

    path: Path
    content: Any
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """The line (from 1) of a key, or of the nearest key around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def error(self, place: Place, message: str) -> RequestError:
        """The error to raise about a key: ``file:line: message``."""
        return RequestError(f"{self.path}:{self.line(place)}: {message}")


def read_document(path: Path) -> Document:
    """The YAML file at ``path``; nothing in it is executed. Raises RequestError when it is not plain YAML."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise RequestError(f"{path}: expected a file, found none; check the path") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise RequestError(f"{path}:{line}: expected UTF-8 text, got other bytes; save it as UTF-8") from None
    except OSError as error:
        raise RequestError(f"{path}: expected a readable file, got: {error.strerror}") from None
    return parsed(path, text)


def parsed(path: Path, text: str) -> Document:
    """The YAML ``text`` of a file; nothing in it is executed. Raises RequestError when it is not plain YAML."""
    try:
        loader = _PlainLoader(text)
        node = loader.get_single_node()
        content = loader.construct_document(node) if node else None
        return Document(path, content, dict(_lines(node, ())) if node else {})
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RequestError(f"{path}:{line}: expected plain YAML, got: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise RequestError(f"{path}:{line}: expected plain YAML, got: a control character") from None
    except RecursionError:
        raise RequestError(f"{path}: expected plain YAML, got: too many levels") from None


def read_rows(path: Path) -> Document:
    """The CSV file at ``path`` as a list of rows, each a mapping of the header's names to texts; empty ones left out.

    Raises RequestError where it cannot be read, or a row is longer than the header.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            content: list[dict[str, str]] = []
            lines: dict[Place, int] = {}
            for row in reader:
                if None in row:
                    expected = f"{len(reader.fieldnames or [])} values"
                    raise RequestError(f"{path}:{reader.line_num}: expected {expected}, got more; correct the row")
                lines[len(content),] = reader.line_num
                content.append({name.strip().casefold(): value for name, value in row.items() if value})
    except UnicodeDecodeError:
        raise RequestError(f"{path}: expected UTF-8 text, got other bytes; save it as UTF-8") from None
    except (OSError, csv.Error) as error:
        raise RequestError(f"{path}: expected a readable CSV file, got: {error}") from None
    return Document(path, content, lines)


def write_whole(path: Path, text: str) -> None:
    """Writes a text file, in place of one that is there; whatever interrupts it, the file is the old or the new one.

    One that is there keeps its permissions. Raises RequestError where it cannot be written.
    """
    beside = path.parent / f".{path.name}.{os.getpid()}"
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        if path.is_file():
            shutil.copymode(path, beside)
        os.replace(beside, path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise RequestError(f"{path}: expected a place to write a file, got: {error.strerror}; choose another") from None


def checked(document: Document, schema: type[Schema], at: Place = ()) -> Schema:
    """The part of a document under ``at`` as an instance of its schema.

    Raises RequestError for one fault, with its line and the number of others.
    """
    part = document.content
    for step in at:
        part = part[step]
    if not isinstance(part, dict):
        raise document.error(at, f"expected keys and values, got {_shown(part)}")
    try:
        return schema.model_validate(part)
    except ValidationError as error:
        faults = _faults(error, part)
        # A misspelt key often makes another one missing: the message about the misspelling helps more.
        place = min(faults, key=lambda at_key: (_is_missing(faults[at_key][0]), document.line(at + at_key)))
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise document.error(at + place, _sentence(place, faults[place], schema) + more) from None


class _PlainLoader(yaml.SafeLoader):
    """Loads YAML of plain values only: no aliases (a few nested ones expand without limit), no tags, no key twice.

    Keys are texts, whatever YAML would make of them.
    """

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _not_plain("an alias; write the value out", event)
        if tag := getattr(event, "tag", None):
            raise _not_plain(f"the tag {tag!r}; leave it out", event)
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if isinstance(node, yaml.ScalarNode) and "\0" in node.value:
            raise _not_plain("a NUL character; leave it out", node)
        try:
            return super().construct_object(node, deep)
        except ValueError as error:  # 2025-02-30 looks like a date
            raise _not_plain(f"{node.value!r} ({error}); put it in quotes", node) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping with keys as written: ``No: lost`` has the key "No", not False."""
        content = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _not_plain("a key that is not a word", key)
            if "\0" in key.value:
                raise _not_plain("a NUL character; leave it out", key)
            if key.value in content:
                raise _not_plain(f"the key {key.value!r} twice", key)
            content[key.value] = self.construct_object(value, deep)
        return content


def _not_plain(problem: str, where: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=where.start_mark)


def _lines(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    """The line (from 1) of every key and list entry under a node."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*place, key.value), key.start_mark.line + 1
            yield from _lines(value, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*place, index), value.start_mark.line + 1
            yield from _lines(value, (*place, index))


def _faults(error: ValidationError, part: Any) -> dict[Place, list[ErrorDetails]]:
    """The faults by place in the file. Where a value may have several forms, only the deepest faults in it count."""
    faults: dict[Place, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        faults.setdefault(_place(detail, part), []).append(detail)
    return {
        place: details
        for place, details in faults.items()
        if not any(len(place) < len(other) and other[: len(place)] == place for other in faults)
    }


def _place(detail: ErrorDetails, part: Any) -> Place:
    """The place of a fault in the file, without the steps that pydantic adds, such as the name of the type tried."""
    place: Place = ()
    for step in detail["loc"]:
        known = part if isinstance(part, dict) else dict(enumerate(part)) if isinstance(part, list) else {}
        if step in known:
            place, part = (*place, step), known[step]
    return (*place, detail["loc"][-1]) if _is_missing(detail) else place


def _is_missing(detail: ErrorDetails) -> bool:
    return detail["type"] == "missing"


def _sentence(place: Place, details: list[ErrorDetails], schema: type[BaseModel]) -> str:
    detail, got = details[0], details[0]["input"]
    key = next((step for step in reversed(place) if isinstance(step, str)), "file")
    if detail["type"] == "extra_forbidden":
        return f"{key!r} is not a setting; {did_you_mean(key, _settings_at(schema, place[:-1]))}"
    if _is_missing(detail):
        return f"{key!r} is missing; add it" if place[-1] == key else f"{key}: expected another item; add it"
    if detail["type"] == "value_error":
        return f"{key}: {detail['ctx']['error']}"
    expected = " or ".join(dict.fromkeys(_expected(detail) for detail in details))
    unquoted = "string" in expected and isinstance(got, bool | int | float | date)
    return f"{key}: expected {expected}, got {_shown(got)}" + ("; put it in quotes" if unquoted else "")


def _expected(detail: ErrorDetails) -> str:
    if detail["type"] == "literal_error":
        return str(detail["ctx"]["expected"])
    if detail["type"] in ("model_type", "dict_type"):
        return "keys and values"
    if detail["type"] == "tuple_type":
        return "list"
    rule = re.sub(r"^\w+ should (be|have) (a valid |a )?", "", detail["msg"])
    return re.sub(r"( after validation|, unable to parse|, got a number).*", "", rule)


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, date) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _settings_at(annotation: Any, place: Place) -> list[str]:
    """The keys that the schema knows at a place."""
    if get_origin(annotation) in (Union, UnionType):
        return [key for option in get_args(annotation) for key in _settings_at(option, place)]
    is_schema = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    if is_schema and not place:
        return list(annotation.model_fields)
    if is_schema and place[0] in annotation.model_fields:
        return _settings_at(annotation.model_fields[str(place[0])].annotation, place[1:])
    if place and get_args(annotation):
        return _settings_at(get_args(annotation)[-1], place[1:])
    return []
