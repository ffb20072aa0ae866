"""The codebook: every registered KPI as plain data (docs/methods.md §2), computed by `calculation`."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from salesperf.measures.kpi import Array, Filter, Kpi, Measure, Statistic, Target, ratio
from salesperf.params import Definitions

_SOLD = Measure("sales", "date", "sum", "credited")
_BOOKED = replace(_SOLD, column="amount")
_NEW = Statistic("first_orders", "new")
_DONE = Measure("activities", "date", "sum", "times")
_RATED = Measure("activities", "date", "count", "quality")
_ANSWERED = Measure("surveys", "date", "count", "score")
_YEAR = 12  # months

# Deals by the day on which they were closed.
CLOSED = Measure("opportunities", "closed", "count")
WON = replace(CLOSED, where=(Filter("status", ("won",), exact=True),))
# Deals by the day on which they were created, and by that on which they ended; without closed deals that have no day.
CREATED = Measure("opportunities", "created", "count", "told")
ENDED = Measure("opportunities", "ended", "count", "told")
# The amounts of open deals by their expected close (docs/methods.md §1).
PIPELINE = Measure("opportunities", "due", "sum", "amount", where=(Filter("status", ("open",), exact=True),))


def codebook(definitions: Definitions) -> dict[str, Kpi]:
    """The registered KPIs by id, with the client's months, days and scales in place of the defaults."""
    terms = definitions.model_dump()
    return {kpi.id: replace(kpi, definition=kpi.definition.format(**terms)) for kpi in _registered(definitions)}


def _growth(of: Mapping[str, Array]) -> Array:
    return ratio(of["numerator"], of["denominator"]) - 1


def _velocity(of: Mapping[str, Array]) -> Array:
    """Money a day; ``numerator``: the deals open at the period's end."""
    return ratio(of["numerator"] * of["average_deal"] * of["win_rate"], of["cycle_days"])


def _registered(definitions: Definitions) -> Iterator[Kpi]:
    yield Kpi(
        "revenue",
        "Revenue",
        "Sum of the amounts of orders (or of won opportunities, by close date) in the period, by share where sales are "
        "split; refunds count negative",
        "money",
        ("sales.amount",),
        "sales.date",
        _SOLD,
    )
    yield Kpi(
        "revenue_attainment",
        "Revenue attainment",
        "Revenue ÷ its target; no target means no attainment",
        "share",
        ("targets.target",),
        "sales.date",
        _SOLD,
        Target("revenue"),
        made_of=("revenue",),
    )
    yield Kpi(
        "revenue_growth",
        "Revenue growth",
        "Revenue ÷ revenue of the same period a year before − 1; not available where that was not covered whole",
        "share",
        ("sales.amount",),
        "sales.date",
        _SOLD,
        replace(_SOLD, months_before=_YEAR),
        cases=Measure("sales", "date", "count", orders_only=True, months_before=_YEAR),
        formula=_growth,
        looks_back=True,
    )
    yield Kpi(
        "gross_margin",
        "Gross margin",
        "Sum of (amount − cost) ÷ sum of amounts, over the orders whose cost is known",
        "share",
        ("sales.amount", "sales.cost"),
        "sales.date",
        Measure("sales", "date", "sum", "credited_margin"),
        Measure("sales", "date", "sum", "credited_costed"),
        cases=Measure("sales", "date", "count", "credited_margin"),
        guards=True,
    )
    yield Kpi(
        "customers",
        "Customers",
        "Distinct accounts with an order in the period; a refund is no order, nor is a sale refunded in full",
        "count",
        ("sales.account_id",),
        "sales.date",
        Measure("sales", "date", "distinct", "account_id", orders_only=True),
    )
    yield Kpi(
        "new_customers",
        "New customers",
        "Accounts that order in the period for the first time in {new_customer_months} months; credited where that "
        "order was won",
        "count",
        ("sales.account_id",),
        "sales.date",
        _NEW,
        looks_back=True,
    )
    yield Kpi(
        "new_customers_attainment",
        "New-customer attainment",
        "New customers ÷ their target",
        "share",
        ("targets.target",),
        "sales.date",
        _NEW,
        Target("new_customers"),
        made_of=("new_customers",),
    )
    yield Kpi(
        "repeat_rate",
        "Repeat purchase rate",
        "Of accounts with a first order in the {repeat_look_back_months} months that ended {repeat_window_days} days "
        "before the period's end, the share with a second one within {repeat_window_days} days of it",
        "share",
        ("sales.account_id",),
        "sales.date",
        Statistic("first_orders", "again"),
        Statistic("first_orders", "first"),
        looks_back=True,
        guards=True,
    )
    yield Kpi(
        "win_rate",
        "Win rate",
        "Won ÷ (won + lost), by close date",
        "share",
        ("opportunities.closed",),
        "opportunities.closed",
        WON,
        CLOSED,
        beside=(Kpi("won", "Won deals", "", "count", ("opportunities.closed",), "opportunities.closed", WON),),
        judged=False,
        won_and_lost=True,
    )
    yield Kpi(
        "win_rate_cohort",
        "Win rate of a cohort",
        "Share of the deals created in the 12 months up to the period's end, and not before the export's first close, "
        "that were won by day {win_rate_cohort_days} (Aalen–Johansen); open deals are censored, a loss ends the wait",
        "share",
        ("opportunities.created", "opportunities.closed"),
        "opportunities.closed",
        Statistic("cohorts", "won_by_day", adds=False),
        cases=Statistic("cohorts", "deals"),
        judged=False,
        won_and_lost=True,
    )
    yield Kpi(
        "average_deal",
        "Average deal",
        "Amounts of orders ÷ won deals (where won opportunities stand in for orders, those with an amount), both of "
        "the owners of the deals",
        "money",
        ("opportunities.closed",),
        "opportunities.closed",
        _BOOKED,
        replace(WON, column="in_revenue"),
        made_of=("revenue",),
    )
    yield Kpi(
        "cycle_days",
        "Sales cycle",
        "Median days from creation to close (Kaplan–Meier) of the deals created in the 12 months up to the "
        "period's end, and not before the export's first close; deals still open are censored there",
        "days",
        ("opportunities.created", "opportunities.closed"),
        "opportunities.closed",
        Statistic("cohorts", "cycle_days", adds=False),
        cases=Statistic("cohorts", "deals"),
        better="lower",
    )
    yield Kpi(
        "velocity",
        "Sales velocity",
        "Deals open at the period's end × average deal × win rate ÷ sales cycle",
        "money",
        ("opportunities.created", "opportunities.closed"),
        "opportunities.closed",
        Statistic("open_deals", "open"),
        cases=CLOSED,
        made_of=("average_deal", "win_rate", "cycle_days"),
        formula=_velocity,
        judged=False,
        has_neutral=False,  # the company's is that of all its people together
    )
    yield Kpi(
        "satisfaction",
        "Customer satisfaction",
        "Share of survey answers in the two best boxes",
        "share",
        ("surveys.score",),
        "surveys.date",
        replace(_ANSWERED, where=(Filter("score", at_least=Decimal(definitions.survey_scale[1] - 1)),)),
        _ANSWERED,
        beside=(
            Kpi(
                "surveys_sent", "Surveys sent", "", "count", ("surveys.date",), "surveys.date",
                Measure("surveys", "date", "count"),
            ),
        ),
        guards=True,
    )  # fmt: skip
    yield Kpi(
        "activities",
        "Activities",
        "Sum of activity counts, all kinds",
        "count",
        ("activities.date",),
        "activities.date",
        _DONE,
    )
    yield Kpi(
        "activity_quality",
        "Activity quality",
        "Mean quality of the activities that were rated",
        "points",
        ("activities.quality",),
        "activities.date",
        replace(_RATED, how="sum"),
        _RATED,
    )
    yield Kpi(
        "activities_weekly",
        "Activities a week",
        "Sum of activity counts ÷ weeks of employment, up to the last day that the export tells",
        "number",
        ("activities.date",),
        "activities.date",
        replace(_DONE, column="times_of_staff"),
        Statistic("employment", "weeks"),
    )
    yield Kpi(
        "staff_turnover",
        "Staff turnover",
        "People whose last day falls in the period ÷ the mean of those there on its first and on its last day; of "
        "teams, regions and the company",
        "share",
        ("reps.end_date",),
        "sales.date",
        Statistic("employment", "leavers"),
        Statistic("employment", "headcount", adds=False),
        better="lower",
        judged=False,
        has_neutral=False,  # one person has none
    )
    yield Kpi(
        "assessed",
        "Assessed criteria",
        "Mean rating, every criterion weighing the same, with the severity of the raters taken out; of several reps "
        "their mean",
        "points",
        ("assessments.rating",),
        "assessments.period",
        Statistic("assessed", "assessed", adds=False),
        cases=Statistic("assessed", "assessed_n"),
    )
    yield Kpi(
        "key_results",
        "Key results",
        "(actual − start) ÷ (target − start), from 0 to 1; an objective is the mean of its key results, a rep the mean "
        "of the objectives, several reps their mean",
        "share",
        ("key_results.target", "key_results.actual"),
        "key_results.period",
        Statistic("key_results", "key_results", adds=False),
        cases=Statistic("key_results", "key_results_n"),
        has_neutral=False,  # without goals there is nothing to reach, as without a target
    )


KPIS: Mapping[str, Kpi] = codebook(Definitions())  # with the default definitions
