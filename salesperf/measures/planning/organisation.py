"""The company as a tree of regions, teams and reps, with the months in which each rep is employed."""

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
    """The entities of a company, whole before part. An entity's row is its index in ``entities``; the company's is 0.

    ``parts``: row → rows of its parts. ``employed``: row of a rep → first and last month of employment, counted from
    year 0; far in the past or future where the export has no date. ``names``: row → name of the rep, team or region, ""
    for the company.
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
    def rows_of_reps(self) -> dict[str, int]:
        """Rep id → row."""
        return {entity[-1]: row for row, entity in enumerate(self.entities) if len(entity) == len(LEVELS) - 1}

    @cached_property
    def parents(self) -> dict[int, int]:
        """Row → row of the whole that it is a part of."""
        return {part: row for row, parts in enumerate(self.parts) for part in parts}

    @cached_property
    def groups(self) -> list[int]:
        """The rows of the company, regions and teams, whole before part."""
        return [row for row, entity in enumerate(self.entities) if len(entity) < len(LEVELS) - 1]

    def level(self, row: int) -> Level:
        """The level of an entity."""
        return LEVELS[len(self.entities[row])]

    def present(self, first: int, months: int) -> NDArray[np.bool_]:
        """Rows × months: whether somebody is employed in the month.

        ``first``: the first month, counted from year 0; ``months``: the number of months.
        """
        present = np.zeros((len(self.entities), months), dtype=bool)
        when = np.arange(first, first + months)
        for row, (start, end) in self.employed.items():
            present[row] = (start <= when) & (when <= end)
        for row in reversed(self.groups):
            if self.parts[row]:
                present[row] = present[list(self.parts[row])].any(axis=0)
        return present

    def rows_of(self, frame: pd.DataFrame, by: By) -> NDArray[np.int64]:
        """The row of the entity of each row of a frame, -1 where the company has none such.

        ``frame``: with the key columns of the grouping ``by`` (`KEYS`).
        """
        if by == "company":
            return np.zeros(len(frame), dtype=np.int64)
        keys, rows = [frame[key].to_numpy(dtype=object).tolist() for key in KEYS[by]], self.rows
        return np.array([rows.get(entity, -1) for entity in zip(*keys, strict=True)], dtype=np.int64)

    def rows_by_name(self, level: Level) -> dict[str, list[int]]:
        """Name → rows of the entities of a level that a target may mean by it; a rep goes by id, too.

        An id goes before another rep's equal name. Entities without a name are left out, and so is the company.
        """
        rows: dict[str, list[int]] = {}
        for row, entity in enumerate(self.entities):
            if LEVELS[len(entity)] == level and entity and (level == "rep" or entity[-1] != NOBODY):
                rows.setdefault(self.names[row], []).append(row)
        if level == "rep":
            rows |= {entity[-1]: [row] for row, entity in enumerate(self.entities) if len(entity) == 3}
        return rows


def organisation(export: Export) -> Organisation:
    """The company of an export: regions of reps and of sales, teams, and reps; with those in which nobody is any more.

    Reps without a team are in a team of their region with the name `NOBODY`, an empty text.
    """
    staff = {(person["region"], person["team"] or NOBODY, person["rep_id"]): person for person in export.tables.staff()}
    teams = {entity[:2] for entity in staff} | {(row["region"], row["team"] or NOBODY) for row in export.tables.homes()}
    regions = {(region,) for region in export.tables.regions()} | {entity[:1] for entity in teams}
    entities: list[Entity] = [(), *sorted(regions), *sorted(teams), *sorted(staff)]
    rows = {entity: row for row, entity in enumerate(entities)}
    parts: list[list[int]] = [[] for _ in entities]
    for row, entity in enumerate(entities[1:], 1):
        parts[rows[entity[:-1]]].append(row)
    employed = {
        rows[entity]: _employment(export, person["start_date"], person["end_date"]) for entity, person in staff.items()
    }
    names = [staff[entity]["rep"] if len(entity) == 3 else entity[-1] if entity else "" for entity in entities]
    return Organisation(tuple(entities), tuple(map(tuple, parts)), employed, tuple(names))


def fault_of_name(level: Level, name: str, rows_by_name: dict[str, list[int]]) -> tuple[str, str] | None:
    """What was expected and the way out, as texts, where a name means no entity of a level, or several; else None."""
    if level == "company" or len(rows_by_name.get(name, [])) == 1:
        return None
    if name not in rows_by_name:
        return f"a {level}", did_you_mean(name, sorted(rows_by_name))
    return f"a {level} of one {LEVELS[LEVELS.index(level) - 1]}", f"name each {level} once in the company"


def _employment(export: Export, start: date | None, end: date | None) -> tuple[int, int]:
    """The first and last month of employment, counted from year 0."""
    month_of = export.client.calendar.month_of
    return month_of(start) if start else _ALWAYS[0], month_of(end) if end else _ALWAYS[1]
