"""Export files (CSV, Parquet) as SQL for the engine, and messages about files that it cannot read."""

import codecs
import csv
import glob
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq

from salesperf.data import sql
from salesperf.errors import DataError, quoted

_DELIMITERS = ",;\t|"
_NOT_UTF8 = "expected UTF-8 text, got another encoding or kind of file"
_SAVE_AS_CSV = "save the export as UTF-8 CSV"
_UNTERMINATED = "expected quotes in pairs, got one that does not end; correct it"
_MOST_ABOVE = 20  # lines in which a header is looked for
ZONED = "TIMESTAMP WITH TIME ZONE"  # the engine's type of times that are points on one line for all zones
_UTC = ("UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "GMT", "Etc/GMT", "Z", "+00:00", "-00:00")
_CHUNK = 2**22  # bytes of a file that are looked at together


@dataclass(frozen=True)
class RawFile:
    """An export file with a readable header.

    ``types``: column → the engine's type, in a CSV always VARCHAR; ``delimiter``: that of a CSV, else empty; ``above``:
    lines of a CSV above its header; ``zones``: column of zoned times in a Parquet file → the zone that it records.
    """

    path: Path
    types: Mapping[str, str]
    delimiter: str = ""
    above: int = 0
    zones: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_csv(self) -> bool:
        """Whether the file is a CSV."""
        return not _is_parquet(self.path)

    def rows(self, types: Mapping[str, str] = {}) -> str:
        """SQL for the rows of the file, unconverted; ``types``: column of a CSV → another type to read it in than text.

        A column read as DATE must have dates such as 2025-01-31 throughout. Parquet files ignore ``types``.
        """
        here = sql.literal(glob.escape(str(self.path.absolute())))
        if not self.is_csv:
            return _parquet_rows(here)
        columns = sql.struct({**self.types, **types})
        # hive_partitioning: a folder called region=East must not become a column.
        return (
            f"read_csv({here}, hive_partitioning = false, columns = {columns}, auto_detect = false, "
            f"header = true, skip = {self.above}, delim = {sql.literal(self.delimiter)}, "
            "quote = '\"', escape = '\"', dateformat = '%Y-%m-%d')"
        )


def read_raw(engine: duckdb.DuckDBPyConnection, path: Path, header_line: int = 1) -> RawFile:
    """The columns of a file; rows are read later, by queries. Raises DataError when it has no readable header.

    ``header_line``: the line of a CSV where its header begins, or empty lines above it.
    """
    try:
        if _is_parquet(path):
            rows = _parquet_rows(sql.literal(glob.escape(str(path.absolute()))))
            described = engine.execute(f"DESCRIBE FROM {rows}").fetchall()
            types = {column: kind for column, kind, *_ in described}
            return RawFile(path, types, zones=_zones(path) if ZONED in types.values() else {})
        above = _above(path, header_line)
        delimiter, columns = _header(path, above)
        return RawFile(path, dict.fromkeys(columns, "VARCHAR"), delimiter, above)
    except (duckdb.Error, OSError) as error:
        raise broken(path, error) from None


def _zones(path: Path) -> dict[str, str]:
    """Column of zoned times → its zone by the Arrow schema that a Parquet file records, such as Asia/Shanghai.

    UTC under whichever of its names.
    """
    zones = {column.name: zone for column in pq.read_schema(path) if (zone := getattr(column.type, "tz", None))}
    return {name: "UTC" if zone in _UTC else zone for name, zone in zones.items()}


def _parquet_rows(here: str) -> str:
    return f"read_parquet({here}, hive_partitioning = false)"


def header_below(path: Path, wanted: Iterable[str]) -> int | None:
    """The first line of a CSV, among the first few, that has all wanted names as a header would; None if there is none.

    Case is ignored.
    """
    names = {name.casefold() for name in wanted}
    if _is_parquet(path):
        return None
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(islice(file, _MOST_ABOVE), start=1):
            for mark in _DELIMITERS:
                if names <= {cell.strip().casefold() for cell in next(csv.reader([line], delimiter=mark), [])}:
                    return number
    return None


def broken(path: Path, error: Exception, above: int = 0) -> DataError:
    """The error to raise about a file that could not be read; the file is searched again for the faulty lines.

    ``above``: lines above the header.
    """
    if isinstance(error, OSError):
        return DataError(f"{path}: expected a readable file, got: {error.strerror}; check its permissions")
    if _is_parquet(path):
        return DataError(f"{path}: expected a Parquet file, got another kind or a damaged one; export it again")
    if message := next(filter(None, _faults(path, above)), ""):
        return DataError(f"{path}: {message}")
    reason = str(error).splitlines()[0]
    return DataError(f"{path}: expected a plain CSV file, got one that cannot be read ({reason}); export it again")


def _faults(path: Path, above: int) -> Iterator[str]:
    """What may be wrong with the lines of a CSV: for each kind of fault a message, empty where it has none."""
    yield _undecodable(path)
    yield _unreadable(path, above)
    yield _ragged(path, above)
    yield _mixed_line_ends(path)


def places(path: Path, rows: Iterable[int], above: int = 0) -> dict[int, str]:
    """Row (counted from 0) → where it stands in the file: ``line 7`` of a CSV, ``row 6`` of a Parquet file.

    ``above``: lines above the header.
    """
    numbers = set(rows)
    if _is_parquet(path):
        return {row: f"row {row + 1}" for row in numbers}
    records = islice(_records(path, above), 1, max(numbers) + 2)
    return {row: f"line {line}" for row, (line, _) in enumerate(records) if row in numbers}


def check_widths(file: RawFile, rows: int) -> None:
    """Raises DataError where a row of a CSV has more values than the header; ``rows``: the engine's count of them.

    The engine reads such a row without a word where the values too many are empty. A separator that stands inside a
    value has then moved the values behind it: ``1,Smith, John,East,`` under ``id,name,region,team``.
    """
    if file.is_csv and _separators(file) != (len(file.types) - 1) * (rows + 1):
        for fault in (_unreadable, _ragged):
            if message := fault(file.path, file.above):
                raise DataError(f"{file.path}: {message}")


def _separators(file: RawFile) -> int:
    """The number of separators in a CSV, those inside quotes left out."""
    mark, number, is_inside = file.delimiter.encode(), 0, False
    with file.path.open("rb") as content:
        for _ in range(file.above):
            content.readline()
        while chunk := content.read(_CHUNK):
            if not is_inside and b'"' not in chunk:
                number += chunk.count(mark)
                continue
            letters = np.frombuffer(chunk, np.uint8)
            inside = np.bitwise_xor.accumulate((letters == ord('"')).view(np.uint8)) ^ is_inside
            number += int(np.count_nonzero((letters == mark[0]) & (inside == 0)))
            is_inside = bool(inside[-1])
    return number


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")


def _above(path: Path, header_line: int) -> int:
    """The number of lines above a CSV's header, which stands in a line or below empty ones there."""
    above = header_line - 1
    with path.open("rb") as file:
        for number, line in enumerate(file):
            if number >= above and line.removeprefix(codecs.BOM_UTF8).strip():
                return number
    return above


def _header(path: Path, above: int) -> tuple[str, list[str]]:
    """The delimiter and the columns of a CSV, from its header alone; the delimiter is that which gives most columns.

    Nothing is guessed from the rows, as a single one could change a guess. Raises DataError for an empty file, a NUL
    character, or a column name that stands there twice (case ignored).
    """
    header = _first_record(path, above)
    if not header.strip("\r\n \t,;|"):
        raise DataError(f"{path}: expected a header line and rows, got an empty file; export it again")
    if "\0" in header:
        raise DataError(f"{path}: {_NOT_UTF8} in line {above + 1}; {_SAVE_AS_CSV}")
    split = {mark: next(csv.reader(io.StringIO(header, newline=""), delimiter=mark)) for mark in _DELIMITERS}
    delimiter = max(split, key=lambda mark: len(split[mark]))
    columns = [name.strip() or f"(column {place})" for place, name in enumerate(split[delimiter], start=1)]
    folded = [name.casefold() for name in columns]
    if twice := [name for name in columns if folded.count(name.casefold()) > 1]:
        raise DataError(
            f"{path}: line {above + 1}: expected every column once, got {quoted(twice[:3])} "
            f"among {len(columns)} columns; rename all but one"
        )
    return delimiter, columns


def _first_record(path: Path, above: int) -> str:
    """The header of a CSV; a quoted name may go over several lines. Raises DataError where it cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(islice(file, above, None), "")
            while header.count('"') % 2 and (line := file.readline()):
                header += line
    except UnicodeDecodeError as error:
        raise broken(path, error) from None
    if header.count('"') % 2:
        raise DataError(f"{path}: line {above + 1}: {_UNTERMINATED}")
    return header


def _records(path: Path, above: int, *, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV, header first, each with the line it starts on.

    Raises csv.Error with that line and a reason for one that is too long or, if strict, whose quotes do not end.
    """
    delimiter, columns = _header(path, above)
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        reader = csv.reader(islice(file, above, None), delimiter=delimiter, strict=strict)
        start = above + 1
        try:
            for record in reader:
                # The engine skips empty lines, except in files of one column.
                if record or len(columns) == 1:
                    yield start, record
                start = above + reader.line_num + 1
        except csv.Error as error:
            raise csv.Error(start, str(error)) from None


def _undecodable(path: Path) -> str:
    """The message about lines that are not UTF-8; empty where all are."""
    lines = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                lines.append(number)
    return f"{_NOT_UTF8} in {_listed(lines)}; {_SAVE_AS_CSV}" if lines else ""


def _unreadable(path: Path, above: int) -> str:
    """The message about a quote that does not end or a value that is too long; empty where there is neither."""
    try:
        for _ in _records(path, above, strict=True):
            pass
    except csv.Error as error:
        line, reason = error.args
        if "field limit" not in reason:
            return f"line {line}: {_UNTERMINATED}"
        most = f"values of up to {csv.field_size_limit()} characters"
        return f"line {line}: expected {most}, got a longer one; look for a quote that does not end"
    return ""


def _ragged(path: Path, above: int) -> str:
    """The message about rows with more or fewer values than the header; empty where there are none.

    A row may end in a separator with nothing behind it where every row does, as some systems write them.
    """
    records = _records(path, above)
    width = len(next(records)[1])
    number, odd, ended = 0, list[tuple[int, int]](), 0
    for line, record in records:
        number += 1
        if len(record) != width:
            odd.append((line, len(record)))
            ended += len(record) == width + 1 and not record[-1]
    if ended == number:
        return ""
    shown = ", ".join(f"line {line} with {count}" for line, count in odd[:3])
    others = "other" if len(odd) == 1 else "others"
    way_out = "put values that hold a separator in quotes" if any(count > width for _, count in odd) else "correct them"
    return f"expected {width} values in every row, got {len(odd)} {others}: {shown}; {way_out}" if odd else ""


def _mixed_line_ends(path: Path) -> str:
    """The message about line ends that differ from the first one; empty where there are none."""
    with path.open("rb") as file:
        windows = [line.endswith(b"\r\n") for line in file]
    odd = [number for number, crlf in enumerate(windows, start=1) if crlf != windows[0]]
    first, other = ("CRLF", "LF") if windows[0] else ("LF", "CRLF")
    return f"expected {first} at every line end, got {other} in {_listed(odd)}; save it anew" if odd else ""


def _listed(lines: list[int]) -> str:
    shown = ", ".join(f"line {line}" for line in lines[:3])
    return shown if len(lines) <= 3 else f"{len(lines)} lines: {shown}"
