"""What the plan of a KPI is computed from: seasons, the tree with its shapes, and split keys."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesperf.data.export import Export
from salesperf.errors import RequestError, did_you_mean
from salesperf.measures.planning.organisation import LEVELS, Organisation
from salesperf.measures.planning.split_keys import SplitKeys
from salesperf.measures.planning.target_rules import TargetRules
from salesperf.measures.planning.track_record import Season, TrackRecord
from salesperf.measures.planning.tree import Tree
from salesperf.params import Client
from salesperf.periods import Period

_EQUAL = Season((1 / 12,) * 12)


@dataclass(frozen=True)
class PlanBasis:
    """What the plan of a KPI is computed from.

    ``seasons``: label of the fiscal year → shares of its months; ``tree``: what the cascade runs over; ``keys``: the
    split keys, which give the tree its weights.
    """

    seasons: Mapping[str, Season]
    tree: Tree
    keys: SplitKeys


def plan_basis(
    export: Export,
    rules: TargetRules,
    company: Organisation,
    *,
    kpi: str,
    plan: tuple[int, int],
    unit: int,
) -> PlanBasis:
    """What the plan of a KPI is computed from.

    ``plan``: its first month, counted from year 0, and its number of months, in whole fiscal years; ``unit``: what
    amounts are rounded to. Raises RequestError for weights of potential that are wrong or missing.
    """
    track = TrackRecord(export, kpi, company, plan)
    years = [export.period.other(plan[0] + month, 12) for month in range(0, plan[1], 12)]
    seasons = {year.label: _season(rules, track, year) for year in years}
    present = company.present(*plan)
    shape = (
        np.tile(np.concatenate([season.shares for season in seasons.values()]), (len(company.entities), 1)) * present
    )
    shape *= _ramped(company, rules, plan)
    nobody = ~present.any(axis=1)
    shape[nobody] = np.concatenate([season.shares for season in seasons.values()])
    employed = company.present(track.first, track.length)
    keys = SplitKeys(company, rules, shape, track, _potential(export.client, rules, company), employed)
    levels = [[row for row in company.groups if company.level(row) == level] for level in LEVELS[:-1]]
    tree = Tree(company.parts, levels, present, shape, keys, unit, rules.over_assignment, rules.differences)
    return PlanBasis(seasons, tree, keys)


def _season(rules: TargetRules, track: TrackRecord, year: Period) -> Season:
    """The shares of a fiscal year's months by the rule ``seasonality``; equal where there is no history."""
    if isinstance(rules.seasonality, list):
        return Season(tuple(rules.seasonality))
    return _EQUAL if rules.seasonality == "equal" else track.season(year) or _EQUAL


def _ramped(company: Organisation, rules: TargetRules, plan: tuple[int, int]) -> NDArray[np.float64]:
    """Rows × months: the share of a full target in a rep's first months (ramp), 1 elsewhere."""
    full = np.ones((len(company.entities), plan[1]))
    for row, (start, _) in company.employed.items():
        for step, share in enumerate(rules.ramp):
            if 0 <= start + step - plan[0] < plan[1]:
                full[row, start + step - plan[0]] = share
    return full


def _potential(client: Client, rules: TargetRules, company: Organisation) -> dict[int, float]:
    """Row → weight of potential, for the rows that are split by it.

    Raises RequestError for an unknown name, a weight that is missing, and siblings whose weights are all 0.
    """
    names = {name for row, name in enumerate(company.names) if row} | {
        entity[-1] for entity in company.entities if entity
    }
    for name in rules.potential:
        if name not in names:
            message = f"{name!r} is no region, team or rep; {did_you_mean(name, sorted(names))}"
            raise client.document.error(("targets", "potential", name), message)
    weights: dict[int, float] = {}
    for row in company.groups:
        parts = company.parts[row]
        if parts and _needs_potential(rules, company, parts[0]):
            weights |= {part: _weight_of(client, rules, company, part) for part in parts}
            if len(parts) > 1 and not sum(weights[part] for part in parts):
                whole = company.names[row] or "the company"
                raise _refused(client, f"expected weights that are not all 0, got only 0 in {whole}")
    return weights


def _needs_potential(rules: TargetRules, company: Organisation, part: int) -> bool:
    """Whether the split key of a part's level uses potential, alone or in a blend."""
    key = rules.key(company.level(part))
    return key == "potential" or (key == "blend" and rules.blend.potential > 0)


def _weight_of(client: Client, rules: TargetRules, company: Organisation, part: int) -> float:
    """The weight given for a part by name or id; 0 for a region without reps. Raises RequestError if it is missing."""
    for name in (company.names[part], company.entities[part][-1]):
        if name in rules.potential:
            return rules.potential[name]
    if part not in company.employed and not company.parts[part]:
        return 0.0  # a region of sales alone, where nobody could have a target
    level, name = company.level(part), company.names[part]
    raise _refused(client, f"expected a weight for every {level}, got none for {name!r}; add it")


def _refused(client: Client, message: str) -> RequestError:
    return client.document.error(("targets", "potential"), f"potential: {message}")
