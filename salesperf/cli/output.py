"""Prints frames: as tables for a terminal, as CSV and JSON for programs."""

import csv
import json
import sys
from collections.abc import Mapping
from math import isnan

import pandas as pd
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
    table = Table()
    for name in frame.columns:
        table.add_column(Text(str(name)), justify="left" if name not in units and not name.endswith("_n") else "right")
    for row in frame.to_dict("records"):
        table.add_row(*(Text(_shown(str(name), value, units, voice)) for name, value in row.items()))
    console = Console()
    # Away from a terminal nothing is folded: whoever reads a file wants whole lines.
    (console if console.is_terminal else Console(width=_WIDEST)).print(table)


def _shown(name: str, value: object, units: Mapping[str, str], voice: Voice) -> str:
    if isinstance(value, float):
        return voice.value(units.get(name, "count"), value) if name != "coefficient" else f"{value:g}"
    return str(value)


def _plain(value: object) -> object:
    """A value as JSON has it: NaN becomes null, a whole number loses its decimal point."""
    if isinstance(value, float):
        return None if isnan(value) else int(value) if value.is_integer() else value
    return value if isinstance(value, str | int | bool) or value is None else str(value)


def _cell(value: object) -> object:
    """A value as a CSV cell: a text that a spreadsheet would run as a formula gets an apostrophe before it."""
    if isinstance(value, float):
        return f"{value:.15g}"
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
