"""Targets as agreed: those of the targets table and of the client file, checked and as integers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from salesperf.data.export import Export
from salesperf.errors import DataError, RequestError, did_you_mean
from salesperf.measures.planning.organisation import LEVELS, Organisation, fault_of_name
from salesperf.measures.planning.target_rules import TARGETED, GivenTarget, Override, TargetRules
from salesperf.params import Client
from salesperf.periods import Period, parse_period


@dataclass(frozen=True)
class Agreed:
    """The agreed targets of a company. Amounts are integers, so that sums are exact: the amount as written × ``scale``.

    ``targets``: KPI → row of the entity in `Organisation.entities` → period → amount. ``overrides``: KPI → (row,
    period, amount, index in the client file's list), sorted: regions, then teams, then reps, of one level the shorter
    periods first. ``units``: KPI → what its amounts are rounded to, × ``scale``. ``scale``: the power of 10 that makes
    every amount and unit an integer. Each mapping has an entry for every KPI in `TARGETED`.
    """

    targets: Mapping[str, Mapping[int, Mapping[Period, int]]]
    overrides: Mapping[str, Sequence[tuple[int, Period, int, int]]]
    units: Mapping[str, int]
    scale: int

    def has(self, kpi: str) -> bool:
        """Whether any entity has a target or an override of a KPI."""
        return bool(self.targets[kpi] or self.overrides[kpi])

    @property
    def periods(self) -> list[Period]:
        """The periods of all targets and overrides, in no order and with repetitions."""
        given = [period for of_kpi in self.targets.values() for targets in of_kpi.values() for period in targets]
        return given + [period for of_kpi in self.overrides.values() for _, period, *_ in of_kpi]


def agreed(export: Export, rules: TargetRules, company: Organisation) -> Agreed:
    """The targets of the targets table and of the client file; the order of rows makes no difference.

    Raises DataError for the targets table and RequestError for the client file: an unknown name or KPI, a name that
    several entities bear, a target given twice or below 0, overrides that overlap, amounts too large to be added up.
    """
    rows = export.tables.ask("SELECT * FROM targets").to_pylist() if export.tables.has("targets") else []
    rows.sort(key=lambda row: (row["level"], row["name"] or "", row["period"], row["kpi"]))
    fiscal = export.client.fiscal
    amounts = [Decimal(row["target"]) for row in rows]
    amounts += [setting.target for setting in rules.given] + [setting.target for setting in rules.overrides]
    units = {kpi: getattr(rules.units, kpi) for kpi in TARGETED}
    scale = 10 ** max((_decimals(amount) for amount in (*amounts, *units.values())), default=0)
    if sum(abs(amount) for amount in amounts) * scale * 12 >= 2**62:
        largest = f"{max(amounts):,.0f}"
        raise DataError(f"targets: expected amounts that can be added up, got {largest}; give them in larger units")
    targets: dict[str, dict[int, dict[Period, int]]] = {kpi: {} for kpi in TARGETED}
    duplicates = []
    for row, entity in zip(rows, _entities(rows, company), strict=True):
        of_entity = targets[row["kpi"]].setdefault(entity, {})
        period = parse_period(row["period"], *fiscal, error=DataError)
        duplicates += [row] if period in of_entity else []
        of_entity[period] = int(row["target"] * scale)
    if duplicates:
        _refuse("target", "every target once", duplicates, "remove the duplicates", got="more than once")
    for place, given in enumerate(rules.given):
        row, period = _row_and_period(export.client, company, given, ("given", place))
        if period in targets[given.kpi].setdefault(row, {}):
            raise _error_at(
                export.client, ("given", place), f"expected every target once, got another of {_duplicate(given)}"
            )
        targets[given.kpi][row][period] = int(given.target * scale)
    return Agreed(
        targets,
        _overrides(export.client, company, rules, scale),
        {kpi: int(unit * scale) for kpi, unit in units.items()},
        scale,
    )


def shown(value: object) -> str:
    """A value as error messages show it: an amount without trailing zeros, anything else by its repr, None as ''."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else repr(value or "")


def _overrides(
    client: Client, company: Organisation, rules: TargetRules, scale: int
) -> dict[str, list[tuple[int, Period, int, int]]]:
    """The overrides of the client file, as in `Agreed`; raises RequestError where two of one entity overlap."""
    by_kpi: dict[str, list[tuple[int, Period, int, int]]] = {kpi: [] for kpi in TARGETED}
    for place, override in enumerate(rules.overrides):
        row, period = _row_and_period(client, company, override, ("overrides", place))
        for other_row, other_period, *_ in by_kpi[override.kpi]:
            if other_row == row and (other_period.contains(period) or period.contains(other_period)):
                raise _error_at(
                    client,
                    ("overrides", place),
                    f"expected one override a period, got another of {_duplicate(override)}",
                )
        by_kpi[override.kpi].append((row, period, int(override.target * scale), place))
    for of_kpi in by_kpi.values():
        of_kpi.sort(
            key=lambda entry: (
                len(company.entities[entry[0]]),
                entry[1].length,
                entry[1].first,
                entry[0],
            )
        )
    return by_kpi


def _row_and_period(
    client: Client, company: Organisation, given: GivenTarget | Override, place: tuple[str, int]
) -> tuple[int, Period]:
    """The row and period that an entry of the client file is for; ``place``: its list and its index in it."""
    rows_by_name = company.rows_by_name(given.level)
    if fault := fault_of_name(given.level, given.name, rows_by_name):
        expected, way_out = fault
        raise _error_at(client, (*place, "name"), f"name: expected {expected}, got {given.name!r}; {way_out}")
    try:
        period = parse_period(given.period, *client.fiscal)
    except RequestError as error:
        raise _error_at(client, (*place, "period"), str(error)) from None
    return rows_by_name[given.name][0] if given.level != "company" else 0, period


def _entities(rows: list[dict[str, Any]], company: Organisation) -> list[int]:
    """The row of the entity that each row of the targets table is for; a rep is named by id or by a unique name.

    Raises DataError for an unknown KPI, a target below 0, and a name that no entity or several have.
    """
    if bad_rows := [row for row in rows if row["kpi"] not in TARGETED]:
        _refuse("kpi", "a KPI that can have a target", bad_rows, did_you_mean(bad_rows[0]["kpi"], TARGETED))
    if bad_rows := [row for row in rows if row["target"] < 0]:
        _refuse("target", "targets of 0 or more", bad_rows, "correct them")
    rows_by_name = {level: company.rows_by_name(level) for level in LEVELS}
    faults: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if fault := fault_of_name(row["level"], row["name"] or "", rows_by_name[row["level"]]):
            faults.setdefault(fault, []).append(row)
    if faults:
        expected, way_out = next(iter(faults))
        bad_rows = [row for fault, of_fault in faults.items() if fault[0] == expected for row in of_fault]
        _refuse("name", expected, bad_rows, way_out)
    return [0 if row["level"] == "company" else rows_by_name[row["level"]][row["name"]][0] for row in rows]


def _refuse(column: str, expected: str, bad_rows: list[dict[str, Any]], way_out: str, got: str = "") -> NoReturn:
    """Raises a DataError: how many rows of the targets table are wrong in a column, with up to three of them."""
    examples = ", ".join(
        f"{shown(row[column])} ({row['level']} {row['name'] or ''}, {row['period']} {row['kpi']})"
        for row in bad_rows[:3]
    )
    count = got or ("other" if len(bad_rows) == 1 else "others")
    raise DataError(
        f"targets: column {column!r}: expected {expected}, got {len(bad_rows)} {count}: {examples}; {way_out}"
    )


def _duplicate(given: GivenTarget | Override) -> str:
    """An entry that is there twice, as the end of an error message."""
    return f"{given.name or 'the company'}, {given.period} {given.kpi}; remove one"


def _error_at(client: Client, place: tuple[str | int, ...], message: str) -> RequestError:
    return client.document.error(("targets", *place), message)


def _decimals(amount: Decimal) -> int:
    """The number of decimals that an amount needs."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
