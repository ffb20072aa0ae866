"""Targets as agreed: those of the targets table and those written in the client file, checked and in whole units."""

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
    """Targets in multiples of the smallest amount in use.

    ``targets``: KPI → row of the entity → period → amount; ``overrides``: KPI → (row, period, amount, place in the
    client file), larger wholes first; ``scale``: how many of the smallest amount make one.
    """

    targets: Mapping[str, Mapping[int, Mapping[Period, int]]]
    overrides: Mapping[str, Sequence[tuple[int, Period, int, int]]]
    units: Mapping[str, int]
    scale: int

    def has(self, kpi: str) -> bool:
        """Whether anybody has a target of a KPI."""
        return bool(self.targets[kpi] or self.overrides[kpi])

    @property
    def periods(self) -> list[Period]:
        """All periods for which something was agreed."""
        given = [period for of_kpi in self.targets.values() for targets in of_kpi.values() for period in targets]
        return given + [period for of_kpi in self.overrides.values() for _, period, *_ in of_kpi]


def agreed(export: Export, rules: TargetRules, company: Organisation) -> Agreed:
    """What was agreed, whatever the order of rows.

    Raises DataError for the targets table and RequestError for the client file: a name, level or KPI that there is
    not, a target given twice or below 0.
    """
    rows = export.tables.ask("SELECT * FROM targets").to_pylist() if export.tables.has("targets") else []
    rows.sort(key=lambda row: (row["level"], row["name"] or "", row["period"], row["kpi"]))
    start = export.client.settings.fiscal_year_start
    amounts = [Decimal(row["target"]) for row in rows]
    amounts += [setting.target for setting in rules.given] + [setting.target for setting in rules.overrides]
    units = {kpi: getattr(rules.units, kpi) for kpi in TARGETED}
    scale = 10 ** max((_decimals(amount) for amount in (*amounts, *units.values())), default=0)
    if sum(abs(amount) for amount in amounts) * scale * 12 >= 2**62:
        largest = f"{max(amounts):,.0f}"
        raise DataError(f"targets: expected amounts that can be added up, got {largest}; give them in larger units")
    targets: dict[str, dict[int, dict[Period, int]]] = {kpi: {} for kpi in TARGETED}
    twice = []
    for row, entity in zip(rows, _entities(rows, company), strict=True):
        of_entity = targets[row["kpi"]].setdefault(entity, {})
        period = parse_period(row["period"], start, error=DataError)
        twice += [row] if period in of_entity else []
        of_entity[period] = int(row["target"] * scale)
    if twice:
        _refuse("target", "every target once", twice, "remove the duplicates", got="more than once")
    for place, given in enumerate(rules.given):
        row, period = _asked(export.client, company, given, ("given", place))
        if period in targets[given.kpi].setdefault(row, {}):
            raise _at(export.client, ("given", place), f"expected every target once, got another of {_name(given)}")
        targets[given.kpi][row][period] = int(given.target * scale)
    return Agreed(
        targets,
        _overrides(export.client, company, rules, scale),
        {kpi: int(unit * scale) for kpi, unit in units.items()},
        scale,
    )


def shown(value: object) -> str:
    """An amount without the zeros behind it, a text in quotes."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else repr(value or "")


def _overrides(
    client: Client, company: Organisation, rules: TargetRules, scale: int
) -> dict[str, list[tuple[int, Period, int, int]]]:
    by_kpi: dict[str, list[tuple[int, Period, int, int]]] = {kpi: [] for kpi in TARGETED}
    for place, override in enumerate(rules.overrides):
        row, period = _asked(client, company, override, ("overrides", place))
        for other, inside, *_ in by_kpi[override.kpi]:
            if other == row and (inside.contains(period) or period.contains(inside)):
                raise _at(
                    client, ("overrides", place), f"expected one override a period, got another of {_name(override)}"
                )
        by_kpi[override.kpi].append((row, period, int(override.target * scale), place))
    for of_kpi in by_kpi.values():
        of_kpi.sort(
            key=lambda override: (
                len(company.entities[override[0]]),
                override[1].length,
                override[1].first,
                override[0],
            )
        )
    return by_kpi


def _asked(
    client: Client, company: Organisation, given: GivenTarget | Override, place: tuple[str, int]
) -> tuple[int, Period]:
    """The row and period that an item of the client file is for."""
    called = company.called(given.level)
    if fault := fault_of_name(given.level, given.name, called):
        expected, way_out = fault
        raise _at(client, (*place, "name"), f"name: expected {expected}, got {given.name!r}; {way_out}")
    try:
        period = parse_period(given.period, client.settings.fiscal_year_start)
    except RequestError as error:
        raise _at(client, (*place, "period"), str(error)) from None
    return called[given.name][0] if given.level != "company" else 0, period


def _entities(rows: list[dict[str, Any]], company: Organisation) -> list[int]:
    """Whom each row of the targets table is for; a rep is named by id or by a name that nobody else bears."""
    if odd := [row for row in rows if row["kpi"] not in TARGETED]:
        _refuse("kpi", "a KPI that can have a target", odd, did_you_mean(odd[0]["kpi"], TARGETED))
    if odd := [row for row in rows if row["target"] < 0]:
        _refuse("target", "targets of 0 or more", odd, "correct them")
    called = {level: company.called(level) for level in LEVELS}
    faults: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if fault := fault_of_name(row["level"], row["name"] or "", called[row["level"]]):
            faults.setdefault(fault, []).append(row)
    if faults:
        expected, way_out = next(iter(faults))
        odd = [row for fault, of_fault in faults.items() if fault[0] == expected for row in of_fault]
        _refuse("name", expected, odd, way_out)
    return [0 if row["level"] == "company" else called[row["level"]][row["name"]][0] for row in rows]


def _refuse(column: str, expected: str, odd: list[dict[str, Any]], way_out: str, got: str = "") -> NoReturn:
    examples = ", ".join(
        f"{shown(row[column])} ({row['level']} {row['name'] or ''}, {row['period']} {row['kpi']})" for row in odd[:3]
    )
    count = got or ("other" if len(odd) == 1 else "others")
    raise DataError(f"targets: column {column!r}: expected {expected}, got {len(odd)} {count}: {examples}; {way_out}")


def _name(given: GivenTarget | Override) -> str:
    return f"{given.name or 'the company'}, {given.period} {given.kpi}; remove one"


def _at(client: Client, place: tuple[str | int, ...], message: str) -> RequestError:
    return client.document.error(("targets", *place), message)


def _decimals(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
