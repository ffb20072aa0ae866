"""Facts: sums and counts of an export by month, region and rep, read in one query for each table.

A KPI of any period and level is computed from them alone. Amounts are kept as whole multiples of the smallest decimal,
so that a sum is exact whatever the order of its parts (docs/methods.md, "What holds everywhere").
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from salesperf.data.sql import literal
from salesperf.data.tables import Tables
from salesperf.measures.kpi import Array, Measure
from salesperf.measures.rows import NOBODY, aggregate, cases, columns_of, rows_of
from salesperf.measures.sales import column_behind
from salesperf.periods import Period

By = Literal["company", "region", "team", "rep"]
Grain = Literal["region", "rep"]
KEYS: Mapping[By, tuple[str, ...]] = {
    "company": (),
    "region": ("region",),
    "team": ("region", "team"),
    "rep": ("region", "team", "rep_id"),
}
Entity = tuple[str, ...]  # values of its `KEYS`: () for the company, (region,), (region, team), (region, team, rep id)
Ints = NDArray[np.int64]
Window = Sequence[tuple[int, int]]  # runs of cells of time, first and last included; for cells see `cells`
WORD = 62  # months in a word of bits, which every engine's BIGINT can hold


@dataclass(frozen=True)
class Staff:
    """The list of reps, by seats: a rep's id is the seat by the list, and whoever moved has one for each other row.

    ``home``: seat → region and team, NOBODY for no team; ``sitting``: seat → rep id, of the seats that are no id.
    """

    home: Mapping[str, tuple[str, str]]
    sitting: Mapping[str, str] = field(default_factory=dict)

    def home_of(self, rep: str) -> str:
        """The region that a rep belongs to; NOBODY for whoever is not in the list."""
        return self.home.get(rep, (NOBODY, NOBODY))[0]

    def entity(self, by: By, region: str, seat: str) -> Entity:
        """The entity of a level that a fact of a region and seat counts for.

        By region it is the region of the fact, by team the seat's, whatever the region of the fact, and by rep who sits
        there, at home by the list. Whoever is not in the list has NOBODY as region and team.
        """
        if by == "company":
            return ()
        if by == "region":
            return (region,)
        if by == "team":
            return self.home.get(seat, (NOBODY, NOBODY))
        rep = self.sitting.get(seat, seat)
        return (*self.home.get(rep, (NOBODY, NOBODY)), rep)


def staff_of(tables: Tables) -> Staff:
    """The list of reps of an export."""
    seats = {person["rep_id"]: person for person in tables.staff()} | {row["seat"]: row for row in tables.homes()}
    home = {seat: (row["region"], row["team"] or NOBODY) for seat, row in seats.items()}
    return Staff(home, {seat: row["rep_id"] for seat, row in seats.items() if seat != row["rep_id"]})


@dataclass(frozen=True)
class Counts:
    """Statistics of entities in periods.

    ``keys``: the entities; ``values``: term, or name of a counter's statistic → periods × entities; ``there``, of the
    same shape: True where the statistics give the entity a row in the KPI table.
    """

    keys: Sequence[Entity]
    values: Mapping[Any, Array]
    there: NDArray[np.bool_]


@dataclass(frozen=True)
class Cells:
    """Sums of measures by region, rep and cell of time (see `cells`).

    ``places``: the pairs of region and rep. Each row has a ``place`` (index into ``places``), a ``cell`` and, for each
    measure, a whole number in ``sums``: the exact sum times the measure's ``scale``.
    """

    places: Sequence[tuple[str, str]]
    place: Ints
    cell: Ints
    sums: Mapping[Measure, NDArray[Any]]
    scale: Mapping[Measure, int]
    _levels: dict[By, "_Level"] = field(default_factory=dict, repr=False, compare=False)

    def over(self, staff: Staff, by: By, windows: Sequence[Window], measures: Iterable[Measure]) -> Counts:
        """The sums of measures in each window, for the entities of a level; measures without sums are left out.

        Arrays are windows × entities; ``there`` is True where a window has any row.
        """
        level = self._level(staff, by)
        wanted = [measure for measure in measures if measure in self.sums]
        shape = (len(windows), len(level.keys))
        there = np.zeros(shape, dtype=bool)
        totals = {measure: np.zeros(shape, dtype=self.sums[measure].dtype) for measure in wanted}
        for row, window in enumerate(windows):
            for first, last in window:
                low, high = level.rows(first, last)
                there[row] |= high > low
                for measure in wanted:
                    running = level.running(measure, self.sums[measure])
                    totals[measure][row] += running[high] - running[low]
        return Counts(
            level.keys, {measure: _scaled(total, self.scale[measure]) for measure, total in totals.items()}, there
        )

    def only(self, chosen: Sequence[bool]) -> "Cells":
        """The cells of some places; ``chosen``: for each of ``places``, whether its rows are kept."""
        rows = np.array(chosen, dtype=bool)[self.place]
        sums = {measure: values[rows] for measure, values in self.sums.items()}
        return Cells(self.places, self.place[rows], self.cell[rows], sums, self.scale)

    def _level(self, staff: Staff, by: By) -> "_Level":
        if by not in self._levels:
            keys, codes = numbered([staff.entity(by, *place) for place in self.places])
            self._levels[by] = _Level(keys, codes[self.place], self.cell)
        return self._levels[by]


class _Level:
    """The rows of cells sorted by entity and cell: the sum of a window is the difference of two running sums."""

    def __init__(self, keys: Sequence[Entity], code: Ints, cell: Ints) -> None:
        self.keys = keys
        self._base, self._width = (int(cell.min()), int(cell.max() - cell.min()) + 2) if len(cell) else (0, 1)
        order = code * self._width + (cell - self._base)
        self._order = np.argsort(order, kind="stable")
        self._sorted = order[self._order]
        self._running: dict[Measure, NDArray[Any]] = {}

    def rows(self, first: int, last: int) -> tuple[Ints, Ints]:
        """For each entity, the positions of its first row from cell ``first`` on and of the first after ``last``."""
        begin = np.arange(len(self.keys), dtype=np.int64) * self._width
        low = begin + np.clip(first - self._base, 0, self._width - 1)
        high = begin + np.clip(last + 1 - self._base, 0, self._width - 1)
        return np.searchsorted(self._sorted, low), np.searchsorted(self._sorted, high)

    def running(self, measure: Measure, values: NDArray[Any]) -> NDArray[Any]:
        """The running sums of a measure's values, by position: entry k is the sum of the first k sorted rows."""
        if measure not in self._running:
            self._running[measure] = np.concatenate([np.zeros(1, values.dtype), np.cumsum(values[self._order])])
        return self._running[measure]


@dataclass(frozen=True)
class Bits:
    """The distinct values of a column for the entities of a level, counted by the cells of time that they occur in.

    Each row is an entity (``code``, index into ``keys``), a set of cells (``words``, a bit for each cell from ``first``
    on, `WORD` cells a word; rows × words) and the number of values that occur in exactly these cells (``count``).
    """

    keys: Sequence[Entity]
    code: Ints
    count: Ints
    words: Ints
    first: int

    def over(self, windows: Sequence[Window]) -> Array:
        """Windows × entities: the number of distinct values that occur in a window."""
        numbers_seen = np.zeros((len(windows), len(self.keys)))
        for row, window in enumerate(windows):
            masks = np.array(_masks(window, self.first, self.words.shape[1]), dtype=np.int64)
            inside = (self.words & masks).any(axis=1)
            numbers_seen[row] = np.bincount(self.code[inside], self.count[inside], len(self.keys))
        return numbers_seen


def numbered(entities: Sequence[Entity]) -> tuple[list[Entity], Ints]:
    """The distinct entities, sorted, and for each of ``entities`` its index among them."""
    keys = sorted(set(entities))
    place = {key: number for number, key in enumerate(keys)}
    return keys, np.array([place[code] for code in entities], dtype=np.int64)


def months(periods: Sequence[Period], before: int = 0) -> list[Window]:
    """A window of months for each period, moved ``before`` months back."""
    return [[(period.first - before, period.first + period.length - 1 - before)] for period in periods]


def cells(tables: Tables, table: str, grain: Grain, days: Mapping[str, Sequence[Measure]]) -> dict[str, Cells]:
    """The facts of a table, in one query: column of days → sums of the measures that are placed by it.

    ``days``: column of days → its measures, all over ``table``. A cell of time is a month, counted from year 0; by the
    column ``period`` it is the index of the period's label in `Tables.texts`. By the grain "region" every rep is "".
    """
    every = list(dict.fromkeys(measure for measures in days.values() for measure in measures))
    answer = tables.ask(_cells_sql(tables, table, grain, days, every))
    by_day = {}
    for number, (day, measures) in enumerate(days.items()):
        rows = answer.filter(pc.equal(answer["day"], number)) if len(days) > 1 else answer
        by_day[day] = _cells(rows, {measure: f"m{every.index(measure)}" for measure in measures})
    return by_day


def bits(tables: Tables, measure: Measure, levels: Sequence[By], staff: Staff) -> dict[By, Bits]:
    """The distinct values of a measure's column, in one query: level → values by cells of time (as in `cells`)."""
    first, last = _span(tables, measure)
    words = max(1, -(-(last - first + 1) // WORD))
    answer = tables.ask(_bits_sql(tables, measure, levels, first, words))
    by_level: dict[By, Bits] = {}
    for number, by in enumerate(levels):
        rows = answer.filter(pc.equal(answer["level"], number))
        pairs, pair = pairs_of(rows["first_key"], rows["second_key"])
        keys, place = numbered([_key(by, *region_and_rep, staff) for region_and_rep in pairs])
        columns = [_whole(rows[f"b{word}"]) for word in range(words)]
        by_level[by] = Bits(keys, place[pair], _whole(rows["n"]), np.stack(columns, axis=1), first)
    return by_level


def whole_numbers(column: pa.ChunkedArray) -> tuple[NDArray[Any], int]:
    """A column of integers or decimals as whole numbers, with the factor that they were multiplied by; null is 0.

    The array is int64 where the sum of all absolute values fits into it, else of Python integers, so that every sum of
    them is exact.
    """
    array = column.combine_chunks()
    if not pa.types.is_decimal(array.type):
        return pc.fill_null(array, 0).to_numpy(zero_copy_only=False).astype(np.int64), 1
    array = pc.fill_null(array.cast(pa.decimal128(38, array.type.scale)), 0)
    parts = np.frombuffer(array.buffers()[1], dtype="<i8")[2 * array.offset :][: 2 * len(array)]
    low, high = parts[::2], parts[1::2]
    scale = 10**array.type.scale
    if (high == low >> 63).all() and np.abs(low.astype(np.float64)).sum() < 2**62:
        return low.copy(), scale
    return high.astype(object) * 2**64 + low.astype(np.uint64).astype(object), scale


def _cells_sql(
    tables: Tables, table: str, grain: Grain, days: Mapping[str, Sequence[Measure]], every: Sequence[Measure]
) -> str:
    """SQL with a row per day column (its number), region, rep and cell; column m<k> is measure k of ``every``."""
    rep = "seat" if grain == "rep" else "''"
    parts = []
    for number, (day, measures) in enumerate(days.items()):
        rows = rows_of(tables, table, [day, "seat", *(name for measure in measures for name in columns_of(measure))])
        columns = [
            f"{aggregate(measure) if measure in measures else 'NULL'} AS m{place}"
            for place, measure in enumerate(every)
        ]
        parts.append(
            f"SELECT {number} AS day, region, {rep} AS rep_id, {_cell_sql(tables, table, day)} AS cell,"
            f" {', '.join(columns)} "
            f'FROM ({rows}) WHERE "{day}" IS NOT NULL GROUP BY ALL'
        )
    return " UNION ALL ".join(parts)


def _cells(rows: pa.Table, columns: Mapping[Measure, str]) -> Cells:
    places, place = pairs_of(rows["region"], rows["rep_id"])
    numbers = {measure: whole_numbers(rows[column]) for measure, column in columns.items()}
    return Cells(
        places,
        place,
        rows["cell"].to_numpy().astype(np.int64),
        {measure: values for measure, (values, _) in numbers.items()},
        {measure: scale for measure, (_, scale) in numbers.items()},
    )


def pairs_of(first: pa.ChunkedArray, second: pa.ChunkedArray) -> tuple[list[tuple[str, str]], Ints]:
    """The distinct pairs of texts in two columns, and for each row the index of its pair."""
    former, other = (column.combine_chunks().dictionary_encode() for column in (first, second))
    width = len(other.dictionary) + 1
    codes = former.indices.to_numpy().astype(np.int64) * width + other.indices.to_numpy()
    pairs, place = np.unique(codes, return_inverse=True)
    texts, others = former.dictionary.to_pylist(), other.dictionary.to_pylist()
    return [(texts[code // width], others[code % width]) for code in pairs.tolist()], place.astype(np.int64)


def _cell_sql(tables: Tables, table: str, day: str) -> str:
    """SQL for the cell of time of a row (see `cells`)."""
    if day != "period":
        return tables.calendar.month_sql(f'"{day}"')
    labels = tables.texts(table, "period")
    return f"CASE {' '.join(f'WHEN period = {literal(label)} THEN {place}' for place, label in enumerate(labels))} END"


def _span(tables: Tables, measure: Measure) -> tuple[int, int]:
    """The first and the last cell of a measure's rows."""
    if measure.day == "period":
        return 0, max(0, len(tables.texts(measure.table, "period")) - 1)
    first, last = tables.spans[column_behind(f"{measure.table}.{measure.day}", tables)]
    return tables.calendar.month_of(first), tables.calendar.month_of(last)


# The columns that distinct values are grouped by. A team is that of the rep, in the rep's own region.
_LEVEL_KEYS: Mapping[By, Sequence[str]] = {
    "company": (),
    "region": ("region",),
    "team": ("home", "team"),
    "rep": ("rep_id",),
}


def _bits_sql(tables: Tables, measure: Measure, levels: Sequence[By], first: int, words: int) -> str:
    """SQL with a row per level (its number), entity and set of cells; n: how many values occur in exactly these."""
    keys = list(dict.fromkeys(key for by in levels for key in _LEVEL_KEYS[by]))
    named = [key for key in keys if key in ("home", "team")]
    value, day = f'"{measure.column}"', f'"{measure.day}"'
    rows = rows_of(tables, measure.table, [measure.day, *columns_of(measure), *named])
    placed = (
        f"SELECT {_listed(keys)}{value} AS value, {_cell_sql(tables, measure.table, measure.day)} - {first} AS cell"
        f" FROM ({rows}) WHERE {cases(measure)} AND {value} IS NOT NULL AND {day} IS NOT NULL"
    )
    shifted = ", ".join(
        f"coalesce(bit_or(CASE WHEN cell BETWEEN {WORD * word} AND {WORD * word + WORD - 1}"
        f" THEN CAST(1 AS BIGINT) << (cell - {WORD * word}) END), 0) AS b{word}"
        for word in range(words)
    )
    pairs = f"SELECT {_listed(keys)}value, {shifted} FROM ({placed}) GROUP BY ALL"
    parts = [_level_sql(number, _LEVEL_KEYS[by], words, alone=len(levels) == 1) for number, by in enumerate(levels)]
    return f"WITH pairs AS ({pairs}) {' UNION ALL '.join(parts)}"


def _level_sql(number: int, keys: Sequence[str], words: int, *, alone: bool) -> str:
    """SQL for the rows of one level; of a level asked for ``alone`` the pairs are grouped by its keys already."""
    joined = ", ".join(f"bit_or(b{word}) AS b{word}" for word in range(words))
    rows = "pairs" if alone else f"(SELECT {_listed(keys)}value, {joined} FROM pairs GROUP BY ALL)"
    first, second = (*keys, "''", "''")[:2]
    columns = ", ".join(f"b{word}" for word in range(words))
    return (
        f"SELECT {number} AS level, {first} AS first_key, {second} AS second_key, count(*) AS n, {columns}"
        f" FROM {rows} GROUP BY ALL"
    )


def _listed(keys: Sequence[str]) -> str:
    return "".join(f"{key}, " for key in keys)


def _key(by: By, first: str, second: str, staff: Staff) -> Entity:
    """The entity of a level from the values of its `_LEVEL_KEYS`, "" where there are fewer than two."""
    if by == "team":
        return (first, second)
    return staff.entity(by, first, first)  # by region the first is a region, by rep an id


def _whole(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _masks(window: Window, first: int, words: int) -> list[int]:
    """The cells of a window as the bits of words (see `Bits`)."""
    bits_of = [0] * words
    for begin, end in window:
        for cell in range(max(begin - first, 0), min(end - first, words * WORD - 1) + 1):
            bits_of[cell // WORD] |= 1 << cell % WORD
    return bits_of


def _scaled(totals: NDArray[Any], scale: int) -> Array:
    """Whole numbers ÷ scale, rounded once: NumPy would also round numbers beyond 2⁵³ before it divides."""
    large = totals.dtype != object and (np.abs(totals) > 2**53).any()
    return np.asarray((totals.astype(object) if large else totals) / scale, dtype=np.float64)
