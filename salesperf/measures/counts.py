"""What is counted by a day or a cohort: one query per kind of fact, one row per period and entity out of each."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import pandas as pd

from salesperf.data.tables import Tables
from salesperf.measures.employment import weeks_employed
from salesperf.measures.facts import KEYS, NOBODY, By, deals, keyed, of_reps, sales, within
from salesperf.periods import Period


def counted(part: ir.Table, by: By) -> pd.DataFrame:
    """A part out of the engine, with numbers as floats: rounded once, at the end, whatever the order of rows.

    Index: period and the keys of the grouping.
    """
    keys = ["period", *KEYS[by]]
    frame: pd.DataFrame = part.to_pyarrow().to_pandas()
    return frame.set_index(keys).astype("float64")


def sold(tables: Tables, periods: list[Period], by: By) -> pd.DataFrame:
    """Sales by their day: revenue, gross_margin_n, customers, and for the margin _margin and _costed."""
    rows = keyed(within(sales(tables), "date", periods), by)
    costed = rows.cost.notnull() & rows.amount.notnull()
    part = rows.group_by("period", *KEYS[by]).aggregate(
        revenue=rows.amount.sum(),
        _costed=rows.amount.sum(where=costed),
        _margin=(rows.amount - rows.cost).sum(where=costed),
        gross_margin_n=costed.sum(),
        customers=rows.account_id.nunique(where=rows.is_order),
    )
    return counted(part, by)


def closed(tables: Tables, periods: list[Period], by: By) -> pd.DataFrame:
    """Won and lost deals by close date: won; win_rate_n, both together; average_deal_n, those that have revenue.

    Where won deals stand in for orders, one without an amount has no part in the revenue, nor in its average.
    """
    rows = keyed(within(deals(tables), "closed", periods), by)
    won = rows.status == "won"
    with_revenue = won if tables.has("orders") else won & rows.amount.notnull()
    part = rows.group_by("period", *KEYS[by]).aggregate(
        won=won.sum(), win_rate_n=rows.count(), average_deal_n=with_revenue.sum()
    )
    return counted(part, by)


def answered(tables: Tables, periods: list[Period], by: By, best: int) -> pd.DataFrame:
    """Answers in the two best boxes; a survey without a score was sent and not answered."""
    sent = keyed(within(of_reps(tables, "surveys"), "date", periods), by)
    part = sent.group_by("period", *KEYS[by]).aggregate(
        _satisfied=(sent.score >= best - 1).sum(), satisfaction_n=sent.score.count(), surveys_sent=sent.count()
    )
    return counted(part, by)


def done(tables: Tables, periods: list[Period], by: By, of_kinds: Mapping[str, str]) -> pd.DataFrame:
    """Activities, in all, by kind and of the reps in the list; a row without a count is one activity.

    ``of_kinds``: KPI id → kind of activity.
    """
    rows = keyed(within(of_reps(tables, "activities"), "date", periods), by)
    count = ibis.coalesce(rows["count"], 1)
    part = rows.group_by("period", *KEYS[by]).aggregate(
        activities=count.sum(),
        _of_staff=count.sum(where=rows.home_region != NOBODY),
        _quality=rows.quality.sum(),
        activity_quality_n=rows.quality.count(),
        **{name: count.sum(where=rows.kind == kind) for name, kind in of_kinds.items()},
    )
    return counted(part, by)


def weeks(tables: Tables, periods: list[Period], by: By) -> pd.DataFrame:
    """The weeks of employment that activities are spread over: activities_weekly_n."""
    last = tables.spans["activities", "date"][1]
    return weeks_employed(tables, periods, by, last).rename(columns={"weeks": "activities_weekly_n"})
