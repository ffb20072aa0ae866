"""The KPI registry: every KPI as plain data (METHODS.md §2); how it is counted stands in the other rooms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from salesperf.data.tables import Tables
from salesperf.errors import RequestError, did_you_mean
from salesperf.params import Client

Unit = Literal["money", "share", "count", "days", "points"]


@dataclass(frozen=True)
class Kpi:
    """One KPI.

    ``needs``: the columns without which it is not available (``sales`` stands for orders or, without them, won
    opportunities); ``day``: the column that places a row in a period; ``made_of``: the KPIs that it is computed
    from; ``counted``: it is a sum or a count, so that nothing found means 0; all others are rates, which come
    with the number of cases behind them; ``looks_back``: it needs to know an account's earlier orders.
    """

    id: str
    name: str
    definition: str
    unit: Unit
    needs: tuple[str, ...]
    day: str
    better: Literal["higher", "lower"] = "higher"
    counted: bool = False
    made_of: tuple[str, ...] = ()
    looks_back: bool = False


_REGISTRY = (
    Kpi(
        "revenue",
        "Revenue",
        "Sum of the amounts of orders (or of won opportunities, by close date) in the period; refunds count negative",
        "money",
        ("sales.amount",),
        "sales.date",
        counted=True,
    ),
    Kpi(
        "revenue_attainment",
        "Revenue attainment",
        "Revenue ÷ its target; no target means no attainment",
        "share",
        ("targets.target",),
        "sales.date",
        made_of=("revenue",),
    ),
    Kpi(
        "gross_margin",
        "Gross margin",
        "Sum of (amount − cost) ÷ sum of amounts, over the orders whose cost is known",
        "share",
        ("sales.amount", "sales.cost"),
        "sales.date",
    ),
    Kpi(
        "customers",
        "Customers",
        "Distinct accounts with an order in the period",
        "count",
        ("sales.account_id",),
        "sales.date",
        counted=True,
    ),
    Kpi(
        "new_customers",
        "New customers",
        "Accounts that order in the period for the first time in 12 months; credited where that order was won",
        "count",
        ("sales.account_id",),
        "sales.date",
        counted=True,
        looks_back=True,
    ),
    Kpi(
        "new_customers_attainment",
        "New-customer attainment",
        "New customers ÷ their target",
        "share",
        ("targets.target",),
        "sales.date",
        made_of=("new_customers",),
    ),
    Kpi(
        "repeat_rate",
        "Repeat purchase rate",
        "Of accounts with a first order in the 12 months that ended 90 days before the period's end, the share with "
        "a second one within 90 days of it",
        "share",
        ("sales.account_id",),
        "sales.date",
        looks_back=True,
    ),
    Kpi(
        "win_rate",
        "Win rate",
        "Won ÷ (won + lost), by close date",
        "share",
        ("opportunities.closed",),
        "opportunities.closed",
    ),
    Kpi(
        "average_deal",
        "Average deal",
        "Revenue ÷ won deals",
        "money",
        ("opportunities.closed",),
        "opportunities.closed",
        made_of=("revenue", "win_rate"),
    ),
    Kpi(
        "cycle_days",
        "Sales cycle",
        "Median days from creation to close (Kaplan–Meier) of the deals created in the 12 months up to the "
        "period's end, and not before the export's first close; deals still open are censored there",
        "days",
        ("opportunities.created", "opportunities.closed"),
        "opportunities.closed",
        better="lower",
    ),
    Kpi(
        "satisfaction",
        "Customer satisfaction",
        "Share of survey answers in the two best boxes",
        "share",
        ("surveys.score",),
        "surveys.date",
    ),
    Kpi(
        "activities",
        "Activities",
        "Sum of activity counts, all kinds",
        "count",
        ("activities.date",),
        "activities.date",
        counted=True,
    ),
    Kpi(
        "activity_quality",
        "Activity quality",
        "Mean quality of the activities that were rated",
        "points",
        ("activities.quality",),
        "activities.date",
    ),
)
KPIS: Mapping[str, Kpi] = {kpi.id: kpi for kpi in _REGISTRY}


# Columns of the KPI table that are no KPI; a kind of activity cannot bear their names.
_TAKEN = {*KPIS, "period", "region", "team", "rep", "rep_id", "won", "surveys_sent"}


def kinds(tables: Tables) -> dict[str, str]:
    """KPI id → kind of activity, for the kinds in the export, by name; an id never hides another column."""
    if not tables.has("activities", "kind"):
        return {}
    found: dict[str, str] = {}
    distinct = tables["activities"].select("kind").distinct().to_pyarrow()["kind"].to_pylist()
    for kind in sorted(distinct):
        name = re.sub(r"\W+", "_", kind.lower()).strip("_") or "activity"
        if name.endswith(("_n", "_target")):
            name += "_activity"
        while name in _TAKEN or name in found:
            name = f"activity_{name}"
        found[name] = kind
    return found


def registry(tables: Tables, client: Client) -> dict[str, Kpi]:
    """All KPIs of a client: the registered ones, and the number of activities of each kind in the export."""
    day = "activities.date"
    of_kinds = {
        name: Kpi(name, kind, f"Number of {kind}", "count", (day,), day, counted=True)
        for name, kind in kinds(tables).items()
    }
    return {**KPIS, **of_kinds}


def check_kpi(name: str, known: Mapping[str, Kpi]) -> Kpi:
    """The KPI of that id. Raises RequestError when there is none."""
    if name not in known:
        raise RequestError(f"kpi: {name!r} is not a KPI; {did_you_mean(name, known)}")
    return known[name]
