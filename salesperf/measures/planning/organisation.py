"""The company as a tree over the months of a plan: regions, teams, reps, and who is there when."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.data.export import Export
from salesperf.errors import did_you_mean
from salesperf.measures.facts import KEYS, By
from salesperf.measures.planning.target_rules import Level
from salesperf.measures.rows import NOBODY

Entity = tuple[str, ...]  # its keys: () the company, (region,), (region, team), (region, team, rep id)
LEVELS: tuple[Level, ...] = ("company", "region", "team", "rep")
_ALWAYS = (0, 12 * 10_000)


@dataclass(frozen=True)
class Organisation:
    """The entities of a company, whole before part: row 0 is the company.

    ``parts``: row → rows of its parts; ``employed``: row of a rep → first and last month of employment;
    ``names``: row → what people call it.
    """

    entities: tuple[Entity, ...]
    parts: tuple[tuple[int, ...], ...]
    employed: dict[int, tuple[int, int]]
    names: tuple[str, ...]

    @cached_property
    def rows(self) -> dict[Entity, int]:
        """Entity → row."""
        return {entity: row for row, entity in enumerate(self.entities)}

    @cached_property
    def parents(self) -> dict[int, int]:
        """Row → row of the whole that it is a part of."""
        return {part: row for row, parts in enumerate(self.parts) for part in parts}

    @cached_property
    def groups(self) -> list[int]:
        """The rows that are no reps, whole before part."""
        return [row for row, entity in enumerate(self.entities) if len(entity) < len(LEVELS) - 1]

    def level(self, row: int) -> Level:
        """The level of an entity."""
        return LEVELS[len(self.entities[row])]

    def present(self, first: int, months: int) -> NDArray[np.bool_]:
        """Entities × months: where somebody is employed."""
        there = np.zeros((len(self.entities), months), dtype=bool)
        when = np.arange(first, first + months)
        for row, (start, end) in self.employed.items():
            there[row] = (start <= when) & (when <= end)
        for row in reversed(self.groups):
            if self.parts[row]:
                there[row] = there[list(self.parts[row])].any(axis=0)
        return there

    def rows_of(self, frame: pd.DataFrame, by: By) -> NDArray[np.int64]:
        """The row of each entity of a frame with the keys of a grouping; -1 where the company has none such."""
        if by == "company":
            return np.zeros(len(frame), dtype=np.int64)
        keys, rows = [frame[key].to_numpy(dtype=object).tolist() for key in KEYS[by]], self.rows
        return np.array([rows.get(entity, -1) for entity in zip(*keys, strict=True)], dtype=np.int64)

    def called(self, level: Level) -> dict[str, list[int]]:
        """The entities of a level by what a target may call them; a rep by id or name."""
        rows: dict[str, list[int]] = {}
        for row, entity in enumerate(self.entities):
            if LEVELS[len(entity)] == level and entity and (level == "rep" or entity[-1] != NOBODY):
                rows.setdefault(self.names[row], []).append(row)
        if level == "rep":
            rows |= {entity[-1]: [row] for row, entity in enumerate(self.entities) if len(entity) == 3}
        return rows


def organisation(export: Export) -> Organisation:
    """The company of an export: regions of reps and of sales, teams (nameless where there is none) and reps."""
    staff = {(person["region"], person["team"] or NOBODY, person["rep_id"]): person for person in export.tables.staff()}
    regions = {(region,) for region in export.tables.regions()} | {entity[:1] for entity in staff}
    entities: list[Entity] = [(), *sorted(regions), *sorted({entity[:2] for entity in staff}), *sorted(staff)]
    rows = {entity: row for row, entity in enumerate(entities)}
    parts: list[list[int]] = [[] for _ in entities]
    for row, entity in enumerate(entities[1:], 1):
        parts[rows[entity[:-1]]].append(row)
    employed = {rows[entity]: _employment(person["start_date"], person["end_date"]) for entity, person in staff.items()}
    names = [staff[entity]["rep"] if len(entity) == 3 else entity[-1] if entity else "" for entity in entities]
    return Organisation(tuple(entities), tuple(map(tuple, parts)), employed, tuple(names))


def fault_of_name(level: Level, name: str, called: dict[str, list[int]]) -> tuple[str, str] | None:
    """What was expected of a name and the way out, where it names none or more than one entity of a level."""
    if level == "company" or len(called.get(name, [])) == 1:
        return None
    if name not in called:
        return f"a {level}", did_you_mean(name, sorted(called))
    return f"a {level} of one {LEVELS[LEVELS.index(level) - 1]}", f"name each {level} once in the company"


def _employment(start: date | None, end: date | None) -> tuple[int, int]:
    return _month(start) if start else _ALWAYS[0], _month(end) if end else _ALWAYS[1]


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1
