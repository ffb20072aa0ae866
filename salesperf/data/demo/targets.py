"""The annual targets of the demo company, set for each rep from the year before and added up."""

import numpy as np
import pandas as pd

from salesperf.data.demo.people import DATA_START, Company, Floats, Ints

REACHED = 0.64  # share of reps whose result reaches the target; 60 to 70 % is a healthy plan
UNIT = {"revenue": 1000, "new_customers": 1}
LEVELS = {"company": "company", "region": "region", "team": "team", "rep": "rep_id"}


def targets(company: Company, orders: pd.DataFrame) -> pd.DataFrame:
    """One row per level, name, year (`period`) and kpi; reps sum to teams, teams to regions, those to the company."""
    credit = credited(orders)
    parts: list[pd.DataFrame] = []
    for year in (2024, 2025):
        for kpi in UNIT:
            reps = company.reps.assign(company="Demo Instruments", target=rep_targets(company, credit, kpi, year))
            reps = reps[reps["target"] > 0]
            sums = {level: reps.groupby(column, sort=False)["target"].sum() for level, column in LEVELS.items()}
            table = pd.concat(sums, names=["level", "name"]).reset_index()
            parts.append(table.assign(period=year, kpi=kpi))
    return pd.concat(parts)


def credited(orders: pd.DataFrame) -> pd.DataFrame:
    """The orders with `revenue` (money) and `new_customers` (whether it is the account's first order in 12 months)."""
    sold = orders[orders["amount"] > 0].sort_values(["account_id", "date"], kind="stable")
    since = sold.groupby("account_id")["date"].diff()
    fresh = since.isna() | (since > pd.Timedelta(days=365))
    return orders.assign(revenue=orders["amount"], new_customers=fresh.reindex(orders.index, fill_value=False))


def rep_targets(company: Company, credit: pd.DataFrame, kpi: str, year: int) -> Ints:
    """Each rep's target of a KPI for a year, a multiple of its `UNIT`; 0 for who is not employed in it.

    Months employed × the mean of the rep's and the team's monthly pace in the year before × a stretch, the same for
    all, with which the share `REACHED` of the reps reaches the target. Who worked for less than six months of the year
    before has the team's pace.
    """
    months = months_employed(company, f"{year}-01", f"{year}-12")
    worked = months_employed(company, max(f"{year - 1}-01", str(DATA_START)[:7]), f"{year - 1}-12")
    last, now = (result(company, credit, kpi, y) for y in (year - 1, year))
    team = company.reps["team_no"].to_numpy()
    team_pace = (np.bincount(team, last) / np.bincount(team, worked))[team]
    own_pace = np.where(worked >= 6, last / np.maximum(worked, 1), team_pace)
    plan = months * (own_pace + team_pace) / 2
    here = plan > 0
    stretch = np.quantile(now[here] / plan[here], 1 - REACHED)
    steps: Ints = np.ceil(plan * stretch / UNIT[kpi]).astype(int)
    return steps * UNIT[kpi]


def result(company: Company, credit: pd.DataFrame, kpi: str, year: int) -> Floats:
    """The KPI's result of each rep in a year."""
    mine = credit[credit["date"].dt.year == year].groupby("rep_id")[kpi].sum()
    brought: Floats = mine.reindex(company.reps["rep_id"], fill_value=0).to_numpy(float)
    return brought


def months_employed(company: Company, first: str, last: str) -> Floats:
    """Months from `first` to `last` (like 2025-01) in which each rep was employed for at least a day."""
    start = company.reps["start"].to_numpy("datetime64[M]")
    end = (company.reps["until"] - pd.Timedelta(days=1)).to_numpy("datetime64[M]")
    months: Floats = (np.minimum(end, np.datetime64(last)) - np.maximum(start, np.datetime64(first))).astype(float) + 1
    return months.clip(0)
