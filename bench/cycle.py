"""Scores and payouts of a large company: 10,000 reps, 36 months, 2 million deals, settled every month.

Each step is timed in one process of its own, from the CSV files on. Run with ``make bench``; the last figures stand
in bench/README.md.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from company import write_company

from salesperf import open_company
from salesperf.company import Company
from salesperf.people.incentives.accounts import opened_accounts, settled_periods
from salesperf.people.incentives.incentive_plan import IncentivePlan, read_incentives
from salesperf.periods import Period
from salesperf.scoring.scorecard import scorecard

REPS, MONTHS, DEALS = 10_000, 36, 2_000_000
PLAN = {
    "every": "month",
    "commission": {
        "by": "attainment",
        "mode": "marginal",
        "tiers": [
            {"from": 0, "to": 1, "rate": 0.02},
            {"from": 1, "to": 1.2, "rate": 0.03},
            {"from": 1.2, "rate": 0.04},
        ],
    },
}


def main() -> None:
    """Prints the seconds of every step, their sum, and the peak memory of the process."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_company(Path(folder), reps=REPS, months=MONTHS, deals=DEALS, incentives=PLAN)
        took: dict[str, float] = {}

        def timed(name: str, step: Callable[[], Any]) -> Any:
            start = time.perf_counter()
            result = step()
            took[name] = time.perf_counter() - start
            return result

        company = timed("load", lambda: open_company(path))
        model = company.model
        months = company.period.trailing(MONTHS)
        kpis = timed("KPIs", lambda: company.kpis("rep", months, model.kpi_ids))
        card = timed("scores", lambda: scorecard(kpis, model))
        plan = read_incentives(company)
        assert plan is not None
        settled = [period for month in months for period in _settled(company, plan, month)]
        paid = timed("payouts", lambda: opened_accounts(company, plan, settled).settlements)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024) / 1024
    counted = int(card.summary["score"].notna().sum()), sum(len(settlements) for settlements in paid.values())
    print(f"{counted[0]:,} scores and {counted[1]:,} payouts of {REPS:,} reps from {DEALS:,} deals")
    for name, seconds in took.items():
        print(f"{name:8} {seconds:6.1f} s")
    after = sum(took.values()) - took["load"]
    print(f"scores and payouts, the export loaded: {after:.1f} s; with loading {sum(took.values()):.1f} s")
    print(f"peak memory {peak:.2f} GB, the writing of the export included")


def _settled(company: Company, plan: IncentivePlan, month: Period) -> list[Period]:
    """The settlement periods in a month; empty where there is nothing to pay for."""
    periods = settled_periods(company, plan, month)
    return periods if isinstance(periods, list) else []


if __name__ == "__main__":
    main()
