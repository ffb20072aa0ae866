"""Whether KPIs tell people apart: of people who are alike, of people who are not, and of a real export."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from salesperf import open_company
from salesperf.scoring.separation import region_ranks, separation, verdicts

NAN = float("nan")
REPS = "rep_id,rep,region\n" + "".join(f"r{number},Rep {number},East\n" for number in range(8))


def deals(won_by: list[int], of: int = 40) -> str:
    """So many deals of each person, of which the given number are won, each of the amount 100."""
    rows = [
        f"d{rep}-{number},r{rep},{'won' if number < won else 'lost'},2025-10-01,2025-11-{1 + number % 28:02},100\n"
        for rep, won in enumerate(won_by)
        for number in range(of)
    ]
    return "opportunity_id,rep_id,status,created,closed,amount\n" + "".join(rows) + "z,r0,open,2025-12-31,,1\n"


def test_people_who_are_alike_cannot_be_told_apart(company_of: Any) -> None:
    company = company_of({"reps": REPS, "opportunities": deals([20, 21, 19, 20, 20, 21, 19, 20])}, as_of="2025-12-31")
    told = separation(company)
    assert told.loc["win_rate", ["people", "reliability"]].tolist() == [8, 0]
    assert told.loc["win_rate", "p_value"] > 0.9 and told.loc["revenue", "p_value"] > 0.9
    assert told["groups"].tolist() == [1, 1]
    ranks = region_ranks(company, "East")["win_rate"]
    assert ranks["rank_low"].tolist() == [1] * 8 and ranks["rank_high"].tolist() == [8] * 8
    assert ranks["rank"].tolist() == [3, 1, 7, 3, 3, 1, 7, 3]


def test_people_who_differ_are_told_apart(company_of: Any) -> None:
    company = company_of({"reps": REPS, "opportunities": deals([4, 5, 5, 6, 34, 35, 35, 36])}, as_of="2025-12-31")
    told = separation(company)
    assert told.loc["win_rate", "reliability"] > 0.9 and told.loc["win_rate", "p_value"] < 1e-6
    assert told.loc["win_rate", "groups"] >= 2
    ranks = region_ranks(company, "East")["win_rate"]
    assert (ranks["rank_low"][:4] >= 5).all() and (ranks["rank_high"][4:] <= 4).all()


def test_what_one_person_alone_has_tells_nobody_apart(company_of: Any) -> None:
    company = company_of({"reps": "rep_id,rep,region\nr0,Ann,East\n", "opportunities": deals([20])}, as_of="2025-12-31")
    told = separation(company)
    assert told["people"].tolist() == [1, 1] and told.drop(columns="people").isna().all(axis=None)
    assert region_ranks(company, "East")["revenue"]["rank"].tolist() == [1]


def test_kpis_that_the_export_lacks_are_left_out(company_of: Any) -> None:
    orders = "order_id,rep_id,account_id,date,amount\n1,r0,a,2025-10-01,5\n2,r1,b,2025-12-31,10\n"
    assert list(separation(company_of({"reps": REPS, "orders": orders})).index) == ["revenue"]


@pytest.mark.parametrize("period", ["2017Q1", "2017Q2", "2017Q3", "2017Q4", "2017"])
def test_win_rates_do_not_separate_the_agents_of_a_real_export_and_revenue_does(
    crm_folder: Path, tmp_path: Path, period: str
) -> None:
    files = {"reps": "sales_teams", "opportunities": "sales_pipeline", "accounts": "accounts"}
    lines = "".join(f"  {table}: {crm_folder}/{name}.csv\n" for table, name in files.items())
    (tmp_path / "crm.yml").write_text(f"client: CRM\nperiod: {period}\nsource:\n  preset: maven\n{lines}", "utf-8")
    told = separation(open_company(tmp_path / "crm.yml"))
    assert told.loc["win_rate", "p_value"] > 0.05 and told.loc["win_rate", "reliability"] < 0.3
    assert told.loc["revenue", "p_value"] < 1e-6 and told.loc["revenue", "reliability"] > 0.7
    assert told.loc["revenue", "groups"] >= 4


@pytest.mark.parametrize(
    ("p_value", "reliability", "expected"),
    [(0.051, 0.9, "chance"), (NAN, 0.9, "chance"), (0.05, 0.3, "yes"), (0.05, 0.299, "hardly"), (0.0, 0.9, "yes")],
)
def test_the_verdict_follows_chance_first_and_then_reliability(
    p_value: float, reliability: float, expected: str
) -> None:
    assert verdicts(pd.DataFrame({"p_value": [p_value], "reliability": [reliability]})).tolist() == [expected]
