"""Prints frames: as tables for a terminal, as CSV and JSON for programs."""

import csv
import json
import sys
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from itertools import takewhile
from math import isnan

import pandas as pd
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from salesperf.language import Voice
from salesperf.params import Client

_WIDEST = 10_000  # characters of a line in a file


def print_frame(frame: pd.DataFrame, units: Mapping[str, str], form: str, client: Client) -> None:
    """Prints a frame without its index to standard output.

    ``form``: "table", "csv" or "json". ``units``: column → unit of its numbers; a table writes them with it, in the
    number forms of the client's language, and others as counts. NaN is printed as not available in a table, as an empty
    cell in CSV, as null in JSON.
    """
    if form == "table":
        _print_table(frame, units, client.voice)
        return
    records = [{name: _plain(value) for name, value in row.items()} for row in frame.to_dict("records")]
    if form == "json":
        print(json.dumps(records, ensure_ascii=False, indent=1))
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows([_cell(value) for value in record.values()] for record in records)


def _print_table(frame: pd.DataFrame, units: Mapping[str, str], voice: Voice) -> None:
    columns: dict[str, list[str]] = {str(name): [] for name in frame.columns}
    for row in frame.to_dict("records"):
        for name, value in row.items():
            columns[str(name)].append(_shown(str(name), value, units, voice))
    numbers = {name for name in columns if name in units or name.endswith("_n")}
    console = Console()
    # Away from a terminal nothing is folded: whoever reads a file wants whole lines.
    console = console if console.is_terminal else Console(width=_WIDEST)
    for names in _blocks(columns, numbers, console.width):
        table = Table()
        for name in names:
            table.add_column(Text(name), justify="right" if name in numbers else "left")
        for cells in zip(*(columns[name] for name in names), strict=True):
            table.add_row(*(Text(cell) for cell in cells))
        console.print(table)


def _blocks(columns: Mapping[str, Sequence[str]], numbers: Collection[str], width: int) -> list[list[str]]:
    """The names of the columns in blocks that fit into ``width`` characters.

    Each block begins with the columns before the first of ``numbers``; a rate and its n stay together.

    >>> _blocks({"rep": ["Ann"], "sold": ["1,000"], "rate": ["70%"], "rate_n": ["7"]}, {"sold", "rate", "rate_n"}, 23)
    [['rep', 'sold'], ['rep', 'rate', 'rate_n']]
    """
    keys = list(takewhile(lambda name: name not in numbers, columns))
    room = {name: max(map(cell_len, (name, *cells))) + 3 for name, cells in columns.items()}  # padding, and a border
    blocks: list[list[str]] = []
    used = 0
    for name in list(columns)[len(keys) :]:
        is_n = bool(blocks) and name == f"{blocks[-1][-1]}_n"
        needed = room[name] + room.get(f"{name}_n", 0)
        if not blocks or (used + needed > width and not is_n):
            blocks.append(list(keys))
            used = 1 + sum(room[key] for key in keys)
        blocks[-1].append(name)
        used += room[name]
    return blocks or [keys]


def _shown(name: str, value: object, units: Mapping[str, str], voice: Voice) -> str:
    if isinstance(value, float):
        if name == "coefficient" and not isnan(value):
            return f"{value:g}"
        return voice.value(units.get(name, "count"), value)
    return voice("nobody_listed") if name == "region" and value == "" else str(value)


def _plain(value: object) -> object:
    """A value as JSON has it: NaN becomes null, a whole number loses its decimal point, an amount is a number."""
    if isinstance(value, Decimal):
        value = float(value)  # 15 digits of a float hold an amount to the cent
    if isinstance(value, float):
        return None if isnan(value) else int(value) if value.is_integer() else value
    return value if isinstance(value, str | int | bool) or value is None else str(value)


def _cell(value: object) -> object:
    """A value as a CSV cell: a text that a spreadsheet would run as a formula gets an apostrophe before it."""
    if isinstance(value, float):
        return f"{value:.15g}"
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
