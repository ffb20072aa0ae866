"""What is settled stays settled: whatever is exported later, a period that is over has the numbers that it had."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from salesperf.company import Company, opened
from salesperf.params import Client
from salesperf.people.incentives.payouts import Payouts
from salesperf.periods import Period, parse_period

DATED = {"orders": "date", "activities": "date", "surveys": "date", "actions": "date", "stage_history": "entered"}


def seen_on(day: str, frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables as they were on a day: later rows are not there, and deals that close later are open."""
    seen = dict(frames)
    for table, column in DATED.items():
        if table in frames:
            seen[table] = frames[table][frames[table][column] <= day]
    if "opportunities" in frames:
        deals = frames["opportunities"]
        deals = deals[deals["created"] <= day]
        is_open = (deals["closed"] > day) | (deals["status"] == "open")
        seen["opportunities"] = deals.assign(status=deals["status"].mask(is_open, "open"))
    return seen


def told(company: Company, periods: list[Period]) -> dict[str, Any]:
    """All numbers of periods: KPIs at every level, and of each its scores and payouts."""
    numbers: dict[str, Any] = {by: company.kpis(by, periods) for by in ("company", "region", "team", "rep")}
    for period in periods:
        at = company.at(period)
        numbers[f"scores {period}"] = at.scorecard().summary
        paid = at.payouts()
        numbers[f"payouts {period}"] = paid.people if isinstance(paid, Payouts) else paid
    return numbers


def check_the_same(before: Company, after: Company, periods: list[Period]) -> None:
    was, now = told(before, periods), told(after, periods)
    for name, numbers in was.items():
        if isinstance(numbers, pd.DataFrame):
            pd.testing.assert_frame_equal(numbers, now[name], obj=name)
        else:
            assert numbers == now[name], name


def test_a_quarter_of_two_regions_of_the_demo_company_is_the_same_seen_in_november_and_in_the_end(
    two_regions_client: Client, tmp_path: Path
) -> None:
    folder = two_regions_client.path.parent
    frames = {path.stem: pd.read_csv(path, dtype=str, keep_default_na=False) for path in folder.glob("demo/*.csv")}
    (tmp_path / "demo").mkdir()
    for table, rows in seen_on("2025-11-15", frames).items():
        rows.to_csv(tmp_path / "demo" / f"{table}.csv", index=False)
    (tmp_path / "demo.yml").write_text(two_regions_client.path.read_text("utf-8"), "utf-8")
    quarter = parse_period("2025Q3")
    check_the_same(opened(tmp_path / "demo.yml", "2025Q3"), opened(two_regions_client.path, "2025Q3"), [quarter])


DAYS = st.integers(0, 364).map(lambda days: date(2025, 1, 1) + timedelta(days))
SALES = st.lists(st.tuples(DAYS, st.sampled_from(["r1", "r2"]), st.sampled_from("abc"), st.integers(1, 9)), max_size=8)
REFUNDS = st.lists(st.tuples(DAYS, st.integers(0, 7), st.sampled_from([1.0, 0.5])), max_size=4)


@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(SALES, REFUNDS, st.dates(date(2025, 4, 1), date(2025, 12, 30)))
def test_no_sale_refund_or_deal_of_later_changes_a_month_or_quarter_that_is_over(
    company_of: Callable[..., Company], sales: list[Any], refunds: list[Any], day: date
) -> None:
    rows = [
        {"order_id": f"o{place}", "rep_id": rep, "account_id": account, "date": str(on), "amount": 100 * amount}
        | {"refund_of": ""}
        for place, (on, rep, account, amount) in enumerate([(date(2024, 1, 1), "r1", "z", 1), *sales])
    ]
    for number, (on, place, share) in enumerate(refunds):
        of = rows[1 + place % len(sales)] if sales else rows[0]
        rows.append(
            of
            | {"order_id": f"x{number}", "date": max(str(on), of["date"]), "amount": -of["amount"] * share}
            | {"refund_of": of["order_id"]}
        )
    frames = {
        "reps": pd.DataFrame({"rep_id": ["r1", "r2"], "rep": ["Ann", "Bo"], "region": ["East", "West"]}),
        "orders": pd.DataFrame(rows),
        "targets": pd.DataFrame(
            [{"level": "rep", "name": rep, "period": "2025", "kpi": "revenue", "target": 1200} for rep in ("r1", "r2")]
        ),
    }
    plan = {"every": "quarter", "commission": {"tiers": [{"from": 0, "rate": 0.1}, {"from": 0.5, "rate": 0.2}]}}
    companies = [
        company_of(
            {name: frame.to_dict("records") for name, frame in tables.items()},
            model="goal_oriented",
            incentives=plan | {"bonus": {"amount": 50}},
            as_of=until,
        )
        for tables, until in ((seen_on(str(day), frames), day), (frames, date(2025, 12, 31)))
    ]
    over = [parse_period(f"2025Q{number}") for number in (1, 2, 3, 4)]
    check_the_same(*companies, [period for period in over if period.end <= day])
