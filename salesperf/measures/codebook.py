"""The codebook: every registered KPI as plain data (docs/methods.md §2); the other rooms count."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from salesperf.params import Definitions

Unit = Literal["money", "share", "count", "days", "points", "number"]


@dataclass(frozen=True)
class Kpi:
    """One KPI.

    ``needs``: the columns without which it is not available (``sales`` stands for orders or, without them, won
    opportunities); ``day``: the column that places a row in a period; ``made_of``: the KPIs that it is computed
    from; ``counted``: it is a sum or a count, so that nothing found means 0; all others are rates, which come
    with the number of cases behind them; ``looks_back``: it needs to know an account's earlier orders; ``lacks``: what
    a client's own KPI asks for and the export has nowhere, or "".
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
    lacks: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in the KPI table: its own and, behind a rate, the number of cases."""
        has_n = not self.counted and "targets.target" not in self.needs
        return (self.id, f"{self.id}_n") if has_n else (self.id,)


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
        "Distinct accounts with an order in the period; a refund is no order, nor is a sale refunded in full",
        "count",
        ("sales.account_id",),
        "sales.date",
        counted=True,
    ),
    Kpi(
        "new_customers",
        "New customers",
        "Accounts that order in the period for the first time in {new_customer_months} months; credited where that "
        "order was won",
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
        "Of accounts with a first order in the {repeat_look_back_months} months that ended {repeat_window_days} days "
        "before the period's end, the share with a second one within {repeat_window_days} days of it",
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
        "Revenue ÷ won deals (where won opportunities stand in for orders, those with an amount)",
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
    Kpi(
        "activities_weekly",
        "Activities a week",
        "Sum of activity counts ÷ weeks of employment, up to the last day that the export tells",
        "number",
        ("activities.date",),
        "activities.date",
    ),
    Kpi(
        "assessed",
        "Assessed criteria",
        "Mean rating, every criterion weighing the same, with the severity of the raters taken out; of several reps "
        "their mean",
        "points",
        ("assessments.rating",),
        "assessments.period",
    ),
    Kpi(
        "key_results",
        "Key results",
        "(actual − start) ÷ (target − start), from 0 to 1; an objective is the mean of its key results, a rep the mean "
        "of the objectives, several reps their mean",
        "share",
        ("key_results.target", "key_results.actual"),
        "key_results.period",
    ),
)


def codebook(definitions: Definitions) -> dict[str, Kpi]:
    """The registered KPIs by id, their definitions in the client's own months and days."""
    terms = definitions.model_dump()
    return {kpi.id: replace(kpi, definition=kpi.definition.format(**terms)) for kpi in _REGISTRY}


KPIS: Mapping[str, Kpi] = codebook(Definitions())
